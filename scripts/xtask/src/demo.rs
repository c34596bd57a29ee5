//! The main job, end to end: three organisations train a credit-risk model together.

mod faults;
mod figures;
mod prepare;
mod proof;
mod votes;

pub use self::{
    faults::{wait_for_step, watch, Fault, Victim},
    prepare::{prepare, Data, Prepared},
};

use self::{
    figures::{compare, summarise},
    prepare::{prepare_with, Wanted},
};
use crate::{
    checks,
    devnet::{bring_up, fresh_folder, print_access, stop_all},
    network::{Network, SUPERVISOR},
    shell::{self, Shell},
    summary::Summary,
};
use anyhow::{bail, ensure, Context, Result};
use clap::ValueEnum;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// The three that hold data, with their share of the applicants.
pub const OWNERS: [(&str, &str); 3] = [("bank", "0.45"), ("financier", "0.33"), ("insurer", "0.22")];
/// Points that the bank puts into escrow.
const FUND: &str = "1000";
const REWARD: &str = "900";
/// How the reward is shared.
const FORMULA: &str = "mixture=equal:200000,rows:400000,compute:200000,utility:200000";
/// And where the job has differential privacy, and so no utilities.
const PRIVATE_FORMULA: &str = "mixture=equal:200000,rows:500000,compute:300000";
/// Blocks in which the settlement can be disputed; an hour or a day where nobody waits for a demonstration.
const DISPUTE_WINDOW: &str = "3";

/// Seconds that a round waits for a party that has dropped out; a minute or more where parties are far apart.
const STEP_TIMEOUT_S: u32 = 10;

/// What a demonstration is asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub keep: bool,
    pub json: Option<PathBuf>,
    /// Whether the job runs without differential privacy.
    pub without_privacy: bool,
    /// Who is killed, where no agent is to drop out.
    pub kill: Option<Victim>,
    /// Splits the data and starts the model otherwise.
    pub seed: u64,
    /// Whether a contract shares the reward, in place of the built-in formula.
    pub contract: bool,
    /// Where the network lives; a new folder under `data/` when not given.
    pub dir: Option<PathBuf>,
}

/// Runs the demonstration.
pub fn run(options: &Options) -> Result<Summary> {
    let begin = Instant::now();
    let dir = match &options.dir {
        Some(dir) => dir.clone(),
        None => fresh_folder(&std::env::current_dir()?.join("data"), "demo")?,
    };
    println!("\x1b[1msecureflow\x1b[0m: three organisations train a credit-risk model together, and no row leaves its owner.");
    println!(
        "Everything is kept in {}; every line with a $ is a command that you could type.",
        dir.display()
    );
    let owners: Vec<String> = OWNERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut network = bring_up(
        &dir,
        &owners,
        Shell {
            show: true,
            folder: dir.clone(),
        },
    )?;

    votes::mint(&network)?;
    let formula = match (options.contract, options.without_privacy) {
        (true, _) => votes::bring_contract(&network)?,
        (false, true) => FORMULA.to_owned(),
        (false, false) => PRIVATE_FORMULA.to_owned(),
    };
    let wanted = Wanted {
        private: !options.without_privacy,
        seed: options.seed,
        formula: &formula,
        step_timeout_s: Some(STEP_TIMEOUT_S),
    };
    let prepared = prepare_with(&network, &wanted)?;
    let job = agree_on_job(&network, prepared.space, &prepared.template)?;
    let result = watch(
        &mut network,
        job,
        Some(options.kill.map_or(Fault::Absence, Fault::Kill)),
    )?;
    let verdict = settle_and_verify(&network, job)?;
    println!("  {verdict}");

    let auc = compare(&network, &prepared, job)?;
    let summary = summarise(&network, job, &prepared, &result, auc, begin)?;
    let names = network
        .organisations
        .iter()
        .map(|o| (o.account.clone(), o.name.clone()))
        .collect();
    summary.print(&owners, &names);
    if let Some(file) = &options.json {
        summary.write(file)?;
    }
    if options.keep {
        network.detach()?;
        print_access(&network);
    } else {
        stop_all(&mut network);
        fs::remove_dir_all(network.dir.join("validators")).ok();
    }
    Ok(summary)
}

fn heading(text: &str) {
    println!("\n\x1b[1m{text}\x1b[0m");
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Proposes the job and lets every owner approve it; returns its id.
pub fn agree_on_job(network: &Network, space: u32, template: &Path) -> Result<u32> {
    heading(
        "An analyst of the bank proposes the job; every owner approves; the chain checks it against three policies",
    );
    let proposed = network.as_org("bank", &["job", "propose", &space.to_string(), &path(template)])?;
    let job = shell::number(&proposed, "job")? as u32;
    for owner in network.owners() {
        network.as_org(&owner.name, &["job", "approve", &job.to_string()])?;
    }
    Ok(job)
}

/// Pays, exports the state and verifies; returns a sentence.
pub fn settle_and_verify(network: &Network, job: u32) -> Result<String> {
    heading("The reward is shared by the agreed formula, and paid after the time for disputes; then anyone verifies offline");
    let id = job.to_string();
    network.as_org("bank", &["job", "settle", &id])?;
    let paid = network.as_org("insurer", &["job", "claim", &id, "--wait", "60"])?;
    ensure!(
        paid["settlement"]["status"] == "claimed",
        "the job was not paid: {paid}"
    );
    verify(network, job)
}

/// Exports the state and verifies a job that has been paid; returns a sentence.
pub fn verify(network: &Network, job: u32) -> Result<String> {
    let id = job.to_string();
    let artefacts = artefacts(network, job)?;
    network.as_org("bank", &["job", "export", &id, "--out", &path(&artefacts)])?;
    let verified = network.as_org("bank", &["verify", "job", &id, "--artefacts", &path(&artefacts)])?;
    let checks = verified["checks"].as_array().map_or(0, Vec::len);
    let open = verified["not_checked"].as_array().map_or(0, Vec::len);
    Ok(format!(
        "{checks} checks passed; {open} things that an offline check cannot show are listed by `verify`"
    ))
}

/// Where the bank keeps a job's artefacts.
pub fn artefacts(network: &Network, job: u32) -> Result<PathBuf> {
    Ok(network
        .organisation("bank")?
        .home
        .join("artefacts")
        .join(format!("job-{job}")))
}
