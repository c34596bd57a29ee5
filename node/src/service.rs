//! Puts the node together: database, executor, pool, network, consensus, RPC.

use crate::{
    doorkeeper::{self, Doorkeeper},
    finality, rpc,
};
use sc_client_api::BlockBackend;
use sc_consensus_aura::{ImportQueueParams, SlotProportion, StartAuraParams};
use sc_network::NetworkBackend;
use sc_service::{
    build_network, new_full_parts, new_wasm_executor, spawn_tasks, BuildNetworkParams, Configuration, Error,
    PartialComponents, SpawnTasksParams, TFullBackend, TFullClient, TaskManager, WarpSyncConfig,
};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool::TransactionPoolHandle;
use secureflow_node::{peers::Peers, run_info};
use secureflow_runtime::{apis::RuntimeApi, Hash, OpaqueBlock as Block};
use sp_consensus_aura::{
    inherents::InherentDataProvider as AuraInherent,
    sr25519::{AuthorityId as AuraId, AuthorityPair as AuraPair},
    SlotDuration,
};
use sp_timestamp::InherentDataProvider as TimestampInherent;
use std::sync::Arc;

/// What runtimes may call of this node.
type HostFunctions = (sp_io::SubstrateHostFunctions, secureflow_evidence::host::HostFunctions);

type Executor = sc_executor::WasmExecutor<HostFunctions>;
pub type Client = TFullClient<Block, RuntimeApi, Executor>;
pub type FullBackend = TFullBackend<Block>;
pub type SelectChain = sc_consensus::LongestChain<FullBackend, Block>;
pub type Pool = TransactionPoolHandle<Block, Client>;
type ImportQueue = sc_consensus::DefaultImportQueue<Block>;

/// What consensus and telemetry need later.
pub struct Rest {
    block_import: finality::BlockImport,
    finality_link: finality::Link,
    telemetry: Option<Telemetry>,
}

/// Of a slot, the part in which its author may still add transactions. The rest is for gossip and votes.
const PROPOSAL_SHARE: f32 = 0.5;

/// The part that commands on a stopped chain need too.
pub fn partial(
    config: &Configuration,
) -> Result<PartialComponents<Client, FullBackend, SelectChain, ImportQueue, Pool, Rest>, Error> {
    let telemetry_worker = match config
        .telemetry_endpoints
        .clone()
        .filter(|endpoints| !endpoints.is_empty())
    {
        Some(endpoints) => {
            let worker = TelemetryWorker::new(16)?;
            let telemetry = worker.handle().new_telemetry(endpoints);
            Some((worker, telemetry))
        }
        None => None,
    };

    let (client, backend, keystore_container, task_manager) = new_full_parts::<Block, RuntimeApi, Executor>(
        config,
        telemetry_worker.as_ref().map(|(_, telemetry)| telemetry.handle()),
        new_wasm_executor(&config.executor),
        Vec::new(),
    )?;
    let client = Arc::new(client);
    let telemetry = telemetry_worker.map(|(worker, telemetry)| {
        task_manager.spawn_handle().spawn("telemetry", None, worker.run());
        telemetry
    });
    let telemetry_handle = telemetry.as_ref().map(Telemetry::handle);

    let select_chain = SelectChain::new(backend.clone());
    let transaction_pool = Arc::new(
        sc_transaction_pool::Builder::new(
            task_manager.spawn_essential_handle(),
            client.clone(),
            config.role.is_authority().into(),
        )
        .with_options(config.transaction_pool.clone())
        .with_prometheus(config.prometheus_registry())
        .build(),
    );

    let (block_import, finality_link) =
        finality::block_import(client.clone(), select_chain.clone(), telemetry_handle.clone())?;
    let slot_client = client.clone();
    let import_queue = sc_consensus_aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
        block_import: block_import.clone(),
        justification_import: Some(Box::new(block_import.clone())),
        client: client.clone(),
        create_inherent_data_providers: move |parent, ()| {
            let slot_duration = sc_consensus_aura::standalone::slot_duration_at(&*slot_client, parent);
            async move { Ok(inherents(slot_duration?)) }
        },
        spawner: &task_manager.spawn_essential_handle(),
        registry: config.prometheus_registry(),
        check_for_equivocation: Default::default(),
        telemetry: telemetry_handle,
        compatibility_mode: Default::default(),
    })?;

    Ok(PartialComponents {
        client,
        backend,
        task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other: Rest {
            block_import,
            finality_link,
            telemetry,
        },
    })
}

/// The clock's slot and time, which every block starts with.
fn inherents(slot_duration: SlotDuration) -> (AuraInherent, TimestampInherent) {
    let timestamp = TimestampInherent::from_system_time();
    (
        AuraInherent::from_timestamp_and_slot_duration(*timestamp, slot_duration),
        timestamp,
    )
}

/// A running node. With the role of an authority it authors and votes with the session keys in its keystore.
pub fn full<N: NetworkBackend<Block, Hash>>(config: Configuration, peers: Peers) -> Result<TaskManager, Error> {
    run_info::forget_last_run(&config)?;
    let PartialComponents {
        client,
        backend,
        mut task_manager,
        import_queue,
        keystore_container,
        select_chain,
        transaction_pool,
        other: Rest {
            block_import,
            finality_link,
            mut telemetry,
        },
    } = partial(&config)?;
    let telemetry_handle = telemetry.as_ref().map(Telemetry::handle);

    let genesis = client
        .block_hash(0)?
        .ok_or_else(|| Error::Other("the database holds no genesis block".into()))?;
    let metrics = N::register_notification_metrics(config.prometheus_registry());
    let mut net_config = sc_network::config::FullNetworkConfiguration::<_, _, N>::new(
        &config.network,
        config.prometheus_registry().cloned(),
    );
    let voter = finality::Protocol::register(&mut net_config, &genesis, &config, metrics.clone());
    let warp_sync = sc_consensus_grandpa::warp_proof::NetworkProvider::new(
        backend.clone(),
        finality_link.shared_authority_set().clone(),
        Vec::new(),
    );

    let (network, system_rpc_tx, tx_handler_controller, sync_service, _) = build_network(BuildNetworkParams {
        config: &config,
        net_config,
        client: client.clone(),
        transaction_pool: transaction_pool.clone(),
        spawn_handle: task_manager.spawn_handle(),
        spawn_essential_handle: task_manager.spawn_essential_handle(),
        import_queue,
        block_announce_validator_builder: None,
        warp_sync_config: Some(WarpSyncConfig::WithProvider(Arc::new(warp_sync))),
        block_relay: None,
        metrics,
        gap_sync_body_policy: None,
    })?;

    if peers == Peers::Members {
        let doorkeeper = Doorkeeper::new(client.clone(), network.clone(), doorkeeper::given(&config));
        // Essential: without it, one that was let go could come back unseen.
        task_manager
            .spawn_essential_handle()
            .spawn("doorkeeper", None, doorkeeper.keep());
    }

    let role = config.role;
    let force_authoring = config.force_authoring;
    let prometheus_registry = config.prometheus_registry().cloned();
    let grandpa = (!config.disable_grandpa)
        .then(|| finality::config(&config, &voter, &keystore_container, telemetry_handle.clone()));
    let announcement = run_info::Announcement::new(&config);

    let shown_finality = finality::shown(backend.clone(), &finality_link);
    let voter_state = shown_finality.voter.clone();
    let rpc_builder = {
        let sources = rpc::Sources {
            client: client.clone(),
            pool: transaction_pool.clone(),
            finality: shown_finality,
        };
        Box::new(move |executor| {
            rpc::module(sources.clone(), executor).map_err(|error| Error::Application(Box::new(error)))
        })
    };
    let rpc_handlers = spawn_tasks(SpawnTasksParams {
        config,
        client: client.clone(),
        backend,
        task_manager: &mut task_manager,
        keystore: keystore_container.keystore(),
        transaction_pool: transaction_pool.clone(),
        rpc_builder,
        network: network.clone(),
        system_rpc_tx,
        tx_handler_controller,
        sync_service: sync_service.clone(),
        telemetry: telemetry.as_mut(),
        tracing_execute_block: None,
    })?;

    if role.is_authority() {
        let proposer_factory = sc_basic_authorship::ProposerFactory::new(
            task_manager.spawn_handle(),
            client.clone(),
            transaction_pool.clone(),
            prometheus_registry.as_ref(),
            telemetry_handle.clone(),
        );
        let slot_duration = sc_consensus_aura::slot_duration::<AuraId, _, _>(&*client)?;
        let aura = sc_consensus_aura::start_aura::<AuraPair, _, _, _, _, _, _, _, _, (), _>(StartAuraParams {
            slot_duration,
            client,
            select_chain,
            block_import,
            proposer_factory,
            create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
            force_authoring,
            backoff_authoring_blocks: None,
            keystore: keystore_container.keystore(),
            sync_oracle: sync_service.clone(),
            justification_sync_link: sync_service.clone(),
            block_proposal_slot_portion: SlotProportion::new(PROPOSAL_SHARE),
            max_block_proposal_slot_portion: None,
            telemetry: telemetry_handle.clone(),
            compatibility_mode: Default::default(),
        })?;
        // Essential: a validator that no longer authors had better stop than look alive.
        task_manager
            .spawn_essential_handle()
            .spawn_blocking("aura", Some("block-authoring"), aura);
    }

    if let Some(grandpa) = grandpa {
        let vote = voter.run(finality::Parts {
            config: grandpa,
            link: finality_link,
            network: network.clone(),
            sync: sync_service,
            prometheus_registry,
            pool: transaction_pool,
            state: voter_state,
        })?;
        task_manager
            .spawn_essential_handle()
            .spawn_blocking("grandpa-voter", None, vote);
    }

    task_manager
        .spawn_handle()
        .spawn("run-info", None, announcement.write(rpc_handlers, network));
    Ok(task_manager)
}
