//! What the parties and the server say to each other. Plain data: every check is in the machine that receives it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{config::hash_parties, ring::packed, PartyId, Ring};

/// Bytes of a [`SealedShares`]: nonce, two shares, tag.
pub const SEALED_LENGTH: usize = 24 + 2 * 32 + 16;

/// An Ed25519 signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureBytes(#[serde(with = "serde_bytes")] pub [u8; 64]);

/// A share of a party's mask key and one of its self mask, sealed for one other party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedShares(#[serde(with = "serde_bytes")] pub [u8; SEALED_LENGTH]);

/// One Shamir share, as it goes to the server in the last step.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct ShareBytes(pub [u8; 32]);

impl fmt::Debug for ShareBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareBytes(..)")
    }
}

/// Round 0: this session's public keys, signed with the key registered for the party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advertise {
    /// X25519 key under which others seal shares for this party (`c^PK` in the paper).
    pub encryption_key: [u8; 32],
    /// X25519 key from which pairwise masks are agreed (`s^PK`).
    pub mask_key: [u8; 32],
    /// Commitment to the seed of the self mask, so that wrong shares of it are noticed.
    pub seed_commitment: [u8; 32],
    pub signature: SignatureBytes,
}

/// Round 1: for every other party of the key book, its shares of this party's secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    pub sealed: BTreeMap<PartyId, SealedShares>,
}

/// Round 2: the input under all its masks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "R: Ring")]
pub struct MaskedInput<R = u64> {
    /// Digest of the key book and the dealers (`U1`, `U2`) that the masks come from. Not in the paper: a party that
    /// was told others than the server thinks would spoil the sum unnoticed.
    pub transcript: [u8; 32],
    /// Empty where the vector is streamed: it has gone to the server in chunks then, before this message.
    #[serde(with = "packed")]
    pub values: Vec<R>,
    /// On a regular graph: signature over the dealers. Neighbours open this input's seed only if they were told the
    /// same ones.
    pub signature: Option<SignatureBytes>,
}

impl<R> fmt::Debug for MaskedInput<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MaskedInput({} values)", self.values.len())
    }
}

/// Round 3: signature over the survivors that the server named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    pub signature: SignatureBytes,
}

/// Round 4: shares of the mask keys of those who dropped out, of the self-mask seeds of those who survived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmask {
    pub mask_key_shares: BTreeMap<PartyId, ShareBytes>,
    pub seed_shares: BTreeMap<PartyId, ShareBytes>,
}

/// From a party to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "R: Ring")]
pub enum ClientMessage<R = u64> {
    Advertise(Advertise),
    Shares(Shares),
    MaskedInput(MaskedInput<R>),
    Consistency(Consistency),
    Unmask(Unmask),
}

/// Everyone's advertised keys (the set `U1`), the same for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyBook {
    pub keys: BTreeMap<PartyId, Advertise>,
}

/// What the others sealed for the receiver (the set `U2` without it).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    pub sealed: BTreeMap<PartyId, SealedShares>,
    /// On a regular graph: all of `U2`, neighbours or not. Empty on the full one, where the above says it.
    pub dealers: BTreeSet<PartyId>,
}

/// Whose masked inputs arrived (the set `U3`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survivors {
    pub parties: BTreeSet<PartyId>,
}

/// Who signed these survivors (the set `U4`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyBook {
    pub signatures: BTreeMap<PartyId, SignatureBytes>,
    /// On a regular graph: what each survivor near the receiver signed of the dealers in round 2.
    pub masked: BTreeMap<PartyId, SignatureBytes>,
}

/// From the server to a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerMessage {
    KeyBook(KeyBook),
    Deliver(Deliver),
    Survivors(Survivors),
    ConsistencyBook(ConsistencyBook),
    /// The sum is known; nothing more is wanted from the party.
    Done,
}

/// Number of kinds of message that each side remembers a digest of.
pub(crate) const CLIENT_KINDS: usize = 5;
pub(crate) const SERVER_KINDS: usize = 4;

impl<R: Ring> ClientMessage<R> {
    /// Position among the protocol's rounds.
    pub(crate) fn kind(&self) -> usize {
        match self {
            ClientMessage::Advertise(_) => 0,
            ClientMessage::Shares(_) => 1,
            ClientMessage::MaskedInput(_) => 2,
            ClientMessage::Consistency(_) => 3,
            ClientMessage::Unmask(_) => 4,
        }
    }

    /// Tells an identical repeat from a second message.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update([self.kind() as u8]);
        match self {
            ClientMessage::Advertise(message) => hash_advertise(&mut hash, message),
            ClientMessage::Shares(message) => hash_map(&mut hash, &message.sealed, |sealed| &sealed.0),
            ClientMessage::MaskedInput(message) => {
                hash.update(message.transcript);
                for value in &message.values {
                    hash.update(value.to_bytes());
                }
                if let Some(signature) = &message.signature {
                    hash.update(signature.0);
                }
            }
            ClientMessage::Consistency(message) => hash.update(message.signature.0),
            ClientMessage::Unmask(message) => {
                hash_map(&mut hash, &message.mask_key_shares, |share| &share.0);
                hash_map(&mut hash, &message.seed_shares, |share| &share.0);
            }
        }
        hash.finalize().into()
    }
}

impl KeyBook {
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"secureflow/secagg/v1/key-book");
        hash.update((self.keys.len() as u64).to_be_bytes());
        for (party, keys) in &self.keys {
            hash.update(party.0.to_be_bytes());
            hash_advertise(&mut hash, keys);
        }
        hash.finalize().into()
    }
}

impl ServerMessage {
    /// Position among the protocol's rounds; none for `Done`, which is always understood.
    pub(crate) fn kind(&self) -> Option<usize> {
        match self {
            ServerMessage::KeyBook(_) => Some(0),
            ServerMessage::Deliver(_) => Some(1),
            ServerMessage::Survivors(_) => Some(2),
            ServerMessage::ConsistencyBook(_) => Some(3),
            ServerMessage::Done => None,
        }
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        match self {
            ServerMessage::KeyBook(message) => return message.digest(),
            ServerMessage::Deliver(message) => {
                hash.update(b"deliver");
                hash_map(&mut hash, &message.sealed, |sealed| &sealed.0);
                hash_parties(&mut hash, &message.dealers);
            }
            ServerMessage::Survivors(message) => {
                hash.update(b"survivors");
                hash_parties(&mut hash, &message.parties);
            }
            ServerMessage::ConsistencyBook(message) => {
                hash.update(b"consistency");
                hash_map(&mut hash, &message.signatures, |signature| &signature.0);
                hash_map(&mut hash, &message.masked, |signature| &signature.0);
            }
            ServerMessage::Done => hash.update(b"done"),
        }
        hash.finalize().into()
    }
}

fn hash_advertise(hash: &mut Sha256, message: &Advertise) {
    hash.update(message.encryption_key);
    hash.update(message.mask_key);
    hash.update(message.seed_commitment);
    hash.update(message.signature.0);
}

/// Values of one map all have the same length, so the count is enough to make this injective.
fn hash_map<V, const N: usize>(hash: &mut Sha256, map: &BTreeMap<PartyId, V>, bytes: impl Fn(&V) -> &[u8; N]) {
    hash.update((map.len() as u64).to_be_bytes());
    for (party, value) in map {
        hash.update(party.0.to_be_bytes());
        hash.update(bytes(value));
    }
}
