//! Follows the finalised chain: keeps the members' list fresh and a driver running for every job assigned to this worker.

use crate::{
    driver::Driver,
    error::DriverError,
    job::{Impossible, JobInfo},
    store::JobState,
    worker::Worker,
};
use futures::StreamExt;
use secureflow_chain::{Call, ChainExt, OpenJobs, Wait};
use secureflow_primitives::{
    job::{Job, JobPhase, Party},
    JobId,
};
use secureflow_service::backoff::Backoff;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, info_span, warn, Instrument};

/// A driver's task, and how it hears that it is not wanted any more.
struct Running {
    task: JoinHandle<()>,
    stop: watch::Sender<Option<Stop>>,
}

/// Why the chain wants no more of a driver.
#[derive(Clone, Debug)]
enum Stop {
    /// The job has ended; how.
    Ended(String),
    /// The job was taken from this worker before it began. Its records stay: it may be given back.
    TakenAway,
}

/// Follows the chain until the token is cancelled.
pub async fn follow(worker: Arc<Worker>, stop: CancellationToken) {
    let mut finalized = worker.chain.watch_finalized();
    let mut open = OpenJobs::new();
    let mut running = BTreeMap::new();
    let mut next_look = Instant::now();
    loop {
        let block = tokio::select! {
            block = finalized.next() => block,
            () = stop.cancelled() => break,
        };
        let Some(block) = block else { break };
        worker.metrics.finalized.set(block.number.into());
        if Instant::now() < next_look {
            continue;
        }
        next_look = Instant::now() + worker.limits.refresh();
        if let Err(error) = look(&worker, &mut open, &mut running, &stop).await {
            warn!(%error, "the chain could not be read");
        }
    }
    for (_, job) in running {
        // The drivers see the token too; what they do not finish now they take up again at the next start.
        let _ = tokio::time::timeout(Duration::from_secs(5), job.task).await;
    }
}

async fn look(
    worker: &Arc<Worker>,
    open: &mut OpenJobs,
    running: &mut BTreeMap<JobId, Running>,
    stop: &CancellationToken,
) -> Result<(), secureflow_chain::Error> {
    worker.members.refresh(&*worker.chain).await?;
    let me = worker.account.account();
    let state = worker.chain.finalized_state().await?;
    for (id, job) in open.look(&state).await? {
        if job.phase.is_terminal() && job.worker.as_ref() != Some(&me) {
            forget_seconded(worker, id).await;
        }
        let stop_driver = match (job.worker.as_ref() == Some(&me), ended(&job.phase)) {
            (true, None) => None,
            (true, Some(text)) => Some(Stop::Ended(text)),
            (false, _) => Some(Stop::TakenAway),
        };
        if stop_driver.is_some() {
            if let Some(running) = running.get(&id) {
                running.stop.send_replace(stop_driver);
            }
            continue;
        }
        if running.get(&id).is_some_and(|running| !running.task.is_finished()) || !wanted(worker, id, &job).await {
            continue;
        }
        let (tell, hears) = watch::channel(None);
        let span = info_span!("job", job = %id);
        let task = tokio::spawn(supervise(worker.clone(), id, job, hears, stop.clone()).instrument(span));
        running.insert(id, Running { task, stop: tell });
    }
    running.retain(|_, running| !running.task.is_finished());
    worker.metrics.jobs.set(running.len() as i64);
    Ok(())
}

/// A job of another worker has ended: this one may have been its second.
async fn forget_seconded(worker: &Worker, id: JobId) {
    if let Err(error) = worker.store.forget_seconded(id).await {
        warn!(job = %id, %error, "the shares of a job that has ended could not be forgotten");
    }
}

/// How the chain has ended a job, other than by this worker's result.
fn ended(phase: &JobPhase) -> Option<String> {
    match phase {
        JobPhase::Failed { reason, party } => Some(format!("failed: {reason:?} {party:?}")),
        JobPhase::Cancelled => Some("cancelled".into()),
        JobPhase::Expired { waiting_for } => Some(format!("expired, waiting for {waiting_for:?}")),
        _ => None,
    }
}

/// Whether the job needs a driver. One that is completed on chain does only while its last steps are not written down here.
async fn wanted(worker: &Worker, id: JobId, job: &Job) -> bool {
    let record = worker.store.job(id).await.ok().flatten();
    matches!(
        (&job.phase, record.map(|record| record.state)),
        (
            JobPhase::Assigned | JobPhase::Running { .. },
            None | Some(JobState::Running)
        ) | (JobPhase::Completed, Some(JobState::Running))
    )
}

/// Runs a job's driver, again after failures that pass, until the job has ended.
async fn supervise(
    worker: Arc<Worker>,
    id: JobId,
    job: Job,
    mut told: watch::Receiver<Option<Stop>>,
    stop: CancellationToken,
) {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(20));
    loop {
        let outcome = tokio::select! {
            outcome = drive(&worker, id, &job) => outcome,
            word = hear(&mut told) => match word {
                Stop::Ended(text) => Err(DriverError::Ended(text)),
                Stop::TakenAway => {
                    info!("the chain has taken the job from this worker");
                    return;
                }
            },
            () = stop.cancelled() => return,
        };
        match outcome {
            Ok(()) => return,
            Err(DriverError::Ended(text)) => {
                info!(reason = text, "the job has ended");
                return conclude(&worker, id, &text).await;
            }
            Err(DriverError::Contradiction(text)) => {
                error!(reason = text, "giving the job up");
                return conclude(&worker, id, &text).await;
            }
            Err(DriverError::Impossible(impossible)) => match report(&worker, id, &impossible).await {
                Ok(()) => return conclude(&worker, id, &impossible.text).await,
                Err(error) => warn!(%error, "the failure could not be reported"),
            },
            Err(error) => warn!(error = %Chain(&error), "the job is interrupted, trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(backoff.next_delay()) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn drive(worker: &Arc<Worker>, id: JobId, job: &Job) -> Result<(), DriverError> {
    let state = worker.chain.finalized_state().await?;
    let Some(spec) = state.spec(id).await? else {
        return Err(DriverError::Ended("its specification is gone".into()));
    };
    let info = JobInfo::new(id, job, spec)?;
    let desk = worker.open_desk(&info);
    Driver::new(worker.clone(), info, desk)?.run().await
}

async fn hear(told: &mut watch::Receiver<Option<Stop>>) -> Stop {
    let heard = told.wait_for(Option::is_some).await.ok().and_then(|stop| stop.clone());
    match heard {
        Some(stop) => stop,
        // The one who follows the chain is gone: the stop token comes next.
        None => std::future::pending().await,
    }
}

/// Tells the chain that a job cannot go on.
async fn report(worker: &Worker, id: JobId, impossible: &Impossible) -> Result<(), secureflow_chain::Error> {
    warn!(reason = ?impossible.reason, party = ?impossible.party, text = impossible.text, "the job cannot go on");
    let call = Call::FailJob {
        job: id,
        reason: impossible.reason,
        party: impossible.party.map(Party::Organisation),
    };
    let wait = Wait::finalized(worker.limits.transaction_timeout());
    worker.chain.submit_detailed(&worker.account, call, wait).await?;
    worker.metrics.failed.inc();
    Ok(())
}

async fn conclude(worker: &Worker, id: JobId, text: &str) {
    if let Err(error) = worker.store.end_job(id, JobState::Failed, Some(text)).await {
        warn!(%error, "the end of the job could not be written down");
    }
    if let Some(desk) = worker.desk(id) {
        desk.fail(text.to_owned()).await;
    }
}

/// An error with its sources, on one line.
pub(crate) struct Chain<'a>(pub &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
