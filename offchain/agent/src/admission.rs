//! Whether this organisation takes part in a job: the agent judges by the finalised chain and its own file, whatever a
//! worker asks (invariant 6).

use secureflow_plan::{threshold, JobPlan, Plan, Use};
use secureflow_primitives::{
    attestation,
    job::{Job, JobSpec},
    policy::{Column, ColumnRole, Dataset, Operation, Policy, Violation},
    privacy::{PrivacyCost, RdpCost},
    AccountId, BlockNumber, DatasetId, JobId, OrgId, SpaceId,
};
use std::collections::BTreeSet;

/// Why this organisation does not take part. Texts say what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the job names two datasets of this organisation; one is possible")]
    TwoDatasets,
    #[error("an organisation takes part with two datasets; one is possible")]
    RepeatedParty,
    #[error("this organisation has not approved the job")]
    NotApproved,
    #[error("the job's specification is not the one that was approved")]
    SpecChanged,
    #[error("only horizontal training and statistics can be computed, not {0:?}")]
    Operation(Operation),
    #[error("the job's plan cannot be read: {0}")]
    Plan(String),
    #[error("the plan contradicts the specification in {0}")]
    Contradiction(&'static str),
    #[error("{0} parties take part, {1} are needed")]
    TooFewParties(usize, usize),
    #[error("dataset {0} is unknown on chain or not this organisation's")]
    ForeignDataset(DatasetId),
    #[error("the policy that was pinned for dataset {0} is not on chain")]
    NoPolicy(DatasetId),
    #[error("the policy pinned for this job does not allow it: {0:?}")]
    Policy(Violation),
    #[error("the claimed noise or privacy cost is not the plan's")]
    PrivacyCost,
    #[error("the job has no active worker")]
    NoWorker,
    #[error("the pinned policy does not take the job's worker: {0:?}")]
    Worker(Violation),
    #[error("the job's contributions are to be proven to two workers, and {0}")]
    SecondWorker(&'static str),
    #[error("dataset {0} has no file here: run `secureflow dataset register` with its file in this home, or bind it by the local API")]
    Unbound(DatasetId),
    #[error("the file of dataset {dataset} cannot be used: {problem}")]
    File { dataset: DatasetId, problem: String },
    #[error("the file of dataset {0} is no longer the one that was registered: restore it, or register the new one")]
    ContentChanged(DatasetId),
}

/// What the finalised chain says about a job that one of this organisation's datasets is in.
pub struct Facts {
    pub id: JobId,
    pub job: Job,
    pub spec: JobSpec,
    pub own: OrgId,
    pub now: BlockNumber,
    /// The pinned policy of the own dataset, and the dataset.
    pub policy: Option<Policy>,
    pub dataset: Option<Dataset>,
    pub worker: Option<attestation::Worker>,
    /// The second worker, where the job has two.
    pub second: Option<(AccountId, attestation::Worker)>,
}

/// A job that this organisation takes part in.
#[derive(Clone, Debug)]
pub struct Participation {
    pub id: JobId,
    pub space: SpaceId,
    pub spec: JobSpec,
    pub plan: JobPlan,
    pub own: OrgId,
    /// Ascending.
    pub parties: Vec<OrgId>,
    /// The same, in the order of the job's datasets.
    pub owners: Vec<OrgId>,
    pub dataset: DatasetId,
    pub content_root: [u8; 32],
    pub worker: AccountId,
    /// Where contributions are proven to be bounded.
    pub second: Option<AccountId>,
}

impl Participation {
    pub fn threshold(&self) -> usize {
        threshold(self.parties.len(), self.spec.min_parties)
    }

    /// The plan of a training; statistics have no step that asks for it.
    pub fn training(&self) -> Result<&Plan, NotATraining> {
        self.plan.training().ok_or(NotATraining)
    }
}

/// A step of a training was asked for in another kind of job.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the job is not a training")]
pub struct NotATraining;

/// The dataset with which an organisation is in a job.
pub fn own_dataset(job: &Job, own: OrgId) -> Result<Option<secureflow_primitives::job::PinnedPolicy>, Refusal> {
    let mut pinned = job.policies.iter().filter(|pinned| pinned.owner == own);
    let first = pinned.next().copied();
    match pinned.next() {
        Some(_) => Err(Refusal::TwoDatasets),
        None => Ok(first),
    }
}

/// Judges a job by the chain alone; the file comes after.
pub fn judge(facts: &Facts) -> Result<Participation, Refusal> {
    let Facts { job, spec, own, .. } = facts;
    let pinned = own_dataset(job, *own)?.ok_or(Refusal::NotApproved)?;
    if !job.approvals.contains(own) {
        return Err(Refusal::NotApproved);
    }
    if spec.hash() != job.spec_hash {
        return Err(Refusal::SpecChanged);
    }
    let plan = JobPlan::from_bytes(&spec.plan).map_err(|error| Refusal::Plan(error.to_string()));
    let plan = match spec.operation {
        Operation::HorizontalTraining | Operation::Statistics => plan?,
        other => return Err(Refusal::Operation(other)),
    };
    check_plan(&plan, spec)?;
    let parties = parties(job)?;
    let needed = threshold(parties.len(), spec.min_parties);
    if parties.len() < needed {
        return Err(Refusal::TooFewParties(parties.len(), needed));
    }
    let dataset = facts.dataset.as_ref().filter(|dataset| dataset.owner == *own);
    let dataset = dataset.ok_or(Refusal::ForeignDataset(pinned.dataset))?;
    let policy = facts.policy.as_ref().ok_or(Refusal::NoPolicy(pinned.dataset))?;
    policy.check(*own, spec, &parties, facts.now).map_err(Refusal::Policy)?;
    policy.check_privacy(&spec.privacy).map_err(Refusal::Policy)?;
    check_worker(facts, policy)?;
    let second = check_second(facts, &plan, policy)?;
    Ok(Participation {
        id: facts.id,
        space: job.space,
        spec: spec.clone(),
        plan,
        own: *own,
        parties,
        owners: job.policies.iter().map(|pinned| pinned.owner).collect(),
        dataset: pinned.dataset,
        content_root: dataset.registration.content_root.0,
        worker: job.worker.clone().ok_or(Refusal::NoWorker)?,
        second,
    })
}

/// What the policies judged is the specification, what is computed is the plan: they must say the same.
fn check_plan(plan: &JobPlan, spec: &JobSpec) -> Result<(), Refusal> {
    let same = |holds: bool, what: &'static str| {
        if holds {
            Ok(())
        } else {
            Err(Refusal::Contradiction(what))
        }
    };
    let statistics = spec.operation == Operation::Statistics;
    same(plan.statistics().is_some() == statistics, "the operation")?;
    same(plan.rounds() == spec.rounds, "the rounds")?;
    same(plan.min_parties() == spec.min_parties, "the minimum of parties")?;
    same(plan.min_group_size() == spec.min_group_size, "the minimum of a group")?;
    let columns = plan.columns();
    let planned: BTreeSet<(&[u8], u8)> = columns
        .iter()
        .map(|(name, wanted)| (name.as_bytes(), role(*wanted) as u8))
        .collect();
    let specified: BTreeSet<(&[u8], u8)> = spec.columns.iter().map(named).collect();
    same(
        planned == specified && spec.columns.len() == specified.len(),
        "the columns",
    )?;
    let claimed = match plan.noise().zip(plan.cost()) {
        None => PrivacyCost::Unbounded,
        Some(((noise_micro, _), cost)) => PrivacyCost::PerRound {
            noise_micro,
            cost: RdpCost(cost),
        },
    };
    match claimed == spec.privacy {
        true => Ok(()),
        false => Err(Refusal::PrivacyCost),
    }
}

/// The role that a policy must give a column for this use.
fn role(wanted: Use) -> ColumnRole {
    match wanted {
        Use::Label => ColumnRole::Label,
        Use::Feature => ColumnRole::Feature,
        Use::Aggregate => ColumnRole::AggregateOnly,
        Use::Unit => ColumnRole::JoinKey,
    }
}

fn named(column: &Column) -> (&[u8], u8) {
    (column.name.as_slice(), column.role as u8)
}

fn parties(job: &Job) -> Result<Vec<OrgId>, Refusal> {
    let parties: BTreeSet<OrgId> = job.policies.iter().map(|pinned| pinned.owner).collect();
    match parties.len() == job.policies.len() {
        true => Ok(parties.into_iter().collect()),
        false => Err(Refusal::RepeatedParty),
    }
}

fn check_worker(facts: &Facts, policy: &Policy) -> Result<(), Refusal> {
    let worker = facts.worker.as_ref().filter(|worker| worker.is_active(facts.now));
    let worker = worker.ok_or(Refusal::NoWorker)?;
    policy.worker.check(worker).map_err(Refusal::Worker)
}

/// The second worker gets a part of every vector: it must be all that the owner asks of a worker, and no less than the job's
/// label says.
fn check_second(facts: &Facts, plan: &JobPlan, policy: &Policy) -> Result<Option<AccountId>, Refusal> {
    if plan.bounded().is_none() {
        return Ok(None);
    }
    let none = "the plan names none that another organisation operates than the first";
    let (account, worker) = facts.second.as_ref().ok_or(Refusal::SecondWorker(none))?;
    if !worker.is_active(facts.now) {
        return Err(Refusal::SecondWorker("the second is not active"));
    }
    if worker.is_simulated() && !facts.job.simulated {
        let text = "the second has simulated evidence where the first has none";
        return Err(Refusal::SecondWorker(text));
    }
    policy.worker.check(worker).map_err(Refusal::Worker)?;
    Ok(Some(account.clone()))
}
