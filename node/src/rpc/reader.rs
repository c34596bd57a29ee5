//! Reads at one block, through the runtime of that block.

use super::refusal::Refusal;
use crate::service::Client;
use sc_client_api::{BlockchainEvents, HeaderBackend};
use secureflow_node::json::Block;
use secureflow_primitives::{
    audit::{AuditProof, Entry},
    view::{AuditPage, BudgetView, ContributionTable, JobPage, JobView, SpaceView, WorkerView},
    AccountId, DatasetId, JobId, SpaceId,
};
use secureflow_runtime::{api::SecureflowApi, Hash, OpaqueBlock};
use sp_api::{ApiError, ApiExt, ProvideRuntimeApi};
use std::sync::Arc;

#[derive(Clone)]
pub struct Reader {
    client: Arc<Client>,
}

/// What is called on the runtime of a block.
type Api<'a> = sp_api::ApiRef<'a, <Client as ProvideRuntimeApi<OpaqueBlock>>::Api>;
pub type Answer<T> = Result<(Block, T), Refusal>;

impl Reader {
    pub fn new(client: Arc<Client>) -> Self {
        Self { client }
    }

    pub fn finalised(&self) -> Hash {
        self.client.info().finalized_hash
    }

    /// Blocks as they become final, each of them, from now on.
    pub fn finality(&self) -> sc_client_api::FinalityNotifications<OpaqueBlock> {
        self.client.finality_notification_stream()
    }

    /// The block that is meant: the newest final one unless another is named.
    fn block(&self, at: Option<Hash>) -> Result<Block, Refusal> {
        let hash = at.unwrap_or_else(|| self.finalised());
        match self.client.number(hash) {
            Ok(Some(number)) => Ok(Block { number, hash }),
            Ok(None) => Err(Refusal::UnknownBlock(hash)),
            Err(error) => Err(Refusal::Inside(error.to_string())),
        }
    }

    fn ask<T>(&self, at: Option<Hash>, question: impl FnOnce(Api<'_>, Hash) -> Result<T, ApiError>) -> Answer<T> {
        let block = self.block(at)?;
        let api = self.client.runtime_api();
        match api.has_api::<dyn SecureflowApi<OpaqueBlock>>(block.hash) {
            Ok(true) => {}
            Ok(false) => return Err(Refusal::OldRuntime),
            Err(error) => return Err(refusal(block, error)),
        }
        match question(api, block.hash) {
            Ok(answer) => Ok((block, answer)),
            Err(error) => Err(refusal(block, error)),
        }
    }

    pub fn job(&self, id: JobId, at: Option<Hash>) -> Answer<JobView> {
        found(
            self.ask(at, |api, hash| api.job(hash, id))?,
            not_found("job", id, "secureflow_jobs"),
        )
    }

    pub fn jobs(&self, space: Option<SpaceId>, from: Option<JobId>, limit: u32, at: Option<Hash>) -> Answer<JobPage> {
        self.ask(at, |api, hash| api.jobs(hash, space, from, limit))
    }

    pub fn space(&self, id: SpaceId, at: Option<Hash>) -> Answer<SpaceView> {
        found(
            self.ask(at, |api, hash| api.space(hash, id))?,
            not_found("space", id, "secureflow_jobs"),
        )
    }

    pub fn budget(&self, id: DatasetId, delta_exponent: Option<u8>, at: Option<Hash>) -> Answer<BudgetView> {
        found(
            self.ask(at, |api, hash| api.dataset_budget(hash, id, delta_exponent))?,
            not_found("dataset", id, "secureflow_job"),
        )
    }

    pub fn worker(&self, account: AccountId, at: Option<Hash>) -> Answer<WorkerView> {
        let missing = not_found("worker", &account, "secureflow_workers");
        found(self.ask(at, |api, hash| api.worker(hash, account))?, missing)
    }

    pub fn workers(&self, at: Option<Hash>) -> Answer<Vec<WorkerView>> {
        self.ask(at, |api, hash| api.workers(hash))
    }

    pub fn contributions(&self, id: JobId, at: Option<Hash>) -> Answer<ContributionTable> {
        let (block, table) = self.ask(at, |api, hash| api.contributions(hash, id))?;
        match table {
            Some(table) => Ok((block, table)),
            None => {
                self.job(id, Some(block.hash))?;
                Err(Refusal::NoResult(id.0))
            }
        }
    }

    pub fn audit(&self, from: u64, limit: u32, at: Option<Hash>) -> Answer<AuditPage> {
        self.ask(at, |api, hash| api.audit_page(hash, from, limit))
    }

    pub fn audit_proof(&self, index: u64, at: Option<Hash>) -> Answer<(Entry, AuditProof)> {
        found(
            self.ask(at, |api, hash| api.audit_proof(hash, index))?,
            not_found("audit entry", index, "secureflow_audit"),
        )
    }
}

fn not_found(what: &'static str, id: impl ToString, method: &'static str) -> Refusal {
    Refusal::NotFound {
        what,
        id: id.to_string(),
        method,
    }
}

fn found<T>((block, answer): (Block, Option<T>), missing: Refusal) -> Answer<T> {
    answer.map(|answer| (block, answer)).ok_or(missing)
}

/// The block is known, so the database says that it does not know the block when it has dropped the state.
fn refusal(block: Block, error: ApiError) -> Refusal {
    match error {
        ApiError::UnknownBlock(_) => Refusal::StateGone { number: block.number },
        ApiError::Application(inner)
            if matches!(
                inner.downcast_ref(),
                Some(sp_blockchain::Error::UnknownBlock(_) | sp_blockchain::Error::MissingHeader(_))
            ) =>
        {
            Refusal::StateGone { number: block.number }
        }
        other => Refusal::Inside(other.to_string()),
    }
}
