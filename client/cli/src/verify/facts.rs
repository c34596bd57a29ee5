//! What an export says, after its proof was checked.

use crate::{names::shown, trust::TrustLabel};
use secureflow_chain::{
    export::{StateExport, VerifiedState},
    storage,
};
use secureflow_plan::JobPlan;
use secureflow_primitives::{
    attestation::{AcceptedMeasurement, Worker},
    audit::Entry,
    consortium::Organisation,
    job::{Job, JobResult, JobSpec, RoundCommitment},
    policy::{Dataset, Policy},
    revenue::{Dispute, Settlement},
    AccountId, BlockNumber, DatasetId, JobId, OrgId, PolicyVersion, Round, H256,
};
use std::collections::BTreeMap;

/// The chain's word on one job, at one block.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub genesis: H256,
    pub block_number: BlockNumber,
    pub block_hash: H256,
    pub id: JobId,
    pub job: Job,
    pub spec: JobSpec,
    pub rounds: Vec<(RoundCommitment, [u8; 64])>,
    pub result: Option<(JobResult, [u8; 64])>,
    pub worker: Option<(AccountId, Worker)>,
    pub simulated_root: Option<[u8; 32]>,
    /// When the exported block was made, unix s: certificates must be valid then.
    pub now: u64,
    /// What the members say of what the worker ran; none where they do not accept it.
    pub measurement: Option<AcceptedMeasurement>,
    pub datasets: BTreeMap<DatasetId, Dataset>,
    pub policies: BTreeMap<(DatasetId, PolicyVersion), Policy>,
    pub organisations: BTreeMap<OrgId, Organisation>,
    pub settlement: Option<Settlement>,
    pub disputes: Vec<Dispute>,
    /// Entries of the audit log about the job.
    pub audit: Vec<(u64, Entry)>,
}

impl Facts {
    /// Reads an export and checks its proof.
    pub fn from_export(bytes: &[u8], id: JobId) -> Result<Self, String> {
        let state = StateExport::decode(bytes)
            .and_then(StateExport::verify)
            .map_err(|error| error.to_string())?;
        if state.job != id {
            return Err(format!("it is of job {}, not of job {id}", state.job));
        }
        Self::from_state(&state).map_err(|error| error.to_string())
    }

    fn from_state(state: &VerifiedState) -> Result<Self, secureflow_chain::Error> {
        let id = state.job;
        let missing = |what: &str| secureflow_chain::Error::Incompatible(format!("the export holds no {what}"));
        let job = state.get(&storage::job(id))?.ok_or_else(|| missing("job"))?;
        let spec = state.get(&storage::spec(id))?.ok_or_else(|| missing("specification"))?;
        let mut rounds = Vec::new();
        // One more than there can be: the export proves that it does not exist.
        for step in 0..=spec.steps() {
            rounds.extend(state.get(&storage::round(id, Round(step)))?);
        }
        let worker = match &job.worker {
            None => None,
            Some(account) => state
                .get(&storage::worker(account))?
                .map(|worker| (account.clone(), worker)),
        };
        let accepted = match &worker {
            None => None,
            Some((_, worker)) => state.get(&storage::measurement(&worker.measurement))?,
        };
        let mut policies = BTreeMap::new();
        for pinned in &job.policies {
            let key = (pinned.dataset, pinned.version);
            policies.extend(
                state
                    .get(&storage::policy(pinned.dataset, pinned.version))?
                    .map(|policy| (key, policy)),
            );
        }
        let mut datasets = BTreeMap::new();
        for dataset in &spec.datasets {
            datasets.extend(state.get(&storage::dataset(*dataset))?.map(|found| (*dataset, found)));
        }
        Ok(Self {
            genesis: state.genesis,
            block_number: state.block.number,
            block_hash: state.block.hash,
            id,
            rounds,
            result: state.get(&storage::result(id))?,
            worker,
            simulated_root: state.get(&storage::simulated_root())?,
            now: state.get(&storage::time())?.unwrap_or_default() / 1_000,
            measurement: accepted,
            datasets,
            policies,
            organisations: state.entries(&storage::organisations())?.into_iter().collect(),
            settlement: state.get(&storage::settlement(id))?,
            disputes: state.get(&storage::disputes(id))?.unwrap_or_default().into_inner(),
            audit: state.entries(&storage::audit_entries())?,
            job,
            spec,
        })
    }

    /// The result's trust label.
    pub fn trust(&self) -> TrustLabel {
        let plan = JobPlan::from_bytes(&self.spec.plan).ok();
        let rounds = self.spec.rounds_run(self.rounds.len() as u32);
        TrustLabel::of(&self.job, &self.spec, plan.as_ref(), rounds, |org| {
            self.organisations
                .get(&org)
                .map_or_else(|| format!("organisation {org}"), |known| shown(&known.name))
        })
    }

    /// The parties, in the order of the specification's datasets.
    pub fn parties(&self) -> Vec<OrgId> {
        self.spec
            .datasets
            .iter()
            .filter_map(|dataset| self.datasets.get(dataset))
            .map(|dataset| dataset.owner)
            .collect()
    }
}
