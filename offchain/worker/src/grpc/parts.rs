//! Parts of vectors that are proven to be bounded: a worker takes them as the first of two, or keeps them as the second.

use super::Service;
use crate::{
    follow::Chain as Sources,
    proven::{
        first::{self, PartError},
        second, ProofError,
    },
    step::PartyRecord,
};
use secureflow_primitives::JobId;
use secureflow_secagg::PartyId;
use secureflow_validity::Contribution;
use secureflow_wire::{tls::Peer, ContributeRequest, Refusal, RefusalCode};
use tracing::warn;

impl Service {
    /// `true` where the part is new.
    pub(super) async fn take_part(
        &self,
        peer: &Peer,
        request: ContributeRequest,
        wire_bytes: u64,
    ) -> Result<bool, Refusal> {
        let (job, at) = (request.job, request.at);
        let part = Contribution {
            public: request.public.into(),
            share: request.share.into(),
        };
        let led = self.worker.find_desk(job).await.map_err(|error| {
            warn!(%job, error = %Sources(&error), "the job could not be looked up");
            Refusal::new(RefusalCode::Internal, "the job could not be looked up")
        })?;
        if led.is_some() {
            let (party, desk) = self.admit(peer, job).await?;
            let record = PartyRecord {
                rows: request.rows,
                compute_ms: request.compute_ms,
                bytes: wire_bytes,
                utility: request.utility,
            };
            let taken = first::take(&self.worker, &desk, party, at, part, record).await;
            return taken.map_err(|error| self.part_refusal(job, party, error));
        }
        let Some(org) = self.worker.members.by_fingerprint(&peer.fingerprint) else {
            let text = "the certificate is not that of an active organisation";
            return Err(self.refuse(RefusalCode::NotAParty, None, text));
        };
        match second::keep(&self.worker, job, at, org, &part).await {
            Ok(()) => Ok(true),
            // It may be the first worker, and the job not begun here yet.
            Err(second::SecondError::NotSecond) => {
                Err(Refusal::new(RefusalCode::UnknownJob, "the job is not under way here").retry())
            }
            Err(error) => {
                warn!(%job, %org, step = at.step, error = %Sources(&error), "a part was refused");
                self.worker.metrics.refused.inc();
                Err(error.refusal())
            }
        }
    }

    fn part_refusal(&self, job: JobId, party: PartyId, error: PartError) -> Refusal {
        let error = match error {
            PartError::Desk(error) => return self.refusal(job, party, error),
            other => other,
        };
        let code = match &error {
            PartError::Desk(_) | PartError::Store(_) | PartError::Proof(ProofError::Interrupted) => {
                RefusalCode::Internal
            }
            PartError::Proof(_) | PartError::DoesNotHold => RefusalCode::Protocol,
            PartError::Conflict => RefusalCode::Conflict,
            PartError::Second(_) => RefusalCode::Busy,
        };
        self.worker.metrics.refused.inc();
        warn!(%job, %party, error = %Sources(&error), "a part was refused");
        Refusal::new(code, error.to_string())
    }
}
