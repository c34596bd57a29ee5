//! What a node shows of finality (`grandpa_*`).

use std::time::Duration;

use futures::{stream::BoxStream, StreamExt};
use secureflow_primitives::BlockNumber;
use sp_core::Bytes;
use subxt_rpcs::{client::RpcSubscription, rpc_params, RpcClient};

use super::{submit, Client};
use crate::{
    chain::{Submitted, Wait},
    keys::AccountKey,
    light::source::{Finality, Source},
    Call, ChainEvent, Error, Result,
};

/// A subscription that is silent for so long is made anew: a dead connection says nothing either.
const SILENCE: Duration = Duration::from_secs(15);
/// How long a proof may take: a reply that this client does not take in fails every time.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(500);
/// A reply that the server finds too long (JSON-RPC server, `jsonrpsee`).
const TOO_LONG: i32 = -32008;
/// Headers that come with a proof in one reply without doubt; more may exceed what this client takes in.
const SHORT: u32 = 10_000;

#[async_trait::async_trait]
impl Source for Client {
    fn justifications(&self) -> BoxStream<'static, Vec<u8>> {
        let state = (self.clone(), None::<RpcSubscription<Bytes>>);
        futures::stream::unfold(state, |(client, mut subscription)| async move {
            loop {
                let Some(open) = &mut subscription else {
                    let ask = |rpc: RpcClient| async move {
                        let (subscribe, unsubscribe) =
                            ("grandpa_subscribeJustifications", "grandpa_unsubscribeJustifications");
                        rpc.subscribe(subscribe, rpc_params![], unsubscribe).await
                    };
                    match client.inner.connection.request(client.deadline(), ask).await {
                        Ok(fresh) => subscription = Some(fresh),
                        Err(error) => {
                            tracing::warn!(%error, "the node's justifications cannot be subscribed to, trying again");
                            tokio::time::sleep(PAUSE).await;
                        }
                    }
                    continue;
                };
                match tokio::time::timeout(SILENCE, open.next()).await {
                    Ok(Some(Ok(justification))) => return Some((justification.0, (client, subscription))),
                    _ => {
                        subscription = None;
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        })
        .boxed()
    }

    async fn prove_finality(&self, block: BlockNumber, newest: BlockNumber) -> Result<Finality> {
        let ask = |rpc: RpcClient| async move {
            rpc.request::<Option<Bytes>>("grandpa_proveFinality", rpc_params![block])
                .await
        };
        let deadline = std::time::Instant::now() + self.inner.patience.min(PATIENCE);
        match self.inner.connection.request(deadline, ask).await {
            Ok(Some(proof)) => Ok(Finality::Proof(proof.0)),
            Ok(None) => Ok(Finality::None),
            Err(Error::Rpc { code: TOO_LONG, .. }) => Ok(Finality::TooLong),
            // A reply that is longer than this client takes in looks like a broken connection.
            Err(Error::Unreachable { .. }) if newest.saturating_sub(block) > SHORT => Ok(Finality::TooLong),
            Err(Error::Rpc { message, .. }) if message.contains("prove finality") => {
                tracing::debug!(block, %message, "the node has no proof of finality");
                Ok(Finality::None)
            }
            Err(error) => Err(error),
        }
    }

    async fn decode_events(&self, bytes: &[u8]) -> Result<Vec<ChainEvent>> {
        Client::decode_events(self, bytes).await
    }

    async fn submit_in_view(
        &self,
        view: &dyn submit::View,
        signer: &AccountKey,
        call: Call,
        wait: Wait,
    ) -> Result<Submitted> {
        submit::submit(self, view, signer, call, wait).await
    }
}
