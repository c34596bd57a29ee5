//! Whose certificates count: the active organisations of the finalised chain.

use secureflow_chain::{Chain, ChainExt, Result};
use secureflow_primitives::{consortium::OrgStatus, OrgId};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

/// A copy of the chain's list, refreshed by the one who follows the chain.
#[derive(Default)]
pub struct Members {
    by_fingerprint: RwLock<HashMap<[u8; 32], OrgId>>,
}

impl Members {
    /// Reads the list anew.
    pub async fn refresh(&self, chain: &dyn Chain) -> Result<()> {
        let organisations = chain.finalized_state().await?.organisations().await?;
        let active = organisations
            .into_iter()
            .filter(|(_, organisation)| organisation.status == OrgStatus::Active)
            .filter_map(|(id, organisation)| Some((organisation.keys?.tls_fingerprint, id)))
            .collect();
        *self.by_fingerprint.write().unwrap_or_else(PoisonError::into_inner) = active;
        Ok(())
    }

    /// The active organisation whose agent has this certificate.
    pub fn by_fingerprint(&self, fingerprint: &[u8; 32]) -> Option<OrgId> {
        self.by_fingerprint
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(fingerprint)
            .copied()
    }
}
