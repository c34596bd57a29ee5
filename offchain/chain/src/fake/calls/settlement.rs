//! How a reward is shared and paid. The fake holds no points: nothing is moved.

use secureflow_primitives::{
    audit::{Kind, Subject},
    job::JobPhase,
    revenue::{payouts, Settlement},
    AccountId, JobId,
};

use super::{bounded, failed, job, record, Inner};
use crate::{storage, ChainEvent, Result};

pub fn settle(inner: &mut Inner, signer: &AccountId, id: JobId, events: &mut Vec<ChainEvent>) -> Result<()> {
    let refuse = |error| failed("Revenue", error);
    let job = job(inner, id)?;
    let result = inner.get(&storage::result(id))?;
    let (result, _) = result
        .filter(|_| job.phase == JobPhase::Completed)
        .ok_or_else(|| refuse("NotCompleted"))?;
    if inner.get(&storage::settlement(id))?.is_some() {
        return Err(refuse("AlreadySettled"));
    }
    let agreement = inner.get(&storage::agreement(job.space))?;
    let agreement = agreement.ok_or_else(|| refuse("NoAgreement"))?;
    let payouts = payouts(&agreement.formula, &result.contributions, agreement.reward);
    let settlement = Settlement {
        space: job.space,
        payouts: bounded(payouts.ok_or_else(|| refuse("NoContracts"))?)?,
        agreement,
        at: inner.now(),
        claimed_at: None,
    };
    inner.put(&storage::settlement(id), &settlement);
    events.push(ChainEvent::Settled {
        job: id,
        amount: settlement.amount(),
        claimable_from: settlement.claimable_from(),
    });
    let space = Some(settlement.space);
    events.push(record(inner, Some(signer), space, Subject::Job(id), Kind::Settled)?);
    Ok(())
}

pub fn claim(inner: &mut Inner, signer: &AccountId, id: JobId, events: &mut Vec<ChainEvent>) -> Result<()> {
    let refuse = |error| failed("Revenue", error);
    let settlement = inner.get(&storage::settlement(id))?;
    let mut settlement = settlement.ok_or_else(|| refuse("NotSettled"))?;
    let now = inner.now();
    if settlement.claimed_at.is_some() {
        return Err(refuse("AlreadyClaimed"));
    }
    if now < settlement.claimable_from() {
        return Err(refuse("WindowOpen"));
    }
    settlement.claimed_at = Some(now);
    inner.put(&storage::settlement(id), &settlement);
    events.push(ChainEvent::Claimed {
        job: id,
        amount: settlement.amount(),
    });
    let space = Some(settlement.space);
    events.push(record(
        inner,
        Some(signer),
        space,
        Subject::Job(id),
        Kind::PayoutClaimed,
    )?);
    Ok(())
}
