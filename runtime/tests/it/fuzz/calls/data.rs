//! Datasets and their policies.

use super::{bounded, dataset, name, org};
use rand::{rngs::StdRng, Rng};
use secureflow_primitives::{
    policy::{Column, ColumnRole, DatasetRegistration, Operation, Policy, RowBand},
    privacy::PrivacyBudget,
    H256,
};
use secureflow_runtime::{Runtime, RuntimeCall, System};

/// Allows most of what [`super::jobs`] asks for.
fn permissive(random: &mut StdRng) -> Policy {
    let column = |name: &str| Column {
        name: bounded(name.as_bytes().to_vec()),
        role: match name {
            "default" => ColumnRole::Label,
            _ => ColumnRole::Feature,
        },
    };
    Policy {
        purposes: bounded(vec![column("alpha").name, column("beta").name]),
        columns: bounded(["alpha", "beta", "gamma", "income", "default"].map(column).to_vec()),
        min_parties: 2,
        min_group_size: 1,
        allow_simulated: true,
        max_uses: None,
        expires_at: None,
        counterparties: None,
        ..policy(random)
    }
}

fn policy(random: &mut StdRng) -> Policy {
    let column = |random: &mut StdRng, role| Column {
        name: name(random),
        role,
    };
    Policy {
        purposes: bounded(vec![name(random)]),
        operations: bounded(vec![Operation::HorizontalTraining]),
        columns: bounded(vec![
            column(random, ColumnRole::Feature),
            column(random, ColumnRole::Label),
        ]),
        min_parties: random.gen_range(0..4),
        min_group_size: random.gen_range(0..10),
        allow_simulated: random.gen(),
        budget: random.gen::<bool>().then_some(PrivacyBudget {
            epsilon_micro: 3_000_000,
            delta_exponent: 5,
        }),
        max_uses: random.gen_ratio(1, 4).then_some(2),
        expires_at: random
            .gen_ratio(1, 4)
            .then(|| System::block_number() + random.gen_range(0..40)),
        counterparties: random.gen_ratio(1, 4).then(|| bounded(vec![org(random)])),
        price: random.gen_range(0..3),
    }
}

pub fn any(random: &mut StdRng) -> RuntimeCall {
    use pallet_policies::Call;
    match random.gen_range(0..6) {
        5 => Call::<Runtime>::revoke {
            dataset: dataset(random),
        },
        0 | 1 => Call::<Runtime>::register_dataset {
            registration: DatasetRegistration {
                name: name(random),
                schema: H256::zero(),
                rows: RowBand::Under1K,
                content_root: H256::zero(),
            },
        },
        2 | 3 => Call::set_policy {
            dataset: dataset(random),
            policy: if random.gen_ratio(2, 3) {
                permissive(random)
            } else {
                policy(random)
            },
        },
        _ => Call::retire {
            dataset: dataset(random),
        },
    }
    .into()
}
