//! Jobs and what was put into them.

use super::{audit::HistoryEntry, hex, micro, settlement::Paid, space::Terms, text, words, worker::kind, Organisation};
use secureflow_primitives::{
    attestation::Measurement,
    job::{Contribution, Deadlines, FailReason, JobPhase, JobResult, Party},
    policy::{Column, WorkerRequirement},
    privacy::PrivacyCost,
    view::{self, JobLine, JobPage, JobView, PartyView},
    AccountId, BlockNumber, DatasetId, JobId, OrgId, PolicyVersion, Round, SpaceId, H256,
};
use serde::Serialize;

/// Where a job stands, and what it waits or failed for.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Phase {
    phase: String,
    /// The last step that the worker has committed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<Round>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Whom the job waited for when it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    waited_for: Option<WaitedFor>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum WaitedFor {
    Organisation(OrgId),
    Worker(AccountId),
}

impl From<Party> for WaitedFor {
    fn from(party: Party) -> Self {
        match party {
            Party::Organisation(org) => Self::Organisation(org),
            Party::Worker(worker) => Self::Worker(worker),
        }
    }
}

impl From<JobPhase> for Phase {
    fn from(phase: JobPhase) -> Self {
        let named = Self {
            phase: words(&phase),
            ..Self::default()
        };
        let because = |reason: Option<FailReason>, party: Option<Party>| Self {
            reason: reason.as_ref().map(words),
            waited_for: party.map(WaitedFor::from),
            ..named.clone()
        };
        match phase {
            JobPhase::Running { round } => Self {
                step: Some(round),
                ..named
            },
            JobPhase::Failed { reason, party } => because(Some(reason), party),
            JobPhase::Expired { waiting_for } => because(None, waiting_for),
            _ => named,
        }
    }
}

/// A job's place in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    id: JobId,
    name: String,
    space: SpaceId,
    proposer: OrgId,
    #[serde(flatten)]
    phase: Phase,
    worker: Option<AccountId>,
    simulated: bool,
    proposed_at: BlockNumber,
    /// When the phase ends by itself.
    deadline: Option<BlockNumber>,
}

impl From<JobLine> for Line {
    fn from(line: JobLine) -> Self {
        Self {
            id: line.id,
            name: text(&line.name),
            space: line.space,
            proposer: line.proposer,
            phase: line.phase.into(),
            worker: line.worker,
            simulated: line.simulated,
            proposed_at: line.proposed_at,
            deadline: some(line.deadline),
        }
    }
}

/// A page of jobs.
#[derive(Clone, Debug, Serialize)]
pub struct Jobs {
    jobs: Vec<Line>,
    /// Give it as `from` to go on.
    next: Option<JobId>,
}

impl From<JobPage> for Jobs {
    fn from(page: JobPage) -> Self {
        Self {
            jobs: page.jobs.into_iter().map(Line::from).collect(),
            next: page.next,
        }
    }
}

/// A job with all that belongs to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    id: JobId,
    name: String,
    space: NamedSpace,
    proposer: Organisation,
    #[serde(flatten)]
    phase: Phase,
    proposed_at: BlockNumber,
    deadline: Option<BlockNumber>,
    worker: Option<AccountId>,
    simulated: bool,
    /// What the pinned policies together ask of the worker.
    requirement: Requirement,
    /// Who has revoked its policy, so that the job ends before it begins.
    stopped_by: Option<OrgId>,
    operation: String,
    purpose: String,
    parties: Vec<JobParty>,
    columns: Vec<JobColumn>,
    min_parties: u32,
    min_group_size: u32,
    rounds: u32,
    /// Steps in all, the training rounds among them.
    steps: u32,
    privacy: Privacy,
    deadlines: Deadlines,
    spec_hash: H256,
    /// What agents and workers compute, opaque to the chain.
    plan: String,
    commitments: Vec<Commitment>,
    result: Option<Outcome>,
    /// By which it is settled.
    agreement: Option<Terms>,
    settlement: Option<Paid>,
    history: Vec<HistoryEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct NamedSpace {
    id: SpaceId,
    name: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct JobParty {
    organisation: Organisation,
    dataset: DatasetId,
    dataset_name: String,
    approved: bool,
    /// Pinned by the last approval.
    policy: Option<PolicyVersion>,
}

impl From<PartyView> for JobParty {
    fn from(view: PartyView) -> Self {
        Self {
            organisation: view.owner.into(),
            dataset: view.dataset,
            dataset_name: text(&view.dataset_name),
            approved: view.approved,
            policy: view.policy,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct JobColumn {
    name: String,
    role: String,
}

impl From<&Column> for JobColumn {
    fn from(column: &Column) -> Self {
        Self {
            name: text(&column.name),
            role: words(&column.role),
        }
    }
}

/// Which workers will do.
#[derive(Clone, Debug, Serialize)]
struct Requirement {
    kinds: Vec<&'static str>,
    /// Null where every build will do that the members accept.
    measurements: Option<Vec<String>>,
}

impl From<WorkerRequirement> for Requirement {
    fn from(requirement: WorkerRequirement) -> Self {
        let listed = |list: &[Measurement]| list.iter().map(|measurement| hex(&measurement.0)).collect();
        Self {
            kinds: requirement.kinds.into_iter().map(kind).collect(),
            measurements: requirement.measurements.map(|list| listed(&list)),
        }
    }
}

/// What the job costs each dataset.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Privacy {
    differential: bool,
    /// Standard deviation of the noise on a round's sum, as a multiple of what one row can change.
    #[serde(skip_serializing_if = "Option::is_none")]
    noise_multiplier: Option<String>,
    /// Rényi divergences of one round at the ledger's orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_round: Option<Vec<String>>,
}

impl From<PrivacyCost> for Privacy {
    fn from(cost: PrivacyCost) -> Self {
        match cost {
            PrivacyCost::Unbounded => Self {
                differential: false,
                noise_multiplier: None,
                per_round: None,
            },
            PrivacyCost::PerRound { noise_micro, cost } => Self {
                differential: true,
                noise_multiplier: Some(micro(noise_micro)),
                per_round: Some(cost.0.into_iter().map(micro).collect()),
            },
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct Commitment {
    step: Round,
    output: H256,
    participants: Vec<OrgId>,
    signature: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    model: H256,
    encoding: H256,
    evaluation: H256,
    receipts_root: H256,
    measurement: String,
    simulated: bool,
    signature: String,
}

impl From<(JobResult, [u8; 64])> for Outcome {
    fn from((result, signature): (JobResult, [u8; 64])) -> Self {
        Self {
            model: result.model,
            encoding: result.encoding,
            evaluation: result.evaluation,
            receipts_root: result.receipts_root,
            measurement: hex(&result.measurement.0),
            simulated: result.simulated,
            signature: hex(&signature),
        }
    }
}

impl Job {
    pub fn new(id: JobId, view: JobView) -> Self {
        let JobView { job, spec, .. } = view;
        Self {
            id,
            name: text(&spec.name),
            space: NamedSpace {
                id: job.space,
                name: text(&view.space_name),
            },
            proposer: view.proposer.into(),
            phase: job.phase.into(),
            proposed_at: job.proposed_at,
            deadline: some(job.deadline),
            worker: job.worker,
            simulated: job.simulated,
            requirement: job.requirement.into(),
            stopped_by: view.stopped_by,
            operation: words(&spec.operation),
            purpose: text(&spec.purpose),
            parties: view.parties.into_iter().map(JobParty::from).collect(),
            columns: spec.columns.iter().map(JobColumn::from).collect(),
            min_parties: spec.min_parties,
            min_group_size: spec.min_group_size,
            rounds: spec.rounds,
            steps: spec.steps(),
            privacy: spec.privacy.into(),
            deadlines: spec.deadlines,
            spec_hash: job.spec_hash,
            plan: hex(&spec.plan),
            commitments: view
                .commitments
                .into_iter()
                .map(|(commitment, signature)| Commitment {
                    step: commitment.round,
                    output: commitment.output,
                    participants: commitment.participants.into_inner(),
                    signature: hex(&signature),
                })
                .collect(),
            result: view.result.map(Outcome::from),
            agreement: view.agreement.map(Terms::from),
            settlement: view.settlement.map(|settlement| Paid::new(settlement, view.disputes)),
            history: view.history.into_iter().map(HistoryEntry::from).collect(),
        }
    }
}

/// Who has put what into a job, and gets what for it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContributionTable {
    job: JobId,
    space: SpaceId,
    receipts_root: H256,
    simulated: bool,
    contributions: Vec<ContributionLine>,
    /// Points shared in all; null until the job is settled.
    reward: Option<String>,
    /// When the payouts were claimed; null while they wait.
    claimed_at: Option<BlockNumber>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContributionLine {
    organisation: Organisation,
    /// Rows trained on, summed over the rounds.
    rows: u64,
    compute_ms: u64,
    /// See the protocol's page; summed over the rounds.
    utility: String,
    steps: u32,
    payout: Option<String>,
}

impl ContributionTable {
    pub fn new(job: JobId, table: view::ContributionTable) -> Self {
        let line = |line: view::ContributionLine| {
            let Contribution {
                rows,
                compute_ms,
                utility,
                steps,
                ..
            } = line.contribution;
            ContributionLine {
                organisation: line.party.into(),
                rows,
                compute_ms,
                utility: micro(utility),
                steps,
                payout: line.payout.map(|points| points.to_string()),
            }
        };
        Self {
            job,
            space: table.space,
            receipts_root: table.receipts_root,
            simulated: table.simulated,
            contributions: table.lines.into_iter().map(line).collect(),
            reward: table.reward.map(|points| points.to_string()),
            claimed_at: table.claimed_at,
        }
    }
}

/// Block zero stands for none on chain.
fn some(block: BlockNumber) -> Option<BlockNumber> {
    (block != 0).then_some(block)
}
