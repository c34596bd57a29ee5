#![doc = include_str!("../README.md")]

#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod client;
mod config;
mod error;
pub mod fixed;
mod graph;
mod keys;
mod mask;
mod messages;
mod parallel;
mod ring;
mod server;
mod shamir;

pub use client::{Client, ClientStep};
pub use config::{Config, PartyId, SessionId, MAX_LENGTH, MAX_PARTIES, MIN_PARTIES};
pub use error::{Error, Fault};
pub use graph::{Adversary, Assumptions, Graph, Parameters};
pub use mask::{Masking, Unmasking};
pub use messages::{
    Advertise, ClientMessage, Consistency, ConsistencyBook, Deliver, KeyBook, MaskedInput, SealedShares, ServerMessage,
    ShareBytes, Shares, SignatureBytes, Survivors, Unmask, SEALED_LENGTH,
};
pub use ring::Ring;
pub use server::{Outcome, Progress, Server, ServerStep};

pub use ed25519_dalek;
