//! What all tasks of the agent share.

use crate::{
    config::LimitsConfig,
    metrics::Metrics,
    store::{JobState, Store},
};
use ed25519_dalek::SigningKey;
use secureflow_chain::{keys::AccountKey, Chain};
use secureflow_notes::Notes;
use secureflow_primitives::{audit::Subject, JobId, OrgId, SpaceId};
use secureflow_service::folder::Folder;
use secureflow_wire::tls;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::Semaphore;

pub struct Agent {
    pub chain: Arc<dyn Chain>,
    /// The agent's own account, an operator of the organisation.
    pub account: AccountKey,
    pub signing: SigningKey,
    pub tls: tls::Identity,
    pub store: Store,
    pub home: PathBuf,
    pub limits: LimitsConfig,
    pub metrics: Metrics,
    pub notes: Notes,
    /// Bounds how many jobs compute at a time.
    pub computations: Arc<Semaphore>,
    views: RwLock<Views>,
}

/// What the local API shows of what goes on.
#[derive(Default)]
struct Views {
    standing: Standing,
    jobs: BTreeMap<JobId, JobView>,
}

/// Whether the organisation is known on chain with this agent's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    pub organisation: Option<u32>,
    /// What keeps the agent from working, and what to do about it.
    pub problem: Option<String>,
}

/// A job as it goes on.
#[derive(Clone, Debug, Default, Serialize)]
pub struct JobView {
    pub step: Option<u32>,
    pub step_name: Option<String>,
    pub attempt: u32,
    /// `waiting`, `computing`, `aggregating`, `fetching`, or a problem in words.
    pub doing: String,
}

impl Agent {
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        chain: Arc<dyn Chain>,
        account: AccountKey,
        signing: SigningKey,
        tls: tls::Identity,
        store: Store,
        home: PathBuf,
        limits: LimitsConfig,
    ) -> Self {
        Self {
            notes: Notes::new(chain.clone(), store.outbox()),
            computations: Arc::new(Semaphore::new(limits.computations.max(1))),
            chain,
            account,
            signing,
            tls,
            store,
            home,
            limits,
            metrics: Metrics::new(),
            views: RwLock::default(),
        }
    }

    /// The folder of a job's files.
    pub fn artefacts(&self, job: JobId) -> io::Result<Folder> {
        Folder::open(self.home.join("artefacts").join(format!("job-{job}")))
    }

    pub fn standing(&self) -> Standing {
        self.views
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .standing
            .clone()
    }

    pub fn set_standing(&self, standing: Standing) {
        self.views.write().unwrap_or_else(PoisonError::into_inner).standing = standing;
    }

    /// The organisation, once it is known that the chain holds it with this agent's keys.
    pub fn organisation(&self) -> Option<OrgId> {
        let standing = self.standing();
        standing.organisation.filter(|_| standing.problem.is_none()).map(OrgId)
    }

    pub fn view(&self, job: JobId) -> Option<JobView> {
        self.views
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .jobs
            .get(&job)
            .cloned()
    }

    pub fn change_view(&self, job: JobId, change: impl FnOnce(&mut JobView)) {
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        change(views.jobs.entry(job).or_default());
    }

    pub fn forget_view(&self, job: JobId) {
        self.views
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .jobs
            .remove(&job);
    }

    /// This agent takes no part in a job: written down, told to the auditors once per reason.
    pub async fn refuse(&self, job: JobId, space: SpaceId, reason: &str) -> Result<(), crate::store::StoreError> {
        let known = self.store.job(job).await?;
        if known.is_some_and(|known| known.state == JobState::Refused && known.reason.as_deref() == Some(reason)) {
            return Ok(());
        }
        tracing::warn!(%job, reason, "taking no part in the job");
        self.metrics.refused.inc();
        self.store.set_job(job, JobState::Refused, Some(reason)).await?;
        let detail = serde_json::json!({ "event": "refused", "job": job, "reason": reason });
        let key = format!("job-{job}-refused-{:016x}", short_hash(reason));
        self.notes.queue(&key, space, Subject::Job(job), &detail).await;
        Ok(())
    }
}

/// Tells reasons apart in keys.
fn short_hash(text: &str) -> u64 {
    let hash = secureflow_plan::commitment::blake2_256(text.as_bytes());
    u64::from_le_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}
