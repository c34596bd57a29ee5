//! What the calls do.

use crate::pallet::*;
use alloc::collections::BTreeSet;
use frame_support::ensure;
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::is_text,
    policy::{Dataset, DatasetRegistration, Policy},
    traits::{AuditLog, Membership, WaitingJobs},
    AccountId, DatasetId, PolicyVersion,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_dataset(who: AccountId, registration: DatasetRegistration) -> DispatchResult {
        let owner = T::Membership::owner(&who).ok_or(Error::<T>::NotOwner)?;
        ensure!(is_text(&registration.name), Error::<T>::InvalidName);
        ensure!(
            !DatasetNames::<T>::contains_key(owner, &registration.name),
            Error::<T>::NameTaken
        );
        let dataset = NextDataset::<T>::get();
        NextDataset::<T>::put(dataset.next().ok_or(Error::<T>::TooManyDatasets)?);
        DatasetNames::<T>::insert(owner, &registration.name, dataset);
        let policy = PolicyVersion::default();
        Datasets::<T>::insert(
            dataset,
            Dataset {
                owner,
                registration,
                policy,
                retired: false,
                revoked: false,
            },
        );
        Self::deposit_event(Event::DatasetRegistered { dataset, owner });
        T::Audit::record(Some(&who), None, Subject::Dataset(dataset), Kind::DatasetRegistered)
    }

    pub(crate) fn do_set_policy(who: AccountId, id: DatasetId, policy: Policy) -> DispatchResult {
        let mut dataset = Self::owned(&who, id)?;
        Self::ensure_sound(&policy)?;
        let version = dataset.policy.next().ok_or(Error::<T>::TooManyVersions)?;
        dataset.policy = version;
        dataset.revoked = false;
        Policies::<T>::insert(id, version, policy);
        Datasets::<T>::insert(id, dataset);
        Self::deposit_event(Event::PolicySet { dataset: id, version });
        T::Audit::record_under(Some(&who), None, Subject::Dataset(id), Kind::PolicySet, version)
    }

    pub(crate) fn do_retire(who: AccountId, id: DatasetId) -> DispatchResult {
        let mut dataset = Self::owned(&who, id)?;
        dataset.retired = true;
        Datasets::<T>::insert(id, dataset);
        Self::deposit_event(Event::DatasetRetired { dataset: id });
        T::Audit::record(Some(&who), None, Subject::Dataset(id), Kind::DatasetRetired)
    }

    pub(crate) fn do_revoke(who: AccountId, id: DatasetId) -> DispatchResult {
        let mut dataset = Self::owned(&who, id)?;
        let version = dataset.policy;
        let in_force = version != PolicyVersion::default() && !dataset.revoked;
        ensure!(in_force, Error::<T>::NoPolicyInForce);
        dataset.revoked = true;
        let jobs = T::Jobs::stop(id, dataset.owner)?;
        Datasets::<T>::insert(id, dataset);
        Self::deposit_event(Event::PolicyRevoked {
            dataset: id,
            version,
            jobs,
        });
        T::Audit::record_under(Some(&who), None, Subject::Dataset(id), Kind::PolicyRevoked, version)
    }

    /// The dataset, if it is in use and the signer is its owner's own account.
    fn owned(who: &AccountId, id: DatasetId) -> Result<Dataset, Error<T>> {
        let dataset = Datasets::<T>::get(id).ok_or(Error::<T>::UnknownDataset)?;
        ensure!(T::Membership::owner(who) == Some(dataset.owner), Error::<T>::NotOwner);
        ensure!(!dataset.retired, Error::<T>::DatasetRetired);
        Ok(dataset)
    }

    /// Refuses a policy that can only be a mistake.
    fn ensure_sound(policy: &Policy) -> Result<(), Error<T>> {
        let texts = policy
            .purposes
            .iter()
            .chain(policy.columns.iter().map(|rule| &rule.name));
        ensure!(texts.into_iter().all(|text| is_text(text)), Error::<T>::InvalidName);
        let subjects: BTreeSet<_> = policy.columns.iter().map(|rule| rule.subject()).collect();
        ensure!(subjects.len() == policy.columns.len(), Error::<T>::DuplicateRule);
        let mut places = policy.columns.iter().flat_map(|rule| &rule.for_purposes);
        ensure!(
            places.all(|place| usize::from(*place) < policy.purposes.len()),
            Error::<T>::UnknownPurpose
        );
        ensure!(policy.min_parties >= 2, Error::<T>::MinPartiesTooSmall);
        ensure!(
            policy.budget.is_none_or(|budget| budget.delta_exponent > 0),
            Error::<T>::InvalidBudget
        );
        let mut counterparties = policy.counterparties.iter().flatten();
        ensure!(
            counterparties.all(|org| T::Membership::organisation(*org).is_some()),
            Error::<T>::UnknownCounterparty
        );
        Ok(())
    }
}

#[cfg(any(feature = "std", feature = "try-runtime"))]
impl<T: Config> Pallet<T> {
    /// Ids and versions have no gaps, names lead to their datasets, and each ledger holds back exactly what its open
    /// reservations ask for.
    pub fn do_try_state() -> Result<(), sp_runtime::DispatchError> {
        use secureflow_primitives::{privacy::RdpCost, JobId};

        let next = NextDataset::<T>::get().0;
        ensure!(
            Datasets::<T>::iter_keys().count() == next as usize,
            "policies: datasets and ids differ"
        );
        ensure!(
            DatasetNames::<T>::iter_keys().count() == next as usize,
            "policies: datasets and names differ"
        );
        let mut versions = 0;
        for id in (0..next).map(DatasetId) {
            let dataset = Datasets::<T>::get(id).ok_or("policies: an id is missing")?;
            let named = DatasetNames::<T>::get(dataset.owner, &dataset.registration.name);
            ensure!(named == Some(id), "policies: a name leads elsewhere");
            let all = (1..=dataset.policy.0).all(|v| Policies::<T>::contains_key(id, PolicyVersion(v)));
            ensure!(all, "policies: a version is missing");
            versions += dataset.policy.0 as usize;
            ensure!(
                !dataset.revoked || dataset.policy.0 > 0,
                "policies: a policy was revoked that does not exist"
            );

            let ledger = Ledgers::<T>::get(id);
            let open: alloc::vec::Vec<_> = Reservations::<T>::iter().filter(|(_, d, _)| *d == id).collect();
            let mut held = RdpCost::default();
            for (_, _, reservation) in &open {
                held = held.plus(reservation.whole().ok_or("policies: a reservation does not fit")?);
            }
            ensure!(
                ledger.reserved == held,
                "policies: a ledger does not hold back what is reserved"
            );
            ensure!(
                open.len() <= ledger.uses as usize,
                "policies: more reservations than uses"
            );
            ensure!(
                ledger.unbounded_uses <= ledger.uses,
                "policies: more unbounded uses than uses"
            );
        }
        ensure!(
            Policies::<T>::iter_keys().count() == versions,
            "policies: a version of no dataset"
        );
        ensure!(
            Ledgers::<T>::iter_keys().all(|id| id.0 < next),
            "policies: a ledger of no dataset"
        );
        let strays = Reservations::<T>::iter_keys().any(|(_, id): (JobId, DatasetId)| id.0 >= next);
        ensure!(!strays, "policies: a reservation of no dataset");
        Ok(())
    }
}
