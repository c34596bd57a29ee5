//! What clients ask for as a whole: the declaration. `views.rs` answers.

use alloc::vec::Vec;
use secureflow_primitives::{
    audit::{AuditProof, Entry},
    consortium::NodesByOrg,
    view::{AuditPage, BudgetView, ContributionTable, JobPage, JobView, SpaceView, WorkerView},
    AccountId, DatasetId, JobId, SpaceId,
};

sp_api::decl_runtime_apis! {
    /// A job, a space, a budget, a worker with everything that belongs to it. Answers are of the block that is asked.
    pub trait SecureflowApi {
        /// A job with its parties, commitments, result, settlement, disputes and history.
        fn job(job: JobId) -> Option<JobView>;
        /// Jobs from this one back, the newest first; those of one space where one is given.
        fn jobs(space: Option<SpaceId>, from: Option<JobId>, limit: u32) -> JobPage;
        /// A space with its members, auditors, agreement and escrow.
        fn space(space: SpaceId) -> Option<SpaceView>;
        /// What a dataset has spent and may still spend; ε for δ = 10^-`delta_exponent`.
        fn dataset_budget(dataset: DatasetId, delta_exponent: Option<u8>) -> Option<BudgetView>;
        /// A worker with the verdict on it.
        fn worker(worker: AccountId) -> Option<WorkerView>;
        /// All workers, by account.
        fn workers() -> Vec<WorkerView>;
        /// Who has put what into a job that has completed.
        fn contributions(job: JobId) -> Option<ContributionTable>;
        /// Entries of the audit log from this index on.
        fn audit_page(from: u64, limit: u32) -> AuditPage;
        /// The nodes that the active organisations have named.
        fn nodes() -> NodesByOrg;
        /// An entry of the audit log with the proof that it stands there.
        fn audit_proof(index: u64) -> Option<(Entry, AuditProof)>;
    }
}
