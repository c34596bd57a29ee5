//! Takes part in one job: asks its worker what to do, checks it against the chain, computes, sends.
//!
//! Everything that leaves is on disk before, so that the participant can be dropped at any await and started again.

mod finish;
mod inputs;
mod link;
mod session;
mod utility;

use crate::{
    admission::{NotATraining, Participation},
    agent::Agent,
    compute::{ComputeError, Computed, Data, Task},
    store::{JobState, StoreError},
};
use inputs::{Inputs, Offered};
use link::Link;
use secureflow_secagg as secagg;
use secureflow_service::{backoff::Backoff, folder::Folder};
use secureflow_wire::{Artefact, CallError, PollReply, PollRequest, RefusalCode, StepRef, StepStart};
use session::{Links, Session};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use tracing::{info, warn};

#[derive(Debug, thiserror::Error)]
pub enum ParticipantError {
    #[error(transparent)]
    Chain(#[from] secureflow_chain::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the worker's address or certificate cannot be used")]
    Tls(#[from] secureflow_wire::tls::TlsError),
    #[error("the worker is not registered")]
    NoWorker,
    #[error("the worker asks for something that the chain does not allow: {0}")]
    Worker(String),
    #[error("the commitment of step {0} is not on chain yet")]
    NotCommitted(u32),
    #[error("the file {0} does not fit the chain's commitment")]
    Mismatch(String),
    #[error(transparent)]
    NotATraining(#[from] NotATraining),
    #[error("the aggregation machine refuses")]
    Machine(#[from] secagg::Error),
    #[error("this organisation's vector is not within what the plan allows a party: {0}")]
    Bound(#[from] secureflow_validity::Error),
    #[error("the computation of a proof was interrupted")]
    Interrupted,
    #[error("the checkpoint of a step is not readable")]
    Checkpoint(#[from] postcard::Error),
    #[error("cannot write an artefact")]
    Io(#[from] std::io::Error),
    /// This organisation's data cannot be computed with; trying again would not help.
    #[error("this organisation's vector cannot be computed")]
    Compute(#[from] ComputeError),
}

/// The computation of a vector that is under way.
struct Computing {
    start: StepStart,
    task: Task,
    /// What the task takes on the worker's word so far.
    offered: Option<Offered>,
    computed: JoinHandle<Result<Computed, ComputeError>>,
}

pub struct Participant {
    agent: Arc<Agent>,
    part: Participation,
    data: Arc<Data>,
    folder: Folder,
    inputs: Inputs,
    link: Link,
    /// To the second worker, where the job has two.
    second: Option<Link>,
    session: Option<Session>,
    computing: Option<Computing>,
    /// The vector of a step, for another attempt at it.
    computed: Option<(u32, Computed)>,
}

impl Participant {
    pub fn new(agent: Arc<Agent>, part: Participation, data: Arc<Data>) -> Result<Self, ParticipantError> {
        let folder = agent.artefacts(part.id)?;
        Ok(Self {
            link: Link::new(agent.clone(), part.id, part.worker.clone()),
            second: part
                .second
                .clone()
                .map(|second| Link::new(agent.clone(), part.id, second)),
            inputs: Inputs::default(),
            agent,
            part,
            data,
            folder,
            session: None,
            computing: None,
            computed: None,
        })
    }

    /// Takes part until the job is done and its files are here.
    pub async fn run(&mut self) -> Result<(), ParticipantError> {
        self.folder
            .write(secureflow_plan::artefact::PLAN, &self.part.spec.plan)?;
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        if let Some(session) = Session::restore(&self.agent, &self.part).await? {
            info!(
                step = session.at().step,
                attempt = session.at().attempt,
                "going on with the step from its checkpoint"
            );
            self.session = Some(session);
        }
        loop {
            let turn = self.turn().await;
            match turn {
                Ok(Some(files)) => match self.finish(&files).await {
                    Ok(()) => return Ok(()),
                    Err(error) => self.complain(&error),
                },
                Ok(None) => {
                    backoff.reset();
                    continue;
                }
                Err(error @ (ParticipantError::Compute(_) | ParticipantError::Bound(_))) => return Err(error),
                Err(error) => self.complain(&error),
            }
            if backoff.failures() > 0 {
                // The worker may have come back at another address.
                self.link.drop_connection();
                if let Some(second) = &mut self.second {
                    second.drop_connection();
                }
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }

    fn complain(&self, error: &ParticipantError) {
        let text = crate::follow::Sources(error).to_string();
        warn!(error = text, "trying again");
        self.agent.change_view(self.part.id, |view| view.doing = text);
    }

    /// One exchange with the worker. Gives the files once the job is done.
    async fn turn(&mut self) -> Result<Option<Vec<Artefact>>, ParticipantError> {
        if let Some(session) = &mut self.session {
            let links = Links {
                first: &mut self.link,
                second: self.second.as_mut(),
            };
            session.send_unsent(&self.agent, links).await?;
        }
        let request = PollRequest {
            job: self.part.id,
            begun: match (&self.computing, &self.session) {
                (Some(computing), _) => Some(computing.start.at),
                (None, Some(session)) => Some(session.at()),
                (None, None) => None,
            },
            answered: match (&self.computing, &self.session) {
                (None, Some(session)) => session.answered(),
                _ => 0,
            },
            computing: self.computing.is_some(),
            wait: self.agent.limits.poll_wait(),
        };
        let Some(computing) = &mut self.computing else {
            let reply = self.link.poll(request).await?;
            return self.follow(reply).await;
        };
        // Asking goes on meanwhile: it shows the worker that this party is there.
        tokio::select! {
            computed = &mut computing.computed => {
                let computed = computed.map_err(|_| ComputeError::Interrupted)??;
                self.begin(computed).await?;
                Ok(None)
            }
            reply = self.link.poll(request) => {
                let reply = reply?;
                self.follow(reply).await
            }
        }
    }

    async fn follow(&mut self, reply: PollReply) -> Result<Option<Vec<Artefact>>, ParticipantError> {
        match reply {
            PollReply::Nothing => {}
            PollReply::Start(start) => self.start(*start).await?,
            PollReply::Message { at, message } => self.answer(at, &message).await?,
            PollReply::Done(files) => return Ok(Some(files)),
            // The chain decides whether the job has failed, and it ends this task when it has.
            PollReply::Failed { reason, .. } => {
                return Err(ParticipantError::Worker(format!(
                    "it says that the job has failed: {reason}"
                )));
            }
            PollReply::Refused(refusal) if refusal.code == RefusalCode::UnknownJob => {
                self.agent
                    .change_view(self.part.id, |view| view.doing = "waiting for the worker".into());
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            PollReply::Refused(refusal) => return Err(CallError::Refused(refusal).into()),
        }
        Ok(None)
    }

    /// The worker begins an attempt at a step: checks it and starts to compute.
    async fn start(&mut self, start: StepStart) -> Result<(), ParticipantError> {
        let at = start.at;
        let steps = self.part.plan.steps();
        let step = steps
            .at(at.step)
            .ok_or_else(|| ParticipantError::Worker(format!("there is no step {}", at.step)))?;
        self.check_order(at).await?;
        if let Some(session) = Session::restore(&self.agent, &self.part)
            .await?
            .filter(|session| session.at() == at)
        {
            // This attempt was begun already; a second machine for it would contradict the first.
            self.session = Some(session);
            return Ok(());
        }
        let (task, offered) = self.task(step, &start).await?;
        self.check_start(&start, step)?;
        info!(step = at.step, attempt = at.attempt, "the step begins");
        self.agent.metrics.steps.inc();
        self.agent.change_view(self.part.id, |view| {
            view.step = Some(at.step);
            view.step_name = Some(step.to_string());
            view.attempt = at.attempt;
            view.doing = "computing".into();
        });
        if let Some(earlier) = self.session.take() {
            earlier.end(&self.agent, &self.part).await?;
        }
        let computed = match self.computed.take().filter(|(of, _)| *of == at.step) {
            Some((_, computed)) => tokio::spawn(async move { Ok(computed) }),
            None => self.compute(task.clone()),
        };
        self.computing = Some(Computing {
            start,
            task,
            offered,
            computed,
        });
        Ok(())
    }

    /// Computes beside everything else, when it is this job's turn.
    fn compute(&self, task: Task) -> JoinHandle<Result<Computed, ComputeError>> {
        let (data, computations) = (self.data.clone(), self.agent.computations.clone());
        tokio::spawn(async move {
            let turn = computations
                .acquire_owned()
                .await
                .map_err(|_| ComputeError::Interrupted)?;
            let computed = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                data.compute(&task)
            });
            computed.await.map_err(|_| ComputeError::Interrupted)?
        })
    }

    /// Steps only go forward, and a step whose shares are out is never begun again.
    async fn check_order(&self, at: StepRef) -> Result<(), ParticipantError> {
        let begun = match (&self.computing, &self.session) {
            (Some(computing), _) => Some(computing.start.at),
            (None, Some(session)) => Some(session.at()),
            (None, None) => None,
        };
        if begun.is_some_and(|begun| at <= begun) {
            let text = format!("step {} attempt {} is over", at.step, at.attempt);
            return Err(ParticipantError::Worker(text));
        }
        let record = self.agent.store.step(self.part.id, at.step).await?;
        match record.and_then(|record| record.revealed) {
            Some(attempt) if attempt != at.attempt => Err(StoreError::Revealed.into()),
            _ => Ok(()),
        }
    }

    /// The vector is there: makes sure of what it was computed from, makes the machine, saves it, and sends its first
    /// message.
    async fn begin(&mut self, computed: Computed) -> Result<(), ParticipantError> {
        let Some(Computing {
            start, task, offered, ..
        }) = self.computing.take()
        else {
            return Ok(());
        };
        if let Some(offered) = offered {
            self.prove(start.at.step, offered).await?;
        }
        let seconds = computed.compute_ms as f64 / 1000.0;
        self.agent.metrics.compute.inc_by(seconds);
        self.agent
            .change_view(self.part.id, |view| view.doing = "aggregating".into());
        self.computed = Some((start.at.step, computed.clone()));
        let utility = self.utility(&task).await?;
        let session = Session::begin(&self.agent, &self.part, start.at, computed, utility).await?;
        self.session = Some(session);
        Ok(())
    }

    async fn answer(&mut self, at: StepRef, message: &secagg::ServerMessage) -> Result<(), ParticipantError> {
        match &mut self.session {
            Some(session) if session.at() == at => {
                if let Err(error) = session.handle(&self.agent, message).await {
                    // The machine may be ahead of the disk: what is on disk counts.
                    self.session = Session::restore(&self.agent, &self.part).await?;
                    return Err(error);
                }
                if session.is_revealed() {
                    // No attempt at this step can follow.
                    self.computed = None;
                }
                Ok(())
            }
            _ => Err(ParticipantError::Worker(
                "a message of a step that was not begun".into(),
            )),
        }
    }

    /// Writes down that the job's files are here.
    async fn done(&self) -> Result<(), ParticipantError> {
        self.agent.store.set_job(self.part.id, JobState::Done, None).await?;
        self.agent.forget_view(self.part.id);
        self.agent.metrics.completed.inc();
        info!("the job is complete and its files are here");
        Ok(())
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        if let Some(computing) = &self.computing {
            computing.computed.abort();
        }
    }
}
