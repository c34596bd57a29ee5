//! Measurements of a network on this machine: each is repeated on a new network, and reported with its median and range.

mod burst;
mod evidence;
mod execution;
mod finality;
mod jobs;
mod progress;
mod round;
mod state;
mod throughput;

use crate::{devnet::fresh_folder, network::Network, shell::Shell};
use anyhow::{Context, Result};
use clap::ValueEnum;
use progress::Progress;
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// Seconds between blocks, and from a block to its finality, with four validators.
    Finality,
    /// Transactions and jobs in a second, and what each costs the node.
    Throughput,
    /// Bytes that a completed job leaves in the state.
    State,
    /// Milliseconds that the runtime takes to verify evidence.
    Evidence,
    /// Seconds that a training round of three agents and a worker takes, beside the same updates in one process.
    Round,
}

/// What is measured, how often, and where the figures go.
#[derive(Clone, Debug)]
pub struct Options {
    pub subject: Subject,
    pub runs: usize,
    /// How many validate, where throughput is measured.
    pub validators: usize,
    pub json: Option<PathBuf>,
}

/// One figure of one run.
struct Figure {
    what: String,
    unit: &'static str,
    value: f64,
}

impl Figure {
    fn new(what: impl Into<String>, unit: &'static str, value: f64) -> Self {
        let what = what.into();
        Self { what, unit, value }
    }
}

/// A figure over all runs.
#[derive(Serialize)]
struct Row {
    what: String,
    unit: &'static str,
    median: f64,
    least: f64,
    most: f64,
    runs: usize,
}

#[derive(Serialize)]
struct Report {
    subject: String,
    machine: String,
    rows: Vec<Row>,
}

/// Measures, prints a table, and writes the figures where asked.
pub fn run(options: &Options) -> Result<()> {
    let mut runs = Vec::new();
    for run in 1..=options.runs {
        eprintln!("run {run} of {}", options.runs);
        let folder = fresh_folder(&std::env::temp_dir().join("secureflow-measure"), "run")?;
        let figures = measure(options, &folder, &Progress::start());
        let figures =
            figures.with_context(|| format!("the network's folder, with its logs, stays at {}", folder.display()));
        runs.push(figures?);
        fs::remove_dir_all(&folder)?;
    }
    let subject = options
        .subject
        .to_possible_value()
        .map(|value| value.get_name().to_owned());
    let report = Report {
        subject: subject.unwrap_or_default(),
        machine: machine(),
        rows: rows(&runs),
    };
    println!("{} on {}\n", report.subject, report.machine);
    println!("| | unit | median | least | most |\n|---|---|---|---|---|");
    for row in &report.rows {
        let Row {
            what,
            unit,
            median,
            least,
            most,
            ..
        } = row;
        println!("| {what} | {unit} | {median:.2} | {least:.2} | {most:.2} |");
    }
    if let Some(file) = &options.json {
        fs::write(file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn measure(options: &Options, folder: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    match options.subject {
        Subject::Finality => finality::measure(folder, progress),
        Subject::Throughput => throughput::measure(folder, options.validators, progress),
        Subject::State => state::measure(folder, progress),
        Subject::Evidence => evidence::measure(folder, progress),
        Subject::Round => round::measure(folder, progress),
    }
}

/// The demonstration's organisations, of which so many validate, and no agents.
fn network(folder: &Path, validators: usize, progress: &Progress) -> Result<Network> {
    progress.say(format!("a network with validators: {validators}"));
    let owners: Vec<String> = crate::demo::OWNERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let shell = Shell {
        show: false,
        folder: folder.to_owned(),
    };
    let network = Network::create_with(folder, &owners, shell, validators)?;
    network.wait_finalised(Duration::from_secs(60))?;
    Ok(network)
}

fn rows(runs: &[Vec<Figure>]) -> Vec<Row> {
    let first = runs.first().map(Vec::as_slice).unwrap_or_default();
    let row = |figure: &Figure| {
        let same = |other: &&Figure| other.what == figure.what;
        let mut values: Vec<f64> = runs
            .iter()
            .filter_map(|run| run.iter().find(same))
            .map(|f| f.value)
            .collect();
        values.sort_by(f64::total_cmp);
        Row {
            what: figure.what.clone(),
            unit: figure.unit,
            median: quantile(&values, 0.5),
            least: quantile(&values, 0.0),
            most: quantile(&values, 1.0),
            runs: values.len(),
        }
    };
    first.iter().map(row).collect()
}

/// The value below which this part of the sorted values lies (nearest rank); NaN of none.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.clamp(1, sorted.len().max(1)) - 1)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Processor and number of cores, from the system.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let output = Command::new("lscpu").env("LC_ALL", "C").output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("Model name:"));
    format!("{cores} cores of {}", model.map_or("an unknown processor", str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_median_and_range() {
        let run = |value| vec![Figure::new("blocks", "s", value)];
        let rows = rows(&[run(3.0), run(1.0), run(2.0)]);
        assert_eq!(
            (rows[0].median, rows[0].least, rows[0].most, rows[0].runs),
            (2.0, 1.0, 3.0, 3)
        );
        assert_eq!(quantile(&[1.0, 2.0], 0.95), 2.0);
        assert!(quantile(&[], 0.5).is_nan());
    }
}
