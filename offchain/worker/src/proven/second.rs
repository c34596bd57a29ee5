//! The second of two workers. It answers the first, and agrees to one sum of each step.
//!
//! It knows of a job what the chain says and what stands in its store, and keeps nothing in memory.

use super::{ProofError, Terms};
use crate::{
    follow::Chain as Sources,
    job::{Impossible, JobInfo},
    store::{Part, StoreError},
    worker::Worker,
};
use secureflow_chain::ChainExt;
use secureflow_plan::{threshold, PlanError};
use secureflow_primitives::{job::JobPhase, AccountId, JobId, OrgId};
use secureflow_secagg::SessionId;
use secureflow_validity::{self as validity, Contribution};
use secureflow_wire::{FinishRequest, Refusal, RefusalCode, StepRef, VerifyRequest};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{info, warn};

/// Seeds and commitments: a second worker's part is no longer.
const MAX_PART: usize = 4096;

#[derive(Debug, thiserror::Error)]
pub enum SecondError {
    #[error(transparent)]
    Chain(#[from] secureflow_chain::Error),
    #[error(transparent)]
    Job(#[from] Impossible),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error("this worker is not the job's second")]
    NotSecond,
    #[error("the certificate is not that of the job's first worker")]
    NotFirst,
    #[error("the organisation takes no part in this job")]
    NotAParty,
    #[error("the part of party {0} has not come yet")]
    NoPart(OrgId),
    #[error("the part is of the wrong form")]
    Form,
    #[error("the step is over, or another attempt at it, key or length was agreed to")]
    Other,
    #[error("a sum over other parties was made of this step: there is no second one")]
    Released,
    #[error("{found} parties, {needed} are needed")]
    TooFew { found: usize, needed: usize },
    #[error("the contribution of party {0} does not hold")]
    DoesNotHold(OrgId),
}

impl SecondError {
    pub fn refusal(&self) -> Refusal {
        let code = match self {
            Self::Chain(_) | Self::Store(_) => RefusalCode::Internal,
            Self::Proof(ProofError::Validity(validity::Error::Malformed(_))) | Self::Form => RefusalCode::Malformed,
            Self::Proof(ProofError::Validity(validity::Error::Conflicting(_))) => RefusalCode::Conflict,
            Self::Proof(ProofError::Interrupted) => RefusalCode::Internal,
            Self::NotFirst | Self::NotAParty => RefusalCode::NotAParty,
            Self::NotSecond => RefusalCode::UnknownJob,
            Self::NoPart(_) => RefusalCode::Busy,
            Self::Other => RefusalCode::Stale,
            Self::Released => RefusalCode::Conflict,
            Self::Job(_) | Self::Plan(_) | Self::Proof(_) | Self::TooFew { .. } | Self::DoesNotHold(_) => {
                RefusalCode::TooLate
            }
        };
        Refusal::new(code, Sources(self).to_string())
    }
}

/// A job that this worker is the second of.
struct Seconding {
    info: JobInfo,
    first: AccountId,
    first_fingerprint: [u8; 32],
}

impl Seconding {
    /// As the finalised chain has it.
    async fn of(worker: &Worker, job: JobId) -> Result<Self, SecondError> {
        let state = worker.chain.finalized_state().await?;
        let (Some(on_chain), Some(spec)) = (state.job(job).await?, state.spec(job).await?) else {
            return Err(SecondError::NotSecond);
        };
        if !matches!(on_chain.phase, JobPhase::Assigned | JobPhase::Running { .. }) {
            return Err(SecondError::NotSecond);
        }
        let info = JobInfo::new(job, &on_chain, spec)?;
        let second = info.second(&state).await?.ok_or(SecondError::NotSecond)?;
        if second != worker.account.account() {
            return Err(SecondError::NotSecond);
        }
        let first = state.worker(&info.worker).await?.ok_or(SecondError::NotFirst)?;
        Ok(Self {
            first: info.worker.clone(),
            info,
            first_fingerprint: first.registration.tls_fingerprint,
        })
    }

    async fn asked_by(worker: &Worker, job: JobId, fingerprint: &[u8; 32]) -> Result<Self, SecondError> {
        let seconding = Self::of(worker, job).await?;
        match seconding.first_fingerprint == *fingerprint {
            true => Ok(seconding),
            false => Err(SecondError::NotFirst),
        }
    }

    fn terms(&self, worker: &Worker, at: StepRef, length: usize, key: &[u8; 32]) -> Result<Terms, SecondError> {
        let step = self.info.step(at.step).ok_or(SecondError::Other)?;
        let bound = self.info.plan.bound(step, length)?.ok_or(SecondError::Other)?;
        let genesis = worker.chain.genesis().0;
        let job = self.info.id.0.into();
        Ok(Terms {
            bound,
            session: SessionId::derive(&genesis, job, self.first.as_ref(), at.step, at.attempt),
            key: zeroize::Zeroizing::new(*key),
            role: validity::Worker::Second,
        })
    }
}

/// Keeps a party's part until the first worker asks about it.
pub async fn keep(
    worker: &Worker,
    job: JobId,
    at: StepRef,
    party: OrgId,
    part: &Contribution,
) -> Result<(), SecondError> {
    let seconding = Seconding::of(worker, job).await?;
    if !seconding.info.parties.contains(&party) {
        return Err(SecondError::NotAParty);
    }
    if part.public.len() + part.share.len() > MAX_PART {
        return Err(SecondError::Form);
    }
    if seconding.info.step(at.step).is_none() {
        return Err(SecondError::Other);
    }
    match worker.store.keep_part(job, (at.step, at.attempt), party, part).await? {
        true => Ok(()),
        false => Err(SecondError::Other),
    }
}

/// Judges a party's part with the first worker's message about it, and gives this worker's.
pub async fn verify(worker: &Worker, fingerprint: &[u8; 32], request: VerifyRequest) -> Result<Vec<u8>, SecondError> {
    let VerifyRequest {
        job,
        at,
        length,
        key,
        party,
        message,
    } = request;
    let seconding = Seconding::asked_by(worker, job, fingerprint).await?;
    let (place, length) = ((at.step, at.attempt), length as usize);
    let terms = seconding.terms(worker, at, length, &key)?;
    let part = worker.store.part(job, place, party).await?;
    let part = part.ok_or(SecondError::NoPart(party))?;
    if !worker.store.second(job, place, length, &key).await? {
        return Err(SecondError::Other);
    }
    let judged = terms.judge(party, &part.contribution, message.clone()).await?;
    // A first worker that asks about one part in two ways might learn from the answers what is in it.
    if !worker
        .store
        .judge_part(job, place, party, &message, judged.holds)
        .await?
    {
        return Err(SecondError::Other);
    }
    if !judged.holds {
        warn!(%job, step = at.step, %party, "a contribution does not hold");
        worker.metrics.unproven.inc();
    }
    Ok(judged.message)
}

/// Gives this worker's share of the sum over these parties.
pub async fn finish(worker: &Worker, fingerprint: &[u8; 32], request: FinishRequest) -> Result<Vec<u8>, SecondError> {
    let FinishRequest { job, at, parties } = request;
    let seconding = Seconding::asked_by(worker, job, fingerprint).await?;
    // One at a time: two askers must not both find that nothing was given.
    let _turn = worker.finishing.lock().await;
    let seconded = worker.store.seconded(job, at.step).await?.ok_or(SecondError::Other)?;
    if seconded.attempt != at.attempt {
        return Err(SecondError::Other);
    }
    if let Some((over, sum)) = seconded.finished {
        return match over == parties {
            true => Ok(sum),
            false => Err(SecondError::Released),
        };
    }
    let info = &seconding.info;
    let needed = threshold(info.parties.len(), info.spec.min_parties);
    if parties.len() < needed {
        let found = parties.len();
        return Err(SecondError::TooFew { found, needed });
    }
    let parts = parts(worker, job, at, &parties).await?;
    let terms = seconding.terms(worker, at, seconded.length, &seconded.key)?;
    let step = info.step(at.step).ok_or(SecondError::Other)?;
    let sum = terms.sum(&info.plan, step, parts).await?.to_bytes();
    worker.store.finish_seconded(job, at.step, &parties, &sum).await?;
    info!(%job, step = at.step, parties = parties.len(), "this worker's share of the sum is made");
    Ok(sum)
}

/// The parts of these parties, all of which must hold, with the other worker's messages about them.
pub async fn parts(
    worker: &Worker,
    job: JobId,
    at: StepRef,
    parties: &BTreeSet<OrgId>,
) -> Result<BTreeMap<OrgId, (Part, Vec<u8>)>, SecondError> {
    let mut parts = BTreeMap::new();
    for party in parties {
        let part = worker.store.part(job, (at.step, at.attempt), *party).await?;
        let part = part.ok_or(SecondError::NoPart(*party))?;
        let (Some(true), Some(peer)) = (part.holds, part.peer.clone()) else {
            return Err(SecondError::DoesNotHold(*party));
        };
        parts.insert(*party, (part, peer));
    }
    Ok(parts)
}
