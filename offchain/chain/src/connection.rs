//! One connection to a node that comes back after an outage.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use secureflow_primitives::{AccountId, H256};
use subxt_rpcs::{Error as RpcError, LegacyRpcMethods, RpcClient, RpcConfig};
use tokio::sync::Mutex;

use crate::{Error, Header, Result};

/// The types in the node's replies.
pub(crate) enum Types {}

impl RpcConfig for Types {
    type Header = Header;
    type Hash = H256;
    type AccountId = AccountId;
}

pub(crate) type Methods = LegacyRpcMethods<Types>;

/// An attempt that takes longer than this is given up and the connection with it.
const ATTEMPT: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

pub(crate) struct Connection {
    url: String,
    current: Mutex<Current>,
}

#[derive(Default)]
struct Current {
    client: Option<RpcClient>,
    /// Counts connections, so that a caller drops only the one that failed it.
    generation: u64,
    genesis: Option<H256>,
}

impl Connection {
    pub(crate) fn new(url: String) -> Self {
        Self {
            url,
            current: Mutex::default(),
        }
    }

    /// Asks the node until it answers or the deadline passes. An error that the node itself gives is not repeated.
    pub(crate) async fn call<T, F, Fut>(&self, deadline: Instant, ask: F) -> Result<T>
    where
        F: Fn(Methods) -> Fut,
        Fut: Future<Output = Result<T, RpcError>>,
    {
        self.request(deadline, |client| ask(Methods::new(client))).await
    }

    /// The same for what [`Methods`] does not have.
    pub(crate) async fn request<T, F, Fut>(&self, deadline: Instant, ask: F) -> Result<T>
    where
        F: Fn(RpcClient) -> Fut,
        Fut: Future<Output = Result<T, RpcError>>,
    {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let reason = match self.attempt(deadline, &ask).await {
                Ok(answer) => return Ok(answer),
                Err(Failed::ForGood(error)) => return Err(error),
                Err(Failed::TryAgain(reason)) => reason,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left <= pause {
                return Err(Error::Unreachable {
                    url: self.url.clone(),
                    waited: begun.elapsed(),
                    reason,
                });
            }
            tracing::debug!(url = %self.url, %reason, "no answer from the node, trying again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt<T, F, Fut>(&self, deadline: Instant, ask: &F) -> Result<T, Failed>
    where
        F: Fn(RpcClient) -> Fut,
        Fut: Future<Output = Result<T, RpcError>>,
    {
        let limit = ATTEMPT.min(deadline.saturating_duration_since(Instant::now()));
        let connected = tokio::time::timeout(limit, self.client()).await;
        let (client, generation) = connected.map_err(|_| Failed::TryAgain("connecting takes too long".into()))??;
        match tokio::time::timeout(limit, ask(client)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(RpcError::User(error))) => {
                let detail = error
                    .data
                    .as_ref()
                    .map(|data| format!(": {}", data.get().trim_matches('"')));
                let message = format!("{}{}", error.message, detail.unwrap_or_default());
                Err(Failed::ForGood(Error::Rpc {
                    code: error.code,
                    message,
                }))
            }
            Ok(Err(error @ (RpcError::Deserialization(_) | RpcError::Decode(_)))) => {
                Err(Failed::ForGood(Error::decode("a reply of the node", error)))
            }
            Ok(Err(error)) => {
                self.drop_client(generation).await;
                Err(Failed::TryAgain(error.to_string()))
            }
            Err(_) => {
                self.drop_client(generation).await;
                Err(Failed::TryAgain("the answer takes too long".into()))
            }
        }
    }

    /// The connection, made anew if there is none. A node of another chain is refused for good.
    async fn client(&self) -> Result<(RpcClient, u64), Failed> {
        let mut current = self.current.lock().await;
        if let Some(client) = &current.client {
            return Ok((client.clone(), current.generation));
        }
        let again = |error: RpcError| Failed::TryAgain(error.to_string());
        let client = RpcClient::from_insecure_url(&self.url).await.map_err(again)?;
        let genesis = Methods::new(client.clone()).genesis_hash().await.map_err(again)?;
        if let Some(expected) = current.genesis.filter(|expected| *expected != genesis) {
            return Err(Failed::ForGood(Error::WrongChain {
                url: self.url.clone(),
                expected: format!("{expected:?}"),
                found: format!("{genesis:?}"),
            }));
        }
        current.genesis = Some(genesis);
        current.generation += 1;
        current.client = Some(client.clone());
        Ok((client, current.generation))
    }

    async fn drop_client(&self, generation: u64) {
        let mut current = self.current.lock().await;
        if current.generation == generation {
            current.client = None;
        }
    }
}

enum Failed {
    TryAgain(String),
    ForGood(Error),
}
