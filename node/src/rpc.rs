//! The JSON-RPC methods that this node adds to the SDK's own (`chain_*`, `state_*`, `author_*`, `system_*`,
//! `chainHead_v1_*`, `chainSpec_v1_*`, `transaction_v1_*`).

use crate::service::{Client, Pool};
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use secureflow_runtime::{AccountId, Hash, Nonce, OpaqueBlock as Block};
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// The module that is merged into the server. Methods of this project (`secureflow_*`) join here.
pub fn module(client: Arc<Client>, pool: Arc<Pool>) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut module = RpcModule::new(());
    module.merge(SystemApiServer::<Hash, AccountId, Nonce>::into_rpc(
        System::<_, _, Block>::new(client, pool),
    ))?;
    Ok(module)
}
