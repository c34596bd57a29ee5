//! The agent's side.

use std::time::Duration;

use tonic::{transport::Channel, Code, Request, Status};

use crate::{
    messages,
    proto::{aggregation_client::AggregationClient, verification_client::VerificationClient},
    Chunk, ContributeRequest, FetchRequest, FinishRequest, Limits, Malformed, PollReply, PollRequest, Refusal,
    SubmitOutcome, SubmitRequest, VerifyRequest, MAX_MESSAGE,
};

/// Added to the time that a poll waits, for the reply to travel.
const TRAVEL: Duration = Duration::from_secs(30);

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("the worker cannot be reached: {}", describe(.0))]
    Transport(Status),
    #[error("the worker sent a malformed reply: {0}")]
    Malformed(#[from] Malformed),
    #[error("the worker refused: {0}")]
    Refused(#[from] Refusal),
}

impl CallError {
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport(status) => status.code() != Code::InvalidArgument && status.code() != Code::Unimplemented,
            Self::Malformed(_) => false,
            Self::Refused(refusal) => refusal.retryable,
        }
    }
}

/// The status with the innermost cause, which says what is wrong with a connection.
fn describe(status: &Status) -> String {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(status);
    let mut text = status.message().to_string();
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    if text.is_empty() {
        status.code().to_string()
    } else {
        text
    }
}

/// Speaks to one worker over a channel from [`crate::tls::channel`].
#[derive(Clone, Debug)]
pub struct AgentClient {
    inner: AggregationClient<Channel>,
}

impl AgentClient {
    pub fn new(channel: Channel) -> Self {
        let inner = AggregationClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        Self { inner }
    }

    /// Asks what to do. A refusal comes as a reply, since it is part of the conversation.
    pub async fn poll(&self, request: PollRequest, limits: &Limits) -> Result<PollReply, CallError> {
        let patience = request.wait + TRAVEL;
        let mut request = Request::new(request.into());
        request.set_timeout(patience);
        let response = self.inner.clone().poll(request).await.map_err(CallError::Transport)?;
        Ok(PollReply::from_proto(response.into_inner(), limits)?)
    }

    pub async fn submit(&self, request: SubmitRequest) -> Result<SubmitOutcome, CallError> {
        let mut request = Request::new(request.into());
        request.set_timeout(TRAVEL * 4);
        let response = self.inner.clone().submit(request).await.map_err(CallError::Transport)?;
        Ok(response.into_inner().try_into()?)
    }

    pub async fn contribute(&self, request: ContributeRequest) -> Result<SubmitOutcome, CallError> {
        let mut request = Request::new(request.into());
        request.set_timeout(TRAVEL * 4);
        let response = self
            .inner
            .clone()
            .contribute(request)
            .await
            .map_err(CallError::Transport)?;
        Ok(response.into_inner().try_into()?)
    }

    /// One piece of a file.
    pub async fn fetch(&self, request: FetchRequest) -> Result<Chunk, CallError> {
        let mut request = Request::new(request.into());
        request.set_timeout(TRAVEL * 4);
        let response = self.inner.clone().fetch(request).await.map_err(CallError::Transport)?;
        Ok(messages::chunk(response.into_inner())??)
    }

    /// A whole file of at most `limit` bytes. The caller compares its hash.
    pub async fn fetch_all(&self, request: FetchRequest, limit: u64) -> Result<Vec<u8>, CallError> {
        let too_long = |found: u64| Malformed::TooLong {
            field: "size",
            found: found as usize,
            limit: limit as usize,
        };
        let mut content = Vec::new();
        loop {
            let offset = request.offset + content.len() as u64;
            let chunk = self
                .fetch(FetchRequest {
                    offset,
                    ..request.clone()
                })
                .await?;
            let size = chunk.size.saturating_sub(request.offset);
            if size > limit || content.len() as u64 + chunk.content.len() as u64 > limit {
                return Err(too_long(chunk.size).into());
            }
            if chunk.content.is_empty() {
                return Ok(content);
            }
            content.extend_from_slice(&chunk.content);
            if content.len() as u64 >= size {
                return Ok(content);
            }
        }
    }
}

/// What a job's first worker asks its second, over a channel from [`crate::tls::channel`].
#[derive(Clone, Debug)]
pub struct FirstWorkerClient {
    inner: VerificationClient<Channel>,
}

impl FirstWorkerClient {
    pub fn new(channel: Channel) -> Self {
        let inner = VerificationClient::new(channel)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        Self { inner }
    }

    /// Gives the second worker's message about a party's proof.
    pub async fn verify(&self, request: VerifyRequest) -> Result<Vec<u8>, CallError> {
        let mut request = Request::new(request.into());
        request.set_timeout(TRAVEL);
        let response = self.inner.clone().verify(request).await.map_err(CallError::Transport)?;
        Ok(messages::verified(response.into_inner())??)
    }

    /// Gives the second worker's share of the sum.
    pub async fn finish(&self, request: FinishRequest) -> Result<Vec<u8>, CallError> {
        let mut request = Request::new(request.into());
        request.set_timeout(TRAVEL * 4);
        let response = self.inner.clone().finish(request).await.map_err(CallError::Transport)?;
        Ok(messages::share(response.into_inner())??)
    }
}
