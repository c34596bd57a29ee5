//! Whose certificates count: the active organisations of the finalised chain, and its workers.

use secureflow_chain::{Chain, ChainExt, Result};
use secureflow_primitives::{consortium::OrgStatus, OrgId};
use std::{
    collections::{HashMap, HashSet},
    sync::{PoisonError, RwLock},
};

/// A copy of the chain's lists, refreshed by the one who follows the chain.
#[derive(Default)]
pub struct Members {
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    organisations: HashMap<[u8; 32], OrgId>,
    workers: HashSet<[u8; 32]>,
}

impl Members {
    /// Reads the lists anew.
    pub async fn refresh(&self, chain: &dyn Chain) -> Result<()> {
        let state = chain.finalized_state().await?;
        let organisations = state.organisations().await?.into_iter();
        let organisations = organisations
            .filter(|(_, organisation)| organisation.status == OrgStatus::Active)
            .filter_map(|(id, organisation)| Some((organisation.keys?.tls_fingerprint, id)))
            .collect();
        let workers = state.workers().await?.into_iter();
        let workers = workers
            .filter(|(_, worker)| !worker.revoked)
            .map(|(_, worker)| worker.registration.tls_fingerprint)
            .collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Known { organisations, workers };
        Ok(())
    }

    /// Whether the certificate is one that may connect. What its holder may ask for is looked at with every request.
    pub fn admits(&self, fingerprint: &[u8; 32]) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.organisations.contains_key(fingerprint) || known.workers.contains(fingerprint)
    }

    /// The active organisation whose agent has this certificate.
    pub fn by_fingerprint(&self, fingerprint: &[u8; 32]) -> Option<OrgId> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.organisations.get(fingerprint).copied()
    }
}
