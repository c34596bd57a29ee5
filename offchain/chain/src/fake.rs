//! A chain in memory, for the tests of programs that use one.
//!
//! It keeps real state under the real keys, with real headers and proofs, and follows the life cycle of spaces and jobs.
//! It checks what a program's own mistakes run into (who signs, in which phase, which round, whose signature), not what
//! the pallets check besides (policies, budgets, evidence): their own tests and the end-to-end tests do that.

mod calls;
mod chain;
mod members;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use codec::Encode;
use secureflow_primitives::{
    audit::Details,
    consortium::{OrgKeys, OrgStatus, Organisation},
    AccountId, OrgId, Round, H256,
};
use sp_runtime::{
    traits::{BlakeTwo256, Header as _},
    Digest, StateVersion,
};
use sp_state_machine::InMemoryBackend;
use tokio::sync::watch;

use crate::{
    audit::MadeCall,
    call::CallIndices,
    storage::{self, Key},
    BlockRef, Call, ChainEvent, Error, Header, Result,
};

type Values = BTreeMap<Vec<u8>, Vec<u8>>;

/// The fake. Clones share it.
#[derive(Clone)]
pub struct FakeChain {
    inner: Arc<Mutex<Inner>>,
    /// The newest final block.
    head: Arc<watch::Sender<BlockRef>>,
    /// How long a call waits while the chain is away.
    patience: Duration,
}

struct Inner {
    blocks: Vec<Block>,
    /// What the next block will hold.
    pending: Values,
    /// What the next block's header will say besides.
    digest: Digest,
    away: bool,
    /// Whether new blocks stay open to be replaced.
    held: bool,
    /// Commitments to this round and later ones are in no block yet.
    held_round: Option<Round>,
    refusals: VecDeque<Error>,
    submitted: Vec<(AccountId, Call)>,
    /// What the call under way carries for its entries in the audit log.
    carried: Option<Details>,
}

/// Numbers for calls where there is no metadata: two bytes of the names' hashes.
struct Indices;

impl CallIndices for Indices {
    fn call_index(&self, pallet: &str, call: &str) -> Result<[u8; 2]> {
        let byte = |name: &str| sp_crypto_hashing::blake2_128(name.as_bytes())[0];
        Ok([byte(pallet), byte(call)])
    }

    fn call_name(&self, index: [u8; 2]) -> Result<(String, String)> {
        Err(Error::Incompatible(format!("the fake chain names no call {index:?}")))
    }
}

struct Block {
    header: Header,
    hash: H256,
    state: Arc<Values>,
    events: Vec<ChainEvent>,
    calls: Vec<MadeCall>,
}

impl Inner {
    fn seal(&mut self, events: Vec<ChainEvent>, calls: Vec<MadeCall>) -> BlockRef {
        let number = self.blocks.len() as u32;
        let parent = self.blocks.last().map(|block| block.hash).unwrap_or_default();
        if let Some(before) = number.checked_sub(1) {
            self.pending
                .insert(storage::block_hash(before).into_bytes(), parent.encode());
        }
        let root = *backend(&self.pending).root();
        let digest = std::mem::take(&mut self.digest);
        let header = Header::new(number, H256::zero(), root, parent, digest);
        let hash = header.hash();
        self.blocks.push(Block {
            header,
            hash,
            state: Arc::new(self.pending.clone()),
            events,
            calls,
        });
        BlockRef { number, hash }
    }

    fn block(&self, hash: H256) -> Result<&Block> {
        let block = self.blocks.iter().find(|block| block.hash == hash);
        block.ok_or_else(|| Error::UnknownBlock(format!("{hash:?}")))
    }

    fn now(&self) -> u32 {
        self.blocks.len() as u32
    }

    fn newest(&self) -> BlockRef {
        let newest = self.blocks.last().expect("there is the genesis block");
        BlockRef {
            number: newest.header.number,
            hash: newest.hash,
        }
    }

    fn get<T: codec::DecodeAll>(&self, key: &Key<T>) -> Result<Option<T>> {
        self.pending.get(key.bytes()).map(|value| key.decode(value)).transpose()
    }

    fn put<T: Encode>(&mut self, key: &Key<T>, value: &T) {
        self.pending.insert(key.bytes().to_vec(), value.encode());
    }
}

fn made(signer: &AccountId, call: &Call) -> Result<MadeCall> {
    let (call, details) = match call {
        Call::Detailed {
            space,
            epoch,
            ciphertext,
            call,
        } => (&**call, Some((*space, *epoch, ciphertext.clone()))),
        call => (call, None),
    };
    Ok(MadeCall {
        signer: signer.clone(),
        call: call.clone(),
        hash: H256(sp_crypto_hashing::blake2_256(&call.encode(&Indices)?)),
        details,
    })
}

fn backend(values: &Values) -> InMemoryBackend<BlakeTwo256> {
    (values.clone(), StateVersion::V1).into()
}

impl Default for FakeChain {
    fn default() -> Self {
        let mut inner = Inner {
            blocks: Vec::new(),
            pending: Values::from([(b":fake".to_vec(), vec![1])]),
            digest: Digest::default(),
            away: false,
            held: false,
            held_round: None,
            refusals: VecDeque::new(),
            submitted: Vec::new(),
            carried: None,
        };
        let genesis = inner.seal(Vec::new(), Vec::new());
        let head = Arc::new(watch::Sender::new(genesis));
        Self {
            inner: Arc::new(Mutex::new(inner)),
            head,
            patience: Duration::from_secs(5),
        }
    }
}

impl FakeChain {
    pub fn new() -> Self {
        Self::default()
    }

    /// How long calls wait for an outage to end; five seconds unless set.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value into a block of its own.
    pub fn set<T: Encode>(&self, key: &Key<T>, value: &T) {
        self.inner().put(key, value);
        self.advance(1);
    }

    pub fn remove<T>(&self, key: &Key<T>) {
        self.inner().pending.remove(key.bytes());
        self.advance(1);
    }

    /// Makes a block final, unless finality is held up or a later one is final already.
    fn show(&self, block: BlockRef) {
        if self.inner().held {
            return;
        }
        self.head.send_if_modified(|head| {
            let newer = block.number > head.number;
            if newer {
                *head = block;
            }
            newer
        });
    }

    /// Makes a block with this digest in its header.
    pub fn advance_with(&self, digest: Digest) {
        self.inner().digest = digest;
        self.advance(1);
    }

    /// Makes blocks; deadlines that they reach end their jobs.
    pub fn advance(&self, blocks: u32) {
        for _ in 0..blocks {
            let block = {
                let mut inner = self.inner();
                let events = calls::expire(&mut inner);
                inner.seal(events, Vec::new())
            };
            self.show(block);
        }
    }

    /// While the chain is away, calls wait, and fail when their patience ends.
    pub fn set_away(&self, away: bool) {
        self.inner().away = away;
    }

    /// While finality is held up, blocks come and are not final; all that came are when it goes on.
    pub fn hold_finality(&self, held: bool) {
        let newest = {
            let mut inner = self.inner();
            inner.held = held;
            inner.newest()
        };
        self.show(newest);
    }

    /// Commitments to this round and later ones wait for a block until this is lifted.
    pub fn hold_rounds(&self, from: Option<Round>) {
        self.inner().held_round = from;
    }

    /// Waits until a call may be in a block.
    async fn let_in(&self, call: &Call, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        while self.is_held(call) {
            if begun.elapsed() >= patience {
                return Err(self.unreachable("the fake chain lets no commitment in", begun));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    fn unreachable(&self, reason: &str, since: Instant) -> Error {
        Error::Unreachable {
            url: "fake".into(),
            waited: since.elapsed(),
            reason: reason.into(),
        }
    }

    fn is_held(&self, call: &Call) -> bool {
        match call {
            Call::Detailed { call, .. } => self.is_held(call),
            Call::SubmitRound { commitment, .. } => {
                self.inner().held_round.is_some_and(|from| commitment.round >= from)
            }
            _ => false,
        }
    }

    /// The next transaction fails with this error and has no effect.
    pub fn refuse_next(&self, error: Error) {
        self.inner().refusals.push_back(error);
    }

    /// The call of every transaction that took effect, in order, without the details that it came with.
    pub fn submitted(&self) -> Vec<(AccountId, Call)> {
        let submitted = self.inner().submitted.clone();
        let plain = |(signer, call)| match call {
            Call::Detailed { call, .. } => (signer, *call),
            call => (signer, call),
        };
        submitted.into_iter().map(plain).collect()
    }

    /// Admits an organisation with its keys; those in `operators` act for it too.
    pub fn add_organisation(
        &self,
        name: &str,
        account: &AccountId,
        keys: Option<OrgKeys>,
        operators: &[AccountId],
    ) -> OrgId {
        let id = {
            let mut inner = self.inner();
            let next = Key::<OrgId>::raw(storage::item("Consortium", "NextOrg"));
            let id = inner.get(&next).ok().flatten().unwrap_or_default();
            inner.put(&next, &OrgId(id.0 + 1));
            let name = name.as_bytes().to_vec().try_into().expect("a test's name is short");
            let organisation = Organisation {
                name,
                account: account.clone(),
                status: OrgStatus::Active,
                keys,
            };
            inner.put(&storage::organisation(id), &organisation);
            inner.put(&storage::org_of(account), &id);
            for operator in operators {
                inner.put(&storage::org_of(operator), &id);
            }
            let operators = operators.to_vec().try_into().expect("a test has few operators");
            inner.put(&storage::operators(id), &operators);
            id
        };
        self.advance(1);
        id
    }

    async fn present(&self, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        while self.inner().away {
            if begun.elapsed() >= patience {
                return Err(self.unreachable("the fake chain is away", begun));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}
