//! Who reads a space's details, from which epoch on.

use crate::pallet::*;
use frame_support::ensure;
use secureflow_primitives::{
    audit::{Kind, Roster, Subject},
    traits::{AuditLog, Membership, Spaces},
    AccountId, Epoch, OrgId, SpaceId,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_grant_auditor(who: AccountId, space: SpaceId, org: OrgId) -> DispatchResult {
        Self::ensure_creator(&who, space)?;
        ensure!(T::Membership::is_active(org), Error::<T>::InactiveAuditor);
        let key = Self::key(org).ok_or(Error::<T>::AuditorWithoutKeys)?;
        let mut roster = Self::renewed(space);
        ensure!(
            roster.iter().all(|(auditor, _)| *auditor != org),
            Error::<T>::AlreadyAuditor
        );
        roster.try_push((org, key)).map_err(|_| Error::<T>::TooManyAuditors)?;
        Self::begin_epoch(space, roster)?;
        Self::deposit_event(Event::AuditorGranted { space, org });
        let subject = Subject::Organisation(org);
        Self::record(Some(&who), Some(space), subject, Kind::AuditorGranted)
    }

    pub(crate) fn do_revoke_auditor(who: AccountId, space: SpaceId, org: OrgId) -> DispatchResult {
        Self::ensure_creator(&who, space)?;
        ensure!(Self::is_auditor(space, org), Error::<T>::NotAuditor);
        let mut roster = Self::renewed(space);
        roster.retain(|(auditor, _)| *auditor != org);
        Self::begin_epoch(space, roster)?;
        Self::deposit_event(Event::AuditorRevoked { space, org });
        let subject = Subject::Organisation(org);
        Self::record(Some(&who), Some(space), subject, Kind::AuditorRevoked)
    }

    pub(crate) fn do_rotate_epoch(who: AccountId, space: SpaceId) -> DispatchResult {
        let by_auditor = T::Membership::owner(&who).is_some_and(|org| Self::is_auditor(space, org));
        if !by_auditor {
            Self::ensure_creator(&who, space)?;
        }
        ensure!(Self::has_auditors(space), Error::<T>::NoAuditors);
        Self::begin_epoch(space, Self::renewed(space))?;
        Self::record(Some(&who), Some(space), Subject::Space(space), Kind::EpochRotated)
    }

    /// The current epoch and its roster; none where the space never had an auditor.
    pub(crate) fn current(space: SpaceId) -> Option<(Epoch, Roster)> {
        let epoch = CurrentEpoch::<T>::get(space)?;
        Some((epoch, Rosters::<T>::get(space, epoch)))
    }

    pub(crate) fn has_auditors(space: SpaceId) -> bool {
        Self::current(space).is_some_and(|(_, roster)| !roster.is_empty())
    }

    fn is_auditor(space: SpaceId, org: OrgId) -> bool {
        Self::current(space).is_some_and(|(_, roster)| roster.iter().any(|(auditor, _)| *auditor == org))
    }

    fn ensure_creator(who: &AccountId, space: SpaceId) -> Result<(), Error<T>> {
        let creator = T::Spaces::creator(space).ok_or(Error::UnknownSpace)?;
        ensure!(T::Membership::owner(who) == Some(creator), Error::NotCreator);
        Ok(())
    }

    fn key(org: OrgId) -> Option<[u8; 32]> {
        T::Membership::organisation(org)?.keys.map(|keys| keys.encryption)
    }

    /// The current roster as it is to be now: active organisations only, each with the key that it has registered.
    fn renewed(space: SpaceId) -> Roster {
        let (_, mut roster) = Self::current(space).unwrap_or_default();
        roster.retain(|(org, _)| T::Membership::is_active(*org));
        for (org, key) in roster.iter_mut() {
            // Keys are replaced and never taken back.
            *key = Self::key(*org).unwrap_or(*key);
        }
        roster
    }

    fn begin_epoch(space: SpaceId, roster: Roster) -> Result<(), Error<T>> {
        let epoch = CurrentEpoch::<T>::get(space).unwrap_or_default();
        let epoch = epoch.next().ok_or(Error::EpochsExhausted)?;
        let auditors = roster.len() as u32;
        CurrentEpoch::<T>::insert(space, epoch);
        Rosters::<T>::insert(space, epoch, roster);
        Self::deposit_event(Event::EpochBegun { space, epoch, auditors });
        Ok(())
    }
}
