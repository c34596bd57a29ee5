//! The first of two workers: the one that the chain has assigned. It leads.

use super::{peers::PeerError, ProofError};
use crate::{
    desk::{Desk, DeskError, Hearing},
    step::{org_of, PartyRecord},
    store::StoreError,
    worker::Worker,
};
use secureflow_primitives::{JobId, OrgId};
use secureflow_secagg::PartyId;
use secureflow_validity::{self as validity, Contribution};
use secureflow_wire::{CallError, FinishRequest, RefusalCode, StepRef, VerifyRequest};
use std::collections::BTreeSet;
use tracing::{info, warn};

/// Why a part is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error("another contribution of this party was here before")]
    Conflict,
    #[error("the contribution is larger than agreed, or its two parts do not belong together: it does not count")]
    DoesNotHold,
    /// It may hold: the part is to come again.
    #[error("the second worker did not answer: {0}")]
    Second(#[source] PeerError),
}

impl PartError {
    /// Whether the part itself is at fault, whatever comes.
    fn is_the_partys(&self) -> bool {
        match self {
            Self::Proof(ProofError::Validity(error)) => matches!(error, validity::Error::Malformed(_)),
            Self::Second(PeerError::Call(CallError::Refused(refusal))) => {
                matches!(refusal.code, RefusalCode::Protocol | RefusalCode::Malformed)
            }
            _ => false,
        }
    }
}

/// Takes a party's part, and judges it together with the second worker. `true` where it is new and holds.
pub async fn take(
    worker: &Worker,
    desk: &Desk,
    party: PartyId,
    at: StepRef,
    part: Contribution,
    record: PartyRecord,
) -> Result<bool, PartError> {
    let place = (at.step, at.attempt);
    let hearing = desk.hear(party, place, record.utility).await?;
    if let Some(holds) = hearing.verdict {
        return known(worker, desk.job, place, party, &part, holds).await;
    }
    let judged = judge(worker, desk.job, at, org_of(party), &hearing, &part).await;
    let holds = match &judged {
        Ok(holds) => *holds,
        Err(error) if error.is_the_partys() => false,
        Err(_) => return judged,
    };
    let new = desk.judged(party, place, holds, record).await?;
    if !holds {
        let why = judged.err().map(|error| error.to_string()).unwrap_or_default();
        warn!(job = %desk.job, step = at.step, %party, why, "a contribution does not hold: the sum goes on without it");
        worker.metrics.unproven.inc();
        return Err(PartError::DoesNotHold);
    }
    info!(job = %desk.job, step = at.step, %party, "a contribution is proven to be bounded");
    Ok(new)
}

/// A part was judged before: a repeat is told the same again.
async fn known(
    worker: &Worker,
    job: JobId,
    place: (u32, u32),
    party: PartyId,
    part: &Contribution,
    holds: bool,
) -> Result<bool, PartError> {
    let kept = worker.store.part(job, place, org_of(party)).await?;
    match kept {
        Some(kept) if kept.contribution != *part => Err(PartError::Conflict),
        _ if !holds => Err(PartError::DoesNotHold),
        _ => Ok(false),
    }
}

async fn judge(
    worker: &Worker,
    job: JobId,
    at: StepRef,
    party: OrgId,
    hearing: &Hearing,
    part: &Contribution,
) -> Result<bool, PartError> {
    let place = (at.step, at.attempt);
    let message = hearing.terms.message(party, part).await?;
    if !worker.store.keep_part(job, place, party, part).await? {
        return Err(PartError::Conflict);
    }
    let request = VerifyRequest {
        job,
        at,
        length: hearing.terms.bound.length() as u64,
        key: hearing.terms.key.clone(),
        party,
        message,
    };
    let peer = match worker.peers.client(&*worker.chain, &hearing.second).await {
        Ok(client) => client.verify(request).await.map_err(PeerError::from),
        Err(error) => Err(error),
    };
    let peer = peer.map_err(|error| {
        worker.peers.forget(&hearing.second);
        PartError::Second(error)
    })?;
    let judged = hearing.terms.judge(party, part, peer.clone()).await?;
    let same = worker.store.judge_part(job, place, party, &peer, judged.holds).await?;
    // Two answers of the second worker about one part cannot be: its own store sees to it.
    same.then_some(judged.holds).ok_or(PartError::Conflict)
}

/// Asks the second worker for its share of the sum over these parties.
pub async fn ask_for_share(
    worker: &Worker,
    job: JobId,
    at: StepRef,
    second: &secureflow_primitives::AccountId,
    parties: &BTreeSet<OrgId>,
) -> Result<Vec<u8>, PeerError> {
    let request = FinishRequest {
        job,
        at,
        parties: parties.clone(),
    };
    let client = worker.peers.client(&*worker.chain, second).await?;
    let share = client.finish(request).await;
    if share.is_err() {
        worker.peers.forget(second);
    }
    Ok(share?)
}
