//! The main job, end to end: three organisations train a credit-risk model together.

mod figures;
mod proof;
mod votes;

use self::figures::{compare, summarise};
use crate::{
    checks,
    devnet::{bring_up, fresh_folder, print_access, stop_all},
    network::{Network, SUPERVISOR},
    shell::{self, Shell},
    summary::{Auc, Job, Summary},
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
/// Blocks in which the settlement can be disputed; an hour or a day where nobody waits for a demonstration.
const DISPUTE_WINDOW: &str = "3";

/// A process to kill in the middle of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Victim {
    Agent,
    Worker,
    Validator,
}

/// What a demonstration is asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub keep: bool,
    pub json: Option<PathBuf>,
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
    let formula = match options.contract {
        true => votes::bring_contract(&network)?,
        false => FORMULA.to_owned(),
    };
    let prepared = prepare_with(&network, options.seed, &formula)?;
    let Prepared {
        data,
        datasets,
        space,
        template,
    } = &prepared;
    let job = agree_on_job(&network, *space, template)?;
    let result = watch(&mut network, job, options.kill)?;
    let verdict = settle_and_verify(&network, job)?;
    println!("  {verdict}");

    heading("The same model trained alone, and on all data in one place, for comparison");
    let auc = compare(&network, data, template, job)?;
    let summary = summarise(&network, job, *space, &result, datasets, auc, begin)?;
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

/// Registered data, a space and a template: all that a job needs.
pub struct Prepared {
    pub data: Data,
    /// Owner to dataset id.
    pub datasets: BTreeMap<String, u32>,
    pub space: u32,
    pub template: PathBuf,
}

/// Splits the sample among the owners, registers it, opens a space and writes the template.
pub fn prepare(network: &Network, seed: u64) -> Result<Prepared> {
    prepare_with(network, seed, FORMULA)
}

fn prepare_with(network: &Network, seed: u64, formula: &str) -> Result<Prepared> {
    heading("Each organisation gets its part of the data; a test set is held back from all");
    let data = split_data(network, seed)?;
    let datasets = register_data(network, &data)?;
    let space = open_space(network, formula)?;
    let template = write_template(network, seed)?;
    Ok(Prepared {
        data,
        datasets,
        space,
        template,
    })
}

/// Data files: one per owner, and the test set.
pub struct Data {
    pub parts: BTreeMap<String, PathBuf>,
    pub test: PathBuf,
}

fn split_data(network: &Network, seed: u64) -> Result<Data> {
    let source = checks::root().join("docs/samples/credit-risk/germancredit.csv");
    let out = network.dir.join("csv");
    crate::network::private_folder(&out)?;
    let names: Vec<_> = OWNERS.iter().map(|(n, _)| *n).collect();
    let shares: Vec<_> = OWNERS.iter().map(|(_, s)| *s).collect();
    network.shell.text(
        &network.binaries.agent,
        &[
            "split",
            "--data",
            &path(&source),
            "--out",
            &path(&out),
            "--names",
            &names.join(","),
            "--shares",
            &shares.join(","),
            "--test",
            "0.2",
            "--seed",
            &seed.to_string(),
        ],
    )?;
    Ok(Data {
        parts: names
            .iter()
            .map(|n| ((*n).to_owned(), out.join(format!("{n}.csv"))))
            .collect(),
        test: out.join("test.csv"),
    })
}

fn register_data(network: &Network, data: &Data) -> Result<BTreeMap<String, u32>> {
    heading("Each organisation registers its dataset and a policy");
    let policy = checks::root().join("docs/samples/credit-risk/policy.toml");
    let mut datasets = BTreeMap::new();
    for (name, file) in &data.parts {
        let registered = network.as_org(
            name,
            &["dataset", "register", &path(file), "--name", &format!("{name}-credit")],
        )?;
        let id = shell::number(&registered, "dataset")? as u32;
        network.as_org(name, &["policy", "set", &id.to_string(), &path(&policy)])?;
        datasets.insert(name.clone(), id);
    }
    Ok(datasets)
}

fn open_space(network: &Network, formula: &str) -> Result<u32> {
    heading("The bank opens a space; the others join; a reward is agreed and funded; the supervisor audits");
    let space = shell::number(&network.as_org("bank", &["space", "create", "credit-risk"])?, "space")? as u32;
    let id = space.to_string();
    for owner in network.owners().filter(|o| o.name != "bank") {
        network.as_org("bank", &["space", "invite", &id, &owner.id.to_string()])?;
        network.as_org(&owner.name, &["space", "accept", &id])?;
    }
    network.as_org(
        "bank",
        &[
            "space",
            "agreement",
            &id,
            "--formula",
            formula,
            "--reward",
            REWARD,
            "--dispute-window",
            DISPUTE_WINDOW,
        ],
    )?;
    network.as_org("bank", &["space", "fund", &id, FUND])?;
    let supervisor = network.organisation(SUPERVISOR)?.id.to_string();
    network.as_org("bank", &["space", "auditor", &id, &supervisor])?;
    Ok(space)
}

/// The sample template with the demonstration's dataset names and seed.
fn write_template(network: &Network, seed: u64) -> Result<PathBuf> {
    let text = fs::read_to_string(checks::root().join("docs/samples/credit-risk/credit-risk.toml"))?;
    let mut template: toml::Table = text.parse()?;
    let names = OWNERS
        .iter()
        .map(|(n, _)| toml::Value::String(format!("{n}-credit")))
        .collect();
    template.insert("datasets".to_owned(), toml::Value::Array(names));
    if let Some(training) = template.get_mut("training").and_then(toml::Value::as_table_mut) {
        training.insert("seed".to_owned(), toml::Value::Integer(i64::try_from(seed)?));
    }
    let file = network.dir.join("credit-risk.toml");
    fs::write(&file, toml::to_string(&template)?)?;
    Ok(file)
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

/// Follows the job to its end; kills the victim once the third round is in, and brings it back.
pub fn watch(network: &mut Network, job: u32, kill: Option<Victim>) -> Result<Value> {
    heading("Agents train beside their data; the worker sees masked numbers and their sum");
    let id = job.to_string();
    let home = path(&network.organisation("bank")?.home);
    let cli = network.binaries.cli.clone();
    println!("  \x1b[2m$ secureflow --home $DIR/orgs/bank job watch {id}\x1b[0m");
    let mut watching = std::process::Command::new(&cli)
        .args(["--home", &home, "job", "watch", &id, "--timeout", "600"])
        .spawn()
        .context("cannot watch the job")?;
    if let Some(victim) = kill {
        wait_for_step(network, job, 4)?;
        strike(network, victim)?;
    }
    let status = watching.wait()?;
    let shown = network.as_org("bank", &["job", "show", &id])?;
    let phase = shell::text(&shown, "phase")?;
    ensure!(
        status.success() && phase == "completed",
        "the job ended as {phase}: {shown}"
    );
    network.as_org("bank", &["job", "result", &id])
}

/// Waits until the chain holds the commitment of a step.
pub fn wait_for_step(network: &Network, job: u32, step: u64) -> Result<()> {
    let begin = Instant::now();
    let quiet = Shell {
        show: false,
        ..network.shell.clone()
    };
    let home = path(&network.organisations[0].home);
    while begin.elapsed() < Duration::from_secs(120) {
        let shown = quiet.json(
            &network.binaries.cli,
            &["--home", &home, "job", "show", &job.to_string()],
        )?;
        if shown["steps_done"].as_u64().is_some_and(|done| done >= step) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(200));
    }
    bail!("job {job} did not reach step {step} in two minutes")
}

/// Kills a process as `kill -9` does, waits, and starts it again.
pub fn strike(network: &mut Network, victim: Victim) -> Result<()> {
    let pause = Duration::from_secs(4);
    match victim {
        Victim::Agent => {
            println!("  \x1b[33mkill -9\x1b[0m the agent of the insurer");
            let agent = network.agents.get_mut("insurer").context("the insurer's agent runs")?;
            agent.kill()?;
            thread::sleep(pause);
            println!("  \x1b[32mrestart\x1b[0m the agent of the insurer");
            agent.restart(None)?;
            agent.ready(Duration::from_secs(60))?;
        }
        Victim::Worker => {
            println!("  \x1b[33mkill -9\x1b[0m the worker");
            let worker = network.worker.as_mut().context("the worker runs")?;
            worker.kill()?;
            thread::sleep(pause);
            println!("  \x1b[32mrestart\x1b[0m the worker");
            worker.restart(None)?;
            worker.ready(Duration::from_secs(60))?;
        }
        Victim::Validator => {
            // The financier's: its agent loses its way to the chain as well, until the validator is back.
            println!("  \x1b[33mkill -9\x1b[0m the validator of the financier");
            network.validators[1].kill()?;
            thread::sleep(pause * 2);
            println!("  \x1b[32mrestart\x1b[0m the validator of the financier");
            network.restart_validator(1)?;
        }
    }
    network.describe()
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
