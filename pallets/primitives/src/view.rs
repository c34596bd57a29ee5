//! What the runtime answers when it is asked for a whole thing instead of single items of storage.

use crate::{
    attestation::{Worker, WorkerStatus},
    audit::{Entry, Kind},
    bounds::Name,
    consortium::{OrgStatus, Organisation},
    job::{Contribution, Job, JobPhase, JobResult, JobSpec, RoundCommitment},
    privacy::{Ledger, PrivacyBudget, ORDERS},
    revenue::{Agreement, Dispute, Ruling, Settlement},
    AccountId, Balance, BlockNumber, DatasetId, JobId, OrgId, PolicyVersion, SpaceId, H256,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// Jobs in one page, and how many jobs are looked at to fill it.
pub const MAX_JOBS_PAGE: u32 = 100;
pub const MAX_JOBS_SCAN: u32 = 1_000;
/// Audit entries in one page.
pub const MAX_AUDIT_PAGE: u32 = 64;
/// Audit entries of one subject in one answer.
pub const MAX_HISTORY: u32 = 2_048;

macro_rules! view {
    ($(#[$meta:meta])* pub $kind:ident $($rest:tt)*) => {
        #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
        $(#[$meta])* pub $kind $($rest)*
    };
}

view! {
    /// An organisation by id and name.
    pub struct OrgView {
        pub org: OrgId,
        /// Empty where nobody has this id.
        pub name: Name,
        pub active: bool,
    }
}

impl OrgView {
    pub fn new(org: OrgId, known: Option<Organisation>) -> Self {
        let active = known.as_ref().is_some_and(|known| known.status == OrgStatus::Active);
        Self {
            org,
            name: known.map(|known| known.name).unwrap_or_default(),
            active,
        }
    }
}

view! {
    /// A party of a job with what it brings.
    pub struct PartyView {
        pub owner: OrgView,
        pub dataset: DatasetId,
        pub dataset_name: Name,
        pub approved: bool,
        /// Pinned by the last approval.
        pub policy: Option<PolicyVersion>,
    }
}

view! {
    /// What the audit log says of a thing, in short.
    pub struct Recorded {
        pub index: u64,
        pub block: BlockNumber,
        pub actor: Option<AccountId>,
        pub kind: Kind,
    }
}

view! {
    /// A motion of the council that would decide on a dispute, with its votes so far.
    pub struct RulingMotion {
        /// The hash by which members vote for it.
        pub motion: H256,
        pub index: u32,
        pub ruling: Ruling,
        /// Votes that it takes.
        pub threshold: u32,
        pub ayes: Vec<OrgId>,
        pub nays: Vec<OrgId>,
        pub ends_at: BlockNumber,
    }
}

view! {
    /// A party's objection to a settlement.
    pub struct DisputeView {
        pub party: OrgView,
        pub dispute: Dispute,
        /// Whether the members can still decide.
        pub open: bool,
        /// What they are asked to decide; none once the dispute is over.
        pub motions: Vec<RulingMotion>,
    }
}

view! {
    /// A job with all that belongs to it.
    pub struct JobView {
        pub job: Job,
        pub spec: JobSpec,
        pub space_name: Name,
        pub proposer: OrgView,
        /// In the order of the datasets.
        pub parties: Vec<PartyView>,
        /// In the order of the steps, each with the signature of the worker's session key.
        pub commitments: Vec<(RoundCommitment, [u8; 64])>,
        pub result: Option<(JobResult, [u8; 64])>,
        /// By which it is settled; none before it is approved, and where its space had none then.
        pub agreement: Option<Agreement>,
        pub settlement: Option<Settlement>,
        /// Over the settlement, in the order in which they came.
        pub disputes: Vec<DisputeView>,
        /// Who has revoked its policy, so that the job ends before it begins.
        pub stopped_by: Option<OrgId>,
        /// The oldest first, [`MAX_HISTORY`] at most.
        pub history: Vec<Recorded>,
    }
}

view! {
    /// A job in a list.
    pub struct JobLine {
        pub id: JobId,
        pub name: Name,
        pub space: SpaceId,
        pub proposer: OrgId,
        pub phase: JobPhase,
        pub worker: Option<AccountId>,
        pub simulated: bool,
        pub proposed_at: BlockNumber,
        pub deadline: BlockNumber,
    }
}

view! {
    /// Jobs, the newest first.
    pub struct JobPage {
        pub jobs: Vec<JobLine>,
        /// Where the next page begins; none at the oldest job.
        pub next: Option<JobId>,
    }
}

view! {
    /// A space with its money and its auditors.
    pub struct SpaceView {
        pub name: Name,
        /// Who decides for the space: its creator, or once that has left, the next member. None while that one is suspended.
        pub decides: Option<OrgId>,
        pub members: Vec<OrgView>,
        pub invited: Vec<OrgView>,
        pub auditors: Vec<OrgView>,
        pub agreement: Option<Agreement>,
        pub escrow: Balance,
    }
}

view! {
    /// What a dataset has spent and may still spend.
    pub struct BudgetView {
        pub name: Name,
        pub owner: OrgView,
        /// Zero while there is no policy.
        pub policy: PolicyVersion,
        pub revoked: bool,
        pub retired: bool,
        pub expires_at: Option<BlockNumber>,
        /// None where the policy sets no budget, or there is no policy.
        pub budget: Option<PrivacyBudget>,
        pub ledger: Ledger,
        /// δ = 10^-this for the figures in ε: the budget's, unless another was asked for.
        pub delta_exponent: u8,
        /// In micro-units.
        pub spent_epsilon: u64,
        /// Spent and held back together, in micro-units.
        pub committed_epsilon: u64,
        /// What is left of the budget, in micro-units, at the budget's own δ.
        pub remaining_epsilon: Option<u64>,
        /// The same at each order, in micro-units: a job fits if at some order its cost is no more than this.
        pub remaining: Option<[Option<u64>; ORDERS.len()]>,
        /// None for any number.
        pub uses_left: Option<u32>,
    }
}

view! {
    /// A worker with the verdict on it.
    pub struct WorkerView {
        pub account: AccountId,
        pub worker: Worker,
        pub operator: OrgView,
        pub status: WorkerStatus,
        /// Jobs that it has and that have not ended.
        pub jobs: u32,
    }
}

view! {
    /// One line of a job's table of contributions.
    pub struct ContributionLine {
        pub party: OrgView,
        pub contribution: Contribution,
        /// None until the job is settled.
        pub payout: Option<Balance>,
    }
}

view! {
    /// Who has put what into a job, and gets what for it.
    pub struct ContributionTable {
        pub space: SpaceId,
        /// The receipts under this root prove each line.
        pub receipts_root: H256,
        pub simulated: bool,
        pub lines: Vec<ContributionLine>,
        /// What is shared in all; none until the job is settled.
        pub reward: Option<Balance>,
        /// When the payouts were claimed; none while they wait.
        pub claimed_at: Option<BlockNumber>,
    }
}

view! {
    /// A part of the audit log.
    pub struct AuditPage {
        /// Entries in the whole log.
        pub count: u64,
        /// By index, without gaps.
        pub entries: Vec<(u64, Entry)>,
    }
}
