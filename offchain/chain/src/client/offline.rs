//! Transactions signed ahead, for programs that send many and look at the blocks themselves.

use std::sync::Arc;

use secureflow_primitives::H256;
use sp_runtime::generic::Era;

use super::{submit::LIFETIME, Client};
use crate::{
    chain::{At, BlockRef},
    extrinsic,
    keys::AccountKey,
    runtime::{Envelope, Runtime},
    Call, Result,
};

/// What all transactions that are signed at one moment have in common. They are valid for the next 64 blocks.
pub struct Offline {
    runtime: Arc<Runtime>,
    birth: BlockRef,
    genesis: H256,
}

impl Client {
    /// Asks the chain for what it takes to sign without it.
    pub async fn offline(&self) -> Result<Offline> {
        let deadline = self.deadline();
        Ok(Offline {
            runtime: self.runtime(deadline).await?,
            birth: self.block_until(At::Finalized, deadline).await?,
            genesis: self.inner.genesis,
        })
    }
}

impl Offline {
    /// The signed transaction in SCALE. The caller counts the nonces.
    pub fn sign(&self, signer: &AccountKey, call: &Call, nonce: u32) -> Result<Vec<u8>> {
        let envelope = Envelope {
            nonce,
            era: Era::mortal(LIFETIME, self.birth.number.into()),
            birth: self.birth.hash,
            genesis: self.genesis,
        };
        Ok(extrinsic::sign(&self.runtime, signer, call, &envelope)?.bytes)
    }
}
