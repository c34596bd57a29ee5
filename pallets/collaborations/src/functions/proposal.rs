//! Proposals: what a job's specification must be before anybody is asked.

use super::{MAX_DEADLINE, MAX_LIVE_JOBS};
use crate::{Config, Error, Event, Jobs, LiveJobs, NextJob, Pallet, Parties, Spaces, Specs, Waiting};
use alloc::collections::BTreeSet;
use frame_support::ensure;
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::{is_text, PerParty, MAX_ROUNDS},
    job::{Job, JobPhase, JobSpec, Space},
    policy::{ColumnRole, Operation, WorkerRequirement},
    traits::{AuditLog, Membership, PolicyGate},
    AccountId, OrgId, SpaceId,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_propose_job(who: AccountId, space_id: SpaceId, spec: JobSpec) -> DispatchResult {
        let proposer = Self::member(&who)?;
        let space = Spaces::<T>::get(space_id).ok_or(Error::<T>::UnknownSpace)?;
        ensure!(space.members.contains(&proposer), Error::<T>::NotSpaceMember);
        let live = LiveJobs::<T>::get(proposer);
        ensure!(live < MAX_LIVE_JOBS, Error::<T>::TooManyJobs);
        Self::check_terms(&spec)?;
        Self::check_columns(&spec)?;
        let parties = Self::check_datasets(&spec, &space)?;

        let id = NextJob::<T>::get();
        NextJob::<T>::put(id.next().ok_or(Error::<T>::IdsExhausted)?);
        let now = Self::now();
        let deadline = Self::schedule(id, now.saturating_add(spec.deadlines.approval))?;
        for dataset in &spec.datasets {
            Waiting::<T>::try_append(dataset, id).map_err(|_| Error::<T>::DatasetBusy)?;
        }
        LiveJobs::<T>::insert(proposer, live.saturating_add(1));
        Parties::<T>::insert(id, parties);
        Jobs::<T>::insert(
            id,
            Job {
                space: space_id,
                proposer,
                spec_hash: spec.hash(),
                phase: JobPhase::Proposed,
                approvals: PerParty::default(),
                policies: PerParty::default(),
                requirement: WorkerRequirement::default(),
                worker: None,
                simulated: false,
                proposed_at: now,
                deadline,
            },
        );
        Specs::<T>::insert(id, spec);
        Self::deposit_event(Event::JobProposed {
            job: id,
            space: space_id,
        });
        T::Audit::record(Some(&who), Some(space_id), Subject::Job(id), Kind::JobProposed)
    }

    fn check_terms(spec: &JobSpec) -> Result<(), Error<T>> {
        ensure!(is_text(&spec.name) && is_text(&spec.purpose), Error::NameInvalid);
        let most = match spec.operation {
            Operation::Statistics => 1,
            _ => MAX_ROUNDS,
        };
        ensure!((1..=most).contains(&spec.rounds), Error::RoundsOutOfRange);
        ensure!(spec.min_parties >= 2, Error::MinPartiesTooSmall);
        let deadlines = [spec.deadlines.approval, spec.deadlines.start, spec.deadlines.round];
        ensure!(
            deadlines.iter().all(|blocks| (1..=MAX_DEADLINE).contains(blocks)),
            Error::DeadlineOutOfRange
        );
        ensure!(!spec.plan.is_empty(), Error::PlanEmpty);
        Ok(())
    }

    fn check_columns(spec: &JobSpec) -> Result<(), Error<T>> {
        ensure!(!spec.columns.is_empty(), Error::NoColumns);
        let mut names = BTreeSet::new();
        for column in &spec.columns {
            // Column names come from data as they are; a policy names them byte for byte.
            let valid = !column.name.is_empty() && core::str::from_utf8(&column.name).is_ok();
            ensure!(valid, Error::ColumnNameInvalid);
            ensure!(names.insert(column.name.as_slice()), Error::DuplicateColumn);
        }
        if matches!(
            spec.operation,
            Operation::HorizontalTraining | Operation::VerticalTraining
        ) {
            let labels = spec
                .columns
                .iter()
                .filter(|column| column.role == ColumnRole::Label)
                .count();
            ensure!(labels == 1, Error::NotExactlyOneLabel);
        }
        Ok(())
    }

    /// The owners, in the order of the datasets.
    fn check_datasets(spec: &JobSpec, space: &Space) -> Result<PerParty<OrgId>, Error<T>> {
        ensure!(!spec.datasets.is_empty(), Error::NoDatasets);
        ensure!(spec.datasets.len() >= spec.min_parties as usize, Error::TooFewDatasets);
        let mut datasets = BTreeSet::new();
        let mut parties = PerParty::<OrgId>::default();
        for dataset in &spec.datasets {
            ensure!(datasets.insert(*dataset), Error::DuplicateDataset);
            let owner = T::Policies::owner(*dataset).ok_or(Error::UnknownDataset)?;
            ensure!(T::Membership::is_active(owner), Error::OwnerNotActive);
            ensure!(space.members.contains(&owner), Error::OwnerNotSpaceMember);
            ensure!(!parties.contains(&owner), Error::TwoDatasetsOfOneOwner);
            parties.try_push(owner).map_err(|_| Error::TwoDatasetsOfOneOwner)?;
        }
        Ok(parties)
    }
}
