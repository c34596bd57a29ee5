//! The JSON-RPC methods that this node adds to the SDK's own (`chain_*`, `state_*`, `author_*`, `system_*`,
//! `chainHead_v1_*`, `chainSpec_v1_*`, `transaction_v1_*`).

mod reader;
mod refusal;
mod secureflow;
mod watch;

use self::{
    reader::Reader,
    secureflow::{Secureflow, SecureflowApiServer},
};
use crate::service::{Client, FullBackend, Pool};
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use sc_consensus_grandpa::{FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use secureflow_runtime::{AccountId, BlockNumber, Hash, Nonce, OpaqueBlock as Block};
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// What the methods read.
#[derive(Clone)]
pub struct Sources {
    pub client: Arc<Client>,
    pub pool: Arc<Pool>,
    pub finality: Finality,
}

/// What a light client is told about finality.
#[derive(Clone)]
pub struct Finality {
    pub authorities: SharedAuthoritySet<Hash, BlockNumber>,
    pub voter: SharedVoterState,
    pub justifications: GrandpaJustificationStream<Block>,
    pub proofs: Arc<FinalityProofProvider<FullBackend, Block>>,
}

/// The module that is merged into the server.
pub fn module(sources: Sources, executor: SubscriptionTaskExecutor) -> Result<RpcModule<()>, RegisterMethodError> {
    let Sources { client, pool, finality } = sources;
    let mut module = RpcModule::new(());
    module.merge(Secureflow::new(Reader::new(client.clone())).into_rpc())?;
    module.merge(SystemApiServer::<Hash, AccountId, Nonce>::into_rpc(
        System::<_, _, Block>::new(client, pool),
    ))?;
    module.merge(
        Grandpa::new(
            executor,
            finality.authorities,
            finality.voter,
            finality.justifications,
            finality.proofs,
        )
        .into_rpc(),
    )?;
    Ok(module)
}
