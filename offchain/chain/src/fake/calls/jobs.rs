//! A job's way from its approval to its end.

use super::*;

pub(super) fn approve(inner: &mut Inner, signer: &AccountId, id: JobId, events: &mut Vec<ChainEvent>) -> Result<()> {
    let org = member(inner, "Collaborations", signer)?;
    let mut value = job(inner, id)?;
    if value.phase != JobPhase::Proposed {
        return Err(failed("Collaborations", "NotProposed"));
    }
    let spec = inner
        .get(&storage::spec(id))?
        .ok_or_else(|| failed("Collaborations", "UnknownJob"))?;
    let mut pinned = Vec::new();
    for dataset in &spec.datasets {
        let found = inner.get(&storage::dataset(*dataset))?;
        let found = found.ok_or_else(|| failed("Collaborations", "PolicyUnknownDataset"))?;
        pinned.push(PinnedPolicy {
            dataset: *dataset,
            owner: found.owner,
            version: found.policy,
        });
    }
    if !pinned.iter().any(|pinned| pinned.owner == org) {
        return Err(failed("Collaborations", "NotAParty"));
    }
    if value.approvals.contains(&org) {
        return Err(failed("Collaborations", "AlreadyApproved"));
    }
    value
        .approvals
        .try_push(org)
        .map_err(|_| failed("Collaborations", "NotAParty"))?;
    events.push(ChainEvent::JobApproved { job: id, org });
    events.push(record(
        inner,
        Some(signer),
        Some(value.space),
        Subject::Job(id),
        Kind::JobApproved,
    )?);
    let all = pinned.iter().all(|pinned| value.approvals.contains(&pinned.owner));
    if all {
        value.policies = bounded(pinned)?;
        value.phase = JobPhase::Approved;
        value.deadline = inner.now().saturating_add(spec.deadlines.start);
    }
    inner.put(&storage::job(id), &value);
    if all {
        assign(inner, id, events)?;
    }
    Ok(())
}

/// Gives the job to the first worker that is active. `false` when there is none.
pub(super) fn assign(inner: &mut Inner, id: JobId, events: &mut Vec<ChainEvent>) -> Result<bool> {
    let prefix = storage::workers();
    let now = inner.now();
    let mut active = None;
    for (key, value) in inner.pending.range(prefix.bytes().to_vec()..) {
        if !key.starts_with(prefix.bytes()) {
            break;
        }
        let worker = prefix.key(key.clone()).decode(value)?;
        if worker.is_active(now) {
            active = Some((prefix.decode_key(key)?, worker));
            break;
        }
    }
    let Some((account, worker)) = active else {
        return Ok(false);
    };
    let mut value = job(inner, id)?;
    value.phase = JobPhase::Assigned;
    value.worker = Some(account.clone());
    value.simulated = worker.is_simulated();
    inner.put(&storage::job(id), &value);
    events.push(ChainEvent::JobAssigned {
        job: id,
        worker: account,
    });
    events.push(record(
        inner,
        None,
        Some(value.space),
        Subject::Job(id),
        Kind::JobAssigned,
    )?);
    Ok(true)
}

/// The job of its assigned worker, its number of steps, and the worker.
pub(super) fn running(inner: &Inner, signer: &AccountId, id: JobId) -> Result<(Job, u32, Worker)> {
    let value = job(inner, id)?;
    if value.worker.as_ref() != Some(signer) {
        return Err(failed("Collaborations", "NotAssignedWorker"));
    }
    if value.phase.is_terminal() {
        return Err(failed("Collaborations", "JobEnded"));
    }
    let worker = inner
        .get(&storage::worker(signer))?
        .filter(|worker| worker.is_active(inner.now()));
    let worker = worker.ok_or_else(|| failed("Collaborations", "WorkerNotActive"))?;
    let spec = inner
        .get(&storage::spec(id))?
        .ok_or_else(|| failed("Collaborations", "UnknownJob"))?;
    Ok((value, spec.steps(), worker))
}

pub(super) fn signed(worker: &Worker, payload: H256, signature: &[u8; 64]) -> Result<()> {
    let key = VerifyingKey::from_bytes(&worker.registration.session_key);
    let valid = key.is_ok_and(|key| {
        key.verify_strict(payload.as_bytes(), &Signature::from_bytes(signature))
            .is_ok()
    });
    if valid {
        Ok(())
    } else {
        Err(failed("Collaborations", "BadSignature"))
    }
}
