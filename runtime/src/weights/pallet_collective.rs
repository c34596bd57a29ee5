//! What the calls of `pallet_collective` weigh on this chain. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on AMD EPYC, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights, with the runtime's own database prices.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_collective::WeightInfo for WeightInfo<T> {
    /// `m` from 0 to 64.
    /// `n` from 0 to 64.
    /// `p` from 0 to 32.
    fn set_members(m: u32, _n: u32, p: u32) -> Weight {
        // At least 14_662 ns.
        Weight::from_parts(15_593_000, 16726)
            .saturating_add(Weight::from_parts(1_159_631, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(7_639_749, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes(2_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 650).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 3479).saturating_mul(p.into()))
    }
    /// `b` from 2 to 1024.
    /// `m` from 1 to 64.
    fn execute(b: u32, m: u32) -> Weight {
        // At least 19_098 ns.
        Weight::from_parts(18_754_135, 1493)
            .saturating_add(Weight::from_parts(1_742, 0).saturating_mul(b.into()))
            .saturating_add(Weight::from_parts(29_519, 0).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(Weight::from_parts(0, 32).saturating_mul(m.into()))
    }
    /// `b` from 2 to 1024.
    /// `m` from 1 to 64.
    fn propose_execute(b: u32, m: u32) -> Weight {
        // At least 24_166 ns.
        Weight::from_parts(24_083_404, 3473)
            .saturating_add(Weight::from_parts(765, 0).saturating_mul(b.into()))
            .saturating_add(Weight::from_parts(32_270, 0).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(Weight::from_parts(0, 32).saturating_mul(m.into()))
    }
    /// `b` from 2 to 1024.
    /// `m` from 2 to 64.
    /// `p` from 1 to 32.
    fn propose_proposed(b: u32, m: u32, p: u32) -> Weight {
        // At least 35_523 ns.
        Weight::from_parts(47_007_982, 3516)
            .saturating_add(Weight::from_parts(3_120, 0).saturating_mul(b.into()))
            .saturating_add(Weight::from_parts(17_196, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(133_452, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
            .saturating_add(Weight::from_parts(0, 32).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 47).saturating_mul(p.into()))
    }
    /// `m` from 5 to 64.
    fn vote(m: u32) -> Weight {
        // At least 32_078 ns.
        Weight::from_parts(36_762_243, 4044)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(Weight::from_parts(0, 64).saturating_mul(m.into()))
    }
    /// `m` from 4 to 64.
    /// `p` from 1 to 32.
    fn close_early_disapproved(m: u32, p: u32) -> Weight {
        // At least 38_898 ns.
        Weight::from_parts(38_949_814, 3596)
            .saturating_add(Weight::from_parts(38_673, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(448_828, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
            .saturating_add(Weight::from_parts(0, 65).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 46).saturating_mul(p.into()))
    }
    /// `b` from 2 to 1024.
    /// `m` from 4 to 64.
    /// `p` from 1 to 32.
    fn close_early_approved(b: u32, m: u32, p: u32) -> Weight {
        // At least 56_064 ns.
        Weight::from_parts(64_051_536, 3644)
            .saturating_add(Weight::from_parts(43_024, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(561_181, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(b.into()))
            .saturating_add(Weight::from_parts(0, 65).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 59).saturating_mul(p.into()))
    }
    /// `m` from 4 to 64.
    /// `p` from 1 to 32.
    fn close_disapproved(m: u32, p: u32) -> Weight {
        // At least 41_151 ns.
        Weight::from_parts(41_861_290, 3616)
            .saturating_add(Weight::from_parts(41_299, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(465_058, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
            .saturating_add(Weight::from_parts(0, 65).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 46).saturating_mul(p.into()))
    }
    /// `b` from 2 to 1024.
    /// `m` from 4 to 64.
    /// `p` from 1 to 32.
    fn close_approved(b: u32, m: u32, p: u32) -> Weight {
        // At least 58_156 ns.
        Weight::from_parts(55_225_697, 3664)
            .saturating_add(Weight::from_parts(2_810, 0).saturating_mul(b.into()))
            .saturating_add(Weight::from_parts(69_663, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(686_053, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(b.into()))
            .saturating_add(Weight::from_parts(0, 65).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 59).saturating_mul(p.into()))
    }
    /// `p` from 1 to 32.
    fn disapprove_proposal(p: u32) -> Weight {
        // At least 22_503 ns.
        Weight::from_parts(31_159_074, 1653)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
            .saturating_add(Weight::from_parts(0, 32).saturating_mul(p.into()))
    }
    /// `d` from 0 to 1.
    /// `p` from 1 to 32.
    fn kill(d: u32, p: u32) -> Weight {
        // At least 43_354 ns.
        Weight::from_parts(58_170_179, 4718)
            .saturating_add(Weight::from_parts(8_541_198, 0).saturating_mul(d.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
            .saturating_add(Weight::from_parts(0, 36).saturating_mul(d.into()))
            .saturating_add(Weight::from_parts(0, 46).saturating_mul(p.into()))
    }
    fn release_proposal_cost() -> Weight {
        // At least 19_208 ns.
        Weight::from_parts(20_010_000, 4148).saturating_add(T::DbWeight::get().reads(2_u64))
    }
}
