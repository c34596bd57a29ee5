//! What a job would take that nobody has approved yet.

use super::{noise, units, Explain};
use crate::{commands::policy::read, error::Result, names::micro, policy_check::Finding, proposal};
use secureflow_primitives::{
    policy::{Policy, Violation},
    privacy::{Ledger, PrivacyBudget, PrivacyCost, RdpCost, Reservation},
};
use serde_json::{json, Value};

/// Noise multipliers in millionths, between which a job's lies.
const NOISE: (u64, u64) = (1_000, 1_000_000_000_000);

/// The job that a person asks about, if any.
pub fn reservation(wanted: &Explain, delta: u8) -> Result<Option<Reservation>> {
    Ok(match (&wanted.template, wanted.epsilon, wanted.rounds) {
        (Some(file), _, _) => Some(proposal::reservation(&proposal::parse(&read(file)?)?)?),
        (None, Some(epsilon), Some(rounds)) => {
            let noise = proposal::calibrated(epsilon, delta, rounds, 1.0)?;
            let cost = proposal::per_round((noise * 1e6).ceil() as u64);
            Some(Reservation { cost, rounds })
        }
        _ => None,
    })
}

/// ε in micro-units, alone, of the largest job that a budget has room for beside what is held.
pub fn room(held: RdpCost, budget: &PrivacyBudget) -> Option<u64> {
    let gaussian = |noise: u64| RdpCost(secureflow_privacy::gaussian_cost_micro(noise));
    let epsilon = |cost: RdpCost| cost.epsilon_micro(budget.delta_exponent);
    let fits = |noise: u64| epsilon(held.plus(gaussian(noise))) <= budget.epsilon_micro;
    let (mut low, mut high) = NOISE;
    if !fits(high) {
        return None;
    }
    // More noise never costs more: `high` fits, and below `low` no job goes.
    while low < high {
        let middle = low + (high - low) / 2;
        match fits(middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Some(epsilon(gaussian(high)))
}

/// A planned job, judged by the rules about privacy and number of uses.
pub struct Planned {
    job: Reservation,
    /// What it would take in all; `None` where that has no bound.
    cost: Option<RdpCost>,
    /// What would be spent and held back with it.
    after: Option<RdpCost>,
    pub violation: Option<Violation>,
    /// Of its rounds, as many as would be allowed.
    rounds_that_fit: u32,
}

impl Planned {
    pub fn judge(job: Reservation, policy: &Policy, ledger: &Ledger) -> Self {
        let bounded = !matches!(job.cost, PrivacyCost::Unbounded);
        let cost = job.whole().filter(|_| bounded);
        let held = ledger.spent.plus(ledger.reserved);
        let fits = |rounds: &u32| ledger.check(policy, &Reservation { rounds: *rounds, ..job }).is_ok();
        Self {
            job,
            cost,
            after: cost.map(|cost| held.plus(cost)).filter(|_| ledger.unbounded_uses == 0),
            violation: ledger.check(policy, &job).err(),
            rounds_that_fit: (1..=job.rounds).rev().find(fits).unwrap_or_default(),
        }
    }

    fn finding(&self) -> Option<Finding> {
        self.violation.map(Finding::of)
    }

    pub fn value(&self, delta: u8) -> Value {
        let epsilon = |cost: Option<RdpCost>| cost.map(|cost| units(cost.epsilon_micro(delta)));
        json!({
            "rounds": self.job.rounds, "noise": noise(&self.job.cost).map(units), "epsilon": epsilon(self.cost),
            "epsilon_after": epsilon(self.after), "divergence_micro": self.cost.map(|cost| cost.0),
            "allowed": self.violation.is_none(), "refused_by": self.finding(), "rounds_that_fit": self.rounds_that_fit,
        })
    }

    pub fn text(&self, delta: u8) -> String {
        let bound = |cost: Option<RdpCost>| {
            cost.map_or_else(
                || "ε has no bound".to_string(),
                |cost| format!("ε = {}", micro(cost.epsilon_micro(delta))),
            )
        };
        let noise = noise(&self.job.cost).map_or_else(
            || "without noise".into(),
            |noise| format!("with noise {}", micro(noise)),
        );
        let mut text = format!(
            "A job of {} rounds {noise} would take: alone {}, with all above {}.\n",
            self.job.rounds,
            bound(self.cost),
            bound(self.after)
        );
        match self.finding() {
            None => text.push_str("The ledger has room for it. `secureflow policy check` judges the other rules.\n"),
            Some(finding) => {
                text.push_str(&format!(
                    "It would be REFUSED.\n  ✗ {}: {}\n    {}\n",
                    finding.rule, finding.detail, finding.hint
                ));
                if self.rounds_that_fit > 0 {
                    text.push_str(&format!("  {} of its rounds would fit.\n", self.rounds_that_fit));
                }
            }
        }
        text
    }
}
