//! What binds a contribution to where it is for.

use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A party, by its number in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party(pub u32);

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One sum. No two may have the same name under one [`VerifyKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session(pub [u8; 32]);

impl Session {
    pub(crate) fn context(&self) -> Vec<u8> {
        [b"secureflow validity 1".as_slice(), &self.0].concat()
    }

    /// Unique for a party's one contribution.
    pub(crate) fn nonce(&self, party: Party) -> [u8; 16] {
        let hash = Sha256::new()
            .chain_update(b"secureflow validity nonce 1")
            .chain_update(self.0)
            .chain_update(party.0.to_le_bytes())
            .finalize();
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&hash[..16]);
        nonce
    }
}

/// One of the two workers: which share is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    /// Gets a share of every bit, and the proof.
    First,
    /// Gets seeds.
    Second,
}

impl Worker {
    pub(crate) fn index(self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }
}

/// Which questions are asked of a proof. The two workers agree on it, and no party may know it before it has sent its
/// contribution: who knows the questions can answer them.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct VerifyKey([u8; 32]);

impl VerifyKey {
    /// From 32 secret bytes, for instance of a key agreement between the workers.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyKey(..)")
    }
}
