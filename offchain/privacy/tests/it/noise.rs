//! Shares of noise, with fixed seeds and bounds of five standard errors.

use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_privacy::{add_noise, share_deviation, Error};

#[test]
fn the_shares_of_the_minimum_of_parties_reach_the_multiplier() {
    let (parties, length, sensitivity, multiplier) = (3u32, 20_000, 1000.0, 1.5);
    let deviation = share_deviation(multiplier, sensitivity, parties).unwrap();
    let mut sum = vec![5u64; length];
    for party in 0..parties {
        add_noise(&mut sum, deviation, &mut ChaCha20Rng::seed_from_u64(u64::from(party))).unwrap();
    }
    let noise: Vec<f64> = sum.iter().map(|value| value.wrapping_sub(5) as i64 as f64).collect();
    let mean = noise.iter().sum::<f64>() / length as f64;
    let variance = noise.iter().map(|x| x * x).sum::<f64>() / length as f64;
    let target = multiplier * sensitivity;
    assert!(mean.abs() < 5.0 * target / (length as f64).sqrt(), "{mean}");
    assert!(
        (variance / (target * target) - 1.0).abs() < 5.0 * (2.0 / length as f64).sqrt(),
        "{variance}"
    );
    // Some of it negative: the ring's upper half.
    assert!(sum.iter().any(|value| *value > u64::MAX / 2));
}

#[test]
fn shares_that_make_no_sense() {
    for (multiplier, sensitivity, parties) in [
        (0.0, 1.0, 3),
        (1.0, 0.0, 3),
        (1.0, 1.0, 0),
        (f64::NAN, 1.0, 3),
        (1.0, f64::INFINITY, 3),
        (-1.0, -1.0, 3),
    ] {
        assert_eq!(share_deviation(multiplier, sensitivity, parties), Err(Error::Share));
    }
    let mut vector = vec![1u64; 3];
    for bad in [7.9, 0.0, -8.0, f64::NAN, f64::INFINITY] {
        assert!(add_noise(&mut vector, bad, &mut ChaCha20Rng::seed_from_u64(0)).is_err());
    }
    assert_eq!(vector, [1; 3]);
}
