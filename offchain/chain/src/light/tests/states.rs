//! What trie nodes prove.

use std::collections::BTreeMap;

use sp_runtime::{traits::BlakeTwo256, StateVersion};
use sp_state_machine::{prove_read_on_trie_backend, InMemoryBackend};

use super::*;
use crate::light::state::{ProvenState, StateError};

type Values = BTreeMap<Vec<u8>, Vec<u8>>;

fn values() -> Values {
    let mut values = Values::new();
    for (prefix, count) in [(b"members".as_slice(), 40u8), (b"jobs", 3), (b"member", 1), (b"one", 1)] {
        for index in 0..count {
            // Some are long enough to lie in a node of their own in the layout of this chain.
            let value = vec![index; if index % 3 == 0 { 60 } else { 4 }];
            values.insert(
                [prefix, &sp_crypto_hashing::blake2_128(&[index]), &[index]].concat(),
                value,
            );
        }
    }
    values
}

fn under(values: &Values, prefix: &[u8]) -> Vec<Vec<u8>> {
    values.keys().filter(|key| key.starts_with(prefix)).cloned().collect()
}

fn backend(values: &Values) -> InMemoryBackend<BlakeTwo256> {
    (values.clone(), StateVersion::V1).into()
}

fn nodes(values: &Values, keys: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let proof = prove_read_on_trie_backend(&backend(values), keys).unwrap();
    proof.into_iter_nodes().collect()
}

fn proven(values: &Values, keys: &[Vec<u8>]) -> ProvenState {
    ProvenState::new(*backend(values).root(), nodes(values, keys)).unwrap()
}

#[test]
fn values_and_their_absence_are_proven() {
    let values = values();
    let mut keys: Vec<Vec<u8>> = values.keys().cloned().collect();
    keys.push(b"nobody".to_vec());
    keys.push(Vec::new());
    let state = proven(&values, &keys);
    for key in &keys {
        assert_eq!(state.value(key).unwrap().as_ref(), values.get(key));
    }
    let one = proven(&values, &keys[..1]);
    let missing = keys[..values.len()].iter().filter(|key| one.value(key).is_err());
    assert!(missing.count() > 30);
}

#[test]
fn a_prefix_is_proven_whole_or_not_at_all() {
    let values = values();
    for prefix in [
        b"members".as_slice(),
        b"member",
        b"jobs",
        b"one",
        b"nobody",
        b"onewhole",
        b"",
        b"j",
    ] {
        let keys = under(&values, prefix);
        let mut asked = keys.clone();
        asked.push(prefix.to_vec());
        assert_eq!(proven(&values, &asked).keys(prefix).unwrap(), keys, "{prefix:?}");
        for left_out in 0..keys.len() {
            let mut asked = asked.clone();
            asked.remove(left_out);
            let found = proven(&values, &asked).keys(prefix);
            // A key may lie in the same node as others; then the list is whole although it was not asked for.
            assert!(
                found.is_err() || found == Ok(keys.clone()),
                "{prefix:?} without {left_out}"
            );
        }
    }
    // The whole map left out, as by a node that says that it is empty.
    let silent = proven(&values, &[b"members".to_vec()]);
    assert!(matches!(silent.keys(b"members"), Err(StateError::Prefix(_))));
}

#[test]
fn no_changed_node_counts() {
    let values = values();
    let keys = under(&values, b"members");
    let root = *backend(&values).root();
    let nodes = nodes(&values, &keys);
    for at in 0..nodes.len() {
        let mut changed = nodes.clone();
        *changed[at].last_mut().unwrap() ^= 1;
        let holds = ProvenState::new(root, changed).and_then(|state| {
            let read = keys.iter().map(|key| state.value(key)).collect::<Result<Vec<_>, _>>()?;
            state.keys(b"members").map(|keys| (keys, read))
        });
        assert!(holds.is_err(), "node {at}");
    }
    assert!(matches!(
        ProvenState::new(H256::repeat_byte(1), nodes),
        Err(StateError::Root(_))
    ));
    assert!(matches!(ProvenState::new(root, Vec::new()), Err(StateError::Root(_))));
}
