//! The plan crate through its public face.

mod bounded;
mod encoding;
mod metrics;
mod model;
mod mutated;
mod privacy;
mod statistics;
mod template;
mod utility;

use secureflow_plan::{Plan, Template};

pub const TEMPLATE: &str = r#"
name = "credit-risk"
purpose = "credit-scoring"
datasets = ["bank", 7]
min_parties = 2

[label]
column = "default"
positive = 1

[[feature]]
name = "income"
kind = "numeric"

[[feature]]
name = "job"
kind = "categorical"

[model]
kind = "logistic"

[training]
rounds = 20
learning_rate = 0.25
"#;

pub fn plan() -> Plan {
    Template::parse(TEMPLATE).unwrap().plan(None).unwrap()
}
