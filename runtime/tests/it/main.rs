//! The runtime as a whole: what clients rely on, and who may send what.

mod attestations;
mod audit;
mod blocks;
mod contracts;
mod council;
mod equivocation;
mod fuzz;
mod genesis;
mod interface;
mod job;
mod members;
#[cfg(feature = "native-snp")]
mod native_snp;
mod points;
mod quota;
mod removal;
mod transactions;
mod upgrade;
mod validators;
mod views;
mod weights;

use frame_support::genesis_builder_helper::build_state;
use secureflow_primitives::attestation::Source;
use secureflow_runtime::{
    genesis::{consortium, Party},
    RuntimeGenesisConfig, SessionKeys,
};
use serde_json::Value;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// What a node offers the runtime.
type HostFunctions = (sp_io::SubstrateHostFunctions, secureflow_evidence::host::HostFunctions);

/// Alice validates; Bob does not; Charlie has no points either. Nobody else belongs to the consortium.
fn parties() -> Vec<Party> {
    let party = |key: Sr25519Keyring, points, validator| Party {
        name: key.to_string(),
        account: key.to_account_id(),
        points,
        validator,
        nodes: Vec::new(),
    };
    let keys = SessionKeys {
        aura: Sr25519Keyring::Alice.public().into(),
        grandpa: Ed25519Keyring::Alice.public().into(),
    };
    vec![
        party(Sr25519Keyring::Alice, 100, Some(keys)),
        party(Sr25519Keyring::Bob, 100, None),
        party(Sr25519Keyring::Charlie, 0, None),
    ]
}

/// Puts a patch over the default configuration, as a node does (RFC 7386).
fn merged(patch: &Value) -> Value {
    fn merge(into: &mut Value, patch: &Value) {
        match patch {
            Value::Object(fields) if into.is_object() => {
                for (name, value) in fields {
                    merge(&mut into[name], value);
                }
            }
            value => *into = value.clone(),
        }
    }
    let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("the default is JSON");
    merge(&mut config, patch);
    config
}

/// A state with the genesis that the patch describes.
fn externalities(patch: &Value) -> sp_io::TestExternalities {
    let config = merged(patch).to_string().into_bytes();
    let mut state = sp_io::TestExternalities::default();
    state
        .execute_with(|| build_state::<RuntimeGenesisConfig>(config))
        .expect("the genesis is valid");
    state
}

fn network() -> sp_io::TestExternalities {
    externalities(&consortium(&parties(), None, &[]))
}

/// A network that takes simulated workers.
fn simulated() -> sp_io::TestExternalities {
    let root = job::ROOT.to_raw_public();
    externalities(&consortium(
        &parties(),
        Some(root),
        &[(job::measurement(), Source::DEVELOPMENT)],
    ))
}
