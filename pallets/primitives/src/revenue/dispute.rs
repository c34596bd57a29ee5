//! A party contests what a settlement rests on.

use crate::{
    bounds::PerParty,
    job::{Contribution, Receipt},
    policy::chain_type,
    BlockNumber, OrgId,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;

chain_type! {
    /// What a payout may rest on, of one party over the whole job. The units are those of [`Contribution`].
    #[derive(Copy, Default)]
    pub struct Figures { pub rows: u64, pub compute_ms: u64, pub utility: u64 }
}

impl From<&Contribution> for Figures {
    fn from(contribution: &Contribution) -> Self {
        Self {
            rows: contribution.rows,
            compute_ms: contribution.compute_ms,
            utility: contribution.utility,
        }
    }
}

chain_type! {
    /// What the members have decided.
    #[derive(Copy)]
    pub enum Ruling {
        /// The worker's figures stand.
        Rejected,
        /// The party put this in.
        Corrected(Figures),
    }
}

chain_type! {
    /// A party's objection to what the worker says that it put in.
    #[derive(Copy)]
    pub struct Dispute {
        pub party: OrgId,
        /// A receipt of the party that it calls wrong. It leads to the root in the job's result.
        pub receipt: Receipt,
        /// What the party says that it put into the job.
        pub claimed: Figures,
        /// BLAKE2b-256 of the party's evidence, which the members see outside of the chain.
        pub evidence: H256,
        /// The first block in which the dispute has fallen, where no ruling came before.
        pub falls_at: BlockNumber,
        pub ruling: Option<Ruling>,
    }
}

impl Dispute {
    /// Whether the members can still decide, and nothing is paid until they have.
    pub fn is_open(&self, now: BlockNumber) -> bool {
        self.ruling.is_none() && now < self.falls_at
    }
}

/// The worker's contributions with what the members have corrected.
pub fn corrected(mut contributions: PerParty<Contribution>, disputes: &[Dispute]) -> PerParty<Contribution> {
    for dispute in disputes {
        let Some(Ruling::Corrected(figures)) = dispute.ruling else {
            continue;
        };
        if let Some(contribution) = contributions.iter_mut().find(|part| part.party == dispute.party) {
            contribution.rows = figures.rows;
            contribution.compute_ms = figures.compute_ms;
            contribution.utility = figures.utility;
        }
    }
    contributions
}
