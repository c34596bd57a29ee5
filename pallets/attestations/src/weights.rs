//! What the calls of `pallet_attestations` weigh. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on Intel(R) Xeon(R) Processor, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, Weight},
};

/// Weights of this pallet's calls, and of what it does for others.
pub trait WeightInfo {
    fn register_worker() -> Weight;
    fn revoke() -> Weight;
    fn accept_measurement() -> Weight;
    fn drop_measurement() -> Weight;
    fn remove_expired() -> Weight;
    fn submit_collateral() -> Weight;
    fn submit_revocations() -> Weight;
    fn set_evidence_policy() -> Weight;
    fn remove_collateral() -> Weight;
    fn sweep() -> Weight;
}

/// The measured weights, with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn register_worker() -> Weight {
        // At least 8_109_506 ns.
        Weight::from_parts(8_863_537_000, 11684)
            .saturating_add(T::DbWeight::get().reads(17_u64))
            .saturating_add(T::DbWeight::get().writes(11_u64))
    }
    fn revoke() -> Weight {
        // At least 171_500 ns.
        Weight::from_parts(177_418_000, 3837)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn accept_measurement() -> Weight {
        // At least 155_137 ns.
        Weight::from_parts(180_639_000, 6312)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn drop_measurement() -> Weight {
        // At least 15_869_474 ns.
        Weight::from_parts(19_491_957_000, 732669)
            .saturating_add(T::DbWeight::get().reads(516_u64))
            .saturating_add(T::DbWeight::get().writes(1285_u64))
    }
    fn remove_expired() -> Weight {
        // At least 73_753 ns.
        Weight::from_parts(104_650_000, 3837)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn submit_collateral() -> Weight {
        // At least 6_088_535 ns.
        Weight::from_parts(9_498_386_000, 24491)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn submit_revocations() -> Weight {
        // At least 3_681_837 ns.
        Weight::from_parts(3_874_677_000, 11684)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn set_evidence_policy() -> Weight {
        // At least 170_882 ns.
        Weight::from_parts(189_799_000, 3791)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    fn remove_collateral() -> Weight {
        // At least 63_788 ns.
        Weight::from_parts(82_400_000, 24491)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    fn sweep() -> Weight {
        // At least 396_727 ns.
        Weight::from_parts(625_308_000, 24491)
            .saturating_add(T::DbWeight::get().reads(32_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
}

/// For tests: the same with the prices of RocksDB.
impl WeightInfo for () {
    fn register_worker() -> Weight {
        Weight::from_parts(8_863_537_000, 11684)
            .saturating_add(RocksDbWeight::get().reads(17_u64))
            .saturating_add(RocksDbWeight::get().writes(11_u64))
    }
    fn revoke() -> Weight {
        Weight::from_parts(177_418_000, 3837)
            .saturating_add(RocksDbWeight::get().reads(4_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn accept_measurement() -> Weight {
        Weight::from_parts(180_639_000, 6312)
            .saturating_add(RocksDbWeight::get().reads(4_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn drop_measurement() -> Weight {
        Weight::from_parts(19_491_957_000, 732669)
            .saturating_add(RocksDbWeight::get().reads(516_u64))
            .saturating_add(RocksDbWeight::get().writes(1285_u64))
    }
    fn remove_expired() -> Weight {
        Weight::from_parts(104_650_000, 3837)
            .saturating_add(RocksDbWeight::get().reads(3_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn submit_collateral() -> Weight {
        Weight::from_parts(9_498_386_000, 24491)
            .saturating_add(RocksDbWeight::get().reads(5_u64))
            .saturating_add(RocksDbWeight::get().writes(2_u64))
    }
    fn submit_revocations() -> Weight {
        Weight::from_parts(3_874_677_000, 11684)
            .saturating_add(RocksDbWeight::get().reads(4_u64))
            .saturating_add(RocksDbWeight::get().writes(1_u64))
    }
    fn set_evidence_policy() -> Weight {
        Weight::from_parts(189_799_000, 3791)
            .saturating_add(RocksDbWeight::get().reads(3_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
    fn remove_collateral() -> Weight {
        Weight::from_parts(82_400_000, 24491)
            .saturating_add(RocksDbWeight::get().reads(3_u64))
            .saturating_add(RocksDbWeight::get().writes(3_u64))
    }
    fn sweep() -> Weight {
        Weight::from_parts(625_308_000, 24491)
            .saturating_add(RocksDbWeight::get().reads(32_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
}
