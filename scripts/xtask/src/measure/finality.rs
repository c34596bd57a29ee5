//! How soon a block is final, as one of four validators sees it.

use super::{progress::Progress, quantile, Figure};
use crate::rpc::{bytes, Rpc};
use anyhow::{ensure, Context, Result};
use codec::Decode;
use secureflow_chain::storage;
use serde_json::json;
use std::{
    collections::BTreeMap,
    path::Path,
    thread::sleep,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

const VALIDATORS: usize = 4;
/// Blocks that are left out, while the machine settles.
const WARM_UP: u32 = 10;
const BLOCKS: u32 = 60;
/// Between two looks. It adds half of itself to what is measured.
const LOOK: Duration = Duration::from_millis(10);

pub(super) fn measure(folder: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let network = super::network(folder, VALIDATORS, progress)?;
    let node = Rpc::new(&network.rpc(0)?);
    progress.say(format!("watching {BLOCKS} blocks"));
    let first = node.finalised()?.number + WARM_UP;
    let seen = watch(&node, first, first + BLOCKS)?;

    let mut made = BTreeMap::new();
    for number in seen.keys() {
        made.insert(*number, time(&node, *number)?);
    }
    let mut between: Vec<f64> = made
        .values()
        .zip(made.values().skip(1))
        .map(|(one, next)| seconds(*one, *next))
        .collect();
    let mut finality: Vec<f64> = seen.iter().map(|(number, at)| seconds(made[number], *at)).collect();
    between.sort_by(f64::total_cmp);
    finality.sort_by(f64::total_cmp);
    Ok(vec![
        Figure::new(
            "from block to block, mean",
            "s",
            between.iter().sum::<f64>() / between.len() as f64,
        ),
        Figure::new("from block to block, 95 of 100", "s", quantile(&between, 0.95)),
        Figure::new(
            "from a block's time to its finality, median",
            "s",
            quantile(&finality, 0.5),
        ),
        Figure::new(
            "from a block's time to its finality, 95 of 100",
            "s",
            quantile(&finality, 0.95),
        ),
        Figure::new(
            "from a block's time to its finality, longest",
            "s",
            quantile(&finality, 1.0),
        ),
    ])
}

/// When each of these blocks was first seen to be final, unix ms.
fn watch(node: &Rpc, first: u32, last: u32) -> Result<BTreeMap<u32, u64>> {
    let mut seen = BTreeMap::new();
    let mut next = first;
    let patience = Instant::now() + Duration::from_secs(10) * (last - first);
    while next <= last {
        ensure!(Instant::now() < patience, "block {next} is not final after a long time");
        let head = node.finalised()?.number;
        let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        for number in next..=head.min(last) {
            seen.insert(number, now);
        }
        next = next.max(head + 1);
        sleep(LOOK);
    }
    Ok(seen)
}

/// What a block says that the time is, unix ms. Its author read the clock when it began to make it.
pub(super) fn time(node: &Rpc, number: u32) -> Result<u64> {
    let hash = node.hash(number)?.context("a block")?;
    let key = crate::rpc::hex(storage::time().bytes());
    let value = node.call("state_getStorage", json!([key, hash]))?;
    Ok(u64::decode(&mut bytes(&value)?.as_slice())?)
}

fn seconds(from: u64, to: u64) -> f64 {
    to as f64 / 1e3 - from as f64 / 1e3
}
