//! Agreements on how a job's reward is shared.

mod formula;

pub use formula::{payouts, MILLION};

use crate::{bounds::PerParty, job::Contribution, policy::chain_type, Balance, BlockNumber, JobId, OrgId, SpaceId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

chain_type! {
    /// How a reward is divided among the parties.
    pub enum Formula {
        Equal,
        /// Weights agreed beforehand; a party that is not listed gets nothing.
        Fixed(PerParty<(OrgId, u32)>),
        ByRows,
        ByComputeTime,
        /// Parts per million by equal shares, rows and compute time; together one million.
        Mixture { equal: u32, rows: u32, compute: u32 },
    }
}

chain_type! {
    /// The agreement of a space.
    pub struct Agreement {
        pub formula: Formula,
        /// Points paid out per completed job.
        pub reward: Balance,
    }
}

chain_type! {
    /// A completed job as settlement sees it.
    pub struct CompletedJob {
        pub job: JobId,
        pub space: SpaceId,
        pub contributions: PerParty<Contribution>,
    }
}

chain_type! {
    /// What was paid for a job.
    pub struct Settlement {
        pub space: SpaceId,
        pub amount: Balance,
        pub payouts: PerParty<(OrgId, Balance)>,
        pub at: BlockNumber,
    }
}
