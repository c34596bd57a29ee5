//! The privacy ledger's unit of account: Rényi divergences at fixed orders, as integers, so that composition is addition
//! and every node computes the same sum. The arithmetic is that of `secureflow-renyi`.

mod ledger;

pub use ledger::Reservation;

use crate::policy::chain_type;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

pub use secureflow_renyi::ORDERS;

chain_type! {
    /// Rényi divergences at [`ORDERS`], in micro-units, rounded up.
    #[derive(Copy, Default)]
    pub struct RdpCost(pub [u64; ORDERS.len()]);
}

impl RdpCost {
    /// The cost of doing both; saturates.
    pub fn plus(self, other: Self) -> Self {
        Self(secureflow_renyi::plus(&self.0, &other.0))
    }

    /// The cost of doing it `n` times; saturates.
    pub fn times(self, n: u32) -> Self {
        Self(secureflow_renyi::times(&self.0, n))
    }

    /// What is left after taking `other` back; never below zero.
    pub fn minus(self, other: Self) -> Self {
        Self(secureflow_renyi::minus(&self.0, &other.0))
    }

    /// The sum, or `None` where it does not fit.
    pub fn checked_plus(self, other: Self) -> Option<Self> {
        secureflow_renyi::checked_plus(&self.0, &other.0).map(Self)
    }

    /// The product, or `None` where it does not fit.
    pub fn checked_times(self, n: u32) -> Option<Self> {
        secureflow_renyi::checked_times(&self.0, n).map(Self)
    }

    /// What a budget leaves at each order once this is taken, in micro-units; see [`secureflow_renyi::remaining`].
    pub fn remaining(self, budget: &PrivacyBudget) -> [Option<u64>; ORDERS.len()] {
        secureflow_renyi::remaining(&self.0, budget.epsilon_micro, budget.delta_exponent)
    }

    /// ε in micro-units at δ = 10^-`delta_exponent`, rounded up. Zero cost has ε zero.
    pub fn epsilon_micro(&self, delta_exponent: u8) -> u64 {
        secureflow_renyi::epsilon_micro(&self.0, delta_exponent)
    }

    /// The place in [`ORDERS`] of the order that decides ε.
    pub fn deciding(&self, delta_exponent: u8) -> usize {
        secureflow_renyi::deciding(&self.0, delta_exponent)
    }
}

chain_type! {
    /// What a job's releases cost each dataset in it.
    #[derive(Copy)]
    pub enum PrivacyCost {
        /// No differential privacy: the cost has no bound.
        Unbounded,
        /// The cost of one training round, and the noise that makes it so: the standard deviation of the Gaussian noise on the
        /// sum over all parties, as a multiple of what one row can change, in millionths.
        PerRound { noise_micro: u64, cost: RdpCost },
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
        /// The least noise multiplier of a job, in millionths, however much of the budget is left.
        pub min_noise_micro: Option<u64>,
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
