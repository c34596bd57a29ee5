//! The pallet as others ask it: whether a job may use a dataset, and what that leaves.

use crate::pallet::*;
use secureflow_primitives::{
    job::JobSpec,
    policy::{Dataset, Policy, Terms, Violation},
    privacy::Reservation,
    traits::PolicyGate,
    BlockNumber, DatasetId, JobId, OrgId,
};

impl<T: Config> Pallet<T> {
    /// A dataset that is in use, with its newest policy.
    fn in_force(id: DatasetId) -> Result<(Dataset, Policy), Violation> {
        let dataset = Datasets::<T>::get(id).ok_or(Violation::UnknownDataset)?;
        if dataset.retired {
            return Err(Violation::DatasetRetired);
        }
        if dataset.revoked {
            return Err(Violation::NoPolicy);
        }
        let policy = Policies::<T>::get(id, dataset.policy).ok_or(Violation::NoPolicy)?;
        Ok((dataset, policy))
    }
}

impl<T: Config> PolicyGate for Pallet<T> {
    fn owner(dataset: DatasetId) -> Option<OrgId> {
        Datasets::<T>::get(dataset)
            .filter(|dataset| !dataset.retired)
            .map(|dataset| dataset.owner)
    }

    fn check(spec: &JobSpec, dataset: DatasetId, parties: &[OrgId], now: BlockNumber) -> Result<Terms, Violation> {
        let (found, policy) = Self::in_force(dataset)?;
        policy.check(found.owner, spec, parties, now)?;
        Ledgers::<T>::get(dataset).check(&policy, &Reservation::of(spec))?;
        Ok(Terms {
            version: found.policy,
            worker: policy.worker,
            price: policy.price,
        })
    }

    /// Holds back the cost of the whole job. Asked again for the same job and dataset, it holds back nothing more.
    fn reserve(job: JobId, spec: &JobSpec, dataset: DatasetId) -> Result<(), Violation> {
        if Reservations::<T>::contains_key(job, dataset) {
            return Ok(());
        }
        let (_, policy) = Self::in_force(dataset)?;
        let wanted = Reservation::of(spec);
        let mut ledger = Ledgers::<T>::get(dataset);
        ledger.check(&policy, &wanted)?;
        ledger.reserve(&wanted)?;
        Ledgers::<T>::insert(dataset, ledger);
        Reservations::<T>::insert(job, dataset, wanted);
        Self::deposit_event(Event::BudgetReserved {
            job,
            dataset,
            held: wanted,
        });
        Ok(())
    }

    fn settle(job: JobId, dataset: DatasetId, rounds_run: u32) {
        let Some(held) = Reservations::<T>::take(job, dataset) else {
            return;
        };
        let (rounds, spent) = Ledgers::<T>::mutate(dataset, |ledger| ledger.settle(&held, rounds_run));
        Self::deposit_event(Event::BudgetSettled {
            job,
            dataset,
            rounds,
            spent,
        });
    }
}
