//! Shares of noise, with fixed seeds and bounds of five standard errors.

use primitive_types::U256;
use proptest::prelude::*;
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_privacy::{add_noise, share_deviation, DiscreteGaussian, Error, SharedNoise};

/// A positive number's square in units of 2^-104, rounded up.
fn square(number: f64) -> U256 {
    let units = (number * 2f64.powi(52)) as u128 + 1;
    U256::from(units) * U256::from(units)
}

proptest! {
    /// Whoever drops out: while the minimum is left, the variances of the shares that are in the sum, which are
    /// integers, add up to the target's square or more. And not to more than the excess that is stated.
    #[test]
    fn the_variance_of_the_sum_is_never_below_the_target(
        noise_multiplier in 0.01f64..100.0,
        sensitivity in 1f64..1e9,
        present in proptest::collection::vec(any::<bool>(), 1..40),
        min_parties in 1u32..40,
    ) {
        let survivors = present.iter().filter(|here| **here).count() as u32;
        prop_assume!(survivors >= min_parties);
        let noise = SharedNoise::new(noise_multiplier, sensitivity, min_parties).unwrap();
        prop_assume!(noise.share() >= 1.0);
        let variance = DiscreteGaussian::with_deviation(noise.share()).unwrap().variance();
        let sum = (U256::from(variance) * U256::from(survivors)) << 104;
        let target = noise_multiplier * sensitivity;
        prop_assert!(sum >= square(target));
        // One for each variance that was rounded up.
        let stated = noise.excess(survivors) * target * target + f64::from(survivors);
        prop_assert!((variance as f64) * f64::from(survivors) <= stated * (1.0 + 1e-12));
        prop_assert!((noise.deviation(survivors).powi(2) / stated).abs() <= 1.0 + 1e-12);
    }

    #[test]
    fn those_who_collude_see_the_multiplier_of_the_others(
        min_parties in 1u32..20, more in 0u32..20, known in 0u32..50,
    ) {
        let noise = SharedNoise::new(2.0, 1e6, min_parties).unwrap();
        let parties = min_parties + more;
        let left = noise.multiplier(parties, known);
        // As many as there are beyond the minimum may tell their shares.
        prop_assert_eq!(left >= 2.0 * (1.0 - 1e-12), known <= more);
        prop_assert_eq!(left == 0.0, known >= parties);
        prop_assert!((noise.multiplier(parties, 0).powi(2) / 4.0 / noise.excess(parties) - 1.0).abs() < 1e-12);
    }
}

/// Five parties of which two may drop out, in a ring of either size: the noise has the stated variance whoever is left.
#[test]
fn sums_over_drop_patterns_in_both_rings() {
    let (parties, min_parties, length) = (5u32, 3u32, 10_000usize);
    let noise = SharedNoise::new(1.5, 1000.0, min_parties).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(17);
    for dropped in 0u32..1 << parties {
        let left = parties - dropped.count_ones();
        if left < min_parties {
            continue;
        }
        let (mut wide, mut narrow) = (vec![7u64; length], vec![7u32; length]);
        for _ in 0..left {
            noise.add(&mut wide, &mut rng).unwrap();
            noise.add(&mut narrow, &mut rng).unwrap();
        }
        let wide: Vec<f64> = wide.iter().map(|value| value.wrapping_sub(7) as i64 as f64).collect();
        let narrow: Vec<f64> = narrow.iter().map(|value| value.wrapping_sub(7) as i32 as f64).collect();
        for sum in [wide, narrow] {
            let variance = sum.iter().map(|x| x * x).sum::<f64>() / length as f64;
            let ratio = variance / noise.deviation(left).powi(2);
            assert!(
                (ratio - 1.0).abs() < 5.0 * (2.0 / length as f64).sqrt(),
                "{dropped:b}: {ratio}"
            );
        }
    }
}

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
    // Within the wide ring, and far too much for the narrow one.
    let deviation = 2f64.powi(27);
    add_noise(&mut vector, deviation, &mut ChaCha20Rng::seed_from_u64(0)).unwrap();
    let narrow = add_noise(&mut [1u32; 3], deviation, &mut ChaCha20Rng::seed_from_u64(0));
    assert_eq!(narrow, Err(Error::Ring { deviation, bits: 32 }));
}
