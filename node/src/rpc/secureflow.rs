//! `secureflow_*`: what clients would otherwise stitch together from many items of storage. `docs/how-to/json-rpc.md` shows
//! each method with an answer, and a test replays them.

use super::{
    reader::{Answer, Reader},
    refusal::Refusal,
    watch,
};
use jsonrpsee::{
    core::{async_trait, RpcResult, SubscriptionResult},
    proc_macros::rpc,
    PendingSubscriptionSink,
};
use secureflow_node::json::{self, At};
use secureflow_primitives::{
    view::{MAX_AUDIT_PAGE, MAX_JOBS_PAGE},
    AccountId, DatasetId, JobId, SpaceId,
};
use secureflow_runtime::Hash;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Subscriptions of this project's that the node serves at a time. Each asks the runtime once per final block.
const SUBSCRIPTIONS: usize = 128;
/// Lines of a page unless the caller says how many.
const PAGE: u32 = 20;

/// Every method takes a block's hash as its last argument; without one it answers for the newest final block.
#[rpc(server, namespace = "secureflow")]
pub trait SecureflowApi {
    /// A job with its parties, commitments, result, settlement, disputes and history.
    #[method(name = "job", blocking)]
    fn job(&self, job: JobId, at: Option<Hash>) -> RpcResult<At<json::Job>>;

    /// Jobs from one back, the newest first; of one space, if it is named.
    #[method(name = "jobs", blocking)]
    fn jobs(
        &self,
        space: Option<SpaceId>,
        from: Option<JobId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<At<json::Jobs>>;

    /// A space with its members, auditors, agreement and escrow.
    #[method(name = "space", blocking)]
    fn space(&self, space: SpaceId, at: Option<Hash>) -> RpcResult<At<json::Space>>;

    /// What a dataset has spent and may still spend; ε for δ = 10^-`delta_exponent`.
    #[method(name = "datasetBudget", blocking)]
    fn dataset_budget(
        &self,
        dataset: DatasetId,
        delta_exponent: Option<u8>,
        at: Option<Hash>,
    ) -> RpcResult<At<json::Budget>>;

    /// A worker with the verdict on its evidence.
    #[method(name = "worker", blocking)]
    fn worker(&self, worker: AccountId, at: Option<Hash>) -> RpcResult<At<json::Worker>>;

    /// All workers with the verdicts on their evidence.
    #[method(name = "workers", blocking)]
    fn workers(&self, at: Option<Hash>) -> RpcResult<At<json::Workers>>;

    /// Who has put what into a job that has completed.
    #[method(name = "contributions", blocking)]
    fn contributions(&self, job: JobId, at: Option<Hash>) -> RpcResult<At<json::ContributionTable>>;

    /// Entries of the audit log from one on.
    #[method(name = "audit", blocking)]
    fn audit(&self, from: u64, limit: Option<u32>, at: Option<Hash>) -> RpcResult<At<json::AuditEntries>>;

    /// An entry of the audit log with the proof that it stands there.
    #[method(name = "auditProof", blocking)]
    fn audit_proof(&self, index: u64, at: Option<Hash>) -> RpcResult<At<json::ProvenEntry>>;

    /// The job now, and again at every final block in which it has changed.
    #[subscription(name = "subscribeJob" => "jobChanged", unsubscribe = "unsubscribeJob", item = At<json::Job>)]
    async fn subscribe_job(&self, job: JobId) -> SubscriptionResult;

    /// Entries of the audit log as they become final, from one on; without one, from the next that is written.
    #[subscription(
        name = "subscribeAudit" => "auditEntries",
        unsubscribe = "unsubscribeAudit",
        item = At<json::AuditEntries>
    )]
    async fn subscribe_audit(&self, from: Option<u64>) -> SubscriptionResult;
}

pub struct Secureflow {
    reader: Reader,
    subscriptions: Arc<Semaphore>,
}

impl Secureflow {
    pub fn new(reader: Reader) -> Self {
        Self {
            reader,
            subscriptions: Arc::new(Semaphore::new(SUBSCRIPTIONS)),
        }
    }
}

fn limited(limit: Option<u32>, most: u32) -> Result<u32, Refusal> {
    match limit.unwrap_or(PAGE) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        limit => Err(Refusal::Limit { limit, most }),
    }
}

fn shown<T, J>(answer: Answer<T>, shape: impl FnOnce(T) -> J) -> RpcResult<At<J>> {
    let (block, answer) = answer?;
    Ok(At {
        block,
        answer: shape(answer),
    })
}

#[async_trait]
impl SecureflowApiServer for Secureflow {
    fn job(&self, job: JobId, at: Option<Hash>) -> RpcResult<At<json::Job>> {
        shown(self.reader.job(job, at), |view| json::Job::new(job, view))
    }

    fn jobs(
        &self,
        space: Option<SpaceId>,
        from: Option<JobId>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<At<json::Jobs>> {
        let limit = limited(limit, MAX_JOBS_PAGE)?;
        shown(self.reader.jobs(space, from, limit, at), json::Jobs::from)
    }

    fn space(&self, space: SpaceId, at: Option<Hash>) -> RpcResult<At<json::Space>> {
        shown(self.reader.space(space, at), |view| json::Space::new(space, view))
    }

    fn dataset_budget(
        &self,
        dataset: DatasetId,
        delta_exponent: Option<u8>,
        at: Option<Hash>,
    ) -> RpcResult<At<json::Budget>> {
        let view = self.reader.budget(dataset, delta_exponent, at);
        shown(view, |view| json::Budget::new(dataset, view))
    }

    fn worker(&self, worker: AccountId, at: Option<Hash>) -> RpcResult<At<json::Worker>> {
        shown(self.reader.worker(worker, at), json::Worker::from)
    }

    fn workers(&self, at: Option<Hash>) -> RpcResult<At<json::Workers>> {
        shown(self.reader.workers(at), json::Workers::from)
    }

    fn contributions(&self, job: JobId, at: Option<Hash>) -> RpcResult<At<json::ContributionTable>> {
        shown(self.reader.contributions(job, at), |table| {
            json::ContributionTable::new(job, table)
        })
    }

    fn audit(&self, from: u64, limit: Option<u32>, at: Option<Hash>) -> RpcResult<At<json::AuditEntries>> {
        let limit = limited(limit, MAX_AUDIT_PAGE)?;
        shown(self.reader.audit(from, limit, at), json::AuditEntries::from)
    }

    fn audit_proof(&self, index: u64, at: Option<Hash>) -> RpcResult<At<json::ProvenEntry>> {
        shown(self.reader.audit_proof(index, at), json::ProvenEntry::from)
    }

    async fn subscribe_job(&self, pending: PendingSubscriptionSink, job: JobId) -> SubscriptionResult {
        let Ok(_permit) = self.subscriptions.clone().try_acquire_owned() else {
            pending.reject(Refusal::TooManySubscriptions(SUBSCRIPTIONS)).await;
            return Ok(());
        };
        let (reader, now) = (self.reader.clone(), self.reader.clone());
        if let Err(refusal) = watch::apart(move || now.job(job, None)).await {
            pending.reject(refusal).await;
            return Ok(());
        }
        watch::push(pending, watch::job(reader, job)).await;
        Ok(())
    }

    async fn subscribe_audit(&self, pending: PendingSubscriptionSink, from: Option<u64>) -> SubscriptionResult {
        let Ok(_permit) = self.subscriptions.clone().try_acquire_owned() else {
            pending.reject(Refusal::TooManySubscriptions(SUBSCRIPTIONS)).await;
            return Ok(());
        };
        watch::push(pending, watch::audit(self.reader.clone(), from)).await;
        Ok(())
    }
}
