#![doc = include_str!("../README.md")]

pub mod agent;
pub mod args;
pub mod commands;
pub mod context;
pub mod council;
pub mod error;
pub mod evidence_policy;
pub mod explain;
pub mod formula;
mod home;
pub mod names;
pub mod network;
pub mod out;
pub mod policy_check;
pub mod policy_file;
pub mod proposal;
pub mod trust;
pub mod verify;

use args::Cli;
use context::Context;
use error::Failure;
use out::Out;
use std::{path::PathBuf, process::ExitCode};

/// What `main` read from the environment.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The user's home folder.
    pub user_home: Option<PathBuf>,
    /// `SECUREFLOW_HOME`, which stands in for `--home`.
    pub home: Option<PathBuf>,
}

/// Runs one command and prints what came of it.
pub async fn run(cli: Cli, environment: Environment) -> ExitCode {
    let out = Out::new(cli.global.json);
    let answer = match Context::new(&cli.global, environment, out) {
        Ok(context) => commands::run(&context, cli.command).await,
        Err(failure) => Err(failure),
    };
    match answer {
        Ok(answer) => {
            out.answer(&answer);
            ExitCode::from(if answer.ok { 0 } else { error::FAILED })
        }
        Err(failure) => {
            out.failure(&failure);
            ExitCode::from(failure.exit)
        }
    }
}

/// Prints clap's message. Help and version are answers; anything else is wrong usage.
pub fn usage(error: clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() {
        // Nothing can be done about a closed output.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if json {
        let failure = Failure::usage(error.to_string().trim_start_matches("error: ").trim())
            .hint("`secureflow --help` lists the commands; every command has its own `--help` with examples.");
        Out::new(true).failure(&failure);
    } else {
        let _ = error.print();
    }
    ExitCode::from(error::USAGE)
}
