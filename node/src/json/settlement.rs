//! Settlements, and what parties dispute of them.

use super::{micro, Organisation};
use secureflow_primitives::{
    revenue::{self, Settlement},
    view::{DisputeView, RulingMotion},
    Balance, BlockNumber, OrgId, Round, H256,
};
use serde::Serialize;

/// How a job's reward is paid.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paid {
    amount: String,
    at: BlockNumber,
    /// The first block in which the payouts can be claimed; until then a party can dispute them.
    claimable_from: BlockNumber,
    /// When the payouts were paid; null while they wait.
    claimed_at: Option<BlockNumber>,
    /// What the datasets' policies asked for; part of the payouts of those who took part.
    prices: Vec<Payout>,
    payouts: Vec<Payout>,
    disputes: Vec<Dispute>,
}

#[derive(Clone, Debug, Serialize)]
struct Payout {
    organisation: OrgId,
    amount: String,
}

fn payouts(list: &[(OrgId, Balance)]) -> Vec<Payout> {
    list.iter()
        .map(|(organisation, amount)| Payout {
            organisation: *organisation,
            amount: amount.to_string(),
        })
        .collect()
}

impl Paid {
    pub fn new(settlement: Settlement, disputes: Vec<DisputeView>) -> Self {
        Self {
            amount: settlement.amount().to_string(),
            at: settlement.at,
            claimable_from: settlement.claimable_from(),
            claimed_at: settlement.claimed_at,
            prices: payouts(&settlement.prices.0),
            payouts: payouts(&settlement.payouts),
            disputes: disputes.into_iter().map(Dispute::from).collect(),
        }
    }
}

/// What a party says against the worker's figures.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Dispute {
    party: Organisation,
    /// The step whose receipt it calls wrong.
    step: Round,
    /// What it says that it put in over the whole job.
    claimed: Figures,
    /// The hash of what it shows the members.
    evidence: H256,
    /// The block in which the dispute falls where nothing is decided before.
    falls_at: BlockNumber,
    open: bool,
    /// Null while nothing is decided.
    ruling: Option<Ruling>,
    /// What the members are asked to decide.
    motions: Vec<Motion>,
}

impl From<DisputeView> for Dispute {
    fn from(view: DisputeView) -> Self {
        let DisputeView {
            party,
            dispute,
            open,
            motions,
        } = view;
        Self {
            party: party.into(),
            step: dispute.receipt.round,
            claimed: dispute.claimed.into(),
            evidence: dispute.evidence,
            falls_at: dispute.falls_at,
            open,
            ruling: dispute.ruling.map(Ruling::from),
            motions: motions.into_iter().map(Motion::from).collect(),
        }
    }
}

/// What a payout may rest on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    rows: u64,
    compute_ms: u64,
    utility: String,
}

impl From<revenue::Figures> for Figures {
    fn from(figures: revenue::Figures) -> Self {
        Self {
            rows: figures.rows,
            compute_ms: figures.compute_ms,
            utility: micro(figures.utility),
        }
    }
}

/// `"rejected"`, or `{"corrected": …}` with the figures that take the worker's place.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Ruling {
    Rejected,
    Corrected(Figures),
}

impl From<revenue::Ruling> for Ruling {
    fn from(ruling: revenue::Ruling) -> Self {
        match ruling {
            revenue::Ruling::Rejected => Self::Rejected,
            revenue::Ruling::Corrected(figures) => Self::Corrected(figures.into()),
        }
    }
}

/// A ruling that is put to the vote.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Motion {
    motion: H256,
    index: u32,
    ruling: Ruling,
    /// Votes that it takes.
    threshold: u32,
    ayes: Vec<OrgId>,
    nays: Vec<OrgId>,
    ends_at: BlockNumber,
}

impl From<RulingMotion> for Motion {
    fn from(motion: RulingMotion) -> Self {
        Self {
            motion: motion.motion,
            index: motion.index,
            ruling: motion.ruling.into(),
            threshold: motion.threshold,
            ayes: motion.ayes,
            nays: motion.nays,
            ends_at: motion.ends_at,
        }
    }
}
