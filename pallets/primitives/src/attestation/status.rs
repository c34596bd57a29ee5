//! Where a worker stands, in one word: what the chain, the clients and the agents go by.

use crate::{policy::chain_type, BlockNumber};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

chain_type! {
    /// Where a worker stands at a block. Which it is, `secureflow_evidence::registry::Circumstances` decides.
    #[derive(Copy)]
    pub enum WorkerStatus {
        /// It may compute; without renewal no longer from this block on.
        Active { until: BlockNumber },
        /// It is short of what the members ask by now, and may compute until this block: its host has to be updated.
        Grace { until: BlockNumber },
        /// Its verdict's time is not over, and no longer holds: it must renew.
        Stale(Staleness),
        /// Its verdict's time is over: it must renew.
        Expired,
        /// Its operator or the members took its right away.
        Revoked,
        /// Its operator is suspended, or no longer lets the account act for it.
        Suspended,
    }
}

chain_type! {
    /// What no longer holds.
    #[derive(Copy)]
    pub enum Staleness {
        /// The platform is short of what the members ask.
        Platform,
        /// A certificate or collateral that the evidence rests on has ended.
        Evidence,
        /// The time of its measurement, which has a successor, is over.
        Measurement,
    }
}

impl WorkerStatus {
    /// Whether the worker may compute.
    pub fn is_active(self) -> bool {
        self.until().is_some()
    }

    /// The first block at which it may compute no longer; none where it may not now.
    pub fn until(self) -> Option<BlockNumber> {
        match self {
            Self::Active { until } | Self::Grace { until } => Some(until),
            _ => None,
        }
    }
}
