//! The formulas that are part of the chain.

use crate::{Config, Error};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::weights::Weight;
use secureflow_primitives::{
    revenue::{self, Agreement, CompletedJob, Formula},
    traits::SettlementEngine,
    Balance, OrgId,
};
use sp_runtime::{DispatchError, DispatchResult};

/// Shares a reward by [`revenue::Formula`], to the unit; anyone can compute the same with [`revenue::payouts`]. It has no
/// contracts.
pub struct BuiltInFormula<T>(PhantomData<T>);

impl<T: Config> SettlementEngine for BuiltInFormula<T> {
    fn check(formula: &Formula) -> DispatchResult {
        match formula {
            Formula::Contract(_) => Err(Error::<T>::NoContracts.into()),
            _ => Ok(()),
        }
    }

    fn payouts(
        agreement: &Agreement,
        job: &CompletedJob,
        amount: Balance,
    ) -> Result<Vec<(OrgId, Balance)>, DispatchError> {
        revenue::payouts(&agreement.formula, &job.contributions, amount).ok_or(Error::<T>::NoContracts.into())
    }

    fn weight(_: Option<&Formula>) -> Weight {
        // The division of a reward is part of what the calls weigh.
        Weight::zero()
    }
}
