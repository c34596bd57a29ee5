//! What goes into the log, and the log as other pallets use it.

use crate::{pallet::*, WeightInfo};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{
    dispatch::{extract_actual_weight, DispatchResultWithPostInfo, GetDispatchInfo},
    ensure,
    traits::Contains,
};
use frame_system::pallet_prelude::OriginFor;
use secureflow_primitives::{
    audit::{push_peak_with, AuditProof, Details, Entry, Kind, Subject},
    hash::blake2_256,
    traits::{AuditLog, Membership, Spaces},
    view::MAX_HISTORY,
    AccountId, Epoch, PolicyVersion, SpaceId,
};
use sp_runtime::{
    traits::{Dispatchable, UniqueSaturatedInto},
    BoundedVec, DispatchResult,
};

/// What an entry says besides its block.
struct Skeleton {
    actor: Option<AccountId>,
    space: Option<SpaceId>,
    subject: Subject,
    kind: Kind,
    policy: Option<PolicyVersion>,
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_append_note(
        who: AccountId,
        space: SpaceId,
        epoch: Epoch,
        subject: Subject,
        ciphertext: Ciphertext,
    ) -> DispatchResult {
        let org = T::Membership::member(&who).ok_or(Error::<T>::NotMember)?;
        Self::ensure_readable(space, epoch, &ciphertext)?;
        let skeleton = Skeleton {
            actor: Some(who),
            space: T::Spaces::is_member(space, org).then_some(space),
            subject,
            kind: Kind::Note,
            policy: None,
        };
        let details = Details {
            space,
            epoch,
            call: None,
            ciphertext,
        };
        Self::push(skeleton, Some(details))
    }

    pub(crate) fn do_detailed(
        origin: OriginFor<T>,
        space: SpaceId,
        epoch: Epoch,
        ciphertext: Ciphertext,
        call: CallOf<T>,
    ) -> DispatchResultWithPostInfo {
        ensure!(T::Recording::contains(&call), Error::<T>::NotDetailed);
        Self::ensure_readable(space, epoch, &ciphertext)?;
        let info = call.get_dispatch_info();
        let encoded = call.encode();
        let own = T::WeightInfo::detailed(ciphertext.len() as u32, encoded.len() as u32);
        Carried::<T>::put(Details {
            space,
            epoch,
            call: Some(blake2_256(&encoded)),
            ciphertext,
        });
        let before = Count::<T>::get();
        let result = call.dispatch(origin);
        Carried::<T>::kill();
        let weight = own.saturating_add(extract_actual_weight(&result, &info));
        match result {
            Ok(_) if Count::<T>::get() == before => Err(Error::<T>::NothingRecorded.into()),
            Ok(done) => Ok((Some(weight), done.pays_fee).into()),
            Err(mut failed) => {
                failed.post_info.actual_weight = Some(weight);
                Err(failed)
            }
        }
    }

    /// Whether the space's auditors of today, or those whose appointment the caller may not have noticed aside, can read the
    /// ciphertext, and nobody else can.
    fn ensure_readable(space: SpaceId, epoch: Epoch, ciphertext: &Ciphertext) -> Result<(), Error<T>> {
        let (current, roster) = Self::current(space).ok_or(Error::NoAuditors)?;
        ensure!(!roster.is_empty(), Error::NoAuditors);
        ensure!(Self::is_taken(space, epoch, current), Error::StaleEpoch);
        ensure!(!ciphertext.is_empty(), Error::EmptyCiphertext);
        Ok(())
    }

    /// What the call under way carries for this entry; refuses an entry that must have details and has none.
    fn details_for(skeleton: &Skeleton) -> Result<Option<Details>, Error<T>> {
        // What the chain does by itself, inside a call or not, nobody can describe for it.
        if skeleton.actor.is_none() {
            return Ok(None);
        }
        let details = Carried::<T>::get();
        if let Some(space) = skeleton.space {
            match &details {
                Some(details) => ensure!(details.space == space, Error::DetailsForAnotherSpace),
                None => ensure!(
                    !skeleton.kind.touches_data() || !Self::has_auditors(space),
                    Error::DetailsMissing
                ),
            }
        }
        Ok(details)
    }

    fn write(
        actor: Option<&AccountId>,
        space: Option<SpaceId>,
        subject: Subject,
        kind: Kind,
        policy: Option<PolicyVersion>,
    ) -> DispatchResult {
        let skeleton = Skeleton {
            actor: actor.cloned(),
            space,
            subject,
            kind,
            policy,
        };
        let details = Self::details_for(&skeleton)?;
        Self::push(skeleton, details)
    }

    /// Writes the next entry and folds it into the range.
    fn push(skeleton: Skeleton, details: Option<Details>) -> DispatchResult {
        let index = Count::<T>::get();
        let count = index.checked_add(1).ok_or(Error::<T>::LogFull)?;
        let block = frame_system::Pallet::<T>::block_number().unique_saturated_into();
        let Skeleton {
            actor,
            space,
            subject,
            kind,
            policy,
        } = skeleton;
        let entry = Entry {
            block,
            actor,
            space,
            subject: subject.clone(),
            kind,
            policy,
            details,
        };
        let mut peaks = Peaks::<T>::get().into_inner();
        push_peak_with(&mut peaks, entry.hash(index), |height, hash| {
            Nodes::<T>::insert(height, index >> height, hash);
        });
        // A u64 has 64 digits, hence 64 peaks at most.
        let peaks = BoundedVec::try_from(peaks).map_err(|_| Error::<T>::LogFull)?;
        Entries::<T>::insert(index, entry);
        BySubject::<T>::insert(&subject, index.to_be_bytes(), ());
        Peaks::<T>::put(peaks);
        Count::<T>::put(count);
        Self::deposit_event(Event::Appended { index, subject, kind });
        Ok(())
    }

    pub(crate) fn entries_about(subject: &Subject, from: u64, limit: u32) -> Vec<(u64, Entry)> {
        let places = match from.checked_sub(1) {
            None => BySubject::<T>::iter_key_prefix(subject),
            Some(before) => {
                let after = BySubject::<T>::hashed_key_for(subject, before.to_be_bytes());
                BySubject::<T>::iter_key_prefix_from(subject, after)
            }
        };
        places
            .take(limit.min(MAX_HISTORY) as usize)
            .map(u64::from_be_bytes)
            .filter_map(|index| Some((index, Entries::<T>::get(index)?)))
            .collect()
    }

    pub(crate) fn prove(index: u64) -> Option<(Entry, AuditProof)> {
        let entry = Entries::<T>::get(index)?;
        let node = |height, place| match height {
            0 => Entries::<T>::get(place).map(|entry| entry.hash(place)),
            _ => Nodes::<T>::get(height, place),
        };
        let proof = AuditProof::collect(index, Peaks::<T>::get().into_inner(), node)?;
        Some((entry, proof))
    }
}

impl<T: Config> AuditLog for Pallet<T> {
    fn record(actor: Option<&AccountId>, space: Option<SpaceId>, subject: Subject, kind: Kind) -> DispatchResult {
        Self::write(actor, space, subject, kind, None)
    }

    fn record_under(
        actor: Option<&AccountId>,
        space: Option<SpaceId>,
        subject: Subject,
        kind: Kind,
        policy: PolicyVersion,
    ) -> DispatchResult {
        Self::write(actor, space, subject, kind, Some(policy))
    }
}
