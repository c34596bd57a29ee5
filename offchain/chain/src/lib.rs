#![doc = include_str!("../README.md")]

pub mod audit;
mod call;
mod chain;
mod client;
mod connection;
pub mod contract;
mod error;
mod event;
pub mod export;
mod extrinsic;
pub mod fake;
pub mod keys;
pub mod light;
mod open_jobs;
mod runtime;
mod state;
pub mod storage;

pub use call::Call;
pub use chain::{At, BlockRef, Chain, ChainExt, Header, Submitted, Wait};
pub use client::{Client, NewSessionKeys, Offline};
pub use error::{Error, Result};
pub use event::ChainEvent;
pub use light::Light;
pub use open_jobs::OpenJobs;
pub use sp_core::H256;
pub use state::{Standing, State};
