use clap::{Parser, Subcommand};
use std::path::PathBuf;
use xtask::{checks, contract, demo, devnet, measure};

/// Development tasks of secureflow.
#[derive(Parser)]
#[command(name = "xtask", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Three organisations train a credit-risk model together, with real processes on this machine.
    Demo {
        /// Leave the network running and print how to reach it.
        #[arg(long)]
        keep: bool,
        /// Write the summary to this file.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Train without noise, under policies without a budget.
        #[arg(long)]
        without_privacy: bool,
        /// Kill this process in the middle of a round, and restart it; otherwise an agent drops out of a round.
        #[arg(long, value_enum)]
        kill: Option<demo::Victim>,
        /// Splits the data and starts the model otherwise.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Let a contract share the reward, which the members bring on chain by vote.
        #[arg(long)]
        contract: bool,
        /// Where the network lives (default: a new folder under ./data).
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// Start a network and leave it running, for data of your own.
    Devnet {
        /// Organisations that hold data, 2 to 8.
        #[arg(long, default_value_t = 3)]
        organisations: usize,
        /// Add a worker that the first organisation operates: jobs with proofs ([bounded]) take two.
        #[arg(long)]
        second_worker: bool,
        /// Where the network lives (default: a new folder under ./data).
        #[arg(long)]
        dir: Option<PathBuf>,
        #[command(subcommand)]
        action: Option<DevnetAction>,
    },
    /// Measure a network on this machine, on a new one for each run.
    Measure {
        subject: measure::Subject,
        /// How often; the table gives median and range.
        #[arg(long, default_value_t = 3)]
        runs: usize,
        /// Validators of the network whose throughput is measured. They share this machine's cores.
        #[arg(long, default_value_t = 1, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=4))]
        validators: usize,
        /// Write the figures to this file.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Contracts: what the chain lets a space bring of its own.
    #[command(subcommand)]
    Contract(ContractAction),
    /// Run every check: formatting, licences, lints, tests.
    Test {
        /// Arguments for `cargo nextest run`; with any, only the tests run.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        filter: Vec<String>,
    },
}

#[derive(Subcommand)]
enum DevnetAction {
    /// Stop a network that was left running.
    Stop { dir: PathBuf },
}

#[derive(Subcommand)]
enum ContractAction {
    /// Compile the contracts for Wasm, trim them, and write their metadata.
    Build,
    /// Run the contracts' own tests.
    Test,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Demo {
            keep,
            json,
            without_privacy,
            kill,
            seed,
            contract,
            dir,
        } => demo::run(&demo::Options {
            keep,
            json,
            without_privacy,
            kill,
            seed,
            contract,
            dir,
        })
        .map(|_| ()),
        Task::Devnet {
            action: Some(DevnetAction::Stop { dir }),
            ..
        } => devnet::stop(&dir),
        Task::Devnet {
            organisations,
            second_worker,
            dir,
            action: None,
        } => devnet::run(organisations, second_worker, dir),
        Task::Measure {
            subject,
            runs,
            validators,
            json,
        } => measure::run(&measure::Options {
            subject,
            runs,
            validators,
            json,
        }),
        Task::Contract(ContractAction::Build) => contract::build(),
        Task::Contract(ContractAction::Test) => contract::test(),
        Task::Test { filter } => checks::run(&filter),
    }
}
