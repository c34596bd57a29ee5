//! One GRANDPA justification: whether two thirds of a set have signed for a block.
//!
//! What a commit is and which votes count: Stewart and Kokoris-Kogia, *GRANDPA: a Byzantine Finality Gadget* (2020),
//! sections 2.3 and 2.4. Validators' nodes check the same in `sc-consensus-grandpa`, bridges in `bp-header-chain`.

use std::collections::{BTreeMap, HashMap, HashSet};

use codec::DecodeAll;
use secureflow_primitives::H256;
use sp_consensus_grandpa::{
    check_message_signature, AuthorityId, AuthorityList, GrandpaJustification, SetId, SignatureResult,
};

use crate::{BlockRef, Header};

/// Longer justifications are refused unread. A real one has some hundred bytes for each validator.
const MAX_LENGTH: usize = 1 << 20;

type Precommit = finality_grandpa::Precommit<H256, u32>;

/// Why a justification proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JustificationError {
    #[error("it has {0} bytes, more than any real one")]
    TooLong(usize),
    #[error("it does not decode: {0}")]
    Malformed(String),
    #[error("it holds more votes than the set can give")]
    TooManyVotes,
    #[error("it holds a vote of {0}, who is not in the set")]
    Foreign(AuthorityId),
    #[error("it holds the same vote of {0} twice")]
    Duplicate(AuthorityId),
    #[error("the signature of {0} is not over this vote, this round and this set")]
    Signature(AuthorityId),
    #[error("the vote of {0} was given in the set before")]
    OutdatedSet(AuthorityId),
    #[error("the headers that should lead from the votes to the block do not")]
    Ancestry,
    #[error("it holds headers that lead nowhere")]
    Surplus,
    #[error("{found} of {needed} votes are for the block")]
    TooFewVotes { found: u64, needed: u64 },
}

impl JustificationError {
    /// Whether a justification of another set would fail in this way.
    pub(crate) fn may_be_another_set(&self) -> bool {
        matches!(
            self,
            Self::Foreign(_)
                | Self::Signature(_)
                | Self::OutdatedSet(_)
                | Self::TooFewVotes { .. }
                | Self::TooManyVotes
        )
    }
}

/// The block that a justification is for, as it says itself.
pub(crate) fn target(bytes: &[u8]) -> Result<BlockRef, JustificationError> {
    let justification = decode(bytes)?;
    Ok(BlockRef {
        number: justification.commit.target_number,
        hash: justification.commit.target_hash,
    })
}

fn decode(mut bytes: &[u8]) -> Result<GrandpaJustification<Header>, JustificationError> {
    if bytes.len() > MAX_LENGTH {
        return Err(JustificationError::TooLong(bytes.len()));
    }
    GrandpaJustification::decode_all(&mut bytes).map_err(|error| JustificationError::Malformed(error.to_string()))
}

/// The weight that makes a commit: all but the third that may be faulty.
fn needed(authorities: &AuthorityList) -> u64 {
    let total: u64 = authorities.iter().map(|(_, weight)| weight).sum();
    total - total.saturating_sub(1) / 3
}

/// The block that members of this set with enough weight have finalised.
///
/// The caller has checked the set ([`super::checkpoint`]): nobody is in it twice and the weights add up.
pub(crate) fn verify(bytes: &[u8], set_id: SetId, authorities: &AuthorityList) -> Result<BlockRef, JustificationError> {
    let GrandpaJustification {
        round,
        commit,
        votes_ancestries,
    } = decode(bytes)?;
    // A member that has voted twice in a round is shown with both votes, never with a third.
    if commit.precommits.len() > 2 * authorities.len() {
        return Err(JustificationError::TooManyVotes);
    }
    let weights: BTreeMap<&AuthorityId, u64> = authorities.iter().map(|(id, weight)| (id, *weight)).collect();
    let mut votes: BTreeMap<AuthorityId, Vec<Precommit>> = BTreeMap::new();
    for signed in commit.precommits {
        let id = signed.id;
        if !weights.contains_key(&id) {
            return Err(JustificationError::Foreign(id));
        }
        let message = finality_grandpa::Message::Precommit(signed.precommit.clone());
        match check_message_signature(&message, &id, &signed.signature, round, set_id) {
            SignatureResult::Valid => {}
            SignatureResult::Invalid => return Err(JustificationError::Signature(id)),
            SignatureResult::OutdatedSet => return Err(JustificationError::OutdatedSet(id)),
        }
        let votes = votes.entry(id.clone()).or_default();
        if votes.contains(&signed.precommit) {
            return Err(JustificationError::Duplicate(id));
        }
        if votes.len() == 2 {
            return Err(JustificationError::TooManyVotes);
        }
        votes.push(signed.precommit);
    }

    let target = BlockRef {
        number: commit.target_number,
        hash: commit.target_hash,
    };
    let ancestry = Ancestry::new(votes_ancestries, votes.values().flatten())?;
    let mut found = 0;
    for (id, votes) in &votes {
        let mut descends = false;
        for vote in votes {
            descends |= ancestry.passes(vote, target)?;
        }
        // Who votes for two blocks in one round counts for every block (section 2.4): only a third can do so, and each is
        // found out.
        if descends || votes.len() == 2 {
            found += weights[id];
        }
    }
    if !ancestry.is_used_up(votes.values().flatten()) {
        return Err(JustificationError::Surplus);
    }
    let needed = needed(authorities);
    if found < needed {
        return Err(JustificationError::TooFewVotes { found, needed });
    }
    Ok(target)
}

/// Headers by hash, which lead from every vote down to the lowest one.
struct Ancestry {
    headers: HashMap<H256, Header>,
    base: BlockRef,
}

impl Ancestry {
    fn new<'a>(headers: Vec<Header>, votes: impl Iterator<Item = &'a Precommit>) -> Result<Self, JustificationError> {
        let count = headers.len();
        let headers: HashMap<_, _> = headers.into_iter().map(|header| (header.hash(), header)).collect();
        if headers.len() != count {
            return Err(JustificationError::Surplus);
        }
        let base = votes.min_by_key(|vote| vote.target_number);
        let base = base.ok_or(JustificationError::TooFewVotes { found: 0, needed: 1 })?;
        let base = BlockRef {
            number: base.target_number,
            hash: base.target_hash,
        };
        Ok(Self { headers, base })
    }

    /// The blocks from a vote's down to the base, both included.
    fn path(&self, vote: &Precommit) -> Result<Vec<BlockRef>, JustificationError> {
        let mut at = BlockRef {
            number: vote.target_number,
            hash: vote.target_hash,
        };
        let mut path = vec![at];
        while at != self.base {
            let header = self.headers.get(&at.hash).ok_or(JustificationError::Ancestry)?;
            // The numbers are the vote's own claim until a header says the same.
            if header.number != at.number || at.number <= self.base.number {
                return Err(JustificationError::Ancestry);
            }
            at = BlockRef {
                number: at.number - 1,
                hash: header.parent_hash,
            };
            path.push(at);
        }
        Ok(path)
    }

    /// Whether a vote is for the block or for one after it.
    fn passes(&self, vote: &Precommit, block: BlockRef) -> Result<bool, JustificationError> {
        Ok(self.path(vote)?.contains(&block))
    }

    fn is_used_up<'a>(&self, votes: impl Iterator<Item = &'a Precommit>) -> bool {
        let paths = votes.filter_map(|vote| self.path(vote).ok()).flatten();
        let visited: HashSet<H256> = paths.filter(|at| *at != self.base).map(|at| at.hash).collect();
        visited.len() == self.headers.len() && self.headers.keys().all(|hash| visited.contains(hash))
    }
}
