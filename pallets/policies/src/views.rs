//! What a dataset has left, as clients ask for it.

use crate::pallet::*;
use secureflow_primitives::{
    traits::Membership,
    view::{BudgetView, OrgView},
    DatasetId,
};

/// The δ for datasets whose policy sets no budget: 10^-5.
const DELTA_EXPONENT: u8 = 5;

impl<T: Config> Pallet<T> {
    pub(crate) fn budget_of(id: DatasetId, delta_exponent: Option<u8>) -> Option<BudgetView> {
        let dataset = Datasets::<T>::get(id)?;
        let policy = Policies::<T>::get(id, dataset.policy);
        let budget = policy.as_ref().and_then(|policy| policy.budget);
        let ledger = Ledgers::<T>::get(id);
        let committed = ledger.spent.plus(ledger.reserved);
        let delta_exponent = delta_exponent
            .or(budget.map(|budget| budget.delta_exponent))
            .unwrap_or(DELTA_EXPONENT);
        Some(BudgetView {
            name: dataset.registration.name,
            owner: OrgView::new(dataset.owner, T::Membership::organisation(dataset.owner)),
            policy: dataset.policy,
            revoked: dataset.revoked,
            retired: dataset.retired,
            expires_at: policy.as_ref().and_then(|policy| policy.expires_at),
            budget,
            ledger,
            delta_exponent,
            spent_epsilon: ledger.spent.epsilon_micro(delta_exponent),
            committed_epsilon: committed.epsilon_micro(delta_exponent),
            remaining_epsilon: budget.map(|budget| {
                let taken = committed.epsilon_micro(budget.delta_exponent);
                budget.epsilon_micro.saturating_sub(taken)
            }),
            remaining: budget.map(|budget| committed.remaining(&budget)),
            uses_left: policy
                .and_then(|policy| policy.max_uses)
                .map(|most| most.saturating_sub(ledger.uses)),
        })
    }
}
