//! What the tests' consortium works with: rows, a policy, jobs.

use secureflow_plan::{JobPlan, Use};
use secureflow_primitives::{
    job::{Deadlines, JobSpec},
    policy::{Column, ColumnRole, ColumnRule, Operation, Policy, WorkerRequirement},
    privacy::{PrivacyCost, RdpCost},
    DatasetId,
};
use std::fmt::Write as _;

/// A template that trains in a moment.
pub const TEMPLATE: &str = r#"
name = "test"
purpose = "credit-scoring"
min_parties = 2
min_group_size = 5
step_timeout_s = 60
label = { column = "default", positive = "yes" }
model = { kind = "logistic" }
training = { rounds = 4, local_epochs = 2, learning_rate = 0.2, holdout = 0.3, seed = 7 }
feature = [
    { name = "income", kind = "numeric" },
    { name = "age", kind = "numeric" },
    { name = "job", kind = "categorical" },
]
"#;

pub fn bounded<T: TryFrom<Vec<u8>>>(text: &str) -> T {
    T::try_from(text.as_bytes().to_vec()).ok().unwrap()
}

fn column(name: &str, role: ColumnRole) -> Column {
    Column {
        name: bounded(name),
        role,
    }
}

pub fn policy() -> Policy {
    let columns = vec![
        column("income", ColumnRole::Feature),
        column("age", ColumnRole::Feature),
        column("job", ColumnRole::Feature),
        column("default", ColumnRole::Label),
        column("secret", ColumnRole::Hidden),
        column("income", ColumnRole::AggregateOnly),
        column("job", ColumnRole::AggregateOnly),
        column("customer", ColumnRole::JoinKey),
    ];
    let rules: Vec<_> = columns.into_iter().map(ColumnRule::from).collect();
    Policy {
        purposes: vec![bounded("credit-scoring")].try_into().unwrap(),
        operations: vec![Operation::HorizontalTraining, Operation::Statistics]
            .try_into()
            .unwrap(),
        columns: rules.try_into().unwrap(),
        min_parties: 2,
        min_group_size: 5,
        worker: WorkerRequirement::default(),
        budget: None,
        max_uses: None,
        expires_at: None,
        counterparties: None,
        price: 0,
    }
}

pub fn spec(plan: &JobPlan, name: &str, purpose: &str, datasets: Vec<DatasetId>) -> JobSpec {
    let role = |wanted| match wanted {
        Use::Label => ColumnRole::Label,
        Use::Feature => ColumnRole::Feature,
        Use::Aggregate => ColumnRole::AggregateOnly,
        Use::Unit => ColumnRole::JoinKey,
    };
    let columns = plan.columns().into_iter();
    let columns: Vec<Column> = columns.map(|(name, wanted)| column(name, role(wanted))).collect();
    JobSpec {
        name: bounded(name),
        operation: match plan {
            JobPlan::Training(_) => Operation::HorizontalTraining,
            JobPlan::Statistics(_) => Operation::Statistics,
        },
        purpose: bounded(purpose),
        datasets: datasets.try_into().unwrap(),
        columns: columns.try_into().unwrap(),
        min_parties: plan.min_parties(),
        min_group_size: plan.min_group_size(),
        rounds: plan.rounds(),
        privacy: match plan.noise().zip(plan.cost()) {
            None => PrivacyCost::Unbounded,
            Some(((noise_micro, _), cost)) => PrivacyCost::PerRound {
                noise_micro,
                cost: RdpCost(cost),
            },
        },
        deadlines: Deadlines {
            approval: 100_000,
            start: 100_000,
            round: 100_000,
        },
        plan: plan.to_bytes().unwrap().try_into().unwrap(),
    }
}

/// The same with customers, who have so many rows each.
pub fn of_customers(csv: &str, rows: usize) -> String {
    let mut lines = csv.lines();
    let header = lines.next().unwrap();
    let rows = lines.enumerate().map(|(at, line)| format!("c{},{line}\n", at / rows));
    format!("customer,{header}\n{}", rows.collect::<String>())
}

/// Rows whose label depends on income, age and job; a few values are missing.
pub fn synthetic(rows: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut csv = String::from("income,age,job,secret,default\n");
    for _ in 0..rows {
        let (income, age) = (1000.0 + 4000.0 * uniform(), (18.0 + 50.0 * uniform()).floor());
        let job = ["baker", "clerk", "driver"][(uniform() * 3.0) as usize];
        let score = (3000.0 - income) / 800.0 + if job == "driver" { 1.0 } else { -0.5 } + (age - 40.0) / 40.0;
        let label = if uniform() < 1.0 / (1.0 + (-score).exp()) {
            "yes"
        } else {
            "no"
        };
        let income = if uniform() < 0.03 {
            String::new()
        } else {
            format!("{income:.2}")
        };
        writeln!(csv, "{income},{age},{job},x,{label}").unwrap();
    }
    csv
}
