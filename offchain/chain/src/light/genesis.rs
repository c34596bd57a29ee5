//! The pinned start: the genesis block, computed from the chain specification that the chain's nodes start from.

use std::{collections::BTreeMap, path::Path};

use codec::DecodeAll;
use secureflow_primitives::H256;
use serde::Deserialize;
use sp_consensus_grandpa::AuthorityList;
use sp_core::Bytes;
use sp_runtime::{
    traits::{BlakeTwo256, Hash as _, Header as _},
    StateVersion,
};

use crate::{storage, Header};

/// Longer files are refused. A real one is some megabytes, for it holds the runtime.
const MAX_LENGTH: u64 = 64 << 20;
/// How this chain's runtime lays out its state (`system_version` 1).
const LAYOUT: StateVersion = StateVersion::V1;

/// Why a file does not pin a chain.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    #[error("cannot read the chain specification {path}: copy the file that the chain's nodes start from there")]
    Read { path: String, source: std::io::Error },
    #[error("the chain specification has {0} bytes, more than any real one")]
    TooLong(u64),
    #[error("the chain specification does not parse: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error(
        "the chain specification holds no raw genesis: write it with `secureflow-node build-spec` without `--plain`"
    )]
    NotRaw,
    #[error("the genesis has child tries, which this chain never has")]
    ChildTries,
    #[error("the genesis names no validators, or does not decode where it should")]
    Authorities,
}

/// The first block and the validators that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    pub header: Header,
    pub authorities: AuthorityList,
}

#[derive(Deserialize)]
struct Spec {
    genesis: Sections,
}

#[derive(Deserialize)]
struct Sections {
    raw: Option<Raw>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Raw {
    top: BTreeMap<String, Bytes>,
    children_default: BTreeMap<String, serde_json::Value>,
}

impl Genesis {
    /// From a raw chain specification, as `secureflow-node build-spec` writes it.
    pub fn read(path: &Path) -> Result<Self, GenesisError> {
        let read = |source| GenesisError::Read {
            path: path.display().to_string(),
            source,
        };
        let length = std::fs::metadata(path).map_err(read)?.len();
        if length > MAX_LENGTH {
            return Err(GenesisError::TooLong(length));
        }
        Self::from_spec(&std::fs::read(path).map_err(read)?)
    }

    /// From the content of a raw chain specification.
    pub fn from_spec(json: &[u8]) -> Result<Self, GenesisError> {
        let spec: Spec = serde_json::from_slice(json)?;
        let raw = spec.genesis.raw.ok_or(GenesisError::NotRaw)?;
        if !raw.children_default.is_empty() {
            return Err(GenesisError::ChildTries);
        }
        let mut state = BTreeMap::new();
        for (key, value) in raw.top {
            let key = hex::decode(key.trim_start_matches("0x")).map_err(|_| GenesisError::Authorities)?;
            state.insert(key, value.0);
        }
        let authorities = state
            .get(&storage::item("Grandpa", "Authorities"))
            .and_then(|value| AuthorityList::decode_all(&mut value.as_slice()).ok())
            .filter(|authorities| !authorities.is_empty())
            .ok_or(GenesisError::Authorities)?;
        // Block zero has no transactions, no parent and no digest (`sc_chain_spec::construct_genesis_block`).
        let extrinsics_root = BlakeTwo256::trie_root(Vec::new(), LAYOUT);
        let state_root = BlakeTwo256::trie_root(state.into_iter().collect(), LAYOUT);
        Ok(Self {
            header: Header::new(0, extrinsics_root, state_root, H256::zero(), Default::default()),
            authorities,
        })
    }

    /// What names the chain.
    pub fn hash(&self) -> H256 {
        self.header.hash()
    }
}
