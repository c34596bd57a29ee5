//! What a job holds back of a dataset's privacy, and the arithmetic of the ledger, without storage.

use super::{Ledger, PrivacyCost, RdpCost, ORDERS};
use crate::{
    job::JobSpec,
    policy::{chain_type, Policy, Violation},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

chain_type! {
    /// What is held back for one job from one dataset.
    #[derive(Copy)]
    pub struct Reservation {
        /// Of one round.
        pub cost: PrivacyCost,
        pub rounds: u32,
    }
}

impl Reservation {
    /// What a specification asks for.
    pub fn of(spec: &JobSpec) -> Self {
        Self {
            cost: spec.privacy,
            rounds: spec.rounds,
        }
    }

    /// The cost of so many rounds, as the ledger counts it: a job without differential privacy has no figure there.
    /// `None` when it does not fit the counters.
    pub fn of_rounds(&self, rounds: u32) -> Option<RdpCost> {
        let PrivacyCost::PerRound { cost, .. } = self.cost else {
            return Some(RdpCost::default());
        };
        cost.checked_times(rounds)
    }

    /// The cost of the whole job.
    pub fn whole(&self) -> Option<RdpCost> {
        self.of_rounds(self.rounds)
    }
}

impl Ledger {
    /// The rules about privacy and number of uses: whether the ledger may take the reservation under the
    /// policy.
    pub fn check(&self, policy: &Policy, wanted: &Reservation) -> Result<(), Violation> {
        if policy.max_uses.is_some_and(|most| self.uses >= most) {
            return Err(Violation::UsesExhausted);
        }
        let sum = wanted
            .whole()
            .and_then(|cost| self.spent.checked_plus(cost))
            .and_then(|sum| sum.checked_plus(self.reserved))
            .ok_or(Violation::BudgetExceeded)?;
        policy.check_privacy(&wanted.cost)?;
        let Some(budget) = policy.budget else { return Ok(()) };
        if sum.epsilon_micro(budget.delta_exponent) > budget.epsilon_micro {
            return Err(Violation::BudgetExceeded);
        }
        Ok(())
    }

    /// Holds back what [`Self::check`] has allowed.
    pub fn reserve(&mut self, wanted: &Reservation) -> Result<(), Violation> {
        let cost = wanted.whole().ok_or(Violation::BudgetExceeded)?;
        // Never saturated: a sum that stuck at its end could not be taken back by what was put in.
        self.reserved = self.reserved.checked_plus(cost).ok_or(Violation::BudgetExceeded)?;
        self.uses = self.uses.checked_add(1).ok_or(Violation::UsesExhausted)?;
        Ok(())
    }

    /// Spends the rounds that ran, at most those reserved, and gives the rest back. Returns how many were spent, and what
    /// that was.
    pub fn settle(&mut self, held: &Reservation, rounds_run: u32) -> (u32, RdpCost) {
        let rounds = rounds_run.min(held.rounds);
        // Neither can fail: the whole cost fitted when it was reserved, and so did its sum with what was spent.
        let whole = held.whole().unwrap_or(RdpCost([u64::MAX; ORDERS.len()]));
        let run = held.of_rounds(rounds).unwrap_or(whole);
        self.reserved = self.reserved.minus(whole);
        self.spent = self.spent.plus(run);
        if matches!(held.cost, PrivacyCost::Unbounded) && rounds_run > 0 {
            self.unbounded_uses = self.unbounded_uses.saturating_add(1);
        }
        (rounds, run)
    }
}
