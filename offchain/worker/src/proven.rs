//! Steps whose contributions are proven to be bounded, to this worker and another one: `docs/protocols/validity.md`.
//!
//! What the two do is in `secureflow_validity`. Both keep their shares on disk and judge each by itself, so that neither a
//! crash nor a slow party holds up the others, and make the sum from what they kept.

pub mod first;
mod peers;
pub mod run;
pub mod second;

pub use peers::Peers;

use crate::store::Part;
use secureflow_plan::{JobPlan, PlanError, Step};
use secureflow_primitives::OrgId;
use secureflow_secagg::SessionId;
use secureflow_validity::{self as validity, Bound, Contribution, Party, Session, Sums, Verdict, Verifier, VerifyKey};
use std::collections::BTreeMap;
use tokio::task;
use zeroize::Zeroizing;

/// What both workers must agree on about an attempt at a step.
#[derive(Clone)]
pub struct Terms {
    pub bound: Bound,
    pub session: SessionId,
    pub key: Zeroizing<[u8; 32]>,
    /// Which of the two this worker is.
    pub role: validity::Worker,
}

/// This worker's word about a contribution, and what follows with the other's.
pub struct Judged {
    pub message: Vec<u8>,
    pub holds: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Validity(#[from] validity::Error),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("the noise cannot be added: {0}")]
    Noise(validity::Error),
    #[error("the check of a proof was interrupted")]
    Interrupted,
}

impl Terms {
    fn verifier(&self) -> Result<Verifier, validity::Error> {
        let key = VerifyKey::new(*self.key);
        Verifier::new(self.bound, Session(self.session.0), self.role, key)
    }

    /// This worker's message about a party's part, for the other worker. Takes up to a second for long vectors.
    pub async fn message(&self, party: OrgId, part: &Contribution) -> Result<Vec<u8>, ProofError> {
        let (terms, part) = (self.clone(), part.clone());
        let work = move || Ok(terms.verifier()?.take(Party(party.0), &part)?);
        blocking(work).await
    }

    /// Judges a party's part with the other worker's message about it.
    pub async fn judge(&self, party: OrgId, part: &Contribution, peer: Vec<u8>) -> Result<Judged, ProofError> {
        let (terms, part) = (self.clone(), part.clone());
        let work = move || {
            let mut verifier = terms.verifier()?;
            let message = verifier.take(Party(party.0), &part)?;
            let holds = verifier.judge(Party(party.0), &peer)? == Verdict::Holds;
            Ok(Judged { message, holds })
        };
        blocking(work).await
    }

    /// This worker's share of the sum over these parties, with its noise. Every part must hold.
    pub async fn sum(
        &self,
        plan: &JobPlan,
        step: Step,
        parts: BTreeMap<OrgId, (Part, Vec<u8>)>,
    ) -> Result<Sums, ProofError> {
        let (terms, plan) = (self.clone(), plan.clone());
        let work = move || {
            let mut verifier = terms.verifier()?;
            for (party, (part, peer)) in &parts {
                verifier.take(Party(party.0), &part.contribution)?;
                verifier.judge(Party(party.0), peer)?;
            }
            let mut sums = verifier.finish(&parts.keys().map(|party| Party(party.0)).collect())?;
            let mut generator = secureflow_privacy::Generator::from_rng(&mut rand::rngs::OsRng);
            let noise = plan.worker_noise(step, terms.bound.length(), &mut generator)?;
            sums.add_noise(&noise).map_err(ProofError::Noise)?;
            Ok(sums)
        };
        blocking(work).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ProofError> + Send + 'static,
) -> Result<T, ProofError> {
    task::spawn_blocking(work).await.map_err(|_| ProofError::Interrupted)?
}
