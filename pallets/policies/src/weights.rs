//! Weights by hand: storage access at the runtime's prices plus a generous base for decoding and comparing. Benchmarks are
//! to replace them.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};
use secureflow_primitives::bounds::{MAX_COLUMNS, MAX_WAITING_JOBS};

/// What the calls cost, and what the gate costs the pallet that asks it.
pub trait WeightInfo {
    fn register_dataset() -> Weight;
    /// A policy with so many columns' rules and so many counterparties.
    fn set_policy(rules: u32, counterparties: u32) -> Weight;
    fn retire() -> Weight;
    /// A revocation that stops as many waiting jobs as there may be.
    fn revoke() -> Weight;
    /// One dataset's check of a job with so many columns.
    fn check(columns: u32) -> Weight;
    /// One dataset's reservation.
    fn reserve() -> Weight;
    /// One dataset's settlement.
    fn settle() -> Weight;
}

/// Bytes of a policy with every list full, for the proof of its reading.
const POLICY_BYTES: u64 = 29_000;

fn gate(db: RuntimeDbWeight, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(15_000_000, POLICY_BYTES).saturating_add(db.reads_writes(reads, writes))
}

/// Every call asks for the signer's account and organisation and leaves an audit entry: count and peaks are read, they,
/// the entry, its place under its subject and a node are written.
fn call(db: RuntimeDbWeight, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(25_000_000, 512 * (reads + 7)).saturating_add(db.reads_writes(reads + 7, writes + 5))
}

macro_rules! weights {
    ($db:expr) => {
        fn register_dataset() -> Weight {
            call($db, 2, 3)
        }
        fn set_policy(rules: u32, counterparties: u32) -> Weight {
            // Sorting the rules for duplicates, and one organisation per counterparty.
            call($db, 1 + u64::from(counterparties), 2)
                .saturating_add(Weight::from_parts(1_500_000 * u64::from(rules), 0))
        }
        fn retire() -> Weight {
            call($db, 1, 1)
        }
        fn revoke() -> Weight {
            // Per job: its mark, itself, its old deadline and the first block that has room for the new one.
            let jobs = u64::from(MAX_WAITING_JOBS);
            let one = Weight::from_parts(25_000_000, 1_024 * 16).saturating_add($db.reads_writes(14, 5));
            call($db, 3, 1).saturating_add(one.saturating_mul(jobs))
        }
        fn check(columns: u32) -> Weight {
            // Grouping as many rules as there may be, and finding those of each column.
            let rules = u64::from(MAX_COLUMNS);
            gate($db, 3, 0).saturating_add(Weight::from_parts(
                1_000_000 * (rules + 2 * u64::from(columns)),
                0,
            ))
        }
        fn reserve() -> Weight {
            gate($db, 4, 2)
        }
        fn settle() -> Weight {
            gate($db, 2, 2)
        }
    };
}

/// Weights with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    weights!(<T::DbWeight as Get<RuntimeDbWeight>>::get());
}

/// For tests.
impl WeightInfo for () {
    weights!(<RocksDbWeight as Get<RuntimeDbWeight>>::get());
}
