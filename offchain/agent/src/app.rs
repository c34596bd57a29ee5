//! Puts the agent together and runs it.

use crate::{
    agent::Agent,
    api,
    config::{Config, LimitsConfig},
    follow,
    store::Store,
};
use anyhow::{Context, Result};
use ed25519_dalek::SigningKey;
use secureflow_chain::{
    keys::{AccountKey, OrgHome, TlsIdentity},
    Chain, Client, Light,
};
use secureflow_service::files::{self, RunInfo};
use secureflow_wire::tls;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;
use zeroize::Zeroizing;

/// How long the node may take to answer before a call is given up and tried again later.
const PATIENCE: Duration = Duration::from_secs(60);

/// In the home: the proofs of finality, from which the next start goes on.
const PROOFS: &str = "finality.proofs";

/// An agent's keys.
pub struct Keys {
    pub account: AccountKey,
    pub signing: SigningKey,
    pub tls: TlsIdentity,
    pub api_token: Zeroizing<String>,
}

/// Where an agent runs and what it runs with.
pub struct Parts {
    pub home: PathBuf,
    pub database: PathBuf,
    pub keys: Keys,
    pub chain: Arc<dyn Chain>,
    pub http: TcpListener,
    pub limits: LimitsConfig,
}

/// Runs an agent from its settings until the token is cancelled.
pub async fn run(config: Config, stop: CancellationToken) -> Result<()> {
    let address = config.address()?;
    let keys = OrgHome::at(&config.keys);
    let keys = Keys {
        account: keys.agent()?,
        signing: keys.signing()?,
        tls: keys.tls()?,
        api_token: keys.api_token()?,
    };
    files::create_private_folder(&config.home)?;
    let http = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    let info = RunInfo {
        pid: std::process::id(),
        http: http.local_addr()?.to_string(),
        grpc: None,
    };
    let chain = tokio::select! {
        chain = connect(&config) => chain?,
        () = stop.cancelled() => return Ok(()),
    };
    info.write(&config.home)?;
    let parts = Parts {
        home: config.home,
        database: config.database,
        keys,
        chain,
        http,
        limits: config.limits,
    };
    run_parts(parts, stop).await
}

/// The chain: proven, where the settings pin it, else as the organisation's own node tells it.
async fn connect(config: &Config) -> Result<Arc<dyn Chain>> {
    let Some(spec) = &config.chain.spec else {
        let client = Client::connect(config.chain.url(), PATIENCE).await;
        return Ok(Arc::new(client.context("cannot reach the chain")?));
    };
    let proofs = config.home.join(PROOFS);
    let light = Light::open(&config.chain.urls, spec, &proofs, files::write_atomic, PATIENCE)?;
    light.finalized().await.context("the chain proves no final block")?;
    Ok(Arc::new(light))
}

/// Runs an agent on a chain and on a listener that are given.
pub async fn run_parts(parts: Parts, stop: CancellationToken) -> Result<()> {
    secureflow_learning::set_threads(parts.limits.threads);
    let genesis = parts.chain.genesis();
    let store = Store::open(&parts.database, genesis).await?;
    let tls = tls::Identity {
        certificate: parts.keys.tls.certificate,
        key: parts.keys.tls.key,
    };
    let agent = Arc::new(Agent::new(
        parts.chain,
        parts.keys.account,
        parts.keys.signing,
        tls,
        store,
        parts.home,
        parts.limits,
    ));
    info!(account = %agent.account.account(), genesis = ?genesis, "the agent starts");
    let router = api::router(agent.clone(), parts.keys.api_token);
    let _all = stop.clone().drop_guard();
    let http = async {
        let ended = secureflow_service::http::serve(parts.http, router, stop.clone()).await;
        stop.cancel();
        ended
    };
    let (http, (), ()) = tokio::join!(
        http,
        follow::follow(agent.clone(), stop.clone()),
        agent
            .notes
            .deliver(&agent.account, agent.limits.transaction_timeout(), stop.clone()),
    );
    agent.store.close().await;
    http.context("the local API ended")?;
    info!("the agent has ended");
    Ok(())
}
