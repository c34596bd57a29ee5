//! What the calls cost, and what the gate costs the pallet that asks it.

use crate::{pallet::*, Pallet};
use alloc::{format, vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use secureflow_primitives::{
    bounds::{Name, MAX_COLUMNS, MAX_PARTIES, MAX_PURPOSES, MAX_WAITING_JOBS},
    job::JobSpec,
    policy::{Column, ColumnRole, DatasetRegistration, Operation, Policy, RowBand},
    privacy::{PrivacyBudget, RdpCost},
    scenario::{Scenario, Stage},
    traits::PolicyGate,
    DatasetId, JobId, OrgId, H256,
};

fn text(text: &str) -> Name {
    Name::truncate_from(text.as_bytes().to_vec())
}

fn columns(count: u32) -> Vec<Column> {
    let column = |n| Column {
        name: text(&format!("{n:0>64}")),
        role: ColumnRole::Feature,
    };
    (0..count).map(column).collect()
}

/// A policy with so many columns and counterparties, everything else as long as it may be.
fn policy<T: Config>(count: u32, counterparties: u32) -> Policy {
    let purposes: Vec<_> = (0..MAX_PURPOSES).map(|n| text(&format!("purpose {n}"))).collect();
    let counterparties: Vec<_> = (0..counterparties).map(|n| T::Scenario::organisation(n).0).collect();
    Policy {
        purposes: purposes.try_into().expect("as many as there may be"),
        operations: vec![Operation::HorizontalTraining].try_into().expect("one"),
        columns: columns(count).try_into().expect("no more than there may be"),
        min_parties: 2,
        min_group_size: 1,
        allow_simulated: true,
        budget: Some(PrivacyBudget {
            epsilon_micro: u64::MAX,
            delta_exponent: 5,
        }),
        max_uses: Some(1),
        expires_at: Some(u32::MAX),
        counterparties: Some(counterparties.try_into().expect("no more than there may be")),
        price: 0,
    }
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
        parties: (0..MAX_PARTIES).map(|n| T::Scenario::organisation(n).0).collect(),
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

    /// A policy with `c` columns and `p` counterparties.
    #[benchmark]
    fn set_policy(c: Linear<1, MAX_COLUMNS>, p: Linear<0, MAX_PARTIES>) {
        let (_, who) = T::Scenario::organisation(0);
        let dataset = T::Scenario::dataset(0, 1);
        let policy = policy::<T>(c, p);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), dataset, policy);
    }

    #[benchmark]
    fn retire() {
        let (_, who) = T::Scenario::organisation(0);
        let dataset = T::Scenario::dataset(0, 1);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), dataset);
        assert!(Datasets::<T>::get(dataset).is_some_and(|dataset| dataset.retired));
    }

    /// As many jobs wait for the dataset as may.
    #[benchmark]
    fn revoke() {
        let dataset = T::Scenario::dataset(1, 1);
        let (_, who) = T::Scenario::organisation(1);
        for _ in 0..MAX_WAITING_JOBS {
            T::Scenario::job(2, 1, Stage::Proposed);
        }
        #[extrinsic_call]
        _(RawOrigin::Signed(who), dataset);
        assert!(Datasets::<T>::get(dataset).is_some_and(|dataset| dataset.revoked));
    }

    /// One dataset's check of a job with `c` columns.
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
