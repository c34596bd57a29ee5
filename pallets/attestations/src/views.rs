//! The verdicts on workers, as clients ask for them.

use crate::pallet::*;
use alloc::vec::Vec;
use secureflow_primitives::{attestation::Worker, traits::Membership, view::WorkerStatus, AccountId};

impl<T: Config> Pallet<T> {
    pub(crate) fn verdict_of(account: &AccountId) -> Option<(Worker, WorkerStatus)> {
        let worker = Workers::<T>::get(account)?;
        let status = Self::status(account, &worker);
        Some((worker, status))
    }

    pub(crate) fn all_verdicts() -> Vec<(AccountId, Worker, WorkerStatus)> {
        let mut all: Vec<_> = Workers::<T>::iter()
            .map(|(account, worker)| {
                let status = Self::status(&account, &worker);
                (account, worker, status)
            })
            .collect();
        all.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        all
    }

    /// The first reason for which the worker may not compute; what cannot be undone comes first.
    fn status(account: &AccountId, worker: &Worker) -> WorkerStatus {
        let now = Self::now();
        if worker.revoked {
            WorkerStatus::Revoked
        } else if !worker.is_active(now) {
            WorkerStatus::Expired
        } else if T::Membership::member(account) != Some(worker.operator) {
            WorkerStatus::WithoutOperator
        } else if Self::is_stale(account, now) {
            WorkerStatus::Stale
        } else {
            WorkerStatus::Active
        }
    }
}
