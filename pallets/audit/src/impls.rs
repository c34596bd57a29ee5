//! What the calls do, and the log as other pallets use it.

use crate::pallet::*;
use frame_support::ensure;
use secureflow_primitives::{
    audit::{push_peak, Entry, Kind, Subject},
    traits::{AuditLog, Membership, Spaces},
    AccountId, OrgId, SpaceId,
};
use sp_runtime::{traits::UniqueSaturatedInto, BoundedVec, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_append_note(
        who: AccountId,
        space: Option<SpaceId>,
        subject: Subject,
        ciphertext: Ciphertext,
    ) -> DispatchResult {
        let org = T::Membership::member(&who).ok_or(Error::<T>::NotMember)?;
        if let Some(space) = space {
            ensure!(T::Spaces::is_member(space, org), Error::<T>::NotInSpace);
        }
        ensure!(!ciphertext.is_empty(), Error::<T>::EmptyNote);
        Self::push(Some(who), space, subject, Kind::Note, Some(ciphertext))
    }

    pub(crate) fn do_grant_auditor(who: AccountId, space: SpaceId, org: OrgId) -> DispatchResult {
        let creator = T::Spaces::creator(space).ok_or(Error::<T>::UnknownSpace)?;
        ensure!(T::Membership::owner(&who) == Some(creator), Error::<T>::NotCreator);
        ensure!(T::Membership::is_active(org), Error::<T>::InactiveAuditor);
        let auditor = T::Membership::organisation(org).ok_or(Error::<T>::InactiveAuditor)?;
        ensure!(auditor.keys.is_some(), Error::<T>::AuditorWithoutKeys);
        Auditors::<T>::try_mutate(space, |auditors| {
            ensure!(!auditors.contains(&org), Error::<T>::AlreadyAuditor);
            auditors.try_push(org).map_err(|_| Error::<T>::TooManyAuditors)
        })?;
        Self::deposit_event(Event::AuditorGranted { space, org });
        Self::push(
            Some(who),
            Some(space),
            Subject::Organisation(org),
            Kind::AuditorGranted,
            None,
        )
    }

    /// Writes the next entry and folds it into the peaks.
    fn push(
        actor: Option<AccountId>,
        space: Option<SpaceId>,
        subject: Subject,
        kind: Kind,
        ciphertext: Option<Ciphertext>,
    ) -> DispatchResult {
        let index = Count::<T>::get();
        let count = index.checked_add(1).ok_or(Error::<T>::LogFull)?;
        let block = frame_system::Pallet::<T>::block_number().unique_saturated_into();
        let entry = Entry {
            block,
            actor,
            space,
            subject: subject.clone(),
            kind,
            ciphertext,
        };
        let mut peaks = Peaks::<T>::get().into_inner();
        push_peak(&mut peaks, entry.hash(index));
        // A u64 has 64 digits, hence 64 peaks at most.
        let peaks = BoundedVec::try_from(peaks).map_err(|_| Error::<T>::LogFull)?;
        Entries::<T>::insert(index, entry);
        Peaks::<T>::put(peaks);
        Count::<T>::put(count);
        Self::deposit_event(Event::Appended { index, subject, kind });
        Ok(())
    }
}

impl<T: Config> AuditLog for Pallet<T> {
    fn record(actor: Option<&AccountId>, space: Option<SpaceId>, subject: Subject, kind: Kind) -> DispatchResult {
        Self::push(actor.cloned(), space, subject, kind, None)
    }
}

#[cfg(any(feature = "try-runtime", test))]
impl<T: Config> Pallet<T> {
    /// The log has no gaps, its blocks never go back, the peaks are those of its entries, and only notes carry a
    /// ciphertext.
    pub(crate) fn do_try_state() -> Result<(), sp_runtime::DispatchError> {
        use secureflow_primitives::consortium::OrgStatus;

        let count = Count::<T>::get();
        ensure!(
            Entries::<T>::iter_keys().count() as u64 == count,
            "audit: entries and count differ"
        );
        let now: u32 = frame_system::Pallet::<T>::block_number().unique_saturated_into();
        let mut peaks = alloc::vec::Vec::new();
        let mut block = 0u32;
        for index in 0..count {
            let entry = Entries::<T>::get(index).ok_or("audit: an entry is missing")?;
            ensure!(
                block <= entry.block && entry.block <= now,
                "audit: entries are out of order"
            );
            ensure!(
                entry.ciphertext.is_some() == (entry.kind == Kind::Note),
                "audit: only a note has a ciphertext"
            );
            block = entry.block;
            push_peak(&mut peaks, entry.hash(index));
        }
        ensure!(
            peaks == Peaks::<T>::get().into_inner(),
            "audit: the peaks are not those of the entries"
        );
        for (space, auditors) in Auditors::<T>::iter() {
            ensure!(
                T::Spaces::creator(space).is_some(),
                "audit: auditors of an unknown space"
            );
            let distinct: alloc::collections::BTreeSet<_> = auditors.iter().collect();
            ensure!(distinct.len() == auditors.len(), "audit: an auditor stands twice");
            for org in &auditors {
                let auditor = T::Membership::organisation(*org).ok_or("audit: an unknown auditor")?;
                // A removed organisation stays an auditor of what it could read, and reads nothing newer.
                ensure!(
                    auditor.keys.is_some() || auditor.status == OrgStatus::Removed,
                    "audit: an auditor without keys"
                );
            }
        }
        Ok(())
    }
}
