//! What worker, agent and CLI need of a chain, so that tests can stand in for it.

use std::time::Duration;

use futures::stream::BoxStream;
use secureflow_primitives::{BlockNumber, SpaceId, H256};
use sp_runtime::{generic, traits::BlakeTwo256};

use crate::{
    audit::{self, MadeCall},
    keys::AccountKey,
    state::State,
    Call, ChainEvent, Result,
};

/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockRef {
    pub number: BlockNumber,
    pub hash: H256,
}

/// At which block the chain is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The newest finalised block: what everything rests on.
    Finalized,
    /// The newest block; it may still be replaced.
    Best,
    /// A block by its hash.
    Block(H256),
}

/// What [`Chain::submit`] waits for, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Whether the block must be finalised. Without it the outcome may still be undone.
    pub finalized: bool,
    pub deadline: Duration,
}

impl Wait {
    pub fn finalized(deadline: Duration) -> Self {
        Self {
            finalized: true,
            deadline,
        }
    }

    pub fn best(deadline: Duration) -> Self {
        Self {
            finalized: false,
            deadline,
        }
    }
}

impl Default for Wait {
    fn default() -> Self {
        Self::finalized(Duration::from_secs(120))
    }
}

/// A transaction that is in a block and whose call succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    pub block: BlockRef,
    pub extrinsic: H256,
    /// What it caused, in order.
    pub events: Vec<ChainEvent>,
}

impl Submitted {
    /// The first event that `pick` recognises.
    pub fn find<T>(&self, pick: impl FnMut(&ChainEvent) -> Option<T>) -> Option<T> {
        self.events.iter().find_map(pick)
    }
}

/// A chain. Every call tries again with growing pauses until its deadline while the node cannot be reached.
#[async_trait::async_trait]
pub trait Chain: Send + Sync {
    /// The hash of block zero, which names the chain.
    fn genesis(&self) -> H256;

    async fn block(&self, at: At) -> Result<BlockRef>;

    async fn header(&self, block: H256) -> Result<Header>;

    /// The values under these keys, in their order.
    async fn values(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Option<Vec<u8>>>>;

    /// All keys with this prefix, in order.
    async fn keys(&self, prefix: &[u8], block: H256) -> Result<Vec<Vec<u8>>>;

    /// Trie nodes that lead from the block's state root to these keys.
    async fn read_proof(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Vec<u8>>>;

    /// The events of a block.
    async fn events(&self, block: H256) -> Result<Vec<ChainEvent>>;

    /// The hash of the block of this number; of several, the one that the newest block descends from.
    async fn hash_at(&self, number: BlockNumber) -> Result<H256>;

    /// The signed calls of a block, in order, whether they succeeded or not.
    async fn calls(&self, block: H256) -> Result<Vec<MadeCall>>;

    /// The hash of the call as the chain encodes it.
    async fn call_hash(&self, call: &Call) -> Result<H256>;

    /// The newest finalised blocks as they come. Numbers grow and may leave some out; the stream outlives outages and
    /// never ends.
    fn watch_finalized(&self) -> BoxStream<'static, BlockRef>;

    /// Signs the call, sends it and waits until it is in a block. `Ok` means that the call itself succeeded.
    async fn submit(&self, signer: &AccountKey, call: Call, wait: Wait) -> Result<Submitted>;

    async fn finalized(&self) -> Result<BlockRef> {
        self.block(At::Finalized).await
    }

    async fn best(&self) -> Result<BlockRef> {
        self.block(At::Best).await
    }
}

/// Typed reads for every [`Chain`].
#[async_trait::async_trait]
pub trait ChainExt: Chain {
    /// The state at one block; all that is read from it is of that block.
    async fn state(&self, at: At) -> Result<State<'_, Self>> {
        Ok(State::new(self, self.block(at).await?))
    }

    /// The state at the newest finalised block.
    async fn finalized_state(&self) -> Result<State<'_, Self>> {
        self.state(At::Finalized).await
    }

    /// [`Chain::submit`], with details for the auditors of the space that the call is about, where it has any. Whatever
    /// touches the data of a space is sent this way.
    async fn submit_detailed(&self, signer: &AccountKey, call: Call, wait: Wait) -> Result<Submitted> {
        audit::submit(self, signer, call, wait).await
    }

    /// [`Chain::submit`], with details and a remark for the auditors of this space, where it has any: for a call about a
    /// dataset, which belongs to no space.
    async fn submit_detailed_to(
        &self,
        space: SpaceId,
        signer: &AccountKey,
        call: Call,
        remark: Option<String>,
        wait: Wait,
    ) -> Result<Submitted> {
        audit::submit_to(self, signer, space, call, remark, wait).await
    }
}

impl<C: Chain + ?Sized> ChainExt for C {}
