//! Many transactions, signed ahead and handed to the nodes as fast as blocks take them, and the blocks that they end up in.

use super::{finality::time, progress::Progress};
use crate::rpc::{bytes, hex, signer, Rpc};
use anyhow::{anyhow, bail, ensure, Result};
use secureflow_chain::{keys::AccountKey, storage, Call, Chain, ChainEvent, ChainExt, Client, H256};
use serde_json::{json, Value};
use std::{
    cmp::Reverse,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Mutex, PoisonError,
    },
    thread,
    time::{Duration, Instant},
};

/// Transactions in one request. A node checks those of a request one after the other, each behind whatever else its pool
/// has to check, so that few long requests would feed it more slowly than it makes blocks.
const REQUEST: usize = 8;
/// Requests of one sender that are under way at a time.
const LANES: usize = 8;
/// Transactions of one sender that wait for a block, at most. A block takes 250 of an organisation or fewer, and after each
/// block the pool checks again all that it holds: more would take the time that blocks need.
const AHEAD: usize = 400;
/// How long nothing may move: no transaction become final of those that were sent, or none enter a full pool.
const STILL: Duration = Duration::from_secs(30);
/// Between two looks at the chain.
const LOOK: Duration = Duration::from_millis(100);
/// The pool's codes for being full: the transaction may be sent again later (`sc-rpc-api`, `author::error`).
const FULL: &str = "1016";

/// A network, as those who load it see it.
pub(super) struct Target {
    pub runtime: tokio::runtime::Runtime,
    pub client: Client,
    pub nodes: Vec<Rpc>,
    pub progress: Progress,
}

/// A block with transactions of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub number: u32,
    /// Unix ms, as the block has it.
    pub at: u64,
    pub transactions: u32,
}

/// The blocks that a load ended up in, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Burst {
    pub blocks: Vec<Filled>,
    /// The time of the block before the first of them, unix ms.
    before: u64,
}

impl Burst {
    pub fn transactions(&self) -> u32 {
        self.blocks.iter().map(|block| block.transactions).sum()
    }

    /// From the block before the first one to the last one.
    pub fn seconds(&self) -> f64 {
        let last = self.blocks.last().map_or(self.before, |block| block.at);
        last.saturating_sub(self.before) as f64 / 1e3
    }

    /// So many of the blocks that hold most.
    pub fn fullest(&self, blocks: usize) -> Vec<Filled> {
        let mut fullest = self.blocks.clone();
        fullest.sort_by_key(|block| Reverse(block.transactions));
        fullest.truncate(blocks);
        fullest
    }

    /// Transactions in a second, without the first and the last block, which a load fills in part.
    pub fn rate(&self) -> f64 {
        let whole = f64::from(self.transactions()) / self.seconds();
        let [first, inner @ .., _] = self.blocks.as_slice() else {
            return whole;
        };
        let Some(last) = inner.last() else { return whole };
        let transactions: u32 = inner.iter().map(|block| block.transactions).sum();
        f64::from(transactions) * 1e3 / (last.at - first.at) as f64
    }
}

/// What somebody sends, in order.
pub(super) struct Sender<'a> {
    pub key: &'a AccountKey,
    pub calls: Vec<Step>,
}

/// A call, and what has to be in blocks before it is sent: so many calls of the sender at that position.
#[derive(Clone)]
pub(super) struct Step {
    pub call: Call,
    pub after: Vec<(usize, usize)>,
}

impl From<Call> for Step {
    fn from(call: Call) -> Self {
        let after = Vec::new();
        Self { call, after }
    }
}

/// What one sender has signed, and how far it has come.
struct Queue<'a> {
    node: &'a Rpc,
    account: [u8; 32],
    /// The nonce of the first of them.
    first: u32,
    transactions: Vec<String>,
    /// What each waits for.
    after: Vec<&'a [(usize, usize)]>,
    next: Mutex<usize>,
    /// How many are in blocks of the best chain.
    included: AtomicUsize,
}

impl Queue<'_> {
    /// The next few to send: none while enough are waiting or others have to come first, nothing when all have been sent.
    fn take(&self, all: &[Queue<'_>]) -> Option<&[String]> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let from = *next;
        if from == self.transactions.len() {
            return None;
        }
        let included = |queue: &Queue<'_>| queue.included.load(Ordering::Relaxed);
        let until = self.transactions.len().min(from + REQUEST).min(included(self) + AHEAD);
        let may = |at: &usize| self.after[*at].iter().all(|(of, count)| included(&all[*of]) >= *count);
        *next += (from..until).take_while(may).count();
        Some(&self.transactions[from..*next])
    }

    fn sent(&self) -> usize {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> Result<()> {
        let key = storage::account(&self.account.into());
        let value = self.node.call("state_getStorage", json!([hex(key.bytes())]))?;
        let nonce = key.decode(&bytes(&value)?)?.nonce;
        let included = nonce.saturating_sub(self.first) as usize;
        self.included.store(included, Ordering::Relaxed);
        Ok(())
    }
}

/// Signs everything, sends it through all nodes for so long at most, and waits until what was sent is final and has
/// succeeded.
pub(super) fn send(target: &Target, what: &str, senders: &[Sender<'_>], limit: Duration) -> Result<Burst> {
    let total: usize = senders.iter().map(|sender| sender.calls.len()).sum();
    target.progress.say(format!("{what}: signing {total}"));
    let queues = queues(target, senders)?;
    let all = queues.as_slice();
    target.progress.say(format!("{what}: sending"));
    let until = Instant::now() + limit;
    let burst = thread::scope(|scope| -> Result<Burst> {
        let mut chain = Follower::new(&target.nodes[0], all)?;
        let lanes: Vec<_> = all
            .iter()
            .flat_map(|queue| std::iter::repeat_n(queue, LANES))
            .map(|queue| scope.spawn(move || feed(queue, all, until)))
            .collect();
        while !lanes.iter().all(|lane| lane.is_finished()) {
            chain.look()?;
            let seen = chain.seen;
            target.progress.note(format!("{what}: {seen} of {total} are final"));
            thread::sleep(LOOK);
        }
        for lane in lanes {
            lane.join().map_err(|_| anyhow!("a sender panicked"))??;
        }
        let sent: usize = all.iter().map(Queue::sent).sum();
        let (mut before, mut moved) = (chain.seen, Instant::now());
        while (chain.seen as usize) < sent {
            chain.look()?;
            let seen = chain.seen;
            if seen > before {
                (before, moved) = (seen, Instant::now());
            }
            ensure!(
                moved.elapsed() < STILL,
                "{what}: {seen} of {sent} transactions are final, and for {STILL:?} no other became so"
            );
            target.progress.note(format!("{what}: {seen} of {sent} sent are final"));
            thread::sleep(LOOK);
        }
        ensure!(sent > 0, "{what}: nothing was sent in {limit:?}");
        Ok(chain.burst)
    })?;
    target.runtime.block_on(succeeded(target, &burst))?;
    Ok(burst)
}

fn queues<'a>(target: &'a Target, senders: &'a [Sender<'_>]) -> Result<Vec<Queue<'a>>> {
    let offline = target.runtime.block_on(target.client.offline())?;
    let mut queues = Vec::new();
    for (sender, node) in senders.iter().zip(target.nodes.iter().cycle()) {
        let account = sender.key.account();
        let nonce = async { target.client.finalized_state().await?.account(&account).await };
        let first = target.runtime.block_on(nonce)?.nonce;
        let signed = (first..)
            .zip(&sender.calls)
            .map(|(nonce, step)| Ok(hex(&offline.sign(sender.key, &step.call, nonce)?)));
        queues.push(Queue {
            node,
            account: account.into(),
            first,
            transactions: signed.collect::<Result<_>>()?,
            after: sender.calls.iter().map(|step| step.after.as_slice()).collect(),
            next: Mutex::default(),
            included: AtomicUsize::default(),
        });
    }
    Ok(queues)
}

/// One lane of a sender.
fn feed(queue: &Queue<'_>, all: &[Queue<'_>], until: Instant) -> Result<()> {
    while Instant::now() < until {
        match queue.take(all) {
            None => break,
            Some([]) => thread::sleep(LOOK / 2),
            Some(part) => submit(queue.node, part, until + STILL)?,
        }
    }
    Ok(())
}

fn submit(node: &Rpc, part: &[String], deadline: Instant) -> Result<()> {
    let mut open: Vec<&String> = part.iter().collect();
    while !open.is_empty() {
        ensure!(
            Instant::now() < deadline,
            "the pool has been full for more than {STILL:?}"
        );
        let calls: Vec<(&str, Value)> = open
            .iter()
            .map(|one| ("author_submitExtrinsic", json!([one])))
            .collect();
        let mut left = Vec::new();
        for (one, answer) in open.iter().zip(node.batch(&calls)?) {
            match answer {
                Ok(_) => {}
                Err(error) if error.to_string().contains(FULL) => left.push(*one),
                Err(error) => bail!(error.context("a transaction was refused")),
            }
        }
        if !left.is_empty() {
            thread::sleep(LOOK);
        }
        open = left;
    }
    Ok(())
}

/// Counts what has become final of some queues.
struct Follower<'a> {
    node: &'a Rpc,
    queues: &'a [Queue<'a>],
    next: u32,
    seen: u32,
    burst: Burst,
}

impl<'a> Follower<'a> {
    fn new(node: &'a Rpc, queues: &'a [Queue<'a>]) -> Result<Self> {
        Ok(Self {
            node,
            queues,
            next: node.finalised()?.number + 1,
            seen: 0,
            burst: Burst::default(),
        })
    }

    fn look(&mut self) -> Result<()> {
        for queue in self.queues {
            queue.look()?;
        }
        let head = self.node.finalised()?.number;
        if head < self.next {
            return Ok(());
        }
        for (number, (_, extrinsics)) in (self.next..).zip(self.node.blocks(self.next..=head)?) {
            let ours = |bytes: &Vec<u8>| signer(bytes).is_some_and(|by| self.queues.iter().any(|it| it.account == by));
            let transactions = extrinsics.iter().filter(|bytes| ours(bytes)).count() as u32;
            if transactions == 0 {
                continue;
            }
            if self.burst.blocks.is_empty() {
                self.burst.before = time(self.node, number - 1)?;
            }
            self.seen += transactions;
            self.burst.blocks.push(Filled {
                number,
                at: time(self.node, number)?,
                transactions,
            });
        }
        self.next = head + 1;
        Ok(())
    }
}

/// A block holds a transaction whether its call succeeds or not; a load of failures would measure nothing.
async fn succeeded(target: &Target, burst: &Burst) -> Result<()> {
    for Filled { number, .. } in &burst.blocks {
        let hash: H256 = target.client.hash_at(*number).await?;
        for event in target.client.events(hash).await? {
            if let ChainEvent::Other { pallet, name, .. } = &event {
                let failed = pallet == "System" && name == "ExtrinsicFailed";
                ensure!(!failed, "a transaction of the load failed in block {number}: {event:?}");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_leave_out_what_was_filled_in_part() {
        let block = |number, at, transactions| Filled {
            number,
            at,
            transactions,
        };
        let mut burst = Burst {
            blocks: vec![
                block(5, 1_000, 10),
                block(6, 2_000, 300),
                block(8, 4_000, 300),
                block(9, 5_000, 1),
            ],
            before: 0,
        };
        assert_eq!((burst.transactions(), burst.seconds(), burst.rate()), (611, 5.0, 200.0));
        burst.blocks.truncate(2);
        assert_eq!(burst.rate(), 155.0);
    }
}
