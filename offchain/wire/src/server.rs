//! The worker's side.

use std::{future::Future, sync::Arc, time::Duration};

use prost::Message;
use tokio::net::TcpListener;
use tonic::{transport, Request, Response, Status};

use crate::{
    proto::{
        self,
        aggregation_server::{Aggregation, AggregationServer},
    },
    tls::{self, Peer},
    Chunk, FetchRequest, Limits, PollReply, PollRequest, Refusal, SubmitOutcome, SubmitRequest, MAX_MESSAGE,
};

/// What a worker does for its parties. Messages arrive decoded and within bounds; who sends them is known from the
/// connection.
#[async_trait::async_trait]
pub trait AggregationService: Send + Sync + 'static {
    async fn poll(&self, peer: &Peer, request: PollRequest) -> PollReply;

    /// `wire_bytes` is the request's length as it travelled.
    async fn submit(&self, peer: &Peer, request: SubmitRequest, wire_bytes: u64) -> SubmitOutcome;

    async fn fetch(&self, peer: &Peer, request: FetchRequest) -> Result<Chunk, Refusal>;

    /// The bounds for a party's messages.
    fn limits(&self) -> Limits {
        Limits::default()
    }
}

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
#[error("the server for agents ended: {0}")]
pub struct ServeError(#[from] transport::Error);

/// Serves until `shutdown` resolves and the calls under way are answered.
pub async fn serve(
    service: Arc<dyn AggregationService>,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    limits: tls::ConnectionLimits,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let server = AggregationServer::new(Adapter(service))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let incoming = tls::incoming(listener, tls, limits);
    transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(20)))
        .max_concurrent_streams(Some(16))
        .add_service(server)
        .serve_with_incoming_shutdown(incoming, shutdown)
        .await?;
    Ok(())
}

struct Adapter(Arc<dyn AggregationService>);

fn peer<T>(request: &Request<T>) -> Result<Peer, Status> {
    let peer = request.extensions().get::<Peer>();
    peer.cloned()
        .ok_or_else(|| Status::unauthenticated("the connection has no certificate"))
}

#[tonic::async_trait]
impl Aggregation for Adapter {
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

    async fn fetch(&self, request: Request<proto::FetchRequest>) -> Result<Response<proto::FetchResponse>, Status> {
        let peer = peer(&request)?;
        let reply = match FetchRequest::try_from(request.into_inner()) {
            Ok(request) => self.0.fetch(&peer, request).await,
            Err(malformed) => Err(malformed.into()),
        };
        Ok(Response::new(reply.into()))
    }
}
