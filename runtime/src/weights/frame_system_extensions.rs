//! What the calls of `frame_system_extensions` weigh on this chain. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on AMD EPYC, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights, with the runtime's own database prices.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> frame_system::ExtensionsWeightInfo for WeightInfo<T> {
    fn check_genesis() -> Weight {
        // At least 3_565 ns.
        Weight::from_parts(3_845_000, 0)
    }
    fn check_mortality_mortal_transaction() -> Weight {
        // At least 7_712 ns.
        Weight::from_parts(7_902_000, 0)
    }
    fn check_mortality_immortal_transaction() -> Weight {
        // At least 8_072 ns.
        Weight::from_parts(8_692_000, 0)
    }
    fn check_non_zero_sender() -> Weight {
        // At least 1_142 ns.
        Weight::from_parts(1_212_000, 0)
    }
    fn check_nonce() -> Weight {
        // At least 12_819 ns.
        Weight::from_parts(13_050_000, 3593)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn check_spec_version() -> Weight {
        // At least 942 ns.
        Weight::from_parts(972_000, 0)
    }
    fn check_tx_version() -> Weight {
        // At least 921 ns.
        Weight::from_parts(971_000, 0)
    }
    fn check_weight() -> Weight {
        // At least 6_690 ns.
        Weight::from_parts(7_070_000, 0)
    }
    fn weight_reclaim() -> Weight {
        // At least 4_276 ns.
        Weight::from_parts(4_356_000, 0)
    }
}
