//! Many transactions at once, signed ahead, and the blocks that they end up in.

use super::finality::time;
use crate::rpc::{hex, signer, Rpc};
use anyhow::{bail, ensure, Context, Result};
use secureflow_chain::{keys::AccountKey, Call, ChainExt, Client, Offline};
use serde_json::{json, Value};
use std::{
    thread,
    time::{Duration, Instant},
};

/// Transactions in one request.
const BATCH: usize = 100;
const PATIENCE: Duration = Duration::from_secs(240);
/// The pool's codes for being full: the transaction may be sent again later (`sc-rpc-api`, `author::error`).
const FULL: &str = "1016";

/// How long a burst took on the chain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Burst {
    pub transactions: u32,
    /// From the block before the first one with any to the last one, by the blocks' own time.
    pub seconds: f64,
}

impl Burst {
    pub fn add(&mut self, other: Self) {
        self.transactions += other.transactions;
        self.seconds += other.seconds;
    }

    pub fn rate(&self) -> f64 {
        f64::from(self.transactions) / self.seconds
    }
}

/// What somebody sends, in order.
pub(super) struct Sender<'a> {
    pub key: &'a AccountKey,
    pub calls: Vec<Call>,
}

/// Signs everything, sends it through all nodes, and waits until all of it is final.
pub(super) fn send(
    runtime: &tokio::runtime::Runtime,
    client: &Client,
    nodes: &[Rpc],
    senders: &[Sender<'_>],
) -> Result<Burst> {
    let offline = runtime.block_on(client.offline())?;
    let mut queues = Vec::new();
    for sender in senders {
        let account = sender.key.account();
        let nonce = runtime
            .block_on(async { client.finalized_state().await?.account(&account).await })?
            .nonce;
        queues.push(sign(&offline, sender, nonce)?);
    }
    let total: usize = queues.iter().map(Vec::len).sum();
    let before = nodes[0].finalised()?.number;
    let best = nodes[0].best()?.number;
    thread::scope(|scope| {
        let sending = queues
            .iter()
            .enumerate()
            .map(|(at, queue)| scope.spawn(move || submit(&nodes[at % nodes.len()], queue)));
        let watching =
            scope.spawn(move || follow(&nodes[0], before.max(best.saturating_sub(1)), u32::try_from(total)?));
        for one in sending.collect::<Vec<_>>() {
            one.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??;
        }
        watching.join().map_err(|_| anyhow::anyhow!("the watcher panicked"))?
    })
}

fn sign(offline: &Offline, sender: &Sender<'_>, first: u32) -> Result<Vec<String>> {
    let signed = (first..)
        .zip(&sender.calls)
        .map(|(nonce, call)| Ok(hex(&offline.sign(sender.key, call, nonce)?)));
    signed.collect()
}

fn submit(node: &Rpc, queue: &[String]) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    for part in queue.chunks(BATCH) {
        let mut open: Vec<&String> = part.iter().collect();
        while !open.is_empty() {
            ensure!(Instant::now() < deadline, "the pool has been full for {PATIENCE:?}");
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
                thread::sleep(Duration::from_millis(300));
            }
            open = left;
        }
    }
    Ok(())
}

/// Counts signed transactions in finalised blocks after this one until there are so many.
fn follow(node: &Rpc, after: u32, total: u32) -> Result<Burst> {
    let deadline = Instant::now() + PATIENCE;
    let (mut seen, mut next, mut first) = (0, after + 1, None);
    while seen < total {
        ensure!(
            Instant::now() < deadline,
            "{seen} of {total} transactions are final after {PATIENCE:?}"
        );
        let head = node.finalised()?.number;
        if head >= next {
            for (number, (_, extrinsics)) in (next..).zip(node.blocks(next..=head)?) {
                let signed = extrinsics.iter().filter(|bytes| signer(bytes).is_some()).count() as u32;
                if signed > 0 {
                    first = first.or(Some(number));
                    seen += signed;
                }
                if seen >= total {
                    let first = first.context("a block with transactions")?;
                    let seconds = (time(node, number)? as f64 - time(node, first - 1)? as f64) / 1e3;
                    return Ok(Burst {
                        transactions: total,
                        seconds,
                    });
                }
            }
            next = head + 1;
        }
        thread::sleep(Duration::from_millis(100));
    }
    bail!("nothing was sent")
}
