//! Which files pin a chain.

use serde_json::{json, Value};
use sp_runtime::{traits::BlakeTwo256, StateVersion};
use sp_state_machine::InMemoryBackend;

use super::*;
use crate::{light::GenesisError, storage};

fn spec(set: &Set) -> Value {
    let authorities = format!("0x{}", hex::encode(set.authorities().encode()));
    json!({
        "name": "test",
        "genesis": {"raw": {
            "top": {
                (format!("0x{}", hex::encode(storage::item("Grandpa", "Authorities")))): authorities,
                "0x3a636f6465": format!("0x{}", "ab".repeat(100)),
            },
            "childrenDefault": {},
        }},
    })
}

fn read(spec: &Value) -> Result<Genesis, GenesisError> {
    Genesis::from_spec(spec.to_string().as_bytes())
}

#[test]
fn the_first_block_follows_from_the_file() {
    let set = Set::new(0, 4, 1);
    let genesis = read(&spec(&set)).unwrap();
    assert_eq!(genesis.authorities, set.authorities());
    assert_eq!((genesis.header.number, genesis.header.parent_hash), (0, H256::zero()));
    let state: std::collections::BTreeMap<Vec<u8>, Vec<u8>> = [
        (storage::item("Grandpa", "Authorities"), set.authorities().encode()),
        (b":code".to_vec(), vec![0xab; 100]),
    ]
    .into();
    let backend: InMemoryBackend<BlakeTwo256> = (state, StateVersion::V1).into();
    assert_eq!(genesis.header.state_root, *backend.root());
    // The root of an empty trie.
    let empty = "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314";
    assert_eq!(hex::encode(genesis.header.extrinsics_root), empty);

    let mut other = spec(&set);
    other["genesis"]["raw"]["top"]["0x3a636f6465"] = json!("0x00");
    assert_ne!(read(&other).unwrap().hash(), genesis.hash());
}

#[test]
fn files_that_pin_nothing_are_refused() {
    let good = spec(&Set::new(0, 4, 1));
    assert!(matches!(Genesis::from_spec(b"{"), Err(GenesisError::Malformed(_))));
    let plain = json!({"genesis": {"runtimeGenesis": {"code": "0x00"}}});
    assert!(matches!(read(&plain), Err(GenesisError::NotRaw)));
    let mut children = good.clone();
    children["genesis"]["raw"]["childrenDefault"] = json!({"0x00": {}});
    assert!(matches!(read(&children), Err(GenesisError::ChildTries)));
    let mut nobody = good.clone();
    nobody["genesis"]["raw"]["top"] = json!({"0x3a636f6465": "0x00"});
    assert!(matches!(read(&nobody), Err(GenesisError::Authorities)));
    let nobody = spec(&Set::new(0, 0, 1));
    assert!(matches!(read(&nobody), Err(GenesisError::Authorities)));
    let missing = std::path::Path::new("/nonexistent/chain-spec.json");
    assert!(matches!(Genesis::read(missing), Err(GenesisError::Read { .. })));
}
