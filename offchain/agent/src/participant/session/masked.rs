//! A masked vector for one worker: this party's aggregation machine and its checkpoint.

use crate::{
    admission::Participation,
    agent::Agent,
    compute::Computed,
    participant::{link::Link, ParticipantError},
    store::{Checkpoint, StepFigures},
};
use ed25519_dalek::VerifyingKey;
use rand::rngs::OsRng;
use secureflow_chain::ChainExt;
use secureflow_primitives::{JobId, OrgId};
use secureflow_secagg::{
    self as secagg, Client, ClientMessage, ClientStep, Config, PartyId, Ring, ServerMessage, SessionId,
};
use secureflow_wire::{CallError, RefusalCode, StepRef, SubmitOutcome, SubmitRequest};
use std::collections::BTreeMap;
use tracing::{info, warn};
use zeroize::Zeroizing;

/// A machine with what it is for.
pub struct Masked {
    job: JobId,
    at: StepRef,
    client: Client,
    figures: StepFigures,
    /// A message that is saved and not known to have arrived.
    unsent: Option<ClientMessage>,
    /// Which of the machine's vectors was saved last.
    saved: Option<usize>,
}

/// What all sides of an attempt agree on.
pub fn config(part: &Participation, genesis: &[u8; 32], at: StepRef, length: usize) -> Config {
    Config::new(
        SessionId::derive(genesis, part.id.0.into(), part.worker.as_ref(), at.step, at.attempt),
        part.parties.iter().map(|org| PartyId(org.0)).collect(),
        part.threshold(),
        length,
    )
}

impl Masked {
    pub async fn begin(
        agent: &Agent,
        part: &Participation,
        at: StepRef,
        mut computed: Computed,
        utility: u64,
    ) -> Result<Self, ParticipantError> {
        let keys = signing_keys(agent, &part.parties).await?;
        let config = config(part, &agent.chain.genesis().0, at, computed.vector.len());
        let input = std::mem::take(&mut *computed.vector);
        let me = PartyId(part.own.0);
        let (client, message) = Client::new(config, me, &agent.signing, keys, input, &mut OsRng)?;
        let mut session = Self {
            job: part.id,
            at,
            client,
            figures: StepFigures {
                rows: computed.rows,
                compute_ms: computed.compute_ms,
                bytes: 0,
                utility,
            },
            unsent: None,
            saved: None,
        };
        session.save(agent, message).await?;
        Ok(session)
    }

    pub async fn restore(agent: &Agent, part: &Participation, step: u32) -> Result<Option<Self>, ParticipantError> {
        let Some(record) = agent.store.step(part.id, step).await? else {
            return Ok(None);
        };
        let Some(machine) = record.machine else {
            return Ok(None);
        };
        let mut client: Client = postcard::from_bytes(&machine)?;
        client.rejoin(Ring::unpack(&record.vector).ok_or(secagg::Error::Apart)?)?;
        Ok(Some(Self {
            job: part.id,
            at: StepRef {
                step,
                attempt: record.attempt,
            },
            unsent: client.last_sent().cloned(),
            saved: Some(client.vector_version()),
            client,
            figures: record.figures,
        }))
    }

    pub fn at(&self) -> StepRef {
        self.at
    }

    pub fn is_revealed(&self) -> bool {
        self.client.has_revealed()
    }

    /// The server's messages that have been answered.
    pub fn answered(&self) -> u32 {
        match self.client.step() {
            ClientStep::Advertised => 0,
            ClientStep::Shared => 1,
            ClientStep::Masked => 2,
            ClientStep::Consistent => 3,
            ClientStep::Revealed => 4,
            ClientStep::Done => 5,
        }
    }

    /// Takes the worker's message and saves the answer; [`Masked::send_unsent`] sends it.
    pub async fn handle(&mut self, agent: &Agent, message: &ServerMessage) -> Result<(), ParticipantError> {
        match self.client.handle(&agent.signing, &mut OsRng, message)? {
            Some(answer) => self.save(agent, answer).await,
            None => {
                if self.client.step() == ClientStep::Done {
                    agent.store.end_step(self.job, self.at.step).await?;
                }
                Ok(())
            }
        }
    }

    async fn save(&mut self, agent: &Agent, answer: ClientMessage) -> Result<(), ParticipantError> {
        let version = self.client.vector_version();
        let changed = self.saved != Some(version);
        let revealed = self.client.has_revealed();
        let checkpoint = self.client.apart(|client, vector| -> Result<_, postcard::Error> {
            Ok(Checkpoint {
                machine: Zeroizing::new(postcard::to_stdvec(client)?),
                vector: changed.then(|| Zeroizing::new(Ring::pack(vector))),
                revealed,
            })
        })?;
        let bytes = self.request(answer.clone()).wire_bytes();
        let figures = StepFigures {
            bytes: self.figures.bytes + bytes,
            ..self.figures
        };
        let saved = agent
            .store
            .save_step(self.job, self.at.step, self.at.attempt, &checkpoint, figures)
            .await;
        if let Err(error) = saved {
            // The machine is ahead of the disk: what it would send must not leave.
            self.unsent = None;
            return Err(error.into());
        }
        self.figures = figures;
        self.saved = Some(version);
        self.unsent = Some(answer);
        Ok(())
    }

    fn request(&self, message: ClientMessage) -> SubmitRequest {
        SubmitRequest {
            job: self.job,
            at: self.at,
            message,
            rows: self.figures.rows,
            compute_ms: self.figures.compute_ms,
            utility: self.figures.utility,
        }
    }

    /// Sends the message that waits, if there is one.
    pub async fn send_unsent(&mut self, agent: &Agent, link: &mut Link) -> Result<(), ParticipantError> {
        let Some(message) = self.unsent.clone() else {
            return Ok(());
        };
        let request = self.request(message);
        let bytes = request.wire_bytes();
        match link.submit(request).await? {
            SubmitOutcome::Accepted => {
                agent.metrics.sent.inc_by(bytes);
            }
            SubmitOutcome::Repeated => info!(step = self.at.step, "the worker had the message already"),
            SubmitOutcome::Refused(refusal) if refusal.retryable => return Err(CallError::Refused(refusal).into()),
            SubmitOutcome::Refused(refusal) => {
                let expected = matches!(refusal.code, RefusalCode::Stale | RefusalCode::TooLate);
                if expected {
                    info!(
                        step = self.at.step,
                        attempt = self.at.attempt,
                        text = refusal.text,
                        "the step went on without this party"
                    );
                } else {
                    warn!(step = self.at.step, attempt = self.at.attempt, code = ?refusal.code, text = refusal.text, "the worker refused the message");
                }
            }
        }
        self.unsent = None;
        Ok(())
    }
}

async fn signing_keys(agent: &Agent, parties: &[OrgId]) -> Result<BTreeMap<PartyId, VerifyingKey>, ParticipantError> {
    let state = agent.chain.finalized_state().await?;
    let mut keys = BTreeMap::new();
    for org in parties {
        let organisation = state.organisation(*org).await?;
        let key = organisation
            .and_then(|organisation| organisation.keys)
            .map(|keys| keys.signing);
        let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok());
        let missing = || ParticipantError::Worker(format!("organisation {org} has no valid signing key on chain"));
        keys.insert(PartyId(org.0), key.ok_or_else(missing)?);
    }
    Ok(keys)
}
