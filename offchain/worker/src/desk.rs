//! Where the parties of one job come with their messages, and the job's driver looks after the step under way.
//!
//! Every change goes to the database before anybody hears of it.

mod presence;
mod proven;

pub use presence::Presence;
pub use proven::{Attempt, Hearing};

use crate::{
    job::JobInfo,
    progress::{self, Progress as ProgressReport, Under},
    proven::run::ProvenRun,
    step::{party_of, CheckpointError, PartyRecord, StepRun, Submission},
    store::{Store, StoreError},
};
use secureflow_plan::Steps;
use secureflow_primitives::JobId;
use secureflow_secagg::{self as secagg, PartyId, Progress, ServerMessage, ServerStep};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{watch, Mutex};

/// A file that a party may fetch once the job is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    pub name: String,
    pub size: u64,
    pub hash: [u8; 32],
}

/// What a party says of itself when it asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The step and attempt that it has begun, if any.
    pub begun: Option<(u32, u32)>,
    /// The server's messages of that attempt that it has answered.
    pub answered: u32,
    /// Whether it is computing its vector now.
    pub computing: bool,
}

/// What a party is told.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing to do for now.
    Wait,
    /// A step begins; it `began` its present phase then.
    Start {
        step: u32,
        attempt: u32,
        config: Box<secagg::Config>,
        began: Instant,
    },
    Message {
        step: u32,
        attempt: u32,
        message: ServerMessage,
    },
    Done(Arc<Vec<FileEntry>>),
    Failed(String),
}

#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The message belongs to a step or an attempt that is not the present one.
    #[error("the message is not for the step under way")]
    Stale,
    /// The driver has not restored the step yet: the message may belong to it, so that it must come again.
    #[error("the worker is taking the job up again")]
    NotReady,
    /// The sum is being made without it.
    #[error("the step has gone on without this party")]
    Closed,
    #[error("not a party of this job")]
    NotAParty,
    #[error("a utility of {found} millionths is reported, where at most {most} are possible in this step")]
    Utility { found: u64, most: u64 },
    #[error(transparent)]
    Machine(#[from] secagg::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// What became of the time that a phase may take.
#[derive(Debug)]
pub enum Tick {
    /// It is not over.
    Running,
    /// The sum is known.
    Summed,
    /// The threshold was missed. `again`: nothing was revealed, and another attempt may be made.
    Short { again: bool, missing: BTreeSet<PartyId> },
    /// The step cannot succeed.
    Broken(secagg::Error),
}

enum State {
    Idle,
    Step(Box<StepRun>),
    Proven(Box<ProvenRun>),
    Done(Arc<Vec<FileEntry>>),
    Failed(String),
}

/// The desk of one job.
pub struct Desk {
    pub job: JobId,
    pub steps: Steps,
    pub step_timeout_s: u32,
    parties: BTreeSet<PartyId>,
    state: Mutex<State>,
    changed: watch::Sender<()>,
    presence: Presence,
    store: Store,
}

impl Desk {
    pub fn new(info: &JobInfo, store: Store) -> Self {
        let parties: BTreeSet<PartyId> = info.parties.iter().map(|org| party_of(*org)).collect();
        Self {
            job: info.id,
            steps: info.plan.steps(),
            step_timeout_s: info.plan.step_timeout_s(),
            presence: Presence::new(&parties),
            parties,
            state: Mutex::new(State::Idle),
            changed: watch::Sender::new(()),
            store,
        }
    }

    pub fn parties(&self) -> &BTreeSet<PartyId> {
        &self.parties
    }

    /// A party asks for what it should do; waits up to `hold` while there is nothing.
    pub async fn poll(&self, party: PartyId, standing: Standing, hold: Duration) -> Result<Reply, DeskError> {
        if !self.parties.contains(&party) {
            return Err(DeskError::NotAParty);
        }
        let _here = self.presence.enter(party, standing.computing);
        let deadline = tokio::time::Instant::now() + hold;
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let reply = self.reply(party, standing).await;
            if !matches!(reply, Reply::Wait) {
                return Ok(reply);
            }
            // The sender lives as long as the desk, so only the time can end this.
            if tokio::time::timeout_at(deadline, changed.changed()).await.is_err() {
                return Ok(Reply::Wait);
            }
        }
    }

    async fn reply(&self, party: PartyId, standing: Standing) -> Reply {
        let state = self.state.lock().await;
        let run = match &*state {
            State::Idle => return Reply::Wait,
            State::Done(files) => return Reply::Done(files.clone()),
            State::Failed(reason) => return Reply::Failed(reason.clone()),
            State::Proven(run) => return reply_proven(run, party, standing),
            State::Step(run) => run,
        };
        let (step, attempt) = (run.index, run.attempt);
        if standing.begun != Some((step, attempt)) {
            return match run.may_begin(party) {
                true => Reply::Start {
                    step,
                    attempt,
                    config: Box::new(run.config().clone()),
                    began: run.since(),
                },
                false => Reply::Wait,
            };
        }
        match run.message_for(party, standing.answered) {
            Some(message) => Reply::Message { step, attempt, message },
            None => Reply::Wait,
        }
    }

    /// Takes a party's message; `true` where it was new. It is on disk when this returns.
    pub async fn submit(&self, party: PartyId, submission: Submission) -> Result<bool, DeskError> {
        if !self.parties.contains(&party) {
            return Err(DeskError::NotAParty);
        }
        self.presence.touch(party);
        let mut state = self.state.lock().await;
        let run = match &mut *state {
            State::Step(run) => run,
            State::Idle => return Err(DeskError::NotReady),
            State::Proven(_) | State::Done(_) | State::Failed(_) => return Err(DeskError::Stale),
        };
        if (run.index, run.attempt) != (submission.step, submission.attempt) {
            return Err(DeskError::Stale);
        }
        let (found, most) = (submission.utility, run.most_utility(party));
        if found > most {
            return Err(DeskError::Utility { found, most });
        }
        let progress = match run.handle(party, submission) {
            Ok(progress) => progress,
            Err(error) => {
                if run.broken().is_some() {
                    self.changed.send_replace(());
                }
                return Err(error.into());
            }
        };
        if progress == Progress::Unchanged {
            return Ok(false);
        }
        self.save(&mut state).await?;
        self.changed.send_replace(());
        Ok(true)
    }

    /// Writes the step down. Where that fails the machine is given up: the driver begins again from what is on disk.
    async fn save(&self, state: &mut State) -> Result<(), DeskError> {
        let (checkpoint, (index, attempt)) = match state {
            State::Step(run) => (run.save(), (run.index, run.attempt)),
            State::Proven(run) => (run.save(), run.at()),
            _ => return Ok(()),
        };
        let saved = match checkpoint {
            Ok(checkpoint) => self
                .store
                .save_step(self.job, index, attempt, &checkpoint)
                .await
                .map_err(DeskError::from),
            Err(error) => Err(error.into()),
        };
        if saved.is_err() {
            *state = State::Idle;
            self.changed.send_replace(());
        }
        saved
    }

    /// Begins a step or goes on with a restored one.
    pub async fn open(&self, run: StepRun) -> Result<(), DeskError> {
        let mut state = self.state.lock().await;
        *state = State::Step(Box::new(run));
        self.save(&mut state).await?;
        self.presence.restart();
        self.changed.send_replace(());
        Ok(())
    }

    /// Lets the phase end where its time is over, or where those still missing have not been heard of for a while.
    pub async fn tick(&self, timeout: Duration, absent_after: Duration) -> Result<Tick, DeskError> {
        let mut state = self.state.lock().await;
        let State::Step(run) = &mut *state else {
            return Err(DeskError::Stale);
        };
        if run.outcome().is_some() {
            return Ok(Tick::Summed);
        }
        if let Some(error) = run.broken() {
            return Ok(Tick::Broken(error.clone()));
        }
        let now = Instant::now();
        let missing = run.waiting_for();
        let waited = now.duration_since(run.since());
        let gone = waited >= absent_after
            && missing
                .iter()
                .all(|party| self.presence.is_gone(*party, now, absent_after));
        if waited < timeout && !(gone && run.suffices()) {
            return Ok(Tick::Running);
        }
        match run.deadline() {
            Ok(Progress::Unchanged) => Ok(Tick::Running),
            Ok(_) => {
                let summed = run.outcome().is_some();
                self.save(&mut state).await?;
                self.changed.send_replace(());
                Ok(if summed { Tick::Summed } else { Tick::Running })
            }
            Err(secagg::Error::BelowThreshold { missing, .. }) => Ok(Tick::Short {
                again: !run.unmasking_started(),
                missing,
            }),
            Err(error) if error.is_retryable() => Ok(Tick::Running),
            Err(error) => Ok(Tick::Broken(error)),
        }
    }

    /// Waits until something happened at the desk, or `at_most` so long.
    pub async fn stirred(&self, at_most: Duration) {
        let mut changed = self.changed.subscribe();
        changed.mark_unchanged();
        let _ = tokio::time::timeout(at_most, changed.changed()).await;
    }

    /// The sum, who is in it, and what every party did in the step.
    pub async fn outcome(&self) -> Option<(secagg::Outcome, BTreeMap<PartyId, PartyRecord>)> {
        match &*self.state.lock().await {
            State::Step(run) => Some((run.outcome()?.clone(), run.records().clone())),
            State::Proven(run) => Some((run.outcome()?.clone(), run.records().clone())),
            _ => None,
        }
    }

    /// What the parties have done in the step so far.
    pub async fn records(&self) -> BTreeMap<PartyId, PartyRecord> {
        match &*self.state.lock().await {
            State::Step(run) => run.records().clone(),
            State::Proven(run) => run.records().clone(),
            _ => BTreeMap::new(),
        }
    }

    pub async fn complete(&self, files: Vec<FileEntry>) {
        *self.state.lock().await = State::Done(Arc::new(files));
        self.changed.send_replace(());
    }

    pub async fn fail(&self, reason: String) {
        *self.state.lock().await = State::Failed(reason);
        self.changed.send_replace(());
    }

    /// What may be shown to those who watch.
    pub async fn progress(&self) -> ProgressReport {
        let state = self.state.lock().await;
        let mut report = ProgressReport::empty(self.job, self.steps);
        match &*state {
            State::Idle => report.phase = "submitting",
            State::Done(_) => {
                report.phase = "done";
                report.step = report.steps_total;
            }
            State::Failed(reason) => {
                report.phase = "failed";
                report.reason = Some(reason.clone());
            }
            State::Step(run) => {
                report.step = run.index;
                report.attempt = run.attempt;
                report.step_name = self.steps.at(run.index).map(|step| step.to_string());
                report.phase = if run.phase() == ServerStep::Done {
                    "submitting"
                } else {
                    "running"
                };
                report.collecting = Some(progress::phase_name(run.phase()));
            }
            State::Proven(run) => {
                (report.step, report.attempt) = run.at();
                report.step_name = self.steps.at(run.index).map(|step| step.to_string());
                report.phase = match run.outcome() {
                    Some(_) => "submitting",
                    None => "running",
                };
                report.collecting = Some(match run.closing() {
                    Some(_) => "done",
                    None => "proofs",
                });
            }
        }
        let run = match &*state {
            State::Step(run) => Some(Under::Masks(run)),
            State::Proven(run) => Some(Under::Proofs(run)),
            _ => None,
        };
        report.parties = self
            .parties
            .iter()
            .map(|party| progress::party(*party, run, &self.presence, matches!(*state, State::Done(_))))
            .collect();
        report
    }
}

/// A party that has sent its part has nothing to answer: the next it hears is the next step.
fn reply_proven(run: &ProvenRun, party: PartyId, standing: Standing) -> Reply {
    let (step, attempt) = run.at();
    match standing.begun != Some((step, attempt)) && run.may_begin(party) {
        true => Reply::Start {
            step,
            attempt,
            config: Box::new(run.config().clone()),
            began: run.since(),
        },
        false => Reply::Wait,
    }
}
