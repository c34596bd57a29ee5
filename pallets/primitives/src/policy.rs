//! Datasets and the policies under which they may be used.

use crate::{
    bounds::{Name, PerColumn, PerParty, MAX_PURPOSES},
    privacy::PrivacyBudget,
    Balance, BlockNumber, OrgId, PolicyVersion,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;
use sp_runtime::{traits::ConstU32, BoundedVec};

macro_rules! chain_type {
    ($(#[$meta:meta])* $vis:vis enum $name:ident $($rest:tt)*) => {
        #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize)]
        $(#[$meta])* $vis enum $name $($rest)*
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident $($rest:tt)*) => {
        #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize)]
        $(#[$meta])* $vis struct $name $($rest)*
    };
}
pub(crate) use chain_type;

mod check;
mod column;
#[cfg(test)]
mod tests;
mod worker;

pub use column::{Column, ColumnRole, ColumnRule};
pub use worker::WorkerRequirement;

chain_type! {
    /// How many rows a dataset has, told as a band so that the exact figure stays with the owner.
    #[derive(Copy)]
    pub enum RowBand { Under1K, Under10K, Under100K, Under1M, Over1M }
}

impl RowBand {
    /// The band of a row count.
    pub fn of(rows: u64) -> Self {
        match rows {
            0..1_000 => Self::Under1K,
            1_000..10_000 => Self::Under10K,
            10_000..100_000 => Self::Under100K,
            100_000..1_000_000 => Self::Under1M,
            _ => Self::Over1M,
        }
    }
}

chain_type! {
    /// What an owner says of a dataset when it registers it.
    pub struct DatasetRegistration {
        /// Unique among the owner's datasets.
        pub name: Name,
        /// Commits to the columns' names and kinds.
        pub schema: H256,
        pub rows: RowBand,
        /// Commits to the content; the agent checks it before every job.
        pub content_root: H256,
    }
}

chain_type! {
    /// A registered dataset.
    pub struct Dataset {
        pub owner: OrgId,
        pub registration: DatasetRegistration,
        /// The newest policy; zero while there is none, and then nothing is allowed.
        pub policy: PolicyVersion,
        /// A retired dataset takes part in no new job.
        pub retired: bool,
        /// The owner has revoked the newest policy: nothing is allowed until there is another.
        pub revoked: bool,
    }
}

chain_type! {
    /// What is done with the data.
    #[derive(Copy)]
    pub enum Operation { Statistics, HorizontalTraining, VerticalTraining, Intersection, Inference }
}

/// A set of operations.
pub type Operations = BoundedVec<Operation, ConstU32<5>>;

chain_type! {
    /// The terms on which an owner lets a dataset be used. Every rule must hold.
    pub struct Policy {
        /// Purposes that are allowed, word for word.
        pub purposes: BoundedVec<Name, ConstU32<MAX_PURPOSES>>,
        pub operations: Operations,
        /// A column that no rule names is hidden.
        pub columns: PerColumn<ColumnRule>,
        /// The fewest parties that a sum may be over.
        pub min_parties: u32,
        /// The fewest rows that a published category or group may rest on.
        pub min_group_size: u32,
        /// What the worker must be.
        pub worker: WorkerRequirement,
        /// What may be spent in all; `None` lets jobs without differential privacy run.
        pub budget: Option<PrivacyBudget>,
        /// How many jobs may use the data; `None` for any number.
        pub max_uses: Option<u32>,
        /// The first block at which the policy no longer holds.
        pub expires_at: Option<BlockNumber>,
        /// With whom; `None` for anyone in the space.
        pub counterparties: Option<PerParty<OrgId>>,
        /// Points asked per job, paid before the reward is shared.
        pub price: Balance,
    }
}

chain_type! {
    /// What a policy that allows a job pins for it.
    pub struct Terms {
        pub version: PolicyVersion,
        pub worker: WorkerRequirement,
        pub price: Balance,
    }
}

chain_type! {
    /// The rule that a job breaks.
    #[derive(Copy)]
    pub enum Violation {
        UnknownDataset, DatasetRetired, NoPolicy, Purpose, Operation, ColumnHidden, ColumnRole, ColumnOperation,
        ColumnPurpose, TooFewParties, GroupTooSmall, WorkerKind, WorkerMeasurement, SimulatedWorker, NoPrivacy,
        NoiseTooLow, BudgetExceeded, UsesExhausted, Expired, Counterparty, Price,
    }
}
