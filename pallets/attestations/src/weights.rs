//! What the calls of `pallet_attestations` weigh. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on AMD EPYC, in Wasm (Compiled).

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
        // At least 6_882_299 ns.
        Weight::from_parts(7_400_489_000, 11684)
            .saturating_add(T::DbWeight::get().reads(17_u64))
            .saturating_add(T::DbWeight::get().writes(11_u64))
    }
    fn revoke() -> Weight {
        // At least 68_241 ns.
        Weight::from_parts(79_338_000, 3837)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn accept_measurement() -> Weight {
        // At least 68_793 ns.
        Weight::from_parts(70_645_000, 6312)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn drop_measurement() -> Weight {
        // At least 14_286_996 ns.
        Weight::from_parts(15_292_690_000, 732669)
            .saturating_add(T::DbWeight::get().reads(516_u64))
            .saturating_add(T::DbWeight::get().writes(1285_u64))
    }
    fn remove_expired() -> Weight {
        // At least 47_500 ns.
        Weight::from_parts(49_844_000, 3837)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn submit_collateral() -> Weight {
        // At least 5_160_731 ns.
        Weight::from_parts(5_225_226_000, 24491)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn submit_revocations() -> Weight {
        // At least 2_692_892 ns.
        Weight::from_parts(2_714_525_000, 11684)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn set_evidence_policy() -> Weight {
        // At least 129_753 ns.
        Weight::from_parts(136_373_000, 3791)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    fn remove_collateral() -> Weight {
        // At least 44_406 ns.
        Weight::from_parts(47_961_000, 24491)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    fn sweep() -> Weight {
        // At least 279_274 ns.
        Weight::from_parts(321_347_000, 24491)
            .saturating_add(T::DbWeight::get().reads(32_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
}

/// For tests: the same with the prices of RocksDB.
impl WeightInfo for () {
    fn register_worker() -> Weight {
        Weight::from_parts(7_400_489_000, 11684)
            .saturating_add(RocksDbWeight::get().reads(17_u64))
            .saturating_add(RocksDbWeight::get().writes(11_u64))
    }
    fn revoke() -> Weight {
        Weight::from_parts(79_338_000, 3837)
            .saturating_add(RocksDbWeight::get().reads(4_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn accept_measurement() -> Weight {
        Weight::from_parts(70_645_000, 6312)
            .saturating_add(RocksDbWeight::get().reads(4_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn drop_measurement() -> Weight {
        Weight::from_parts(15_292_690_000, 732669)
            .saturating_add(RocksDbWeight::get().reads(516_u64))
            .saturating_add(RocksDbWeight::get().writes(1285_u64))
    }
    fn remove_expired() -> Weight {
        Weight::from_parts(49_844_000, 3837)
            .saturating_add(RocksDbWeight::get().reads(3_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn submit_collateral() -> Weight {
        Weight::from_parts(5_225_226_000, 24491)
            .saturating_add(RocksDbWeight::get().reads(5_u64))
            .saturating_add(RocksDbWeight::get().writes(2_u64))
    }
    fn submit_revocations() -> Weight {
        Weight::from_parts(2_714_525_000, 11684)
            .saturating_add(RocksDbWeight::get().reads(4_u64))
            .saturating_add(RocksDbWeight::get().writes(1_u64))
    }
    fn set_evidence_policy() -> Weight {
        Weight::from_parts(136_373_000, 3791)
            .saturating_add(RocksDbWeight::get().reads(3_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
    fn remove_collateral() -> Weight {
        Weight::from_parts(47_961_000, 24491)
            .saturating_add(RocksDbWeight::get().reads(3_u64))
            .saturating_add(RocksDbWeight::get().writes(3_u64))
    }
    fn sweep() -> Weight {
        Weight::from_parts(321_347_000, 24491)
            .saturating_add(RocksDbWeight::get().reads(32_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
}
