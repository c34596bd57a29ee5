//! Reading at proven blocks.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use secureflow_primitives::{BlockNumber, H256};

use super::{
    calls::{self, Numbers},
    endpoints::Peer,
    state::{self, ProvenState, StateError},
    Inner,
};
use crate::{call::CallIndices, client::extrinsics_roots, storage, BlockRef, Call, Error, Header, Result};

/// Keys that one proof is asked for.
const KEYS_PER_PROOF: usize = 1000;
/// How long a node that has not yet seen a proven block is waited for.
const BEHIND: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);
/// Blocks before the head whose state every node keeps.
const RECENT: u32 = 64;

impl Inner {
    /// The header of a block that is the proven head or an ancestor of it.
    ///
    /// That an ancestor is one is read from the head's state, which remembers the hashes of the last blocks
    /// (`System.BlockHash`); older blocks are refused.
    pub(super) async fn header(&self, block: H256, deadline: Instant) -> Result<Header> {
        if block == self.genesis.hash() {
            return Ok(self.genesis.header.clone());
        }
        if let Some(header) = self.cache().header(block) {
            return Ok(header);
        }
        let head = self.head(deadline).await?;
        let ask = |peer: Peer| async move { state::fetch_header(&peer, block).await };
        let header = self.endpoints.ask(ask).await?;
        let unknown = |reason: &str| Error::UnknownBlock(format!("{block:?}: {reason}"));
        if header.number >= head.number {
            return Err(unknown("it is not proven to be final"));
        }
        if Box::pin(self.hash_at(header.number, deadline)).await? != block {
            return Err(unknown("another block has its number on the proven chain"));
        }
        self.cache().add_header(block, header.clone());
        Ok(header)
    }

    /// The hash of the block of this number on the proven chain, as the head's state remembers it.
    pub(super) async fn hash_at(&self, number: BlockNumber, deadline: Instant) -> Result<H256> {
        let head = self.head(deadline).await?;
        if number == head.number {
            return Ok(head.hash);
        }
        let key = storage::block_hash(number);
        let values = self.values(&[key.bytes().to_vec()], head.hash, deadline).await?;
        let value = values.into_iter().flatten().next();
        let unknown = || {
            Error::UnknownBlock(format!(
                "{number}: it is not proven, or the chain no longer remembers its hash"
            ))
        };
        key.decode(&value.ok_or_else(unknown)?)
    }

    /// Whether every node should have the state of a block.
    fn is_recent(&self, block: H256) -> bool {
        let head = self.finalized.borrow().head.number;
        let cache = self.cache();
        let header = cache.sealed(block).or_else(|| cache.header(block));
        header.is_some_and(|header| header.number.saturating_add(RECENT) >= head)
    }

    /// The state root of a block that is proven to be final, or sealed.
    async fn root(&self, block: H256, deadline: Instant) -> Result<H256> {
        let sealed = self.cache().sealed(block);
        match sealed {
            Some(header) => Ok(header.state_root),
            None => Ok(self.header(block, deadline).await?.state_root),
        }
    }

    /// The proven values under these keys, in their order.
    pub(super) async fn values(
        &self,
        keys: &[Vec<u8>],
        block: H256,
        deadline: Instant,
    ) -> Result<Vec<Option<Vec<u8>>>> {
        let mut known = BTreeMap::new();
        let mut missing = BTreeSet::new();
        {
            let cache = self.cache();
            for key in keys {
                match cache.value(block, key) {
                    Some(value) => known.insert(key, value).map(|_| ()),
                    None => missing.insert(key.clone()).then_some(()),
                };
            }
        }
        let missing: Vec<Vec<u8>> = missing.into_iter().collect();
        if !missing.is_empty() {
            // Boxed, for a header's proof is a value again; of the head, whose header is at hand.
            let root = Box::pin(self.root(block, deadline)).await?;
            let missing = &missing;
            let ask = |peer: Peer| async move {
                let state = self.prove(&peer, missing, block, root, deadline).await?;
                let read = |key: &Vec<u8>| Ok((key.clone(), state.value(key)?));
                let values = missing.iter().map(read).collect::<Result<Vec<_>, StateError>>();
                values.map_err(|error| unproven(&peer, block, error))
            };
            let proven = self.endpoints.ask(ask).await?;
            self.cache().add_values(block, proven.clone());
            known.extend(missing.iter().zip(proven).map(|(key, (_, value))| (key, value)));
        }
        Ok(keys
            .iter()
            .map(|key| known.get(key).cloned().unwrap_or_default())
            .collect())
    }

    /// All keys with a prefix, in order, proven to be all.
    pub(super) async fn keys(&self, prefix: &[u8], block: H256, deadline: Instant) -> Result<Vec<Vec<u8>>> {
        let root = self.root(block, deadline).await?;
        let ask = |peer: Peer| async move {
            let mut claimed = self
                .once_known(&peer, block, deadline, || peer.source.keys(prefix, block))
                .await?;
            // Leads to where the keys would be, if there are none.
            claimed.push(prefix.to_vec());
            let state = self.prove(&peer, &claimed, block, root, deadline).await?;
            let refuse = |error| unproven(&peer, block, error);
            let keys = state.keys(prefix).map_err(refuse)?;
            let read = |key: &Vec<u8>| Ok((key.clone(), state.value(key)?));
            let values = keys.iter().map(read).collect::<Result<Vec<_>, StateError>>();
            Ok((keys, values.map_err(refuse)?))
        };
        let (keys, values) = self.endpoints.ask(ask).await?;
        // Whoever asks for the keys mostly wants the values next.
        self.cache().add_values(block, values);
        Ok(keys)
    }

    /// Trie nodes that prove the keys; checked, so that no other error is found than where they are used.
    pub(super) async fn read_proof(&self, keys: &[Vec<u8>], block: H256, deadline: Instant) -> Result<Vec<Vec<u8>>> {
        let root = self.root(block, deadline).await?;
        let ask = |peer: Peer| async move {
            let nodes = self.nodes(&peer, keys, block, deadline).await?;
            let check = || {
                let state = ProvenState::new(root, nodes.iter().cloned())?;
                keys.iter().try_for_each(|key| state.value(key).map(|_| ()))
            };
            check().map_err(|error| unproven(&peer, block, error))?;
            Ok(nodes.into_iter().collect())
        };
        self.endpoints.ask(ask).await
    }

    /// Whether these are a block's transactions; refuses what a node gives as such and is not. `false` where the block
    /// is neither proven nor sealed yet.
    pub(super) async fn check_body(&self, block: BlockRef, extrinsics: &[Vec<u8>], deadline: Instant) -> Result<bool> {
        let peer = self.endpoints.peer().await?;
        let count = extrinsics.len();
        let claimed = || {
            format!(
                "block {} to be {:?} with {count} transactions",
                block.number, block.hash
            )
        };
        let sealed = self.cache().sealed(block.hash);
        let header = match sealed {
            Some(header) => header,
            None => match self.header(block.hash, deadline).await {
                Ok(header) => header,
                Err(Error::UnknownBlock(_)) if block.number > self.finalized.borrow().head.number => return Ok(false),
                Err(Error::UnknownBlock(reason)) => return Err(peer.untrusted(claimed(), reason)),
                Err(other) => return Err(other),
            },
        };
        if header.number != block.number || !extrinsics_roots(extrinsics).contains(&header.extrinsics_root) {
            let (number, root) = (header.number, header.extrinsics_root);
            let proven = format!("that is block {number}, whose transactions have the root {root:?}");
            return Err(peer.untrusted(claimed(), proven));
        }
        Ok(true)
    }

    /// Refuses to let a call be signed under a wrong number.
    pub(super) async fn check_call(&self, indices: &dyn CallIndices, call: &Call) -> Result<()> {
        let (pallet, name) = call.name();
        match calls::check(indices, call)? {
            Numbers::Right => Ok(()),
            Numbers::Wrong(claimed, known) => Err(self.endpoints.peer().await?.untrusted(
                format!("{pallet}.{name} to be call {claimed:?}"),
                format!("it is call {known:?}"),
            )),
        }
    }
}

/// A node that has no state of a block that has just become final is of no use, whatever the reason.
fn useless(peer: &Peer, error: Error) -> Error {
    match error {
        Error::UnknownBlock(block) => Error::Unreachable {
            url: peer.url.clone(),
            waited: BEHIND,
            reason: format!("it has no state of the recent block {block}"),
        },
        other => other,
    }
}

fn unproven(peer: &Peer, block: H256, error: StateError) -> Error {
    peer.untrusted(format!("values of the state of block {block:?}"), error)
}

impl Inner {
    /// The part of a state that a node proves about these keys.
    async fn prove(
        &self,
        peer: &Peer,
        keys: &[Vec<u8>],
        block: H256,
        root: H256,
        deadline: Instant,
    ) -> Result<ProvenState> {
        let nodes = self.nodes(peer, keys, block, deadline).await?;
        ProvenState::new(root, nodes).map_err(|error| unproven(peer, block, error))
    }

    async fn nodes(&self, peer: &Peer, keys: &[Vec<u8>], block: H256, deadline: Instant) -> Result<BTreeSet<Vec<u8>>> {
        let mut nodes = BTreeSet::new();
        for keys in keys.chunks(KEYS_PER_PROOF) {
            let ask = || peer.source.read_proof(keys, block);
            nodes.extend(self.once_known(peer, block, deadline, ask).await?);
        }
        Ok(nodes)
    }

    /// Asks again while the node does not know the block: what another has proven may reach it a moment later.
    async fn once_known<T, F>(
        &self,
        peer: &Peer,
        block: H256,
        deadline: Instant,
        mut ask: impl FnMut() -> F,
    ) -> Result<T>
    where
        F: std::future::Future<Output = Result<T>>,
    {
        let recent = self.is_recent(block);
        let until = deadline.min(Instant::now() + BEHIND);
        loop {
            match ask().await {
                Err(Error::UnknownBlock(_)) if recent && Instant::now() + PAUSE < until => {
                    tokio::time::sleep(PAUSE).await
                }
                Err(error) if recent => return Err(useless(peer, error)),
                answer => return answer,
            }
        }
    }
}
