//! GRANDPA, tuned for blocks of one second among few validators.

use crate::{
    rpc,
    service::{Client, FullBackend, Pool, SelectChain},
};
use sc_consensus_grandpa as grandpa;
use sc_network::{
    config::FullNetworkConfiguration, service::traits::NetworkService, NetworkBackend, NotificationMetrics,
    NotificationService, ProtocolName,
};
use sc_service::{Configuration, Error, KeystoreContainer};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use secureflow_runtime::{Hash, OpaqueBlock as Block};
use std::{future::Future, sync::Arc, time::Duration};

pub type BlockImport = grandpa::GrandpaBlockImport<FullBackend, Block, Client, SelectChain>;
pub type Link = grandpa::LinkHalf<Block, Client, SelectChain>;
type SyncService = Arc<sc_network_sync::SyncingService<Block>>;

/// How long a message takes to reach everyone. Prevotes and precommits wait for multiples of it, so it decides how soon
/// a block is final; too small a value costs rounds that end without one.
const GOSSIP: Duration = Duration::from_millis(150);
/// Blocks between justifications that are kept with their blocks (`chain_getBlock` shows them). A new node learns finality
/// from them, and a client that trusts no node proves an old block by the next one and the headers in between: at most so
/// many. One takes about 130 bytes per validator, hence a megabyte and a half a day of four.
const JUSTIFICATION_PERIOD: u32 = 32;

pub fn block_import(
    client: Arc<Client>,
    select_chain: SelectChain,
    telemetry: Option<TelemetryHandle>,
) -> Result<(BlockImport, Link), Error> {
    Ok(grandpa::block_import(
        client.clone(),
        JUSTIFICATION_PERIOD,
        &client,
        select_chain,
        telemetry,
    )?)
}

/// The network protocol over which validators vote.
pub struct Protocol {
    name: ProtocolName,
    notifications: Box<dyn NotificationService>,
}

/// What the voter is made of.
pub struct Parts {
    pub config: grandpa::Config,
    pub link: Link,
    pub network: Arc<dyn NetworkService>,
    pub sync: SyncService,
    pub prometheus_registry: Option<prometheus_endpoint::Registry>,
    pub pool: Arc<Pool>,
    /// Shows others how the voting goes.
    pub state: grandpa::SharedVoterState,
}

impl Protocol {
    pub fn register<N: NetworkBackend<Block, Hash>>(
        network: &mut FullNetworkConfiguration<Block, Hash, N>,
        genesis: &Hash,
        config: &Configuration,
        metrics: NotificationMetrics,
    ) -> Self {
        let name = grandpa::protocol_standard_name(genesis, &config.chain_spec);
        let (protocol, notifications) =
            grandpa::grandpa_peers_set_config::<_, N>(name.clone(), metrics, network.peer_store_handle());
        network.add_notification_protocol(protocol);
        Self { name, notifications }
    }

    /// The voter. It ends only when the node does.
    pub fn run(self, parts: Parts) -> Result<impl Future<Output = ()> + Send, Error> {
        let telemetry = parts.config.telemetry.clone();
        Ok(grandpa::run_grandpa_voter(grandpa::GrandpaParams {
            config: parts.config,
            link: parts.link,
            network: parts.network,
            sync: Arc::new(parts.sync),
            notification_service: self.notifications,
            // The default rules vote two blocks behind the best one, which would cost two seconds. Forks are rare among
            // few validators with one author per slot; on a long one the voter still approaches step by step.
            voting_rule: grandpa::VotingRulesBuilder::new()
                .add(grandpa::ThreeQuartersOfTheUnfinalizedChain)
                .build(),
            prometheus_registry: parts.prometheus_registry,
            shared_voter_state: parts.state,
            telemetry,
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(parts.pool),
        })?)
    }
}

/// What light clients ask for over JSON-RPC.
pub fn shown(backend: Arc<FullBackend>, link: &Link) -> rpc::Finality {
    let authorities = link.shared_authority_set().clone();
    rpc::Finality {
        proofs: grandpa::FinalityProofProvider::new_for_service(backend, Some(authorities.clone())),
        authorities,
        voter: grandpa::SharedVoterState::empty(),
        justifications: link.justification_stream(),
    }
}

pub fn config(
    config: &Configuration,
    protocol: &Protocol,
    keystore: &KeystoreContainer,
    telemetry: Option<TelemetryHandle>,
) -> grandpa::Config {
    grandpa::Config {
        gossip_duration: GOSSIP,
        justification_generation_period: JUSTIFICATION_PERIOD,
        observer_enabled: false,
        local_role: config.role,
        name: Some(config.network.node_name.clone()),
        // Only an authority votes.
        keystore: config.role.is_authority().then(|| keystore.keystore()),
        telemetry,
        protocol_name: protocol.name.clone(),
    }
}
