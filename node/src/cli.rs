//! The command line.

use crate::{chain_spec, peers::Peers};
use sc_cli::{ChainSpec, KeySubcommand, RunCmd, SubstrateCli};
use std::path::PathBuf;

/// Bytes of the cache of the state's trie. The SDK's default of 1 GiB is for states thousands of times larger.
const TRIE_CACHE: &str = "33554432";
/// Blocks whose state is kept: an hour, so that a client that was away still reads the events it missed.
const STATE_BLOCKS: &str = "3600";

#[derive(Debug, clap::Parser)]
pub struct Cli {
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,

    #[command(flatten)]
    pub run: RunCmd,

    /// Whom this node talks to [default: members for a validator, any for other nodes]. A chain on which no member has named
    /// a node is open to anyone
    #[arg(long, value_enum, value_name = "WHO")]
    pub peers: Option<Peers>,
}

#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Generate, inspect and insert keys.
    #[command(subcommand)]
    Key(KeySubcommand),

    /// Write the chain specification of a consortium to standard output.
    #[command(alias = "chain-spec")]
    BuildSpec(BuildSpecCmd),

    /// Validate a block again.
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Write blocks to a file.
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Write the state at a block as a chain specification.
    ExportState(sc_cli::ExportStateCmd),

    /// Read blocks from a file.
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Delete the whole chain from the base path.
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Take back blocks that are not finalised.
    Revert(sc_cli::RevertCmd),
}

/// Where a chain specification comes from.
#[derive(Debug, clap::Args)]
pub struct BuildSpecCmd {
    /// The consortium: name, id, organisations with their accounts and validators (see the README).
    #[arg(long, value_name = "FILE", required_unless_present = "dev", conflicts_with = "dev")]
    pub consortium: Option<PathBuf>,

    /// The development chain instead: one validator, well-known keys.
    #[arg(long)]
    pub dev: bool,

    /// Write the genesis as readable settings rather than as raw state. Nodes start faster from raw state, and it has the
    /// same genesis hash.
    #[arg(long)]
    pub plain: bool,
}

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "secureflow-node".into()
    }

    fn impl_version() -> String {
        env!("SUBSTRATE_CLI_IMPL_VERSION").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        "the secureflow authors".into()
    }

    fn support_url() -> String {
        concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn ChainSpec>, String> {
        match id {
            // A node's key belongs to no chain, and is made before there is one. The command asks for it all the same.
            "" if matches!(
                self.subcommand,
                Some(Subcommand::Key(KeySubcommand::GenerateNodeKey(_)))
            ) =>
            {
                self.load_spec("dev")
            }
            "" => Err("no chain given: name its specification with --chain FILE, or use --dev".into()),
            "dev" => Ok(Box::new(chain_spec::development().map_err(|error| error.to_string())?)),
            file => Ok(Box::new(chain_spec::ChainSpec::from_json_file(file.into())?)),
        }
    }

    /// The SDK's command with defaults that fit a small network of known members.
    fn setup_command(command: clap::Command) -> clap::Command {
        command
            .name(Self::executable_name())
            .version(Self::impl_version())
            .author(Self::author())
            .about(Self::description())
            .after_help(format!("Report defects at {}", Self::support_url()))
            .propagate_version(true)
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .mut_arg("pool_type", |arg| arg.default_value("single-state"))
            .mut_arg("trie_cache_size", |arg| arg.default_value(TRIE_CACHE))
            .mut_arg("state_pruning", |arg| arg.default_value(STATE_BLOCKS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_defaults_reach_the_command() {
        let cli = Cli::try_from_iter(["secureflow-node", "--dev"]).expect("parses");
        assert!(matches!(
            cli.run.pool_config.pool_type,
            sc_cli::TransactionPoolType::SingleState
        ));
        assert_eq!(cli.run.import_params.trie_cache_size.to_string(), TRIE_CACHE);
        let pruning = cli.run.import_params.pruning_params.state_pruning().expect("a number");
        assert_eq!(
            format!("{pruning:?}"),
            format!("Some(Constrained(Constraints {{ max_blocks: Some({STATE_BLOCKS}) }}))")
        );
    }

    #[test]
    fn peers_are_chosen_by_name() {
        let peers = |arguments: &[&str]| Cli::try_from_iter(arguments).map(|cli| cli.peers).ok();
        assert_eq!(peers(&["secureflow-node", "--dev"]), Some(None));
        assert_eq!(
            peers(&["secureflow-node", "--dev", "--peers", "members"]),
            Some(Some(Peers::Members))
        );
        assert_eq!(peers(&["secureflow-node", "--dev", "--peers", "friends"]), None);
    }

    #[test]
    fn a_chain_must_be_named() {
        let cli = Cli::try_from_iter(["secureflow-node"]).expect("parses");
        assert!(cli
            .load_spec("")
            .err()
            .is_some_and(|error| error.contains("--chain FILE")));
    }

    #[test]
    fn a_node_key_needs_no_chain() {
        let cli = Cli::try_from_iter(["secureflow-node", "key", "generate-node-key"]).expect("parses");
        let refused = cli.load_spec("").err();
        assert!(!refused.is_some_and(|error| error.contains("--chain FILE")));
    }

    #[test]
    fn a_specification_needs_one_source() {
        assert!(Cli::try_from_iter(["secureflow-node", "build-spec"]).is_err());
        assert!(Cli::try_from_iter(["secureflow-node", "build-spec", "--dev", "--consortium", "x"]).is_err());
        assert!(Cli::try_from_iter(["secureflow-node", "chain-spec", "--dev"]).is_ok());
    }
}
