//! The command line. Every command's help ends with examples.

use crate::commands::{
    audit, contract, dataset, evidence, job, keys, measurement, network, org, policy, privacy, space, verify, worker,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Joint computation on data that stays where it is.
///
/// Organisations that may not show each other their data train models together: each keeps its rows, an attested worker
/// sees masked sums only, and a chain that all of them run holds what was agreed, what ran and what came out.
#[derive(Debug, Parser)]
#[command(name = "secureflow", version, propagate_version = true, max_term_width = 110, after_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  secureflow keys init --name bank                   make your organisation's keys
  secureflow network status                          is the chain alive?
  secureflow dataset register loans.csv --name loans tell the others that the data exists
  secureflow job propose 0 job.toml                  ask for a joint training
  secureflow job watch 0                             follow it
  secureflow verify job 0                            check the result, offline

Exit codes: 0 done, 1 failed, 64 wrong usage, 75 try again later.
Environment: SECUREFLOW_HOME stands in for --home; SECUREFLOW_LOG=debug shows what goes over the wire.";

#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// The organisation's home: keys, settings, artefacts [default: ~/.secureflow]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// A node's JSON-RPC address [default: `[chain] url` in the home's config.toml]
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// Print one JSON value on standard output, errors as {"error":{"code","message","hint"}}
    #[arg(long, global = true)]
    pub json: bool,
    /// Work with the newest block instead of the newest final one: faster, and may be undone
    #[arg(long, global = true)]
    pub best: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make keys, and show their public parts
    #[command(subcommand)]
    Keys(keys::Keys),
    /// The chain and who is on it
    #[command(subcommand)]
    Network(network::Network),
    /// Your organisation: registration, admission of others, accounts, points
    #[command(subcommand)]
    Org(org::Org),
    /// Data that exists, and what has been used of its privacy
    #[command(subcommand)]
    Dataset(dataset::Dataset),
    /// The terms on which data may be used
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Differential privacy: where a dataset's budget went, what a job would take, what noise costs
    #[command(subcommand)]
    Privacy(privacy::Privacy),
    /// Where organisations work together
    #[command(subcommand)]
    Space(space::Space),
    /// Contracts, by which a space shares rewards on terms of its own
    #[command(subcommand)]
    Contract(contract::Contract),
    /// Joint computations, from the proposal to the result
    #[command(subcommand)]
    Job(job::Job),
    /// Attested workers
    #[command(subcommand)]
    Worker(worker::Worker),
    /// What workers may run: measurements, and the source that each stands for
    #[command(subcommand)]
    Measurement(measurement::Measurement),
    /// Evidence of the hardware that workers run in
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// The audit log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Check a result offline
    #[command(subcommand)]
    Verify(verify::Verify),
}
