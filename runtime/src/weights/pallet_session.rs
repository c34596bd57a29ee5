//! What the calls of `pallet_session` weigh on this chain. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on Intel(R) Xeon(R) Processor, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights, with the runtime's own database prices.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_session::WeightInfo for WeightInfo<T> {
    fn set_keys() -> Weight {
        // At least 191_671 ns.
        Weight::from_parts(202_723_000, 6143)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn purge_keys() -> Weight {
        // At least 87_040 ns.
        Weight::from_parts(110_512_000, 3613)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
}
