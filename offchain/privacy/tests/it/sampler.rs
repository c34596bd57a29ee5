//! Statistics have fixed seeds, and bounds of five standard errors or more: they fail by a defect, not by chance.

use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_privacy::{add_noise, share_deviation, DiscreteGaussian, Error, MAX_VARIANCE};

fn samples(variance: u128, count: usize, seed: u64) -> Vec<i64> {
    let distribution = DiscreteGaussian::new(variance).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..count).map(|_| distribution.sample(&mut rng)).collect()
}

/// Pearson's χ² against the probabilities themselves, exp(-x²/2σ²) over their sum.
fn check_shape(variance: u128, seed: u64) {
    let count = 200_000;
    let deviation = (variance as f64).sqrt();
    let reach = (3.0 * deviation).ceil() as i64;
    let weight = |x: i64| (-(x * x) as f64 / (2.0 * variance as f64)).exp();
    let far = (40.0 * deviation) as i64 + 1;
    let total: f64 = (-far..=far).map(weight).sum();
    let mut seen = vec![0f64; (2 * reach + 2) as usize];
    for sample in samples(variance, count, seed) {
        // Everything beyond the reach is one cell.
        let cell = if sample.abs() <= reach {
            (sample + reach) as usize
        } else {
            (2 * reach + 1) as usize
        };
        seen[cell] += 1.0;
    }
    let mut expected: Vec<f64> = (-reach..=reach).map(|x| count as f64 * weight(x) / total).collect();
    expected.push(count as f64 - expected.iter().sum::<f64>());
    let cells = expected.len() as f64;
    let statistic: f64 = seen
        .iter()
        .zip(&expected)
        .map(|(have, want)| (have - want).powi(2) / want)
        .sum();
    let bound = cells + 5.0 * (2.0 * cells).sqrt() + 10.0;
    assert!(
        statistic < bound,
        "variance {variance}: χ² {statistic} over {cells} cells"
    );
}

#[test]
fn small_variances_have_the_right_shape() {
    for (seed, variance) in [1, 2, 3, 10, 64, 100].into_iter().enumerate() {
        check_shape(variance, seed as u64);
    }
}

/// Mean, variance, fourth moment and the mass within one standard deviation, for scales the shape cannot be counted at.
fn check_moments(variance: u128, seed: u64) {
    let count = 40_000;
    let deviation = (variance as f64).sqrt();
    let scaled: Vec<f64> = samples(variance, count, seed)
        .iter()
        .map(|x| *x as f64 / deviation)
        .collect();
    let mean = |power: i32| scaled.iter().map(|x| x.powi(power)).sum::<f64>() / count as f64;
    let error = 1.0 / (count as f64).sqrt();
    // Standard errors of the moments of a normal distribution: 1, √2, √15, √96 over √n.
    for (power, want, spread) in [
        (1, 0.0, 1.0),
        (2, 1.0, 2f64.sqrt()),
        (3, 0.0, 15f64.sqrt()),
        (4, 3.0, 96f64.sqrt()),
    ] {
        assert!(
            (mean(power) - want).abs() < 5.0 * spread * error,
            "moment {power} at {variance}: {}",
            mean(power)
        );
    }
    let within = scaled.iter().filter(|x| x.abs() <= 1.0).count() as f64 / count as f64;
    assert!(
        (within - 0.682_689).abs() < 5.0 * 0.4655 * error + 0.5 / deviation,
        "{within} at {variance}"
    );
}

#[test]
fn large_variances_have_the_right_moments() {
    for (seed, variance) in [10_000, 1 << 40, (1 << 61) + 12_345, 1 << 80, MAX_VARIANCE]
        .into_iter()
        .enumerate()
    {
        check_moments(variance, 100 + seed as u64);
    }
}

/// A generator that lost its low bits would still have the right moments.
#[test]
fn every_bit_below_the_deviation_is_random() {
    let drawn = samples(1 << 80, 20_000, 7);
    for bit in 0..38 {
        let ones = drawn.iter().filter(|x| (**x >> bit) & 1 == 1).count();
        assert!(ones.abs_diff(10_000) < 400, "bit {bit}: {ones} of 20000");
    }
}

#[test]
fn ranges() {
    assert!(DiscreteGaussian::new(0).is_err());
    assert!(DiscreteGaussian::new(MAX_VARIANCE + 1).is_err());
    for bad in [0.0, -0.0, f64::NAN, f64::INFINITY, 2f64.powi(51)] {
        assert!(DiscreteGaussian::with_deviation(bad).is_err(), "{bad}");
    }
    // Never below what was asked for.
    for deviation in [1.0, 1.1, 8.3, 1e7 + 0.1, 3e13] {
        let variance = DiscreteGaussian::with_deviation(deviation).unwrap().variance();
        assert!(variance as f64 >= deviation * deviation);
        assert!(variance as f64 <= deviation * deviation * (1.0 + 1e-14) + 1.0);
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
}
