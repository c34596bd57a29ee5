//! Datasets and their policies.

use super::{bounded, dataset, name, org};
use rand::{rngs::StdRng, Rng};
use secureflow_primitives::{
    attestation::{Measurement, TeeKind},
    policy::{ColumnRole, ColumnRule, DatasetRegistration, Operation, Policy, RowBand, WorkerRequirement},
    privacy::PrivacyBudget,
    H256,
};
use secureflow_runtime::{Runtime, RuntimeCall, System};

/// Allows most of what [`super::jobs`] asks for.
fn permissive(random: &mut StdRng) -> Policy {
    let text = |text: &str| bounded(text.as_bytes().to_vec());
    let rule = |name: &str| match name {
        "default" => ColumnRule::new(text(name), ColumnRole::Label),
        _ => ColumnRule::new(text(name), ColumnRole::Feature),
    };
    Policy {
        purposes: bounded(vec![text("alpha"), text("beta")]),
        columns: bounded(["alpha", "beta", "gamma", "income", "default"].map(rule).to_vec()),
        min_parties: 2,
        min_group_size: 1,
        worker: WorkerRequirement::default(),
        max_uses: None,
        expires_at: None,
        counterparties: None,
        price: random.gen_ratio(1, 8).into(),
        ..policy(random)
    }
}

/// Any rule, also about purposes that a policy does not have.
fn rule(random: &mut StdRng, role: ColumnRole) -> ColumnRule {
    ColumnRule {
        for_operations: bounded(match random.gen::<bool>() {
            true => vec![],
            false => vec![Operation::Statistics],
        }),
        for_purposes: bounded(match random.gen::<bool>() {
            true => vec![],
            false => vec![random.gen_range(0u8..2)],
        }),
        min_parties: random.gen_range(0..3),
        min_group_size: random.gen_range(0..12),
        ..ColumnRule::new(name(random), role)
    }
}

fn requirement(random: &mut StdRng) -> WorkerRequirement {
    WorkerRequirement {
        kinds: bounded(TeeKind::ALL.into_iter().filter(|_| random.gen()).collect()),
        measurements: random
            .gen_ratio(1, 4)
            .then(|| bounded(vec![Measurement::simulated(b"fuzz")])),
    }
}

fn policy(random: &mut StdRng) -> Policy {
    Policy {
        purposes: bounded(vec![name(random)]),
        operations: bounded(vec![Operation::HorizontalTraining]),
        columns: bounded(vec![rule(random, ColumnRole::Feature), rule(random, ColumnRole::Label)]),
        min_parties: random.gen_range(0..4),
        min_group_size: random.gen_range(0..10),
        worker: requirement(random),
        budget: random.gen::<bool>().then_some(PrivacyBudget {
            epsilon_micro: 3_000_000,
            delta_exponent: 5,
            min_noise_micro: random.gen::<bool>().then_some(random.gen_range(0..2_000_000)),
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
