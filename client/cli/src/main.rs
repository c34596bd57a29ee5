//! The `secureflow` binary: reads the command line and the environment, and turns what came of it into an exit code.

use clap::Parser;
use secureflow_cli::{args::Cli, run, Environment};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let environment = Environment {
        user_home: std::env::home_dir(),
        home: std::env::var_os("SECUREFLOW_HOME").map(Into::into),
    };
    let filter = EnvFilter::try_from_env("SECUREFLOW_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return secureflow_cli::usage(error, std::env::args_os().any(|arg| arg == "--json")),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the system gave no event loop: {error}");
            return ExitCode::from(75);
        }
    };
    runtime.block_on(run(cli, environment))
}
