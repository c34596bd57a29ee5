//! What the calls of `pallet_balances` weigh on this chain. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on AMD EPYC, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights, with the runtime's own database prices.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_balances::WeightInfo for WeightInfo<T> {
    fn transfer_allow_death() -> Weight {
        // At least 97_035 ns.
        Weight::from_parts(100_509_000, 3593)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn transfer_keep_alive() -> Weight {
        // At least 81_100 ns.
        Weight::from_parts(82_823_000, 3593)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn force_set_balance_creating() -> Weight {
        // At least 37_475 ns.
        Weight::from_parts(38_117_000, 3593)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn force_set_balance_killing() -> Weight {
        // At least 38_437 ns.
        Weight::from_parts(40_250_000, 3593)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn force_transfer() -> Weight {
        // At least 96_352 ns.
        Weight::from_parts(98_977_000, 6196)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn transfer_all() -> Weight {
        // At least 101_931 ns.
        Weight::from_parts(103_153_000, 3593)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn force_unreserve() -> Weight {
        // At least 31_957 ns.
        Weight::from_parts(44_556_000, 3593)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `u` from 1 to 1000.
    fn upgrade_accounts(u: u32) -> Weight {
        // At least 30_125 ns.
        Weight::from_parts(30_606_000, 990)
            .saturating_add(Weight::from_parts(27_978_807, 0).saturating_mul(u.into()))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(u.into())))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(u.into())))
            .saturating_add(Weight::from_parts(0, 2603).saturating_mul(u.into()))
    }
    fn force_adjust_total_issuance() -> Weight {
        // At least 10_906 ns.
        Weight::from_parts(11_647_000, 0)
    }
    fn burn_allow_death() -> Weight {
        // At least 56_204 ns.
        Weight::from_parts(58_597_000, 0)
    }
    fn burn_keep_alive() -> Weight {
        // At least 41_692 ns.
        Weight::from_parts(42_183_000, 0)
    }
}
