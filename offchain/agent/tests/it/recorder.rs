//! Stands between the agents and the worker with the keys of both.

use crate::consortium::{free_address, Consortium};
use async_trait::async_trait;
use prost::Message;
use secureflow_chain::keys::{TlsIdentity, WorkerHome};
use secureflow_wire::{
    proto,
    tls::{self, Peer},
    AgentClient, AggregationService, CallError, Chunk, ContributeRequest, FetchRequest, FinishRequest, Limits,
    PollReply, PollRequest, Refusal, RefusalCode, SubmitOutcome, SubmitRequest, VerificationService, VerifyRequest,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

/// Step and bytes of everything that was submitted.
pub type Recorded = Arc<Mutex<Vec<(u32, Vec<u8>)>>>;

/// Keeps every byte that is submitted.
struct Recorder {
    /// To the worker, as the agent with this certificate.
    clients: HashMap<[u8; 32], AgentClient>,
    recorded: Recorded,
    change: Box<dyn Fn([u8; 32], PollReply) -> PollReply + Send + Sync>,
}

fn passed_on(error: CallError) -> Refusal {
    match error {
        CallError::Refused(refusal) => refusal,
        other => Refusal::new(RefusalCode::Busy, other.to_string()),
    }
}

#[async_trait]
impl AggregationService for Recorder {
    async fn poll(&self, peer: &Peer, request: PollRequest) -> PollReply {
        let reply = self.clients[&peer.fingerprint].poll(request, &Limits::default()).await;
        let reply = reply.unwrap_or_else(|error| PollReply::Refused(passed_on(error)));
        (self.change)(peer.fingerprint, reply)
    }

    async fn submit(&self, peer: &Peer, request: SubmitRequest, _: u64) -> SubmitOutcome {
        let bytes = proto::SubmitRequest::from(request.clone()).encode_to_vec();
        self.recorded.lock().unwrap().push((request.at.step, bytes));
        let outcome = self.clients[&peer.fingerprint].submit(request).await;
        outcome.unwrap_or_else(|error| SubmitOutcome::Refused(passed_on(error)))
    }

    async fn contribute(&self, peer: &Peer, request: ContributeRequest, _: u64) -> SubmitOutcome {
        let outcome = self.clients[&peer.fingerprint].contribute(request).await;
        outcome.unwrap_or_else(|error| SubmitOutcome::Refused(passed_on(error)))
    }

    async fn fetch(&self, peer: &Peer, request: FetchRequest) -> Result<Chunk, Refusal> {
        self.clients[&peer.fingerprint].fetch(request).await.map_err(passed_on)
    }
}

/// Who stands between is nobody's second worker.
#[async_trait]
impl VerificationService for Recorder {
    async fn verify(&self, _: &Peer, _: VerifyRequest) -> Result<Vec<u8>, Refusal> {
        Err(Refusal::new(RefusalCode::UnknownJob, "no second worker"))
    }

    async fn finish(&self, _: &Peer, _: FinishRequest) -> Result<Vec<u8>, Refusal> {
        Err(Refusal::new(RefusalCode::UnknownJob, "no second worker"))
    }
}

fn identity(from: TlsIdentity) -> tls::Identity {
    tls::Identity {
        certificate: from.certificate,
        key: from.key,
    }
}

/// Puts a recorder between all agents and the worker, none of which is started yet. `change` sees every
/// answer of the worker's, with the certificate of the agent that it is for.
pub async fn stand_between(
    consortium: &mut Consortium,
    change: impl Fn([u8; 32], PollReply) -> PollReply + Send + Sync + 'static,
) -> Recorded {
    let worker = identity(WorkerHome::open(&consortium.worker_home).tls().unwrap());
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let mut clients = HashMap::new();
    let owners = consortium
        .organisations
        .iter()
        .filter(|organisation| organisation.dataset.is_some());
    for organisation in owners {
        let agent = identity(organisation.keys.tls().unwrap());
        let fingerprint = tls::fingerprint(&agent.certificate);
        let endpoint = format!("https://{}", consortium.worker_grpc);
        let channel = tls::channel(&endpoint, tls::fingerprint(&worker.certificate), &agent).unwrap();
        clients.insert(fingerprint, AgentClient::new(channel));
    }
    let known: Vec<[u8; 32]> = clients.keys().copied().collect();
    let admit: tls::Admit = Arc::new(move |fingerprint| known.contains(fingerprint));
    let config = tls::server_config(&worker, admit).unwrap();
    let address = free_address();
    let listener = TcpListener::bind(address).await.unwrap();
    let recorder = Arc::new(Recorder {
        clients,
        recorded: recorded.clone(),
        change: Box::new(change),
    });
    tokio::spawn(secureflow_wire::serve(
        recorder,
        listener,
        config,
        Default::default(),
        std::future::pending(),
    ));
    consortium.advertise = Some(format!("https://{address}"));

    recorded
}
