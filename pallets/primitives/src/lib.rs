#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod attestation;
pub mod audit;
pub mod bounds;
pub mod consortium;
pub mod hash;
pub mod ids;
pub mod job;
pub mod merkle;
pub mod policy;
pub mod privacy;
pub mod revenue;
#[cfg(feature = "runtime-benchmarks")]
pub mod scenario;
#[cfg(feature = "pallets")]
pub mod traits;
pub mod view;

pub use ids::*;
pub use sp_core::H256;
pub use sp_runtime::AccountId32;

/// The version of the calls' and types' encoding. The runtime reports it as its `transaction_version`; clients refuse a
/// chain whose version differs from theirs.
pub const TRANSACTION_VERSION: u32 = 1;

/// An account on chain.
pub type AccountId = AccountId32;
/// Block number.
pub type BlockNumber = u32;
/// An amount of points, in whole points.
pub type Balance = u128;
