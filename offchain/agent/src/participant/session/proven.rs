//! A vector in two parts, one for each of two workers, with the proof that it is bounded: `docs/protocols/validity.md`.

use super::{config, Links};
use crate::{
    admission::Participation,
    agent::Agent,
    compute::Computed,
    participant::{link::Link, ParticipantError},
    store::{Checkpoint, StepFigures},
};
use secureflow_primitives::JobId;
use secureflow_validity::{contribute, Contribution, Party, Session};
use secureflow_wire::{CallError, ContributeRequest, RefusalCode, StepRef, SubmitOutcome};
use tracing::{info, warn};
use zeroize::Zeroizing;

pub struct Proven {
    job: JobId,
    at: StepRef,
    /// For the first worker and for the second; none where it is known to have arrived.
    parts: [Option<Contribution>; 2],
    figures: StepFigures,
}

impl Proven {
    /// Splits the vector and saves the parts: another split under the same name would be refused.
    pub async fn begin(
        agent: &Agent,
        part: &Participation,
        at: StepRef,
        computed: Computed,
        utility: u64,
    ) -> Result<Self, ParticipantError> {
        let step = part.plan.steps().at(at.step);
        let wrong = || ParticipantError::Worker(format!("step {} has no proofs", at.step));
        let length = computed.vector.len();
        let bound = part.plan.bound(step.ok_or_else(wrong)?, length);
        let bound = bound.map_err(|error| ParticipantError::Worker(error.to_string()))?;
        let bound = bound.ok_or_else(wrong)?;
        let session = Session(config(part, &agent.chain.genesis().0, at, length).session.0);
        let (own, vector) = (Party(part.own.0), computed.vector);
        let split = tokio::task::spawn_blocking(move || {
            let values: Zeroizing<Vec<i64>> = Zeroizing::new(vector.iter().map(|entry| *entry as i64).collect());
            contribute(&bound, &session, own, &values)
        });
        let [first, second] = split.await.map_err(|_| ParticipantError::Interrupted)??;
        let mut proven = Self {
            job: part.id,
            at,
            parts: [Some(first), Some(second)],
            figures: StepFigures {
                rows: computed.rows,
                compute_ms: computed.compute_ms,
                bytes: 0,
                utility,
            },
        };
        proven.save(agent).await?;
        Ok(proven)
    }

    pub async fn restore(agent: &Agent, part: &Participation, step: u32) -> Result<Option<Self>, ParticipantError> {
        let Some(record) = agent.store.step(part.id, step).await? else {
            return Ok(None);
        };
        let Some(machine) = record.machine else {
            return Ok(None);
        };
        let [public, second]: [Zeroizing<Vec<u8>>; 2] =
            postcard::from_bytes::<[Vec<u8>; 2]>(&machine)?.map(Zeroizing::new);
        let part_of = |share: &[u8]| Contribution {
            public: public.to_vec(),
            share: share.to_vec(),
        };
        let attempt = record.attempt;
        Ok(Some(Self {
            job: part.id,
            at: StepRef { step, attempt },
            // Whether they arrived is not known: both workers take repeats.
            parts: [Some(part_of(&record.vector)), Some(part_of(&second))],
            figures: record.figures,
        }))
    }

    pub fn at(&self) -> StepRef {
        self.at
    }

    async fn save(&mut self, agent: &Agent) -> Result<(), ParticipantError> {
        let [Some(first), Some(second)] = &self.parts else {
            return Ok(());
        };
        let machine = postcard::to_stdvec(&[&first.public, &second.share])?;
        let checkpoint = Checkpoint {
            machine: Zeroizing::new(machine),
            vector: Some(Zeroizing::new(first.share.clone())),
            revealed: false,
        };
        let bytes = [first, second].map(|part| self.request(part).wire_bytes()).iter().sum();
        self.figures.bytes = bytes;
        let StepRef { step, attempt } = self.at;
        agent
            .store
            .save_step(self.job, step, attempt, &checkpoint, self.figures)
            .await?;
        Ok(())
    }

    fn request(&self, part: &Contribution) -> ContributeRequest {
        ContributeRequest {
            job: self.job,
            at: self.at,
            public: part.public.clone().into(),
            share: part.share.clone().into(),
            rows: self.figures.rows,
            compute_ms: self.figures.compute_ms,
            utility: self.figures.utility,
        }
    }

    /// The second worker comes first: the first one asks it as soon as it has its own part.
    pub async fn send_unsent(&mut self, agent: &Agent, links: Links<'_>) -> Result<(), ParticipantError> {
        if let (Some(_), None) = (&self.parts[1], &links.second) {
            return Err(ParticipantError::NoWorker);
        }
        let Links { first, second } = links;
        let links = [(0, Some(first)), (1, second)];
        for (index, link) in links.into_iter().rev() {
            if let (Some(part), Some(link)) = (&self.parts[index], link) {
                self.send(agent, part, link).await?;
            }
            self.parts[index] = None;
        }
        Ok(())
    }

    async fn send(&self, agent: &Agent, part: &Contribution, link: &mut Link) -> Result<(), ParticipantError> {
        let request = self.request(part);
        let bytes = request.wire_bytes();
        let StepRef { step, attempt } = self.at;
        match link.contribute(request).await? {
            SubmitOutcome::Accepted => {
                agent.metrics.sent.inc_by(bytes);
            }
            SubmitOutcome::Repeated => info!(step, "the worker had the part already"),
            SubmitOutcome::Refused(refusal) if refusal.retryable => return Err(CallError::Refused(refusal).into()),
            SubmitOutcome::Refused(refusal) if matches!(refusal.code, RefusalCode::Stale | RefusalCode::TooLate) => {
                info!(
                    step,
                    attempt,
                    text = refusal.text,
                    "the step went on without this party"
                );
            }
            SubmitOutcome::Refused(refusal) => {
                warn!(step, attempt, code = ?refusal.code, text = refusal.text, "the worker refused the part");
            }
        }
        Ok(())
    }
}
