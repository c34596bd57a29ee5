//! The fake as programs see it.

use codec::Encode;
use futures::{stream::BoxStream, StreamExt};
use secureflow_primitives::H256;
use sp_state_machine::prove_read_on_trie_backend;

use super::{backend, calls, made, FakeChain, Indices};
use crate::{
    audit::MadeCall, keys::AccountKey, At, BlockRef, Call, Chain, ChainEvent, Error, Header, Result, Submitted, Wait,
};

#[async_trait::async_trait]
impl Chain for FakeChain {
    fn genesis(&self) -> H256 {
        self.inner().blocks[0].hash
    }

    async fn block(&self, at: At) -> Result<BlockRef> {
        self.present(self.patience).await?;
        match at {
            At::Block(hash) => Ok(BlockRef {
                number: self.inner().block(hash)?.header.number,
                hash,
            }),
            At::Finalized => Ok(*self.head.borrow()),
            At::Best => Ok(self.inner().newest()),
        }
    }

    async fn header(&self, block: H256) -> Result<Header> {
        self.present(self.patience).await?;
        Ok(self.inner().block(block)?.header.clone())
    }

    async fn values(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Option<Vec<u8>>>> {
        self.present(self.patience).await?;
        let state = self.inner().block(block)?.state.clone();
        Ok(keys.iter().map(|key| state.get(key).cloned()).collect())
    }

    async fn keys(&self, prefix: &[u8], block: H256) -> Result<Vec<Vec<u8>>> {
        self.present(self.patience).await?;
        let state = self.inner().block(block)?.state.clone();
        let keys = state.range(prefix.to_vec()..).map(|(key, _)| key);
        Ok(keys.take_while(|key| key.starts_with(prefix)).cloned().collect())
    }

    async fn read_proof(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Vec<u8>>> {
        self.present(self.patience).await?;
        let state = self.inner().block(block)?.state.clone();
        let proof = prove_read_on_trie_backend(&backend(&state), keys);
        Ok(proof
            .map_err(|error| Error::decode("the fake's state", error))?
            .into_iter_nodes()
            .collect())
    }

    async fn events(&self, block: H256) -> Result<Vec<ChainEvent>> {
        self.present(self.patience).await?;
        Ok(self.inner().block(block)?.events.clone())
    }

    async fn hash_at(&self, number: u32) -> Result<H256> {
        self.present(self.patience).await?;
        let inner = self.inner();
        let block = inner.blocks.get(number as usize);
        Ok(block.ok_or_else(|| Error::UnknownBlock(number.to_string()))?.hash)
    }

    async fn calls(&self, block: H256) -> Result<Vec<MadeCall>> {
        self.present(self.patience).await?;
        Ok(self.inner().block(block)?.calls.clone())
    }

    async fn call_hash(&self, call: &Call) -> Result<H256> {
        Ok(H256(sp_crypto_hashing::blake2_256(&call.encode(&Indices)?)))
    }

    fn watch_finalized(&self) -> BoxStream<'static, BlockRef> {
        let mut head = self.head.subscribe();
        head.mark_changed();
        futures::stream::unfold(head, |mut head| async move {
            head.changed().await.ok()?;
            let block = *head.borrow_and_update();
            Some((block, head))
        })
        .boxed()
    }

    async fn submit(&self, signer: &AccountKey, call: Call, wait: Wait) -> Result<Submitted> {
        self.present(wait.deadline).await?;
        self.let_in(&call, wait.deadline).await?;
        let account = signer.account();
        let submitted = {
            let mut inner = self.inner();
            if let Some(error) = inner.refusals.pop_front() {
                return Err(error);
            }
            let before = inner.pending.clone();
            let events = match calls::apply(&mut inner, &account, &call) {
                Ok(events) => events,
                Err(error) => {
                    inner.carried = None;
                    inner.pending = before;
                    return Err(error);
                }
            };
            let extrinsic = H256(sp_crypto_hashing::blake2_256(&inner.now().encode()));
            let made = made(&account, &call)?;
            inner.submitted.push((account, call));
            let block = inner.seal(events.clone(), vec![made]);
            Submitted {
                block,
                extrinsic,
                events,
            }
        };
        self.show(submitted.block);
        if wait.finalized {
            let mut head = self.head.subscribe();
            let reached = head.wait_for(|head| head.number >= submitted.block.number);
            if tokio::time::timeout(wait.deadline, reached).await.is_err() {
                return Err(Error::Deadline {
                    waited: wait.deadline,
                    maybe_submitted: true,
                });
            }
        }
        Ok(submitted)
    }
}
