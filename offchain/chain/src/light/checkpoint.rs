//! How far finality is proven: the newest proven block, and who may finalise the next ones.

use std::collections::BTreeSet;

use codec::{Decode, DecodeAll, Encode};
use secureflow_primitives::H256;
use sp_consensus_grandpa::{AuthorityList, ConsensusLog, ScheduledChange, SetId, GRANDPA_ENGINE_ID};

use super::{
    genesis::Genesis,
    justification::{self, JustificationError},
};
use crate::{BlockRef, Header};

/// More members than any set of this chain may have.
const MAX_AUTHORITIES: usize = 1024;

/// A block's header with the justification of the block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proof {
    pub header: Header,
    /// SCALE bytes of a GRANDPA justification, as nodes give it.
    pub justification: Vec<u8>,
}

/// Why a proof does not carry finality on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LightError {
    #[error("the justification does not hold: {0}")]
    Justification(#[from] JustificationError),
    #[error("the header is not the one of the block that is justified")]
    Header,
    #[error("block {found} is not after block {head}, which is proven already")]
    NotAfter { head: u32, found: u32 },
    #[error("two blocks {number} are justified: {first:?} and {second:?}")]
    Fork { number: u32, first: H256, second: H256 },
    #[error("a digest of the finality gadget does not decode")]
    Digest,
    #[error("the block forces a change of the set, which this chain never does")]
    ForcedChange,
    #[error("the block delays a change of the set by {0} blocks, which this chain never does")]
    DelayedChange(u32),
    #[error("the next set is empty, too large, or has a member twice or without weight")]
    Authorities,
}

/// What is proven. It goes forward only, by [`Checkpoint::advance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The chain's first block: all that is taken on trust.
    pub genesis: H256,
    /// The number of the set, counted from 0; signatures are made out to it.
    pub set_id: SetId,
    /// The members of the set with their weights.
    pub authorities: AuthorityList,
    pub head: BlockRef,
    /// The root of the state after the head.
    pub state_root: H256,
}

impl Checkpoint {
    /// The start: the genesis block and the set that it names.
    pub fn genesis(genesis: &Genesis) -> Result<Self, LightError> {
        check_authorities(&genesis.authorities)?;
        let hash = genesis.hash();
        Ok(Self {
            genesis: hash,
            set_id: 0,
            authorities: genesis.authorities.clone(),
            head: BlockRef { number: 0, hash },
            state_root: genesis.header.state_root,
        })
    }

    /// The checkpoint after a proof. Where the block hands over to another set, the checkpoint has that set.
    ///
    /// Headers between the head and the block are not looked at: a set finalises no block after the one that hands over,
    /// so what it has justified is on the chain of the head and under its own authority. (Warp sync and bridges rest on the
    /// same.) This holds because changes take effect in the block that announces them; others are refused.
    pub fn advance(&self, proof: &Proof) -> Result<Self, LightError> {
        let block = justification::verify(&proof.justification, self.set_id, &self.authorities)?;
        if proof.header.hash() != block.hash || proof.header.number != block.number {
            return Err(LightError::Header);
        }
        if block.number == self.head.number && block.hash != self.head.hash {
            return Err(LightError::Fork {
                number: block.number,
                first: self.head.hash,
                second: block.hash,
            });
        }
        if block.number <= self.head.number {
            return Err(LightError::NotAfter {
                head: self.head.number,
                found: block.number,
            });
        }
        let mut next = Self {
            head: block,
            state_root: proof.header.state_root,
            ..self.clone()
        };
        if let Some(authorities) = next_set(&proof.header)? {
            check_authorities(&authorities)?;
            next.set_id = self.set_id.checked_add(1).ok_or(LightError::Authorities)?;
            next.authorities = authorities;
        }
        Ok(next)
    }
}

/// The set that a block hands over to. Of several announcements the first counts, as it does for nodes.
fn next_set(header: &Header) -> Result<Option<AuthorityList>, LightError> {
    let mut next = None;
    for log in header.digest.logs() {
        let Some((GRANDPA_ENGINE_ID, mut bytes)) = log.as_consensus() else {
            continue;
        };
        match ConsensusLog::<u32>::decode_all(&mut bytes).map_err(|_| LightError::Digest)? {
            ConsensusLog::ForcedChange(..) => return Err(LightError::ForcedChange),
            ConsensusLog::ScheduledChange(ScheduledChange {
                next_authorities,
                delay: 0,
            }) => {
                next.get_or_insert(next_authorities);
            }
            ConsensusLog::ScheduledChange(ScheduledChange { delay, .. }) => {
                return Err(LightError::DelayedChange(delay))
            }
            ConsensusLog::OnDisabled(_) | ConsensusLog::Pause(_) | ConsensusLog::Resume(_) => {}
        }
    }
    Ok(next)
}

fn check_authorities(authorities: &AuthorityList) -> Result<(), LightError> {
    let members: BTreeSet<_> = authorities.iter().map(|(id, _)| id).collect();
    let total = authorities
        .iter()
        .try_fold(0u64, |total, (_, weight)| total.checked_add(*weight));
    let fits = (1..=MAX_AUTHORITIES).contains(&authorities.len())
        && members.len() == authorities.len()
        && authorities.iter().all(|(_, weight)| *weight > 0)
        && total.is_some();
    fits.then_some(()).ok_or(LightError::Authorities)
}
