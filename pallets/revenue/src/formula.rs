//! The formulas that are part of the chain.

use alloc::vec::Vec;
use secureflow_primitives::{
    revenue::{self, Agreement, CompletedJob},
    traits::SettlementEngine,
    Balance, OrgId,
};

pub(crate) use secureflow_primitives::revenue::MILLION;

/// Shares a reward by [`revenue::Formula`], to the unit; anyone can compute the same with [`revenue::payouts`].
pub struct BuiltInFormula;

impl SettlementEngine for BuiltInFormula {
    fn payouts(agreement: &Agreement, job: &CompletedJob, amount: Balance) -> Vec<(OrgId, Balance)> {
        revenue::payouts(&agreement.formula, &job.contributions, amount)
    }
}
