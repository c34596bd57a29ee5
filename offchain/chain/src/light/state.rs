//! Reading a state of which only the root is known, from trie nodes that a node sends.
//!
//! A trie node counts only under its own hash, so the root fixes every node that can be reached from it. What a node
//! leaves out is missed on the way to a key; what it adds is never reached.

use codec::Encode;
use secureflow_primitives::H256;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{backend::IterArgs, create_proof_check_backend, Backend, TrieBackend};
use sp_trie::{MemoryDB, StorageProof};

/// Why nodes prove nothing about a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("the proof does not begin at the state root {0:?}")]
    Root(H256),
    #[error("the proof does not reach the key 0x{0}")]
    Key(String),
    #[error("the proof does not reach every key under 0x{0}")]
    Prefix(String),
}

/// The part of a state that a node has sent.
pub(crate) struct ProvenState(TrieBackend<MemoryDB<BlakeTwo256>, BlakeTwo256>);

impl ProvenState {
    pub(crate) fn new(root: H256, nodes: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, StateError> {
        create_proof_check_backend::<BlakeTwo256>(root, StorageProof::new(nodes))
            .map(Self)
            .map_err(|_| StateError::Root(root))
    }

    /// The value under a key; `None` where the state is proven to have none.
    pub(crate) fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.0.storage(key).map_err(|_| StateError::Key(hex::encode(key)))
    }

    /// All keys with a prefix, in order. A node that leaves one out leaves a hole in the trie under the prefix, and the
    /// walk over it fails.
    pub(crate) fn keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StateError> {
        let hole = || StateError::Prefix(hex::encode(prefix));
        let mut arguments = IterArgs::default();
        arguments.prefix = Some(prefix);
        let keys = self.0.keys(arguments).map_err(|_| hole())?;
        keys.map(|key| key.map_err(|_| hole())).collect()
    }
}

/// A header's name.
pub(crate) fn header_hash(header: &crate::Header) -> H256 {
    H256(sp_crypto_hashing::blake2_256(&header.encode()))
}

/// A block's header from a node, checked to be that block's.
pub(crate) async fn fetch_header(peer: &super::endpoints::Peer, block: H256) -> crate::Result<crate::Header> {
    let header = peer.source.header(block).await?;
    let found = header_hash(&header);
    if found != block {
        let claimed = format!("a header to be the one of block {block:?}");
        return Err(peer.untrusted(claimed, format!("it hashes to {found:?}")));
    }
    Ok(header)
}
