//! The worker's part: a commitment per step, a result at the end.

use crate::{Config, Error, Event, Jobs, Pallet, Parties, Results, Rounds, Specs, WeightInfo};
use alloc::collections::BTreeSet;
use frame_support::ensure;
use secureflow_primitives::{
    attestation::Worker,
    audit::{Kind, Subject},
    bounds::MAX_ROUND_UTILITY,
    job::{result_payload, round_payload, Job, JobPhase, JobResult, JobSpec, RoundCommitment},
    revenue::CompletedJob,
    traits::{AuditLog, CompletedJobs, WorkerRegistry},
    AccountId, JobId, OrgId, Round, H256,
};
use sp_core::ed25519;
use sp_runtime::{DispatchError, Weight};

impl<T: Config> Pallet<T> {
    /// Returns what it weighs for this job's parties: the first commitment also takes the job from those that wait.
    pub(crate) fn do_submit_round(
        who: AccountId,
        id: JobId,
        commitment: RoundCommitment,
        signature: [u8; 64],
    ) -> Result<Weight, DispatchError> {
        let mut job = Self::job(id)?;
        let worker = Self::assigned_worker(&job, &who)?;
        Self::ensure_not_stopped(id)?;
        let spec = Specs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        let next = Self::next_step(&job)?;
        let round = commitment.round;
        ensure!(round.0 >= next, Error::<T>::RoundAlreadySubmitted);
        ensure!(next < spec.steps(), Error::<T>::NoRoundLeft);
        ensure!(round.0 == next, Error::<T>::RoundOutOfOrder);
        Self::check_participants(id, &spec, &commitment.participants)?;
        let payload = round_payload(Self::genesis_hash(), id, &commitment);
        ensure!(signed_by(&worker, payload, &signature), Error::<T>::BadSignature);

        Rounds::<T>::insert(id, round, (commitment, signature));
        let parties = spec.datasets.len() as u32;
        let mut weight = T::WeightInfo::submit_later_round(parties);
        if job.phase == JobPhase::Assigned {
            weight = T::WeightInfo::submit_round(parties);
            Self::no_longer_waiting(id, &spec.datasets);
        }
        job.phase = JobPhase::Running { round };
        Self::reschedule(id, &mut job, Self::now().saturating_add(spec.deadlines.round))?;
        let space = job.space;
        Jobs::<T>::insert(id, job);
        Self::deposit_event(Event::RoundSubmitted { job: id, round });
        T::Audit::record(Some(&who), Some(space), Subject::Job(id), Kind::RoundCommitted)?;
        Ok(weight)
    }

    /// Returns what it weighs for this job's parties.
    pub(crate) fn do_complete_job(
        who: AccountId,
        id: JobId,
        result: JobResult,
        signature: [u8; 64],
    ) -> Result<Weight, DispatchError> {
        let job = Self::job(id)?;
        let worker = Self::assigned_worker(&job, &who)?;
        let spec = Specs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        ensure!(Self::next_step(&job)? == spec.steps(), Error::<T>::StepsMissing);
        Self::check_result(id, &job, &spec, &worker, &result)?;
        let payload = result_payload(Self::genesis_hash(), id, &result);
        ensure!(signed_by(&worker, payload, &signature), Error::<T>::BadSignature);

        Results::<T>::insert(id, (result, signature));
        Self::finish(id, job, JobPhase::Completed, Some(&who))?;
        Ok(T::WeightInfo::complete_job(spec.datasets.len() as u32))
    }

    /// The signer as the job's worker, attested now, and as it was when the policies were asked about it.
    fn assigned_worker(job: &Job, who: &AccountId) -> Result<Worker, Error<T>> {
        Self::ensure_assigned(job, who)?;
        let worker = T::Workers::worker(who).ok_or(Error::WorkerNotActive)?;
        ensure!(worker.is_active(Self::now()), Error::WorkerNotActive);
        ensure!(Self::still_suits(job, &worker), Error::WorkerChanged);
        Ok(worker)
    }

    /// The job has a worker, the signer is it, and the job has not ended.
    pub(super) fn ensure_assigned(job: &Job, who: &AccountId) -> Result<(), Error<T>> {
        let worker = match &job.worker {
            Some(worker) => worker,
            None if job.phase.is_terminal() => return Err(Error::JobEnded),
            None => return Err(Error::NotAssigned),
        };
        ensure!(worker == who, Error::NotAssignedWorker);
        ensure!(!job.phase.is_terminal(), Error::JobEnded);
        Ok(())
    }

    /// The step whose commitment comes next.
    fn next_step(job: &Job) -> Result<u32, Error<T>> {
        match job.phase {
            JobPhase::Assigned => Ok(0),
            JobPhase::Running { round } => Ok(round.0.saturating_add(1)),
            _ => Err(Error::NotAssigned),
        }
    }

    fn check_participants(id: JobId, spec: &JobSpec, participants: &[OrgId]) -> Result<(), Error<T>> {
        let parties = Parties::<T>::get(id).ok_or(Error::UnknownJob)?;
        let mut seen = BTreeSet::new();
        for org in participants {
            ensure!(seen.insert(*org), Error::DuplicateParticipant);
            ensure!(parties.contains(org), Error::ParticipantNotInJob);
        }
        ensure!(seen.len() >= spec.min_parties as usize, Error::TooFewParticipants);
        Ok(())
    }

    fn check_result(id: JobId, job: &Job, spec: &JobSpec, worker: &Worker, result: &JobResult) -> Result<(), Error<T>> {
        ensure!(result.spec_hash == job.spec_hash, Error::SpecHashMismatch);
        let output = |step: u32| {
            Rounds::<T>::get(id, Round(step))
                .map(|(commitment, _)| commitment.output)
                .ok_or(Error::StepsMissing)
        };
        let (model, encoding) = match spec.model_and_encoding_steps() {
            Some((model, encoding)) => (output(model)?, output(encoding)?),
            None => Default::default(),
        };
        ensure!(result.encoding == encoding, Error::EncodingMismatch);
        ensure!(result.model == model, Error::ModelMismatch);
        ensure!(
            result.evaluation == output(spec.evaluation_step())?,
            Error::EvaluationMismatch
        );
        ensure!(result.measurement == worker.measurement, Error::MeasurementMismatch);
        ensure!(result.simulated == worker.is_simulated(), Error::SimulatedMismatch);

        let parties = Parties::<T>::get(id).ok_or(Error::UnknownJob)?;
        ensure!(!result.contributions.is_empty(), Error::NoContributions);
        let mut seen = BTreeSet::new();
        for contribution in &result.contributions {
            ensure!(seen.insert(contribution.party), Error::DuplicateContribution);
            ensure!(parties.contains(&contribution.party), Error::ContributionNotInJob);
            ensure!(contribution.steps <= spec.steps(), Error::ContributionStepsOutOfRange);
            ensure!(
                contribution.utility <= u64::from(spec.rounds).saturating_mul(MAX_ROUND_UTILITY),
                Error::ContributionUtilityOutOfRange
            );
        }
        Ok(())
    }
}

fn signed_by(worker: &Worker, payload: H256, signature: &[u8; 64]) -> bool {
    sp_io::crypto::ed25519_verify(
        &ed25519::Signature::from_raw(*signature),
        payload.as_bytes(),
        &ed25519::Public::from_raw(worker.registration.session_key),
    )
}

impl<T: Config> CompletedJobs for Pallet<T> {
    fn completed(id: JobId) -> Option<CompletedJob> {
        let job = Jobs::<T>::get(id).filter(|job| job.phase == JobPhase::Completed)?;
        let (result, _) = Results::<T>::get(id)?;
        Some(CompletedJob {
            job: id,
            space: job.space,
            contributions: result.contributions,
            receipts_root: result.receipts_root,
        })
    }
}
