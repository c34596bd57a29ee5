//! The validators that organisations name, and the set as the session pallet asks for it.

use crate::{pallet::*, seams::ValidatorKeys};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{ensure, traits::Get};
use pallet_session::SessionManager;
use secureflow_primitives::{
    audit::{Kind, Subject},
    traits::{AuditLog, Membership},
    AccountId,
};
use sp_runtime::{BoundedVec, DispatchResult};

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
        let validators = BoundedVec::try_from(validators.to_vec()).expect("there are 128 genesis validators at most");
        Planned::<T>::put(&validators);
        Validators::<T>::put(validators);
    }

    pub(crate) fn do_name_validators(who: AccountId, choice: Choice) -> DispatchResult {
        let org = Self::owner(&who).ok_or(Error::<T>::NotOwner)?;
        ensure!(
            choice.len() <= T::ValidatorsPerOrganisation::get() as usize,
            Error::<T>::TooManyValidators
        );
        for (n, account) in choice.iter().enumerate() {
            ensure!(Accounts::<T>::get(account) == Some(org), Error::<T>::ForeignValidator);
            ensure!(!choice[..n].contains(account), Error::<T>::DuplicateValidator);
            ensure!(T::SessionKeys::registered(account), Error::<T>::NoSessionKeys);
        }
        Validators::<T>::try_mutate(|validators| {
            // Who stays keeps its place: a validator's number in the set follows from it.
            validators.retain(|account| Accounts::<T>::get(account) != Some(org) || choice.contains(account));
            for account in &choice {
                if !validators.contains(account) {
                    validators
                        .try_push(account.clone())
                        .map_err(|_| Error::<T>::TooManyValidators)?;
                }
            }
            Ok::<(), Error<T>>(())
        })?;
        ensure!(Self::somebody_validates(), Error::<T>::LastValidator);
        Self::deposit_event(Event::ValidatorsNamed {
            org,
            validators: choice,
        });
        T::Audit::record(Some(&who), None, Subject::Organisation(org), Kind::ValidatorsNamed)
    }

    /// Takes accounts out of the validators, and their session keys with them.
    pub(crate) fn stop_validating(leaving: &[AccountId]) -> DispatchResult {
        leaving.iter().for_each(T::SessionKeys::forget);
        let validated = Validators::<T>::mutate(|validators| {
            let before = validators.len();
            validators.retain(|account| !leaving.contains(account));
            validators.len() < before
        });
        // Keys go only while somebody else could author the next block; `new_session` rests on that.
        ensure!(!validated || Self::somebody_validates(), Error::<T>::LastValidator);
        Ok(())
    }

    /// Notes that a validator was proven to have signed two contradicting votes. What stops it is not this pallet's: the
    /// session pallet disables it, and the members may suspend its organisation.
    pub fn note_equivocation(validator: AccountId) {
        let Some(org) = Accounts::<T>::get(&validator) else {
            // The organisation, or its operator, has left meanwhile.
            return;
        };
        // The offence counts whether or not the log takes the entry.
        let _ = T::Audit::record(None, None, Subject::Organisation(org), Kind::ValidatorEquivocated);
        Self::deposit_event(Event::ValidatorEquivocated { org, validator });
    }

    /// Whether the account may validate: it has keys, and its organisation is active.
    fn may_validate(account: &AccountId) -> bool {
        Self::member(account).is_some() && T::SessionKeys::registered(account)
    }

    fn somebody_validates() -> bool {
        Validators::<T>::get().iter().any(Self::may_validate)
    }
}

impl<T: Config> SessionManager<AccountId> for Pallet<T> {
    /// The validators who may validate, if they differ from the set planned last.
    fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
        let (named, planned) = (Validators::<T>::get(), Planned::<T>::get());
        let with = |list: &ValidatorList, keep: fn(&AccountId) -> bool| {
            let mut list = list.clone();
            list.retain(&keep);
            list
        };
        // A chain without validators could never admit one. When all are suspended, the last set stays, or else whoever
        // was named; one of these still has its keys.
        let next = [
            with(&named, Self::may_validate),
            with(&planned, T::SessionKeys::registered),
            with(&named, T::SessionKeys::registered),
        ];
        let next = next.into_iter().find(|set| !set.is_empty())?;
        if next == planned {
            return None;
        }
        Planned::<T>::put(&next);
        Some(next.into_inner())
    }

    fn end_session(_: SessionIndex) {}

    fn start_session(_: SessionIndex) {}
}
