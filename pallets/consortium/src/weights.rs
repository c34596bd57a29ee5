//! What the calls of `pallet_consortium` weigh. Written by `./scripts/weights`; do not edit.
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

/// The measured weights, with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn admit() -> Weight {
        // At least 5_088_013 ns.
        Weight::from_parts(5_418_463_000, 692577)
            .saturating_add(T::DbWeight::get().reads(295_u64))
            .saturating_add(T::DbWeight::get().writes(43_u64))
    }
    fn suspend() -> Weight {
        // At least 5_153_550 ns.
        Weight::from_parts(5_234_771_000, 692577)
            .saturating_add(T::DbWeight::get().reads(292_u64))
            .saturating_add(T::DbWeight::get().writes(39_u64))
    }
    fn reinstate() -> Weight {
        // At least 3_084_675 ns.
        Weight::from_parts(3_183_311_000, 692577)
            .saturating_add(T::DbWeight::get().reads(292_u64))
            .saturating_add(T::DbWeight::get().writes(40_u64))
    }
    fn set_keys() -> Weight {
        // At least 2_808_835 ns.
        Weight::from_parts(2_908_303_000, 692577)
            .saturating_add(T::DbWeight::get().reads(261_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn add_operator() -> Weight {
        // At least 168_962 ns.
        Weight::from_parts(179_628_000, 6044)
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().writes(8_u64))
    }
    fn remove_operator() -> Weight {
        // At least 269_831 ns.
        Weight::from_parts(299_355_000, 16075)
            .saturating_add(T::DbWeight::get().reads(14_u64))
            .saturating_add(T::DbWeight::get().writes(12_u64))
    }
    fn name_validators() -> Weight {
        // At least 928_991 ns.
        Weight::from_parts(963_673_000, 326973)
            .saturating_add(T::DbWeight::get().reads(138_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn name_nodes() -> Weight {
        // At least 748_442 ns.
        Weight::from_parts(770_675_000, 170462)
            .saturating_add(T::DbWeight::get().reads(69_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn remove() -> Weight {
        // At least 5_613_333 ns.
        Weight::from_parts(5_657_418_000, 692577)
            .saturating_add(T::DbWeight::get().reads(334_u64))
            .saturating_add(T::DbWeight::get().writes(84_u64))
    }
    fn authorize_upgrade() -> Weight {
        // At least 35_653 ns.
        Weight::from_parts(38_567_000, 3791)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn check_member() -> Weight {
        // At least 56_815 ns.
        Weight::from_parts(61_531_000, 3681)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn renew_quotas() -> Weight {
        // At least 716_284 ns.
        Weight::from_parts(720_340_000, 163945)
            .saturating_add(T::DbWeight::get().reads(65_u64))
            .saturating_add(T::DbWeight::get().writes(64_u64))
    }
}

/// For tests: the same with the prices of RocksDB.
impl WeightInfo for () {
    fn admit() -> Weight {
        Weight::from_parts(5_418_463_000, 692577)
            .saturating_add(RocksDbWeight::get().reads(295_u64))
            .saturating_add(RocksDbWeight::get().writes(43_u64))
    }
    fn suspend() -> Weight {
        Weight::from_parts(5_234_771_000, 692577)
            .saturating_add(RocksDbWeight::get().reads(292_u64))
            .saturating_add(RocksDbWeight::get().writes(39_u64))
    }
    fn reinstate() -> Weight {
        Weight::from_parts(3_183_311_000, 692577)
            .saturating_add(RocksDbWeight::get().reads(292_u64))
            .saturating_add(RocksDbWeight::get().writes(40_u64))
    }
    fn set_keys() -> Weight {
        Weight::from_parts(2_908_303_000, 692577)
            .saturating_add(RocksDbWeight::get().reads(261_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn add_operator() -> Weight {
        Weight::from_parts(179_628_000, 6044)
            .saturating_add(RocksDbWeight::get().reads(8_u64))
            .saturating_add(RocksDbWeight::get().writes(8_u64))
    }
    fn remove_operator() -> Weight {
        Weight::from_parts(299_355_000, 16075)
            .saturating_add(RocksDbWeight::get().reads(14_u64))
            .saturating_add(RocksDbWeight::get().writes(12_u64))
    }
    fn name_validators() -> Weight {
        Weight::from_parts(963_673_000, 326973)
            .saturating_add(RocksDbWeight::get().reads(138_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn name_nodes() -> Weight {
        Weight::from_parts(770_675_000, 170462)
            .saturating_add(RocksDbWeight::get().reads(69_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn remove() -> Weight {
        Weight::from_parts(5_657_418_000, 692577)
            .saturating_add(RocksDbWeight::get().reads(334_u64))
            .saturating_add(RocksDbWeight::get().writes(84_u64))
    }
    fn authorize_upgrade() -> Weight {
        Weight::from_parts(38_567_000, 3791)
            .saturating_add(RocksDbWeight::get().reads(2_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn check_member() -> Weight {
        Weight::from_parts(61_531_000, 3681)
            .saturating_add(RocksDbWeight::get().reads(3_u64))
            .saturating_add(RocksDbWeight::get().writes(1_u64))
    }
    fn renew_quotas() -> Weight {
        Weight::from_parts(720_340_000, 163945)
            .saturating_add(RocksDbWeight::get().reads(65_u64))
            .saturating_add(RocksDbWeight::get().writes(64_u64))
    }
}
