//! One aggregation step under way: the server's machine and what its parties did.

use secureflow_primitives::{bounds::MAX_ROUND_UTILITY, OrgId};
use secureflow_secagg::{
    ClientMessage, Config, Error, Outcome, PartyId, Progress, Ring, Server, ServerMessage, ServerStep,
};
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
    /// As the party says, of the training round before the step.
    pub utility: u64,
}

/// A step under way, for the disk.
pub struct Checkpoint {
    pub machine: Vec<u8>,
    /// What is in the sum; `None` where that has been saved already.
    pub sum: Option<Vec<u8>>,
}

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("the machine cannot be written down or read")]
    Machine(#[from] postcard::Error),
    #[error("the sum does not belong to the machine")]
    Sum(#[from] Error),
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
    pub utility: u64,
}

/// A step under way. [`StepRun::save`] is its checkpoint.
pub struct StepRun {
    pub index: u32,
    pub attempt: u32,
    server: Server,
    records: BTreeMap<PartyId, PartyRecord>,
    /// Whose updates are in the sum of the training round before this step: the others' have no utility.
    trained: BTreeSet<PartyId>,
    /// When the present phase of the protocol began, in this process.
    since: Instant,
    /// An error after which the step cannot succeed.
    broken: Option<Error>,
    /// Which sum was saved last.
    saved: Option<usize>,
}

impl StepRun {
    pub fn new(
        index: u32,
        attempt: u32,
        server: Server,
        records: BTreeMap<PartyId, PartyRecord>,
        trained: BTreeSet<PartyId>,
    ) -> Self {
        Self {
            index,
            attempt,
            server,
            records,
            trained,
            since: Instant::now(),
            broken: None,
            saved: None,
        }
    }

    pub fn restore(
        index: u32,
        attempt: u32,
        machine: &[u8],
        sum: &[u8],
        trained: BTreeSet<PartyId>,
    ) -> Result<Self, CheckpointError> {
        let (mut server, records): (Server, BTreeMap<PartyId, PartyRecord>) = postcard::from_bytes(machine)?;
        server.rejoin(Ring::unpack(sum).ok_or(Error::Apart)?)?;
        let saved = Some(server.sum_version());
        let run = Self::new(index, attempt, server, records, trained);
        Ok(Self { saved, ..run })
    }

    /// For the disk; the caller sees to it that what is not written is not used either.
    pub fn save(&mut self) -> Result<Checkpoint, CheckpointError> {
        let version = self.server.sum_version();
        let changed = self.saved != Some(version);
        let records = &self.records;
        let checkpoint = self.server.apart(|server, sum| -> Result<_, CheckpointError> {
            Ok(Checkpoint {
                machine: postcard::to_stdvec(&(server, records))?,
                // A sum that nothing is in needs no place.
                sum: changed.then(|| if version == 0 { Vec::new() } else { Ring::pack(sum) }),
            })
        })?;
        self.saved = Some(version);
        Ok(checkpoint)
    }

    /// The largest utility that a party can have to report in this step.
    pub fn most_utility(&self, party: PartyId) -> u64 {
        match self.trained.contains(&party) {
            true => MAX_ROUND_UTILITY,
            false => 0,
        }
    }

    /// Takes a party's message. On an error nothing has changed.
    pub fn handle(&mut self, from: PartyId, submission: Submission) -> Result<Progress, Error> {
        let Submission {
            message,
            bytes,
            rows,
            compute_ms,
            utility,
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
                (record.rows, record.compute_ms, record.utility) = (rows, compute_ms, utility);
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

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use secureflow_secagg::SessionId;

    fn run(trained: &[u32]) -> StepRun {
        let parties = [0, 1, 2].map(PartyId);
        let config = Config::new(SessionId([1; 32]), parties.into(), 2, 3);
        let keys = parties.map(|party| (party, SigningKey::from_bytes(&[party.0 as u8 + 1; 32]).verifying_key()));
        let record = |party: PartyId| PartyRecord {
            rows: 10 + u64::from(party.0),
            compute_ms: 3,
            bytes: 100,
            utility: 1000 * u64::from(party.0),
        };
        let records = parties.map(|party| (party, record(party))).into();
        let trained = trained.iter().copied().map(PartyId).collect();
        StepRun::new(4, 1, Server::new(config, keys.into()).unwrap(), records, trained)
    }

    #[test]
    fn a_checkpoint_keeps_what_parties_did() {
        let mut run = run(&[0, 2]);
        let Checkpoint { machine, sum } = run.save().unwrap();
        assert_eq!(sum, Some(Vec::new()));
        assert_eq!(run.save().unwrap().sum, None, "it is on disk");
        let mut restored = StepRun::restore(4, 1, &machine, &[], BTreeSet::new()).unwrap();
        assert_eq!(restored.records(), run.records());
        assert_eq!(restored.records()[&PartyId(2)].utility, 2000);
        assert_eq!(restored.save().unwrap().sum, None);
        assert!(StepRun::restore(4, 1, &machine[..machine.len() - 1], &[], BTreeSet::new()).is_err());
        assert!(StepRun::restore(4, 1, &machine, &[0; 7], BTreeSet::new()).is_err());
        assert!(StepRun::restore(4, 1, &machine, &[0; 24], BTreeSet::new()).is_err());
    }

    #[test]
    fn only_those_in_the_round_before_have_a_utility() {
        let run = run(&[0, 2]);
        assert_eq!(
            [0, 1, 2].map(|party| run.most_utility(PartyId(party))),
            [1_000_000, 0, 1_000_000]
        );
    }
}
