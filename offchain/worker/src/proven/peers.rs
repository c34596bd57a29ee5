//! Connections to the second workers of this worker's jobs.

use secureflow_chain::{Chain, ChainExt};
use secureflow_primitives::AccountId;
use secureflow_wire::{tls, CallError, FirstWorkerClient};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    #[error(transparent)]
    Chain(#[from] secureflow_chain::Error),
    #[error("the second worker is not registered, or was revoked")]
    NoWorker,
    #[error("the second worker's address or certificate cannot be used")]
    Tls(#[from] tls::TlsError),
    #[error(transparent)]
    Call(#[from] CallError),
}

/// One connection to each, known by the certificate that the chain names.
pub struct Peers {
    identity: tls::Identity,
    clients: Mutex<BTreeMap<AccountId, FirstWorkerClient>>,
}

impl Peers {
    pub fn new(identity: tls::Identity) -> Self {
        Self {
            identity,
            clients: Mutex::default(),
        }
    }

    pub async fn client(&self, chain: &dyn Chain, account: &AccountId) -> Result<FirstWorkerClient, PeerError> {
        if let Some(client) = self.lock().get(account) {
            return Ok(client.clone());
        }
        let state = chain.finalized_state().await?;
        let worker = state.worker(account).await?.filter(|worker| !worker.revoked);
        let registration = worker.ok_or(PeerError::NoWorker)?.registration;
        let endpoint = String::from_utf8_lossy(&registration.endpoint).into_owned();
        let channel = tls::channel(&endpoint, registration.tls_fingerprint, &self.identity)?;
        let client = FirstWorkerClient::new(channel);
        self.lock().insert(account.clone(), client.clone());
        Ok(client)
    }

    /// After a failure: it may have come back at another address, or with another certificate.
    pub fn forget(&self, account: &AccountId) {
        self.lock().remove(account);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<AccountId, FirstWorkerClient>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
