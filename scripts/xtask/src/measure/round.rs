//! A round of training by three agents and a worker in processes of their own, beside the same updates computed by one
//! process: what the network, the masks, the files and the chain add.

use super::{progress::Progress, Figure};
use crate::{
    demo::OWNERS,
    devnet::bring_up,
    network::Network,
    shell::{self, Shell},
};
use anyhow::{ensure, Context, Result};
use secureflow_primitives::job::STEPS_BEFORE_TRAINING;
use serde_json::Value;
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// With [`HIDDEN`] units, columns of [`CATEGORIES`] make a perceptron of a million parameters.
const COLUMNS: usize = 240;
const CATEGORIES: usize = 16;
const HIDDEN: usize = 256;
/// Rows of each party.
const ROWS: usize = 20_000;
const ROUNDS: u64 = 5;
/// How long the job may take in all.
const PATIENCE: Duration = Duration::from_secs(1_200);
/// How often the chain is asked how far the job is.
const GLANCE: Duration = Duration::from_millis(100);

pub(super) fn measure(folder: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let owners: Vec<String> = OWNERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let shell = Shell {
        show: false,
        folder: folder.to_owned(),
    };
    progress.say("a network with three agents and a worker");
    let mut network = bring_up(folder, &owners, shell)?;
    progress.say("rows for three parties");
    let parts: Vec<PathBuf> = owners
        .iter()
        .zip(1..)
        .map(|(owner, seed)| write_rows(&network.dir.join(format!("{owner}.csv")), seed))
        .collect::<Result<_>>()?;
    let template = network.dir.join("wide.toml");
    fs::write(&template, template_text(&owners))?;

    progress.say("a job is agreed on");
    let job = agree(&network, &owners, &parts, &template)?;
    let rounds = follow(&network, &job, progress)?;
    // What was seen in the newest block becomes final a moment later.
    network.as_org(&owners[0], &["job", "watch", job.as_str(), "--timeout", "60"])?;
    let result = network.as_org(&owners[0], &["job", "result", job.as_str()])?;
    crate::devnet::stop_all(&mut network);

    progress.say("the same updates, computed by one process");
    let mut arguments = vec!["baseline", "--apart", "--template"];
    let names: Vec<_> = std::iter::once(&template)
        .chain(&parts)
        .map(|file| file.to_string_lossy())
        .collect();
    arguments.push(&names[0]);
    for part in &names[1..] {
        arguments.extend(["--data", part.as_ref()]);
    }
    let alone = network.shell.json(&network.binaries.agent, &arguments)?;
    let updates = shell::number(&alone, "training_s")? / ROUNDS as f64;
    let cores = thread::available_parallelism()?.get().min(owners.len()) as f64;
    let least = updates / cores;
    Ok(vec![
        Figure::new("parameters", "", shell::number(&alone, "parameters")?),
        Figure::new("a training round of three agents and a worker", "s", rounds),
        Figure::new("the three updates, one after the other in one process", "s", updates),
        Figure::new(format!("the same on {cores} cores"), "s", least),
        Figure::new("a round to that", "", rounds / least),
        Figure::new("held-out AUC of the job's model", "", shell::number(&result, "auc")?),
    ])
}

/// Follows the job to its end. Seconds per training round: from the commitment before the first to that of the last.
fn follow(network: &Network, job: &str, progress: &Progress) -> Result<f64> {
    let home = network.organisations[0].home.to_string_lossy().into_owned();
    let show = ["--home", &home, "--best", "job", "show", job];
    let first = u64::from(STEPS_BEFORE_TRAINING);
    let last = first + ROUNDS;
    let (start, mut begin, mut end) = (Instant::now(), None, None);
    loop {
        let shown = network.shell.json(&network.binaries.cli, &show)?;
        let now = Instant::now();
        let done = shown["steps_done"].as_u64().unwrap_or_default();
        progress.note(format!("the job has {done} of {} steps", last + 1));
        if done >= first {
            begin.get_or_insert(now);
        }
        if done >= last {
            end.get_or_insert(now);
        }
        let phase = shell::text(&shown, "phase")?;
        if let (Some(begin), Some(end), "completed") = (begin, end, phase.as_str()) {
            return Ok((end - begin).as_secs_f64() / ROUNDS as f64);
        }
        ensure!(phase != "failed" && phase != "expired", "the job ended: {shown}");
        ensure!(start.elapsed() < PATIENCE, "the job did not end in {PATIENCE:?}");
        thread::sleep(GLANCE);
    }
}

/// Registers the data, opens a space, proposes the job and approves it; returns the job's number.
fn agree(network: &Network, owners: &[String], parts: &[PathBuf], template: &Path) -> Result<String> {
    let policy = network.dir.join("wide-policy.toml");
    fs::write(&policy, policy_text())?;
    let (policy, template) = (policy.to_string_lossy(), template.to_string_lossy());
    for (owner, part) in owners.iter().zip(parts) {
        let name = format!("{owner}-wide");
        let registered = network.as_org(
            owner,
            &["dataset", "register", &part.to_string_lossy(), "--name", &name],
        )?;
        let id = shell::number(&registered, "dataset")?.to_string();
        network.as_org(owner, &["policy", "set", &id, &policy])?;
    }
    let id = |value: &Value, what: &str| shell::number(value, what).map(|id| id.to_string());
    let speaker = &owners[0];
    let space = id(&network.as_org(speaker, &["space", "create", "wide"])?, "space")?;
    for owner in &owners[1..] {
        let org = network.organisation(owner)?.id.to_string();
        network.as_org(speaker, &["space", "invite", &space, &org])?;
        network.as_org(owner, &["space", "accept", &space])?;
    }
    let job = id(&network.as_org(speaker, &["job", "propose", &space, &template])?, "job")?;
    for owner in owners {
        network.as_org(owner, &["job", "approve", &job])?;
    }
    Ok(job)
}

/// Rows of categories, and a label that leans on some of them. The same seed gives the same rows.
fn write_rows(file: &Path, seed: u64) -> Result<PathBuf> {
    // SplitMix64: nothing here is secret.
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let mut text = String::from("label");
    for column in 0..COLUMNS {
        write!(text, ",c{column}")?;
    }
    text.push('\n');
    for _ in 0..ROWS {
        let row: Vec<u64> = (0..COLUMNS).map(|_| next() % CATEGORIES as u64).collect();
        let lean = row.iter().take(20).sum::<u64>() + next() % 100;
        text.push_str(if lean > 200 { "yes" } else { "no" });
        for category in row {
            write!(text, ",v{category}")?;
        }
        text.push('\n');
    }
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file.to_owned())
}

fn policy_text() -> String {
    let mut text = "purposes = [\"measurement\"]\noperations = [\"horizontal-training\"]\nmin_parties = 2\n\
        min_group_size = 10\nprice = 0\n\n[worker]\nkinds = [\"simulated\"]\n\n[columns]\nlabel = \"label\"\n"
        .to_owned();
    for column in 0..COLUMNS {
        text.push_str(&format!("c{column} = \"feature\"\n"));
    }
    text
}

fn template_text(owners: &[String]) -> String {
    let datasets: Vec<_> = owners.iter().map(|owner| format!("\"{owner}-wide\"")).collect();
    let mut text = format!(
        "name = \"wide\"\npurpose = \"measurement\"\ndatasets = [{}]\nmin_parties = 2\nmin_group_size = 10\n\
         step_timeout_s = 120\n\n[label]\ncolumn = \"label\"\npositive = \"yes\"\n\n[model]\nkind = \"perceptron\"\n\
         hidden = {HIDDEN}\n\n[training]\nrounds = {ROUNDS}\nlocal_epochs = 1\nbatch_size = 256\nlearning_rate = 0.1\n\
         clip_norm = 10.0\nholdout = 0.2\nseed = 1\n\n[deadlines]\napproval = 600\nstart = 300\nround = 300\n",
        datasets.join(", ")
    );
    for column in 0..COLUMNS {
        text.push_str(&format!(
            "\n[[feature]]\nname = \"c{column}\"\nkind = \"categorical\"\n"
        ));
    }
    text
}
