//! What the chain lets contracts do: compute. They call neither the chain nor other contracts, and nothing is paid.

use super::{Deployer, Runtime};
use crate::{configs::AdmitOrigin, constants::EXISTENTIAL_DEPOSIT};
use frame_support::traits::{ConstU128, ConstU32, Get, MapSuccess, Nothing};
use pallet_contracts::Frame;
use sp_runtime::{traits::Replace, Perbill};

// There are no fees, and deposits are zero. The SDK asks that the account of a contract exists, for which each takes the
// existential deposit from `Deployer`, and counts that as a deposit.
pub type DepositPerByte = ConstU128<0>;
pub type DepositPerItem = ConstU128<0>;
pub type DepositLimit = ConstU128<EXISTENTIAL_DEPOSIT>;

/// Deposits are zero, and so is a part of them.
pub struct Lockup;

impl Get<Perbill> for Lockup {
    fn get() -> Perbill {
        Perbill::zero()
    }
}

pub type CodeLen = ConstU32<{ 64 * 1024 }>;
pub type Calls = Nothing;
pub type CallStack = [Frame<Runtime>; 0];
pub type Dependencies = ConstU32<0>;

/// Two thirds of the Council, acting for one account: the SDK wants to know whose a code is.
pub type Origin = MapSuccess<AdmitOrigin, Replace<Deployer>>;

pub type Migrations = ();
