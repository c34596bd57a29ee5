//! The worker's side.

use std::{future::Future, sync::Arc, time::Duration};

use prost::Message;
use tokio::net::TcpListener;
use tonic::{transport, Request, Response, Status};

use crate::{
    proto::{
        self,
        aggregation_server::{Aggregation, AggregationServer},
        verification_server::{Verification, VerificationServer},
    },
    tls::{self, Peer},
    Chunk, ContributeRequest, FetchRequest, FinishRequest, Limits, PollReply, PollRequest, Refusal, SubmitOutcome,
    SubmitRequest, VerifyRequest, MAX_MESSAGE,
};

/// What a worker does for its parties. Messages arrive decoded and within bounds; who sends them is known from the
/// connection.
#[async_trait::async_trait]
pub trait AggregationService: Send + Sync + 'static {
    async fn poll(&self, peer: &Peer, request: PollRequest) -> PollReply;

    /// `wire_bytes` is the request's length as it travelled.
    async fn submit(&self, peer: &Peer, request: SubmitRequest, wire_bytes: u64) -> SubmitOutcome;

    /// `wire_bytes` is the request's length as it travelled.
    async fn contribute(&self, peer: &Peer, request: ContributeRequest, wire_bytes: u64) -> SubmitOutcome;

    async fn fetch(&self, peer: &Peer, request: FetchRequest) -> Result<Chunk, Refusal>;

    /// The bounds for a party's messages.
    fn limits(&self) -> Limits {
        Limits::default()
    }
}

/// What a job's second worker does for its first one.
#[async_trait::async_trait]
pub trait VerificationService: Send + Sync + 'static {
    /// Gives this worker's message about a party's proof.
    async fn verify(&self, peer: &Peer, request: VerifyRequest) -> Result<Vec<u8>, Refusal>;

    /// Gives this worker's share of the sum.
    async fn finish(&self, peer: &Peer, request: FinishRequest) -> Result<Vec<u8>, Refusal>;
}

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
#[error("the server for agents ended: {0}")]
pub struct ServeError(#[from] transport::Error);

/// Serves until `shutdown` resolves and the calls under way are answered.
pub async fn serve<S: AggregationService + VerificationService>(
    service: Arc<S>,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    limits: tls::ConnectionLimits,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let aggregation = AggregationServer::new(Adapter(service.clone()))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let verification = VerificationServer::new(Adapter(service))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let incoming = tls::incoming(listener, tls, limits);
    transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(20)))
        .max_concurrent_streams(Some(16))
        .add_service(aggregation)
        .add_service(verification)
        .serve_with_incoming_shutdown(incoming, shutdown)
        .await?;
    Ok(())
}

struct Adapter<S>(Arc<S>);

fn peer<T>(request: &Request<T>) -> Result<Peer, Status> {
    let peer = request.extensions().get::<Peer>();
    peer.cloned()
        .ok_or_else(|| Status::unauthenticated("the connection has no certificate"))
}

#[tonic::async_trait]
impl<S: AggregationService> Aggregation for Adapter<S> {
    async fn poll(&self, request: Request<proto::PollRequest>) -> Result<Response<proto::PollResponse>, Status> {
        let peer = peer(&request)?;
        let reply = match request.into_inner().try_into() {
            Ok(request) => self.0.poll(&peer, request).await,
            Err(malformed) => PollReply::Refused(Refusal::from(malformed)),
        };
        Ok(Response::new(reply.into()))
    }

    async fn submit(&self, request: Request<proto::SubmitRequest>) -> Result<Response<proto::SubmitResponse>, Status> {
        let peer = peer(&request)?;
        let request = request.into_inner();
        let length = request.encoded_len() as u64;
        let outcome = match SubmitRequest::from_proto(request, &self.0.limits()) {
            Ok(request) => self.0.submit(&peer, request, length).await,
            Err(malformed) => SubmitOutcome::Refused(malformed.into()),
        };
        Ok(Response::new(outcome.into()))
    }

    async fn contribute(
        &self,
        request: Request<proto::ContributeRequest>,
    ) -> Result<Response<proto::SubmitResponse>, Status> {
        let peer = peer(&request)?;
        let request = request.into_inner();
        let length = request.encoded_len() as u64;
        let outcome = match ContributeRequest::try_from(request) {
            Ok(request) => self.0.contribute(&peer, request, length).await,
            Err(malformed) => SubmitOutcome::Refused(malformed.into()),
        };
        Ok(Response::new(outcome.into()))
    }

    async fn fetch(&self, request: Request<proto::FetchRequest>) -> Result<Response<proto::FetchResponse>, Status> {
        let peer = peer(&request)?;
        let reply = match FetchRequest::try_from(request.into_inner()) {
            Ok(request) => self.0.fetch(&peer, request).await,
            Err(malformed) => Err(malformed.into()),
        };
        Ok(Response::new(reply.into()))
    }
}

#[tonic::async_trait]
impl<S: VerificationService> Verification for Adapter<S> {
    async fn verify(&self, request: Request<proto::VerifyRequest>) -> Result<Response<proto::VerifyResponse>, Status> {
        let peer = peer(&request)?;
        let reply = match VerifyRequest::try_from(request.into_inner()) {
            Ok(request) => self.0.verify(&peer, request).await,
            Err(malformed) => Err(malformed.into()),
        };
        Ok(Response::new(reply.into()))
    }

    async fn finish(&self, request: Request<proto::FinishRequest>) -> Result<Response<proto::FinishResponse>, Status> {
        let peer = peer(&request)?;
        let reply = match FinishRequest::try_from(request.into_inner()) {
            Ok(request) => self.0.finish(&peer, request).await,
            Err(malformed) => Err(malformed.into()),
        };
        Ok(Response::new(reply.into()))
    }
}
