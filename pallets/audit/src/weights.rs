//! What the calls of `pallet_audit` weigh. Written by `./scripts/weights`; do not edit.
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
    /// `b` from 1 to 4096.
    fn append(b: u32) -> Weight;
    fn begin_epoch() -> Weight;
    /// `b` from 1 to 4096.
    /// `c` from 1 to 16384.
    fn detailed(b: u32, c: u32) -> Weight;
    fn record() -> Weight;
}

/// The measured weights, with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn append(b: u32) -> Weight {
        // At least 176_643 ns.
        Weight::from_parts(182_908_247, 3813)
            .saturating_add(Weight::from_parts(7_502, 0).saturating_mul(b.into()))
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(24_u64))
    }
    fn begin_epoch() -> Weight {
        // At least 312_043 ns.
        Weight::from_parts(317_302_000, 25209)
            .saturating_add(T::DbWeight::get().reads(17_u64))
            .saturating_add(T::DbWeight::get().writes(27_u64))
    }
    fn detailed(b: u32, c: u32) -> Weight {
        // At least 357_441 ns.
        Weight::from_parts(329_224_590, 7008)
            .saturating_add(Weight::from_parts(14_874, 0).saturating_mul(b.into()))
            .saturating_add(Weight::from_parts(15_181, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(15_u64))
            .saturating_add(T::DbWeight::get().writes(33_u64))
    }
    fn record() -> Weight {
        // At least 121_100 ns.
        Weight::from_parts(123_153_000, 5624)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(24_u64))
    }
}

/// For tests: the same with the prices of RocksDB.
impl WeightInfo for () {
    fn append(b: u32) -> Weight {
        Weight::from_parts(182_908_247, 3813)
            .saturating_add(Weight::from_parts(7_502, 0).saturating_mul(b.into()))
            .saturating_add(RocksDbWeight::get().reads(7_u64))
            .saturating_add(RocksDbWeight::get().writes(24_u64))
    }
    fn begin_epoch() -> Weight {
        Weight::from_parts(317_302_000, 25209)
            .saturating_add(RocksDbWeight::get().reads(17_u64))
            .saturating_add(RocksDbWeight::get().writes(27_u64))
    }
    fn detailed(b: u32, c: u32) -> Weight {
        Weight::from_parts(329_224_590, 7008)
            .saturating_add(Weight::from_parts(14_874, 0).saturating_mul(b.into()))
            .saturating_add(Weight::from_parts(15_181, 0).saturating_mul(c.into()))
            .saturating_add(RocksDbWeight::get().reads(15_u64))
            .saturating_add(RocksDbWeight::get().writes(33_u64))
    }
    fn record() -> Weight {
        Weight::from_parts(123_153_000, 5624)
            .saturating_add(RocksDbWeight::get().reads(3_u64))
            .saturating_add(RocksDbWeight::get().writes(24_u64))
    }
}
