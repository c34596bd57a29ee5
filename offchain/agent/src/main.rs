//! `secureflow-agent`: runs the agent, or one of its tools.

use clap::Parser;
use secureflow_agent::cli::{self, Options};
use std::process::ExitCode;

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
    match cli::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("secureflow-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}
