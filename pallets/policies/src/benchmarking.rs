//! What the calls cost, and what the gate costs the pallet that asks it.

use crate::{pallet::*, Pallet};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use secureflow_primitives::{
    bounds::{MAX_COLUMNS, MAX_PARTIES, MAX_WAITING_JOBS},
    job::JobSpec,
    policy::{DatasetRegistration, RowBand},
    privacy::RdpCost,
    scenario::{policy, text, Scenario, Stage},
    traits::PolicyGate,
    DatasetId, JobId, OrgId, H256,
};

fn organisations<T: Config>(count: u32) -> Vec<OrgId> {
    (0..count).map(|n| T::Scenario::organisation(n).0).collect()
}

/// A job over as many datasets as there may be, and what the gate is asked about its last.
struct Asked {
    job: JobId,
    spec: JobSpec,
    dataset: DatasetId,
    parties: Vec<OrgId>,
}

fn ask<T: Config>(count: u32, stage: Stage) -> Asked {
    let job = T::Scenario::job(MAX_PARTIES, count, stage);
    let spec = T::Scenario::spec(job);
    let dataset = *spec.datasets.last().expect("as many as there may be");
    Asked {
        job,
        spec,
        dataset,
        parties: organisations::<T>(MAX_PARTIES),
    }
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn register_dataset() {
        let (_, who) = T::Scenario::organisation(0);
        let registration = DatasetRegistration {
            name: text(&"x".repeat(64)),
            schema: H256::zero(),
            rows: RowBand::Under1K,
            content_root: H256::zero(),
        };
        #[extrinsic_call]
        _(RawOrigin::Signed(who), registration);
        assert_eq!(NextDataset::<T>::get(), DatasetId(1));
    }

    /// A policy with rules for `c` columns, and `p` counterparties.
    #[benchmark]
    fn set_policy(c: Linear<1, MAX_COLUMNS>, p: Linear<0, MAX_PARTIES>) {
        let (_, who) = T::Scenario::organisation(0);
        let dataset = T::Scenario::dataset(0);
        let policy = policy(c, organisations::<T>(p));
        #[extrinsic_call]
        _(RawOrigin::Signed(who), dataset, policy);
    }

    #[benchmark]
    fn retire() {
        let (_, who) = T::Scenario::organisation(0);
        let dataset = T::Scenario::dataset(0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), dataset);
        assert!(Datasets::<T>::get(dataset).is_some_and(|dataset| dataset.retired));
    }

    /// As many jobs wait for the dataset as may.
    #[benchmark]
    fn revoke() {
        let dataset = T::Scenario::dataset(1);
        let (_, who) = T::Scenario::organisation(1);
        for _ in 0..MAX_WAITING_JOBS {
            T::Scenario::job(2, 1, Stage::Proposed);
        }
        #[extrinsic_call]
        _(RawOrigin::Signed(who), dataset);
        assert!(Datasets::<T>::get(dataset).is_some_and(|dataset| dataset.revoked));
    }

    /// One dataset's check of a job with `c` columns, against as many rules as there may be.
    #[benchmark]
    fn check(c: Linear<1, MAX_COLUMNS>) {
        let asked = ask::<T>(c, Stage::Proposed);
        #[block]
        {
            Pallet::<T>::check(&asked.spec, asked.dataset, &asked.parties, 1).expect("the policy allows it");
        }
    }

    /// One dataset's reservation.
    #[benchmark]
    fn reserve() {
        let asked = ask::<T>(1, Stage::Proposed);
        #[block]
        {
            Pallet::<T>::reserve(asked.job, &asked.spec, asked.dataset).expect("the budget allows it");
        }
        assert!(Reservations::<T>::contains_key(asked.job, asked.dataset));
    }

    /// One dataset's settlement.
    #[benchmark]
    fn settle() {
        let asked = ask::<T>(1, Stage::Proposed);
        Pallet::<T>::reserve(asked.job, &asked.spec, asked.dataset).expect("the budget allows it");
        #[block]
        {
            <Pallet<T> as PolicyGate>::settle(asked.job, asked.dataset, 1);
        }
        assert_eq!(Ledgers::<T>::get(asked.dataset).reserved, RdpCost::default());
    }
}
