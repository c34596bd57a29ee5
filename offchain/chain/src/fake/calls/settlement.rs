//! How a reward is shared and paid. The fake holds no points: nothing is moved.

use secureflow_primitives::{
    audit::{Kind, Subject},
    job::{Job, JobPhase},
    revenue::{Prices, Settlement},
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
    let mut settlement = Settlement {
        space: job.space,
        agreement,
        prices: prices(inner, &job)?,
        payouts: Default::default(),
        at: inner.now(),
        claimed_at: None,
    };
    let payouts = settlement.payouts_of(&result.contributions);
    settlement.payouts = bounded(payouts.ok_or_else(|| refuse("NoContracts"))?)?;
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

/// What the pinned policies ask for.
fn prices(inner: &Inner, job: &Job) -> Result<Prices> {
    let mut prices = Vec::new();
    for pinned in &job.policies {
        let policy = inner.get(&storage::policy(pinned.dataset, pinned.version))?;
        let price = policy.map_or(0, |policy| policy.price);
        prices.extend((price > 0).then_some((pinned.owner, price)));
    }
    Ok(Prices(bounded(prices)?))
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
