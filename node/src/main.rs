//! The program: see the library's page.
// The SDK's own errors are that large, and every function here returns them.
#![allow(clippy::result_large_err)]

mod command;
mod doorkeeper;
mod finality;
mod rpc;
mod service;

use sc_cli::SubstrateCli;
use secureflow_node::cli::Cli;
use std::{error::Error, process::ExitCode};

/// What the shell learns when the command line itself is wrong (`EX_USAGE`).
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let cli = match Cli::try_from_iter(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // There is nobody left to tell when the terminal is gone.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match command::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}
