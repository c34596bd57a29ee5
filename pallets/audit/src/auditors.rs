//! Who reads a space's details, from which epoch on.

use crate::pallet::*;
use frame_support::{ensure, traits::Get};
use secureflow_primitives::{
    audit::{Kind, Roster, Subject},
    traits::{AuditLog, Membership, Spaces},
    AccountId, BlockNumber, Epoch, OrgId, SpaceId,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchResult};

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
        Self::ensure_noticed(space)?;
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
        let roster = Self::current(space).map(|(_, roster)| roster).unwrap_or_default();
        ensure!(!roster.is_empty(), Error::<T>::NoAuditors);
        let renewed = Self::renewed(space);
        ensure!(renewed != roster, Error::<T>::NothingToRenew);
        Self::ensure_noticed(space)?;
        Self::begin_epoch(space, renewed)?;
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

    /// The last change of the space's readers, while callers may not have noticed it.
    fn unnoticed(space: SpaceId) -> Option<Change> {
        let now: BlockNumber = frame_system::Pallet::<T>::block_number().unique_saturated_into();
        LastChange::<T>::get(space).filter(|change| now < change.noticed_at)
    }

    /// Refuses what can wait after a reader was cut off. Whoever may change the readers could otherwise do so in every
    /// block, and what others encrypt would always be for an epoch that is over. Dismissals do not wait, and cannot be
    /// repeated without an appointment, which does.
    fn ensure_noticed(space: SpaceId) -> Result<(), Error<T>> {
        let cut_off = Self::unnoticed(space).is_some_and(|change| change.cut_off);
        ensure!(!cut_off, Error::ReadersJustChanged);
        Ok(())
    }

    /// Whether what is encrypted for the epoch is taken: for the current one, and for a while for those before it whose
    /// readers are all among the present ones.
    pub(crate) fn is_taken(space: SpaceId, epoch: Epoch, current: Epoch) -> bool {
        epoch == current || Self::unnoticed(space).is_some_and(|change| (change.since..current).contains(&epoch))
    }

    fn begin_epoch(space: SpaceId, roster: Roster) -> Result<(), Error<T>> {
        let (before, readers) = Self::current(space).unwrap_or_default();
        let epoch = before.next().ok_or(Error::EpochsExhausted)?;
        // With another key it is another reader: the one before may have been stolen.
        let cut_off = readers.iter().any(|reader| !roster.contains(reader));
        let since = match Self::unnoticed(space) {
            _ if cut_off || readers.is_empty() => epoch,
            Some(change) => change.since,
            None => before,
        };
        let now: BlockNumber = frame_system::Pallet::<T>::block_number().unique_saturated_into();
        let change = Change {
            since,
            cut_off,
            noticed_at: now.saturating_add(T::NoticePeriod::get()),
        };
        let auditors = roster.len() as u32;
        CurrentEpoch::<T>::insert(space, epoch);
        Rosters::<T>::insert(space, epoch, roster);
        LastChange::<T>::insert(space, change);
        Self::deposit_event(Event::EpochBegun { space, epoch, auditors });
        Ok(())
    }
}
