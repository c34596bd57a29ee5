//! Checkpoints and what is kept of them.

use super::*;
use crate::light::{Checkpoint, LightError, Trail, TrailError};

struct Chain {
    genesis: Genesis,
    sets: [Set; 3],
    /// Block 3 hands over to the second set, block 6 to the third.
    headers: Vec<Header>,
}

impl Chain {
    fn new() -> Self {
        let sets = [Set::new(0, 4, 1), Set::new(1, 4, 21), Set::new(2, 7, 41)];
        let genesis = genesis_of(&sets[0]);
        let mut headers = vec![genesis.header.clone()];
        for number in 1..10 {
            let digest = match number {
                3 => hand_over(&sets[1]),
                6 => hand_over(&sets[2]),
                _ => Digest::default(),
            };
            let next = child(&headers[number - 1], 1, digest);
            headers.push(next);
        }
        Self { genesis, sets, headers }
    }

    fn start(&self) -> Checkpoint {
        Checkpoint::genesis(&self.genesis).unwrap()
    }

    /// The proof of a block by one of the sets.
    fn proof(&self, number: usize, set: usize) -> Proof {
        self.sets[set].prove(&self.headers[number])
    }
}

#[test]
fn finality_goes_on_over_changes_of_the_set() {
    let chain = Chain::new();
    let mut at = chain.start();
    for (number, set, next) in [(2, 0, 0), (3, 0, 1), (5, 1, 1), (6, 1, 2), (9, 2, 2)] {
        at = at.advance(&chain.proof(number, set)).unwrap();
        assert_eq!(at.head, of(&chain.headers[number]));
        assert_eq!(at.state_root, chain.headers[number].state_root);
        assert_eq!(at.set_id, next as u64);
        assert_eq!(at.authorities, chain.sets[next].authorities());
        assert_eq!(at.genesis, chain.genesis.hash());
    }
}

#[test]
fn hand_overs_come_in_order() {
    let chain = Chain::new();
    let start = chain.start();
    // By a set that is not in office yet, and by one that is no more.
    for (number, set) in [(5, 1), (9, 2), (3, 1)] {
        let error = start.advance(&chain.proof(number, set)).unwrap_err();
        assert!(matches!(error, LightError::Justification(_)), "{error}");
    }
    let second = start.advance(&chain.proof(3, 0)).unwrap();
    for (number, set) in [(4, 0), (9, 2), (6, 0)] {
        let error = second.advance(&chain.proof(number, set)).unwrap_err();
        assert!(matches!(error, LightError::Justification(_)), "{error}");
    }
}

#[test]
fn a_head_never_goes_back_nor_aside() {
    let chain = Chain::new();
    let at = chain.start().advance(&chain.proof(2, 0)).unwrap();
    for number in [1, 2] {
        let found = number as u32;
        let error = LightError::NotAfter { head: 2, found };
        assert_eq!(at.advance(&chain.proof(number, 0)).unwrap_err(), error);
    }
    let fork = child(&chain.headers[1], 2, Digest::default());
    let error = at.advance(&chain.sets[0].prove(&fork)).unwrap_err();
    assert!(matches!(error, LightError::Fork { number: 2, .. }), "{error}");
}

#[test]
fn the_header_must_be_the_justified_one() {
    let chain = Chain::new();
    let mut proof = chain.proof(2, 0);
    proof.header = chain.headers[1].clone();
    assert_eq!(chain.start().advance(&proof).unwrap_err(), LightError::Header);
    // A set of one's own in a header that the validators did not finalise.
    let mut proof = chain.proof(2, 0);
    proof.header.digest = hand_over(&Set::new(1, 1, 99));
    assert_eq!(chain.start().advance(&proof).unwrap_err(), LightError::Header);
    // The justification's number is not the header's.
    let wrong = BlockRef {
        number: 4,
        hash: chain.headers[2].hash(),
    };
    proof = Proof {
        header: chain.headers[2].clone(),
        justification: chain.sets[0].justify(wrong),
    };
    assert_eq!(chain.start().advance(&proof).unwrap_err(), LightError::Header);
}

#[test]
fn changes_that_this_chain_never_makes_are_refused() {
    let chain = Chain::new();
    let next = Set::new(1, 4, 21);
    let change = |delay, authorities| ScheduledChange {
        next_authorities: authorities,
        delay,
    };
    let with = |digest| {
        let header = child(&chain.headers[0], 1, digest);
        chain.start().advance(&chain.sets[0].prove(&header))
    };
    let scheduled = |delay, authorities| log(ConsensusLog::ScheduledChange(change(delay, authorities)));
    assert_eq!(
        with(scheduled(1, next.authorities())),
        Err(LightError::DelayedChange(1))
    );
    let forced = log(ConsensusLog::ForcedChange(0, change(0, next.authorities())));
    assert_eq!(with(forced), Err(LightError::ForcedChange));
    assert_eq!(with(scheduled(0, Vec::new())), Err(LightError::Authorities));
    let twice = [next.authorities(), next.authorities()].concat();
    assert_eq!(with(scheduled(0, twice)), Err(LightError::Authorities));
    for weight in [0, u64::MAX] {
        let mut authorities = next.authorities();
        authorities[0].1 = weight;
        assert_eq!(with(scheduled(0, authorities)), Err(LightError::Authorities));
    }
    let garbage = Digest {
        logs: vec![DigestItem::Consensus(GRANDPA_ENGINE_ID, vec![1, 2, 3])],
    };
    assert_eq!(with(garbage), Err(LightError::Digest));
    // Another engine's words are none of ours, and of two changes the first counts.
    let mut digest = Digest {
        logs: vec![DigestItem::Consensus(*b"aura", vec![1, 2, 3])],
    };
    digest.logs.extend(hand_over(&next).logs);
    digest.logs.extend(hand_over(&Set::new(1, 1, 99)).logs);
    assert_eq!(with(digest).unwrap().authorities, next.authorities());
}

#[test]
fn what_is_kept_is_proven_again() {
    let chain = Chain::new();
    let mut trail = Trail::new(&chain.genesis).unwrap();
    for (number, set, handed_over) in [(2, 0, false), (3, 0, true), (5, 1, false), (6, 1, true), (8, 2, false)] {
        assert_eq!(trail.advance(chain.proof(number, set)), Ok(handed_over));
        let kept = trail.encode();
        assert_eq!(Trail::decode(&chain.genesis, &kept).unwrap(), trail);
    }
    assert_eq!(trail.checkpoint().head.number, 8);

    // A proof that does not hold changes nothing.
    let before = trail.clone();
    assert!(trail.advance(chain.proof(9, 1)).is_err());
    assert_eq!(trail, before);

    let kept = trail.encode();
    let other = genesis_of(&Set::new(0, 4, 99));
    let mut foreign = other.clone();
    foreign.header.state_root = H256::repeat_byte(1);
    let error = Trail::decode(&foreign, &kept).unwrap_err();
    assert!(matches!(error, TrailError::Genesis { .. }), "{error}");
    // The same header with other validators cannot be, but would not help.
    let error = Trail::decode(&other, &kept).unwrap_err();
    assert!(matches!(error, TrailError::Broken(_)), "{error}");

    for length in 0..kept.len() {
        assert!(
            Trail::decode(&chain.genesis, &kept[..length]).is_err(),
            "{length} bytes"
        );
    }
    for at in 0..kept.len() {
        let mut changed = kept.clone();
        changed[at] ^= 1;
        assert!(Trail::decode(&chain.genesis, &changed).is_err(), "byte {at}");
    }
}
