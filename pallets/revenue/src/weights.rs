//! What the calls of `pallet_revenue` weigh. Written by `./scripts/weights`; do not edit.
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
    fn set_agreement() -> Weight;
    fn fund() -> Weight;
    /// `p` from 2 to 32.
    fn settle(p: u32) -> Weight;
    /// `p` from 2 to 32.
    fn claim(p: u32) -> Weight;
    fn dispute() -> Weight;
    fn resolve() -> Weight;
    fn mint() -> Weight;
    fn set_transferable() -> Weight;
    fn release() -> Weight;
}

/// The measured weights, with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn set_agreement() -> Weight {
        // At least 237_323 ns.
        Weight::from_parts(243_201_000, 5624)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(12_u64))
    }
    fn fund() -> Weight {
        // At least 175_831 ns.
        Weight::from_parts(185_716_000, 6208)
            .saturating_add(T::DbWeight::get().reads(11_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
    fn settle(p: u32) -> Weight {
        // At least 168_651 ns.
        Weight::from_parts(154_683_544, 5624)
            .saturating_add(Weight::from_parts(9_980_349, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(12_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(9_u64))
            .saturating_add(Weight::from_parts(0, 2691).saturating_mul(p.into()))
    }
    fn claim(p: u32) -> Weight {
        // At least 260_548 ns.
        Weight::from_parts(138_740_718, 7774)
            .saturating_add(Weight::from_parts(69_530_115, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(7_u64))
            .saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 2691).saturating_mul(p.into()))
    }
    fn dispute() -> Weight {
        // At least 181_630 ns.
        Weight::from_parts(210_062_000, 7774)
            .saturating_add(T::DbWeight::get().reads(10_u64))
            .saturating_add(T::DbWeight::get().writes(9_u64))
    }
    fn resolve() -> Weight {
        // At least 435_057 ns.
        Weight::from_parts(467_936_000, 87102)
            .saturating_add(T::DbWeight::get().reads(38_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    fn mint() -> Weight {
        // At least 83_674 ns.
        Weight::from_parts(90_425_000, 3791)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn set_transferable() -> Weight {
        // At least 26_369 ns.
        Weight::from_parts(27_000_000, 3791)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn release() -> Weight {
        // At least 170_293 ns.
        Weight::from_parts(186_598_000, 6208)
            .saturating_add(T::DbWeight::get().reads(9_u64))
            .saturating_add(T::DbWeight::get().writes(10_u64))
    }
}

/// For tests: the same with the prices of RocksDB.
impl WeightInfo for () {
    fn set_agreement() -> Weight {
        Weight::from_parts(243_201_000, 5624)
            .saturating_add(RocksDbWeight::get().reads(6_u64))
            .saturating_add(RocksDbWeight::get().writes(12_u64))
    }
    fn fund() -> Weight {
        Weight::from_parts(185_716_000, 6208)
            .saturating_add(RocksDbWeight::get().reads(11_u64))
            .saturating_add(RocksDbWeight::get().writes(10_u64))
    }
    fn settle(p: u32) -> Weight {
        Weight::from_parts(154_683_544, 5624)
            .saturating_add(Weight::from_parts(9_980_349, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(12_u64))
            .saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(9_u64))
    }
    fn claim(p: u32) -> Weight {
        Weight::from_parts(138_740_718, 7774)
            .saturating_add(Weight::from_parts(69_530_115, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(8_u64))
            .saturating_add(RocksDbWeight::get().reads((3_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
            .saturating_add(RocksDbWeight::get().writes((2_u64).saturating_mul(p.into())))
    }
    fn dispute() -> Weight {
        Weight::from_parts(210_062_000, 7774)
            .saturating_add(RocksDbWeight::get().reads(10_u64))
            .saturating_add(RocksDbWeight::get().writes(9_u64))
    }
    fn resolve() -> Weight {
        Weight::from_parts(467_936_000, 87102)
            .saturating_add(RocksDbWeight::get().reads(38_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
    fn mint() -> Weight {
        Weight::from_parts(90_425_000, 3791)
            .saturating_add(RocksDbWeight::get().reads(6_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn set_transferable() -> Weight {
        Weight::from_parts(27_000_000, 3791)
            .saturating_add(RocksDbWeight::get().reads(2_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn release() -> Weight {
        Weight::from_parts(186_598_000, 6208)
            .saturating_add(RocksDbWeight::get().reads(9_u64))
            .saturating_add(RocksDbWeight::get().writes(10_u64))
    }
}
