//! `secureflow privacy`

pub mod accountant;
mod explain;

use crate::{context::Context, error::Result, network::reading, out::Answer};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Privacy {
    /// Where a dataset's privacy went, what is held back for jobs, and what a planned job would take
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Explain),
    /// ε of so many steps of noised sums over samples, by two accountants; needs no chain
    #[command(after_help = accountant::EPSILON)]
    Epsilon(accountant::Epsilon),
    /// The least noise that keeps an ε; needs no chain
    #[command(after_help = accountant::CALIBRATE)]
    Calibrate(accountant::Calibrate),
}

pub async fn run(context: &Context, command: Privacy) -> Result<Answer> {
    match command {
        Privacy::Explain(wanted) => reading(context.out, explain::run(context, &wanted)).await,
        Privacy::Epsilon(wanted) => accountant::epsilon(&wanted),
        Privacy::Calibrate(wanted) => accountant::calibrate(&wanted),
    }
}
