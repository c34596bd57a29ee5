//! What the tests of the light client share: sets of validators with their keys.

mod best;
mod finality;
mod genesis;
mod justifications;
mod liars;
mod node;
mod setup;
mod states;
mod times;

use codec::Encode;
use finality_grandpa::{Commit, Message, Precommit, SignedPrecommit};
use secureflow_primitives::H256;
use sp_consensus_grandpa::{
    localized_payload, AuthorityId, AuthorityList, AuthoritySignature, ConsensusLog, GrandpaJustification,
    ScheduledChange, GRANDPA_ENGINE_ID,
};
use sp_core::{ed25519, Pair};
use sp_runtime::{traits::Header as _, Digest, DigestItem};

use super::{checkpoint::Proof, genesis::Genesis};
use crate::{BlockRef, Header};

type Signed = SignedPrecommit<H256, u32, AuthoritySignature, AuthorityId>;

/// The round that justifications are of, unless a test says otherwise.
const ROUND: u64 = 5;

/// A set of validators.
#[derive(Clone)]
struct Set {
    id: u64,
    members: Vec<ed25519::Pair>,
}

impl Set {
    /// Members whose keys follow from a first seed.
    fn new(id: u64, size: u8, seed: u8) -> Self {
        let member = |index| ed25519::Pair::from_seed(&[seed + index; 32]);
        Self {
            id,
            members: (0..size).map(member).collect(),
        }
    }

    fn authorities(&self) -> AuthorityList {
        let authority = |pair: &ed25519::Pair| (AuthorityId::from(pair.public()), 1);
        self.members.iter().map(authority).collect()
    }

    fn vote(&self, member: usize, round: u64, block: BlockRef) -> Signed {
        let precommit = Precommit::new(block.hash, block.number);
        let payload = localized_payload(round, self.id, &Message::Precommit(precommit.clone()));
        Signed {
            precommit,
            signature: self.members[member].sign(&payload).into(),
            id: self.members[member].public().into(),
        }
    }

    /// A justification with one vote for the block from each of the first members.
    fn justify_with(&self, block: BlockRef, voters: usize) -> Vec<u8> {
        let votes = (0..voters).map(|member| self.vote(member, ROUND, block)).collect();
        justification(ROUND, block, votes, Vec::new())
    }

    /// The same with as many as are needed.
    fn justify(&self, block: BlockRef) -> Vec<u8> {
        let faulty = (self.members.len() - 1) / 3;
        self.justify_with(block, self.members.len() - faulty)
    }

    fn prove(&self, header: &Header) -> Proof {
        Proof {
            header: header.clone(),
            justification: self.justify(of(header)),
        }
    }
}

fn justification(round: u64, target: BlockRef, precommits: Vec<Signed>, votes_ancestries: Vec<Header>) -> Vec<u8> {
    GrandpaJustification::<Header> {
        round,
        commit: Commit {
            target_hash: target.hash,
            target_number: target.number,
            precommits,
        },
        votes_ancestries,
    }
    .encode()
}

fn of(header: &Header) -> BlockRef {
    BlockRef {
        number: header.number,
        hash: header.hash(),
    }
}

fn log(log: ConsensusLog<u32>) -> Digest {
    Digest {
        logs: vec![DigestItem::Consensus(GRANDPA_ENGINE_ID, log.encode())],
    }
}

/// The digest of a block that hands over to another set.
fn hand_over(to: &Set) -> Digest {
    log(ConsensusLog::ScheduledChange(ScheduledChange {
        next_authorities: to.authorities(),
        delay: 0,
    }))
}

/// A header after another one; `salt` tells forks apart.
fn child(parent: &Header, salt: u8, digest: Digest) -> Header {
    let root = H256::repeat_byte(salt);
    Header::new(parent.number + 1, H256::zero(), root, parent.hash(), digest)
}

fn genesis_of(set: &Set) -> Genesis {
    Genesis {
        header: Header::new(0, H256::zero(), H256::zero(), H256::zero(), Digest::default()),
        authorities: set.authorities(),
    }
}
