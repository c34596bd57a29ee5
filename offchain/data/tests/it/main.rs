//! Files in, vectors and inputs out.

mod bad;
mod good;
mod split;
mod statistics;
mod units;

use secureflow_plan::{Plan, Privacy, Template, Unit};
use std::path::PathBuf;

/// A plan over `income` (numeric) and `job` (categorical) with the label `default`.
pub fn plan() -> Plan {
    let text = r#"
        name = "n"
        purpose = "p"
        label = { column = "default", positive = "yes" }
        model = { kind = "logistic" }
        training = { rounds = 1 }
        feature = [{ name = "income", kind = "numeric" }, { name = "job", kind = "categorical" }]
    "#;
    Template::parse(text).unwrap().plan(None).unwrap()
}

/// The same, hiding customers with so many rows at most.
pub fn plan_of_customers(most_rows: u32) -> Plan {
    let mut plan = plan();
    plan.training.holdout = 0.25;
    plan.privacy = Some(Privacy {
        clip: 1.0,
        clip_quantile: None,
        delta_exponent: 5,
        epsilon: 1.0,
        noise_multiplier_micro: 1_000_000,
        sampling: None,
        unit: Some(Unit {
            column: "customer".into(),
            most_rows,
        }),
    });
    plan
}

/// A file in a folder that lives as long as the test.
pub struct File {
    pub path: PathBuf,
    _folder: tempfile::TempDir,
}

pub fn file(content: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, content).unwrap();
    File { path, _folder: folder }
}
