//! `secureflow privacy`

mod explain;

use crate::{context::Context, error::Result, network::reading, out::Answer};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Privacy {
    /// Where a dataset's privacy went, what is held back for jobs, and what a planned job would take
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Explain),
}

pub async fn run(context: &Context, command: Privacy) -> Result<Answer> {
    match command {
        Privacy::Explain(wanted) => reading(context.out, explain::run(context, &wanted)).await,
    }
}
