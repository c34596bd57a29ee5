//! Approval: the owners' word, the policies' check, the ledgers' reservation, the worker.

use crate::{Config, Error, Event, Jobs, Pallet, Parties, Specs, WeightInfo, WorkerLoad};
use alloc::vec::Vec;
use frame_support::ensure;
use secureflow_primitives::{
    audit::{Kind, Subject},
    job::{Job, JobPhase, JobSpec, PinnedPolicy},
    policy::{Violation, WorkerRequirement},
    revenue::Prices,
    traits::{AuditLog, Membership, PolicyGate, Treasury, WorkerRegistry},
    AccountId, BlockNumber, JobId, OrgId,
};
use sp_runtime::{DispatchError, Weight};

impl<T: Config> Pallet<T> {
    /// Returns what this approval weighs: the last one checks, reserves and assigns for all.
    pub(crate) fn do_approve_job(who: AccountId, id: JobId) -> Result<Weight, DispatchError> {
        let org = Self::owner(&who)?;
        let mut job = Self::job(id)?;
        ensure!(!job.phase.is_terminal(), Error::<T>::JobEnded);
        ensure!(job.phase == JobPhase::Proposed, Error::<T>::NotProposed);
        Self::ensure_not_stopped(id)?;
        let spec = Specs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        let parties = Parties::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        let position = parties
            .iter()
            .position(|party| *party == org)
            .ok_or(Error::<T>::NotAParty)?;
        ensure!(!job.approvals.contains(&org), Error::<T>::AlreadyApproved);

        let now = Self::now();
        // Parties stand in the order of the datasets, so the position is that of the owner's dataset.
        let dataset = spec.datasets.get(position).ok_or(Error::<T>::NotAParty)?;
        let terms = T::Policies::check(&spec, *dataset, &parties, now).map_err(Error::<T>::from)?;
        job.approvals.try_push(org).map_err(|_| Error::<T>::AlreadyApproved)?;
        Self::deposit_event(Event::JobApproved { job: id, org });
        T::Audit::record_under(
            Some(&who),
            Some(job.space),
            Subject::Job(id),
            Kind::JobApproved,
            terms.version,
        )?;

        let mut weight = T::WeightInfo::approve_early(parties.len() as u32);
        if job.approvals.len() == parties.len() {
            weight = T::WeightInfo::approve_job(parties.len() as u32, T::Workers::count());
            Self::pin_and_reserve(id, &mut job, &spec, &parties, now)?;
            job.phase = JobPhase::Approved;
            Self::reschedule(id, &mut job, now.saturating_add(spec.deadlines.start))?;
            // Having no worker is no reason to refuse the approval: `assign_job` tries again until the deadline.
            if let Ok((worker, simulated)) = Self::pick_worker(id, &job, now) {
                Self::assign(Some(&who), id, &mut job, worker, simulated)?;
            }
        }
        Jobs::<T>::insert(id, job);
        Ok(weight)
    }

    /// Checks every policy as it stands at the last approval, pins it with what it asks of the worker, and holds back the
    /// cost in every ledger and the prices in the escrow, whose space's agreement is kept with them. What was held back
    /// before a refusal goes back with the call's storage layer.
    fn pin_and_reserve(
        id: JobId,
        job: &mut Job,
        spec: &JobSpec,
        parties: &[OrgId],
        now: BlockNumber,
    ) -> Result<(), Error<T>> {
        let mut requirement = WorkerRequirement::default();
        let mut prices = Prices::default();
        for (dataset, owner) in spec.datasets.iter().zip(parties) {
            ensure!(T::Membership::is_active(*owner), Error::OwnerNotActive);
            let terms = T::Policies::check(spec, *dataset, parties, now)?;
            requirement = requirement.and(&terms.worker)?;
            if terms.price > 0 {
                let price = (*owner, terms.price);
                prices.0.try_push(price).map_err(|_| Error::TwoDatasetsOfOneOwner)?;
            }
            let pinned = PinnedPolicy {
                dataset: *dataset,
                owner: *owner,
                version: terms.version,
            };
            job.policies
                .try_push(pinned)
                .map_err(|_| Error::TwoDatasetsOfOneOwner)?;
        }
        job.requirement = requirement;
        for dataset in &spec.datasets {
            T::Policies::reserve(id, spec, *dataset)?;
        }
        T::Prices::hold(id, job.space, prices)?;
        Ok(())
    }

    /// Returns what looking through the workers that there are weighs.
    pub(crate) fn do_assign_job(who: AccountId, id: JobId) -> Result<Weight, DispatchError> {
        Self::member(&who)?;
        let mut job = Self::job(id)?;
        let now = Self::now();
        match &job.phase {
            JobPhase::Approved => {}
            JobPhase::Assigned => ensure!(Self::has_lost_worker(&job, now), Error::<T>::AlreadyAssigned),
            JobPhase::Proposed => return Err(Error::<T>::NotApproved.into()),
            JobPhase::Running { .. } => ensure!(Self::has_lost_worker(&job, now), Error::<T>::AlreadyRunning),
            _ => return Err(Error::<T>::JobEnded.into()),
        }
        if !Self::may_change_worker(id, &job) {
            // Another worker cannot take up what this one has begun, and it cannot go on.
            let phase = Self::lost_phase(&job);
            Self::finish(id, job, phase, Some(&who))?;
            return Ok(T::WeightInfo::end_job());
        }
        Self::ensure_not_stopped(id)?;
        let (worker, simulated) = Self::pick_worker(id, &job, now)?;
        Self::assign(Some(&who), id, &mut job, worker, simulated)?;
        Jobs::<T>::insert(id, job);
        Ok(T::WeightInfo::assign_job(T::Workers::count()))
    }

    /// The active worker with the fewest jobs among those that satisfy all pinned policies, and whether it is simulated.
    /// Among equals the job's id decides, so that jobs approved together spread.
    pub(super) fn pick_worker(id: JobId, job: &Job, now: BlockNumber) -> Result<(AccountId, bool), Error<T>> {
        let mut refused: Option<Violation> = None;
        let mut best: Vec<(AccountId, bool)> = Vec::new();
        let mut least = u32::MAX;
        for account in T::Workers::active(now) {
            let Some(worker) = T::Workers::worker(&account) else {
                continue;
            };
            if let Err(violation) = job.requirement.check(&worker) {
                refused = refused.or(Some(violation));
                continue;
            }
            let load = WorkerLoad::<T>::get(&account);
            if load < least {
                least = load;
                best.clear();
            }
            if load == least {
                best.push((account, worker.is_simulated()));
            }
        }
        if best.is_empty() {
            return Err(refused.map_or(Error::NoWorker, Error::from));
        }
        let turn = id.0 as usize % best.len();
        Ok(best.swap_remove(turn))
    }
}
