//! What pallets ask of each other. No pallet reads another's storage.

use crate::{
    attestation::Worker,
    audit::{Kind, Subject},
    consortium::{OrgStatus, Organisation},
    job::JobSpec,
    policy::{Terms, Violation},
    revenue::{Agreement, CompletedJob, Formula, Prices},
    AccountId, Balance, BlockNumber, DatasetId, JobId, OrgId, PolicyVersion, SpaceId,
};
use alloc::vec::Vec;
use sp_runtime::{DispatchError, DispatchResult, Weight};

/// Who belongs to the consortium. Given by `consortium`.
pub trait Membership {
    /// The active organisation whose own account this is.
    fn owner(account: &AccountId) -> Option<OrgId>;
    /// The active organisation that this account acts for, as its own account or as an operator.
    fn member(account: &AccountId) -> Option<OrgId>;
    /// The organisation, active or not.
    fn organisation(org: OrgId) -> Option<Organisation>;
    /// Whether the organisation exists and is active.
    fn is_active(org: OrgId) -> bool;
    /// Whether the organisation has left for good.
    fn is_removed(org: OrgId) -> bool {
        Self::organisation(org).is_some_and(|organisation| organisation.status == OrgStatus::Removed)
    }
}

/// Whether a job may use a dataset, and what that leaves. Given by `policies`.
pub trait PolicyGate {
    /// Who owns a dataset that is not retired.
    fn owner(dataset: DatasetId) -> Option<OrgId>;
    /// Checks the job against the dataset's newest policy: every rule but the worker's and the price, which it answers with
    /// the policy's version.
    fn check(spec: &JobSpec, dataset: DatasetId, parties: &[OrgId], now: BlockNumber) -> Result<Terms, Violation>;
    /// Holds back the cost of the whole job; refuses what would overdraw.
    fn reserve(job: JobId, spec: &JobSpec, dataset: DatasetId) -> Result<(), Violation>;
    /// Books the cost of the rounds that ran as spent and gives the rest back. A job settles once.
    fn settle(job: JobId, dataset: DatasetId, rounds_run: u32);
}

/// Jobs that have not begun. Given by `collaborations`.
pub trait WaitingJobs {
    /// Stops those that name the dataset, whose owner has revoked its policy. They end in the next blocks, as many in each
    /// as a block may end. Returns how many, at most [`MAX_WAITING_JOBS`](crate::bounds::MAX_WAITING_JOBS).
    fn stop(dataset: DatasetId, owner: OrgId) -> Result<u32, DispatchError>;
}

/// Attested workers. Given by `attestations`.
pub trait WorkerRegistry {
    fn worker(account: &AccountId) -> Option<Worker>;
    /// Accounts of workers that are active now, in a fixed order.
    fn active(now: BlockNumber) -> Vec<AccountId>;
    /// How many workers there are in all, which [`Self::active`] looks through.
    fn count() -> u32;
}

/// Jobs that have a worker. Given by `collaborations`.
pub trait WorkerJobs {
    /// Hears that a worker may no longer compute: it was revoked, its verdict has ended, or its evidence falls short of what
    /// is asked. Costs the same however many jobs it has. In the next blocks, a bounded number of jobs in
    /// each, those that have not begun go to another worker, or wait for one, and those that run end with
    /// [`WorkerRevoked`](crate::job::FailReason::WorkerRevoked); unless [`WorkerRegistry`] says by then that the worker is
    /// active again. May be called again for the same worker. Returns how many jobs it had.
    fn lost(worker: &AccountId) -> u32;
}

/// No jobs.
impl WorkerJobs for () {
    fn lost(_: &AccountId) -> u32 {
        0
    }
}

/// Spaces and their members. Given by `collaborations`.
pub trait Spaces {
    /// Who decides for the space: its creator, or once that has left the consortium the next member.
    fn creator(space: SpaceId) -> Option<OrgId>;
    fn is_member(space: SpaceId, org: OrgId) -> bool;
}

/// Jobs that ended well. Given by `collaborations`.
pub trait CompletedJobs {
    fn completed(job: JobId) -> Option<CompletedJob>;
}

/// What an approved job is paid by, and what its datasets ask for. Given by `revenue`.
pub trait Treasury {
    /// Keeps the space's agreement as it stands for the job, and holds its prices back from the escrow, until the job is
    /// settled. Refuses where the agreement promises less, or the escrow holds less.
    fn hold(job: JobId, space: SpaceId, prices: Prices) -> Result<(), Violation>;
    /// Forgets the agreement of a job that has ended and did not complete, and gives back what is held for it.
    fn give_back(job: JobId);
}

/// Turns contributions into payouts whose sum is the amount, to the unit.
pub trait SettlementEngine {
    /// Whether an agreement may rest on the formula. Everything about shares and parts was checked before; the engine says
    /// whether it can compute this kind, and whether the contract that a formula names will do.
    fn check(formula: &Formula) -> DispatchResult;
    /// The payouts of a job. The caller checks their sum.
    fn payouts(
        agreement: &Agreement,
        job: &CompletedJob,
        amount: Balance,
    ) -> Result<Vec<(OrgId, Balance)>, DispatchError>;
    /// What [`Self::payouts`] weighs at most; without a formula, for any.
    fn weight(formula: Option<&Formula>) -> Weight;
}

/// Where every call that touches data leaves its entry. Given by `audit`.
pub trait AuditLog {
    /// Writes an entry. Where the call came with details, the entry carries them; where the space has auditors and the
    /// kind touches data, an entry by an account is refused without them. `None` acts for the chain itself.
    fn record(actor: Option<&AccountId>, space: Option<SpaceId>, subject: Subject, kind: Kind) -> DispatchResult;

    /// [`record`](Self::record), with the version of the policy that the entry is about.
    fn record_under(
        actor: Option<&AccountId>,
        space: Option<SpaceId>,
        subject: Subject,
        kind: Kind,
        _policy: PolicyVersion,
    ) -> DispatchResult {
        Self::record(actor, space, subject, kind)
    }
}
