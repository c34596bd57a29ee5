//! Weights by hand: storage access at the runtime's prices plus a generous base for decoding and hashing. Benchmarks are
//! to replace them.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};

/// What the calls cost.
pub trait WeightInfo {
    /// A note whose ciphertext has `bytes` bytes.
    fn append(bytes: u32) -> Weight;
    fn grant_auditor() -> Weight;
    /// One entry that another pallet records; part of that pallet's own weights.
    fn record() -> Weight;
}

fn record(db: RuntimeDbWeight) -> Weight {
    // Count and peaks in and out, the entry out; two hashes per carry, two carries on average, 64 at most.
    Weight::from_parts(15_000_000, 4_096).saturating_add(db.reads_writes(2, 3))
}

fn append(db: RuntimeDbWeight, bytes: u32) -> Weight {
    // The signer's account and organisation, the space.
    Weight::from_parts(10_000_000 + 2_000 * u64::from(bytes), 12_288)
        .saturating_add(db.reads(3))
        .saturating_add(record(db))
}

fn grant_auditor(db: RuntimeDbWeight) -> Weight {
    // The signer's account and organisation, the space, the auditor's organisation, the space's auditors.
    Weight::from_parts(10_000_000, 16_384)
        .saturating_add(db.reads_writes(5, 1))
        .saturating_add(record(db))
}

/// Weights with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn append(bytes: u32) -> Weight {
        append(T::DbWeight::get(), bytes)
    }
    fn grant_auditor() -> Weight {
        grant_auditor(T::DbWeight::get())
    }
    fn record() -> Weight {
        record(T::DbWeight::get())
    }
}

/// For tests.
impl WeightInfo for () {
    fn append(bytes: u32) -> Weight {
        append(RocksDbWeight::get(), bytes)
    }
    fn grant_auditor() -> Weight {
        grant_auditor(RocksDbWeight::get())
    }
    fn record() -> Weight {
        record(RocksDbWeight::get())
    }
}
