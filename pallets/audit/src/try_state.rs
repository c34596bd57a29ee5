//! What must hold after every block.

use crate::pallet::*;
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::ensure;
use secureflow_primitives::{
    audit::{push_peak_with, Kind},
    traits::{Membership, Spaces},
    Epoch, OrgId,
};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError};

impl<T: Config> Pallet<T> {
    /// The log has no gaps, its blocks never go back, nodes and peaks are those of its entries, what is encrypted is so
    /// for an epoch that had readers, epochs that are still taken are read by present auditors only, and no call has left
    /// details behind.
    pub fn do_try_state() -> Result<(), DispatchError> {
        ensure!(!Carried::<T>::exists(), "audit: a call has left its details behind");
        Self::try_log()?;
        Self::try_rosters()
    }

    fn try_log() -> Result<(), DispatchError> {
        let count = Count::<T>::get();
        ensure!(
            Entries::<T>::iter_keys().count() as u64 == count,
            "audit: entries and count differ"
        );
        let now: u32 = frame_system::Pallet::<T>::block_number().unique_saturated_into();
        let (mut peaks, mut nodes, mut same) = (Vec::new(), 0, true);
        let mut block = 0u32;
        for index in 0..count {
            let entry = Entries::<T>::get(index).ok_or("audit: an entry is missing")?;
            ensure!(
                block <= entry.block && entry.block <= now,
                "audit: entries are out of order"
            );
            block = entry.block;
            ensure!(
                BySubject::<T>::contains_key(&entry.subject, index.to_be_bytes()),
                "audit: an entry is not found by its subject"
            );
            if let Some(details) = &entry.details {
                let roster = Rosters::<T>::get(details.space, details.epoch);
                ensure!(!roster.is_empty(), "audit: details that nobody was to read");
                ensure!(
                    details.call.is_none() == (entry.kind == Kind::Note),
                    "audit: a note has no call, and all other details have one"
                );
                ensure!(entry.actor.is_some(), "audit: the chain itself gives no details");
            }
            ensure!(
                entry.details.is_some() || entry.kind != Kind::Note,
                "audit: a note without its text"
            );
            push_peak_with(&mut peaks, entry.hash(index), |height, hash| {
                nodes += 1;
                same &= Nodes::<T>::get(height, index >> height) == Some(hash);
            });
        }
        ensure!(
            BySubject::<T>::iter_keys().count() as u64 == count,
            "audit: a subject has an entry that is not about it"
        );
        ensure!(
            peaks == Peaks::<T>::get().into_inner(),
            "audit: the peaks are not those of the entries"
        );
        ensure!(
            same && Nodes::<T>::iter_keys().count() == nodes,
            "audit: the nodes are not those of the entries"
        );
        Ok(())
    }

    fn try_rosters() -> Result<(), DispatchError> {
        let mut rosters = 0;
        for (space, current) in CurrentEpoch::<T>::iter() {
            ensure!(
                T::Spaces::creator(space).is_some(),
                "audit: auditors of an unknown space"
            );
            rosters += current.0 as usize;
            for epoch in (1..=current.0).map(Epoch) {
                ensure!(
                    Rosters::<T>::contains_key(space, epoch),
                    "audit: an epoch has no roster"
                );
                let roster = Rosters::<T>::get(space, epoch);
                let distinct: BTreeSet<OrgId> = roster.iter().map(|(org, _)| *org).collect();
                ensure!(distinct.len() == roster.len(), "audit: an auditor stands twice");
                ensure!(
                    distinct.iter().all(|org| T::Membership::organisation(*org).is_some()),
                    "audit: an unknown auditor"
                );
            }
        }
        for (space, change) in LastChange::<T>::iter() {
            let (current, readers) = Self::current(space).ok_or("audit: a change of readers that there never were")?;
            ensure!(
                Epoch(1) <= change.since && change.since <= current,
                "audit: an epoch is taken that never was"
            );
            ensure!(
                !change.cut_off || change.since == current,
                "audit: an epoch is taken whose readers were cut off"
            );
            for epoch in (change.since.0..current.0).map(Epoch) {
                ensure!(
                    Rosters::<T>::get(space, epoch)
                        .iter()
                        .all(|reader| readers.contains(reader)),
                    "audit: an epoch is taken that others read"
                );
            }
        }
        ensure!(
            Rosters::<T>::iter_keys().count() == rosters,
            "audit: a roster of no epoch"
        );
        Ok(())
    }
}
