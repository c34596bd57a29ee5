//! Every check of the project, in the order in which a mistake is found cheapest.

use anyhow::{bail, Context, Result};
use std::{
    env,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

/// The checkout's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map(PathBuf::from)
        .unwrap_or_default()
}

struct Check {
    name: &'static str,
    command: Vec<String>,
}

fn check(name: &'static str, command: &str) -> Check {
    Check {
        name,
        command: command.split(' ').map(str::to_owned).collect(),
    }
}

/// Runs all checks; stops at the first that fails. `filter` goes to nextest, and with one only the tests run.
pub fn run(filter: &[String]) -> Result<()> {
    let mut checks = Vec::new();
    if filter.is_empty() {
        checks.push(check("formatting", "cargo fmt --all --check"));
        checks.push(check(
            "formatting of contracts",
            "cargo fmt --manifest-path contracts/Cargo.toml --all --check",
        ));
        // A build fetches the crates of its own target only; `cargo deny` reads those of every target, without a network.
        checks.push(check("crates", "cargo fetch --locked -q"));
        checks.push(check(
            "crates of contracts",
            "cargo fetch --locked -q --manifest-path contracts/Cargo.toml",
        ));
        checks.push(check(
            "licences and sources",
            "cargo deny --offline check bans licenses sources",
        ));
        checks.push(check(
            "licences of contracts",
            "cargo deny --offline --manifest-path contracts/Cargo.toml --config deny.toml check bans licenses sources",
        ));
        // The runtime's Wasm is already built; lints look at the native code.
        checks.push(check(
            "lints",
            "cargo clippy --workspace --all-targets --locked -- -D warnings",
        ));
    }
    if filter.is_empty() {
        let this = env::current_exe()?;
        let mut contracts = check("contracts", "xtask contract test");
        contracts.command[0] = this.to_string_lossy().into_owned();
        checks.push(contracts);
    }
    let mut tests = check("tests", "cargo nextest run --workspace --locked --no-fail-fast");
    tests.command.extend(filter.iter().cloned());
    checks.push(tests);
    if filter.is_empty() {
        checks.push(check(
            "examples in the documentation",
            "cargo test --doc --workspace --locked -q",
        ));
    }
    let mut report = Vec::new();
    for check in checks {
        println!("\x1b[1m==> {}\x1b[0m  {}", check.name, check.command.join(" "));
        let begin = Instant::now();
        let mut command = Command::new(&check.command[0]);
        command
            .args(&check.command[1..])
            .current_dir(root())
            .stdin(std::process::Stdio::null());
        if check.name == "lints" {
            command.env("SKIP_WASM_BUILD", "1");
        }
        let status = command
            .status()
            .with_context(|| format!("cannot run {}", check.command[0]))?;
        if !status.success() {
            bail!("{} failed: `{}`", check.name, check.command.join(" "));
        }
        report.push((check.name, begin.elapsed()));
    }
    let total: Duration = report.iter().map(|(_, t)| *t).sum();
    println!("\nAll checks passed in {} s:", total.as_secs());
    for (name, time) in report {
        println!("  {name:32} {:>5} s", time.as_secs());
    }
    Ok(())
}
