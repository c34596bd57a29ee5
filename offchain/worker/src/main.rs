//! `secureflow-worker`: runs a worker from a file of settings.

use clap::Parser;
use secureflow_service::{logging, shutdown};
use secureflow_worker::{app, config::Config};
use std::{path::PathBuf, process::ExitCode};

/// Computes jobs that the chain assigns: sees masked values and their sums only.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The settings, see docs/samples/worker.toml.
    #[arg(long, default_value = "worker.toml")]
    config: PathBuf,
}

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(64)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match start(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("secureflow-worker: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn start(options: &Options) -> anyhow::Result<()> {
    let config = Config::read(&options.config)?;
    logging::start(&config.log.filter, config.log.json).map_err(anyhow::Error::msg)?;
    app::run(config, shutdown::on_signal()?).await
}
