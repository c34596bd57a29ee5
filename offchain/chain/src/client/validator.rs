//! What an organisation asks of the node that validates for it.

use codec::Encode;
use secureflow_primitives::AccountId;
use serde::Deserialize;
use sp_core::Bytes;
use subxt_rpcs::{rpc_params, RpcClient};

use super::Client;
use crate::{Error, Result};

/// Session keys that a node has made, and the proof that it holds their secret halves, made out to one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSessionKeys {
    pub keys: Vec<u8>,
    pub proof: Vec<u8>,
}

#[derive(Deserialize)]
struct Reply {
    keys: Bytes,
    proof: Option<Bytes>,
}

impl Client {
    /// Lets the node make session keys for an account. The secret halves stay in its keystore; the account registers the
    /// public ones ([`Call::set_session_keys`](crate::Call::set_session_keys)). Nodes answer this to their own host only.
    pub async fn rotate_session_keys(&self, owner: &AccountId) -> Result<NewSessionKeys> {
        let owner = &Bytes(owner.encode());
        let ask = |client: RpcClient| async move {
            let params = rpc_params![owner];
            client.request::<Reply>("author_rotateKeysWithOwner", params).await
        };
        let reply = self.inner.connection.request(self.deadline(), ask).await?;
        let proof = reply
            .proof
            .ok_or_else(|| Error::Incompatible("it proves no ownership of keys".into()))?;
        Ok(NewSessionKeys {
            keys: reply.keys.0,
            proof: proof.0,
        })
    }
}
