//! What the calls of `frame_system` weigh on this chain. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on AMD EPYC, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights, with the runtime's own database prices.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> frame_system::WeightInfo for WeightInfo<T> {
    /// `b` from 0 to 3145728.
    fn remark(b: u32) -> Weight {
        // At least 4_226 ns.
        Weight::from_parts(4_356_000, 0).saturating_add(Weight::from_parts(351, 0).saturating_mul(b.into()))
    }
    /// `b` from 0 to 3145728.
    fn remark_with_event(b: u32) -> Weight {
        // At least 9_734 ns.
        Weight::from_parts(10_225_000, 0).saturating_add(Weight::from_parts(1_351, 0).saturating_mul(b.into()))
    }
    fn set_heap_pages() -> Weight {
        // At least 7_762 ns.
        Weight::from_parts(8_973_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn set_code() -> Weight {
        // At least 125_407_519 ns.
        Weight::from_parts(126_328_218_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `i` from 0 to 1000.
    fn set_storage(i: u32) -> Weight {
        // At least 4_186 ns.
        Weight::from_parts(1_515_847, 0)
            .saturating_add(Weight::from_parts(1_256_233, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(i.into())))
    }
    /// `i` from 0 to 1000.
    fn kill_storage(i: u32) -> Weight {
        // At least 4_016 ns.
        Weight::from_parts(4_276_000, 0)
            .saturating_add(Weight::from_parts(873_708, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(i.into())))
    }
    /// `p` from 0 to 1000.
    fn kill_prefix(p: u32) -> Weight {
        // At least 6_620 ns.
        Weight::from_parts(6_810_000, 0)
            .saturating_add(Weight::from_parts(1_689_887, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(p.into())))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(p.into())))
            .saturating_add(Weight::from_parts(0, 69).saturating_mul(p.into()))
    }
    fn authorize_upgrade() -> Weight {
        // At least 18_878 ns.
        Weight::from_parts(23_625_000, 0).saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn apply_authorized_upgrade() -> Weight {
        // At least 128_156_676 ns.
        Weight::from_parts(130_777_771_000, 1518)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
}
