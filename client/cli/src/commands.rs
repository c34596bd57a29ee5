//! One file per group of commands. Each command reads, acts, and gives an [`Answer`] in both forms.

pub mod audit;
pub mod contract;
pub mod dataset;
pub mod evidence;
pub mod job;
pub mod keys;
pub mod measurement;
pub mod network;
pub mod org;
pub mod policy;
pub mod privacy;
pub mod space;
pub mod verify;
pub mod worker;

use crate::{args::Command, context::Context, error::Result, out::Answer};

pub async fn run(context: &Context, command: Command) -> Result<Answer> {
    match command {
        Command::Keys(command) => keys::run(context, command),
        Command::Network(command) => network::run(context, command).await,
        Command::Org(command) => org::run(context, command).await,
        Command::Dataset(command) => dataset::run(context, command).await,
        Command::Policy(command) => policy::run(context, command).await,
        Command::Privacy(command) => privacy::run(context, command).await,
        Command::Space(command) => space::run(context, command).await,
        Command::Contract(command) => contract::run(context, command).await,
        Command::Job(command) => job::run(context, command).await,
        Command::Worker(command) => worker::run(context, command).await,
        Command::Measurement(command) => measurement::run(context, command).await,
        Command::Evidence(command) => evidence::run(context, command).await,
        Command::Audit(command) => audit::run(context, command).await,
        Command::Verify(command) => verify::run(context, command),
    }
}
