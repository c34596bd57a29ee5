//! The verdicts on workers, as clients ask for them.

use crate::pallet::*;
use alloc::vec::Vec;
use secureflow_primitives::{
    attestation::{Worker, WorkerStatus},
    AccountId,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn verdict_of(account: &AccountId) -> Option<(Worker, WorkerStatus)> {
        let worker = Workers::<T>::get(account)?;
        let status = Self::status(account, &worker, Self::now());
        Some((worker, status))
    }

    pub(crate) fn all_verdicts() -> Vec<(AccountId, Worker, WorkerStatus)> {
        let now = Self::now();
        let mut all: Vec<_> = Workers::<T>::iter()
            .map(|(account, worker)| {
                let status = Self::status(&account, &worker, now);
                (account, worker, status)
            })
            .collect();
        all.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        all
    }
}
