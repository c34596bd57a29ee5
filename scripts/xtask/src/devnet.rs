//! A network that is left running, for data of one's own.

use crate::{
    network::{Network, SUPERVISOR},
    process::Process,
    shell::Shell,
};
use anyhow::{ensure, Context, Result};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Names that organisations get when nobody chooses others.
pub const NAMES: [&str; 8] = [
    "bank",
    "financier",
    "insurer",
    "leasing",
    "telecom",
    "utility",
    "retailer",
    "logistics",
];

/// A new folder for a network: under `parent`, named by time, made by nobody else.
pub fn fresh_folder(parent: &Path, prefix: &str) -> Result<PathBuf> {
    fs::create_dir_all(parent)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    for attempt in 0..100 {
        let name = format!(
            "{prefix}-{}-{:03}",
            now.as_secs(),
            (now.subsec_millis() + attempt) % 1000
        );
        let folder = parent.join(name);
        if fs::create_dir(&folder).is_ok() {
            return Ok(folder);
        }
    }
    anyhow::bail!("no free folder name under {}", parent.display())
}

/// Brings up validators, agents and a worker, and registers everyone: what the demonstration and a devnet share.
pub fn bring_up(dir: &Path, owners: &[String], shell: Shell) -> Result<Network> {
    let heading = |text: &str| {
        if shell.show {
            println!("\n\x1b[1m{text}\x1b[0m");
        }
    };
    heading("Keys, chain specification, validators");
    let mut network = Network::create(dir, owners, shell.clone())?;
    network.wait_finalised(Duration::from_secs(60))?;

    heading("Organisations register their keys and their agents");
    for name in network.organisations.iter().map(|o| o.name.clone()).collect::<Vec<_>>() {
        network.as_org(&name, &["org", "register"])?;
        if name != SUPERVISOR {
            network.start_agent(&name)?;
        }
    }

    heading("A worker registers with evidence (simulated on this hardware, and labelled so)");
    let worker = network.worker_account.clone();
    network.as_org(SUPERVISOR, &["org", "add-operator", &worker])?;
    network.start_worker()?;
    wait_for_worker(&network, Duration::from_secs(60))?;
    network.describe()?;
    Ok(network)
}

pub(crate) fn wait_for_worker(network: &Network, patience: Duration) -> Result<()> {
    let begin = std::time::Instant::now();
    let quiet = Shell {
        show: false,
        ..network.shell.clone()
    };
    let home = network.organisation(SUPERVISOR)?.home.to_string_lossy().into_owned();
    loop {
        let workers = quiet.json(&network.binaries.cli, &["--home", &home, "worker", "list"])?;
        if workers["workers"].as_array().is_some_and(|w| !w.is_empty()) {
            return Ok(());
        }
        ensure!(
            begin.elapsed() < patience,
            "the worker did not register in {patience:?}; see {}/logs/worker.log",
            network.dir.display()
        );
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// `devnet`: starts a network and leaves it running.
pub fn run(organisations: usize, second_worker: bool, dir: Option<PathBuf>) -> Result<()> {
    ensure!(
        (2..=NAMES.len()).contains(&organisations),
        "--organisations takes a number from 2 to {}",
        NAMES.len()
    );
    let dir = match dir {
        Some(dir) => {
            ensure!(
                !dir.join("network.json").exists(),
                "{} already holds a network: choose another folder, or stop it with `./scripts/devnet stop {0}` and remove it",
                dir.display()
            );
            dir
        }
        None => fresh_folder(&std::env::current_dir()?.join("data"), "devnet")?,
    };
    let owners: Vec<String> = NAMES[..organisations].iter().map(|n| (*n).to_owned()).collect();
    let shell = Shell {
        show: true,
        folder: dir.clone(),
    };
    let mut network = bring_up(&dir, &owners, shell)?;
    if second_worker {
        println!("\n\x1b[1mA second worker, of another organisation\x1b[0m");
        network.add_worker(&owners[0])?;
    }
    network.detach()?;
    print_access(&network);
    Ok(())
}

/// How to reach a network that was left running.
pub fn print_access(network: &Network) {
    let cli = network.binaries.cli.display();
    println!("\n\x1b[1mThe network is running\x1b[0m in {}", network.dir.display());
    for organisation in &network.organisations {
        println!("  {:<12} --home {}", organisation.name, organisation.home.display());
    }
    if let Ok(url) = network.rpc(0) {
        println!("  JSON-RPC     {url}");
    }
    println!(
        "\nTry:\n  {cli} --home {} network status",
        network.organisations[0].home.display()
    );
    println!("With data of your own: docs/how-to/own-data.md");
    println!("Stop it with:\n  ./scripts/devnet stop {}", network.dir.display());
}

/// `devnet stop`: ends the processes of a network that was left running. Its folder stays.
pub fn stop(dir: &Path) -> Result<()> {
    let file = dir.join("network.json");
    let text = fs::read_to_string(&file)
        .with_context(|| format!("{} holds no network: there is no network.json in it", dir.display()))?;
    let network: Value = serde_json::from_str(&text)?;
    let folder = network["folder"].as_str().unwrap_or_default().to_owned();
    let mut stopped = 0;
    for pid in network["pids"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
    {
        // A process id may belong to somebody else by now: only one whose command line names the folder is ours.
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if !String::from_utf8_lossy(&command).contains(&folder) {
            continue;
        }
        std::process::Command::new("kill")
            .arg("-TERM")
            .arg(pid.to_string())
            .status()?;
        stopped += 1;
    }
    println!("stopped {stopped} processes; the network's folder stays at {folder}");
    Ok(())
}

/// For those who hold a process longer than its network.
pub fn stop_all(network: &mut Network) {
    let patience = Duration::from_secs(5);
    let workers = network.worker.iter_mut().chain(&mut network.more_workers);
    workers.for_each(|p: &mut Process| p.stop(patience));
    network.agents.values_mut().for_each(|p| p.stop(patience));
    network.validators.iter_mut().for_each(|p| p.stop(patience));
}
