//! Agreements on how a job's reward is shared, and what follows from them.

pub mod contract;
mod dispute;
mod formula;
mod prices;

pub use dispute::{corrected, Dispute, Figures, Ruling};
pub use formula::{payouts, MILLION};
pub use prices::Prices;

use crate::{
    bounds::PerParty, job::Contribution, policy::chain_type, AccountId, Balance, BlockNumber, JobId, OrgId, SpaceId,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;

/// The asset that points are, in `pallet-assets`.
pub const POINTS: u32 = 1;

chain_type! {
    /// How a reward is divided among the parties.
    pub enum Formula {
        Equal,
        /// Weights agreed beforehand; a party that is not listed gets nothing.
        Fixed(PerParty<(OrgId, u32)>),
        ByRows,
        ByComputeTime,
        Mixture(Mixture),
        /// By how well a party's updates went with the joint ones; see [`Contribution::utility`].
        ByUtility,
        /// The ink! contract at this account computes the payouts.
        Contract(AccountId),
    }
}

chain_type! {
    /// Several formulas at once, each for a part of the reward. The parts are in millionths and add up to [`MILLION`].
    #[derive(Default)]
    pub struct Mixture {
        pub equal: u32,
        pub fixed: u32,
        pub rows: u32,
        pub compute: u32,
        pub utility: u32,
        /// What the fixed part is shared by; empty where there is none.
        pub shares: PerParty<(OrgId, u32)>,
    }
}

impl Mixture {
    /// The parts, in the order of the fields.
    pub fn parts(&self) -> [u32; 5] {
        [self.equal, self.fixed, self.rows, self.compute, self.utility]
    }
}

chain_type! {
    /// The agreement of a space.
    pub struct Agreement {
        pub formula: Formula,
        /// Points paid out per completed job.
        pub reward: Balance,
        /// Blocks from a settlement to its claims, in which the parties may dispute it; zero for none.
        pub dispute_window: BlockNumber,
    }
}

chain_type! {
    /// A completed job as settlement sees it.
    pub struct CompletedJob {
        pub job: JobId,
        pub space: SpaceId,
        pub contributions: PerParty<Contribution>,
        /// Merkle root over the receipts' hashes.
        pub receipts_root: H256,
    }
}

chain_type! {
    /// How the reward of a job is paid.
    pub struct Settlement {
        pub space: SpaceId,
        /// By which the job was settled. What a dispute corrects is computed by it, too.
        pub agreement: Agreement,
        /// What the pinned policies of the job's datasets ask for; nobody whose price is zero. It comes before anything is
        /// shared.
        pub prices: Prices,
        /// Their sum is [`Self::amount`].
        pub payouts: PerParty<(OrgId, Balance)>,
        pub at: BlockNumber,
        /// When the payouts were paid; `None` while they wait in the space's escrow account.
        pub claimed_at: Option<BlockNumber>,
    }
}

impl Settlement {
    /// Points in all: the reward, or the prices where an agreement that came in place of another promises less than them.
    pub fn amount(&self) -> Balance {
        self.prices.total().max(self.agreement.reward)
    }

    /// The prices of those who took part, and what is left to be shared by the agreement's formula.
    pub fn split(&self, contributions: &[Contribution]) -> (Prices, Balance) {
        let earned = self.prices.clone().earned(contributions);
        let rest = self.amount().saturating_sub(earned.total());
        (earned, rest)
    }

    /// The payouts that follow from these contributions; `None` for a contract, which only the chain can run.
    pub fn payouts_of(&self, contributions: &[Contribution]) -> Option<Vec<(OrgId, Balance)>> {
        let (earned, rest) = self.split(contributions);
        let shares = payouts(&self.agreement.formula, contributions, rest)?;
        Some(earned.on_top_of(shares))
    }

    /// The first block in which the payouts can be claimed. Disputes begin before it.
    pub fn claimable_from(&self) -> BlockNumber {
        self.at.saturating_add(self.agreement.dispute_window)
    }
}
