//! What calls do to the fake's state.

mod audit;
mod jobs;
mod settlement;

use codec::{DecodeAll, Encode};
use ed25519_dalek::{Signature, VerifyingKey};
use secureflow_primitives::{
    attestation::Worker,
    audit::{Kind, Subject},
    job::{result_payload, round_payload, FailReason, Job, JobPhase, Party, PinnedPolicy, Space},
    policy::{Dataset, WorkerRequirement},
    AccountId, DatasetId, JobId, OrgId, PolicyVersion, Round, SpaceId, H256,
};

use self::{
    audit::record,
    jobs::{approve, assign, running, signed},
};
use super::{members, Inner};
use crate::{
    storage::{self, Key},
    Call, ChainEvent, Error, Result,
};

/// Blocks for which a worker's registration holds.
const VERDICT: u32 = 100_000;

pub(super) fn failed(pallet: &str, error: &str) -> Error {
    Error::Dispatch {
        pallet: pallet.into(),
        error: error.into(),
        docs: "refused by the fake chain".into(),
    }
}

fn bounded<T, U: TryFrom<T>>(value: T) -> Result<U> {
    U::try_from(value).map_err(|_| failed("System", "TooMany"))
}

/// Takes a number from a counter.
fn next<T: Encode + DecodeAll + Default + Copy>(
    inner: &mut Inner,
    pallet: &str,
    item: &str,
    after: impl Fn(T) -> T,
) -> Result<T> {
    let key = Key::<T>::raw(storage::item(pallet, item));
    let id = inner.get(&key)?.unwrap_or_default();
    inner.put(&key, &after(id));
    Ok(id)
}

fn member(inner: &Inner, pallet: &str, account: &AccountId) -> Result<OrgId> {
    inner
        .get(&storage::org_of(account))?
        .ok_or_else(|| failed(pallet, "NotMember"))
}

fn job(inner: &Inner, id: JobId) -> Result<Job> {
    inner
        .get(&storage::job(id))?
        .ok_or_else(|| failed("Collaborations", "UnknownJob"))
}

fn space(inner: &Inner, id: SpaceId) -> Result<Space> {
    inner
        .get(&storage::space(id))?
        .ok_or_else(|| failed("Collaborations", "UnknownSpace"))
}

/// Ends the jobs whose deadline the next block reaches.
pub(super) fn expire(inner: &mut Inner) -> Vec<ChainEvent> {
    let now = inner.now();
    let count = inner
        .get(&Key::<JobId>::raw(storage::item("Collaborations", "NextJob")))
        .ok()
        .flatten()
        .unwrap_or_default();
    let mut events = Vec::new();
    for id in (0..count.0).map(JobId) {
        let Ok(mut job) = job(inner, id) else { continue };
        if job.phase.is_terminal() || now < job.deadline {
            continue;
        }
        let worker = job.worker.clone().map(Party::Worker);
        job.deadline = 0;
        if matches!(job.phase, JobPhase::Running { .. }) {
            job.phase = JobPhase::Failed {
                reason: FailReason::Deadline,
                party: worker.clone(),
            };
            events.push(ChainEvent::JobFailed {
                job: id,
                reason: FailReason::Deadline,
                party: worker,
            });
        } else {
            job.phase = JobPhase::Expired {
                waiting_for: worker.clone(),
            };
            events.push(ChainEvent::JobExpired {
                job: id,
                waiting_for: worker,
            });
        }
        inner.put(&storage::job(id), &job);
    }
    events
}

/// Carries a call out, or says why not. On an error the caller restores the state.
pub(super) fn apply(inner: &mut Inner, signer: &AccountId, call: &Call) -> Result<Vec<ChainEvent>> {
    let mut events = Vec::new();
    if let Some(event) = members::voted(inner, call)? {
        return Ok(vec![event]);
    }
    match call.clone() {
        Call::NameValidators { validators } => events.push(members::name_validators(inner, signer, &validators)?),
        Call::NameNodes { nodes } => events.push(members::name_nodes(inner, signer, nodes)?),
        Call::SetKeys { keys } => {
            let org = member(inner, "Consortium", signer)?;
            let key = storage::organisation(org);
            let mut organisation = inner.get(&key)?.ok_or_else(|| failed("Consortium", "NotOwner"))?;
            organisation.keys = Some(keys);
            inner.put(&key, &organisation);
            events.push(ChainEvent::KeysSet { org });
        }
        Call::AddOperator { account } => {
            let org = member(inner, "Consortium", signer)?;
            inner.put(&storage::org_of(&account), &org);
            events.push(ChainEvent::OperatorAdded { org, account });
        }
        Call::RegisterDataset { registration } => {
            let owner = member(inner, "Policies", signer)?;
            let dataset = next(inner, "Policies", "NextDataset", |id: DatasetId| DatasetId(id.0 + 1))?;
            let value = Dataset {
                owner,
                registration,
                policy: PolicyVersion(0),
                retired: false,
                revoked: false,
            };
            inner.put(&storage::dataset(dataset), &value);
            events.push(ChainEvent::DatasetRegistered { dataset, owner });
        }
        Call::SetPolicy { dataset, policy } => {
            let key = storage::dataset(dataset);
            let mut value = inner.get(&key)?.ok_or_else(|| failed("Policies", "UnknownDataset"))?;
            if value.owner != member(inner, "Policies", signer)? {
                return Err(failed("Policies", "NotOwner"));
            }
            value.policy = PolicyVersion(value.policy.0 + 1);
            inner.put(&storage::policy(dataset, value.policy), &policy);
            inner.put(&key, &value);
            events.push(ChainEvent::PolicySet {
                dataset,
                version: value.policy,
            });
            let subject = Subject::Dataset(dataset);
            events.push(record(inner, Some(signer), None, subject, Kind::PolicySet)?);
        }
        Call::CreateSpace { name } => {
            let creator = member(inner, "Collaborations", signer)?;
            let id = next(inner, "Collaborations", "NextSpace", |id: SpaceId| SpaceId(id.0 + 1))?;
            let value = Space {
                name,
                creator,
                members: bounded(vec![creator])?,
                invited: bounded(vec![])?,
            };
            inner.put(&storage::space(id), &value);
            events.push(ChainEvent::SpaceCreated { space: id, creator });
        }
        Call::Invite { space: id, org } => {
            let mut value = space(inner, id)?;
            value
                .invited
                .try_push(org)
                .map_err(|_| failed("Collaborations", "SpaceFull"))?;
            inner.put(&storage::space(id), &value);
            events.push(ChainEvent::Invited { space: id, org });
        }
        Call::Accept { space: id } => {
            let org = member(inner, "Collaborations", signer)?;
            let mut value = space(inner, id)?;
            if !value.invited.contains(&org) {
                return Err(failed("Collaborations", "NotInvited"));
            }
            value.invited.retain(|invited| *invited != org);
            value
                .members
                .try_push(org)
                .map_err(|_| failed("Collaborations", "SpaceFull"))?;
            inner.put(&storage::space(id), &value);
            events.push(ChainEvent::InvitationAccepted { space: id, org });
        }
        Call::ProposeJob { space: id, spec } => {
            let proposer = member(inner, "Collaborations", signer)?;
            space(inner, id)?;
            let job = next(inner, "Collaborations", "NextJob", |id: JobId| JobId(id.0 + 1))?;
            let now = inner.now();
            let value = Job {
                space: id,
                proposer,
                spec_hash: spec.hash(),
                phase: JobPhase::Proposed,
                approvals: bounded(vec![])?,
                policies: bounded(vec![])?,
                requirement: WorkerRequirement::default(),
                worker: None,
                simulated: false,
                proposed_at: now,
                deadline: now.saturating_add(spec.deadlines.approval),
            };
            inner.put(&storage::job(job), &value);
            inner.put(&storage::spec(job), &spec);
            events.push(ChainEvent::JobProposed { job, space: id });
            events.push(record(
                inner,
                Some(signer),
                Some(id),
                Subject::Job(job),
                Kind::JobProposed,
            )?);
        }
        Call::ApproveJob { job } => approve(inner, signer, job, &mut events)?,
        Call::AssignJob { job: id } => {
            member(inner, "Collaborations", signer)?;
            if job(inner, id)?.phase != JobPhase::Approved {
                return Err(failed("Collaborations", "NotApproved"));
            }
            if !assign(inner, id, &mut events)? {
                return Err(failed("Collaborations", "NoWorker"));
            }
        }
        Call::SubmitRound {
            job: id,
            commitment,
            signature,
        } => {
            let (mut value, steps, worker) = running(inner, signer, id)?;
            let expected = match value.phase {
                JobPhase::Running { round } => round.0 + 1,
                _ => 0,
            };
            let round = commitment.round;
            match round.0 {
                found if found < expected => return Err(failed("Collaborations", "RoundAlreadySubmitted")),
                found if found >= steps => return Err(failed("Collaborations", "NoRoundLeft")),
                found if found > expected => return Err(failed("Collaborations", "RoundOutOfOrder")),
                _ => {}
            }
            signed(&worker, round_payload(genesis(inner), id, &commitment), &signature)?;
            let spec = inner
                .get(&storage::spec(id))?
                .ok_or_else(|| failed("Collaborations", "UnknownJob"))?;
            value.phase = JobPhase::Running { round };
            value.deadline = inner.now().saturating_add(spec.deadlines.round);
            inner.put(&storage::job(id), &value);
            inner.put(&storage::round(id, round), &(commitment, signature));
            events.push(ChainEvent::RoundSubmitted { job: id, round });
            events.push(record(
                inner,
                Some(signer),
                Some(value.space),
                Subject::Job(id),
                Kind::RoundCommitted,
            )?);
        }
        Call::CompleteJob {
            job: id,
            result,
            signature,
        } => {
            let (mut value, steps, worker) = running(inner, signer, id)?;
            if value.phase
                != (JobPhase::Running {
                    round: Round(steps - 1),
                })
            {
                return Err(failed("Collaborations", "StepsMissing"));
            }
            signed(&worker, result_payload(genesis(inner), id, &result), &signature)?;
            value.phase = JobPhase::Completed;
            value.deadline = 0;
            inner.put(&storage::job(id), &value);
            inner.put(&storage::result(id), &(result, signature));
            events.push(ChainEvent::JobCompleted { job: id });
            events.push(record(
                inner,
                Some(signer),
                Some(value.space),
                Subject::Job(id),
                Kind::JobCompleted,
            )?);
        }
        Call::FailJob { job: id, reason, party } => {
            let (mut value, ..) = running(inner, signer, id)?;
            value.phase = JobPhase::Failed {
                reason,
                party: party.clone(),
            };
            value.deadline = 0;
            inner.put(&storage::job(id), &value);
            events.push(ChainEvent::JobFailed { job: id, reason, party });
            let (space, subject) = (Some(value.space), Subject::Job(id));
            events.push(record(inner, Some(signer), space, subject, Kind::JobFailed)?);
        }
        Call::CancelJob { job: id } => {
            let mut value = job(inner, id)?;
            if value.proposer != member(inner, "Collaborations", signer)? {
                return Err(failed("Collaborations", "NotProposer"));
            }
            match value.phase {
                JobPhase::Running { .. } => return Err(failed("Collaborations", "AlreadyRunning")),
                ref phase if phase.is_terminal() => return Err(failed("Collaborations", "JobEnded")),
                _ => {}
            }
            value.phase = JobPhase::Cancelled;
            value.deadline = 0;
            inner.put(&storage::job(id), &value);
            events.push(ChainEvent::JobCancelled { job: id });
            let (space, subject) = (Some(value.space), Subject::Job(id));
            events.push(record(inner, Some(signer), space, subject, Kind::JobCancelled)?);
        }
        Call::RegisterWorker { registration, evidence } => {
            let operator = member(inner, "Attestations", signer)?;
            let secureflow_primitives::attestation::Evidence::Simulated(simulated) = &evidence else {
                return Err(failed("Attestations", "EvidenceKindMismatch"));
            };
            let expected = registration.report_data(genesis(inner), signer);
            if simulated.report.report_data != expected {
                return Err(failed("Attestations", "ReportDataMismatch"));
            }
            let (measurement, kind, now) = (simulated.report.measurement, evidence.kind(), inner.now());
            let value = Worker {
                operator,
                registration,
                kind,
                measurement,
                evidence_hash: evidence.hash(),
                registered_at: now,
                expires_at: now + VERDICT,
                revoked: false,
            };
            inner.put(&storage::worker(signer), &value);
            let expires_at = value.expires_at;
            events.push(ChainEvent::WorkerRegistered {
                worker: signer.clone(),
                measurement,
                kind,
                expires_at,
            });
        }
        Call::SetAgreement { space, agreement } => {
            inner.put(&storage::agreement(space), &agreement);
            events.push(ChainEvent::AgreementSet { space });
            let (of, subject) = (Some(space), Subject::Space(space));
            events.push(record(inner, Some(signer), of, subject, Kind::AgreementSet)?);
        }
        Call::Settle { job: id } => settlement::settle(inner, signer, id, &mut events)?,
        Call::Claim { job: id } => settlement::claim(inner, signer, id, &mut events)?,
        Call::Detailed {
            space,
            epoch,
            ciphertext,
            call,
        } => {
            audit::carry(inner, space, epoch, ciphertext, &call)?;
            events = apply(inner, signer, &call)?;
            inner.carried = None;
        }
        Call::AppendNote {
            space,
            epoch,
            subject,
            ciphertext,
        } => events.push(audit::append(inner, signer, space, epoch, subject, ciphertext)?),
        Call::GrantAuditor { space, org } => audit::grant(inner, signer, space, org, &mut events)?,
        Call::RevokeAuditor { space, org } => audit::revoke(inner, signer, space, org, &mut events)?,
        Call::RotateEpoch { space } => audit::rotate(inner, signer, space, &mut events)?,
        other => {
            let (pallet, name) = other.name();
            return Err(Error::Incompatible(format!(
                "the fake chain does not know {pallet}.{name}"
            )));
        }
    }
    Ok(events)
}

fn genesis(inner: &Inner) -> H256 {
    inner.blocks[0].hash
}
