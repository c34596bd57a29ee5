//! What is kept between two runs: proofs, not claims.
//!
//! The bytes hold every hand-over since the genesis and the newest head, each with its justification. Reading them checks
//! them all again from the genesis on, so that whoever can write the file can make a light client forget, never believe.

use codec::{Decode, DecodeAll, Encode};
use secureflow_primitives::H256;

use super::{
    checkpoint::{Checkpoint, LightError, Proof},
    genesis::Genesis,
};

const MAGIC: &[u8; 8] = b"SFTRAIL\0";
const VERSION: u16 = 1;

/// Why kept proofs are not used.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    #[error("they are in no format that this release reads")]
    Malformed,
    #[error("they are of the chain {found:?}, not of {expected:?}")]
    Genesis { expected: H256, found: H256 },
    #[error("they prove nothing: {0}")]
    Broken(LightError),
    #[error("the chain specification names validators that cannot be a set")]
    Start,
}

#[derive(Encode, Decode)]
struct Body {
    genesis: H256,
    /// In order; each hands over to the next set.
    hand_overs: Vec<Proof>,
    /// The newest block proven after them.
    head: Option<Proof>,
}

/// The proofs from the genesis to the present checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    checkpoint: Checkpoint,
    hand_overs: Vec<Proof>,
    head: Option<Proof>,
}

impl Trail {
    pub fn new(genesis: &Genesis) -> Result<Self, TrailError> {
        Ok(Self {
            checkpoint: Checkpoint::genesis(genesis).map_err(|_| TrailError::Start)?,
            hand_overs: Vec::new(),
            head: None,
        })
    }

    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Takes a proof that carries finality on; says whether it hands over to another set. A proof that does not hold
    /// changes nothing.
    pub fn advance(&mut self, proof: Proof) -> Result<bool, LightError> {
        let next = self.checkpoint.advance(&proof)?;
        let handed_over = next.set_id != self.checkpoint.set_id;
        if handed_over {
            self.hand_overs.push(proof);
            self.head = None;
        } else {
            self.head = Some(proof);
        }
        self.checkpoint = next;
        Ok(handed_over)
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        (self.checkpoint.genesis, &self.hand_overs, &self.head).encode_to(&mut bytes);
        bytes
    }

    /// Reads what was kept, and checks every proof from the genesis on.
    pub fn decode(genesis: &Genesis, bytes: &[u8]) -> Result<Self, TrailError> {
        let mut trail = Self::new(genesis)?;
        let rest = bytes.strip_prefix(MAGIC).ok_or(TrailError::Malformed)?;
        let (version, mut rest) = rest.split_first_chunk::<2>().ok_or(TrailError::Malformed)?;
        if u16::from_le_bytes(*version) != VERSION {
            return Err(TrailError::Malformed);
        }
        let body = Body::decode_all(&mut rest).map_err(|_| TrailError::Malformed)?;
        if body.genesis != trail.checkpoint.genesis {
            return Err(TrailError::Genesis {
                expected: trail.checkpoint.genesis,
                found: body.genesis,
            });
        }
        for proof in body.hand_overs.into_iter().chain(body.head) {
            trail.advance(proof).map_err(TrailError::Broken)?;
        }
        Ok(trail)
    }
}
