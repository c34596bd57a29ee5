//! Contracts: compiled for Wasm by plain cargo with the runtime's toolchain, trimmed to what the chain takes, and described
//! for tools that call them.

mod trim;

use crate::checks::root;
use anyhow::{ensure, Context, Result};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Contracts of this project: the names of their packages.
const CONTRACTS: [&str; 1] = ["settlement"];
const TARGET: &str = "wasm32v1-none";
/// The pallet gives a contract its memory, and one stack is as much of it as code without recursion needs.
const LINKER: [&str; 4] = ["-C", "link-arg=--import-memory", "-C", "link-arg=-zstack-size=65536"];

/// A built contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// What is uploaded.
    pub wasm: PathBuf,
    /// Its messages and types, for tools.
    pub metadata: PathBuf,
}

impl Contract {
    /// Where a contract lies once it is built: in `contracts`, in cargo's target folder.
    pub fn at(name: &str) -> Result<Self> {
        let folder = folder()?;
        Ok(Self {
            wasm: folder.join(format!("{name}.wasm")),
            metadata: folder.join(format!("{name}.json")),
        })
    }

    /// A contract that was built before.
    pub fn built(name: &str) -> Result<Self> {
        let contract = Self::at(name)?;
        ensure!(
            contract.wasm.exists(),
            "{} is missing: run `cargo xtask contract build` first",
            contract.wasm.display()
        );
        Ok(contract)
    }
}

/// `contracts` in the target folder that this program, or a test of it, was built into.
fn folder() -> Result<PathBuf> {
    let program = env::current_exe()?;
    // Cargo tags a target folder only where it has made it itself; a profile's folder has its fingerprints always.
    let target = program
        .ancestors()
        .find(|folder| folder.join(".fingerprint").exists())
        .and_then(Path::parent)
        .with_context(|| format!("{} lies in no target folder of cargo", program.display()))?;
    Ok(target.join("contracts"))
}

/// Builds every contract. What is up to date already is left alone.
pub fn build() -> Result<()> {
    for name in CONTRACTS {
        let contract = Contract::at(name)?;
        let compiled = compile(name)?;
        let module = fs::read(&compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
        let trimmed = trim::trim(&module).with_context(|| format!("{} is no contract", compiled.display()))?;
        write(&contract.wasm, &trimmed)?;
        write(&contract.metadata, &describe(name, &contract.wasm)?)?;
        println!(
            "{}: {} bytes, {} before trimming; metadata beside it",
            contract.wasm.display(),
            trimmed.len(),
            module.len()
        );
    }
    Ok(())
}

/// Lints and tests the contracts' own workspace.
pub fn test() -> Result<()> {
    run(cargo(None)?.args(["clippy", "--workspace", "--locked", "--quiet", "--", "-D", "warnings"]))?;
    run(cargo(None)?.args(["test", "--workspace", "--locked", "--quiet"]))
}

/// Cargo in the contracts' workspace, with a target folder of its own: other flags would undo what the main one has built.
fn cargo(toolchain: Option<String>) -> Result<Command> {
    let mut command = match toolchain {
        Some(toolchain) => {
            let mut command = Command::new("rustup");
            command.args(["run", &toolchain, "cargo"]);
            command
        }
        None => Command::new("cargo"),
    };
    command
        .current_dir(root().join("contracts"))
        .env("CARGO_TARGET_DIR", folder()?.join("target"))
        // Flags are meant for this machine's programs.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    Ok(command)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

/// Compiles a contract and returns the linker's output.
fn compile(name: &str) -> Result<PathBuf> {
    // The runtime's Wasm is built by the same.
    let toolchain = env::var("WASM_BUILD_TOOLCHAIN").ok();
    let mut command = cargo(toolchain)?;
    command
        .env("CARGO_ENCODED_RUSTFLAGS", same_paths()?)
        .args(["rustc", "--quiet", "--locked", "--release", "--lib", "--package", name])
        .args([
            "--target",
            TARGET,
            "--no-default-features",
            "--crate-type",
            "cdylib",
            "--",
        ])
        .args(LINKER);
    run(&mut command).with_context(|| {
        format!(
            "where the {TARGET} target is missing, `scripts/setup` installs it and `. scripts/env` names the toolchain"
        )
    })?;
    let output = format!("target/{TARGET}/release/{name}.wasm");
    Ok(folder()?.join(output))
}

/// Names of folders that do not depend on the machine, so that everyone who builds a contract gets the same bytes.
fn same_paths() -> Result<String> {
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo_home = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let folders = [(cargo_home, "/cargo"), (root().canonicalize()?, "/secureflow")];
    let flags = folders.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    Ok(flags.join("\u{1f}"))
}

/// Lets the contract, compiled for this machine, describe itself.
fn describe(name: &str, wasm: &Path) -> Result<Vec<u8>> {
    let mut command = cargo(None)?;
    command
        .args(["run", "--quiet", "--locked", "--package", name])
        .args(["--bin", &format!("{name}-metadata"), "--"])
        .arg(wasm);
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

/// Writes a file unless it holds just that.
fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}
