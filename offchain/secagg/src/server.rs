//! The worker's side: figure 4 of Bonawitz et al., CCS 2017 ("Server").

mod recover;

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::{
    keys::{self, Directory},
    messages::CLIENT_KINDS,
    shamir::Share,
    Advertise, ClientMessage, Config, ConsistencyBook, Deliver, Error, KeyBook, MaskedInput, PartyId, SealedShares,
    ServerMessage, SignatureBytes, Survivors, Unmask,
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
pub struct Outcome {
    pub sum: Vec<u64>,
    pub included: BTreeSet<PartyId>,
}

/// The server of one session. Serialise it after each call and before sending.
#[derive(Serialize, Deserialize)]
pub struct Server {
    config: Config,
    directory: Directory,
    step: ServerStep,
    /// Digests of the messages accepted in each step: its parties are the paper's `U1` to `U5`.
    accepted: [BTreeMap<PartyId, [u8; 32]>; CLIENT_KINDS],
    keys: BTreeMap<PartyId, Advertise>,
    /// By dealer, then by receiver.
    sealed: BTreeMap<PartyId, BTreeMap<PartyId, SealedShares>>,
    /// What the masked inputs must have been made from. Set once `U2` is known.
    transcript: [u8; 32],
    /// Sum of the masked inputs: they are added as they come, none is kept.
    sum: Vec<u64>,
    signatures: BTreeMap<PartyId, SignatureBytes>,
    /// By holder.
    revealed: BTreeMap<PartyId, Revealed>,
    outcome: Option<Outcome>,
}

/// Shares that one party gave, by owner.
#[derive(Serialize, Deserialize)]
struct Revealed {
    mask_keys: BTreeMap<PartyId, Share>,
    seeds: BTreeMap<PartyId, Share>,
}

impl Server {
    /// `verifying` holds the registered key of every party of the configuration.
    pub fn new(config: Config, verifying: BTreeMap<PartyId, VerifyingKey>) -> Result<Server, Error> {
        config.validate()?;
        let directory = Directory::new(&verifying, &config.parties)
            .ok_or(Error::Config("a party of the configuration has no verifying key"))?;
        Ok(Server {
            config,
            directory,
            step: ServerStep::Advertise,
            accepted: Default::default(),
            keys: BTreeMap::new(),
            sealed: BTreeMap::new(),
            transcript: [0; 32],
            sum: Vec::new(),
            signatures: BTreeMap::new(),
            revealed: BTreeMap::new(),
            outcome: None,
        })
    }

    /// Takes a party's message; `from` is what the transport has authenticated. An identical repeat is fine at any
    /// time. On an error nothing has changed, but for [`Error::Unrecoverable`]: it comes with the last shares.
    pub fn handle(&mut self, from: PartyId, msg: ClientMessage) -> Result<Progress, Error> {
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
        if self.step == ServerStep::Unmask && self.accepted[kind].len() >= self.config.threshold {
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

    /// The time of the current step is over: goes on with those who answered, if they reach the threshold. While
    /// unmasking the error is retryable: the missing shares may still come.
    pub fn deadline(&mut self) -> Result<Progress, Error> {
        if self.step == ServerStep::Done {
            return Ok(Progress::Unchanged);
        }
        let have = self.accepted[self.step as usize].len();
        let need = self.config.threshold;
        if have < need {
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
            ServerStep::Shares => Some(ServerMessage::KeyBook(KeyBook {
                keys: self.keys.clone(),
            })),
            ServerStep::MaskedInputs => {
                let sealed = self
                    .sealed
                    .iter()
                    .filter_map(|(dealer, to)| Some((*dealer, *to.get(&party)?)));
                Some(ServerMessage::Deliver(Deliver {
                    sealed: sealed.collect(),
                }))
            }
            ServerStep::Consistency => Some(ServerMessage::Survivors(Survivors {
                parties: self.survivors(),
            })),
            ServerStep::Unmask => Some(ServerMessage::ConsistencyBook(ConsistencyBook {
                signatures: self.signatures.clone(),
            })),
            ServerStep::Done => self.config.parties.contains(&party).then_some(ServerMessage::Done),
        }
    }

    pub fn step(&self) -> ServerStep {
        self.step
    }

    /// Whose messages the current step has not got.
    pub fn waiting_for(&self) -> BTreeSet<PartyId> {
        let answered = self.accepted.get(self.step as usize);
        self.expected()
            .into_iter()
            .filter(|party| !answered.is_some_and(|set| set.contains_key(party)))
            .collect()
    }

    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
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
                let key_book = KeyBook {
                    keys: self.keys.clone(),
                }
                .digest();
                self.transcript = keys::transcript(&key_book, &self.sealed.keys().copied().collect());
                self.sum = vec![0; self.config.length];
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

    /// Bounds everything before work is spent on it.
    fn check_size(&self, from: PartyId, msg: &ClientMessage) -> Result<(), Error> {
        let parties = self.config.parties.len();
        let fits = match msg {
            ClientMessage::Advertise(_) | ClientMessage::Consistency(_) => true,
            ClientMessage::Shares(message) => message.sealed.len() < parties,
            ClientMessage::MaskedInput(message) => message.values.len() == self.config.length,
            ClientMessage::Unmask(message) => message.mask_key_shares.len() + message.seed_shares.len() <= parties,
        };
        fits.then_some(()).ok_or(Error::Misbehaved {
            party: from,
            reason: "the message has the wrong length",
        })
    }

    /// Round 0. The paper leaves these checks to the users; here a party that would make them all abort is kept out.
    fn advertise(&mut self, from: PartyId, message: Advertise) -> Result<(), Error> {
        let refuse = |reason| Err(Error::Misbehaved { party: from, reason });
        if !self.directory.verify_advertise(&self.config.binding(), from, &message) {
            return refuse("the signature of its keys is not valid");
        }
        let own = [message.encryption_key, message.mask_key];
        let taken = self
            .keys
            .values()
            .any(|other| own.contains(&other.encryption_key) || own.contains(&other.mask_key));
        if taken || message.encryption_key == message.mask_key {
            return refuse("it advertises a key twice, or that of another party");
        }
        if own.iter().any(keys::is_small_order) {
            return refuse("it advertises a key of small order");
        }
        self.keys.insert(from, message);
        Ok(())
    }

    /// Round 1.
    fn shares(&mut self, from: PartyId, sealed: BTreeMap<PartyId, SealedShares>) -> Result<(), Error> {
        if !sealed.keys().eq(self.keys.keys().filter(|party| **party != from)) {
            return Err(Error::Misbehaved {
                party: from,
                reason: "its shares are not for the parties of the key book",
            });
        }
        self.sealed.insert(from, sealed);
        Ok(())
    }

    /// Round 2: the first half of the sum, z = Σ y_u.
    fn masked_input(&mut self, from: PartyId, message: MaskedInput) -> Result<(), Error> {
        if message.transcript != self.transcript {
            return Err(Error::Misbehaved {
                party: from,
                reason: "its masks come from other keys than were delivered",
            });
        }
        for (sum, value) in self.sum.iter_mut().zip(message.values) {
            *sum = sum.wrapping_add(value);
        }
        Ok(())
    }

    /// Round 3. A bad signature would make the others refuse the book.
    fn consistency(&mut self, from: PartyId, signature: SignatureBytes) -> Result<(), Error> {
        let statement = keys::consistency_statement(&self.config.binding(), &self.transcript, &self.survivors());
        if !self.directory.verify_consistency(from, &statement, &signature) {
            return Err(Error::Misbehaved {
                party: from,
                reason: "its signature of the survivors is not valid",
            });
        }
        self.signatures.insert(from, signature);
        Ok(())
    }

    /// Round 4: exactly the shares that follow from the survivors.
    fn unmask(&mut self, from: PartyId, message: &Unmask) -> Result<(), Error> {
        let survivors = self.survivors();
        let dropped = self.dropped(&survivors);
        if !message.seed_shares.keys().eq(&survivors) || !message.mask_key_shares.keys().eq(&dropped) {
            return Err(Error::Misbehaved {
                party: from,
                reason: "its shares are not those of the survivors signed",
            });
        }
        let parse = |shares: &BTreeMap<PartyId, crate::ShareBytes>| {
            shares
                .iter()
                .map(|(owner, share)| Some((*owner, Share::from_bytes(&share.0)?)))
                .collect::<Option<BTreeMap<_, _>>>()
                .ok_or(Error::Misbehaved {
                    party: from,
                    reason: "a share is no field element",
                })
        };
        let revealed = Revealed {
            mask_keys: parse(&message.mask_key_shares)?,
            seeds: parse(&message.seed_shares)?,
        };
        self.revealed.insert(from, revealed);
        Ok(())
    }

    /// `U2 \ U3`: those whose masks are in the sum without their input.
    fn dropped(&self, survivors: &BTreeSet<PartyId>) -> BTreeSet<PartyId> {
        let members = self.accepted[ServerStep::Shares as usize].keys();
        members.filter(|party| !survivors.contains(party)).copied().collect()
    }
}
