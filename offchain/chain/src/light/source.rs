//! What a light client asks of a node.

use futures::stream::BoxStream;
use secureflow_primitives::BlockNumber;

use crate::{
    chain::{Chain, Submitted, Wait},
    client::submit::View,
    keys::AccountKey,
    Call, ChainEvent, Result,
};

/// A node's answer when it is asked to prove that a block is final.
#[derive(Debug)]
pub(crate) enum Finality {
    /// SCALE bytes of a `FinalityProof`: of the last block of the set under which the block was finalised, or, under the
    /// present set, of the newest one.
    Proof(Vec<u8>),
    /// The proof comes with a header for each block up to the one that it is of, and they are too many.
    TooLong,
    /// The node has none: of the very first set there is none until it hands over.
    None,
}

/// A node that is not believed without proof.
#[async_trait::async_trait]
pub(crate) trait Source: Chain {
    /// Justifications of the newest blocks as the node sees them become final. The stream outlives outages.
    fn justifications(&self) -> BoxStream<'static, Vec<u8>>;

    /// `newest` is a block that the node has shown to be final, from which the reply's length can be guessed.
    async fn prove_finality(&self, block: BlockNumber, newest: BlockNumber) -> Result<Finality>;

    /// Events in their encoding on chain.
    async fn decode_events(&self, bytes: &[u8]) -> Result<Vec<ChainEvent>>;

    /// [`Chain::submit`], with everything but the pool seen through `view`.
    async fn submit_in_view(&self, view: &dyn View, signer: &AccountKey, call: Call, wait: Wait) -> Result<Submitted>;
}
