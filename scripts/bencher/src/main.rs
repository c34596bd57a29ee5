#![doc = include_str!("../README.md")]

use clap::Parser;
use frame_benchmarking_cli::PalletCmd;
use sp_runtime::traits::BlakeTwo256;

/// Measures what the runtime's calls weigh.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    pallets: PalletCmd,
}

fn main() -> sc_cli::Result<()> {
    let Cli { pallets } = Cli::parse();
    pallets.run_with_spec::<BlakeTwo256, ()>(None)
}
