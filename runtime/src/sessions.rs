//! Benchmarks of session keys. The SDK's own ask for a chain with staking.

use crate::{AccountId, Runtime, SessionKeys};
use alloc::vec::Vec;
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use sp_runtime::traits::OpaqueKeys;

/// A chain whose session keys can be made, with the proof that their owner has them.
pub trait Config: pallet_session::Config {
    fn keys(owner: &Self::AccountId) -> (Self::Keys, Vec<u8>);
}

pub struct Pallet<T: Config>(pallet_session::Pallet<T>);

impl Config for Runtime {
    fn keys(owner: &AccountId) -> (SessionKeys, Vec<u8>) {
        let made = SessionKeys::generate(&owner.encode(), None);
        (made.keys, made.proof.encode())
    }
}

/// An account that may have keys, and has some already: replacing them writes more than the first ones do.
fn owner_with_keys<T: Config>() -> Result<T::AccountId, BenchmarkError> {
    let owner: T::AccountId = whitelisted_caller();
    frame_system::Pallet::<T>::inc_providers(&owner);
    pallet_session::Pallet::<T>::ensure_can_pay_key_deposit(&owner)?;
    let (keys, proof) = T::keys(&owner);
    pallet_session::Pallet::<T>::set_keys(RawOrigin::Signed(owner.clone()).into(), keys, proof)?;
    Ok(owner)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_keys() -> Result<(), BenchmarkError> {
        let owner = owner_with_keys::<T>()?;
        let (keys, proof) = T::keys(&owner);
        let first = T::Keys::key_ids()[0];
        let new = keys.get_raw(first).to_vec();
        let origin = RawOrigin::Signed(owner);
        #[block]
        {
            pallet_session::Pallet::<T>::set_keys(origin.into(), keys, proof)?;
        }
        assert!(pallet_session::Pallet::<T>::key_owner(first, &new).is_some());
        Ok(())
    }

    #[benchmark]
    fn purge_keys() -> Result<(), BenchmarkError> {
        let owner = owner_with_keys::<T>()?;
        let origin = RawOrigin::Signed(owner.clone());
        #[block]
        {
            pallet_session::Pallet::<T>::purge_keys(origin.into())?;
        }
        assert!(T::ValidatorId::try_from(owner).is_ok_and(|owner| pallet_session::NextKeys::<T>::get(owner).is_none()));
        Ok(())
    }
}
