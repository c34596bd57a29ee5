//! What the calls of `pallet_assets` weigh on this chain. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on Intel(R) Xeon(R) Processor, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights, with the runtime's own database prices.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_assets::WeightInfo for WeightInfo<T> {
    fn create() -> Weight {
        // At least 17_728 ns.
        Weight::from_parts(20_794_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn force_create() -> Weight {
        // At least 17_702 ns.
        Weight::from_parts(18_766_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn start_destroy() -> Weight {
        // At least 19_029 ns.
        Weight::from_parts(24_481_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `c` from 0 to 100.
    fn destroy_accounts(c: u32) -> Weight {
        // At least 24_755 ns.
        Weight::from_parts(124_339_404, 3675)
            .saturating_add(Weight::from_parts(37_691_389, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(c.into())))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(c.into())))
            .saturating_add(Weight::from_parts(0, 2609).saturating_mul(c.into()))
    }
    /// `a` from 0 to 100.
    fn destroy_approvals(a: u32) -> Weight {
        // At least 31_941 ns.
        Weight::from_parts(87_542_456, 3675)
            .saturating_add(Weight::from_parts(14_427_551, 0).saturating_mul(a.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(a.into())))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(a.into())))
            .saturating_add(Weight::from_parts(0, 2623).saturating_mul(a.into()))
    }
    fn finish_destroy() -> Weight {
        // At least 25_479 ns.
        Weight::from_parts(45_760_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn mint() -> Weight {
        // At least 41_841 ns.
        Weight::from_parts(55_857_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn burn() -> Weight {
        // At least 62_025 ns.
        Weight::from_parts(102_538_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn transfer() -> Weight {
        // At least 139_263 ns.
        Weight::from_parts(150_326_000, 6208)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    fn transfer_keep_alive() -> Weight {
        // At least 122_621 ns.
        Weight::from_parts(154_849_000, 6208)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    fn force_transfer() -> Weight {
        // At least 138_713 ns.
        Weight::from_parts(151_938_000, 6208)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    fn freeze() -> Weight {
        // At least 46_995 ns.
        Weight::from_parts(55_200_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn thaw() -> Weight {
        // At least 42_336 ns.
        Weight::from_parts(43_429_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn freeze_asset() -> Weight {
        // At least 28_820 ns.
        Weight::from_parts(30_404_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn thaw_asset() -> Weight {
        // At least 28_669 ns.
        Weight::from_parts(31_073_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn transfer_ownership() -> Weight {
        // At least 21_867 ns.
        Weight::from_parts(37_886_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn set_team() -> Weight {
        // At least 16_818 ns.
        Weight::from_parts(17_525_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `n` from 0 to 5.
    fn set_reserves(_n: u32) -> Weight {
        // At least 18_836 ns.
        Weight::from_parts(31_965_633, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `n` from 0 to 32.
    /// `s` from 0 to 32.
    fn set_metadata(_n: u32, s: u32) -> Weight {
        // At least 21_043 ns.
        Weight::from_parts(44_002_683, 3675)
            .saturating_add(Weight::from_parts(136_729, 0).saturating_mul(s.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn clear_metadata() -> Weight {
        // At least 24_550 ns.
        Weight::from_parts(25_698_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `n` from 0 to 32.
    /// `s` from 0 to 32.
    fn force_set_metadata(_n: u32, _s: u32) -> Weight {
        // At least 19_145 ns.
        Weight::from_parts(31_926_513, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn force_clear_metadata() -> Weight {
        // At least 29_938 ns.
        Weight::from_parts(59_480_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn force_asset_status() -> Weight {
        // At least 36_518 ns.
        Weight::from_parts(42_041_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn approve_transfer() -> Weight {
        // At least 58_777 ns.
        Weight::from_parts(67_394_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn transfer_approved() -> Weight {
        // At least 174_748 ns.
        Weight::from_parts(190_930_000, 6208)
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn cancel_approval() -> Weight {
        // At least 63_787 ns.
        Weight::from_parts(66_866_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn force_cancel_approval() -> Weight {
        // At least 72_516 ns.
        Weight::from_parts(77_795_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn set_min_balance() -> Weight {
        // At least 34_436 ns.
        Weight::from_parts(35_339_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn touch() -> Weight {
        // At least 50_191 ns.
        Weight::from_parts(58_288_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn touch_other() -> Weight {
        // At least 63_837 ns.
        Weight::from_parts(67_509_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn refund() -> Weight {
        // At least 53_181 ns.
        Weight::from_parts(56_699_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn refund_other() -> Weight {
        // At least 47_610 ns.
        Weight::from_parts(51_621_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn block() -> Weight {
        // At least 28_106 ns.
        Weight::from_parts(36_194_000, 3675)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn transfer_all() -> Weight {
        // At least 187_416 ns.
        Weight::from_parts(198_457_000, 6208)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(4_u64))
    }
    fn total_issuance() -> Weight {
        // At least 14_250 ns.
        Weight::from_parts(15_764_000, 3675).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn balance() -> Weight {
        // At least 17_012 ns.
        Weight::from_parts(18_351_000, 3599).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn allowance() -> Weight {
        // At least 32_182 ns.
        Weight::from_parts(32_826_000, 3613).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn migration_v2_foreign_asset_set_reserve_weight() -> Weight {
        // At least 27_396 ns.
        Weight::from_parts(33_577_000, 3675)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn get_metadata() -> Weight {
        // At least 19_695 ns.
        Weight::from_parts(20_639_000, 3569).saturating_add(T::DbWeight::get().reads(1_u64))
    }
}
