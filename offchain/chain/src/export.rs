//! What the chain holds of a job, at one block, with the proof that it does: enough to check the job offline.
//!
//! The proof shows that the values are in the state of a block with this hash. That the chain has finalised that block is
//! not in it: compare the hash with what any node says, or with the one an auditor has noted.

mod collect;

pub use collect::export;

use std::collections::{BTreeMap, BTreeSet};

use codec::{Decode, DecodeAll, Encode};
use secureflow_primitives::{JobId, H256};
use sp_crypto_hashing::blake2_256;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{create_proof_check_backend, prove_read_on_trie_backend, Backend};
use sp_trie::StorageProof;

use crate::{
    storage::{self, Key, Prefix},
    BlockRef, Error, Header, Result,
};

const MAGIC: &[u8; 8] = b"SFSTATE\0";
const VERSION: u16 = 1;
/// Longer exports are refused.
const MAX_LENGTH: usize = 32 << 20;

/// Why an export cannot be trusted.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("this is not a state export")]
    NotAnExport,
    #[error("the export is in format {0}, which this release does not know")]
    Version(u16),
    #[error("the export has {0} bytes, more than any real one")]
    TooLong(usize),
    #[error("the export was damaged or changed after it was written")]
    Damaged,
    #[error("the export does not decode: {0}")]
    Malformed(String),
    #[error("the header does not hash to the block that the export names")]
    Header,
    #[error("the proof does not lead to the header's state root")]
    Proof,
    #[error("the value at 0x{0} is not the one in the proof")]
    Value(String),
    #[error("the proof holds nodes that prove nothing here")]
    Surplus,
    #[error("the state is of the chain {found:?}, not of {expected:?}")]
    Genesis { expected: H256, found: Option<H256> },
    #[error("the keys are not in order")]
    Order,
}

/// Keys with their values; `None` where the state holds nothing under a key.
pub type Values = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// What the chain holds of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateExport {
    pub genesis: H256,
    pub job: JobId,
    pub block: H256,
    /// SCALE bytes of the block's header.
    pub header: Vec<u8>,
    pub values: Values,
    /// Trie nodes, in order, none twice.
    pub proof: Vec<Vec<u8>>,
}

#[derive(Encode, Decode)]
struct Body {
    genesis: H256,
    job: JobId,
    block: H256,
    header: Vec<u8>,
    values: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    proof: Vec<Vec<u8>>,
}

impl StateExport {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        let body = Body {
            genesis: self.genesis,
            job: self.job,
            block: self.block,
            header: self.header.clone(),
            values: self.values.clone().into_iter().collect(),
            proof: self.proof.clone(),
        };
        body.encode_to(&mut bytes);
        // The proof makes forging impossible; this makes every slip of a disk or an editor visible, also in a key that is
        // proven to be absent, beside which other keys are absent too.
        let digest = blake2_256(&bytes);
        bytes.extend(digest);
        bytes
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, ExportError> {
        if bytes.len() > MAX_LENGTH {
            return Err(ExportError::TooLong(bytes.len()));
        }
        let (content, digest) = bytes.split_last_chunk::<32>().ok_or(ExportError::NotAnExport)?;
        let rest = content.strip_prefix(MAGIC).ok_or(ExportError::NotAnExport)?;
        let (version, mut rest) = rest.split_first_chunk::<2>().ok_or(ExportError::NotAnExport)?;
        let version = u16::from_le_bytes(*version);
        if version != VERSION {
            return Err(ExportError::Version(version));
        }
        if blake2_256(content) != *digest {
            return Err(ExportError::Damaged);
        }
        let body = Body::decode_all(&mut rest).map_err(|error| ExportError::Malformed(error.to_string()))?;
        if !body.values.is_sorted_by(|a, b| a.0 < b.0) || !body.proof.is_sorted_by(|a, b| a < b) {
            return Err(ExportError::Order);
        }
        Ok(Self {
            genesis: body.genesis,
            job: body.job,
            block: body.block,
            header: body.header,
            values: body.values.into_iter().collect(),
            proof: body.proof,
        })
    }

    /// Checks that every value, and every absence, leads to the block that the export names. An export can still be silent
    /// about a key: [`VerifiedState::get`] then gives an error, never `None`.
    pub fn verify(self) -> Result<VerifiedState, ExportError> {
        if blake2_256(&self.header) != self.block.0 {
            return Err(ExportError::Header);
        }
        let header = Header::decode_all(&mut self.header.as_slice()).map_err(|_| ExportError::Header)?;
        let nodes = StorageProof::new(self.proof.iter().cloned());
        let backend =
            create_proof_check_backend::<BlakeTwo256>(header.state_root, nodes).map_err(|_| ExportError::Proof)?;
        for (key, value) in &self.values {
            let proven = backend.storage(key).map_err(|_| ExportError::Proof)?;
            if proven != *value {
                return Err(ExportError::Value(hex::encode(key)));
            }
        }
        let needed = prove_read_on_trie_backend(&backend, self.values.keys()).map_err(|_| ExportError::Proof)?;
        let needed: BTreeSet<Vec<u8>> = needed.into_iter_nodes().collect();
        if !needed.iter().eq(self.proof.iter()) {
            return Err(ExportError::Surplus);
        }
        let state = VerifiedState {
            genesis: self.genesis,
            job: self.job,
            block: BlockRef {
                number: header.number,
                hash: self.block,
            },
            values: self.values,
        };
        let found = state.get(&storage::block_hash(0)).ok().flatten();
        if found != Some(self.genesis) {
            return Err(ExportError::Genesis {
                expected: self.genesis,
                found,
            });
        }
        Ok(state)
    }
}

/// Values that are proven to be in the state of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedState {
    pub genesis: H256,
    pub job: JobId,
    pub block: BlockRef,
    values: Values,
}

impl VerifiedState {
    /// A value; `None` where the state is proven to hold none, an error where the export says nothing of the key.
    pub fn get<T: DecodeAll>(&self, key: &Key<T>) -> Result<Option<T>> {
        let value = self.values.get(key.bytes());
        let value = value.ok_or_else(|| {
            Error::decode(
                "the export",
                format!("it says nothing of 0x{}", hex::encode(key.bytes())),
            )
        })?;
        value.as_ref().map(|value| key.decode(value)).transpose()
    }

    /// The entries of a map that the export holds, ordered by their keys. There may be more in the state.
    pub fn entries<K: DecodeAll + Ord, T: DecodeAll>(&self, prefix: &Prefix<K, T>) -> Result<Vec<(K, T)>> {
        let mut entries = Vec::new();
        for (key, value) in self.values.range(prefix.bytes().to_vec()..) {
            if !key.starts_with(prefix.bytes()) {
                break;
            }
            if let Some(value) = value {
                entries.push((prefix.decode_key(key)?, prefix.key(key.clone()).decode(value)?));
            }
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }
}
