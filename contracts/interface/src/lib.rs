#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

mod division;

pub use division::divide;

use ink::{
    env::{chain_extension::FromStatusCode, DefaultEnvironment, Environment},
    prelude::vec::Vec,
};

/// Organisations with the points that each is to get.
pub type Payouts = Vec<(u32, u128)>;

/// What a party put in over a whole job, as the attested worker signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub struct Contribution {
    /// The organisation's number.
    pub party: u32,
    /// Rows trained on, summed over the training rounds.
    pub rows: u64,
    /// Time that the party computed for, in milliseconds.
    pub compute_ms: u64,
    /// How well the party's updates went with the joint ones, in millionths summed over the training rounds.
    pub utility: u64,
    /// Steps that the party took part in.
    pub steps: u32,
}

/// Why there are no payouts. The chain reports the first three as 1, 2 and 3, and a contract's own reasons from 100 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub enum Refusal {
    /// The chain knows no such job, or it did not complete.
    UnknownJob,
    /// Nobody has a share.
    NobodyToPay,
    /// The weights are too large to be added up.
    WeightsTooLarge,
    /// The contract's own reason.
    Other(u8),
}

/// What the chain asks of a settlement contract.
#[ink::trait_definition]
pub trait Settlement {
    /// Divides the amount among the parties of a completed job. The payouts add up to the amount; each organisation is
    /// listed once at most and took part in the job.
    #[ink(message, selector = 0x5EF00001)]
    fn payouts(&self, job: u32, amount: u128) -> Result<Payouts, Refusal>;
}

/// What a contract may ask of the chain.
#[ink::chain_extension(extension = 0x5EF0)]
pub trait Jobs {
    type ErrorCode = Refusal;

    /// The contributions to a completed job, one per party; at most 32.
    ///
    /// Errors: `UnknownJob`.
    #[ink(function = 1)]
    fn contributions(job: u32) -> Vec<Contribution>;
}

impl FromStatusCode for Refusal {
    fn from_status_code(status: u32) -> Result<(), Self> {
        match status {
            0 => Ok(()),
            1 => Err(Self::UnknownJob),
            other => Err(Self::Other(u8::try_from(other).unwrap_or(u8::MAX))),
        }
    }
}

/// ink!'s usual types with this chain's extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecureflowEnvironment {}

impl Environment for SecureflowEnvironment {
    const MAX_EVENT_TOPICS: usize = <DefaultEnvironment as Environment>::MAX_EVENT_TOPICS;

    type AccountId = <DefaultEnvironment as Environment>::AccountId;
    type Balance = <DefaultEnvironment as Environment>::Balance;
    type Hash = <DefaultEnvironment as Environment>::Hash;
    type Timestamp = <DefaultEnvironment as Environment>::Timestamp;
    type BlockNumber = <DefaultEnvironment as Environment>::BlockNumber;
    type ChainExtension = Jobs;
}
