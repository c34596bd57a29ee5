//! What transactions cost apart from what limits their number: the time in which a node executes their blocks again, and
//! what the runtime counts against a block's weight.

use super::burst::Filled;
use crate::rpc::{bytes, hex, Rpc};
use anyhow::{Context, Result};
use codec::{Compact, Decode, Encode};
use secureflow_chain::storage;
use serde_json::{json, Value};
use std::time::Instant;
use subxt_metadata::Metadata;

/// How often a block is executed. The fastest time is what the execution takes; the others hold what else the machine did.
const TIMES: usize = 2;
/// A block that holds no transaction, since a network is used only after it is final.
const EMPTY: u32 = 1;
/// Picoseconds, the unit of weight, in a millisecond.
const MILLISECOND: f64 = 1e9;

/// What a node and a block have to spare.
pub(super) struct Room {
    /// Milliseconds of weight that a block holds of ordinary transactions.
    pub weight: f64,
    /// Transactions that a block takes of one organisation, and the milliseconds of weight.
    pub quota: (u32, f64),
    /// Milliseconds that a block without transactions takes to execute.
    empty: f64,
}

/// Milliseconds per transaction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    /// What the node that was measured takes.
    pub execution: f64,
    /// What the runtime counts.
    pub weight: f64,
}

impl Cost {
    /// The cost of so many.
    pub fn times(self, times: f64) -> Self {
        Self {
            execution: self.execution * times,
            weight: self.weight * times,
        }
    }
}

impl Room {
    pub fn of(node: &Rpc) -> Result<Self> {
        let metadata = Metadata::decode_from(&bytes(&node.call("state_getMetadata", json!([]))?)?)?;
        let constant = |pallet: &str, name: &str| {
            let pallet = metadata.pallet_by_name(pallet).context("the pallet")?;
            anyhow::Ok(pallet.constant_by_name(name).context("the constant")?.value())
        };
        // `frame_system::limits::BlockWeights`, as far as the limit of the normal class.
        type Weight = (Compact<u64>, Compact<u64>);
        type Limits = (Weight, Weight, (Weight, Option<Weight>, Option<Weight>));
        let (_, _, (_, _, limit)) = Limits::decode(&mut constant("System", "BlockWeights")?)?;
        let share = Weight::decode(&mut constant("Consortium", "WeightQuota")?)?;
        let milliseconds = |(time, _): Weight| time.0 as f64 / MILLISECOND;
        Ok(Self {
            weight: milliseconds(limit.context("a block has a limit for ordinary transactions")?),
            quota: (u32::decode(&mut constant("Consortium", "Quota")?)?, milliseconds(share)),
            empty: execute(node, EMPTY)?,
        })
    }

    /// The cost of one of the load's transactions, on average over these blocks.
    pub fn cost(&self, node: &Rpc, blocks: &[Filled]) -> Result<Cost> {
        let mut cost = Cost::default();
        for block in blocks {
            cost.execution += (execute(node, block.number)? - self.empty).max(0.0);
            cost.weight += weight(node, block.number)?;
        }
        let transactions: u32 = blocks.iter().map(|block| block.transactions).sum();
        Ok(cost.times(1.0 / f64::from(transactions)))
    }
}

/// Milliseconds in which the node executes a block on its parent's state, checks of signatures and of the state's root
/// included, and forgets what came out.
fn execute(node: &Rpc, number: u32) -> Result<f64> {
    let hash = node.hash(number)?.context("the block")?;
    let block = node.call("chain_getBlock", json!([hash]))?;
    let block = &block["block"];
    let parent = &block["header"]["parentHash"];
    let call = json!(["Core_execute_block", hex(&encode(block)?), parent]);
    let mut fastest = f64::INFINITY;
    for _ in 0..TIMES {
        let begin = Instant::now();
        node.call("state_call", call.clone())?;
        fastest = fastest.min(begin.elapsed().as_secs_f64() * 1e3);
    }
    Ok(fastest)
}

/// A block in SCALE, as its author executed it: without the seal, which is the last item of its digest.
fn encode(block: &Value) -> Result<Vec<u8>> {
    let header = &block["header"];
    let list =
        |value: &Value| -> Result<Vec<Vec<u8>>> { value.as_array().context("a list")?.iter().map(bytes).collect() };
    let number = header["number"].as_str().context("a number")?;
    let number = u32::from_str_radix(number.trim_start_matches("0x"), 16)?;
    let mut digest = list(&header["digest"]["logs"])?;
    digest.pop().context("a seal")?;
    let extrinsics = list(&block["extrinsics"])?;

    let mut encoded = bytes(&header["parentHash"])?;
    Compact(number).encode_to(&mut encoded);
    encoded.extend(bytes(&header["stateRoot"])?);
    encoded.extend(bytes(&header["extrinsicsRoot"])?);
    for items in [digest, extrinsics] {
        Compact(items.len() as u32).encode_to(&mut encoded);
        // They come in SCALE.
        encoded.extend(items.concat());
    }
    Ok(encoded)
}

/// Milliseconds of weight that a block's ordinary transactions have used.
fn weight(node: &Rpc, number: u32) -> Result<f64> {
    let hash = node.hash(number)?.context("the block")?;
    let used = node.storage(&storage::item("System", "BlockWeight"), &hash)?;
    // The first of three classes, time before size.
    let Compact(time) = Compact::<u64>::decode(&mut used.context("a block's weight")?.as_slice())?;
    Ok(time as f64 / MILLISECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_encoded_without_their_seal() {
        let root = |byte: u8| hex(&[byte; 32]);
        let block = json!({
            "header": {
                "parentHash": root(1), "number": "0x102", "stateRoot": root(2), "extrinsicsRoot": root(3),
                "digest": {"logs": ["0x0661", "0x0562"]},
            },
            "extrinsics": ["0x0801", "0x0c0203"],
        });
        let expected = [
            &[1; 32][..],
            &Compact(0x102u32).encode(),
            &[2; 32],
            &[3; 32],
            &[4, 6, 0x61],
            &[8, 8, 1, 12, 2, 3],
        ];
        assert_eq!(encode(&block).unwrap(), expected.concat());
        assert!(encode(&json!({"header": {"number": "0x1"}})).is_err());
    }
}
