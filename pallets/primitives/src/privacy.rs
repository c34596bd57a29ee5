//! The privacy ledger's unit of account: Rényi divergences at fixed orders, as integers, so that composition is addition
//! and every node computes the same sum.
//!
//! Source: I. Mironov, "Rényi Differential Privacy", CSF 2017, Propositions 1 and 3.

mod ledger;

pub use ledger::Reservation;

use crate::policy::chain_type;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// The orders α at which divergences are kept.
pub const ORDERS: [u32; 17] = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 256];

/// ln(10) in micro-units, rounded up: what one decimal digit of δ costs at α = 2.
const LN_10_MICRO: u64 = 2_302_586;

chain_type! {
    /// Rényi divergences at [`ORDERS`], in micro-units, rounded up.
    #[derive(Copy, Default)]
    pub struct RdpCost(pub [u64; ORDERS.len()]);
}

impl RdpCost {
    /// The cost of doing both (RDP Proposition 1); saturates.
    pub fn plus(self, other: Self) -> Self {
        let mut sum = self.0;
        for (a, b) in sum.iter_mut().zip(other.0) {
            *a = a.saturating_add(b);
        }
        Self(sum)
    }

    /// The cost of doing it `n` times; saturates.
    pub fn times(self, n: u32) -> Self {
        Self(self.0.map(|c| c.saturating_mul(u64::from(n))))
    }

    /// What is left after taking `other` back; never below zero.
    pub fn minus(self, other: Self) -> Self {
        let mut rest = self.0;
        for (a, b) in rest.iter_mut().zip(other.0) {
            *a = a.saturating_sub(b);
        }
        Self(rest)
    }

    /// ε in micro-units at δ = 10^-`delta_exponent`: the smallest ε_α + ln(1/δ)/(α-1) over the orders (RDP
    /// Proposition 3), rounded up. Zero cost has ε zero.
    pub fn epsilon_micro(&self, delta_exponent: u8) -> u64 {
        if self.0.iter().all(|c| *c == 0) {
            return 0;
        }
        let tail = LN_10_MICRO.saturating_mul(u64::from(delta_exponent));
        ORDERS
            .iter()
            .zip(self.0)
            .map(|(order, cost)| cost.saturating_add(tail.div_ceil(u64::from(*order) - 1)))
            .min()
            .unwrap_or(u64::MAX)
    }
}

chain_type! {
    /// What a job's releases cost each dataset in it.
    #[derive(Copy)]
    pub enum PrivacyCost {
        /// No differential privacy: the cost has no bound.
        Unbounded,
        /// The cost of one training round.
        PerRound(RdpCost),
    }
}

chain_type! {
    /// What a dataset may spend over its life.
    #[derive(Copy)]
    pub struct PrivacyBudget {
        /// ε in micro-units.
        pub epsilon_micro: u64,
        /// δ = 10^-`delta_exponent`.
        pub delta_exponent: u8,
    }
}

chain_type! {
    /// The ledger of one dataset.
    #[derive(Copy, Default)]
    pub struct Ledger {
        /// Spent by rounds that ran.
        pub spent: RdpCost,
        /// Held back for jobs under way.
        pub reserved: RdpCost,
        /// Jobs approved, under any cost.
        pub uses: u32,
        /// Jobs that ran without differential privacy.
        pub unbounded_uses: u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epsilon_takes_the_best_order() {
        // The Gaussian mechanism with σ = 5, twenty times: ε_α = 20·α/(2·25) = 0.4·α.
        let cost = RdpCost(ORDERS.map(|o| 400_000 * u64::from(o)));
        // At δ = 1e-5 the best of the fixed orders is 6: 2.4 + 11.51293/5.
        assert_eq!(cost.epsilon_micro(5), 2_400_000 + 11_512_930u64.div_ceil(5));
    }

    #[test]
    fn costs_add_and_take_back() {
        let cost = RdpCost([7; ORDERS.len()]);
        assert_eq!(cost.times(3), cost.plus(cost).plus(cost));
        assert_eq!(cost.times(3).minus(cost), cost.times(2));
        assert_eq!(RdpCost::default().epsilon_micro(5), 0);
    }
}
