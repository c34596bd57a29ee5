//! Jobs whose worker is lost: those that have not begun go to another one or wait for it, those that run end.

use crate::{AssignedJobs, Config, Error, Event, Jobs, LostWorkers, Pallet, Specs, Stopped, WorkerLoad};
use alloc::vec::Vec;
use frame_support::defensive;
use secureflow_primitives::{
    attestation::Worker,
    audit::{Kind, Subject},
    job::{FailReason, Job, JobPhase, Party},
    traits::{AuditLog, WorkerJobs, WorkerRegistry},
    AccountId, BlockNumber, JobId,
};
use sp_runtime::DispatchResult;

impl<T: Config> WorkerJobs for Pallet<T> {
    fn lost(worker: &AccountId) -> u32 {
        let jobs = WorkerLoad::<T>::get(worker);
        if jobs > 0 {
            LostWorkers::<T>::insert(worker, ());
        }
        jobs
    }
}

impl<T: Config> Pallet<T> {
    /// Whether the job's worker may not go on with it: it is no longer active, or it has renewed as something else.
    pub(super) fn has_lost_worker(job: &Job, now: BlockNumber) -> bool {
        let worker = job.worker.as_ref().and_then(T::Workers::worker);
        !worker.is_some_and(|worker| worker.is_active(now) && Self::still_suits(job, &worker))
    }

    /// Whether a worker is as the job's label says, and satisfies the pinned policies. It may have renewed since it got the
    /// job.
    pub(super) fn still_suits(job: &Job, worker: &Worker) -> bool {
        worker.is_simulated() == job.simulated && job.requirement.check(worker).is_ok()
    }

    /// Whether the job may be given to a worker, or to another one than it has: none has begun it.
    pub(super) fn may_change_worker(id: JobId, job: &Job) -> bool {
        match job.phase {
            JobPhase::Approved => true,
            JobPhase::Assigned => Specs::<T>::get(id).is_some_and(|spec| spec.may_change_worker()),
            _ => false,
        }
    }

    /// How a job ends that may have begun and has lost its worker.
    pub(super) fn lost_phase(job: &Job) -> JobPhase {
        JobPhase::Failed {
            reason: FailReason::WorkerRevoked,
            party: job.worker.clone().map(Party::Worker),
        }
    }

    /// Takes jobs off lost workers, as many as there is room for. Returns how much of the room it took, where a worker that
    /// needed nothing counts as a job.
    pub(crate) fn move_jobs(room: u32) -> u32 {
        let now = Self::now();
        let mut left = room;
        while left > 0 {
            let Some(worker) = LostWorkers::<T>::iter_keys().next() else {
                break;
            };
            let active = T::Workers::worker(&worker).is_some_and(|worker| worker.is_active(now));
            let jobs: Vec<JobId> = match active {
                // Its evidence was renewed meanwhile.
                true => Vec::new(),
                false => AssignedJobs::<T>::iter_key_prefix(&worker)
                    .take(left as usize)
                    .collect(),
            };
            if jobs.is_empty() {
                LostWorkers::<T>::remove(&worker);
            }
            left = left.saturating_sub((jobs.len() as u32).max(1));
            for id in jobs {
                // A job goes on or ends whether or not the log takes the entry.
                if Self::leave_worker(id, now).is_err() {
                    defensive!("a job left its worker and that was not logged");
                }
            }
        }
        room.saturating_sub(left)
    }

    fn leave_worker(id: JobId, now: BlockNumber) -> DispatchResult {
        let mut job = Self::job(id)?;
        if !Self::may_change_worker(id, &job) {
            let phase = Self::lost_phase(&job);
            return Self::finish(id, job, phase, None);
        }
        // A job that an owner has stopped ends in one of the next blocks: nobody needs to compute it.
        let next = match Stopped::<T>::contains_key(id) {
            true => Err(Error::ConsentRevoked),
            false => Self::pick_worker(id, &job, now),
        };
        let logged = match next {
            Ok((worker, simulated)) => Self::assign(None, id, &mut job, worker, simulated),
            Err(_) => Self::unassign(id, &mut job),
        };
        Jobs::<T>::insert(id, job);
        logged
    }

    /// Back to waiting for a worker; the deadline stays.
    fn unassign(id: JobId, job: &mut Job) -> DispatchResult {
        Self::release_worker(id, job);
        job.phase = JobPhase::Approved;
        job.simulated = false;
        if let Some(worker) = job.worker.take() {
            Self::deposit_event(Event::JobUnassigned { job: id, worker });
        }
        T::Audit::record(None, Some(job.space), Subject::Job(id), Kind::JobUnassigned)
    }

    /// Gives the job to a worker, in place of the one that it had.
    pub(super) fn assign(
        actor: Option<&AccountId>,
        id: JobId,
        job: &mut Job,
        worker: AccountId,
        simulated: bool,
    ) -> DispatchResult {
        Self::release_worker(id, job);
        WorkerLoad::<T>::mutate(&worker, |load| *load = load.saturating_add(1));
        AssignedJobs::<T>::insert(&worker, id, ());
        job.phase = JobPhase::Assigned;
        job.worker = Some(worker.clone());
        job.simulated = simulated;
        Self::deposit_event(Event::JobAssigned { job: id, worker });
        T::Audit::record(actor, Some(job.space), Subject::Job(id), Kind::JobAssigned)
    }

    /// Takes the job off its worker, if it has one.
    pub(super) fn release_worker(id: JobId, job: &Job) {
        if let Some(worker) = &job.worker {
            AssignedJobs::<T>::remove(worker, id);
            WorkerLoad::<T>::mutate_exists(worker, |load| {
                *load = load.and_then(|load| load.checked_sub(1)).filter(|load| *load > 0);
            });
            if !WorkerLoad::<T>::contains_key(worker) {
                LostWorkers::<T>::remove(worker);
            }
        }
    }
}
