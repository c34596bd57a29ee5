//! Puts the worker together and runs it.

use crate::{
    config::{Config, EvidenceConfig},
    follow,
    grpc::Service,
    http,
    registration::{self, Identity, Platform},
    store::Store,
    worker::Worker,
};
use anyhow::{Context, Result};
use ed25519_dalek::SigningKey;
use secureflow_chain::{
    keys::{AccountKey, TlsIdentity, WorkerHome},
    light::{Finalized, Light},
    Chain,
};
use secureflow_primitives::{attestation::TeeKind, bounds::Endpoint};
use secureflow_service::files::{self, RunInfo};
use secureflow_tee::{Attester, HardwareAttester, SimulatedAttester};
use secureflow_wire::tls;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// How long the node may take to answer before a call is given up and tried again later.
const PATIENCE: Duration = Duration::from_secs(60);

/// In the home: the proofs of finality, from which the next start goes on.
const PROOFS: &str = "finality.proofs";

/// A worker's keys.
pub struct Keys {
    pub account: AccountKey,
    pub session: SigningKey,
    pub tls: TlsIdentity,
}

/// Where a worker runs and what it runs with.
pub struct Parts {
    pub home: PathBuf,
    pub database: PathBuf,
    pub keys: Keys,
    pub attester: Box<dyn Attester>,
    pub platform: Platform,
    pub chain: Arc<dyn Chain>,
    /// What is proven of the chain, for `/health`; nothing of a chain that is not proven but believed.
    pub finality: Option<watch::Receiver<Finalized>>,
    pub grpc: TcpListener,
    pub http: TcpListener,
    pub advertise: Option<String>,
    pub limits: crate::config::LimitsConfig,
}

/// Runs a worker from its settings until the token is cancelled.
pub async fn run(config: Config, stop: CancellationToken) -> Result<()> {
    let keys = WorkerHome::at(&config.keys);
    let (attester, platform) = attester(&config.evidence)?;
    let keys = Keys {
        account: keys.account()?,
        session: keys.session()?,
        tls: keys.tls()?,
    };
    let listen = |address: String| async move {
        TcpListener::bind(&address)
            .await
            .with_context(|| format!("cannot listen on {address}"))
    };
    let (grpc, http) = (listen(config.grpc_listen).await?, listen(config.http_listen).await?);
    files::create_private_folder(&config.home)?;
    let info = RunInfo {
        pid: std::process::id(),
        http: http.local_addr()?.to_string(),
        grpc: Some(grpc.local_addr()?.to_string()),
    };
    let spec = config.chain.spec.context("the settings name no chain specification")?;
    let proofs = config.home.join(PROOFS);
    let chain = Light::open(&config.chain.urls, &spec, &proofs, files::write_atomic, PATIENCE)?;
    tokio::select! {
        head = chain.finalized() => head.context("the chain proves no final block")?,
        () = stop.cancelled() => return Ok(()),
    };
    info.write(&config.home)?;
    let parts = Parts {
        home: config.home,
        database: config.database,
        keys,
        attester,
        platform,
        finality: Some(chain.watch()),
        chain: Arc::new(chain),
        grpc,
        http,
        advertise: config.advertise,
        limits: config.limits,
    };
    run_parts(parts, stop).await
}

/// What makes this worker's evidence, and what it will say.
fn attester(config: &EvidenceConfig) -> Result<(Box<dyn Attester>, Platform)> {
    match config {
        EvidenceConfig::Simulated {
            root_key,
            measurement_label,
        } => {
            let root = secureflow_chain::keys::read_secret(root_key).context("the key for simulated evidence")?;
            let root = SigningKey::from_bytes(&root);
            let attester = SimulatedAttester::new(&root, measurement_label.as_bytes());
            let platform = Platform {
                kind: TeeKind::Simulated,
                measurement: attester.measurement(),
                simulated_root: Some(root.verifying_key().to_bytes()),
            };
            Ok((Box::new(attester), platform))
        }
        EvidenceConfig::Hardware { certificate } => {
            let device = secureflow_tee::detect().context(
                "this machine is no SEV-SNP or TDX guest: there is neither /dev/sev-guest nor /sys/kernel/config/tsm/report. \
                 Run the worker in such a guest, or set `[evidence] kind = \"simulated\"` on a development network",
            )?;
            let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
            let certificate = certificate.as_ref().map(read).transpose()?;
            let attester = HardwareAttester::new(device, certificate)?;
            let platform = Platform {
                kind: attester.kind(),
                measurement: attester.measurement(),
                simulated_root: None,
            };
            Ok((Box::new(attester), platform))
        }
    }
}

/// Runs a worker on a chain and on listeners that are given.
pub async fn run_parts(parts: Parts, stop: CancellationToken) -> Result<()> {
    let genesis = parts.chain.genesis();
    let store = Store::open(&parts.database, genesis).await?;
    let endpoint = match parts.advertise {
        Some(endpoint) => endpoint,
        None => format!("https://{}", parts.grpc.local_addr()?),
    };
    let identity = Identity {
        endpoint: Endpoint::try_from(endpoint.clone().into_bytes())
            .map_err(|_| anyhow::anyhow!("the endpoint {endpoint} is longer than 128 bytes"))?,
        tls_fingerprint: parts.keys.tls.fingerprint(),
        session_key: parts.keys.session.verifying_key().to_bytes(),
        attester: parts.attester,
        platform: parts.platform,
    };
    let mut worker = Worker::new(
        parts.chain,
        parts.keys.account,
        parts.keys.session,
        tls::Identity {
            certificate: parts.keys.tls.certificate.clone(),
            key: parts.keys.tls.key.clone_key(),
        },
        store,
        parts.home,
        parts.limits,
    );
    worker.finality = parts.finality;
    let worker = Arc::new(worker);
    info!(account = %worker.account.account(), endpoint, genesis = ?genesis, "the worker starts");

    let members = worker.clone();
    let tls_identity = tls::Identity {
        certificate: parts.keys.tls.certificate,
        key: parts.keys.tls.key,
    };
    let admit: tls::Admit = Arc::new(move |fingerprint| members.members.admits(fingerprint));
    let server_tls = tls::server_config(&tls_identity, admit)?;
    let service = Arc::new(Service::new(worker.clone()));
    let limits = tls::ConnectionLimits::default();
    let grpc = secureflow_wire::serve(service, parts.grpc, server_tls, limits, stop.clone().cancelled_owned());
    let http = secureflow_service::http::serve(parts.http, http::router(worker.clone()), stop.clone());

    // Any of them ending early ends all: the process is restarted as a whole.
    let _all = stop.clone().drop_guard();
    let (grpc, http, (), (), ()) = tokio::join!(
        ending(grpc, &stop),
        ending(http, &stop),
        follow::follow(worker.clone(), stop.clone()),
        registration::keep(worker.clone(), identity, stop.clone()),
        worker
            .journal
            .notes
            .deliver(&worker.account, worker.limits.transaction_timeout(), stop.clone()),
    );
    worker.store.close().await;
    grpc.context("the interface for agents ended")?;
    http.context("the HTTP interface ended")?;
    info!("the worker has ended");
    Ok(())
}

/// Runs a server; when it ends, for whatever reason, the others end too. Calls that are held get a moment.
async fn ending<E>(
    server: impl std::future::Future<Output = Result<(), E>>,
    stop: &CancellationToken,
) -> Result<(), E> {
    const GRACE: Duration = Duration::from_secs(3);
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let ended = tokio::select! {
        ended = server => ended,
        () = late => Ok(()),
    };
    stop.cancel();
    ended
}
