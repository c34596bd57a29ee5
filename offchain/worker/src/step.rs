//! One aggregation step under way: the server's machine and what its parties did.

use secureflow_primitives::OrgId;
use secureflow_secagg::{ClientMessage, Config, Error, Outcome, PartyId, Progress, Server, ServerMessage, ServerStep};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

/// What a party did in a step, over all its attempts. Goes into the receipts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyRecord {
    /// As the party says.
    pub rows: u64,
    /// As the party says.
    pub compute_ms: u64,
    /// Payload bytes of the messages that counted.
    pub bytes: u64,
}

/// A message as the transport gives it.
pub struct Submission {
    pub step: u32,
    pub attempt: u32,
    pub message: ClientMessage,
    /// Length of the message on the wire.
    pub bytes: u64,
    pub rows: u64,
    pub compute_ms: u64,
}

/// A step under way. [`StepRun::save`] is its checkpoint.
pub struct StepRun {
    pub index: u32,
    pub attempt: u32,
    server: Server,
    records: BTreeMap<PartyId, PartyRecord>,
    /// When the present phase of the protocol began, in this process.
    since: Instant,
    /// An error after which the step cannot succeed.
    broken: Option<Error>,
}

impl StepRun {
    pub fn new(index: u32, attempt: u32, server: Server, records: BTreeMap<PartyId, PartyRecord>) -> Self {
        Self {
            index,
            attempt,
            server,
            records,
            since: Instant::now(),
            broken: None,
        }
    }

    pub fn restore(index: u32, attempt: u32, checkpoint: &[u8]) -> Result<Self, postcard::Error> {
        let (server, records) = postcard::from_bytes(checkpoint)?;
        Ok(Self::new(index, attempt, server, records))
    }

    pub fn save(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(&(&self.server, &self.records))
    }

    /// Takes a party's message. On an error nothing has changed.
    pub fn handle(&mut self, from: PartyId, submission: Submission) -> Result<Progress, Error> {
        let Submission {
            message,
            bytes,
            rows,
            compute_ms,
            ..
        } = submission;
        let begins = matches!(message, ClientMessage::Advertise(_));
        let progress = match self.server.handle(from, message) {
            Err(error @ Error::Unrecoverable { .. }) if !error.is_retryable() => {
                self.broken = Some(error.clone());
                return Err(error);
            }
            other => other?,
        };
        if progress != Progress::Unchanged {
            let record = self.records.entry(from).or_default();
            record.bytes = record.bytes.saturating_add(bytes);
            if begins {
                (record.rows, record.compute_ms) = (rows, compute_ms);
            }
        }
        self.note(progress);
        Ok(progress)
    }

    /// Goes on without those who have not answered.
    pub fn deadline(&mut self) -> Result<Progress, Error> {
        let progress = self.server.deadline()?;
        self.note(progress);
        Ok(progress)
    }

    fn note(&mut self, progress: Progress) {
        if matches!(progress, Progress::Advanced(_)) {
            self.since = Instant::now();
        }
    }

    /// The message that a party has not answered yet, where there is one: `answered` of the server's messages it has.
    pub fn message_for(&self, party: PartyId, answered: u32) -> Option<ServerMessage> {
        let message = self.server.message_for(party)?;
        let position = match message {
            ServerMessage::KeyBook(_) => 0,
            ServerMessage::Deliver(_) => 1,
            ServerMessage::Survivors(_) => 2,
            ServerMessage::ConsistencyBook(_) => 3,
            ServerMessage::Done => 4,
        };
        (position >= answered).then_some(message)
    }

    /// Whether a party that knows nothing of this attempt may still begin it.
    pub fn may_begin(&self, party: PartyId) -> bool {
        self.server.step() == ServerStep::Advertise || self.server.message_for(party).is_some()
    }

    pub fn config(&self) -> &Config {
        self.server.config()
    }

    pub fn phase(&self) -> ServerStep {
        self.server.step()
    }

    pub fn since(&self) -> Instant {
        self.since
    }

    pub fn waiting_for(&self) -> BTreeSet<PartyId> {
        self.server.waiting_for()
    }

    /// Whether the phase could end with those who have answered.
    pub fn suffices(&self) -> bool {
        let config = self.server.config();
        let asked = match self.phase() {
            ServerStep::Advertise => config.parties.len(),
            ServerStep::Done => return true,
            _ => config
                .parties
                .iter()
                .filter(|party| self.server.message_for(**party).is_some())
                .count(),
        };
        asked.saturating_sub(self.waiting_for().len()) >= config.threshold
    }

    pub fn unmasking_started(&self) -> bool {
        self.server.unmasking_started()
    }

    pub fn outcome(&self) -> Option<&Outcome> {
        self.server.outcome()
    }

    pub fn broken(&self) -> Option<&Error> {
        self.broken.as_ref()
    }

    pub fn records(&self) -> &BTreeMap<PartyId, PartyRecord> {
        &self.records
    }
}

/// A party of a job is its organisation.
pub fn party_of(org: OrgId) -> PartyId {
    PartyId(org.0)
}

pub fn org_of(party: PartyId) -> OrgId {
    OrgId(party.0)
}
