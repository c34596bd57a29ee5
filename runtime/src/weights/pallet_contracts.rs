//! What the calls of `pallet_contracts` weigh on this chain. Written by `./scripts/weights`; do not edit.
//!
//! Measured on 2026-11-26, 10 steps, 6 repeats, on Intel(R) Xeon(R) Processor, in Wasm (Compiled).

#![allow(clippy::unnecessary_cast, unused_imports, unused_parens)]

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The measured weights, with the runtime's own database prices.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_contracts::WeightInfo for WeightInfo<T> {
    fn on_process_deletion_queue_batch() -> Weight {
        // At least 1_635 ns.
        Weight::from_parts(1_696_000, 1485).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    /// `k` from 0 to 1024.
    fn on_initialize_per_trie_key(k: u32) -> Weight {
        // At least 23_130 ns.
        Weight::from_parts(60_548_118, 216)
            .saturating_add(Weight::from_parts(2_232_857, 0).saturating_mul(k.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(k.into())))
            .saturating_add(T::DbWeight::get().writes(2_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(k.into())))
            .saturating_add(Weight::from_parts(0, 70).saturating_mul(k.into()))
    }
    /// `c` from 0 to 65540.
    fn v9_migration_step(c: u32) -> Weight {
        // At least 12_744 ns.
        Weight::from_parts(12_803_000, 5984)
            .saturating_add(Weight::from_parts(1_634, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(c.into()))
    }
    fn v10_migration_step() -> Weight {
        // At least 42_207 ns.
        Weight::from_parts(70_669_000, 6314)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `k` from 0 to 1024.
    fn v11_migration_step(k: u32) -> Weight {
        // At least 4_137 ns.
        Weight::from_parts(4_351_000, 3473)
            .saturating_add(Weight::from_parts(3_316_348, 0).saturating_mul(k.into()))
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(k.into())))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(k.into()))
    }
    /// `c` from 0 to 65540.
    fn v12_migration_step(c: u32) -> Weight {
        // At least 28_090 ns.
        Weight::from_parts(26_171_101, 6123)
            .saturating_add(Weight::from_parts(659, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(c.into()))
    }
    fn v13_migration_step() -> Weight {
        // At least 25_408 ns.
        Weight::from_parts(26_783_000, 6243)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn v14_migration_step() -> Weight {
        // At least 83_610 ns.
        Weight::from_parts(85_408_000, 6079)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn v15_migration_step() -> Weight {
        // At least 82_435 ns.
        Weight::from_parts(89_032_000, 6347)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn v16_migration_step() -> Weight {
        // At least 24_587 ns.
        Weight::from_parts(30_598_000, 6212)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn migration_noop() -> Weight {
        // At least 5_016 ns.
        Weight::from_parts(5_243_000, 1491)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn migrate() -> Weight {
        // At least 15_109 ns.
        Weight::from_parts(16_267_000, 3494)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    fn on_runtime_upgrade_noop() -> Weight {
        // At least 4_308 ns.
        Weight::from_parts(4_466_000, 3471).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn on_runtime_upgrade_in_progress() -> Weight {
        // At least 6_424 ns.
        Weight::from_parts(6_953_000, 3495).saturating_add(T::DbWeight::get().reads(2_u64))
    }
    fn on_runtime_upgrade() -> Weight {
        // At least 5_758 ns.
        Weight::from_parts(6_244_000, 3471)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `c` from 0 to 65540.
    fn call_with_code_per_byte(c: u32) -> Weight {
        // At least 453_035 ns.
        Weight::from_parts(451_939_066, 3946)
            .saturating_add(Weight::from_parts(5_470, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(c.into()))
    }
    /// `c` from 0 to 65540.
    /// `i` from 0 to 1048576.
    /// `s` from 0 to 1048576.
    fn instantiate_with_code(c: u32, i: u32, s: u32) -> Weight {
        // At least 6_444_822 ns.
        Weight::from_parts(6_500_127_000, 5940)
            .saturating_add(Weight::from_parts(6_461, 0).saturating_mul(c.into()))
            .saturating_add(Weight::from_parts(1_848, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(1_489, 0).saturating_mul(s.into()))
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().writes(7_u64))
    }
    /// `i` from 0 to 1048576.
    /// `s` from 0 to 1048576.
    fn instantiate(i: u32, s: u32) -> Weight {
        // At least 3_170_025 ns.
        Weight::from_parts(816_440_040, 3670)
            .saturating_add(Weight::from_parts(2_624, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(2_579, 0).saturating_mul(s.into()))
            .saturating_add(T::DbWeight::get().reads(8_u64))
            .saturating_add(T::DbWeight::get().writes(5_u64))
    }
    fn call() -> Weight {
        // At least 523_755 ns.
        Weight::from_parts(591_840_000, 3989)
            .saturating_add(T::DbWeight::get().reads(6_u64))
            .saturating_add(T::DbWeight::get().writes(2_u64))
    }
    /// `c` from 0 to 65540.
    fn upload_code_determinism_enforced(c: u32) -> Weight {
        // At least 767_015 ns.
        Weight::from_parts(1_558_436_774, 3465)
            .saturating_add(Weight::from_parts(42_839, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// `c` from 0 to 65540.
    fn upload_code_determinism_relaxed(c: u32) -> Weight {
        // At least 455_201 ns.
        Weight::from_parts(923_143_404, 3465)
            .saturating_add(Weight::from_parts(48_257, 0).saturating_mul(c.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    fn remove_code() -> Weight {
        // At least 103_137 ns.
        Weight::from_parts(114_742_000, 3637)
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    fn set_code() -> Weight {
        // At least 59_403 ns.
        Weight::from_parts(66_785_000, 6355)
            .saturating_add(T::DbWeight::get().reads(4_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// `r` from 0 to 1600.
    fn noop_host_fn(r: u32) -> Weight {
        // At least 24_215 ns.
        Weight::from_parts(24_238_331, 0).saturating_add(Weight::from_parts(65_186, 0).saturating_mul(r.into()))
    }
    fn seal_caller() -> Weight {
        // At least 1_781 ns.
        Weight::from_parts(2_444_000, 0)
    }
    fn seal_is_contract() -> Weight {
        // At least 10_436 ns.
        Weight::from_parts(11_300_000, 3509).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn seal_code_hash() -> Weight {
        // At least 13_237 ns.
        Weight::from_parts(18_148_000, 3602).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn seal_own_code_hash() -> Weight {
        // At least 2_940 ns.
        Weight::from_parts(3_822_000, 0)
    }
    fn seal_caller_is_origin() -> Weight {
        // At least 1_229 ns.
        Weight::from_parts(1_707_000, 0)
    }
    fn seal_caller_is_root() -> Weight {
        // At least 1_103 ns.
        Weight::from_parts(1_375_000, 0)
    }
    fn seal_address() -> Weight {
        // At least 2_378 ns.
        Weight::from_parts(3_180_000, 0)
    }
    fn seal_gas_left() -> Weight {
        // At least 2_755 ns.
        Weight::from_parts(3_430_000, 0)
    }
    fn seal_balance() -> Weight {
        // At least 7_192 ns.
        Weight::from_parts(8_709_000, 0)
    }
    fn seal_value_transferred() -> Weight {
        // At least 2_386 ns.
        Weight::from_parts(3_037_000, 0)
    }
    fn seal_minimum_balance() -> Weight {
        // At least 2_201 ns.
        Weight::from_parts(2_459_000, 0)
    }
    fn seal_block_number() -> Weight {
        // At least 2_390 ns.
        Weight::from_parts(3_003_000, 0)
    }
    fn seal_now() -> Weight {
        // At least 2_213 ns.
        Weight::from_parts(2_989_000, 0)
    }
    fn seal_weight_to_fee() -> Weight {
        // At least 2_646 ns.
        Weight::from_parts(3_569_000, 0)
    }
    /// `n` from 0 to 1048572.
    fn seal_input(n: u32) -> Weight {
        // At least 1_710 ns.
        Weight::from_parts(1_810_000, 0).saturating_add(Weight::from_parts(144, 0).saturating_mul(n.into()))
    }
    /// `n` from 0 to 1048572.
    fn seal_return(n: u32) -> Weight {
        // At least 1_446 ns.
        Weight::from_parts(1_471_000, 0).saturating_add(Weight::from_parts(454, 0).saturating_mul(n.into()))
    }
    /// `n` from 0 to 32.
    fn seal_terminate(n: u32) -> Weight {
        // At least 34_065 ns.
        Weight::from_parts(87_449_094, 3526)
            .saturating_add(Weight::from_parts(7_891_535, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
            .saturating_add(T::DbWeight::get().writes(3_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
            .saturating_add(Weight::from_parts(0, 2553).saturating_mul(n.into()))
    }
    fn seal_random() -> Weight {
        // At least 2_782 ns.
        Weight::from_parts(4_718_000, 0)
    }
    /// `t` from 0 to 4.
    /// `n` from 0 to 4096.
    fn seal_deposit_event(t: u32, _n: u32) -> Weight {
        // At least 9_293 ns.
        Weight::from_parts(15_966_045, 990)
            .saturating_add(Weight::from_parts(5_632_822, 0).saturating_mul(t.into()))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(t.into())))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(t.into())))
            .saturating_add(Weight::from_parts(0, 2475).saturating_mul(t.into()))
    }
    /// `i` from 0 to 256.
    fn seal_debug_message(_i: u32) -> Weight {
        // At least 1_482 ns.
        Weight::from_parts(2_551_197, 0)
    }
    fn get_storage_empty() -> Weight {
        // At least 17_143 ns.
        Weight::from_parts(19_672_000, 4168).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn get_storage_full() -> Weight {
        // At least 96_058 ns.
        Weight::from_parts(100_463_000, 14177).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    fn set_storage_empty() -> Weight {
        // At least 21_654 ns.
        Weight::from_parts(24_826_000, 4168)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn set_storage_full() -> Weight {
        // At least 99_591 ns.
        Weight::from_parts(102_735_000, 14177)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    /// `n` from 0 to 4096.
    /// `o` from 0 to 4096.
    fn seal_set_storage(n: u32, o: u32) -> Weight {
        // At least 16_920 ns.
        Weight::from_parts(17_940_667, 87)
            .saturating_add(Weight::from_parts(761, 0).saturating_mul(n.into()))
            .saturating_add(Weight::from_parts(415, 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(o.into()))
    }
    /// `n` from 0 to 4096.
    fn seal_clear_storage(n: u32) -> Weight {
        // At least 12_251 ns.
        Weight::from_parts(18_453_385, 87)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(n.into()))
    }
    /// `n` from 0 to 4096.
    fn seal_get_storage(n: u32) -> Weight {
        // At least 10_710 ns.
        Weight::from_parts(13_236_044, 87)
            .saturating_add(Weight::from_parts(1_369, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(n.into()))
    }
    /// `n` from 0 to 4096.
    fn seal_contains_storage(n: u32) -> Weight {
        // At least 9_514 ns.
        Weight::from_parts(16_636_175, 87)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(n.into()))
    }
    /// `n` from 0 to 4096.
    fn seal_take_storage(n: u32) -> Weight {
        // At least 11_976 ns.
        Weight::from_parts(16_515_514, 87)
            .saturating_add(Weight::from_parts(2_425, 0).saturating_mul(n.into()))
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(Weight::from_parts(0, 1).saturating_mul(n.into()))
    }
    fn set_transient_storage_empty() -> Weight {
        // At least 3_033 ns.
        Weight::from_parts(3_474_000, 0)
    }
    fn set_transient_storage_full() -> Weight {
        // At least 4_822 ns.
        Weight::from_parts(5_504_000, 0)
    }
    fn get_transient_storage_empty() -> Weight {
        // At least 3_645 ns.
        Weight::from_parts(4_458_000, 0)
    }
    fn get_transient_storage_full() -> Weight {
        // At least 4_517 ns.
        Weight::from_parts(4_795_000, 0)
    }
    fn rollback_transient_storage() -> Weight {
        // At least 3_651 ns.
        Weight::from_parts(3_804_000, 0)
    }
    /// `n` from 0 to 4096.
    /// `o` from 0 to 4096.
    fn seal_set_transient_storage(_n: u32, o: u32) -> Weight {
        // At least 5_158 ns.
        Weight::from_parts(7_598_284, 0).saturating_add(Weight::from_parts(182, 0).saturating_mul(o.into()))
    }
    /// `n` from 0 to 4096.
    fn seal_clear_transient_storage(n: u32) -> Weight {
        // At least 3_663 ns.
        Weight::from_parts(4_806_356, 0).saturating_add(Weight::from_parts(355, 0).saturating_mul(n.into()))
    }
    /// `n` from 0 to 4096.
    fn seal_get_transient_storage(n: u32) -> Weight {
        // At least 3_841 ns.
        Weight::from_parts(4_548_286, 0).saturating_add(Weight::from_parts(692, 0).saturating_mul(n.into()))
    }
    /// `n` from 0 to 4096.
    fn seal_contains_transient_storage(_n: u32) -> Weight {
        // At least 3_588 ns.
        Weight::from_parts(4_954_291, 0)
    }
    /// `n` from 0 to 4096.
    fn seal_take_transient_storage(n: u32) -> Weight {
        // At least 6_172 ns.
        Weight::from_parts(5_881_993, 0).saturating_add(Weight::from_parts(1_629, 0).saturating_mul(n.into()))
    }
    fn seal_transfer() -> Weight {
        // At least 15_525 ns.
        Weight::from_parts(24_139_000, 0)
    }
    /// `t` from 0 to 1.
    /// `i` from 0 to 1048576.
    fn seal_call(t: u32, i: u32) -> Weight {
        // At least 185_599 ns.
        Weight::from_parts(146_442_742, 3751)
            .saturating_add(Weight::from_parts(176_147_848, 0).saturating_mul(t.into()))
            .saturating_add(Weight::from_parts(53, 0).saturating_mul(i.into()))
            .saturating_add(T::DbWeight::get().reads(3_u64))
            .saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(t.into())))
            .saturating_add(T::DbWeight::get().writes(1_u64))
            .saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(t.into())))
            .saturating_add(Weight::from_parts(0, 1901).saturating_mul(t.into()))
    }
    fn seal_delegate_call() -> Weight {
        // At least 160_152 ns.
        Weight::from_parts(177_873_000, 3614).saturating_add(T::DbWeight::get().reads(2_u64))
    }
    /// `i` from 0 to 983040.
    /// `s` from 0 to 983040.
    fn seal_instantiate(i: u32, s: u32) -> Weight {
        // At least 2_058_958 ns.
        Weight::from_parts(596_938_352, 3615)
            .saturating_add(Weight::from_parts(1_709, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(2_074, 0).saturating_mul(s.into()))
            .saturating_add(T::DbWeight::get().reads(5_u64))
            .saturating_add(T::DbWeight::get().writes(3_u64))
    }
    /// `n` from 0 to 1048576.
    fn seal_hash_sha2_256(n: u32) -> Weight {
        // At least 2_709 ns.
        Weight::from_parts(3_013_000, 0).saturating_add(Weight::from_parts(1_229, 0).saturating_mul(n.into()))
    }
    /// `n` from 0 to 1048576.
    fn seal_hash_keccak_256(n: u32) -> Weight {
        // At least 2_403 ns.
        Weight::from_parts(2_696_000, 0).saturating_add(Weight::from_parts(4_823, 0).saturating_mul(n.into()))
    }
    /// `n` from 0 to 1048576.
    fn seal_hash_blake2_256(n: u32) -> Weight {
        // At least 1_981 ns.
        Weight::from_parts(9_157_464, 0).saturating_add(Weight::from_parts(1_568, 0).saturating_mul(n.into()))
    }
    /// `n` from 0 to 1048576.
    fn seal_hash_blake2_128(n: u32) -> Weight {
        // At least 2_708 ns.
        Weight::from_parts(43_368_424, 0).saturating_add(Weight::from_parts(1_475, 0).saturating_mul(n.into()))
    }
    /// `n` from 0 to 65285.
    fn seal_sr25519_verify(n: u32) -> Weight {
        // At least 58_321 ns.
        Weight::from_parts(79_545_825, 0).saturating_add(Weight::from_parts(3_731, 0).saturating_mul(n.into()))
    }
    fn seal_ecdsa_recover() -> Weight {
        // At least 49_515 ns.
        Weight::from_parts(53_948_000, 0)
    }
    fn seal_ecdsa_to_eth_address() -> Weight {
        // At least 15_419 ns.
        Weight::from_parts(16_692_000, 0)
    }
    fn seal_set_code_hash() -> Weight {
        // At least 35_157 ns.
        Weight::from_parts(41_040_000, 3614)
            .saturating_add(T::DbWeight::get().reads(2_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn lock_delegate_dependency() -> Weight {
        // At least 16_698 ns.
        Weight::from_parts(18_335_000, 3563)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn unlock_delegate_dependency() -> Weight {
        // At least 13_547 ns.
        Weight::from_parts(14_222_000, 3558)
            .saturating_add(T::DbWeight::get().reads(1_u64))
            .saturating_add(T::DbWeight::get().writes(1_u64))
    }
    fn seal_reentrance_count() -> Weight {
        // At least 678 ns.
        Weight::from_parts(699_000, 0)
    }
    fn seal_account_reentrance_count() -> Weight {
        // At least 692 ns.
        Weight::from_parts(1_087_000, 0)
    }
    fn seal_instantiation_nonce() -> Weight {
        // At least 2_585 ns.
        Weight::from_parts(3_334_000, 1485).saturating_add(T::DbWeight::get().reads(1_u64))
    }
    /// `r` from 0 to 5000.
    fn instr_i64_load_store(r: u32) -> Weight {
        // At least 1_353 ns.
        Weight::from_parts(3_960_134, 0).saturating_add(Weight::from_parts(6_723, 0).saturating_mul(r.into()))
    }
}
