//! The chain over JSON-RPC.

mod finality;
mod offline;
pub(crate) mod submit;
mod validator;

pub use offline::Offline;
pub use validator::NewSessionKeys;

use std::{
    collections::HashMap,
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

use futures::{stream::BoxStream, StreamExt};
use secureflow_primitives::{AccountId, BlockNumber, H256, TRANSACTION_VERSION};
use tokio::sync::{Mutex, RwLock};

use crate::{
    audit::MadeCall,
    chain::{At, BlockRef, Chain, Header, Submitted, Wait},
    connection::Connection,
    extrinsic,
    keys::AccountKey,
    runtime::Runtime,
    storage, Call, ChainEvent, Error, Result,
};

/// Between two looks at the newest block, where something waits for it.
const POLL: Duration = Duration::from_millis(250);
const KEYS_PER_PAGE: u32 = 1000;
/// More keys under one prefix than this are refused, so that a node cannot fill the memory.
const MAX_KEYS: usize = 100_000;

/// A client of one node. Clones share the connection.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    connection: Connection,
    genesis: H256,
    /// How long a read may take.
    patience: Duration,
    runtime: RwLock<Arc<Runtime>>,
    /// The highest finalised block seen: a node that has fallen behind is waited for, never believed.
    highest: AtomicU32,
    /// One per signer, held while a nonce is taken and used.
    signers: Mutex<HashMap<AccountId, Arc<Mutex<()>>>>,
}

impl Client {
    /// Connects to a node at `ws://…` or `wss://…`. `patience` is how long connecting, and later every read, may take
    /// while the node is away.
    pub async fn connect(url: &str, patience: Duration) -> Result<Self> {
        if !(url.starts_with("ws://") || url.starts_with("wss://")) {
            return Err(Error::Incompatible(format!(
                "the node's address {url:?} does not begin with ws:// or wss://"
            )));
        }
        let connection = Connection::new(url.to_string());
        let deadline = Instant::now() + patience;
        let genesis = connection
            .call(deadline, |rpc| async move { rpc.genesis_hash().await })
            .await?;
        let runtime = RwLock::new(Arc::new(load_runtime(&connection, deadline).await?));
        let inner = Inner {
            connection,
            genesis,
            patience,
            runtime,
            highest: AtomicU32::new(0),
            signers: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// How many peers the node has.
    pub async fn peers(&self) -> Result<usize> {
        let ask = |rpc: crate::connection::Methods| async move { rpc.system_health().await };
        Ok(self.inner.connection.call(self.deadline(), ask).await?.peers)
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.inner.patience
    }

    /// The runtime, loaded anew where the chain has upgraded itself.
    async fn runtime(&self, deadline: Instant) -> Result<Arc<Runtime>> {
        let ask = |rpc: crate::connection::Methods| async move { rpc.state_get_runtime_version(None).await };
        let version = self.inner.connection.call(deadline, ask).await?;
        let known = self.inner.runtime.read().await.clone();
        if known.spec_version == version.spec_version && known.transaction_version == version.transaction_version {
            return Ok(known);
        }
        let fresh = Arc::new(load_runtime(&self.inner.connection, deadline).await?);
        *self.inner.runtime.write().await = fresh.clone();
        Ok(fresh)
    }

    /// The runtime that executed a block, which is the one that its parent's state holds.
    async fn runtime_of(&self, header: &Header) -> Result<Arc<Runtime>> {
        let parent = header.parent_hash;
        let ask = |rpc: crate::connection::Methods| async move { rpc.state_get_runtime_version(Some(parent)).await };
        let version = self
            .inner
            .connection
            .call(self.deadline(), ask)
            .await
            .map_err(unknown_block)?;
        let known = self.runtime(self.deadline()).await?;
        if known.spec_version == version.spec_version {
            return Ok(known);
        }
        let ask = |rpc: crate::connection::Methods| async move { rpc.state_get_metadata(Some(parent)).await };
        let metadata = self.inner.connection.call(self.deadline(), ask).await?;
        Runtime::new(&metadata.into_raw(), version.spec_version, version.transaction_version).map(Arc::new)
    }

    async fn block_until(&self, at: At, deadline: Instant) -> Result<BlockRef> {
        match at {
            At::Block(hash) => Ok(BlockRef {
                number: self.header_until(hash, deadline).await?.number,
                hash,
            }),
            At::Best => {
                let ask = |rpc: crate::connection::Methods| async move { rpc.chain_get_block_hash(None).await };
                let hash = self.inner.connection.call(deadline, ask).await?;
                let hash = hash.ok_or_else(|| Error::UnknownBlock("best".into()))?;
                Ok(BlockRef {
                    number: self.header_until(hash, deadline).await?.number,
                    hash,
                })
            }
            At::Finalized => loop {
                let ask = |rpc: crate::connection::Methods| async move { rpc.chain_get_finalized_head().await };
                let hash = self.inner.connection.call(deadline, ask).await?;
                let number = self.header_until(hash, deadline).await?.number;
                let highest = self.inner.highest.fetch_max(number, Ordering::AcqRel);
                if number >= highest {
                    return Ok(BlockRef { number, hash });
                }
                if Instant::now() + POLL >= deadline {
                    let reason = format!("the node has fallen back to block {number} after block {highest}");
                    return Err(self.unreachable(reason));
                }
                tokio::time::sleep(POLL).await;
            },
        }
    }

    async fn decode_events(&self, bytes: &[u8]) -> Result<Vec<ChainEvent>> {
        let runtime = self.inner.runtime.read().await.clone();
        Ok(runtime.events(bytes)?.into_iter().map(|record| record.event).collect())
    }

    fn unreachable(&self, reason: String) -> Error {
        Error::Unreachable {
            url: "the node".into(),
            waited: self.inner.patience,
            reason,
        }
    }

    async fn header_until(&self, hash: H256, deadline: Instant) -> Result<Header> {
        let ask = |rpc: crate::connection::Methods| async move { rpc.chain_get_header(Some(hash)).await };
        let header = self.inner.connection.call(deadline, ask).await?;
        header.ok_or_else(|| Error::UnknownBlock(format!("{hash:?}")))
    }

    async fn values_until(&self, keys: &[Vec<u8>], block: H256, deadline: Instant) -> Result<Vec<Option<Vec<u8>>>> {
        if let [key] = keys {
            let ask = |rpc: crate::connection::Methods| async move { rpc.state_get_storage(key, Some(block)).await };
            return self
                .inner
                .connection
                .call(deadline, ask)
                .await
                .map(|value| vec![value])
                .map_err(unknown_block);
        }
        let ask = |rpc: crate::connection::Methods| async move {
            rpc.state_query_storage_at(keys.iter().map(Vec::as_slice), Some(block))
                .await
        };
        let changes = self.inner.connection.call(deadline, ask).await.map_err(unknown_block)?;
        let mut found: HashMap<Vec<u8>, Option<Vec<u8>>> = changes
            .into_iter()
            .flat_map(|set| set.changes)
            .map(|(key, value)| (key.0, value.map(|value| value.0)))
            .collect();
        let missing = || Error::decode("a reply of the node", "it lacks a value that was asked for");
        keys.iter().map(|key| found.remove(key).ok_or_else(missing)).collect()
    }
}

async fn load_runtime(connection: &Connection, deadline: Instant) -> Result<Runtime> {
    let version = connection
        .call(deadline, |rpc| async move { rpc.state_get_runtime_version(None).await })
        .await?;
    if version.transaction_version != TRANSACTION_VERSION {
        return Err(Error::Version {
            chain: version.transaction_version,
            ours: TRANSACTION_VERSION,
        });
    }
    let metadata = connection
        .call(deadline, |rpc| async move { rpc.state_get_metadata(None).await })
        .await?;
    Runtime::new(&metadata.into_raw(), version.spec_version, version.transaction_version)
}

/// The roots of the trie over a block's transactions, in both versions that runtimes use.
pub(crate) fn extrinsics_roots(extrinsics: &[Vec<u8>]) -> [H256; 2] {
    use sp_trie::{LayoutV0, LayoutV1, TrieConfiguration};
    [
        LayoutV0::<sp_runtime::traits::BlakeTwo256>::ordered_trie_root(extrinsics),
        LayoutV1::<sp_runtime::traits::BlakeTwo256>::ordered_trie_root(extrinsics),
    ]
}

/// Tells a block that the node does not have from its other refusals.
fn unknown_block(error: Error) -> Error {
    match error {
        Error::Rpc { message, .. }
            if message.contains("UnknownBlock") || message.contains("State already discarded") =>
        {
            Error::UnknownBlock(message)
        }
        other => other,
    }
}

#[async_trait::async_trait]
impl Chain for Client {
    fn genesis(&self) -> H256 {
        self.inner.genesis
    }

    async fn block(&self, at: At) -> Result<BlockRef> {
        self.block_until(at, self.deadline()).await
    }

    async fn header(&self, block: H256) -> Result<Header> {
        self.header_until(block, self.deadline()).await
    }

    async fn values(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Option<Vec<u8>>>> {
        self.values_until(keys, block, self.deadline()).await
    }

    async fn keys(&self, prefix: &[u8], block: H256) -> Result<Vec<Vec<u8>>> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        loop {
            let start = keys.last().map(Vec::as_slice);
            let ask = |rpc: crate::connection::Methods| async move {
                rpc.state_get_keys_paged(prefix, KEYS_PER_PAGE, start, Some(block))
                    .await
            };
            let page = self
                .inner
                .connection
                .call(self.deadline(), ask)
                .await
                .map_err(unknown_block)?;
            if keys.len() + page.len() > MAX_KEYS {
                return Err(Error::decode("a list of keys", format!("it has more than {MAX_KEYS}")));
            }
            let last = page.len() < KEYS_PER_PAGE as usize;
            keys.extend(page);
            if last {
                return Ok(keys);
            }
        }
    }

    async fn read_proof(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Vec<u8>>> {
        let ask = |rpc: crate::connection::Methods| async move {
            rpc.state_get_read_proof(keys.iter().map(Vec::as_slice), Some(block))
                .await
        };
        let proof = self
            .inner
            .connection
            .call(self.deadline(), ask)
            .await
            .map_err(unknown_block)?;
        Ok(proof.proof.into_iter().map(|node| node.0).collect())
    }

    async fn events(&self, block: H256) -> Result<Vec<ChainEvent>> {
        let key = storage::events().into_bytes();
        let bytes = self
            .values(&[key], block)
            .await?
            .pop()
            .flatten()
            .unwrap_or_else(|| vec![0]);
        self.decode_events(&bytes).await
    }

    async fn hash_at(&self, number: BlockNumber) -> Result<H256> {
        let ask = |rpc: crate::connection::Methods| async move { rpc.chain_get_block_hash(Some(number.into())).await };
        let hash = self.inner.connection.call(self.deadline(), ask).await?;
        hash.ok_or_else(|| Error::UnknownBlock(number.to_string()))
    }

    async fn calls(&self, block: H256) -> Result<Vec<MadeCall>> {
        let ask = |rpc: crate::connection::Methods| async move { rpc.chain_get_block(Some(block)).await };
        let found = self.inner.connection.call(self.deadline(), ask).await?;
        let found = found.ok_or_else(|| Error::UnknownBlock(format!("{block:?}")))?;
        let extrinsics: Vec<Vec<u8>> = found.block.extrinsics.into_iter().map(|bytes| bytes.0).collect();
        let header = self.header(block).await?;
        // The header is the block's, and these are the header's: the node can leave out nothing and add nothing.
        let wrong = |reason: &str| Error::decode(format!("block {block:?}"), reason);
        if sp_runtime::traits::Header::hash(&header) != block {
            return Err(wrong("its header has another hash"));
        }
        if !extrinsics_roots(&extrinsics).contains(&header.extrinsics_root) {
            return Err(wrong("its transactions are not those of its header"));
        }
        let runtime = self.runtime_of(&header).await?;
        let read = extrinsics.iter().map(|bytes| extrinsic::read(&runtime, bytes));
        read.filter_map(Result::transpose).collect()
    }

    async fn call_hash(&self, call: &Call) -> Result<H256> {
        let runtime = self.runtime(self.deadline()).await?;
        extrinsic::hash(&runtime, call)
    }

    fn watch_finalized(&self) -> BoxStream<'static, BlockRef> {
        // Asking a few times a second costs a node nothing that can be measured, survives every kind of outage without
        // a state of its own, and notices a dead connection, which a silent subscription does not.
        let state = (self.clone(), None);
        futures::stream::unfold(state, |(client, last)| async move {
            loop {
                match client.block(At::Finalized).await {
                    Ok(block) if last.is_none_or(|last| block.number > last) => {
                        let number = block.number;
                        return Some((block, (client, Some(number))));
                    }
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "the finalised chain cannot be followed, trying again"),
                }
                tokio::time::sleep(POLL).await;
            }
        })
        .boxed()
    }

    async fn submit(&self, signer: &AccountKey, call: Call, wait: Wait) -> Result<Submitted> {
        submit::submit(self, self, signer, call, wait).await
    }
}
