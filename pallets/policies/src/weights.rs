//! What the calls of `pallet_policies` weigh. Written by `./scripts/weights`; do not edit.
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
    fn register_dataset() -> Weight;
    /// `c` from 1 to 256.
    /// `p` from 0 to 32.
    fn set_policy(c: u32, p: u32) -> Weight;
    fn retire() -> Weight;
    fn revoke() -> Weight;
    /// `c` from 1 to 256.
    fn check(c: u32) -> Weight;
    fn reserve() -> Weight;
    fn settle() -> Weight;
}

/// The measured weights, with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn register_dataset() -> Weight {
        // At least 67_951 ns.
        Weight::from_parts(97_986_000, 5624)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn set_policy(c: u32, p: u32) -> Weight {
        // At least 296_551 ns.
        Weight::from_parts(139_782_431, 5624)
            .saturating_add(Weight::from_parts(1_400_767, 0).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(5_435_606, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(6_u64))
            .saturating_add(Weight::from_parts(0, 2659).saturating_mul(p.into()))
    }
    fn retire() -> Weight {
        // At least 85_157 ns.
        Weight::from_parts(88_762_000, 5624)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn revoke() -> Weight {
        // At least 4_033_055 ns.
        Weight::from_parts(4_089_598_000, 500446)
            .saturating_add(T::DbWeight::get().reads(271_u64))
            .saturating_add(T::DbWeight::get().writes(273_u64))
    }
    fn check(c: u32) -> Weight {
        // At least 611_449 ns.
        Weight::from_parts(625_177_460, 30616)
            .saturating_add(Weight::from_parts(831_915, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
    }
    fn reserve() -> Weight {
        // At least 314_497 ns.
        Weight::from_parts(318_123_000, 30616)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn settle() -> Weight {
        // At least 39_348 ns.
        Weight::from_parts(41_953_000, 3765)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
}

/// For tests: the same with the prices of RocksDB.
impl WeightInfo for () {
    fn register_dataset() -> Weight {
        Weight::from_parts(97_986_000, 5624)
            .saturating_add(RocksDbWeight::get().reads(7_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn set_policy(c: u32, p: u32) -> Weight {
        Weight::from_parts(139_782_431, 5624)
            .saturating_add(Weight::from_parts(1_400_767, 0).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(5_435_606, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(5_u64))
            .saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
    fn retire() -> Weight {
        Weight::from_parts(88_762_000, 5624)
            .saturating_add(RocksDbWeight::get().reads(6_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn revoke() -> Weight {
        Weight::from_parts(4_089_598_000, 500446)
            .saturating_add(RocksDbWeight::get().reads(271_u64))
            .saturating_add(RocksDbWeight::get().writes(273_u64))
    }
    fn check(c: u32) -> Weight {
        Weight::from_parts(625_177_460, 30616)
            .saturating_add(Weight::from_parts(831_915, 0).saturating_mul(c.into()))
            .saturating_add(RocksDbWeight::get().reads(3_u64))
    }
    fn reserve() -> Weight {
        Weight::from_parts(318_123_000, 30616)
            .saturating_add(RocksDbWeight::get().reads(4_u64))
            .saturating_add(RocksDbWeight::get().writes(2_u64))
    }
    fn settle() -> Weight {
        Weight::from_parts(41_953_000, 3765)
            .saturating_add(RocksDbWeight::get().reads(2_u64))
            .saturating_add(RocksDbWeight::get().writes(2_u64))
    }
}
