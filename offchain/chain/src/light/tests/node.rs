//! A node over the chain in memory, with validators that finalise its blocks, and with the lies that it can be told to
//! tell.

use std::sync::{Arc, Mutex, MutexGuard};

use futures::{stream::BoxStream, StreamExt};
use secureflow_primitives::BlockNumber;

use super::*;
use crate::{
    audit::MadeCall,
    chain::{At, Chain, Submitted, Wait},
    client::submit::View,
    fake::FakeChain,
    keys::AccountKey,
    light::source::{Finality, Source},
    Call, ChainEvent, Result,
};

/// How a node deviates from the truth.
#[derive(Clone, Default)]
pub(super) enum Lie {
    #[default]
    None,
    /// One node of every proof is changed.
    Value,
    /// Proofs are of another block's state.
    State(H256),
    /// The last key of every list is left out, and its proof with it.
    KeyLeftOut,
    /// Every list is empty.
    NoKeys,
    /// Headers are another block's.
    Header(H256),
    /// Headers hand over to a set of the liar's own.
    Usurper(Set),
    /// Justifications are of this block, signed by so many members of this set.
    Justified(Box<Header>, Set, usize),
    /// Justifications are these bytes.
    Bytes(Vec<u8>),
    /// Nothing is said of finality any more.
    Silence,
    /// Another chain is named.
    Genesis,
}

struct State {
    sets: Vec<Set>,
    /// The last block of each set but the present one.
    ends: Vec<BlockNumber>,
    lie: Lie,
    /// Headers that fit into one reply.
    room: u32,
    proofs_asked: u32,
    reads_asked: u32,
    /// Blocks after the final ones, with the state of the last final one.
    ahead: Vec<Header>,
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) chain: FakeChain,
    state: Arc<Mutex<State>>,
}

impl Node {
    pub(super) fn new(set: Set) -> Self {
        let state = State {
            sets: vec![set],
            ..State::default()
        };
        Self {
            chain: FakeChain::new(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Another node of the same chain.
    pub(super) fn beside(&self) -> Self {
        let state = self.state();
        let state = State {
            sets: state.sets.clone(),
            ends: state.ends.clone(),
            ..State::default()
        };
        Self {
            chain: self.chain.clone(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn lie(&self, lie: Lie) {
        self.state().lie = lie;
    }

    /// Shows blocks that are not final.
    pub(super) fn show(&self, ahead: Vec<Header>) {
        self.state().ahead = ahead;
    }

    fn ahead(&self, block: H256) -> Option<Header> {
        let state = self.state();
        state.ahead.iter().find(|header| header.hash() == block).cloned()
    }

    /// The block that has the state of this one.
    async fn state_of(&self, block: H256) -> Result<H256> {
        match self.ahead(block) {
            Some(_) => Ok(self.chain.finalized().await?.hash),
            None => Ok(block),
        }
    }

    pub(super) fn room(&self, headers: u32) {
        self.state().room = headers;
    }

    /// Makes a block that hands over to the next set.
    pub(super) async fn hand_over(&self, to: Set) {
        let number = self.chain.best().await.unwrap().number + 1;
        let digest = hand_over(&to);
        {
            let mut state = self.state();
            state.ends.push(number);
            state.sets.push(to);
        }
        self.chain.advance_with(digest);
    }

    /// How many sets there have been.
    pub(super) fn sets(&self) -> u64 {
        self.state().sets.len() as u64
    }

    pub(super) fn proofs_asked(&self) -> u32 {
        self.state().proofs_asked
    }

    pub(super) fn reads_asked(&self) -> u32 {
        self.state().reads_asked
    }

    pub(super) async fn genesis_block(&self) -> Genesis {
        let header = self.chain.header(self.chain.genesis()).await.unwrap();
        Genesis {
            header,
            authorities: self.state().sets[0].authorities(),
        }
    }

    /// The header of a block of the honest chain.
    pub(super) async fn honest(&self, number: BlockNumber) -> Header {
        let mut header = self.chain.header(self.chain.best().await.unwrap().hash).await.unwrap();
        while header.number > number {
            header = self.chain.header(header.parent_hash).await.unwrap();
        }
        header
    }

    fn justify(&self, block: BlockRef) -> Vec<u8> {
        let state = self.state();
        match &state.lie {
            Lie::Justified(header, set, voters) => set.justify_with(of(header), *voters),
            Lie::Bytes(bytes) => bytes.clone(),
            _ => {
                let set = state.ends.iter().filter(|end| **end < block.number).count();
                state.sets[set].justify(block)
            }
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            sets: Vec::new(),
            ends: Vec::new(),
            lie: Lie::None,
            room: u32::MAX,
            proofs_asked: 0,
            reads_asked: 0,
            ahead: Vec::new(),
        }
    }
}

#[async_trait::async_trait]
impl Source for Node {
    fn justifications(&self) -> BoxStream<'static, Vec<u8>> {
        let node = self.clone();
        self.chain
            .watch_finalized()
            // As of a node that one subscribes to now: the past is not told.
            .skip(1)
            .filter(move |_| {
                let silent = matches!(node.state().lie, Lie::Silence);
                async move { !silent }
            })
            .map({
                let node = self.clone();
                move |block| node.justify(block)
            })
            .boxed()
    }

    async fn prove_finality(&self, block: BlockNumber, _: BlockNumber) -> Result<Finality> {
        let best = self.chain.best().await?;
        let (ends, room) = {
            let mut state = self.state();
            state.proofs_asked += 1;
            (state.ends.clone(), state.room)
        };
        if block > best.number || ends.is_empty() || matches!(self.state().lie, Lie::Silence) {
            return Ok(Finality::None);
        }
        let end = ends.into_iter().find(|end| *end >= block).unwrap_or(best.number);
        if end - block > room {
            return Ok(Finality::TooLong);
        }
        let mut headers = Vec::new();
        for number in block + 1..=end {
            headers.push(self.honest(number).await);
        }
        let last = of(&self.honest(end).await);
        Ok(Finality::Proof((last.hash, self.justify(last), headers).encode()))
    }

    async fn decode_events(&self, _: &[u8]) -> Result<Vec<ChainEvent>> {
        Ok(Vec::new())
    }

    async fn submit_in_view(&self, _: &dyn View, signer: &AccountKey, call: Call, wait: Wait) -> Result<Submitted> {
        self.chain.submit(signer, call, wait).await
    }
}

#[async_trait::async_trait]
impl Chain for Node {
    fn genesis(&self) -> H256 {
        match self.state().lie {
            Lie::Genesis => H256::repeat_byte(9),
            _ => self.chain.genesis(),
        }
    }

    async fn block(&self, at: At) -> Result<BlockRef> {
        let last = self.state().ahead.last().map(of);
        if let (At::Best, Some(last)) = (at, last) {
            return Ok(last);
        }
        self.chain.block(at).await
    }

    async fn header(&self, block: H256) -> Result<Header> {
        if let Some(header) = self.ahead(block) {
            return Ok(header);
        }
        let lie = self.state().lie.clone();
        match lie {
            Lie::Header(other) => self.chain.header(other).await,
            Lie::Usurper(set) => {
                let mut header = self.chain.header(block).await?;
                header.digest = hand_over(&set);
                Ok(header)
            }
            Lie::Justified(header, ..) if header.hash() == block => Ok(*header),
            _ => self.chain.header(block).await,
        }
    }

    async fn values(&self, _: &[Vec<u8>], _: H256) -> Result<Vec<Option<Vec<u8>>>> {
        panic!("a light client asks for proofs, not for values")
    }

    async fn keys(&self, prefix: &[u8], block: H256) -> Result<Vec<Vec<u8>>> {
        let mut keys = self.chain.keys(prefix, self.state_of(block).await?).await?;
        match self.state().lie {
            Lie::KeyLeftOut => drop(keys.pop()),
            Lie::NoKeys => keys.clear(),
            _ => {}
        }
        Ok(keys)
    }

    async fn read_proof(&self, keys: &[Vec<u8>], block: H256) -> Result<Vec<Vec<u8>>> {
        let block = self.state_of(block).await?;
        let lie = {
            let mut state = self.state();
            state.reads_asked += 1;
            state.lie.clone()
        };
        match lie {
            Lie::State(other) => self.chain.read_proof(keys, other).await,
            Lie::Value => {
                let mut nodes = self.chain.read_proof(keys, block).await?;
                let longest = nodes.iter_mut().max_by_key(|node| node.len()).unwrap();
                *longest.last_mut().unwrap() ^= 1;
                Ok(nodes)
            }
            _ => self.chain.read_proof(keys, block).await,
        }
    }

    async fn hash_at(&self, _: BlockNumber) -> Result<H256> {
        panic!("a light client reads hashes from proven state")
    }

    async fn calls(&self, block: H256) -> Result<Vec<MadeCall>> {
        self.chain.calls(block).await
    }

    async fn call_hash(&self, call: &Call) -> Result<H256> {
        self.chain.call_hash(call).await
    }

    async fn events(&self, _: H256) -> Result<Vec<ChainEvent>> {
        panic!("a light client reads events from proven state")
    }

    fn watch_finalized(&self) -> BoxStream<'static, BlockRef> {
        self.chain.watch_finalized()
    }

    async fn submit(&self, _: &AccountKey, _: Call, _: Wait) -> Result<Submitted> {
        panic!("a light client looks at what it sends through proofs")
    }
}
