//! Where workers stand, as this pallet and others ask for it.

use crate::{Config, EvidencePolicy, Measurements, Pallet, Platforms, Workers};
use alloc::vec::Vec;
use secureflow_evidence::registry::{Circumstances, Policy};
use secureflow_primitives::{
    attestation::{Worker, WorkerStatus},
    traits::{Membership, WorkerRegistry},
    AccountId, BlockNumber,
};

impl<T: Config> Pallet<T> {
    /// Where the worker stands at a block.
    pub(crate) fn status(account: &AccountId, worker: &Worker, now: BlockNumber) -> WorkerStatus {
        Self::status_under(&EvidencePolicy::<T>::get(), account, worker, now)
    }

    fn status_under(policy: &Policy, account: &AccountId, worker: &Worker, now: BlockNumber) -> WorkerStatus {
        Circumstances {
            block: now,
            seconds: Self::seconds(),
            operated: T::Membership::member(account) == Some(worker.operator),
            measurement: Measurements::<T>::get(worker.measurement).as_ref(),
            platform: Platforms::<T>::get(account).as_ref(),
            policy,
        }
        .status(worker)
    }
}

impl<T: Config> WorkerRegistry for Pallet<T> {
    /// A worker that may not compute at this block, for whatever reason, counts as revoked until that changes.
    fn worker(account: &AccountId) -> Option<Worker> {
        let mut worker = Workers::<T>::get(account)?;
        worker.revoked = !Self::status(account, &worker, Self::now()).is_active();
        Some(worker)
    }

    fn active(now: BlockNumber) -> Vec<AccountId> {
        let policy = EvidencePolicy::<T>::get();
        let mut accounts: Vec<AccountId> = Workers::<T>::iter()
            .filter(|(account, worker)| Self::status_under(&policy, account, worker, now).is_active())
            .map(|(account, _)| account)
            .collect();
        accounts.sort_unstable();
        accounts
    }

    fn count() -> u32 {
        Workers::<T>::count()
    }
}
