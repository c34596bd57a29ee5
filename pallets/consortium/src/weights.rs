//! Weights by hand: storage access at the runtime's prices plus a generous base for decoding and comparing. Benchmarks are
//! to replace them.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};
use secureflow_primitives::bounds::{MAX_ADMISSIONS, MAX_OPERATORS, MAX_ORGANISATIONS, MAX_VALIDATORS};

/// What the calls, the transaction extension and the end of a block cost.
pub trait WeightInfo {
    fn admit() -> Weight;
    fn suspend() -> Weight;
    fn reinstate() -> Weight;
    fn set_keys() -> Weight;
    fn add_operator() -> Weight;
    fn remove_operator() -> Weight;
    fn name_validators() -> Weight;
    fn name_nodes() -> Weight;
    fn remove() -> Weight;
    fn authorize_upgrade() -> Weight;
    fn check_member() -> Weight;
    fn renew_quotas() -> Weight;
}

/// Every call leaves an audit entry: count and peaks are read, they, the entry, its place under its subject and a node are
/// written.
fn call(db: RuntimeDbWeight, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(25_000_000, 512 * (reads + 2)).saturating_add(db.reads_writes(reads + 2, writes + 5))
}

/// `admit` and `set_keys` compare with every organisation; whatever changes the council's seats counts them all.
fn call_over_all(db: RuntimeDbWeight, reads: u64, writes: u64) -> Weight {
    let all = u64::from(MAX_ADMISSIONS);
    call(db, reads + all, writes).saturating_add(Weight::from_parts(500_000 * all, 0))
}

/// Of every validator the organisation, its status and the keys are read. An account whose keys are taken has a key of each
/// kind and an owner for each.
fn over_validators(db: RuntimeDbWeight) -> Weight {
    let all = u64::from(MAX_VALIDATORS);
    Weight::from_parts(1_000_000 * all, 0).saturating_add(db.reads_writes(3 * all + 6, 5))
}

/// The council's seats, and the votes in each of its motions.
fn council(db: RuntimeDbWeight) -> Weight {
    Weight::from_parts(20_000_000, 0).saturating_add(db.reads_writes(40, 40))
}

macro_rules! weights {
    ($db:expr) => {
        fn admit() -> Weight {
            call_over_all($db, 3, 4)
                .saturating_add(call_over_all($db, 0, 0))
                .saturating_add(council($db))
        }
        fn suspend() -> Weight {
            call_over_all($db, 1, 1)
                .saturating_add(call_over_all($db, 0, 0))
                .saturating_add(council($db))
        }
        fn reinstate() -> Weight {
            call_over_all($db, 1, 1).saturating_add(council($db))
        }
        fn set_keys() -> Weight {
            call_over_all($db, 2, 1)
        }
        fn add_operator() -> Weight {
            call($db, 5, 3)
        }
        fn remove_operator() -> Weight {
            call($db, 5, 4).saturating_add(over_validators($db))
        }
        fn name_validators() -> Weight {
            call($db, 3, 1).saturating_add(over_validators($db).saturating_mul(2))
        }
        fn name_nodes() -> Weight {
            call($db, 2 + u64::from(MAX_ORGANISATIONS), 1).saturating_add(Weight::from_parts(20_000_000, 0))
        }
        fn remove() -> Weight {
            let accounts = u64::from(MAX_OPERATORS) + 1;
            call_over_all($db, 2 + 4 * accounts, 3 + 7 * accounts)
                .saturating_add(call_over_all($db, 0, 0))
                .saturating_add(over_validators($db))
                .saturating_add(council($db))
        }
        fn authorize_upgrade() -> Weight {
            call($db, 0, 1)
        }
        fn check_member() -> Weight {
            Weight::from_parts(6_000_000, 1_536).saturating_add($db.reads_writes(3, 1))
        }
        fn renew_quotas() -> Weight {
            let all = u64::from(MAX_ORGANISATIONS);
            $db.reads_writes(all, all)
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
