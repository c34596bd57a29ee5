#![doc = include_str!("../README.md")]

mod client;
mod error;
mod messages;
mod server;
pub mod tls;

/// The generated types. Programs use the checked ones at the crate's root.
pub mod proto {
    #![allow(clippy::all)]
    tonic::include_proto!("secureflow.v1");
}

pub use client::{AgentClient, CallError, FirstWorkerClient};
pub use error::{Malformed, Refusal, RefusalCode};
pub use messages::{
    Artefact, Chunk, ContributeRequest, FetchRequest, FinishRequest, Limits, PollReply, PollRequest, StepInput,
    StepRef, StepStart, SubmitOutcome, SubmitRequest, VerifyRequest,
};
pub use prost::bytes::Bytes;
pub use server::{serve, AggregationService, ServeError, VerificationService};

/// The version of these messages. A change that old programs would misread raises it.
pub const VERSION: u32 = 1;

/// The longest message in bytes.
pub const MAX_MESSAGE: usize = 64 << 20;

/// The longest piece of a file in bytes.
pub const MAX_CHUNK: usize = 4 << 20;

/// The longest time that a poll may wait.
pub const MAX_WAIT: std::time::Duration = std::time::Duration::from_secs(60);
