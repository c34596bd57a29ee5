//! Sums of contributions that are proven to be bounded, as the first of two workers makes them.

use super::{orgs, Driver, TICK};
use crate::{
    desk::Attempt,
    error::DriverError,
    job::Impossible,
    proven::{
        first,
        run::ProvenRun,
        second::{self, SecondError},
        ProofError, Terms,
    },
    step::{org_of, PartyRecord},
};
use secureflow_chain::ChainExt;
use secureflow_plan::{PlanError, Step};
use secureflow_primitives::{job::FailReason, AccountId, OrgId};
use secureflow_secagg::{Outcome, PartyId};
use secureflow_service::backoff::Backoff;
use secureflow_validity::{self as validity, Bound, Party, Sums};
use secureflow_wire::StepRef;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tracing::{info, warn};

impl Driver {
    /// What contributions to a step are proven to be, where they are.
    pub(super) fn bound(&self, step: Step, length: usize) -> Result<Option<Bound>, DriverError> {
        let wrong = |error: PlanError| Impossible::new(FailReason::DataMismatch, None, error.to_string());
        Ok(self.info.plan.bound(step, length).map_err(wrong)?)
    }

    /// One sum, and what every party did in it.
    pub(super) async fn sum_proven(
        &self,
        index: u32,
        step: Step,
        bound: Bound,
    ) -> Result<(Outcome, BTreeMap<PartyId, PartyRecord>), DriverError> {
        let second = self.second().await?;
        self.open_proven(index, bound, &second).await?;
        let timeout = Duration::from_secs(self.info.plan.step_timeout_s().into());
        let parties = loop {
            let absent_after = self.worker.limits.absent_after();
            match self.desk.close_proven(timeout, absent_after).await? {
                Attempt::Open => self.desk.stirred(TICK).await,
                Attempt::Closed(parties) => break parties,
                Attempt::Short(missing) => self.try_proofs_again(index, bound, &second, &missing).await?,
            }
        };
        if let Some(outcome) = self.desk.outcome().await {
            return Ok(outcome);
        }
        let sum = self.add_up(index, step, &second, &parties).await?;
        let included = parties;
        self.desk.sum_proven(Outcome { sum, included }).await?;
        let outcome = self.desk.outcome().await;
        outcome.ok_or_else(|| DriverError::Contradiction("the step's sum is gone".into()))
    }

    async fn second(&self) -> Result<AccountId, DriverError> {
        let state = self.worker.chain.finalized_state().await?;
        let second = self.info.second(&state).await?;
        let none = "no second worker: the plan names none that another organisation operates than the first";
        Ok(second.ok_or_else(|| Impossible::new(FailReason::DataMismatch, None, none))?)
    }

    async fn open_proven(&self, index: u32, bound: Bound, second: &AccountId) -> Result<(), DriverError> {
        let trained = self.trained_before(index).await?;
        let record = self.worker.store.step(self.info.id, index).await?;
        let attempt = record.as_ref().map(|record| record.attempt).unwrap_or_default();
        let run = match record.and_then(|record| record.machine) {
            Some(machine) => {
                info!(step = index, attempt, "going on with the step");
                ProvenRun::restore((index, attempt), &machine, bound, second.clone(), trained)?
            }
            None => self.new_proven(index, attempt, bound, second, BTreeMap::new()).await?,
        };
        Ok(self.desk.open_proven(run).await?)
    }

    async fn new_proven(
        &self,
        index: u32,
        attempt: u32,
        bound: Bound,
        second: &AccountId,
        records: BTreeMap<PartyId, PartyRecord>,
    ) -> Result<ProvenRun, DriverError> {
        let genesis = self.worker.chain.genesis();
        let config = self.info.session(genesis, index, attempt, bound.length());
        info!(step = index, attempt, length = bound.length(), %second, "beginning the step, with proofs");
        let trained = self.trained_before(index).await?;
        let at = (index, attempt);
        Ok(ProvenRun::new(at, config, bound, second.clone(), records, trained))
    }

    /// Too few contributions hold.
    async fn try_proofs_again(
        &self,
        index: u32,
        bound: Bound,
        second: &AccountId,
        missing: &BTreeSet<PartyId>,
    ) -> Result<(), DriverError> {
        let record = self.worker.store.step(self.info.id, index).await?;
        let gone = || DriverError::Contradiction("the step's record is gone".into());
        let attempt = record.ok_or_else(gone)?.attempt + 1;
        let missing = orgs(missing);
        if attempt >= self.worker.limits.max_attempts {
            let text = format!("step {index} found too few contributions that hold {attempt} times");
            return Err(Impossible::new(FailReason::TooFewParties, missing.first().copied(), text).into());
        }
        warn!(
            step = index,
            attempt,
            ?missing,
            "too few contributions hold: beginning the step anew"
        );
        self.worker.metrics.attempts.inc();
        let records = self.desk.records().await;
        let run = self.new_proven(index, attempt, bound, second, records).await?;
        Ok(self.desk.open_proven(run).await?)
    }

    /// Both workers' shares of the sum, added up. Waits for the second for as long as the chain waits for the step.
    async fn add_up(
        &self,
        index: u32,
        step: Step,
        second: &AccountId,
        parties: &BTreeSet<PartyId>,
    ) -> Result<Vec<u64>, DriverError> {
        let gone = || DriverError::Contradiction("the step's record is gone".into());
        let (at, terms) = self.desk.proven_terms().await.ok_or_else(gone)?;
        let at = StepRef {
            step: at.0,
            attempt: at.1,
        };
        let orgs: BTreeSet<OrgId> = parties.iter().map(|party| org_of(*party)).collect();
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        let share = loop {
            match first::ask_for_share(&self.worker, self.info.id, at, second, &orgs).await {
                Ok(share) => break share,
                Err(error) => {
                    warn!(step = index, error = %crate::follow::Chain(&error), "the second worker gives no share")
                }
            }
            tokio::time::sleep(backoff.next_delay()).await;
        };
        let parts = second::parts(&self.worker, self.info.id, at, &orgs).await;
        let parts = parts.map_err(|error| match error {
            SecondError::Store(error) => DriverError::Store(error),
            other => DriverError::Contradiction(other.to_string()),
        })?;
        let own = terms.sum(&self.info.plan, step, parts).await.map_err(proof_failure)?;
        open(&terms, &own, &share).map_err(|text| Impossible::new(FailReason::Protocol, None, text).into())
    }
}

fn proof_failure(error: ProofError) -> DriverError {
    match error {
        // It passes: the driver goes on from what is on disk.
        ProofError::Interrupted => std::io::Error::other(error).into(),
        error => Impossible::new(FailReason::Protocol, None, format!("the sum cannot be made: {error}")).into(),
    }
}

/// The sum of both shares, in the ring that steps have.
fn open(terms: &Terms, own: &Sums, share: &[u8]) -> Result<Vec<u64>, String> {
    let parties: BTreeSet<Party> = own.parties().clone();
    let other = Sums::from_bytes(terms.bound, parties, share);
    let other = other.ok_or("the second worker's share of the sum is of the wrong form")?;
    let sum = validity::sum(own, &other).map_err(|error| error.to_string())?;
    let fits = |entry: i128| i64::try_from(entry).map(|entry| entry as u64);
    sum.into_iter()
        .map(fits)
        .collect::<Result<_, _>>()
        .map_err(|_| "the two workers' shares add up to a sum that parties cannot have sent".into())
}
