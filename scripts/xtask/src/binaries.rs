//! Where the project's programs are: beside this one.

use anyhow::{ensure, Result};
use std::path::PathBuf;

/// Paths of the programs that a network is made of.
#[derive(Clone, Debug)]
pub struct Binaries {
    pub node: PathBuf,
    pub worker: PathBuf,
    pub agent: PathBuf,
    pub cli: PathBuf,
}

impl Binaries {
    /// Finds them next to the running program, or one folder up, where a test binary finds them.
    pub fn find() -> Result<Self> {
        let exe = std::env::current_exe()?;
        let mut folder = exe.parent().map(PathBuf::from).unwrap_or_default();
        if !folder.join("secureflow").exists() {
            folder.pop();
        }
        let found = Self {
            node: folder.join("secureflow-node"),
            worker: folder.join("secureflow-worker"),
            agent: folder.join("secureflow-agent"),
            cli: folder.join("secureflow"),
        };
        for program in [&found.node, &found.worker, &found.agent, &found.cli] {
            ensure!(
                program.exists(),
                "{} is missing: run `cargo build --workspace` first",
                program.display()
            );
        }
        Ok(found)
    }
}
