//! Blocks that are not final yet.

use std::time::Duration;

use sp_core::sr25519;

use super::{
    setup::{light, node, untrusted},
    *,
};
use crate::{
    chain::{At, Chain, ChainExt},
    client::extrinsics_roots,
    storage, Error,
};

#[tokio::test]
async fn the_best_block_is_the_last_that_validators_have_sealed() {
    let node = node();
    let authors: Vec<_> = (1..=3).map(|seed| sr25519::Pair::from_seed(&[seed; 32])).collect();
    let public: Vec<_> = authors.iter().map(sr25519::Pair::public).collect();
    let key = storage::Key::<Vec<sr25519::Public>>::raw(storage::item("Aura", "Authorities"));
    node.chain.set(&key, &public);
    let setup = light(&[&node]).await;
    setup.proven(&node).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let head = setup.light.finalized().await.unwrap();
    let header = node.honest(head.number).await;
    let transactions = vec![vec![1u8, 2, 3], vec![4]];
    let sealed = |parent: &Header, slot: u64, author: usize| {
        let mut header = child(parent, 0, Digest::default());
        header.state_root = parent.state_root;
        header.extrinsics_root = extrinsics_roots(&transactions)[0];
        header.digest.push(DigestItem::PreRuntime(*b"aura", slot.encode()));
        let seal = authors[author].sign(header.hash().as_bytes());
        header.digest.push(DigestItem::Seal(*b"aura", seal.encode()));
        header
    };
    let best = || async { setup.light.block(At::Best).await.unwrap() };

    let first = sealed(&header, 30, 0);
    let second = sealed(&first, 31, 1);
    node.show(vec![first.clone(), second.clone()]);
    assert_eq!(best().await, of(&second));
    assert_eq!(setup.light.finalized().await.unwrap(), head);
    let state = setup.light.state(At::Best).await.unwrap();
    assert_eq!(state.organisations().await.unwrap().len(), 5);

    // Not in turn, twice in a slot, on another chain, too far ahead: what comes before counts.
    for (slot, author) in [(31, 0), (30, 0), (29, 2)] {
        node.show(vec![first.clone(), sealed(&first, slot, author)]);
        assert_eq!(best().await, of(&first), "slot {slot}, author {author}");
    }
    node.show(vec![sealed(&node.honest(1).await, 40, 1)]);
    assert_eq!(best().await, head);
    let hidden = sealed(&first, 34, 1);
    node.show(vec![sealed(&hidden, 35, 2)]);
    let error = setup.light.block(At::Best).await.unwrap_err();
    assert!(matches!(error, Error::UnknownBlock(_)), "{error}");
    let mut long = vec![first.clone()];
    for slot in 31..60u64 {
        long.push(sealed(&long[long.len() - 1], slot, (slot % 3) as usize));
    }
    node.show(long);
    assert_eq!(best().await, head);

    // Their transactions are those under the root in the header, or none.
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    let body = |header: &Header, transactions: &[Vec<u8>]| {
        let (block, transactions) = (of(header), transactions.to_vec());
        let inner = setup.light.inner.clone();
        async move { inner.check_body(block, &transactions, deadline).await }
    };
    assert!(body(&first, &transactions).await.unwrap());
    let unseen = sealed(&second, 32, 2);
    assert!(!body(&unseen, &transactions).await.unwrap());
    let text = untrusted(body(&first, &transactions[..1]).await, "node-0");
    assert!(text.contains("with 1 transactions"), "{text}");
}
