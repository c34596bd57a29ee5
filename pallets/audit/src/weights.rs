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
    /// Any call that begins an epoch.
    fn begin_epoch() -> Weight;
    /// What details of so many bytes add to a call of so many bytes.
    fn detailed(bytes: u32, call: u32) -> Weight;
    /// One entry that another pallet records; part of that pallet's own weights.
    fn record() -> Weight;
}

/// Entries that one call leaves at most: an approval that also assigns.
const ENTRIES_PER_CALL: u64 = 2;

fn record(db: RuntimeDbWeight) -> Weight {
    // Count, peaks, what the call carries, the space's epoch and roster in; count, peaks, the entry, its place
    // under its subject and one node on average out; two hashes per carry, two carries on average, 64 at most.
    Weight::from_parts(20_000_000, 8_192).saturating_add(db.reads_writes(5, 5))
}

fn append(db: RuntimeDbWeight, bytes: u32) -> Weight {
    // The signer's account and organisation, the space, its epoch, roster and last change.
    Weight::from_parts(10_000_000 + 2_000 * u64::from(bytes), 16_384)
        .saturating_add(db.reads(6))
        .saturating_add(record(db))
}

fn begin_epoch(db: RuntimeDbWeight) -> Weight {
    // The signer's account and organisation, the space, its epoch, roster and last change, every auditor's organisation.
    Weight::from_parts(20_000_000, 40_960)
        .saturating_add(db.reads_writes(15, 3))
        .saturating_add(record(db))
}

fn detailed(db: RuntimeDbWeight, bytes: u32, call: u32) -> Weight {
    // The space's epoch, roster and last change; the details in and out of the overlay, into every entry and its hash; the call encoded
    // and hashed.
    let bytes = 4_000 * ENTRIES_PER_CALL * u64::from(bytes) + 2_000 * u64::from(call);
    Weight::from_parts(10_000_000 + bytes, 8_192).saturating_add(db.reads_writes(4, 1))
}

/// Weights with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn append(bytes: u32) -> Weight {
        append(T::DbWeight::get(), bytes)
    }
    fn begin_epoch() -> Weight {
        begin_epoch(T::DbWeight::get())
    }
    fn detailed(bytes: u32, call: u32) -> Weight {
        detailed(T::DbWeight::get(), bytes, call)
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
    fn begin_epoch() -> Weight {
        begin_epoch(RocksDbWeight::get())
    }
    fn detailed(bytes: u32, call: u32) -> Weight {
        detailed(RocksDbWeight::get(), bytes, call)
    }
    fn record() -> Weight {
        record(RocksDbWeight::get())
    }
}
