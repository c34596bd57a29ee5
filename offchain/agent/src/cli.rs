//! The command line.

use crate::{app, config::Config, tools};
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use secureflow_service::{logging, shutdown};
use std::path::PathBuf;

/// Works beside an organisation's data: takes part in jobs that the chain and the organisation's policies allow.
#[derive(Parser)]
#[command(version)]
pub struct Options {
    /// The settings, see docs/samples/agent.toml.
    #[arg(long, default_value = "agent.toml", global = true)]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the agent; this is the default.
    Serve,
    /// Trains a model on files of one's own, without anybody else, and says how good it is.
    Baseline(tools::Baseline),
    /// Says how good a model is on a file of one's own.
    Evaluate(tools::Evaluate),
    /// Divides a file into parts and a test set.
    Split(tools::Split),
    /// Says what the updates from a file of one's own were worth in a job.
    Utility(tools::Utility),
}

/// How a tool prints what it found.
#[derive(Args)]
pub struct Output {
    /// Prints one JSON value.
    #[arg(long)]
    pub json: bool,
}

pub fn run(options: Options) -> Result<()> {
    match options.command.unwrap_or(Command::Serve) {
        Command::Serve => serve(&options.config),
        Command::Baseline(baseline) => baseline.run(),
        Command::Evaluate(evaluate) => evaluate.run(),
        Command::Split(split) => split.run(),
        Command::Utility(utility) => utility.run(),
    }
}

#[tokio::main]
async fn serve(config: &std::path::Path) -> Result<()> {
    let config = Config::read(config)?;
    logging::start(&config.log.filter, config.log.json).map_err(anyhow::Error::msg)?;
    app::run(config, shutdown::on_signal()?).await
}
