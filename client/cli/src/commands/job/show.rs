//! Where jobs stand.

use super::{absence::Absence, settlement, unknown};
use crate::{
    context::Context,
    error::Result,
    formula,
    names::{account, hash, shown, standing, standing_text, Reference},
    network::{find_space, ChainState, Names},
    out::{amount, fields, table, Answer},
    policy_file::WorkerFile,
    proposal,
    trust::TrustLabel,
};
use secureflow_plan::JobPlan;
use secureflow_primitives::{
    attestation::WorkerStatus,
    job::{FailReason, Job, JobPhase, JobSpec, Party},
    revenue::{Agreement, Dispute, Settlement},
    AccountId, BlockNumber, JobId, OrgId,
};
use serde_json::{json, Value};

/// A phase's name for programs.
pub fn phase(phase: &JobPhase) -> &'static str {
    match phase {
        JobPhase::Proposed => "proposed",
        JobPhase::Approved => "approved",
        JobPhase::Assigned => "assigned",
        JobPhase::Running { .. } => "running",
        JobPhase::Completed => "completed",
        JobPhase::Failed { .. } => "failed",
        JobPhase::Cancelled => "cancelled",
        JobPhase::Expired { .. } => "expired",
    }
}

fn party(party: &Party, names: &Names) -> String {
    match party {
        Party::Organisation(org) => names.of(*org),
        Party::Worker(worker) => format!("the worker {}", account(worker)),
    }
}

/// A phase in people's words.
pub fn phase_text(phase: &JobPhase, names: &Names) -> String {
    let of = |who: &Option<Party>| {
        who.as_ref()
            .map_or_else(String::new, |who| format!(": {}", party(who, names)))
    };
    match phase {
        JobPhase::Proposed => "proposed; waits for approvals".into(),
        JobPhase::Approved => "approved by all; waits for a worker".into(),
        JobPhase::Assigned => "assigned; the worker is to begin".into(),
        JobPhase::Running { round } => format!("running; step {} is in", round.0 + 1),
        JobPhase::Completed => "completed".into(),
        JobPhase::Failed { reason, party } => format!("failed, {}{}", failure(*reason), of(party)),
        JobPhase::Cancelled => "cancelled by its proposer".into(),
        JobPhase::Expired { waiting_for } => format!("expired; it waited too long{}", of(waiting_for)),
    }
}

fn failure(reason: FailReason) -> &'static str {
    match reason {
        FailReason::Deadline => "a deadline passed",
        FailReason::TooFewParties => "too few parties took part",
        FailReason::DataMismatch => "a party's data do not fit the job",
        FailReason::Protocol => "a party broke the protocol",
        FailReason::WorkerRevoked => "the worker lost its attestation",
        FailReason::PolicyRevoked => "an owner revoked its policy before the job began",
    }
}

/// A job with what else there is to know of it.
pub struct Details {
    pub id: JobId,
    pub job: Job,
    pub spec: JobSpec,
    pub steps_done: u32,
    /// From the steps that are done.
    pub absences: Vec<Absence>,
    /// By what it is going to be settled.
    pub agreement: Option<Agreement>,
    pub settlement: Option<Settlement>,
    pub disputes: Vec<Dispute>,
    pub names: Names,
    /// Owner of each dataset, in the job's order.
    pub parties: Vec<OrgId>,
    pub now: BlockNumber,
    /// Where the worker stands; none where there is none, or it is no longer registered.
    pub worker: Option<WorkerStatus>,
    /// The second worker, where contributions are proven to be bounded.
    pub second: Option<AccountId>,
}

impl Details {
    pub async fn read(state: &ChainState<'_>, id: JobId) -> Result<Self> {
        let job = state.job(id).await?.ok_or_else(|| unknown(id))?;
        let spec = state.spec(id).await?.ok_or_else(|| unknown(id))?;
        let mut parties = Vec::new();
        for dataset in &spec.datasets {
            parties.extend(state.dataset(*dataset).await?.map(|dataset| dataset.owner));
        }
        let rounds = state.rounds(id).await?;
        let worker = match &job.worker {
            Some(worker) => state.standing(worker).await?.map(|found| found.status),
            None => None,
        };
        let second = match (&job.worker, JobPlan::from_bytes(&spec.plan)) {
            (Some(first), Ok(plan)) => state.second_worker(first, plan.second_workers()).await?,
            _ => None,
        };
        Ok(Self {
            id,
            worker,
            second: second.map(|(account, _)| account),
            steps_done: rounds.len() as u32,
            absences: Absence::all(&parties, rounds.iter().map(|(commitment, _)| commitment)),
            agreement: state.job_agreement(id).await?,
            settlement: state.settlement(id).await?,
            disputes: state.disputes(id).await?,
            names: Names::read(state).await?,
            parties,
            now: state.block().number,
            job,
            spec,
        })
    }

    pub fn plan(&self) -> Option<JobPlan> {
        JobPlan::from_bytes(&self.spec.plan).ok()
    }

    pub fn trust(&self) -> TrustLabel {
        let rounds = self.spec.rounds_run(self.steps_done);
        let plan = self.plan();
        TrustLabel::of(&self.job, &self.spec, plan.as_ref(), rounds, |org| self.names.of(org))
    }

    pub fn payouts(&self) -> Vec<Value> {
        let list = self.settlement.iter().flat_map(|settlement| settlement.payouts.iter());
        list.map(|(org, points)| {
            let known = self.names.get(*org).map(|known| account(&known.account));
            json!({ "org": org, "name": self.names.of(*org), "account": known, "points": amount(*points) })
        })
        .collect()
    }
}

pub async fn list(context: &Context, space: Option<Reference>) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let spaces = state.spaces().await?;
    let only = space.map(|space| find_space(&spaces, &space)).transpose()?;
    let names = Names::read(&state).await?;
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for (id, job) in state.jobs().await? {
        if only.is_some_and(|only| job.space != only) {
            continue;
        }
        let name = state.spec(id).await?.map_or_else(String::new, |spec| shown(&spec.name));
        let space = spaces
            .iter()
            .find(|(space, _)| *space == job.space)
            .map_or_else(String::new, |(_, s)| shown(&s.name));
        values.push(json!({
            "id": id, "name": name, "space": job.space, "proposer": job.proposer, "phase": phase(&job.phase),
            "simulated": job.simulated,
        }));
        rows.push([
            id.to_string(),
            name,
            space,
            names.of(job.proposer),
            phase_text(&job.phase, &names),
        ]);
    }
    Ok(Answer::new(
        json!({ "jobs": values }),
        table(["id", "name", "space", "proposed by", "phase"], &rows),
    ))
}

pub async fn show(context: &Context, id: JobId) -> Result<Answer> {
    let network = context.network().await?;
    let details = Details::read(&network.state().await?, id).await?;
    let Details { job, spec, names, .. } = &details;
    let parties: Vec<Value> = spec
        .datasets
        .iter()
        .zip(&details.parties)
        .map(|(dataset, org)| {
            let pinned = job
                .policies
                .iter()
                .find(|pinned| pinned.dataset == *dataset)
                .map(|pinned| pinned.version);
            json!({
                "org": org, "name": names.of(*org), "dataset": dataset, "approved": job.approvals.contains(org),
                "policy": pinned,
            })
        })
        .collect();
    let missing: Vec<OrgId> = details
        .parties
        .iter()
        .copied()
        .filter(|org| !job.approvals.contains(org))
        .collect();
    let trust = details.trust();
    let steps = proposal::steps(spec);
    let step = steps.at(details.steps_done.saturating_sub(1));
    let mut pairs = vec![
        ("job", format!("{id} {}", shown(&spec.name))),
        ("phase", phase_text(&job.phase, names)),
        ("space", job.space.to_string()),
        (
            "proposed by",
            format!("{}, at block {}", names.of(job.proposer), job.proposed_at),
        ),
        ("purpose", shown(&spec.purpose)),
        ("parties", names.list(&details.parties)),
        (
            "steps",
            match (details.steps_done, step) {
                (0, _) | (_, None) => format!("0 of {}", spec.steps()),
                (done, Some(step)) => format!("{done} of {}, the last: {step}", spec.steps()),
            },
        ),
    ];
    if let Some(JobPlan::Statistics(plan)) = details.plan() {
        let asked = plan.statistics.iter().map(ToString::to_string);
        pairs.push(("asks for", asked.collect::<Vec<_>>().join("; ")));
    }
    if let Some(line) = Absence::line(&details.absences, steps, names) {
        pairs.push(("absent", line));
    }
    if !missing.is_empty() {
        pairs.push(("not approved by", names.list(&missing)));
    }
    if job.phase == JobPhase::Approved {
        let takes = WorkerFile::of(&job.requirement);
        pairs.push(("worker", format!("none yet; the policies take {takes}")));
    }
    if let Some(worker) = &job.worker {
        let kind = if job.simulated { " (SIMULATED attestation)" } else { "" };
        let standing = details
            .worker
            .filter(|_| !job.phase.is_terminal())
            .map_or_else(String::new, |status| format!(", {}", standing_text(status)));
        pairs.push(("worker", format!("{}{kind}{standing}", account(worker))));
    }
    if let Some(second) = &details.second {
        pairs.push(("second worker", account(second)));
    }
    if let Some(bounded) = details.plan().as_ref().and_then(JobPlan::bounded) {
        pairs.push((
            "proofs",
            format!("no owner counts for more than {} rows", bounded.most_rows),
        ));
    }
    if job.deadline > 0 {
        let left = job.deadline.saturating_sub(details.now);
        pairs.push(("deadline", format!("block {}, {left} blocks from now", job.deadline)));
    }
    pairs.push(("specification", hash(&job.spec_hash)));
    pairs.extend(settlement::lines(&details));
    let mut text = fields(&pairs);
    text.push_str(&trust.text());
    let absences = details.absences.iter();
    let absences: Vec<Value> = absences.map(|one| one.value(steps, names)).collect();
    let value = json!({
        "id": id, "name": shown(&spec.name), "space": job.space, "proposer": job.proposer, "phase": phase(&job.phase),
        "phase_text": phase_text(&job.phase, names), "purpose": shown(&spec.purpose), "rounds": spec.rounds,
        "steps_done": details.steps_done, "steps_total": spec.steps(), "absences": absences,
        "parties": parties,
        "worker": job.worker.as_ref().map(account), "worker_status": details.worker.map(standing),
        "second_worker": details.second.as_ref().map(account),
        "simulated": job.simulated, "requirement": WorkerFile::of(&job.requirement), "deadline": job.deadline,
        "block": details.now, "proposed_at": job.proposed_at, "spec_hash": hash(&job.spec_hash),
        "agreement": details.agreement.as_ref().map(|kept| formula::agreement_value(kept, names)),
        "payouts": details.payouts(), "settlement": settlement::value(&details), "trust_label": trust.line(),
        "trust": trust,
    });
    Ok(Answer::new(value, text))
}
