mod agreement;
mod dispute;
mod formula;
mod points;
mod prices;
mod property;
mod settlement;

use crate::{
    mock::*, Agreements, BuiltInFormula, Disputes, Error, Escrow, Event, Held, JobAgreements, Settlements, Transferable,
};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo, traits::fungible::Inspect};
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::PerParty,
    job::Contribution,
    revenue::{Agreement, Dispute, Figures, Formula, Mixture, Prices, Ruling, Settlement, POINTS},
    traits::{SettlementEngine, Treasury},
    Balance, JobId, OrgId, SpaceId, H256,
};
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchResult};

fn payouts(formula: Formula, contributions: Vec<Contribution>, amount: Balance) -> Vec<(u32, Balance)> {
    let job = Completed::add(99, contributions);
    BuiltInFormula::<Test>::payouts(&agreement(formula, amount), &job, amount)
        .unwrap()
        .into_iter()
        .map(|(org, amount)| (org.0, amount))
        .collect()
}

fn shares(shares: &[(u32, u32)]) -> PerParty<(OrgId, u32)> {
    let shares: Vec<_> = shares.iter().map(|(org, weight)| (OrgId(*org), *weight)).collect();
    shares.try_into().unwrap()
}

fn fixed(weights: &[(u32, u32)]) -> Formula {
    Formula::Fixed(shares(weights))
}

/// A mixture of equal shares, rows and compute time.
fn mixture(equal: u32, rows: u32, compute: u32) -> Mixture {
    Mixture {
        equal,
        rows,
        compute,
        ..Default::default()
    }
}

fn prices(list: &[(u32, Balance)]) -> Prices {
    let list: Vec<_> = list.iter().map(|(org, price)| (OrgId(*org), *price)).collect();
    Prices(list.try_into().unwrap())
}

fn points(org: u8) -> Balance {
    Points::balance(&account(org))
}

fn root() -> RuntimeOrigin {
    RuntimeOrigin::root()
}
