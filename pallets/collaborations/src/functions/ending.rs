//! How a job ends. Every way goes through [`Pallet::finish`].

use super::MAX_LIVE_JOBS;
use crate::{Config, Deadlines, Error, Event, Jobs, LiveJobs, Pallet, Parties, Specs, Stopped, Waiting};
use frame_support::{defensive, ensure, traits::Get};
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::MAX_ORGANISATIONS,
    job::{FailReason, Job, JobPhase, Party},
    traits::{AuditLog, PolicyGate, Treasury, WaitingJobs},
    AccountId, BlockNumber, DatasetId, JobId, OrgId,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_fail_job(who: AccountId, id: JobId, reason: FailReason, party: Option<Party>) -> DispatchResult {
        let job = Self::job(id)?;
        // A worker that lost its attestation may still say that it gives up.
        Self::ensure_assigned(&job, &who)?;
        let known = match &party {
            None => true,
            Some(Party::Worker(worker)) => *worker == who,
            Some(Party::Organisation(org)) => Parties::<T>::get(id).is_some_and(|parties| parties.contains(org)),
        };
        ensure!(known, Error::<T>::PartyNotInJob);
        // What the chain finds by itself is not a worker's to claim.
        let reserved = matches!(reason, FailReason::Deadline | FailReason::PolicyRevoked);
        ensure!(!reserved, Error::<T>::ReasonReserved);
        Self::finish(id, job, JobPhase::Failed { reason, party }, Some(&who))
    }

    pub(crate) fn do_cancel(who: AccountId, id: JobId) -> DispatchResult {
        let org = Self::member(&who)?;
        let job = Self::job(id)?;
        ensure!(job.proposer == org, Error::<T>::NotProposer);
        ensure!(!job.phase.is_terminal(), Error::<T>::JobEnded);
        ensure!(
            !matches!(job.phase, JobPhase::Running { .. }),
            Error::<T>::AlreadyRunning
        );
        Self::finish(id, job, JobPhase::Cancelled, Some(&who))
    }

    /// Ends the jobs whose deadline is this block; returns how many.
    pub(crate) fn expire_due() -> u32 {
        let now = Self::now();
        let due = Deadlines::<T>::take(now);
        for id in &due {
            let Ok(job) = Self::job(*id) else {
                defensive!("a deadline has no job");
                continue;
            };
            let phase = Self::expired_phase(*id, &job, now);
            // A job ends whether or not the log takes the entry.
            if Self::finish(*id, job, phase, None).is_err() {
                defensive!("the end of a job was not logged");
            }
        }
        due.len() as u32
    }

    /// How a job ends when its deadline passes, with the party that was waited for.
    fn expired_phase(id: JobId, job: &Job, now: BlockNumber) -> JobPhase {
        if let Some(owner) = Stopped::<T>::get(id) {
            return JobPhase::Failed {
                reason: FailReason::PolicyRevoked,
                party: Some(Party::Organisation(owner)),
            };
        }
        match job.phase {
            JobPhase::Assigned | JobPhase::Running { .. } => {
                if Self::has_lost_worker(job, now) {
                    return Self::lost_phase(job);
                }
                JobPhase::Failed {
                    reason: FailReason::Deadline,
                    party: job.worker.clone().map(Party::Worker),
                }
            }
            JobPhase::Proposed => {
                let parties = Parties::<T>::get(id).unwrap_or_default();
                let missing = parties.iter().find(|org| !job.approvals.contains(org));
                JobPhase::Expired {
                    waiting_for: missing.map(|org| Party::Organisation(*org)),
                }
            }
            // Approved: there was no worker to wait for.
            _ => JobPhase::Expired { waiting_for: None },
        }
    }

    /// Ends a job that has not ended: settles its ledgers, frees its worker, its deadline and its proposer's place, gives
    /// back the prices of a job without a result, and says so. Only the entry in the log can fail, and it comes last.
    pub(super) fn finish(id: JobId, mut job: Job, phase: JobPhase, actor: Option<&AccountId>) -> DispatchResult {
        let spec = Specs::<T>::get(id);
        let steps_committed = match &job.phase {
            JobPhase::Running { round } => round.0.saturating_add(1),
            _ => 0,
        };
        // Nobody has computed anything of a job without a worker.
        let rounds_run = match (&spec, &job.worker) {
            (Some(spec), Some(_)) => spec.rounds_run(steps_committed),
            _ => 0,
        };
        if let Some(spec) = spec.filter(|_| !matches!(job.phase, JobPhase::Running { .. })) {
            Self::no_longer_waiting(id, &spec.datasets);
        }
        Stopped::<T>::remove(id);
        // Policies are pinned exactly when their ledgers are reserved.
        for pin in &job.policies {
            T::Policies::settle(id, pin.dataset, rounds_run);
        }
        // A completed job's prices are paid when it is settled, by the agreement that is kept for it.
        if phase != JobPhase::Completed {
            T::Prices::give_back(id);
        }
        Self::release_worker(id, &job);
        Self::unschedule(id, job.deadline);
        LiveJobs::<T>::mutate_exists(job.proposer, |live| {
            *live = live.and_then(|live| live.checked_sub(1)).filter(|live| *live > 0);
        });

        let (event, kind) = match phase.clone() {
            JobPhase::Completed => (Event::JobCompleted { job: id }, Kind::JobCompleted),
            JobPhase::Failed { reason, party } => (Event::JobFailed { job: id, reason, party }, Kind::JobFailed),
            JobPhase::Cancelled => (Event::JobCancelled { job: id }, Kind::JobCancelled),
            JobPhase::Expired { waiting_for } => (Event::JobExpired { job: id, waiting_for }, Kind::JobExpired),
            JobPhase::Proposed | JobPhase::Approved | JobPhase::Assigned | JobPhase::Running { .. } => {
                defensive!("a job may only end in a phase that is an end");
                return Err(Error::<T>::JobEnded.into());
            }
        };
        let space = job.space;
        job.phase = phase;
        job.deadline = 0;
        Jobs::<T>::insert(id, job);
        Self::deposit_event(event);
        T::Audit::record(actor, Some(space), Subject::Job(id), kind)
    }

    /// Takes a job that begins, or ends before it has begun, from the lists of those that wait for its datasets.
    pub(super) fn no_longer_waiting(id: JobId, datasets: &[DatasetId]) {
        for dataset in datasets {
            Waiting::<T>::mutate_exists(dataset, |jobs| {
                if let Some(ids) = jobs {
                    ids.retain(|job| *job != id);
                    if ids.is_empty() {
                        *jobs = None;
                    }
                }
            });
        }
    }

    pub(super) fn ensure_not_stopped(id: JobId) -> Result<(), Error<T>> {
        ensure!(!Stopped::<T>::contains_key(id), Error::ConsentRevoked);
        Ok(())
    }

    /// Books the job's end for the first block from `at` on that has room.
    pub(super) fn schedule(id: JobId, at: BlockNumber) -> Result<BlockNumber, Error<T>> {
        // So many blocks hold every job that can be under way, and one more.
        let blocks = MAX_ORGANISATIONS * MAX_LIVE_JOBS / T::MaxExpiriesPerBlock::get().max(1) + 1;
        (at..at.saturating_add(blocks))
            .find(|at| Deadlines::<T>::try_append(at, id).is_ok())
            .ok_or(Error::DeadlinesFull)
    }

    /// Gives the job's next phase its own deadline in place of the last one's.
    pub(super) fn reschedule(id: JobId, job: &mut Job, at: BlockNumber) -> Result<(), Error<T>> {
        Self::unschedule(id, job.deadline);
        job.deadline = Self::schedule(id, at)?;
        Ok(())
    }

    fn unschedule(id: JobId, at: BlockNumber) {
        Deadlines::<T>::mutate_exists(at, |jobs| {
            if let Some(ids) = jobs {
                ids.retain(|job| *job != id);
                if ids.is_empty() {
                    *jobs = None;
                }
            }
        });
    }
}

impl<T: Config> WaitingJobs for Pallet<T> {
    fn stop(dataset: DatasetId, owner: OrgId) -> Result<u32, DispatchError> {
        let jobs = Waiting::<T>::take(dataset);
        for id in &jobs {
            // A job whose consent was revoked by another owner as well keeps the first.
            if Stopped::<T>::contains_key(id) {
                continue;
            }
            let mut job = Self::job(*id)?;
            Stopped::<T>::insert(id, owner);
            Self::reschedule(*id, &mut job, Self::now().saturating_add(1))?;
            Jobs::<T>::insert(id, job);
        }
        Ok(jobs.len() as u32)
    }
}
