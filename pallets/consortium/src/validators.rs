//! The validator set as the session pallet asks for it.

use crate::pallet::*;
use alloc::{collections::BTreeSet, vec::Vec};
use pallet_session::SessionManager;
use secureflow_primitives::{traits::Membership, AccountId};
use sp_runtime::BoundedVec;

/// Counted in sessions since genesis. The same type as `sp_staking::SessionIndex`.
type SessionIndex = u32;

impl<T: Config> Pallet<T> {
    /// Names the validators of a new chain.
    ///
    /// The session pallet builds its genesis before this pallet and takes the accounts of its own genesis keys; they are
    /// taken to be the same, so that the first sessions change nothing.
    pub(crate) fn set_genesis_validators(validators: &[AccountId]) {
        let distinct: BTreeSet<_> = validators.iter().collect();
        assert!(distinct.len() == validators.len(), "a genesis validator stands twice");
        assert!(
            validators.iter().all(|account| Self::member(account).is_some()),
            "a genesis validator is the account of no genesis organisation"
        );
        let validators = BoundedVec::try_from(validators.to_vec()).expect("there are 64 genesis validators at most");
        Planned::<T>::put(&validators);
        Validators::<T>::put(validators);
    }
}

impl<T: Config> SessionManager<AccountId> for Pallet<T> {
    /// The validators whose organisation is active, if they differ from the set planned last.
    fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
        let mut active = Validators::<T>::get();
        active.retain(|account| Self::member(account).is_some());
        // A chain without validators could never admit one: the last set stays.
        if active.is_empty() || active == Planned::<T>::get() {
            return None;
        }
        Planned::<T>::put(&active);
        Some(active.into_inner())
    }

    fn end_session(_: SessionIndex) {}

    fn start_session(_: SessionIndex) {}
}
