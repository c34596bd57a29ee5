//! What comes out where parties do as they should.

use crate::pair::{bound, Pair, SESSION};
use proptest::prelude::*;
use secureflow_validity::{contribute, sum, Bound, Error, Party, Sums, Verdict};
use std::collections::BTreeSet;

fn vector(length: usize, bits: u32) -> impl Strategy<Value = Vec<i64>> {
    let most = 1i64 << (bits - 1);
    prop::collection::vec(-most..most, length)
}

/// Bits, and vectors with what becomes of them: both parts arrive, the first only, the second only.
fn session() -> impl Strategy<Value = (u32, Vec<(Vec<i64>, u8)>)> {
    (1usize..40, 2u32..20).prop_flat_map(|(length, bits)| {
        let parties = prop::collection::vec((vector(length, bits), 0u8..4), 1..5);
        (Just(bits), parties)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_sum_is_that_of_those_whose_parts_are_both_there((bits, parties) in session()) {
        let length = parties[0].0.len();
        // As much as any vector of these bits has.
        let norm = ((length as f64).sqrt() * f64::from(1 << (bits - 1))).ceil() as u64;
        let bound = Bound::new(length, bits, norm).unwrap();
        let mut pair = Pair::new(bound);
        let mut expected = vec![0i128; length];
        let mut there = BTreeSet::new();
        for ((values, fate), number) in parties.iter().zip(3..) {
            let party = Party(number);
            let parts = contribute(&bound, &SESSION, party, values).unwrap();
            match fate {
                1 => { pair.first.take(party, &parts[0]).unwrap(); }
                2 => { pair.second.take(party, &parts[1]).unwrap(); }
                _ => {
                    prop_assert_eq!(pair.exchange(party, &parts), Ok(Verdict::Holds));
                    there.insert(party);
                    for (sum, value) in expected.iter_mut().zip(values) {
                        *sum += i128::from(*value);
                    }
                }
            }
        }
        prop_assert_eq!(pair.first.holding(), there.clone());
        prop_assert_eq!(pair.second.holding(), there.clone());
        let sum = pair.sum(&there);
        match there.is_empty() {
            true => prop_assert_eq!(sum, Err(Error::Empty)),
            false => prop_assert_eq!(sum, Ok(expected)),
        }
    }
}

#[test]
fn the_edges_of_the_bound_hold() {
    let bound = bound();
    let mut pair = Pair::new(bound);
    for (values, party) in [[100, 0, 0, 0, 0], [-100, 0, 0, 0, 0], [60, -80, 0, 0, 0], [0; 5]]
        .into_iter()
        .zip(0..)
    {
        pair.honest(&bound, Party(party), &values);
    }
    let parties = pair.first.holding();
    assert_eq!(pair.sum(&parties).unwrap(), [60, -80, 0, 0, 0]);
    // The lowest number of all.
    let wide = Bound::new(2, 8, 300).unwrap();
    let mut pair = Pair::new(wide);
    pair.honest(&wide, Party(0), &[-128, 127]);
    let parties = pair.first.holding();
    assert_eq!(pair.sum(&parties).unwrap(), [-128, 127]);
}

#[test]
fn own_vectors_are_checked_before_anything_is_made() {
    let bound = bound();
    let refused = |values: &[i64]| contribute(&bound, &SESSION, Party(1), values).unwrap_err();
    assert_eq!(refused(&[0; 4]), Error::Length { have: 4, need: 5 });
    assert_eq!(refused(&[0, 128, 0, 0, 0]), Error::Entry { index: 1, bits: 8 });
    assert_eq!(refused(&[0, 0, -129, 0, 0]), Error::Entry { index: 2, bits: 8 });
    assert_eq!(refused(&[101, 0, 0, 0, 0]), Error::Norm { norm: 100 });
    assert_eq!(refused(&[100, 1, 0, 0, 0]), Error::Norm { norm: 100 });
    assert_eq!(refused(&[i64::MIN; 5]), Error::Entry { index: 0, bits: 8 });
}

#[test]
fn bounds_without_sense_are_refused() {
    for (length, bits, norm) in [
        (0, 8, 1),
        (1 << 25, 8, 1),
        (5, 1, 1),
        (5, 49, 1),
        (5, 8, 0),
        (5, 8, u64::MAX),
    ] {
        assert!(
            matches!(Bound::new(length, bits, norm), Err(Error::Bound(_))),
            "{length} {bits} {norm}"
        );
    }
    Bound::new(1 << 24, 48, 1 << 59).unwrap();
}

#[test]
fn the_workers_noise_is_in_the_sum() {
    let bound = bound();
    let mut pair = Pair::new(bound);
    pair.honest(&bound, Party(0), &[1, 2, 3, 4, 5]);
    let parties = pair.first.holding();
    let mut first = pair.first.finish(&parties).unwrap();
    let mut second = pair.second.finish(&parties).unwrap();
    first.add_noise(&[10, -20, 0, i64::MIN, i64::MAX]).unwrap();
    second.add_noise(&[-1, -1, -1, -1, -1]).unwrap();
    let least = i128::from(i64::MIN);
    assert_eq!(sum(&first, &second).unwrap(), [10, -19, 2, 3 + least, 4 - least - 1]);
    assert_eq!(first.add_noise(&[0; 4]), Err(Error::Length { have: 4, need: 5 }));
}

#[test]
fn shares_travel_and_are_of_one_sum() {
    let bound = bound();
    let mut pair = Pair::new(bound);
    for party in 0..3 {
        pair.honest(&bound, Party(party), &[i64::from(party); 5]);
    }
    let all = pair.first.holding();
    let two: BTreeSet<Party> = all.iter().copied().skip(1).collect();
    let first = pair.first.finish(&all).unwrap();
    let second = pair.second.finish(&two).unwrap();
    assert_eq!(sum(&first, &second).unwrap_err(), Error::Apart);
    let read = |parties: &BTreeSet<Party>, bytes: &[u8]| Sums::from_bytes(bound, parties.clone(), bytes);
    let bytes = first.to_bytes();
    assert_eq!(read(&all, &bytes).unwrap().to_bytes(), bytes);
    assert!(read(&BTreeSet::new(), &bytes).is_none());
    assert!(read(&all, &bytes[1..]).is_none());
    assert!(read(&all, &bytes[16..]).is_none());
    assert!(read(&all, &[0xFF; 80]).is_none(), "no number of the field");
}

#[test]
fn only_who_holds_may_be_in_a_sum() {
    let bound = bound();
    let mut pair = Pair::new(bound);
    pair.honest(&bound, Party(0), &[1; 5]);
    let parts = contribute(&bound, &SESSION, Party(1), &[1; 5]).unwrap();
    pair.first.take(Party(1), &parts[0]).unwrap();
    let finish = |party: u32| {
        let mut pair = Pair::new(bound);
        pair.honest(&bound, Party(0), &[1; 5]);
        pair.first.take(Party(1), &parts[0]).unwrap();
        pair.first.finish(&[Party(0), Party(party)].into()).unwrap_err()
    };
    assert_eq!(finish(1), Error::Missing(Party(1)), "its other part has not come");
    assert_eq!(finish(2), Error::Missing(Party(2)));
    assert_eq!(pair.first.judge(Party(5), b"message"), Err(Error::Missing(Party(5))));
}
