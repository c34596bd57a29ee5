//! A party's side: figure 4 of Bonawitz et al., CCS 2017 ("User u").

mod rounds;

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::{SigningKey, VerifyingKey};
use rand_core::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    keys::{self, AgreementSecret, Directory},
    mask::{Masking, Sign},
    messages::SERVER_KINDS,
    ring::packed,
    shamir::{FieldSecret, Share},
    Advertise, ClientMessage, Config, Error, PartyId, Ring, ServerMessage, SignatureBytes,
};

/// What a client has done last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClientStep {
    /// Sent its keys, waits for the key book.
    Advertised,
    /// Sent shares of its secrets, waits for the others'.
    Shared,
    /// Sent its masked input, waits for the list of survivors.
    Masked,
    /// Signed the survivors, waits for the others' signatures.
    Consistent,
    /// Sent the shares that open the sum, waits to hear that it is known.
    Revealed,
    Done,
}

/// One party of one session. Serialise it after each call and before sending what the call gave: then a process that
/// dies goes on from what it saved, and [`Client::last_sent`] is safe to send again.
///
/// It holds secrets (keys, shares and until they are masked the input), so what it serialises to is as secret as the
/// input itself.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Client<R: Ring = u64> {
    config: Config,
    me: PartyId,
    directory: Directory,
    state: State<R>,
    last_sent: Option<ClientMessage<R>>,
    /// Digests of the server's messages that were answered, by kind. Their number is the step.
    handled: Vec<[u8; 32]>,
    revealed: bool,
}

/// Each step keeps only what later steps need; what is left behind is zeroised.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
enum State<R: Ring> {
    Advertised(Secrets<R>),
    Shared {
        secrets: Secrets<R>,
        own: HeldShares,
        peers: BTreeMap<PartyId, PeerKeys>,
        key_book: [u8; 32],
    },
    Masked {
        held: BTreeMap<PartyId, HeldShares>,
        ground: [u8; 32],
        /// Where the vector is streamed.
        masking: Option<Masking<R>>,
    },
    Consistent {
        held: BTreeMap<PartyId, HeldShares>,
        ground: [u8; 32],
        survivors: BTreeSet<PartyId>,
    },
    Revealed,
    Done,
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Secrets<R: Ring> {
    encryption: AgreementSecret,
    mask_key: FieldSecret,
    seed: FieldSecret,
    /// None where it is streamed.
    input: Option<Input<R>>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(bound = "")]
struct Input<R: Ring>(#[serde(with = "packed")] Vec<R>);

/// This party's shares of one party's secrets.
#[derive(Serialize, Deserialize)]
struct HeldShares {
    mask_key: Share,
    seed: Share,
}

#[derive(Serialize, Deserialize)]
struct PeerKeys {
    encryption_key: [u8; 32],
    mask_key: [u8; 32],
}

impl<R: Ring> Client<R> {
    /// Round 0, AdvertiseKeys: makes the session's keys and signs them. `verifying` holds the registered key of every
    /// party of the configuration.
    pub fn new(
        config: Config,
        me: PartyId,
        signing: &SigningKey,
        verifying: BTreeMap<PartyId, VerifyingKey>,
        input: Vec<R>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Self, ClientMessage<R>), Error> {
        Self::begin(config, me, signing, verifying, Some(Input(input)), rng)
    }

    /// A party whose vector is too long to be in memory. When it has answered the delivered shares, its vector goes
    /// through [`Client::masking`] chunk by chunk, and to the server by the caller's own means; then the answer, which
    /// holds no values. The server must be a [`Server::streamed`](crate::Server::streamed) one.
    pub fn streamed(
        config: Config,
        me: PartyId,
        signing: &SigningKey,
        verifying: BTreeMap<PartyId, VerifyingKey>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Self, ClientMessage<R>), Error> {
        Self::begin(config, me, signing, verifying, None, rng)
    }

    fn begin(
        config: Config,
        me: PartyId,
        signing: &SigningKey,
        verifying: BTreeMap<PartyId, VerifyingKey>,
        input: Option<Input<R>>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Self, ClientMessage<R>), Error> {
        config.validate()?;
        if !config.parties.contains(&me) {
            return Err(Error::NotAParty(me));
        }
        if let Some(have) = input
            .as_ref()
            .map(|input| input.0.len())
            .filter(|have| *have != config.length)
        {
            return Err(Error::InputLength {
                have,
                need: config.length,
            });
        }
        let directory = Directory::new(&verifying, &config.parties)
            .ok_or(Error::Config("a party of the configuration has no verifying key"))?;
        if !directory.is_key_of(me, &signing.verifying_key()) {
            return Err(Error::WrongSigningKey);
        }

        let binding = config.binding::<R>();
        let secrets = Secrets {
            encryption: AgreementSecret::generate(rng),
            mask_key: FieldSecret::generate(rng),
            // The paper draws b_u in round 1. Drawn here, its commitment falls under the signature of round 0.
            seed: FieldSecret::generate(rng),
            input,
        };
        let mut advertise = Advertise {
            encryption_key: secrets.encryption.public(),
            mask_key: keys::mask_secret(&binding, &secrets.mask_key).public(),
            seed_commitment: keys::seed_commitment(&binding, me, &secrets.seed),
            signature: SignatureBytes([0; 64]),
        };
        advertise.signature = keys::sign(signing, &keys::advertised(&binding, me, &advertise));

        let message = ClientMessage::Advertise(advertise);
        let client = Client {
            config,
            me,
            directory,
            state: State::Advertised(secrets),
            last_sent: Some(message.clone()),
            handled: Vec::with_capacity(SERVER_KINDS),
            revealed: false,
        };
        Ok((client, message))
    }

    /// Takes a message from the server and gives the answer to it. A repeat of the last message gives the last answer
    /// again, a repeat of an older one gives nothing; a message that differs from one already answered is refused.
    /// On an error the machine is as it was.
    pub fn handle(
        &mut self,
        signing: &SigningKey,
        rng: &mut (impl CryptoRng + RngCore),
        msg: &ServerMessage,
    ) -> Result<Option<ClientMessage<R>>, Error> {
        let Some(kind) = msg.kind() else {
            self.state = State::Done;
            self.last_sent = None;
            return Ok(None);
        };
        if self.oversized(msg) {
            return Err(Error::ServerMisbehaved("it names more parties than there are"));
        }
        let digest = msg.digest();
        if let Some(answered) = self.handled.get(kind) {
            return match (*answered == digest, kind + 1 == self.handled.len()) {
                (false, _) => Err(Error::ServerConflicting),
                (true, true) => Ok(self.last_sent.clone()),
                (true, false) => Ok(None),
            };
        }
        if matches!(self.state, State::Done) {
            return Ok(None);
        }
        if kind != self.handled.len() {
            return Err(Error::TooEarly);
        }
        let answer = match msg {
            ServerMessage::KeyBook(book) => ClientMessage::Shares(self.share_keys(book, digest, rng)?),
            ServerMessage::Deliver(deliver) => ClientMessage::MaskedInput(self.mask_input(deliver, signing)?),
            ServerMessage::Survivors(survivors) => ClientMessage::Consistency(self.sign_survivors(survivors, signing)?),
            ServerMessage::ConsistencyBook(book) => ClientMessage::Unmask(self.reveal(book)?),
            ServerMessage::Done => return Ok(None),
        };
        self.handled.push(digest);
        self.last_sent = Some(answer.clone());
        Ok(Some(answer))
    }

    /// The message to send again where it may have been lost.
    pub fn last_sent(&self) -> Option<&ClientMessage<R>> {
        self.last_sent.as_ref()
    }

    /// The masks of a streamed vector, from the answer to the delivered shares to the signature of the survivors.
    pub fn masking(&mut self) -> Option<&mut Masking<R>> {
        match &mut self.state {
            State::Masked { masking, .. } => masking.as_mut(),
            _ => None,
        }
    }

    /// For checkpoints that keep the vector apart, since it is long and seldom other than it was: calls `save` with this
    /// machine without its input or masked input, and with that. It is as secret as the rest until it is masked.
    /// [`Client::rejoin`] puts it back.
    pub fn apart<T>(&mut self, save: impl FnOnce(&Self, &[R]) -> T) -> T {
        let mut vector = Input(self.vector().map(std::mem::take).unwrap_or_default());
        let saved = save(self, &vector.0);
        if let Some(place) = self.vector() {
            *place = std::mem::take(&mut vector.0);
        }
        saved
    }

    /// Gives a restored machine the vector that it was saved apart from; the empty one, where none was.
    ///
    /// Errors: [`Error::InputLength`].
    pub fn rejoin(&mut self, vector: Vec<R>) -> Result<(), Error> {
        let mut vector = Input(vector);
        let (have, length) = (vector.0.len(), self.config.length);
        let need = match self.vector_version() {
            0 => 0,
            _ => length,
        };
        if have != need {
            return Err(Error::InputLength { have, need });
        }
        if let Some(place) = self.vector() {
            *place = std::mem::take(&mut vector.0);
        }
        Ok(())
    }

    /// Another number whenever the vector is another; zero where there is none.
    pub fn vector_version(&self) -> usize {
        match (&self.state, &self.last_sent) {
            (State::Advertised(secrets) | State::Shared { secrets, .. }, _) => usize::from(secrets.input.is_some()),
            (State::Masked { masking: None, .. }, Some(ClientMessage::MaskedInput(_))) => 2,
            _ => 0,
        }
    }

    /// The input, or what it has become under its masks.
    fn vector(&mut self) -> Option<&mut Vec<R>> {
        match (&mut self.state, &mut self.last_sent) {
            (State::Advertised(secrets) | State::Shared { secrets, .. }, _) => {
                secrets.input.as_mut().map(|input| &mut input.0)
            }
            (State::Masked { masking: None, .. }, Some(ClientMessage::MaskedInput(sent))) => Some(&mut sent.values),
            _ => None,
        }
    }

    pub fn step(&self) -> ClientStep {
        match self.state {
            State::Advertised(_) => ClientStep::Advertised,
            State::Shared { .. } => ClientStep::Shared,
            State::Masked { .. } => ClientStep::Masked,
            State::Consistent { .. } => ClientStep::Consistent,
            State::Revealed => ClientStep::Revealed,
            State::Done => ClientStep::Done,
        }
    }

    /// Whether shares have left this machine. Once they have, the same input must not go into another session: two
    /// sums over different survivors differ by somebody's input.
    pub fn has_revealed(&self) -> bool {
        self.revealed
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    fn oversized(&self, msg: &ServerMessage) -> bool {
        let entries = match msg {
            ServerMessage::KeyBook(book) => book.keys.len(),
            ServerMessage::Deliver(deliver) => deliver.sealed.len().max(deliver.dealers.len()),
            ServerMessage::Survivors(survivors) => survivors.parties.len(),
            ServerMessage::ConsistencyBook(book) => book.signatures.len().max(book.masked.len()),
            ServerMessage::Done => 0,
        };
        entries > self.config.parties.len()
    }
}

/// Sign of the mask between two parties on `ours`' side (Δ in figure 4, round 2).
pub(crate) fn pair_sign(ours: PartyId, theirs: PartyId) -> Sign {
    if ours > theirs {
        Sign::Add
    } else {
        Sign::Subtract
    }
}
