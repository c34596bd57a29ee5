//! In place of `rules` where calls are measured: the SDK's benchmarks of contracts want all that this chain keeps from
//! them. What they measure costs no less than what it allows.

use super::Runtime;
use crate::{AccountId, Balance};
use frame_support::traits::{ConstU128, ConstU32, Everything, Get};
use frame_system::EnsureSigned;
use pallet_contracts::Frame;
use sp_runtime::Perbill;

pub type DepositPerByte = ConstU128<1>;
pub type DepositPerItem = ConstU128<1>;
pub type DepositLimit = ConstU128<{ Balance::MAX }>;

pub struct Lockup;

impl Get<Perbill> for Lockup {
    fn get() -> Perbill {
        Perbill::from_percent(10)
    }
}

// The code that the benchmarks make for a length of 64 KiB is a few bytes longer.
pub type CodeLen = ConstU32<{ 64 * 1024 + 4 }>;
pub type Calls = Everything;
pub type CallStack = [Frame<Runtime>; 5];
pub type Dependencies = ConstU32<32>;
pub type Origin = EnsureSigned<AccountId>;
pub type Migrations = pallet_contracts::migration::codegen::BenchMigrations;
