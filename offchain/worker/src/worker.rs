//! What all tasks of the worker share.

use crate::{
    config::LimitsConfig,
    desk::{Desk, FileEntry},
    driver,
    error::DriverError,
    job::JobInfo,
    journal::Journal,
    members::Members,
    metrics::Metrics,
    proven::Peers,
    registration::evidence_file,
    store::{JobState, Store},
};
use codec::Decode;
use ed25519_dalek::SigningKey;
use secureflow_chain::{keys::AccountKey, light::Finalized, Chain, ChainExt};
use secureflow_notes::Notes;
use secureflow_plan::{artefact, Steps};
use secureflow_primitives::{
    attestation::{self, Evidence, WorkerRegistration},
    JobId,
};
use secureflow_service::folder::Folder;
use secureflow_wire::tls;
use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::{watch, Mutex};

pub struct Worker {
    pub chain: Arc<dyn Chain>,
    pub account: AccountKey,
    pub session: SigningKey,
    pub store: Store,
    pub home: PathBuf,
    pub limits: LimitsConfig,
    pub members: Members,
    pub metrics: Metrics,
    pub journal: Journal,
    /// Other workers that this one is the first of two with.
    pub peers: Peers,
    /// As the second of two, this worker makes one sum at a time.
    pub finishing: Mutex<()>,
    desks: RwLock<BTreeMap<JobId, Arc<Desk>>>,
    /// What the chain knows of this worker, as of the last look; for `/health`.
    pub standing: RwLock<Standing>,
    /// What is proven of the chain, where it is.
    pub finality: Option<watch::Receiver<Finalized>>,
}

/// Whether the worker may compute, in words.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Standing {
    pub registered: bool,
    pub simulated: bool,
    pub expires_at: u32,
    /// What keeps the worker from registering, and what to do about it.
    pub problem: Option<String>,
}

impl Worker {
    pub fn new(
        chain: Arc<dyn Chain>,
        account: AccountKey,
        session: SigningKey,
        identity: tls::Identity,
        store: Store,
        home: PathBuf,
        limits: LimitsConfig,
    ) -> Self {
        Self {
            journal: Journal {
                notes: Notes::new(chain.clone(), store.outbox()),
            },
            chain,
            account,
            session,
            store,
            home,
            limits,
            members: Members::default(),
            metrics: Metrics::new(),
            peers: Peers::new(identity),
            finishing: Mutex::default(),
            desks: RwLock::default(),
            standing: RwLock::default(),
            finality: None,
        }
    }

    /// The folder of a job's files.
    pub fn artefacts(&self, job: JobId) -> io::Result<Folder> {
        Folder::open(self.home.join("artefacts").join(format!("job-{job}")))
    }

    /// The files of a completed job.
    pub fn list_files(&self, job: JobId, steps: Steps) -> io::Result<Vec<FileEntry>> {
        driver::describe(&self.artefacts(job)?, artefact::all(steps))
    }

    /// The desk of a job that has one.
    pub fn desk(&self, job: JobId) -> Option<Arc<Desk>> {
        self.desks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&job)
            .cloned()
    }

    pub fn desks(&self) -> Vec<Arc<Desk>> {
        self.desks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    /// The desk of a job, made where there is none.
    pub fn open_desk(&self, info: &JobInfo) -> Arc<Desk> {
        let mut desks = self.desks.write().unwrap_or_else(PoisonError::into_inner);
        let desk = || Arc::new(Desk::new(info, self.store.clone()));
        desks.entry(info.id).or_insert_with(desk).clone()
    }

    /// The desk of a job that is under way or was completed by this worker, perhaps before its last start.
    pub async fn find_desk(&self, job: JobId) -> Result<Option<Arc<Desk>>, DriverError> {
        if let Some(desk) = self.desk(job) {
            return Ok(Some(desk));
        }
        let done = self
            .store
            .job(job)
            .await?
            .is_some_and(|record| record.state == JobState::Done);
        if !done {
            return Ok(None);
        }
        let state = self.chain.finalized_state().await?;
        let (Some(on_chain), Some(spec)) = (state.job(job).await?, state.spec(job).await?) else {
            return Ok(None);
        };
        let info = JobInfo::new(job, &on_chain, spec)?;
        let files = self.list_files(job, info.plan.steps())?;
        let desk = self.open_desk(&info);
        desk.complete(files).await;
        Ok(Some(desk))
    }

    /// Where the evidence of the present registration is kept.
    pub fn evidence_folder(&self) -> io::Result<Folder> {
        Folder::open(self.home.join("evidence"))
    }

    /// Puts the evidence that the chain holds a commitment to beside a job's artefacts.
    pub fn write_evidence(&self, folder: &Folder, registered: &attestation::Worker) -> io::Result<()> {
        let kept = self.evidence_folder()?;
        let name = evidence_file(&registered.evidence_hash);
        let damaged = |_| io::Error::new(io::ErrorKind::InvalidData, "the kept evidence is damaged");
        let bytes = kept.read(&name)?;
        let (registration, evidence) =
            <(WorkerRegistration, Evidence)>::decode(&mut bytes.as_slice()).map_err(damaged)?;
        driver::write_scale(folder, artefact::REGISTRATION, &registration)?;
        driver::write_scale(folder, artefact::EVIDENCE, &evidence)
    }

    pub fn standing(&self) -> Standing {
        self.standing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_standing(&self, standing: Standing) {
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = standing;
    }
}
