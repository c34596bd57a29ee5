//! The messages as programs use them: typed, bounded, checked when they are read.

mod replies;
mod secagg;
mod verification;

pub(crate) use verification::{share, verified};
pub use verification::{ContributeRequest, FinishRequest, VerifyRequest};

use std::time::Duration;

use prost::{bytes::Bytes, Message};
use secureflow_primitives::{
    bounds::{MAX_ROUNDS, MAX_ROUND_UTILITY},
    JobId, OrgId,
};
use secureflow_secagg::{ClientMessage, Ring, ServerMessage, SessionId, MAX_PARTIES};

use crate::{
    error::cut,
    proto::{self, fetch_response, poll_response, submit_response},
    Malformed, Refusal, MAX_CHUNK, MAX_MESSAGE, MAX_WAIT, VERSION,
};

/// The longest name of a file.
const MAX_NAME: usize = 128;
/// The most files of a job: a model per round and a few others.
const MAX_ARTEFACTS: usize = MAX_ROUNDS as usize + 64;

/// How much a message may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Parties of the session.
    pub parties: usize,
    /// Entries of a vector.
    pub length: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            parties: MAX_PARTIES,
            length: MAX_MESSAGE / 8,
        }
    }
}

/// A step and which attempt at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepRef {
    pub step: u32,
    pub attempt: u32,
}

/// An agent asks what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollRequest {
    pub job: JobId,
    /// What it has begun.
    pub begun: Option<StepRef>,
    /// Server messages of that attempt that it has answered.
    pub answered: u32,
    /// Whether it is computing its vector now.
    pub computing: bool,
    /// How long the worker may wait for something to say; [`MAX_WAIT`] at most.
    pub wait: Duration,
}

/// What the agent is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollReply {
    /// Nothing to do for now.
    Nothing,
    Start(Box<StepStart>),
    Message {
        at: StepRef,
        message: ServerMessage,
    },
    Done(Vec<Artefact>),
    Failed {
        reason: String,
        party: Option<OrgId>,
    },
    Refused(Refusal),
}

/// A step begins. The agent checks all of it against the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepStart {
    pub at: StepRef,
    /// Ascending.
    pub parties: Vec<OrgId>,
    pub threshold: u32,
    /// Entries of the vector.
    pub length: u64,
    pub session: SessionId,
    /// When the worker stops waiting, in milliseconds since 1970.
    pub deadline_unix_ms: u64,
    pub input: StepInput,
}

/// What a step is computed from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepInput {
    /// The survey's sum.
    pub survey: Option<Vec<u64>>,
    /// The moments' sum.
    pub moments: Option<Vec<u64>>,
    /// The model's safetensors bytes.
    pub model: Option<Bytes>,
}

/// A file of a job that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    pub name: String,
    pub size: u64,
    /// BLAKE2b-256 of the content.
    pub hash: [u8; 32],
}

/// A party's message in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmitRequest {
    pub job: JobId,
    pub at: StepRef,
    pub message: ClientMessage,
    /// Rows used; for the receipt.
    pub rows: u64,
    pub compute_ms: u64,
    /// Of this party's update in the training round before this step, in millionths; [`MAX_ROUND_UTILITY`] at most.
    pub utility: u64,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitOutcome {
    Accepted,
    /// The same message was here before.
    Repeated,
    Refused(Refusal),
}

/// Asks for a piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    pub job: JobId,
    pub name: String,
    pub offset: u64,
}

/// A piece of a file; empty at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub content: Bytes,
    /// Of the whole file.
    pub size: u64,
}

fn version(found: u32) -> Result<(), Malformed> {
    if found == VERSION {
        Ok(())
    } else {
        Err(Malformed::Version { found })
    }
}

fn at_most(field: &'static str, found: usize, limit: usize) -> Result<(), Malformed> {
    if found > limit {
        return Err(Malformed::TooLong { field, found, limit });
    }
    Ok(())
}

fn array<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_| Malformed::Length {
        field,
        found: bytes.len(),
        expected: N,
    })
}

/// Little-endian 64-bit integers.
fn unpack(field: &'static str, bytes: &[u8], limit: usize) -> Result<Vec<u64>, Malformed> {
    at_most(field, bytes.len() / u64::BYTES, limit)?;
    u64::unpack(bytes).ok_or(Malformed::Value(field))
}

fn pack(values: &[u64]) -> Bytes {
    u64::pack(values).into()
}

/// A name without a path: it becomes a file's name on the other side.
fn file_name(name: String) -> Result<String, Malformed> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > MAX_NAME || name.starts_with('.') || !name.chars().all(plain) {
        return Err(Malformed::Value("name"));
    }
    Ok(name)
}

impl From<StepRef> for proto::StepRef {
    fn from(at: StepRef) -> Self {
        Self {
            step: at.step,
            attempt: at.attempt,
        }
    }
}

impl From<proto::StepRef> for StepRef {
    fn from(at: proto::StepRef) -> Self {
        Self {
            step: at.step,
            attempt: at.attempt,
        }
    }
}

impl From<PollRequest> for proto::PollRequest {
    fn from(request: PollRequest) -> Self {
        Self {
            version: VERSION,
            job: request.job.0,
            begun: request.begun.map(Into::into),
            answered: request.answered,
            computing: request.computing,
            wait_ms: request.wait.min(MAX_WAIT).as_millis() as u32,
        }
    }
}

impl TryFrom<proto::PollRequest> for PollRequest {
    type Error = Malformed;

    fn try_from(request: proto::PollRequest) -> Result<Self, Malformed> {
        version(request.version)?;
        Ok(Self {
            job: JobId(request.job),
            begun: request.begun.map(Into::into),
            answered: request.answered,
            computing: request.computing,
            wait: Duration::from_millis(request.wait_ms.into()).min(MAX_WAIT),
        })
    }
}

impl From<SubmitRequest> for proto::SubmitRequest {
    fn from(request: SubmitRequest) -> Self {
        Self {
            version: VERSION,
            job: request.job.0,
            at: Some(request.at.into()),
            message: Some(request.message.into()),
            rows: request.rows,
            compute_ms: request.compute_ms,
            utility: request.utility,
        }
    }
}

impl SubmitRequest {
    /// The request's length as it travels, before encryption.
    pub fn wire_bytes(&self) -> u64 {
        proto::SubmitRequest::from(self.clone()).encoded_len() as u64
    }

    /// Reads a request and checks it against the limits.
    pub fn from_proto(request: proto::SubmitRequest, limits: &Limits) -> Result<Self, Malformed> {
        version(request.version)?;
        if request.utility > MAX_ROUND_UTILITY {
            return Err(Malformed::Value("utility"));
        }
        Ok(Self {
            job: JobId(request.job),
            at: request.at.ok_or(Malformed::Missing("at"))?.into(),
            message: secagg::client_message(request.message.ok_or(Malformed::Missing("message"))?, limits)?,
            rows: request.rows,
            compute_ms: request.compute_ms,
            utility: request.utility,
        })
    }
}

impl From<SubmitOutcome> for proto::SubmitResponse {
    fn from(outcome: SubmitOutcome) -> Self {
        use submit_response::Reply;
        let reply = match outcome {
            SubmitOutcome::Accepted => Reply::Accepted(proto::Accepted {}),
            SubmitOutcome::Repeated => Reply::Repeated(proto::Repeated {}),
            SubmitOutcome::Refused(refusal) => Reply::Refusal(refusal.into()),
        };
        Self {
            version: VERSION,
            reply: Some(reply),
        }
    }
}

impl TryFrom<proto::SubmitResponse> for SubmitOutcome {
    type Error = Malformed;

    fn try_from(response: proto::SubmitResponse) -> Result<Self, Malformed> {
        use submit_response::Reply;
        version(response.version)?;
        Ok(match response.reply.ok_or(Malformed::Missing("reply"))? {
            Reply::Accepted(_) => Self::Accepted,
            Reply::Repeated(_) => Self::Repeated,
            Reply::Refusal(refusal) => Self::Refused(refusal.into()),
        })
    }
}

impl From<FetchRequest> for proto::FetchRequest {
    fn from(request: FetchRequest) -> Self {
        Self {
            version: VERSION,
            job: request.job.0,
            name: request.name,
            offset: request.offset,
        }
    }
}

impl TryFrom<proto::FetchRequest> for FetchRequest {
    type Error = Malformed;

    fn try_from(request: proto::FetchRequest) -> Result<Self, Malformed> {
        version(request.version)?;
        Ok(Self {
            job: JobId(request.job),
            name: file_name(request.name)?,
            offset: request.offset,
        })
    }
}

impl From<Result<Chunk, Refusal>> for proto::FetchResponse {
    fn from(reply: Result<Chunk, Refusal>) -> Self {
        use fetch_response::Reply;
        let reply = match reply {
            Ok(chunk) => Reply::Chunk(proto::Chunk {
                content: chunk.content,
                size: chunk.size,
            }),
            Err(refusal) => Reply::Refusal(refusal.into()),
        };
        Self {
            version: VERSION,
            reply: Some(reply),
        }
    }
}

/// Reads a reply to a [`FetchRequest`].
pub(crate) fn chunk(response: proto::FetchResponse) -> Result<Result<Chunk, Refusal>, Malformed> {
    use fetch_response::Reply;
    version(response.version)?;
    Ok(match response.reply.ok_or(Malformed::Missing("reply"))? {
        Reply::Chunk(chunk) => {
            at_most("content", chunk.content.len(), MAX_CHUNK)?;
            Ok(Chunk {
                content: chunk.content,
                size: chunk.size,
            })
        }
        Reply::Refusal(refusal) => Err(refusal.into()),
    })
}
