//! What the calls of `pallet_collaborations` weigh. Written by `./scripts/weights`; do not edit.
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
    fn create_space() -> Weight;
    fn invite() -> Weight;
    fn accept() -> Weight;
    /// `p` from 2 to 32.
    fn propose_job(p: u32) -> Weight;
    /// `p` from 2 to 32.
    fn approve_early(p: u32) -> Weight;
    /// `p` from 2 to 32.
    /// `w` from 1 to 256.
    fn approve_job(p: u32, w: u32) -> Weight;
    /// `w` from 1 to 256.
    fn assign_job(w: u32) -> Weight;
    /// `p` from 2 to 32.
    fn submit_round(p: u32) -> Weight;
    /// `p` from 2 to 32.
    fn submit_later_round(p: u32) -> Weight;
    /// `p` from 2 to 32.
    fn complete_job(p: u32) -> Weight;
    fn end_job() -> Weight;
    /// `j` from 0 to 32.
    fn expire_jobs(j: u32) -> Weight;
    /// `j` from 0 to 16.
    fn move_jobs(j: u32) -> Weight;
}

/// The measured weights, with the runtime's own database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn create_space() -> Weight {
        // At least 56_554 ns.
        Weight::from_parts(57_916_000, 5624)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    fn invite() -> Weight {
        // At least 93_529 ns.
        Weight::from_parts(95_722_000, 6372)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    fn accept() -> Weight {
        // At least 79_268 ns.
        Weight::from_parts(83_804_000, 5624)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn propose_job(p: u32) -> Weight {
        // At least 822_723 ns.
        Weight::from_parts(900_700_606, 5624)
            .saturating_add(Weight::from_parts(14_554_763, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(9_u64))
            .saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(10_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 3009).saturating_mul(p.into()))
    }
    fn approve_early(p: u32) -> Weight {
        // At least 1_000_597 ns.
        Weight::from_parts(1_021_762_055, 37458)
            .saturating_add(Weight::from_parts(1_845_213, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(13_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn approve_job(p: u32, w: u32) -> Weight {
        // At least 16_880_120 ns.
        Weight::from_parts(8_822_897_952, 102094)
            .saturating_add(Weight::from_parts(1_088_694_369, 0).saturating_mul(p.into()))
            .saturating_add(Weight::from_parts(28_146_093, 0).saturating_mul(w.into()))
            .saturating_add(T::DbWeight::get().reads(55_u64))
            .saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(w.into())))
            .saturating_add(T::DbWeight::get().writes(15_u64))
            .saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 29626).saturating_mul(p.into()))
            .saturating_add(Weight::from_parts(0, 2847).saturating_mul(w.into()))
    }
    fn assign_job(w: u32) -> Weight {
        // At least 253_116 ns.
        Weight::from_parts(106_801_967, 82508)
            .saturating_add(Weight::from_parts(54_757_753, 0).saturating_mul(w.into()))
            .saturating_add(T::DbWeight::get().reads(42_u64))
            .saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(w.into())))
            .saturating_add(T::DbWeight::get().writes(10_u64))
            .saturating_add(Weight::from_parts(0, 2847).saturating_mul(w.into()))
    }
    fn submit_round(p: u32) -> Weight {
        // At least 336_170 ns.
        Weight::from_parts(319_958_135, 37458)
            .saturating_add(Weight::from_parts(9_456_256, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(17_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(8_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 3009).saturating_mul(p.into()))
    }
    fn submit_later_round(p: u32) -> Weight {
        // At least 337_381 ns.
        Weight::from_parts(378_433_819, 37458)
            .saturating_add(Weight::from_parts(753_196, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(17_u64))
            .saturating_add(T::DbWeight::get().writes(8_u64))
    }
    fn complete_job(p: u32) -> Weight {
        // At least 523_838 ns.
        Weight::from_parts(499_295_716, 37458)
            .saturating_add(Weight::from_parts(21_859_455, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(21_u64))
            .saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(13_u64))
            .saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 2775).saturating_mul(p.into()))
    }
    fn end_job() -> Weight {
        // At least 1_083_591 ns.
        Weight::from_parts(1_120_075_000, 97278)
            .saturating_add(T::DbWeight::get().reads(106_u64))
            .saturating_add(T::DbWeight::get().writes(113_u64))
    }
    fn expire_jobs(j: u32) -> Weight {
        // At least 4_246 ns.
        Weight::from_parts(139_297_104, 97278)
            .saturating_add(Weight::from_parts(789_966_893, 0).saturating_mul(j.into()))
            .saturating_add(T::DbWeight::get().reads(52_u64))
            .saturating_add(T::DbWeight::get().reads((37_u64).saturating_mul(j.into())))
            .saturating_add(T::DbWeight::get().writes(49_u64))
            .saturating_add(T::DbWeight::get().writes((41_u64).saturating_mul(j.into())))
            .saturating_add(Weight::from_parts(0, 85248).saturating_mul(j.into()))
    }
    fn move_jobs(j: u32) -> Weight {
        // At least 2_684 ns.
        Weight::from_parts(2_924_000, 732669)
            .saturating_add(Weight::from_parts(12_224_104_163, 0).saturating_mul(j.into()))
            .saturating_add(T::DbWeight::get().reads(747_u64))
            .saturating_add(T::DbWeight::get().reads((36_u64).saturating_mul(j.into())))
            .saturating_add(T::DbWeight::get().writes((9_u64).saturating_mul(j.into())))
            .saturating_add(Weight::from_parts(0, 4599).saturating_mul(j.into()))
    }
}

/// For tests: the same with the prices of RocksDB.
impl WeightInfo for () {
    fn create_space() -> Weight {
        Weight::from_parts(57_916_000, 5624)
            .saturating_add(RocksDbWeight::get().reads(6_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
    fn invite() -> Weight {
        Weight::from_parts(95_722_000, 6372)
            .saturating_add(RocksDbWeight::get().reads(7_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
    fn accept() -> Weight {
        Weight::from_parts(83_804_000, 5624)
            .saturating_add(RocksDbWeight::get().reads(6_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn propose_job(p: u32) -> Weight {
        Weight::from_parts(900_700_606, 5624)
            .saturating_add(Weight::from_parts(14_554_763, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(9_u64))
            .saturating_add(RocksDbWeight::get().reads((3_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(10_u64))
            .saturating_add(RocksDbWeight::get().writes((1_u64).saturating_mul(p.into())))
    }
    fn approve_early(p: u32) -> Weight {
        Weight::from_parts(1_021_762_055, 37458)
            .saturating_add(Weight::from_parts(1_845_213, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(13_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn approve_job(p: u32, w: u32) -> Weight {
        Weight::from_parts(8_822_897_952, 102094)
            .saturating_add(Weight::from_parts(1_088_694_369, 0).saturating_mul(p.into()))
            .saturating_add(Weight::from_parts(28_146_093, 0).saturating_mul(w.into()))
            .saturating_add(RocksDbWeight::get().reads(55_u64))
            .saturating_add(RocksDbWeight::get().reads((4_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().reads((4_u64).saturating_mul(w.into())))
            .saturating_add(RocksDbWeight::get().writes(15_u64))
            .saturating_add(RocksDbWeight::get().writes((2_u64).saturating_mul(p.into())))
    }
    fn assign_job(w: u32) -> Weight {
        Weight::from_parts(106_801_967, 82508)
            .saturating_add(Weight::from_parts(54_757_753, 0).saturating_mul(w.into()))
            .saturating_add(RocksDbWeight::get().reads(42_u64))
            .saturating_add(RocksDbWeight::get().reads((4_u64).saturating_mul(w.into())))
            .saturating_add(RocksDbWeight::get().writes(10_u64))
    }
    fn submit_round(p: u32) -> Weight {
        Weight::from_parts(319_958_135, 37458)
            .saturating_add(Weight::from_parts(9_456_256, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(17_u64))
            .saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(8_u64))
            .saturating_add(RocksDbWeight::get().writes((1_u64).saturating_mul(p.into())))
    }
    fn submit_later_round(p: u32) -> Weight {
        Weight::from_parts(378_433_819, 37458)
            .saturating_add(Weight::from_parts(753_196, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(17_u64))
            .saturating_add(RocksDbWeight::get().writes(8_u64))
    }
    fn complete_job(p: u32) -> Weight {
        Weight::from_parts(499_295_716, 37458)
            .saturating_add(Weight::from_parts(21_859_455, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(21_u64))
            .saturating_add(RocksDbWeight::get().reads((2_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(13_u64))
            .saturating_add(RocksDbWeight::get().writes((2_u64).saturating_mul(p.into())))
    }
    fn end_job() -> Weight {
        Weight::from_parts(1_120_075_000, 97278)
            .saturating_add(RocksDbWeight::get().reads(106_u64))
            .saturating_add(RocksDbWeight::get().writes(113_u64))
    }
    fn expire_jobs(j: u32) -> Weight {
        Weight::from_parts(139_297_104, 97278)
            .saturating_add(Weight::from_parts(789_966_893, 0).saturating_mul(j.into()))
            .saturating_add(RocksDbWeight::get().reads(52_u64))
            .saturating_add(RocksDbWeight::get().reads((37_u64).saturating_mul(j.into())))
            .saturating_add(RocksDbWeight::get().writes(49_u64))
            .saturating_add(RocksDbWeight::get().writes((41_u64).saturating_mul(j.into())))
    }
    fn move_jobs(j: u32) -> Weight {
        Weight::from_parts(2_924_000, 732669)
            .saturating_add(Weight::from_parts(12_224_104_163, 0).saturating_mul(j.into()))
            .saturating_add(RocksDbWeight::get().reads(747_u64))
            .saturating_add(RocksDbWeight::get().reads((36_u64).saturating_mul(j.into())))
            .saturating_add(RocksDbWeight::get().writes((9_u64).saturating_mul(j.into())))
    }
}
