//! Parties that send more than they may, or something else, and messages that come twice or changed.

use crate::pair::{bound, Pair, SESSION};
use secureflow_validity::{contribute, Bound, Contribution, Error, Party, Session, Verdict};

const CHEAT: Party = Party(1);
const HONEST: Party = Party(2);

/// What both workers make of a contribution, beside one that holds.
fn judged(parts: &[Contribution; 2]) -> Result<Verdict, Error> {
    let mut pair = Pair::new(bound());
    pair.honest(&bound(), HONEST, &[1, 2, 3, 4, 5]);
    let verdict = pair.exchange(CHEAT, parts);
    if verdict == Ok(Verdict::Refused) {
        for worker in [&pair.first, &pair.second] {
            assert_eq!(worker.refused(), [CHEAT].into(), "the sender is named");
        }
        let both = [HONEST, CHEAT].into();
        assert_eq!(Pair::sum(again(parts), &both), Err(Error::Refused(CHEAT)));
    }
    if verdict != Ok(Verdict::Holds) {
        assert_eq!(pair.first.holding(), [HONEST].into());
        let sum = pair.sum(&[HONEST].into());
        assert_eq!(sum, Ok(vec![1, 2, 3, 4, 5]), "the sum goes on without it");
    }
    verdict
}

fn again(parts: &[Contribution; 2]) -> Pair {
    let mut pair = Pair::new(bound());
    pair.honest(&bound(), HONEST, &[1, 2, 3, 4, 5]);
    pair.exchange(CHEAT, parts).unwrap();
    pair
}

/// Proofs of the same form for a larger norm.
#[test]
fn a_norm_above_the_bound_is_refused() {
    let loose = Bound::new(5, 8, 127).unwrap();
    for values in [
        [101, 0, 0, 0, 0],
        [100, 1, 0, 0, 0],
        [-60, -60, -60, -60, 0],
        [127, 0, 0, 0, 0],
    ] {
        let parts = contribute(&loose, &SESSION, CHEAT, &values).unwrap();
        assert_eq!(judged(&parts), Ok(Verdict::Refused), "{values:?}");
    }
    // One that fits is refused too: its slack is that of another bound.
    let parts = contribute(&loose, &SESSION, CHEAT, &[1; 5]).unwrap();
    assert_eq!(judged(&parts), Ok(Verdict::Refused));
}

/// The first worker's share of one bit, moved: by whatever the encoded entry grows, it is no bit any more.
#[test]
fn an_entry_out_of_its_range_is_refused() {
    let parts = contribute(&bound(), &SESSION, CHEAT, &[0; 5]).unwrap();
    for bit in 0..5 * 8 {
        for by in [1u128, 2, 1 << 20] {
            let mut moved = parts.clone();
            let word = &mut moved[0].share[16 * bit..16 * (bit + 1)];
            let share = u128::from_le_bytes(word.try_into().unwrap());
            word.copy_from_slice(&share.wrapping_add(by).to_le_bytes());
            assert_ne!(judged(&moved), Ok(Verdict::Holds), "bit {bit} by {by}");
        }
    }
}

#[test]
fn vectors_of_another_form_are_malformed() {
    for other in [Bound::new(6, 8, 100), Bound::new(5, 9, 100), Bound::new(5, 8, 200)] {
        let other = other.unwrap();
        let parts = contribute(&other, &SESSION, CHEAT, &vec![1; other.length()]).unwrap();
        assert_eq!(judged(&parts), Err(Error::Malformed(CHEAT)));
    }
}

#[test]
fn no_changed_byte_is_accepted() {
    let parts = contribute(&bound(), &SESSION, CHEAT, &[3, -4, 5, -6, 7]).unwrap();
    assert_eq!(judged(&parts), Ok(Verdict::Holds));
    for part in 0..2 {
        for at in 0..parts[part].share.len() {
            let mut changed = parts.clone();
            changed[part].share[at] ^= 0x10;
            let found = judged(&changed);
            assert!(
                matches!(found, Ok(Verdict::Refused) | Err(Error::Malformed(CHEAT))),
                "{part} {at}: {found:?}"
            );
        }
        for at in 0..parts[part].public.len() {
            let mut changed = parts.clone();
            changed[part].public[at] ^= 0x10;
            // A worker computes its own half of what is public, and does not look at that half of what it got.
            let own = at / 32 == part;
            let found = judged(&changed);
            assert_eq!(found == Ok(Verdict::Holds), own, "{part} {at}: {found:?}");
        }
    }
    for cut in [0, 1, 16, parts[0].share.len() - 1] {
        let mut changed = parts.clone();
        changed[0].share.truncate(cut);
        assert_eq!(judged(&changed), Err(Error::Malformed(CHEAT)));
    }
}

#[test]
fn contributions_are_bound_to_party_and_session() {
    let other_session = contribute(&bound(), &Session([8; 32]), CHEAT, &[1; 5]).unwrap();
    assert_eq!(judged(&other_session), Ok(Verdict::Refused));
    let other_party = contribute(&bound(), &SESSION, HONEST, &[1; 5]).unwrap();
    assert_eq!(judged(&other_party), Ok(Verdict::Refused));
    let [first, _] = contribute(&bound(), &SESSION, CHEAT, &[1; 5]).unwrap();
    let [_, second] = contribute(&bound(), &SESSION, CHEAT, &[1; 5]).unwrap();
    assert_eq!(
        judged(&[first.clone(), second.clone()]),
        Ok(Verdict::Refused),
        "two halves of two vectors"
    );
    assert_eq!(judged(&[second, first]), Err(Error::Malformed(CHEAT)), "changed places");
}

#[test]
fn what_comes_twice_counts_once_and_what_differs_is_refused() {
    let mut pair = Pair::new(bound());
    let parts = contribute(&bound(), &SESSION, CHEAT, &[1, 0, 0, 0, 0]).unwrap();
    let others = contribute(&bound(), &SESSION, CHEAT, &[2, 0, 0, 0, 0]).unwrap();
    let to_second = pair.first.take(CHEAT, &parts[0]).unwrap();
    assert_eq!(pair.first.take(CHEAT, &parts[0]).unwrap(), to_second);
    assert_eq!(pair.first.take(CHEAT, &others[0]), Err(Error::Conflicting(CHEAT)));
    let to_first = pair.second.take(CHEAT, &parts[1]).unwrap();
    assert_eq!(pair.first.judge(CHEAT, b"junk"), Err(Error::Peer(CHEAT)));
    for _ in 0..2 {
        assert_eq!(pair.first.judge(CHEAT, &to_first), Ok(Verdict::Holds));
        assert_eq!(pair.second.judge(CHEAT, &to_second), Ok(Verdict::Holds));
    }
    assert_eq!(pair.first.judge(CHEAT, &to_second), Err(Error::Peer(CHEAT)));
    assert_eq!(pair.first.take(CHEAT, &parts[0]).unwrap(), to_second, "also later");
    assert_eq!(pair.sum(&[CHEAT].into()), Ok(vec![1, 0, 0, 0, 0]));
}

/// A worker that changes what it says of a contribution can have it refused by the other, and nothing else.
#[test]
fn a_changed_message_between_the_workers_is_never_taken_for_a_proof() {
    let parts = contribute(&bound(), &SESSION, CHEAT, &[1, 2, 3, 4, 5]).unwrap();
    let mut pair = Pair::new(bound());
    pair.first.take(CHEAT, &parts[0]).unwrap();
    let message = pair.second.take(CHEAT, &parts[1]).unwrap();
    for at in 0..message.len() {
        let mut pair = Pair::new(bound());
        pair.first.take(CHEAT, &parts[0]).unwrap();
        let mut changed = message.clone();
        changed[at] ^= 0x10;
        let found = pair.first.judge(CHEAT, &changed);
        assert!(
            matches!(found, Ok(Verdict::Refused) | Err(Error::Peer(CHEAT))),
            "{at}: {found:?}"
        );
    }
}

/// Two contributions of one vector have nothing in common that its entries could be told by.
#[test]
fn shares_are_drawn_anew() {
    let [first, second] = contribute(&bound(), &SESSION, CHEAT, &[5; 5]).unwrap();
    let [other, another] = contribute(&bound(), &SESSION, CHEAT, &[5; 5]).unwrap();
    for (one, two) in [(&first, &other), (&second, &another)] {
        let same = one
            .share
            .chunks(16)
            .zip(two.share.chunks(16))
            .filter(|(one, two)| one == two);
        assert_eq!(same.count(), 0);
    }
    let long = Bound::new(5_000, 8, 100).unwrap();
    let [_, seeds] = contribute(&long, &SESSION, CHEAT, &[1; 5_000]).unwrap();
    assert_eq!(seeds.share.len(), second.share.len(), "seeds, whatever they stand for");
}
