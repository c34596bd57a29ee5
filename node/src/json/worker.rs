//! Workers and the verdicts on them.

use super::{hex, Organisation};
use secureflow_primitives::{
    attestation::{Staleness, TeeKind, WorkerStatus},
    view::WorkerView,
    AccountId, BlockNumber, H256,
};
use serde::Serialize;

/// A worker, whether it may compute, and why not.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    account: AccountId,
    operator: Organisation,
    status: &'static str,
    /// What the status means.
    because: &'static str,
    /// The first block at which it may compute no longer, or might not if nothing else were against it.
    until: BlockNumber,
    /// Whether its evidence stands for no hardware.
    simulated: bool,
    kind: &'static str,
    measurement: String,
    evidence_hash: H256,
    registered_at: BlockNumber,
    endpoint: String,
    tls_fingerprint: String,
    session_key: String,
    /// Jobs that it has and that have not ended.
    jobs: u32,
}

/// The workers by account.
#[derive(Clone, Debug, Serialize)]
pub struct Workers {
    workers: Vec<Worker>,
}

impl From<Vec<WorkerView>> for Workers {
    fn from(views: Vec<WorkerView>) -> Self {
        Self {
            workers: views.into_iter().map(Worker::from).collect(),
        }
    }
}

pub(super) fn kind(kind: TeeKind) -> &'static str {
    match kind {
        TeeKind::Simulated => "simulated",
        TeeKind::SevSnp => "SEV-SNP",
        TeeKind::Tdx => "TDX",
        TeeKind::Sgx => "SGX",
    }
}

fn status(status: WorkerStatus) -> (&'static str, &'static str) {
    match status {
        WorkerStatus::Active { .. } => ("active", "its evidence holds"),
        WorkerStatus::Grace { .. } => (
            "grace",
            "its platform is short of what the members ask, and has a while yet",
        ),
        WorkerStatus::Stale(Staleness::Platform) => {
            ("stale", "its platform is short of what the members ask of evidence")
        }
        WorkerStatus::Stale(Staleness::Evidence) => ("stale", "a certificate or collateral that it rests on has ended"),
        WorkerStatus::Stale(Staleness::Measurement) => ("stale", "its measurement was replaced"),
        WorkerStatus::Suspended => (
            "suspended",
            "the organisation that operates it is suspended or has let it go",
        ),
        WorkerStatus::Expired => ("expired", "it has not renewed its evidence"),
        WorkerStatus::Revoked => ("revoked", "its operator or the members have revoked it"),
    }
}

impl From<WorkerView> for Worker {
    fn from(view: WorkerView) -> Self {
        let worker = view.worker;
        let until = view.status.until().unwrap_or(worker.expires_at);
        let (status, because) = status(view.status);
        Self {
            account: view.account,
            operator: view.operator.into(),
            status,
            because,
            until,
            simulated: worker.is_simulated(),
            kind: kind(worker.kind),
            measurement: hex(&worker.measurement.0),
            evidence_hash: worker.evidence_hash,
            registered_at: worker.registered_at,
            endpoint: String::from_utf8_lossy(&worker.registration.endpoint).into_owned(),
            tls_fingerprint: hex(&worker.registration.tls_fingerprint),
            session_key: hex(&worker.registration.session_key),
            jobs: view.jobs,
        }
    }
}
