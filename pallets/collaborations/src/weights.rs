//! What the calls of `pallet_collaborations` weigh. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 6 steps, 4 repeats, on Intel(R) Xeon(R) Processor, in Wasm (Compiled).

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
        // At least 122_362 ns.
        Weight::from_parts(129_313_000, 5624)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    fn invite() -> Weight {
        // At least 131_059 ns.
        Weight::from_parts(135_912_000, 6372)
            .saturating_add(T::DbWeight::get().reads(7_u64))
            .saturating_add(T::DbWeight::get().writes(6_u64))
    }
    fn accept() -> Weight {
        // At least 125_681 ns.
        Weight::from_parts(128_249_000, 5624)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn propose_job(p: u32) -> Weight {
        // At least 690_506 ns.
        Weight::from_parts(752_320_623, 5624)
            .saturating_add(Weight::from_parts(25_026_830, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(9_u64))
            .saturating_add(T::DbWeight::get().reads((3_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(10_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 3009).saturating_mul(p.into()))
    }
    fn approve_early(p: u32) -> Weight {
        // At least 1_056_610 ns.
        Weight::from_parts(1_253_678_023, 37458)
            .saturating_add(Weight::from_parts(2_622_214, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(13_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn approve_job(p: u32, w: u32) -> Weight {
        // At least 19_186_312 ns.
        Weight::from_parts(2_001_623_047, 105773)
            .saturating_add(Weight::from_parts(1_160_602_608, 0).saturating_mul(p.into()))
            .saturating_add(Weight::from_parts(65_157_270, 0).saturating_mul(w.into()))
            .saturating_add(T::DbWeight::get().reads(56_u64))
            .saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(w.into())))
            .saturating_add(T::DbWeight::get().writes(14_u64))
            .saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 29626).saturating_mul(p.into()))
            .saturating_add(Weight::from_parts(0, 2847).saturating_mul(w.into()))
    }
    fn assign_job(w: u32) -> Weight {
        // At least 315_053 ns.
        Weight::from_parts(15_626_436, 71580)
            .saturating_add(Weight::from_parts(68_719_134, 0).saturating_mul(w.into()))
            .saturating_add(T::DbWeight::get().reads(38_u64))
            .saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(w.into())))
            .saturating_add(T::DbWeight::get().writes(9_u64))
            .saturating_add(Weight::from_parts(0, 2847).saturating_mul(w.into()))
    }
    fn submit_round(p: u32) -> Weight {
        // At least 441_959 ns.
        Weight::from_parts(463_647_257, 37458)
            .saturating_add(Weight::from_parts(9_614_097, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(17_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(9_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 3009).saturating_mul(p.into()))
    }
    fn submit_later_round(p: u32) -> Weight {
        // At least 426_839 ns.
        Weight::from_parts(515_507_395, 37458)
            .saturating_add(Weight::from_parts(772_123, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(17_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    fn complete_job(p: u32) -> Weight {
        // At least 647_487 ns.
        Weight::from_parts(610_827_095, 37458)
            .saturating_add(Weight::from_parts(24_849_440, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(21_u64))
            .saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(13_u64))
            .saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 2775).saturating_mul(p.into()))
    }
    fn end_job() -> Weight {
        // At least 1_316_588 ns.
        Weight::from_parts(2_246_189_000, 97278)
            .saturating_add(T::DbWeight::get().reads(106_u64))
            .saturating_add(T::DbWeight::get().writes(113_u64))
    }
    fn expire_jobs(j: u32) -> Weight {
        // At least 4_997 ns.
        Weight::from_parts(404_191_723, 97278)
            .saturating_add(Weight::from_parts(1_029_369_421, 0).saturating_mul(j.into()))
            .saturating_add(T::DbWeight::get().reads(38_u64))
            .saturating_add(T::DbWeight::get().reads((38_u64).saturating_mul(j.into())))
            .saturating_add(T::DbWeight::get().writes(36_u64))
            .saturating_add(T::DbWeight::get().writes((42_u64).saturating_mul(j.into())))
            .saturating_add(Weight::from_parts(0, 85248).saturating_mul(j.into()))
    }
    fn move_jobs(j: u32) -> Weight {
        // At least 4_886 ns.
        Weight::from_parts(898_783_991, 732669)
            .saturating_add(Weight::from_parts(12_978_084_066, 0).saturating_mul(j.into()))
            .saturating_add(T::DbWeight::get().reads(540_u64))
            .saturating_add(T::DbWeight::get().reads((54_u64).saturating_mul(j.into())))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(T::DbWeight::get().writes((9_u64).saturating_mul(j.into())))
            .saturating_add(Weight::from_parts(0, 36468).saturating_mul(j.into()))
    }
}

/// For tests: the same with the prices of RocksDB.
impl WeightInfo for () {
    fn create_space() -> Weight {
        Weight::from_parts(129_313_000, 5624)
            .saturating_add(RocksDbWeight::get().reads(6_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
    fn invite() -> Weight {
        Weight::from_parts(135_912_000, 6372)
            .saturating_add(RocksDbWeight::get().reads(7_u64))
            .saturating_add(RocksDbWeight::get().writes(6_u64))
    }
    fn accept() -> Weight {
        Weight::from_parts(128_249_000, 5624)
            .saturating_add(RocksDbWeight::get().reads(6_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn propose_job(p: u32) -> Weight {
        Weight::from_parts(752_320_623, 5624)
            .saturating_add(Weight::from_parts(25_026_830, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(9_u64))
            .saturating_add(RocksDbWeight::get().reads((3_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(10_u64))
            .saturating_add(RocksDbWeight::get().writes((1_u64).saturating_mul(p.into())))
    }
    fn approve_early(p: u32) -> Weight {
        Weight::from_parts(1_253_678_023, 37458)
            .saturating_add(Weight::from_parts(2_622_214, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(13_u64))
            .saturating_add(RocksDbWeight::get().writes(5_u64))
    }
    fn approve_job(p: u32, w: u32) -> Weight {
        Weight::from_parts(2_001_623_047, 105773)
            .saturating_add(Weight::from_parts(1_160_602_608, 0).saturating_mul(p.into()))
            .saturating_add(Weight::from_parts(65_157_270, 0).saturating_mul(w.into()))
            .saturating_add(RocksDbWeight::get().reads(56_u64))
            .saturating_add(RocksDbWeight::get().reads((4_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().reads((4_u64).saturating_mul(w.into())))
            .saturating_add(RocksDbWeight::get().writes(14_u64))
            .saturating_add(RocksDbWeight::get().writes((2_u64).saturating_mul(p.into())))
    }
    fn assign_job(w: u32) -> Weight {
        Weight::from_parts(15_626_436, 71580)
            .saturating_add(Weight::from_parts(68_719_134, 0).saturating_mul(w.into()))
            .saturating_add(RocksDbWeight::get().reads(38_u64))
            .saturating_add(RocksDbWeight::get().reads((4_u64).saturating_mul(w.into())))
            .saturating_add(RocksDbWeight::get().writes(9_u64))
    }
    fn submit_round(p: u32) -> Weight {
        Weight::from_parts(463_647_257, 37458)
            .saturating_add(Weight::from_parts(9_614_097, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(17_u64))
            .saturating_add(RocksDbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(9_u64))
            .saturating_add(RocksDbWeight::get().writes((1_u64).saturating_mul(p.into())))
    }
    fn submit_later_round(p: u32) -> Weight {
        Weight::from_parts(515_507_395, 37458)
            .saturating_add(Weight::from_parts(772_123, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(17_u64))
            .saturating_add(RocksDbWeight::get().writes(7_u64))
    }
    fn complete_job(p: u32) -> Weight {
        Weight::from_parts(610_827_095, 37458)
            .saturating_add(Weight::from_parts(24_849_440, 0).saturating_mul(p.into()))
            .saturating_add(RocksDbWeight::get().reads(21_u64))
            .saturating_add(RocksDbWeight::get().reads((2_u64).saturating_mul(p.into())))
            .saturating_add(RocksDbWeight::get().writes(13_u64))
            .saturating_add(RocksDbWeight::get().writes((2_u64).saturating_mul(p.into())))
    }
    fn end_job() -> Weight {
        Weight::from_parts(2_246_189_000, 97278)
            .saturating_add(RocksDbWeight::get().reads(106_u64))
            .saturating_add(RocksDbWeight::get().writes(113_u64))
    }
    fn expire_jobs(j: u32) -> Weight {
        Weight::from_parts(404_191_723, 97278)
            .saturating_add(Weight::from_parts(1_029_369_421, 0).saturating_mul(j.into()))
            .saturating_add(RocksDbWeight::get().reads(38_u64))
            .saturating_add(RocksDbWeight::get().reads((38_u64).saturating_mul(j.into())))
            .saturating_add(RocksDbWeight::get().writes(36_u64))
            .saturating_add(RocksDbWeight::get().writes((42_u64).saturating_mul(j.into())))
    }
    fn move_jobs(j: u32) -> Weight {
        Weight::from_parts(898_783_991, 732669)
            .saturating_add(Weight::from_parts(12_978_084_066, 0).saturating_mul(j.into()))
            .saturating_add(RocksDbWeight::get().reads(540_u64))
            .saturating_add(RocksDbWeight::get().reads((54_u64).saturating_mul(j.into())))
            .saturating_add(RocksDbWeight::get().writes(1_u64))
            .saturating_add(RocksDbWeight::get().writes((9_u64).saturating_mul(j.into())))
    }
}
