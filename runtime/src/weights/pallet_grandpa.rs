//! What the calls of `pallet_grandpa` weigh on this chain. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on AMD EPYC, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights, with the runtime's own database prices.
pub struct WeightInfo<T>(PhantomData<T>);

// The pallet's own trait asks for other figures than its benchmarks give: `super::GrandpaWeight` makes them of these.
impl<T: frame_system::Config> WeightInfo<T> {
    /// `x` from 0 to 1.
    pub fn check_equivocation_proof(x: u32) -> Weight {
        // At least 77_074 ns.
        Weight::from_parts(77_727_178, 0).saturating_add(Weight::from_parts(31_071, 0).saturating_mul(x.into()))
    }
    pub fn note_stalled() -> Weight {
        // At least 4_717 ns.
        Weight::from_parts(5_098_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
}
