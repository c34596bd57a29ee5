//! Runs what the command line asks for.

use crate::service;
use sc_cli::SubstrateCli;
use sc_network::{config::NetworkBackendType, Litep2pNetworkBackend, NetworkWorker};
use sc_service::{Configuration, PartialComponents, TaskManager};
use secureflow_node::{
    chain_spec,
    cli::{BuildSpecCmd, Cli, Subcommand},
    peers::Peers,
    run_info,
};
use secureflow_runtime::{Hash, OpaqueBlock as Block};
use std::io::Write;

pub fn run(cli: Cli) -> sc_cli::Result<()> {
    match &cli.subcommand {
        None => {
            let peers = cli.peers;
            cli.create_runner(&cli.run)?
                .run_node_until_exit(move |config| start(config, peers))
        }
        Some(Subcommand::Key(command)) => command.run(&cli),
        Some(Subcommand::BuildSpec(command)) => build_spec(command),
        Some(Subcommand::CheckBlock(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                import_queue,
                ..
            } = service::partial(&config)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::ExportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client, task_manager, ..
            } = service::partial(&config)?;
            Ok((command.run(client, config.database), task_manager))
        }),
        Some(Subcommand::ExportState(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client, task_manager, ..
            } = service::partial(&config)?;
            Ok((command.run(client, config.chain_spec), task_manager))
        }),
        Some(Subcommand::ImportBlocks(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                import_queue,
                ..
            } = service::partial(&config)?;
            Ok((command.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::PurgeChain(command)) => cli
            .create_runner(command)?
            .sync_run(|config| command.run(config.database)),
        Some(Subcommand::Revert(command)) => cli.create_runner(command)?.async_run(|config| {
            let PartialComponents {
                client,
                task_manager,
                backend,
                ..
            } = service::partial(&config)?;
            let revert_finality = Box::new(|client, _, blocks| Ok(sc_consensus_grandpa::revert(client, blocks)?));
            Ok((command.run(client, backend, Some(revert_finality)), task_manager))
        }),
    }
}

async fn start(mut config: Configuration, peers: Option<Peers>) -> sc_cli::Result<TaskManager> {
    run_info::reserve_prometheus_port(&mut config)?;
    let peers = Peers::or_default(peers, config.role.is_authority());
    let task_manager = match config.network.network_backend {
        NetworkBackendType::Libp2p => service::full::<NetworkWorker<Block, Hash>>(config, peers),
        NetworkBackendType::Litep2p => service::full::<Litep2pNetworkBackend>(config, peers),
    };
    Ok(task_manager?)
}

fn build_spec(command: &BuildSpecCmd) -> sc_cli::Result<()> {
    let spec = match &command.consortium {
        Some(file) => chain_spec::from_file(file),
        None => chain_spec::development(),
    };
    let json = spec
        .map_err(|error| sc_cli::Error::Application(error.into()))?
        .as_json(!command.plain)?;
    std::io::stdout().lock().write_all(json.as_bytes())?;
    Ok(())
}
