//! The connection to a worker of the job, at the address and with the certificate that the chain names.

use super::ParticipantError;
use crate::agent::Agent;
use secureflow_chain::ChainExt;
use secureflow_primitives::{AccountId, JobId};
use secureflow_wire::{
    tls, AgentClient, ContributeRequest, FetchRequest, Limits, PollReply, PollRequest, SubmitOutcome, SubmitRequest,
};
use std::sync::Arc;

pub struct Link {
    agent: Arc<Agent>,
    job: JobId,
    worker: AccountId,
    client: Option<AgentClient>,
}

impl Link {
    pub fn new(agent: Arc<Agent>, job: JobId, worker: AccountId) -> Self {
        Self {
            agent,
            job,
            worker,
            client: None,
        }
    }

    /// The next call looks the worker up again.
    pub fn drop_connection(&mut self) {
        self.client = None;
    }

    async fn client(&mut self) -> Result<AgentClient, ParticipantError> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let state = self.agent.chain.finalized_state().await?;
        let now = state.block().number;
        let worker = state.worker(&self.worker).await?.filter(|worker| !worker.revoked);
        let worker = worker.ok_or(ParticipantError::NoWorker)?;
        if !worker.is_active(now) {
            tracing::debug!("the worker's evidence has expired; its job may still end");
        }
        let endpoint = String::from_utf8_lossy(&worker.registration.endpoint).into_owned();
        let channel = tls::channel(&endpoint, worker.registration.tls_fingerprint, &self.agent.tls)?;
        let client = AgentClient::new(channel);
        self.client = Some(client.clone());
        Ok(client)
    }

    pub async fn poll(&mut self, request: PollRequest) -> Result<PollReply, ParticipantError> {
        let limits = Limits {
            parties: secureflow_primitives::bounds::MAX_PARTIES as usize,
            ..Limits::default()
        };
        Ok(self.client().await?.poll(request, &limits).await?)
    }

    pub async fn submit(&mut self, request: SubmitRequest) -> Result<SubmitOutcome, ParticipantError> {
        Ok(self.client().await?.submit(request).await?)
    }

    pub async fn contribute(&mut self, request: ContributeRequest) -> Result<SubmitOutcome, ParticipantError> {
        Ok(self.client().await?.contribute(request).await?)
    }

    /// A file of the job, at most `limit` bytes.
    pub async fn fetch(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, ParticipantError> {
        let request = FetchRequest {
            job: self.job,
            name: name.into(),
            offset: 0,
        };
        Ok(self.client().await?.fetch_all(request, limit).await?)
    }
}
