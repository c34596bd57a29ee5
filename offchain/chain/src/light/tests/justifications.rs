//! Which justifications hold.

use super::*;
use crate::light::justification::{verify, JustificationError};

/// Headers 0 to 9 in a row.
fn chain() -> Vec<Header> {
    let mut headers = vec![genesis_of(&Set::new(0, 1, 0)).header];
    for _ in 1..10 {
        let next = child(&headers[headers.len() - 1], 1, Digest::default());
        headers.push(next);
    }
    headers
}

fn check(set: &Set, bytes: &[u8]) -> Result<BlockRef, JustificationError> {
    verify(bytes, set.id, &set.authorities())
}

#[test]
fn two_thirds_finalise_and_one_vote_less_does_not() {
    let block = of(&chain()[3]);
    for (size, needed) in [
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 3),
        (5, 4),
        (6, 5),
        (7, 5),
        (10, 7),
        (21, 15),
    ] {
        let set = Set::new(7, size, 1);
        for voters in 1..=usize::from(size) {
            let found = check(&set, &set.justify_with(block, voters));
            if voters >= needed {
                assert_eq!(found, Ok(block), "{voters} of {size}");
            } else {
                let (found, needed, error) = (voters as u64, needed as u64, found.unwrap_err());
                assert_eq!(error, JustificationError::TooFewVotes { found, needed });
            }
        }
    }
}

#[test]
fn weights_count_not_heads() {
    let set = Set::new(0, 4, 1);
    let mut authorities = set.authorities();
    authorities[3].1 = 10;
    let block = of(&chain()[3]);
    let light = set.justify_with(block, 3);
    let error = verify(&light, 0, &authorities).unwrap_err();
    assert_eq!(error, JustificationError::TooFewVotes { found: 3, needed: 9 });
    let votes = vec![set.vote(3, ROUND, block)];
    let heavy = justification(ROUND, block, votes, Vec::new());
    assert_eq!(verify(&heavy, 0, &authorities), Ok(block));
}

#[test]
fn votes_of_others_and_votes_twice_are_refused() {
    let (set, block) = (Set::new(3, 4, 1), of(&chain()[3]));
    let votes = |members: &[usize]| members.iter().map(|m| set.vote(*m, ROUND, block)).collect::<Vec<_>>();
    let with = |votes| check(&set, &justification(ROUND, block, votes, Vec::new()));

    let stranger = Set::new(3, 1, 99);
    let mut foreign = votes(&[0, 1]);
    foreign.push(stranger.vote(0, ROUND, block));
    assert!(matches!(with(foreign), Err(JustificationError::Foreign(_))));
    // Also where it is one too many.
    let mut foreign = votes(&[0, 1, 2]);
    foreign.push(stranger.vote(0, ROUND, block));
    assert!(matches!(with(foreign), Err(JustificationError::Foreign(_))));

    assert!(matches!(with(votes(&[0, 1, 1])), Err(JustificationError::Duplicate(_))));
    assert!(matches!(
        with(votes(&[0, 1, 2, 2])),
        Err(JustificationError::Duplicate(_))
    ));
    assert_eq!(
        with(Vec::new()),
        Err(JustificationError::TooFewVotes { found: 0, needed: 1 })
    );
}

#[test]
fn signatures_are_made_out_to_round_set_and_block() {
    let (set, headers) = (Set::new(3, 4, 1), chain());
    let block = of(&headers[3]);
    let later = Set { id: 4, ..set.clone() };
    let other = Set { id: 9, ..set.clone() };
    assert!(matches!(
        check(&later, &set.justify(block)),
        Err(JustificationError::OutdatedSet(_))
    ));
    assert!(matches!(
        check(&other, &set.justify(block)),
        Err(JustificationError::Signature(_))
    ));
    let votes = |round| (0..3).map(|member| set.vote(member, round, block)).collect();
    let wrong_round = justification(ROUND + 1, block, votes(ROUND), Vec::new());
    assert!(matches!(
        check(&set, &wrong_round),
        Err(JustificationError::Signature(_))
    ));

    // Votes for one block under the name of another.
    let votes = |block| (0..3).map(|member| set.vote(member, ROUND, block)).collect::<Vec<_>>();
    let moved = justification(ROUND, of(&headers[4]), votes(block), Vec::new());
    assert!(matches!(
        check(&set, &moved),
        Err(JustificationError::TooFewVotes { found: 0, .. })
    ));
    // A signature moved to another member.
    let mut swapped = votes(block);
    let (first, second) = (swapped[0].id.clone(), swapped[1].id.clone());
    (swapped[0].id, swapped[1].id) = (second, first);
    let swapped = justification(ROUND, block, swapped, Vec::new());
    assert!(matches!(check(&set, &swapped), Err(JustificationError::Signature(_))));
}

#[test]
fn votes_for_later_blocks_need_the_headers_between_and_no_others() {
    let (set, headers) = (Set::new(3, 4, 1), chain());
    let target = of(&headers[3]);
    let votes: Vec<_> = [3, 5, 6]
        .iter()
        .enumerate()
        .map(|(member, number)| set.vote(member, ROUND, of(&headers[*number])))
        .collect();
    let with = |between: Vec<Header>| check(&set, &justification(ROUND, target, votes.clone(), between));
    assert_eq!(with(headers[4..=6].to_vec()), Ok(target));
    assert_eq!(with(headers[5..=6].to_vec()), Err(JustificationError::Ancestry));
    assert_eq!(with(Vec::new()), Err(JustificationError::Ancestry));
    assert_eq!(with(headers[3..=6].to_vec()), Err(JustificationError::Surplus));
    assert_eq!(with(headers[4..=7].to_vec()), Err(JustificationError::Surplus));
    let twice = [&headers[4..=6], &headers[4..=4]].concat();
    assert_eq!(with(twice), Err(JustificationError::Surplus));

    // A header between is of another chain.
    let foreign = child(&headers[4], 2, Digest::default());
    let broken = vec![headers[4].clone(), foreign, headers[6].clone()];
    assert_eq!(with(broken), Err(JustificationError::Ancestry));

    // Votes for a fork count for what both branches share, not for a block on one of them.
    let fork = child(&headers[3], 2, Digest::default());
    let votes = vec![
        set.vote(0, ROUND, of(&headers[4])),
        set.vote(1, ROUND, of(&headers[4])),
        set.vote(2, ROUND, of(&fork)),
        set.vote(3, ROUND, target),
    ];
    let between = vec![headers[4].clone(), fork];
    let shared = justification(ROUND, target, votes.clone(), between.clone());
    assert_eq!(check(&set, &shared), Ok(target));
    let branch = justification(ROUND, of(&headers[4]), votes, between);
    let error = JustificationError::TooFewVotes { found: 2, needed: 3 };
    assert_eq!(check(&set, &branch), Err(error));
}

#[test]
fn a_vote_must_give_the_number_that_its_block_has() {
    let (set, headers) = (Set::new(3, 4, 1), chain());
    let wrong = BlockRef {
        number: 7,
        hash: headers[5].hash(),
    };
    let target = of(&headers[3]);
    let mut votes: Vec<_> = (0..2).map(|member| set.vote(member, ROUND, target)).collect();
    votes.push(set.vote(2, ROUND, wrong));
    let bytes = justification(ROUND, target, votes, headers[4..=5].to_vec());
    assert_eq!(check(&set, &bytes), Err(JustificationError::Ancestry));
}

#[test]
fn who_votes_twice_in_a_round_counts_once_and_for_everything() {
    let (set, headers) = (Set::new(3, 4, 1), chain());
    let (target, fork) = (of(&headers[3]), child(&headers[2], 2, Digest::default()));
    let base = of(&headers[2]);
    let votes = |honest: usize| {
        let mut votes: Vec<_> = (0..honest).map(|member| set.vote(member, ROUND, target)).collect();
        votes.push(set.vote(3, ROUND, of(&fork)));
        votes.push(set.vote(3, ROUND, base));
        votes
    };
    let with = |votes| {
        let between = vec![headers[3].clone(), fork.clone()];
        check(&set, &justification(ROUND, target, votes, between))
    };
    assert_eq!(with(votes(2)), Ok(target));
    assert_eq!(
        with(votes(1)),
        Err(JustificationError::TooFewVotes { found: 2, needed: 3 })
    );
    let mut thrice = votes(2);
    thrice.push(set.vote(3, ROUND, target));
    assert_eq!(with(thrice), Err(JustificationError::TooManyVotes));
    let mut many = votes(2);
    many.extend((0..10).map(|_| set.vote(0, ROUND, target)));
    assert_eq!(with(many), Err(JustificationError::TooManyVotes));
}

/// Every single byte changed in every way that flips one bit: what is accepted is for the same block all the same.
#[test]
fn no_changed_byte_moves_the_block() {
    let (set, headers) = (Set::new(3, 4, 1), chain());
    let target = of(&headers[3]);
    let votes = vec![
        set.vote(0, ROUND, target),
        set.vote(1, ROUND, of(&headers[4])),
        set.vote(2, ROUND, target),
    ];
    let bytes = justification(ROUND, target, votes, vec![headers[4].clone()]);
    assert_eq!(check(&set, &bytes), Ok(target));
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(check(&set, &changed).is_err(), "byte {at}, bit {bit}");
        }
    }
    for length in 0..bytes.len() {
        assert!(check(&set, &bytes[..length]).is_err(), "{length} bytes");
    }
    let trailing = [&bytes[..], &[0]].concat();
    assert!(matches!(check(&set, &trailing), Err(JustificationError::Malformed(_))));
    let long = vec![0; (1 << 20) + 1];
    assert_eq!(check(&set, &long), Err(JustificationError::TooLong(long.len())));
}
