//! Samples against the exact distributions, with fixed seeds.

use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_privacy::{DiscreteGaussian, DiscreteLaplace, MAX_SCALE, MAX_VARIANCE};

use crate::fit;

const COUNT: usize = 200_000;

fn gaussian(variance: u128, count: usize, seed: u64) -> Vec<i64> {
    let mut samples = vec![0; count];
    let distribution = DiscreteGaussian::new(variance).unwrap();
    distribution.fill(&mut samples, &mut ChaCha20Rng::seed_from_u64(seed));
    samples
}

fn laplace(numerator: u64, denominator: u64, count: usize, seed: u64) -> Vec<i64> {
    let mut samples = vec![0; count];
    let distribution = DiscreteLaplace::new(numerator, denominator).unwrap();
    distribution.fill(&mut samples, &mut ChaCha20Rng::seed_from_u64(seed));
    samples
}

#[test]
fn gaussians_have_the_right_shape() {
    // On both sides of where blocks grow wider, and where cells hold many of them.
    for (seed, variance) in [1u32, 2, 3, 10, 63, 64, 65, 100, 255, 256, 1_000_000]
        .into_iter()
        .enumerate()
    {
        let deviation = f64::from(variance).sqrt();
        let width = (deviation as i64 / 8).max(1);
        let last = (3.5 * deviation) as i64 / width;
        let weight = |x: f64| (-x * x / (2.0 * f64::from(variance))).exp();
        let expected = fit::expected(weight, 40 * deviation as i64 + 40, width, last, COUNT);
        let samples = gaussian(variance.into(), COUNT, seed as u64);
        fit::check_expected(
            &fit::cells(&samples, width, last),
            &expected,
            &format!("variance {variance}"),
        );
    }
}

#[test]
fn laplaces_have_the_right_shape() {
    let scales = [(1, 4), (1, 2), (1, 1), (3, 2), (4, 1), (29, 7), (50, 1), (100_000, 1)];
    for (seed, (numerator, denominator)) in scales.into_iter().enumerate() {
        let scale = numerator as f64 / denominator as f64;
        let width = (scale as i64 / 8).max(1);
        // Beyond are e^-6 of all, or e^-1 of those beside zero.
        let last = ((6.0 * scale) as i64 / width).max(1);
        let weight = |x: f64| (-x.abs() / scale).exp();
        let expected = fit::expected(weight, 40 * scale as i64 + 40, width, last, COUNT);
        let samples = laplace(numerator, denominator, COUNT, seed as u64);
        let what = format!("scale {numerator}/{denominator}");
        fit::check_expected(&fit::cells(&samples, width, last), &expected, &what);
    }
}

/// Mean, variance, fourth moment and the mass within one standard deviation, for scales the shape cannot be counted at.
fn check_moments(variance: u128, seed: u64) {
    let count = 40_000;
    let deviation = (variance as f64).sqrt();
    let scaled: Vec<f64> = gaussian(variance, count, seed)
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
    let drawn = [gaussian(1 << 80, 20_000, 7), laplace(1 << 40, 1, 20_000, 8)];
    for samples in drawn {
        for bit in 0..38 {
            let ones = samples.iter().filter(|x| (**x >> bit) & 1 == 1).count();
            assert!(ones.abs_diff(10_000) < 400, "bit {bit}: {ones} of 20000");
        }
    }
}

#[test]
fn one_by_one_and_all_at_once_are_the_same_distribution() {
    let distribution = DiscreteGaussian::new(400).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let single: Vec<i64> = (0..COUNT).map(|_| distribution.sample(&mut rng)).collect();
    let statistic = fit::two_samples(
        &fit::cells(&single, 5, 12),
        &fit::cells(&gaussian(400, COUNT, 6), 5, 12),
    );
    assert!(statistic < fit::bound(24), "{statistic}");
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
    for (numerator, denominator) in [(0, 1), (1, 0), (1, 33), (MAX_SCALE + 1, 1), (u64::MAX, 1)] {
        assert!(
            DiscreteLaplace::new(numerator, denominator).is_err(),
            "{numerator}/{denominator}"
        );
    }
    for (numerator, denominator) in [(1, 32), (MAX_SCALE, 1), (u64::MAX, 1 << 20)] {
        assert!(
            DiscreteLaplace::new(numerator, denominator).is_ok(),
            "{numerator}/{denominator}"
        );
    }
    assert_eq!(
        DiscreteLaplace::for_epsilon(3, 500_000).unwrap().scale(),
        (3_000_000, 500_000)
    );
    assert!(DiscreteLaplace::for_epsilon(u64::MAX, 1).is_err());
    assert!(DiscreteLaplace::for_epsilon(1, 0).is_err());
}
