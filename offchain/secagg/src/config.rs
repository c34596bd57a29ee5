//! Who takes part, in which session, with what threshold and length.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{graph::Neighbourhoods, Assumptions, Error, Graph, Ring};

/// Fewest parties of a session: the sum of one party is that party's input.
pub const MIN_PARTIES: usize = 2;

/// Most parties of a session. On the full graph each has an agreement and a mask with every other.
pub const MAX_PARTIES: usize = 1024;

/// Most entries of the vector: 512 MiB of `u64`.
pub const MAX_LENGTH: usize = 1 << 26;

/// A party's number in the session, unique within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartyId(pub u32);

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one attempt of one aggregation step, never used twice. It goes into every signature, every key derivation
/// and every associated data, so that nothing said in one session counts in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub [u8; 32]);

impl SessionId {
    /// The session of a worker's attempt at a step of a job on the chain with this genesis hash. A job that is given to
    /// another worker begins its attempts anew, in sessions of their own.
    pub fn derive(genesis: &[u8; 32], job: u64, worker: &[u8; 32], step: u32, attempt: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"secureflow/secagg/v1/session-id");
        hash.update(genesis);
        hash.update(job.to_be_bytes());
        hash.update(worker);
        hash.update(step.to_be_bytes());
        hash.update(attempt.to_be_bytes());
        Self(hash.finalize().into())
    }
}

/// What all parties and the server must agree on before they start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    pub session: SessionId,
    pub parties: BTreeSet<PartyId>,
    /// Parties that must answer in each step and are in the sum. On the full graph also the shares that open a secret.
    pub threshold: usize,
    /// Entries of every party's vector.
    pub length: usize,
    pub graph: Graph,
}

impl Config {
    /// A session on the graph that its size and threshold ask for: the full one for up to 32 parties, and wherever a
    /// smaller one would not be as safe ([`Assumptions`]).
    pub fn new(session: SessionId, parties: BTreeSet<PartyId>, threshold: usize, length: usize) -> Self {
        let graph = Assumptions::of(parties.len(), threshold).parameters().graph;
        Self {
            session,
            parties,
            threshold,
            length,
            graph,
        }
    }

    /// Checks the bounds. The threshold is above half of the parties, so that no two disjoint groups of parties can
    /// each open a secret.
    pub fn validate(&self) -> Result<(), Error> {
        let parties = self.parties.len();
        if !(MIN_PARTIES..=MAX_PARTIES).contains(&parties) {
            return Err(Error::Config("the number of parties must be between 2 and 1024"));
        }
        if self.threshold < MIN_PARTIES || self.threshold > parties {
            return Err(Error::Config(
                "the threshold must be between 2 and the number of parties",
            ));
        }
        if self.threshold <= parties / 2 {
            return Err(Error::Config("the threshold must be above half of the parties"));
        }
        if self.length == 0 || self.length > MAX_LENGTH {
            return Err(Error::Config(
                "the vector's length must be between 1 and 67,108,864 entries",
            ));
        }
        self.graph.validate(parties)
    }

    /// Shares that open a secret, and signatures that vouch for the survivors, among a party and its neighbours.
    pub(crate) fn share_threshold(&self) -> usize {
        match self.graph {
            Graph::Full => self.threshold,
            Graph::Regular { threshold, .. } => threshold,
        }
    }

    pub(crate) fn neighbourhoods<R: Ring>(&self) -> Neighbourhoods {
        Neighbourhoods::new(self.graph, &self.parties, &self.binding::<R>())
    }

    /// Digest of the whole configuration and the vectors' ring. It stands wherever the paper has no session, so that a server which tells
    /// parties different thresholds or party lists makes their signatures and keys disagree.
    pub(crate) fn binding<R: Ring>(&self) -> Binding {
        let mut hash = Sha256::new();
        hash.update(b"secureflow/secagg/v1/binding");
        hash.update(self.session.0);
        hash.update((self.threshold as u64).to_be_bytes());
        hash.update((self.length as u64).to_be_bytes());
        hash_parties(&mut hash, &self.parties);
        if let Graph::Regular { degree, threshold } = self.graph {
            hash.update(b"regular");
            hash.update((degree as u64).to_be_bytes());
            hash.update((threshold as u64).to_be_bytes());
        }
        if R::BITS != u64::BITS {
            hash.update(b"ring");
            hash.update(R::BITS.to_be_bytes());
        }
        Binding(hash.finalize().into())
    }
}

/// See [`Config::binding`].
#[derive(Clone, Copy)]
pub(crate) struct Binding(pub(crate) [u8; 32]);

/// Feeds a set with its size first, so that what follows it cannot be mistaken for a member.
pub(crate) fn hash_parties(hash: &mut Sha256, parties: &BTreeSet<PartyId>) {
    hash.update((parties.len() as u64).to_be_bytes());
    for party in parties {
        hash.update(party.0.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parties: u32, threshold: usize, length: usize, ok: bool) {
        let config = Config {
            session: SessionId([0; 32]),
            parties: (0..parties).map(PartyId).collect(),
            threshold,
            length,
            graph: Graph::Full,
        };
        assert_eq!(
            config.validate().is_ok(),
            ok,
            "{parties} parties, threshold {threshold}, length {length}"
        );
    }

    #[test]
    fn bounds() {
        check(2, 2, 1, true);
        check(3, 2, 1, true);
        check(4, 3, 1, true);
        check(1024, 513, MAX_LENGTH, true);
        check(0, 0, 1, false);
        check(1, 1, 1, false);
        check(1025, 600, 1, false);
        check(2, 1, 1, false);
        check(4, 2, 1, false);
        check(5, 2, 1, false);
        check(3, 4, 1, false);
        check(3, 2, 0, false);
        check(3, 2, MAX_LENGTH + 1, false);
    }

    #[test]
    fn every_part_of_the_configuration_is_bound() {
        let base = Config {
            session: SessionId([1; 32]),
            parties: [PartyId(1), PartyId(2), PartyId(3)].into(),
            threshold: 2,
            length: 4,
            graph: Graph::Full,
        };
        let regular = |degree, threshold| Config {
            graph: Graph::Regular { degree, threshold },
            ..base.clone()
        };
        let variants = [
            regular(2, 2),
            regular(4, 2),
            regular(4, 3),
            Config {
                session: SessionId([2; 32]),
                ..base.clone()
            },
            Config {
                parties: [PartyId(1), PartyId(2), PartyId(4)].into(),
                ..base.clone()
            },
            Config {
                threshold: 3,
                ..base.clone()
            },
            Config {
                length: 5,
                ..base.clone()
            },
        ];
        let bindings = |config: &Config| [config.binding::<u64>().0, config.binding::<u32>().0];
        let all: BTreeSet<_> = variants.iter().chain([&base]).flat_map(bindings).collect();
        assert_eq!(all.len(), 2 * (variants.len() + 1));
    }

    #[test]
    fn the_graph_follows_from_size_and_threshold() {
        let config = |parties: u32, threshold| {
            let parties = (0..parties).map(PartyId).collect();
            Config::new(SessionId([0; 32]), parties, threshold, 1)
        };
        assert_eq!(config(3, 2).graph, Graph::Full);
        assert_eq!(config(32, 32).graph, Graph::Full);
        let large = config(1000, 900);
        large.validate().unwrap();
        assert!(matches!(large.graph, Graph::Regular { .. }));
        assert!(large.share_threshold() < large.threshold);
    }

    #[test]
    fn sessions_differ_by_every_part() {
        let base = SessionId::derive(&[0; 32], 1, &[0; 32], 2, 3);
        for other in [
            SessionId::derive(&[1; 32], 1, &[0; 32], 2, 3),
            SessionId::derive(&[0; 32], 1, &[1; 32], 2, 3),
            SessionId::derive(&[0; 32], 0, &[0; 32], 2, 3),
            SessionId::derive(&[0; 32], 1, &[0; 32], 0, 3),
            SessionId::derive(&[0; 32], 1, &[0; 32], 2, 0),
        ] {
            assert_ne!(base, other);
        }
    }
}
