//! Files in, vectors and inputs out.

mod bad;
mod good;
mod split;
mod statistics;

use secureflow_plan::{Plan, Template};
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
