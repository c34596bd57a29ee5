//! Motions of the council, in which the members decide together. The SDK's collective pallet keeps them.

use crate::{
    context::Context,
    error::{Failure, Result},
    names::hash,
    network::{ChainState, Network},
};
use codec::{Compact, Decode, DecodeAll};
use secureflow_chain::{storage, Call, ChainEvent, Submitted};
use secureflow_primitives::{AccountId, BlockNumber, H256};

/// What closing a motion may cost. The chain refuses to close with less than the motion needs, and a bound costs nothing.
/// In time this is the most that the chain lets a motion cost: dropping a measurement may revoke every worker that there can be.
/// What state it reads is counted too, and has no limit on this chain.
const WEIGHT: (u64, u64) = (250_000_000_000, 16 * 1024 * 1024);

/// A motion and its votes, as the pallet stores them.
#[derive(Debug, Clone, PartialEq, Eq, Decode)]
pub struct Votes {
    pub index: u32,
    pub threshold: u32,
    pub ayes: Vec<AccountId>,
    pub nays: Vec<AccountId>,
    pub end: BlockNumber,
}

async fn read(network: &Network, state: &ChainState<'_>, key: Vec<u8>) -> Result<Option<Vec<u8>>> {
    let values = network.chain().values(&[key], state.block().hash).await?;
    Ok(values.into_iter().next().flatten())
}

fn decode<T: DecodeAll>(what: &str, bytes: &[u8]) -> Result<T> {
    T::decode_all(&mut &*bytes).map_err(|error| Failure::new("chain", format!("{what} does not decode: {error}")))
}

/// The accounts with a seat.
pub async fn members(network: &Network, state: &ChainState<'_>) -> Result<Vec<AccountId>> {
    match read(network, state, storage::item("Council", "Members")).await? {
        Some(bytes) => decode("the list of council members", &bytes),
        None => Ok(Vec::new()),
    }
}

async fn votes(network: &Network, state: &ChainState<'_>, motion: H256) -> Result<Option<Votes>> {
    let key = [storage::item("Council", "Voting"), motion.as_bytes().to_vec()].concat();
    let bytes = read(network, state, key).await?;
    bytes.map(|bytes| decode("a motion's votes", &bytes)).transpose()
}

/// What came of a motion or a vote.
pub enum Outcome {
    /// More votes are needed.
    Open { motion: H256, votes: Votes },
    /// The motion passed and was carried out.
    Passed { motion: H256 },
    /// The motion was turned down.
    Rejected { motion: H256 },
}

/// The share of the seats that a motion takes, as the chain demands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Majority {
    /// What concerns all.
    TwoThirds,
    /// What stops others at once.
    ThreeQuarters,
}

impl Majority {
    /// The votes that it takes of so many seats.
    fn of(self, seats: usize) -> u32 {
        let seats = seats as u32;
        match self {
            Self::TwoThirds => (seats * 2).div_ceil(3),
            Self::ThreeQuarters => (seats * 3).div_ceil(4),
        }
    }
}

/// Puts a call to the vote and votes for it. Two thirds decide.
pub async fn propose(context: &Context, network: &Network, proposal: Call) -> Result<(Outcome, Submitted)> {
    propose_by(context, network, proposal, Majority::TwoThirds).await
}

/// The same with another majority.
pub async fn propose_by(
    context: &Context,
    network: &Network,
    proposal: Call,
    majority: Majority,
) -> Result<(Outcome, Submitted)> {
    let state = network.state().await?;
    let seats = members(network, &state).await?;
    let me = context.home.account()?.account();
    if !seats.contains(&me) {
        return Err(crate::explain::dispatch("Council", "NotMember", ""));
    }
    let threshold = majority.of(seats.len());
    let sent = context
        .submit(
            network,
            Call::Propose {
                threshold,
                proposal: Box::new(proposal),
            },
        )
        .await?;
    let proposed = sent.find(|event| match event {
        ChainEvent::Other { pallet, name, fields } if pallet == "Council" && name == "Proposed" => {
            <(AccountId, u32, H256, u32)>::decode(&mut fields.as_slice())
                .ok()
                .map(|(_, index, motion, _)| (index, motion))
        }
        _ => None,
    });
    match proposed {
        Some((index, motion)) => Ok((vote(context, network, motion, index, true).await?, sent)),
        // A council of one decides at once.
        None => match executed(&sent) {
            Some(Ok(())) => Ok((Outcome::Passed { motion: H256::zero() }, sent)),
            _ => Err(failed()),
        },
    }
}

/// Votes, and closes the motion once its votes suffice.
pub async fn vote(context: &Context, network: &Network, motion: H256, index: u32, approve: bool) -> Result<Outcome> {
    context
        .submit(
            network,
            Call::Vote {
                proposal: motion,
                index: Compact(index),
                approve,
            },
        )
        .await?;
    let state = network.state().await?;
    let Some(votes) = votes(network, &state, motion).await? else {
        return Ok(Outcome::Passed { motion });
    };
    let seats = members(network, &state).await?.len();
    let enough = votes.ayes.len() as u32 >= votes.threshold;
    let hopeless = seats.saturating_sub(votes.nays.len()) < votes.threshold as usize;
    if !enough && !hopeless {
        return Ok(Outcome::Open { motion, votes });
    }
    let key = [storage::item("Council", "ProposalOf"), motion.as_bytes().to_vec()].concat();
    let length = read(network, &state, key).await?.map_or(0, |call| call.len() as u32);
    let closed = context
        .submit(
            network,
            Call::Close {
                proposal: motion,
                index,
                weight: WEIGHT,
                length,
            },
        )
        .await?;
    match executed(&closed) {
        Some(Ok(())) => Ok(Outcome::Passed { motion }),
        Some(Err(())) => Err(failed()),
        None => Ok(Outcome::Rejected { motion }),
    }
}

/// Whether the motion's call was carried out: `Executed` holds the hash and the result.
fn executed(submitted: &Submitted) -> Option<std::result::Result<(), ()>> {
    submitted.find(|event| match event {
        ChainEvent::Other { pallet, name, fields } if pallet == "Council" && name == "Executed" => {
            fields.get(32).map(|result| if *result == 0 { Ok(()) } else { Err(()) })
        }
        _ => None,
    })
}

fn failed() -> Failure {
    Failure::new(
        "motion_failed",
        "the motion passed, and the chain then refused to carry it out",
    )
    .hint(
        "What it asked for may have been done meanwhile, the name or account may be taken, nobody would be left to vote or to \
         validate (`secureflow network organisations` lists the members), a dispute may be over (`secureflow job show`), or \
         an escrow may hold less (`secureflow space show`).",
    )
}

impl Outcome {
    /// For people.
    pub fn text(&self, purpose: &str) -> String {
        match self {
            Self::Passed { .. } => format!("Passed: {purpose}.\n"),
            Self::Rejected { .. } => format!("Turned down: {purpose}.\n"),
            Self::Open { motion, votes } => format!(
                "Put to the vote: {purpose}. {} of {} votes are in; the others run\n  secureflow org vote {} {} --yes\n\
                 Voting ends at block {}.\n",
                votes.ayes.len(),
                votes.threshold,
                hash(motion),
                votes.index,
                votes.end
            ),
        }
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Passed { motion } => serde_json::json!({ "outcome": "passed", "motion": hash(motion) }),
            Self::Rejected { motion } => serde_json::json!({ "outcome": "rejected", "motion": hash(motion) }),
            Self::Open { motion, votes } => serde_json::json!({
                "outcome": "open", "motion": hash(motion), "index": votes.index, "ayes": votes.ayes.len(),
                "nays": votes.nays.len(), "threshold": votes.threshold, "ends_at": votes.end,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Majority::{ThreeQuarters, TwoThirds};

    /// What the chain's `EnsureProportionAtLeast` asks: votes times the lower number, no less than seats times the upper.
    #[test]
    fn majorities_are_the_fewest_votes_that_the_chain_takes() {
        for seats in 1..=64 {
            for (majority, upper, lower) in [(TwoThirds, 2, 3), (ThreeQuarters, 3, 4)] {
                let votes = majority.of(seats as usize);
                let enough = |votes: u32| votes * lower >= seats * upper;
                assert!(
                    enough(votes) && !enough(votes - 1),
                    "{majority:?} of {seats} is {votes}"
                );
            }
        }
    }
}
