//! What datasets may still spend.

use super::{micro, text, Organisation};
use secureflow_primitives::{
    privacy::{RdpCost, ORDERS},
    view::BudgetView,
    BlockNumber, DatasetId, PolicyVersion,
};
use serde::Serialize;

/// The privacy ledger of a dataset against its policy.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    dataset: DatasetId,
    name: String,
    owner: Organisation,
    /// The version that jobs are checked against; zero while there is none.
    policy: PolicyVersion,
    revoked: bool,
    retired: bool,
    expires_at: Option<BlockNumber>,
    /// Null where the policy sets no budget: then jobs without differential privacy may run.
    budget: Option<Total>,
    /// The orders α of the figures `perOrder`.
    orders: [u32; ORDERS.len()],
    spent: Figures,
    reserved: PerOrder,
    committed: Figures,
    remaining: Option<Remaining>,
    /// Jobs approved so far, those without differential privacy that ran, and how many more may be.
    uses: u32,
    unbounded_uses: u32,
    uses_left: Option<u32>,
}

/// (ε, δ) over the dataset's life, and the least noise of a job.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    epsilon: String,
    delta: String,
    /// Null where any will do.
    min_noise_multiplier: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PerOrder {
    per_order: Vec<String>,
}

/// Rényi divergences, and the ε that they amount to at δ.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    epsilon: String,
    delta: String,
    per_order: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Remaining {
    epsilon: String,
    /// A job fits if at one of these orders its cost is no more; null where the budget does not reach.
    per_order: Vec<Option<String>>,
}

fn per_order(cost: RdpCost) -> Vec<String> {
    cost.0.into_iter().map(micro).collect()
}

/// δ as powers of ten are written.
fn delta(exponent: u8) -> String {
    format!("1e-{exponent}")
}

impl Budget {
    pub fn new(dataset: DatasetId, view: BudgetView) -> Self {
        let figures = |epsilon, cost| Figures {
            epsilon: micro(epsilon),
            delta: delta(view.delta_exponent),
            per_order: per_order(cost),
        };
        let committed = view.ledger.spent.plus(view.ledger.reserved);
        let remaining = view
            .remaining_epsilon
            .zip(view.remaining)
            .map(|(epsilon, per_order)| Remaining {
                epsilon: micro(epsilon),
                per_order: per_order.into_iter().map(|left| left.map(micro)).collect(),
            });
        Self {
            dataset,
            name: text(&view.name),
            owner: view.owner.into(),
            policy: view.policy,
            revoked: view.revoked,
            retired: view.retired,
            expires_at: view.expires_at,
            budget: view.budget.map(|budget| Total {
                epsilon: micro(budget.epsilon_micro),
                delta: delta(budget.delta_exponent),
                min_noise_multiplier: budget.min_noise_micro.map(micro),
            }),
            orders: ORDERS,
            spent: figures(view.spent_epsilon, view.ledger.spent),
            reserved: PerOrder {
                per_order: per_order(view.ledger.reserved),
            },
            committed: figures(view.committed_epsilon, committed),
            remaining,
            uses: view.ledger.uses,
            unbounded_uses: view.ledger.unbounded_uses,
            uses_left: view.uses_left,
        }
    }
}
