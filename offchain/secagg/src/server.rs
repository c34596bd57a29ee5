//! The worker's side: figure 4 of Bonawitz et al., CCS 2017 ("Server").

mod checks;
mod recover;
#[cfg(feature = "bench")]
mod staged;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::{
    graph::Neighbourhoods,
    keys::{self, Directory},
    mask::Unmasking,
    messages::CLIENT_KINDS,
    ring::packed,
    shamir::Share,
    Advertise, ClientMessage, Config, ConsistencyBook, Deliver, Error, Graph, KeyBook, MaskedInput, PartyId, Ring,
    SealedShares, ServerMessage, SignatureBytes, Survivors, Unmask,
};

/// Which messages the server collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServerStep {
    Advertise,
    Shares,
    MaskedInputs,
    Consistency,
    Unmask,
    Done,
}

/// What a call did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing: a repeat, or a share that is no longer needed.
    Unchanged,
    /// The message counts; the step waits for others.
    Accepted,
    /// The server is in this step now: fetch and send [`Server::message_for`] each party.
    Advanced(ServerStep),
}

/// The sum, and whose inputs it is the sum of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "R: Ring")]
pub struct Outcome<R = u64> {
    /// Empty where the vectors are streamed: [`Server::unmasking`] makes it.
    #[serde(with = "packed")]
    pub sum: Vec<R>,
    pub included: BTreeSet<PartyId>,
}

/// The server of one session. Serialise it after each call and before sending.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Server<R: Ring = u64> {
    config: Config,
    directory: Directory,
    /// Follows from the configuration.
    #[serde(skip)]
    graph: OnceLock<Neighbourhoods>,
    step: ServerStep,
    /// Digests of the messages accepted in each step: its parties are the paper's `U1` to `U5`.
    accepted: [BTreeMap<PartyId, [u8; 32]>; CLIENT_KINDS],
    keys: BTreeMap<PartyId, Advertise>,
    /// By dealer, then by receiver.
    sealed: BTreeMap<PartyId, BTreeMap<PartyId, SealedShares>>,
    /// What the masked inputs must have been made from, or on a regular graph its part that is the same for all. Set
    /// once `U2` is known.
    ground: [u8; 32],
    /// Sum of the masked inputs: they are added as they come, none is kept.
    #[serde(with = "packed")]
    sum: Vec<R>,
    /// Whether the vectors come by other means.
    streamed: bool,
    unmasking: Option<Unmasking<R>>,
    /// Of round 2, on a regular graph.
    masked: BTreeMap<PartyId, SignatureBytes>,
    signatures: BTreeMap<PartyId, SignatureBytes>,
    /// By holder.
    revealed: BTreeMap<PartyId, Revealed>,
    outcome: Option<Outcome<R>>,
}

/// Shares that one party gave, by owner.
#[derive(Serialize, Deserialize)]
struct Revealed {
    mask_keys: BTreeMap<PartyId, Share>,
    seeds: BTreeMap<PartyId, Share>,
}

impl<R: Ring> Server<R> {
    /// `verifying` holds the registered key of every party of the configuration.
    pub fn new(config: Config, verifying: BTreeMap<PartyId, VerifyingKey>) -> Result<Self, Error> {
        Self::begin(config, verifying, false)
    }

    /// A server of vectors that are too long to be in memory. The caller keeps what each party sends in chunks, and
    /// hands over its masked input, which holds no values, when all of it is there. The outcome names whose vectors are
    /// to be added up; [`Server::unmasking`] takes the masks off the sum, chunk by chunk.
    pub fn streamed(config: Config, verifying: BTreeMap<PartyId, VerifyingKey>) -> Result<Self, Error> {
        Self::begin(config, verifying, true)
    }

    fn begin(config: Config, verifying: BTreeMap<PartyId, VerifyingKey>, streamed: bool) -> Result<Self, Error> {
        config.validate()?;
        let directory = Directory::new(&verifying, &config.parties)
            .ok_or(Error::Config("a party of the configuration has no verifying key"))?;
        Ok(Self {
            config,
            directory,
            graph: OnceLock::new(),
            step: ServerStep::Advertise,
            accepted: Default::default(),
            keys: BTreeMap::new(),
            sealed: BTreeMap::new(),
            ground: [0; 32],
            sum: Vec::new(),
            streamed,
            unmasking: None,
            masked: BTreeMap::new(),
            signatures: BTreeMap::new(),
            revealed: BTreeMap::new(),
            outcome: None,
        })
    }

    /// Takes a party's message; `from` is what the transport has authenticated. An identical repeat is fine at any
    /// time. On an error nothing has changed, but for [`Error::Unrecoverable`]: it comes with the last shares.
    pub fn handle(&mut self, from: PartyId, msg: ClientMessage<R>) -> Result<Progress, Error> {
        if !self.config.parties.contains(&from) {
            return Err(Error::UnknownParty(from));
        }
        self.check_size(from, &msg)?;
        let kind = msg.kind();
        let digest = msg.digest();
        if let Some(first) = self.accepted[kind].get(&from) {
            return if *first == digest {
                Ok(Progress::Unchanged)
            } else {
                Err(Error::Conflicting { party: from })
            };
        }
        if kind > self.step as usize {
            return Err(Error::TooEarly);
        }
        if kind < self.step as usize {
            // The sum needs no more than the threshold's shares; the others' are neither needed nor a fault.
            let surplus = kind == ServerStep::Unmask as usize && self.accepted[kind - 1].contains_key(&from);
            return if surplus {
                Ok(Progress::Unchanged)
            } else {
                Err(Error::TooLate { party: from })
            };
        }
        if !self.expected().contains(&from) {
            return Err(Error::TooLate { party: from });
        }
        match msg {
            ClientMessage::Advertise(message) => self.advertise(from, message)?,
            ClientMessage::Shares(message) => self.shares(from, message.sealed)?,
            ClientMessage::MaskedInput(message) => self.masked_input(from, message)?,
            ClientMessage::Consistency(message) => self.consistency(from, message.signature)?,
            ClientMessage::Unmask(message) => self.unmask(from, &message)?,
        }
        self.accepted[kind].insert(from, digest);
        if self.step == ServerStep::Unmask && self.short().is_none() {
            return match self.finish() {
                Ok(()) => Ok(Progress::Advanced(ServerStep::Done)),
                Err(error) if error.is_retryable() => Ok(Progress::Accepted),
                Err(error) => Err(error),
            };
        }
        if self.waiting_for().is_empty() {
            return Ok(self.advance());
        }
        Ok(Progress::Accepted)
    }

    /// The time of the current step is over: goes on with those who answered, if they reach the threshold, and every
    /// party's neighbours theirs. While unmasking the error is retryable: the missing shares may still come.
    pub fn deadline(&mut self) -> Result<Progress, Error> {
        if self.step == ServerStep::Done {
            return Ok(Progress::Unchanged);
        }
        if let Some((have, need)) = self.short() {
            return Err(Error::BelowThreshold {
                step: self.step,
                have,
                need,
                missing: self.waiting_for(),
            });
        }
        if self.step == ServerStep::Unmask {
            self.finish()?;
            return Ok(Progress::Advanced(ServerStep::Done));
        }
        Ok(self.advance())
    }

    /// The message that a party should have now; safe to send again. None for those whom this step does not wait
    /// for because they dropped out earlier.
    pub fn message_for(&self, party: PartyId) -> Option<ServerMessage> {
        if !self.expected().contains(&party) && self.step != ServerStep::Done {
            return None;
        }
        match self.step {
            ServerStep::Advertise => None,
            ServerStep::Shares => Some(ServerMessage::KeyBook(self.key_book(party))),
            ServerStep::MaskedInputs => {
                let sealed = self
                    .sealed
                    .iter()
                    .filter_map(|(dealer, to)| Some((*dealer, *to.get(&party)?)));
                Some(ServerMessage::Deliver(Deliver {
                    sealed: sealed.collect(),
                    dealers: match self.config.graph {
                        Graph::Full => BTreeSet::new(),
                        Graph::Regular { .. } => self.dealers(),
                    },
                }))
            }
            ServerStep::Consistency => Some(ServerMessage::Survivors(Survivors {
                parties: self.survivors(),
            })),
            ServerStep::Unmask => Some(ServerMessage::ConsistencyBook(ConsistencyBook {
                signatures: self.near(party, &self.signatures),
                masked: self.near(party, &self.masked),
            })),
            ServerStep::Done => self.config.parties.contains(&party).then_some(ServerMessage::Done),
        }
    }

    pub fn step(&self) -> ServerStep {
        self.step
    }

    /// For checkpoints that keep the sum apart, since it is long and seldom other than it was: calls `save` with this
    /// machine without it, and with the sum. [`Server::rejoin`] puts it back.
    pub fn apart<T>(&mut self, save: impl FnOnce(&Self, &[R]) -> T) -> T {
        let sum = std::mem::take(self.vector());
        let saved = save(self, &sum);
        *self.vector() = sum;
        saved
    }

    /// Gives a restored machine the sum that it was saved apart from; the empty one, where none was.
    ///
    /// Errors: [`Error::InputLength`].
    pub fn rejoin(&mut self, mut sum: Vec<R>) -> Result<(), Error> {
        let need = match self.step {
            ServerStep::Advertise | ServerStep::Shares => 0,
            _ => self.values(),
        };
        if self.sum_version() == 0 && sum.is_empty() {
            sum = vec![R::default(); need];
        }
        if sum.len() != need {
            return Err(Error::InputLength { have: sum.len(), need });
        }
        *self.vector() = sum;
        Ok(())
    }

    /// Another number whenever the sum is another; zero while nothing is in it.
    pub fn sum_version(&self) -> usize {
        let added = self.accepted[ServerStep::MaskedInputs as usize].len();
        added + usize::from(self.step == ServerStep::Done)
    }

    /// The sum so far.
    fn vector(&mut self) -> &mut Vec<R> {
        match &mut self.outcome {
            Some(outcome) => &mut outcome.sum,
            None => &mut self.sum,
        }
    }

    /// Whose messages the current step has not got.
    pub fn waiting_for(&self) -> BTreeSet<PartyId> {
        let answered = self.accepted.get(self.step as usize);
        self.expected()
            .into_iter()
            .filter(|party| !answered.is_some_and(|set| set.contains_key(party)))
            .collect()
    }

    pub fn outcome(&self) -> Option<&Outcome<R>> {
        self.outcome.as_ref()
    }

    /// What is to be taken off the sum of streamed vectors. There once the outcome is.
    pub fn unmasking(&self) -> Option<&Unmasking<R>> {
        self.unmasking.as_ref()
    }

    /// Whether parties may have revealed shares. From then on the session can only be waited for: another one over
    /// the same inputs could show the difference of two sums.
    pub fn unmasking_started(&self) -> bool {
        self.step >= ServerStep::Unmask
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Those who answered the step before, whom this one asks.
    fn expected(&self) -> BTreeSet<PartyId> {
        match self.step {
            ServerStep::Advertise => self.config.parties.clone(),
            ServerStep::Done => BTreeSet::new(),
            step => self.accepted[step as usize - 1].keys().copied().collect(),
        }
    }

    /// `U3`.
    fn survivors(&self) -> BTreeSet<PartyId> {
        self.accepted[ServerStep::MaskedInputs as usize]
            .keys()
            .copied()
            .collect()
    }

    fn advance(&mut self) -> Progress {
        self.step = match self.step {
            ServerStep::Advertise => ServerStep::Shares,
            ServerStep::Shares => {
                if let Some(anybody) = self.sealed.keys().next() {
                    self.ground = keys::ground(self.config.graph, &self.transcript_of(*anybody), &self.dealers());
                }
                self.sum = vec![R::default(); self.values()];
                ServerStep::MaskedInputs
            }
            ServerStep::MaskedInputs => {
                // Delivered to all who are still there, and of no use to the server.
                self.sealed.clear();
                ServerStep::Consistency
            }
            ServerStep::Consistency => ServerStep::Unmask,
            ServerStep::Unmask | ServerStep::Done => ServerStep::Done,
        };
        Progress::Advanced(self.step)
    }

    /// Values of a masked input.
    fn values(&self) -> usize {
        match self.streamed {
            true => 0,
            false => self.config.length,
        }
    }

    fn graph(&self) -> &Neighbourhoods {
        self.graph.get_or_init(|| self.config.neighbourhoods::<R>())
    }

    /// What a party may see of what everybody has sent: its own and its neighbours'.
    fn near<T: Clone>(&self, party: PartyId, of_all: &BTreeMap<PartyId, T>) -> BTreeMap<PartyId, T> {
        let near = of_all.iter().filter(|(other, _)| self.graph().adjacent(party, **other));
        near.map(|(other, item)| (*other, item.clone())).collect()
    }

    fn key_book(&self, party: PartyId) -> KeyBook {
        KeyBook {
            keys: self.near(party, &self.keys),
        }
    }

    /// `U2`.
    fn dealers(&self) -> BTreeSet<PartyId> {
        self.accepted[ServerStep::Shares as usize].keys().copied().collect()
    }

    /// What a party's masked input must have been made from.
    fn transcript_of(&self, party: PartyId) -> [u8; 32] {
        keys::transcript(&self.key_book(party).digest(), &self.dealers())
    }

    /// How many there are and how many must be, where those who have answered the current step are too few: in all,
    /// or near a party whose secrets the rest of the protocol needs.
    fn short(&self) -> Option<(usize, usize)> {
        let answered = &self.accepted[self.step as usize];
        if answered.len() < self.config.threshold {
            return Some((answered.len(), self.config.threshold));
        }
        let Graph::Regular { threshold, .. } = self.config.graph else {
            return None;
        };
        // From the masked inputs on every dealer's secrets are needed, whether it survives or not.
        let owners = &self.accepted[(self.step as usize).min(ServerStep::Shares as usize)];
        owners.keys().find_map(|owner| {
            let near = self.graph().of(*owner);
            let have = near.iter().filter(|party| answered.contains_key(party)).count();
            (have < threshold).then_some((have, threshold))
        })
    }
}
