//! Runs one job from its assignment to its result. Everything is on disk before anybody hears of it, so the driver can be
//! dropped at any await and started again.

mod commit;
mod finish;
mod proven;

pub(crate) use finish::{describe, write_scale};

use crate::{
    computation::Computation,
    desk::{Desk, Tick},
    error::DriverError,
    job::{protocol_failure, Impossible, JobInfo},
    step::{org_of, party_of, PartyRecord, StepRun},
    store::JobState,
    worker::Worker,
};
use secureflow_chain::{At, ChainExt};
use secureflow_plan::Step;
use secureflow_primitives::{
    job::{FailReason, JobPhase, RoundCommitment},
    OrgId, Round, H256,
};
use secureflow_secagg::{Outcome, PartyId};
use secureflow_service::folder::Folder;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tracing::{info, warn};

/// How often the driver looks whether a phase's time is over.
const TICK: Duration = Duration::from_millis(500);

/// One job's driver.
pub struct Driver {
    pub(crate) worker: Arc<Worker>,
    pub(crate) info: JobInfo,
    pub(crate) desk: Arc<Desk>,
    pub(crate) folder: Folder,
}

impl Driver {
    pub fn new(worker: Arc<Worker>, info: JobInfo, desk: Arc<Desk>) -> Result<Self, DriverError> {
        let folder = worker.artefacts(info.id)?;
        Ok(Self {
            worker,
            info,
            desk,
            folder,
        })
    }

    /// Runs the job to its end. Errors that pass are the caller's to try again.
    pub async fn run(&self) -> Result<(), DriverError> {
        let job = self.info.id;
        let store = &self.worker.store;
        store.begin_job(job, self.info.spec.hash()).await?;
        let record = store
            .job(job)
            .await?
            .ok_or_else(|| DriverError::Contradiction("the job's record is gone".into()))?;
        if record.spec_hash != self.info.spec.hash() {
            return Err(DriverError::Contradiction("another job had this number".into()));
        }
        match record.state {
            JobState::Running => {}
            JobState::Done => return self.serve_files().await,
            JobState::Failed => return Err(DriverError::Ended(record.reason.unwrap_or_default())),
        }
        self.worker.journal.assigned(&self.info).await;
        self.folder
            .write(secureflow_plan::artefact::PLAN, &self.info.spec.plan)?;
        let mut computation = Computation::restore(
            self.info.plan.clone(),
            record.next_step,
            &self.folder,
            record.momentum.as_deref(),
        )?;
        if record.next_step > 0 {
            self.note_again(record.next_step).await?;
            info!(step = record.next_step, "going on with the job from its checkpoint");
        }
        for index in record.next_step..self.info.steps() {
            let step = self
                .info
                .step(index)
                .ok_or_else(|| DriverError::Contradiction("a step past the last".into()))?;
            let length = computation.vector_length(step)?;
            // Parties compute while the commitments to the steps before are on their way to a block. They look for them
            // before anything of theirs leaves.
            let sum = async {
                match self.bound(step, length)? {
                    Some(bound) => self.sum_proven(index, step, bound).await,
                    None => self.sum_up(index, length).await,
                }
            };
            let (_, (outcome, records)) = tokio::try_join!(self.commit_up_to(index), sum)?;
            self.take_sum(step, index, &mut computation, &outcome, records).await?;
        }
        self.commit_up_to(self.info.steps()).await?;
        self.finish(&computation).await?;
        self.serve_files().await
    }

    /// Queues the notes of finished steps that a crash may have kept from being queued.
    async fn note_again(&self, next_step: u32) -> Result<(), DriverError> {
        for step in 0..next_step {
            let record = self.worker.store.step(self.info.id, step).await?;
            if let Some(commitment) = record.and_then(|record| record.commitment) {
                self.worker.journal.step(&self.info, &commitment).await;
            }
        }
        Ok(())
    }

    /// One secure sum, and what every party did in it.
    async fn sum_up(
        &self,
        index: u32,
        length: usize,
    ) -> Result<(Outcome, BTreeMap<PartyId, PartyRecord>), DriverError> {
        self.open_step(index, length).await?;
        let timeout = Duration::from_secs(self.info.plan.step_timeout_s().into());
        let limits = &self.worker.limits;
        let mut waited_for = BTreeSet::new();
        loop {
            match self.desk.tick(timeout, limits.absent_after()).await? {
                Tick::Running => self.desk.stirred(TICK).await,
                Tick::Summed => break,
                Tick::Broken(error) => return Err(protocol_failure(&error).into()),
                Tick::Short { again: true, missing } => self.try_again(index, length, &missing).await?,
                Tick::Short { again: false, missing } => {
                    if missing != waited_for {
                        warn!(step = index, missing = ?orgs(&missing), "waiting for the unmasking shares");
                        waited_for.clone_from(&missing);
                    }
                    self.wait_for_shares(index, &missing).await?;
                }
            }
        }
        let outcome = self.desk.outcome().await;
        outcome.ok_or_else(|| DriverError::Contradiction("the step's sum is gone".into()))
    }

    /// Restores the step from its checkpoint, or begins it.
    async fn open_step(&self, index: u32, length: usize) -> Result<(), DriverError> {
        let job = self.info.id;
        let trained = self.trained_before(index).await?;
        let record = self.worker.store.step(job, index).await?;
        let attempt = record.as_ref().map(|record| record.attempt).unwrap_or_default();
        let saved = record.and_then(|record| Some((record.machine?, record.sum)));
        let run = match saved {
            Some((machine, sum)) => {
                let run = StepRun::restore(index, attempt, &machine, &sum, trained)?;
                info!(step = index, attempt, phase = ?run.phase(), "going on with the step");
                run
            }
            None => self.new_run(index, attempt, length, BTreeMap::new()).await?,
        };
        Ok(self.desk.open(run).await?)
    }

    async fn new_run(
        &self,
        index: u32,
        attempt: u32,
        length: usize,
        records: BTreeMap<PartyId, PartyRecord>,
    ) -> Result<StepRun, DriverError> {
        let chain = &*self.worker.chain;
        let state = chain.finalized_state().await?;
        let server = self
            .info
            .server(chain.genesis(), &state, index, attempt, length)
            .await?;
        info!(step = index, attempt, length, "beginning the step");
        let trained = self.trained_before(index).await?;
        Ok(StepRun::new(index, attempt, server, records, trained))
    }

    /// Whose updates are in the sum of the step before `index`, where that is a training round. None where rows are hidden by
    /// noise: such a job has no utilities.
    async fn trained_before(&self, index: u32) -> Result<BTreeSet<PartyId>, DriverError> {
        let before = index.checked_sub(1).filter(|_| self.info.plan.noise().is_none());
        let Some(before) = before else {
            return Ok(BTreeSet::new());
        };
        if !matches!(self.info.step(before), Some(Step::Train(_))) {
            return Ok(BTreeSet::new());
        }
        let record = self.worker.store.step(self.info.id, before).await?;
        let commitment = record.and_then(|record| record.commitment);
        let participants = commitment.map(|commitment| commitment.participants).unwrap_or_default();
        Ok(participants.iter().map(|org| party_of(*org)).collect())
    }

    /// Too few parties have sent their shares. Some may be out: another attempt could open the difference of two sums, so
    /// only the missing ones help. Where they do not come, the job is given up before its deadline on chain, at which it
    /// would end with this worker's name.
    async fn wait_for_shares(&self, index: u32, missing: &BTreeSet<PartyId>) -> Result<(), DriverError> {
        let margin = self.worker.limits.give_up_before_blocks;
        let margin = margin.min(self.info.spec.deadlines.round / 4);
        let state = self.worker.chain.state(At::Best).await?;
        let nearly_over = state.job(self.info.id).await?.is_some_and(|job| {
            // Until the commitment before is in a block, the deadline is that of an earlier step.
            let begun = match job.phase {
                JobPhase::Assigned => index == 0,
                JobPhase::Running { round } => round.0 + 1 == index,
                _ => false,
            };
            begun && state.block().number.saturating_add(margin) >= job.deadline
        });
        if nearly_over {
            let text = format!("step {index} lacks unmasking shares, and its time on chain is nearly over");
            return Err(Impossible::new(FailReason::TooFewParties, orgs(missing).first().copied(), text).into());
        }
        self.desk.stirred(self.worker.limits.refresh()).await;
        Ok(())
    }

    /// Too few parties answered in time, before any could unmask.
    async fn try_again(&self, index: u32, length: usize, missing: &BTreeSet<PartyId>) -> Result<(), DriverError> {
        let Some(record) = self.worker.store.step(self.info.id, index).await? else {
            return Err(DriverError::Contradiction("the step's record is gone".into()));
        };
        let missing = orgs(missing);
        let attempt = record.attempt + 1;
        if attempt >= self.worker.limits.max_attempts {
            let text = format!("step {index} found too few parties {attempt} times");
            return Err(Impossible::new(FailReason::TooFewParties, missing.first().copied(), text).into());
        }
        warn!(
            step = index,
            attempt,
            ?missing,
            "too few parties: beginning the step anew"
        );
        self.worker.metrics.attempts.inc();
        let records = self.desk.records().await;
        let run = self.new_run(index, attempt, length, records).await?;
        Ok(self.desk.open(run).await?)
    }

    /// Turns the sum into the step's output and writes both down.
    async fn take_sum(
        &self,
        step: Step,
        index: u32,
        computation: &mut Computation,
        outcome: &Outcome,
        records: BTreeMap<PartyId, PartyRecord>,
    ) -> Result<(), DriverError> {
        let participants: Vec<OrgId> = outcome.included.iter().map(|party| org_of(*party)).collect();
        let records: BTreeMap<OrgId, PartyRecord> = records
            .into_iter()
            .map(|(party, record)| (org_of(party), record))
            .filter(|(org, _)| participants.contains(org))
            .collect();
        if let Some(rows) = Computation::rows_of(step, &outcome.sum) {
            let claimed: u64 = records.values().map(|record| record.rows).sum();
            if claimed != rows {
                warn!(
                    step = index,
                    claimed, rows, "the parties' figures do not add up to the rows in the sum"
                );
            }
        }
        let output = computation.apply(step, &outcome.sum, participants.len() as u32)?;
        for (name, bytes) in &output.files {
            self.folder.write(name, bytes)?;
        }
        let participants = participants
            .try_into()
            .map_err(|_| DriverError::Contradiction("more participants than a job can have".into()))?;
        let commitment = RoundCommitment {
            round: Round(index),
            output: H256(output.commitment),
            participants,
        };
        let momentum = computation.momentum()?;
        self.worker
            .store
            .finish_step(self.info.id, &commitment, &records, momentum.as_deref())
            .await?;
        self.worker.journal.step(&self.info, &commitment).await;
        self.worker.metrics.steps.inc();
        let utility = records.values().map(|record| record.utility).sum();
        self.worker.metrics.utility.inc_by(utility);
        info!(step = index, participants = commitment.participants.len(), output = ?commitment.output, "the step has its sum");
        Ok(())
    }
}

fn orgs(parties: &BTreeSet<PartyId>) -> Vec<OrgId> {
    parties.iter().map(|party| org_of(*party)).collect()
}
