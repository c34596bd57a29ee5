//! The light client as a [`Chain`].

use std::time::Instant;

use futures::{stream::BoxStream, StreamExt};
use secureflow_primitives::{BlockNumber, H256};

use super::Light;
use crate::{
    audit::MadeCall,
    call::CallIndices,
    chain::{At, BlockRef, Chain, Header, Submitted, Wait},
    client::submit::View,
    keys::AccountKey,
    storage, Call, ChainEvent, Error, Result,
};

impl Light {
    fn deadline(&self) -> Instant {
        Instant::now() + self.inner.limits.patience
    }
}

#[async_trait::async_trait]
impl View for Light {
    async fn block_until(&self, at: At, deadline: Instant) -> Result<BlockRef> {
        match at {
            At::Finalized => self.inner.head(deadline).await,
            At::Best => self.inner.best(deadline).await,
            At::Block(hash) => Ok(BlockRef {
                number: self.inner.header(hash, deadline).await?.number,
                hash,
            }),
        }
    }

    async fn values_until(&self, keys: &[Vec<u8>], block: H256, deadline: Instant) -> Result<Vec<Option<Vec<u8>>>> {
        self.inner.values(keys, block, deadline).await
    }

    async fn hash_until(&self, number: BlockNumber, deadline: Instant) -> Result<Option<H256>> {
        if number <= self.inner.head(deadline).await?.number {
            return self.inner.hash_at(number, deadline).await.map(Some);
        }
        let ask = |peer: super::endpoints::Peer| async move { peer.source.hash_at(number).await };
        match self.inner.endpoints.ask(ask).await {
            Ok(hash) => Ok(Some(hash)),
            Err(Error::UnknownBlock(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    async fn check_body(&self, block: BlockRef, extrinsics: &[Vec<u8>], deadline: Instant) -> Result<bool> {
        self.inner.check_body(block, extrinsics, deadline).await
    }

    async fn check_call(&self, indices: &dyn CallIndices, call: &Call) -> Result<()> {
        self.inner.check_call(indices, call).await
    }
}

#[async_trait::async_trait]
impl Chain for Light {
    fn genesis(&self) -> H256 {
        self.inner.genesis.hash()
    }

    async fn block(&self, at: At) -> Result<BlockRef> {
        self.block_until(at, self.deadline()).await
    }

    async fn header(&self, block: H256) -> Result<Header> {
        self.inner.header(block, self.deadline()).await
    }

    async fn values(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Option<Vec<u8>>>> {
        self.inner.values(keys, block, self.deadline()).await
    }

    async fn keys(&self, prefix: &[u8], block: H256) -> Result<Vec<Vec<u8>>> {
        self.inner.keys(prefix, block, self.deadline()).await
    }

    async fn read_proof(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Vec<u8>>> {
        self.inner.read_proof(keys, block, self.deadline()).await
    }

    async fn events(&self, block: H256) -> Result<Vec<ChainEvent>> {
        let values = self.values(&[storage::events().into_bytes()], block).await?;
        let bytes = values.into_iter().flatten().next().unwrap_or_else(|| vec![0]);
        let bytes = &bytes;
        let ask = |peer: super::endpoints::Peer| async move { peer.source.decode_events(bytes).await };
        self.inner.endpoints.ask(ask).await
    }

    async fn hash_at(&self, number: BlockNumber) -> Result<H256> {
        self.inner.hash_at(number, self.deadline()).await
    }

    /// The block is proven; that these are its calls the node's client sees from the header.
    async fn calls(&self, block: H256) -> Result<Vec<MadeCall>> {
        self.inner.header(block, self.deadline()).await?;
        let ask = |peer: super::endpoints::Peer| async move { peer.source.calls(block).await };
        self.inner.endpoints.ask(ask).await
    }

    async fn call_hash(&self, call: &Call) -> Result<H256> {
        let ask = |peer: super::endpoints::Peer| async move { peer.source.call_hash(call).await };
        self.inner.endpoints.ask(ask).await
    }

    fn watch_finalized(&self) -> BoxStream<'static, BlockRef> {
        let state = (self.watch(), None);
        futures::stream::unfold(state, |(mut finalized, last)| async move {
            let newer = finalized.wait_for(|finalized| {
                finalized.proven_at.is_some() && last.is_none_or(|last| finalized.head.number > last)
            });
            let head = newer.await.ok()?.head;
            Some((head, (finalized, Some(head.number))))
        })
        .boxed()
    }

    /// Sends through the present node. Whether the transaction is in a block, and what it has caused, is taken from proven
    /// state.
    async fn submit(&self, signer: &AccountKey, call: Call, wait: Wait) -> Result<Submitted> {
        let peer = self.inner.endpoints.peer().await?;
        let submitted = peer.source.submit_in_view(self, signer, call, wait).await;
        if let Err(error) = &submitted {
            self.inner.endpoints.judge(&peer, error);
        }
        submitted
    }
}
