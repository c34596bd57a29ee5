//! Spaces.

use super::{organisations, text, words, Organisation};
use secureflow_primitives::{
    revenue::{Agreement, Formula},
    view::SpaceView,
    AccountId, BlockNumber, OrgId, SpaceId,
};
use serde::Serialize;

/// A space with its money and its auditors.
#[derive(Clone, Debug, Serialize)]
pub struct Space {
    id: SpaceId,
    name: String,
    /// Who decides for it; null while that organisation is suspended.
    decides: Option<OrgId>,
    members: Vec<Organisation>,
    invited: Vec<Organisation>,
    auditors: Vec<Organisation>,
    agreement: Option<Terms>,
    /// Points.
    escrow: String,
}

/// How a reward is shared.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    formula: String,
    /// By organisation, where the formula has fixed shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    shares: Option<Vec<Share>>,
    /// In millionths, where the formula is a mixture.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<AccountId>,
    /// Points per job.
    reward: String,
    dispute_window: BlockNumber,
}

#[derive(Clone, Debug, Serialize)]
struct Share {
    organisation: OrgId,
    weight: u32,
}

#[derive(Clone, Debug, Serialize)]
struct Parts {
    equal: u32,
    fixed: u32,
    rows: u32,
    compute: u32,
    utility: u32,
}

fn shares(shares: &[(OrgId, u32)]) -> Vec<Share> {
    shares
        .iter()
        .map(|(organisation, weight)| Share {
            organisation: *organisation,
            weight: *weight,
        })
        .collect()
}

impl From<Agreement> for Terms {
    fn from(agreement: Agreement) -> Self {
        let mut terms = Self {
            formula: words(&agreement.formula),
            shares: None,
            parts: None,
            contract: None,
            reward: agreement.reward.to_string(),
            dispute_window: agreement.dispute_window,
        };
        match agreement.formula {
            Formula::Fixed(fixed) => terms.shares = Some(shares(&fixed)),
            Formula::Mixture(mixture) => {
                let [equal, fixed, rows, compute, utility] = mixture.parts();
                terms.shares = Some(shares(&mixture.shares));
                terms.parts = Some(Parts {
                    equal,
                    fixed,
                    rows,
                    compute,
                    utility,
                });
            }
            Formula::Contract(account) => terms.contract = Some(account),
            Formula::Equal | Formula::ByRows | Formula::ByComputeTime | Formula::ByUtility => {}
        }
        terms
    }
}

impl Space {
    pub fn new(id: SpaceId, view: SpaceView) -> Self {
        Self {
            id,
            name: text(&view.name),
            decides: view.decides,
            members: organisations(view.members),
            invited: organisations(view.invited),
            auditors: organisations(view.auditors),
            agreement: view.agreement.map(Terms::from),
            escrow: view.escrow.to_string(),
        }
    }
}
