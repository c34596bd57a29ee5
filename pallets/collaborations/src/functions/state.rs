//! What must hold between any two calls.

use crate::{
    AssignedJobs, Config, Deadlines, Jobs, LiveJobs, LostWorkers, NextJob, NextSpace, Pallet, Parties, Results, Rounds,
    Spaces, Specs, Stopped, Waiting, WorkerLoad,
};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::ensure;
use secureflow_primitives::{
    job::{Job, JobPhase},
    AccountId, BlockNumber, DatasetId, JobId, OrgId, Round,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        Self::check_spaces()?;
        let mut deadlines: BTreeMap<JobId, BlockNumber> = BTreeMap::new();
        for (at, jobs) in Deadlines::<T>::iter() {
            ensure!(!jobs.is_empty(), "a block has an empty list of deadlines");
            ensure!(at > Self::now(), "a deadline has passed");
            for job in jobs {
                ensure!(deadlines.insert(job, at).is_none(), "a job has two deadlines");
            }
        }
        let mut waiting: BTreeSet<(DatasetId, JobId)> = BTreeSet::new();
        for (dataset, jobs) in Waiting::<T>::iter() {
            ensure!(!jobs.is_empty(), "a dataset has an empty list of jobs");
            waiting.extend(jobs.into_iter().map(|job| (dataset, job)));
        }
        let mut live: BTreeMap<OrgId, u32> = BTreeMap::new();
        let mut load: BTreeMap<AccountId, u32> = BTreeMap::new();
        let mut assigned: BTreeSet<(AccountId, JobId)> = BTreeSet::new();
        let next = NextJob::<T>::get();
        for (id, job) in Jobs::<T>::iter() {
            ensure!(id < next, "a job's id was not given out");
            ensure!(Spaces::<T>::contains_key(job.space), "a job has no space");
            Self::check_job(id, &job)?;
            if job.phase.is_terminal() {
                ensure!(job.deadline == 0, "a job that has ended has a deadline");
                continue;
            }
            ensure!(
                deadlines.remove(&id) == Some(job.deadline),
                "a job is not booked to end at its deadline"
            );
            let stopped = Stopped::<T>::contains_key(id);
            let begun = matches!(job.phase, JobPhase::Running { .. });
            ensure!(!(stopped && begun), "a job runs although it was stopped");
            for dataset in Specs::<T>::get(id).iter().flat_map(|spec| &spec.datasets) {
                let waits = waiting.remove(&(*dataset, id));
                ensure!(waits != begun || stopped, "a job does not wait exactly until it begins");
            }
            *live.entry(job.proposer).or_default() += 1;
            if let Some(worker) = job.worker {
                *load.entry(worker.clone()).or_default() += 1;
                assigned.insert((worker, id));
            }
        }
        ensure!(deadlines.is_empty(), "a deadline has no job under way");
        ensure!(waiting.is_empty(), "a job waits that has ended");
        ensure!(
            Stopped::<T>::iter_keys().all(|id| Self::job(id).is_ok_and(|job| !job.phase.is_terminal())),
            "a job is stopped that has ended"
        );
        ensure!(
            LiveJobs::<T>::iter().collect::<BTreeMap<_, _>>() == live,
            "a count of jobs under way is off"
        );
        ensure!(
            WorkerLoad::<T>::iter().collect::<BTreeMap<_, _>>() == load,
            "a worker's load is off"
        );
        ensure!(
            AssignedJobs::<T>::iter_keys().collect::<BTreeSet<_>>() == assigned,
            "the jobs of a worker are not those that name it"
        );
        ensure!(
            LostWorkers::<T>::iter_keys().all(|worker| load.contains_key(&worker)),
            "a lost worker has no jobs"
        );
        ensure!(
            Specs::<T>::iter_keys().count() == Jobs::<T>::iter_keys().count(),
            "a specification has no job"
        );
        Ok(())
    }

    fn check_job(id: JobId, job: &Job) -> Result<(), TryRuntimeError> {
        let spec = Specs::<T>::get(id).ok_or("a job has no specification")?;
        ensure!(spec.hash() == job.spec_hash, "a job's specification was changed");
        let parties = Parties::<T>::get(id).ok_or("a job has no parties")?;
        ensure!(
            parties.len() == spec.datasets.len(),
            "a job's parties are not its datasets' owners"
        );
        ensure!(
            job.approvals.iter().all(|org| parties.contains(org)),
            "somebody else approved a job"
        );

        let approved = job.approvals.len() == parties.len();
        ensure!(
            job.policies.is_empty() != approved,
            "policies are not pinned by the last approval"
        );
        let begun = match &job.phase {
            JobPhase::Proposed => !approved && job.worker.is_none(),
            JobPhase::Approved => approved && job.worker.is_none(),
            JobPhase::Assigned => approved && job.worker.is_some(),
            JobPhase::Running { round } => {
                ensure!(round.0 < spec.steps(), "a job ran past its last step");
                approved && job.worker.is_some()
            }
            _ => true,
        };
        ensure!(begun, "a job's phase does not agree with its approvals and worker");

        let steps = Rounds::<T>::iter_key_prefix(id).collect::<BTreeSet<Round>>();
        let contiguous = steps.iter().zip(0..).all(|(step, index)| step.0 == index);
        ensure!(contiguous, "a commitment is missing");
        let expected = match &job.phase {
            JobPhase::Proposed | JobPhase::Approved | JobPhase::Assigned => Some(0),
            JobPhase::Running { round } => Some(round.0 + 1),
            JobPhase::Completed => Some(spec.steps()),
            _ => None,
        };
        ensure!(
            expected.is_none_or(|n| n as usize == steps.len()),
            "the commitments do not agree with the phase"
        );
        ensure!(
            Results::<T>::contains_key(id) == (job.phase == JobPhase::Completed),
            "a job has a result exactly when it is completed"
        );
        Ok(())
    }

    fn check_spaces() -> Result<(), TryRuntimeError> {
        let next = NextSpace::<T>::get();
        for (id, space) in Spaces::<T>::iter() {
            ensure!(id < next, "a space's id was not given out");
            ensure!(
                space.members.first() == Some(&space.creator),
                "a space's creator is not its first member"
            );
            let all: BTreeSet<_> = space.members.iter().chain(&space.invited).collect();
            ensure!(
                all.len() == space.members.len() + space.invited.len(),
                "an organisation is in a space twice"
            );
        }
        Ok(())
    }
}
