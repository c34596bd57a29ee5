//! Follows the finalised chain and keeps a participant running for every job that this organisation takes part in.

use crate::{
    admission::{self, Facts, Participation, Refusal},
    agent::{Agent, Standing},
    compute::Data,
    participant::{Participant, ParticipantError},
    store::{JobState, StoreError},
};
use futures::StreamExt;
use secureflow_chain::{BlockRef, Chain, ChainExt, OpenJobs, State};
use secureflow_plan::JobPlan;
use secureflow_primitives::{
    attestation::Worker,
    consortium::OrgStatus,
    job::{Job, JobPhase, JobSpec},
    AccountId, JobId, OrgId,
};
use secureflow_service::backoff::Backoff;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::{info, info_span, warn, Instrument};

/// How often a job that was refused is looked at again: a file may have been bound meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(20);

struct Running {
    task: JoinHandle<()>,
    /// The job as the chain holds it now.
    job: watch::Sender<Job>,
}

/// Follows the chain until the token is cancelled.
pub async fn follow(agent: Arc<Agent>, stop: CancellationToken) {
    let mut finalized = agent.chain.watch_finalized();
    let mut open = OpenJobs::new();
    let mut running: BTreeMap<JobId, Running> = BTreeMap::new();
    let mut next_look = Instant::now();
    loop {
        let block = tokio::select! {
            block = finalized.next() => block,
            () = stop.cancelled() => break,
        };
        let Some(block) = block else { break };
        agent.metrics.finalized.set(block.number.into());
        if Instant::now() < next_look {
            continue;
        }
        next_look = Instant::now() + agent.limits.refresh();
        if let Err(error) = look(&agent, &mut open, &mut running, &stop).await {
            warn!(error = %Sources(&error), "the chain could not be read");
        }
    }
    for (_, job) in running {
        // Dropping a participant is what a crash does, and that it survives.
        let _ = tokio::time::timeout(Duration::from_secs(5), job.task).await;
    }
}

async fn look(
    agent: &Arc<Agent>,
    open: &mut OpenJobs,
    running: &mut BTreeMap<JobId, Running>,
    stop: &CancellationToken,
) -> Result<(), ParticipantError> {
    let state = agent.chain.finalized_state().await?;
    let standing = standing(agent, &state).await?;
    if agent.standing() != standing {
        if let Some(problem) = &standing.problem {
            warn!(problem, "this agent cannot work");
        }
        agent.set_standing(standing);
    }
    let Some(own) = agent.organisation() else { return Ok(()) };
    for (id, job) in open.look(&state).await? {
        if let Some(running) = running.get(&id).filter(|running| !running.task.is_finished()) {
            running.job.send_replace(job);
            continue;
        }
        if !concerns(agent, own, id, &job).await? {
            continue;
        }
        let (to_task, from_chain) = watch::channel(job);
        let span = info_span!("job", job = %id);
        let task = supervise(agent.clone(), own, id, from_chain, stop.clone());
        let task = tokio::spawn(task.instrument(span));
        running.insert(id, Running { task, job: to_task });
    }
    running.retain(|_, running| !running.task.is_finished());
    agent.metrics.jobs.set(running.len() as i64);
    Ok(())
}

/// Whether the chain knows this organisation by the keys that this agent has.
async fn standing<C: Chain + ?Sized>(agent: &Agent, state: &State<'_, C>) -> Result<Standing, ParticipantError> {
    let account = agent.account.account();
    let Some(org) = state.org_of(&account).await? else {
        return Ok(Standing {
            organisation: None,
            problem: Some(format!(
                "account {account} is no operator of any organisation: run `secureflow org register` in this home"
            )),
        });
    };
    let organisation = state.organisation(org).await?;
    let problem = match organisation {
        Some(organisation) if organisation.status != OrgStatus::Active => {
            Some("the organisation is suspended: the consortium must reinstate it".to_owned())
        }
        Some(organisation) => match organisation.keys {
            Some(keys)
                if keys.tls_fingerprint == secureflow_wire::tls::fingerprint(&agent.tls.certificate)
                    && keys.signing == agent.signing.verifying_key().to_bytes() =>
            {
                None
            }
            _ => Some("the chain holds other keys of this organisation: run `secureflow org register`".to_owned()),
        },
        None => Some(format!("organisation {org} is not on chain")),
    };
    Ok(Standing {
        organisation: Some(org.0),
        problem,
    })
}

/// Whether there is something to do for a job.
async fn concerns(agent: &Agent, own: OrgId, id: JobId, job: &Job) -> Result<bool, ParticipantError> {
    if !job.policies.iter().any(|pinned| pinned.owner == own) {
        return Ok(false);
    }
    let known = agent.store.job(id).await?.map(|record| record.state);
    let to_do = match (&job.phase, known) {
        (_, Some(JobState::Done | JobState::Ended)) => false,
        (JobPhase::Assigned | JobPhase::Running { .. }, _) => true,
        // Completed while this agent was away: its files are still to be fetched.
        (JobPhase::Completed, Some(JobState::Running) | None) => true,
        _ => false,
    };
    if !to_do && known == Some(JobState::Running) && job.phase.is_terminal() {
        let reason = format!("{:?}", job.phase);
        agent.store.set_job(id, JobState::Ended, Some(&reason)).await?;
    }
    Ok(to_do)
}

/// Judges a job and takes part in it until it has ended.
async fn supervise(
    agent: Arc<Agent>,
    own: OrgId,
    id: JobId,
    mut from_chain: watch::Receiver<Job>,
    stop: CancellationToken,
) {
    let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
    loop {
        let worker = from_chain.borrow().worker.clone();
        let outcome = tokio::select! {
            outcome = take_part(&agent, own, id, &mut from_chain) => outcome,
            () = stop.cancelled() => return,
        };
        let pause = match outcome {
            Ok(()) => return,
            Err(Interrupted::Refused(refusal)) => {
                let space = from_chain.borrow().space;
                let completed = from_chain.borrow().phase == JobPhase::Completed;
                if !completed {
                    if let Err(error) = agent.refuse(id, space, &refusal).await {
                        warn!(%error, "the refusal could not be written down");
                    }
                }
                LOOK_AGAIN
            }
            Err(Interrupted::Failed(error)) => {
                warn!(error = %Sources(&error), "the job is interrupted, trying again");
                backoff.next_delay()
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = over(&mut from_chain, &worker) => {}
            () = stop.cancelled() => return,
        }
    }
}

enum Interrupted {
    Refused(String),
    Failed(ParticipantError),
}

impl<E: Into<ParticipantError>> From<E> for Interrupted {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes part; `Ok` when the job has ended, one way or the other.
async fn take_part(
    agent: &Arc<Agent>,
    own: OrgId,
    id: JobId,
    from_chain: &mut watch::Receiver<Job>,
) -> Result<(), Interrupted> {
    let job = from_chain.borrow_and_update().clone();
    if job.phase.is_terminal() && job.phase != JobPhase::Completed {
        let reason = format!("{:?}", job.phase);
        info!(reason, "the job has ended");
        agent.store.set_job(id, JobState::Ended, Some(&reason)).await?;
        agent.forget_view(id);
        return Ok(());
    }
    if matches!(job.phase, JobPhase::Proposed | JobPhase::Approved) {
        info!("the job waits for another worker");
        agent.forget_view(id);
        return Ok(());
    }
    let completed = job.phase == JobPhase::Completed;
    let worker = job.worker.clone();
    let refused = |refusal: Refusal| Interrupted::Refused(refusal.to_string());
    let part = judge(agent, own, id, job, completed).await?.map_err(refused)?;
    let data = load(agent, &part).await?.map_err(refused)?;
    // Of a job that is completed only the files are wanted, whoever computed it.
    if !completed {
        match agent.store.bind_worker(id, &part.worker).await {
            Err(error @ StoreError::RevealedBefore(_)) => return Err(Interrupted::Refused(error.to_string())),
            bound => bound?,
        }
    }
    agent.store.set_job(id, JobState::Running, None).await?;
    info!(dataset = %part.dataset, parties = part.parties.len(), "taking part in the job");
    let mut participant = Participant::new(agent.clone(), part, data)?;
    let done = async {
        match participant.run().await {
            Err(ParticipantError::Compute(error)) => Err(Interrupted::Refused(Sources(&error).to_string())),
            other => Ok(other?),
        }
    };
    let patience = agent.limits.fetch_timeout();
    tokio::select! {
        done = done => done,
        // The loop around comes back, and writes the end down or begins with the new worker.
        () = over(from_chain, &worker) => {
            let text = "the chain has ended the job, or taken it from its worker";
            Err(Interrupted::Failed(ParticipantError::Worker(text.into())))
        }
        () = tokio::time::sleep(patience), if completed => {
            warn!("the job's files could not be fetched in time");
            agent.store.set_job(id, JobState::Ended, Some("its files could not be fetched from the worker")).await?;
            Ok(())
        }
    }
}

/// Waits until the chain has ended the job without a result, or taken it from this worker.
async fn over(from_chain: &mut watch::Receiver<Job>, worker: &Option<AccountId>) {
    let over = |job: &Job| {
        let ended = job.phase.is_terminal() && job.phase != JobPhase::Completed;
        ended || job.worker != *worker
    };
    if from_chain.wait_for(over).await.is_err() {
        // The one who follows the chain is gone: the stop token comes next.
        std::future::pending().await
    }
}

async fn judge(
    agent: &Agent,
    own: OrgId,
    id: JobId,
    job: Job,
    completed: bool,
) -> Result<Result<Participation, Refusal>, ParticipantError> {
    let state = agent.chain.finalized_state().await?;
    let pinned = match admission::own_dataset(&job, own) {
        Ok(Some(pinned)) => pinned,
        Ok(None) => return Ok(Err(Refusal::NotApproved)),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(spec) = state.spec(id).await? else {
        return Ok(Err(Refusal::SpecChanged));
    };
    let worker = match &job.worker {
        // A job that is completed was computed while its worker was active; only its files are wanted.
        Some(account) => state
            .standing(account)
            .await?
            .filter(|found| completed || found.status.is_active())
            .map(|found| found.worker),
        None => None,
    };
    let second = second(&state, &job, &spec, completed).await?;
    let BlockRef { number, .. } = state.block();
    let facts = Facts {
        id,
        // What a completed job was judged by has passed; only its files are wanted.
        now: if completed { job.proposed_at } else { number },
        job,
        spec,
        own,
        policy: state.policy(pinned.dataset, pinned.version).await?,
        dataset: state.dataset(pinned.dataset).await?,
        worker,
        second,
    };
    Ok(admission::judge(&facts))
}

/// The second worker of a job that has two, if it may take part now.
async fn second<C: Chain + ?Sized>(
    state: &State<'_, C>,
    job: &Job,
    spec: &JobSpec,
    completed: bool,
) -> Result<Option<(AccountId, Worker)>, ParticipantError> {
    let (Some(first), Ok(plan)) = (&job.worker, JobPlan::from_bytes(&spec.plan)) else {
        return Ok(None);
    };
    let Some((account, worker)) = state.second_worker(first, plan.second_workers()).await? else {
        return Ok(None);
    };
    let standing = state.standing(&account).await?;
    let active = completed || standing.is_some_and(|standing| standing.status.is_active());
    Ok(active.then_some((account, worker)))
}

/// Reads the file that is bound to the dataset and compares it with what was registered.
async fn load(agent: &Agent, part: &Participation) -> Result<Result<Arc<Data>, Refusal>, ParticipantError> {
    let Some(path) = agent.store.dataset(part.dataset).await? else {
        return Ok(Err(Refusal::Unbound(part.dataset)));
    };
    let (plan, dataset, root) = (part.plan.clone(), part.dataset, part.content_root);
    let load = move |path: PathBuf| {
        let unusable = |problem: String| Refusal::File { dataset, problem };
        let data = Data::load(&path, plan).map_err(|error| unusable(Sources(&error).to_string()))?;
        match data.content_root() == root {
            true => Ok(Arc::new(data)),
            false => Err(Refusal::ContentChanged(dataset)),
        }
    };
    let loaded = tokio::task::spawn_blocking(move || load(path)).await;
    Ok(loaded.unwrap_or_else(|_| {
        Err(Refusal::File {
            dataset,
            problem: "reading it was interrupted".into(),
        })
    }))
}

/// An error with its sources, on one line.
pub struct Sources<'a>(pub &'a dyn std::error::Error);

impl std::fmt::Display for Sources<'_> {
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
