use proptest::prelude::*;
use secureflow_privacy::{
    calibrate, calibrate_on_chain, epsilon_bounds, epsilon_on_chain, repeat, sampled_gaussian_cost_micro, Accountant,
    Error, Mechanism, Releases, Target, MIN_NOISE,
};

fn target(epsilon: f64, delta: f64, steps: u32, sampling: f64) -> Target {
    Target {
        epsilon,
        delta,
        steps,
        sampling,
    }
}

fn renyi(noise_multiplier: f64, target: &Target) -> f64 {
    let mechanism = Mechanism::Gaussian {
        noise_multiplier,
        sampling: target.sampling,
    };
    mechanism.curve().times(target.steps).epsilon(target.delta)
}

fn loss_distribution(noise_multiplier: f64, target: &Target) -> f64 {
    let mechanism = Mechanism::Gaussian {
        noise_multiplier,
        sampling: target.sampling,
    };
    let releases = Releases {
        mechanism,
        steps: target.steps,
    };
    epsilon_bounds(&[releases], target.delta).unwrap().upper
}

#[test]
fn calibration_finds_the_least_noise() {
    for target in [
        target(1.0, 1e-5, 1, 1.0),
        target(3.0, 1e-5, 20, 1.0),
        target(0.1, 1e-9, 5_000, 1.0),
        target(2.0, 1e-5, 10_000, 256.0 / 60_000.0),
        target(8.0, 1e-6, 1_000, 0.05),
        target(0.3, 1e-6, 1_000_000, 1e-4),
    ] {
        let noise = calibrate(&target, Accountant::Renyi).unwrap();
        assert!(renyi(noise, &target) <= target.epsilon, "{target:?}: {noise}");
        assert!(
            renyi(noise * (1.0 - 4e-6), &target) > target.epsilon,
            "{target:?}: {noise}"
        );
        // In whole millionths.
        assert!((noise * 1e6 - (noise * 1e6).round()).abs() < 1e-3);
    }
}

#[test]
fn loss_distributions_need_less_noise() {
    for target in [target(2.0, 1e-5, 10_000, 256.0 / 60_000.0), target(1.0, 1e-6, 100, 1.0)] {
        let noise = calibrate(&target, Accountant::LossDistribution).unwrap();
        assert!(
            loss_distribution(noise, &target) <= target.epsilon * (1.0 + 1e-9),
            "{target:?}: {noise}"
        );
        // The bound itself is good to about a ten-thousandth.
        assert!(
            loss_distribution(noise * 0.999, &target) > target.epsilon,
            "{target:?}: {noise}"
        );
        assert!(noise < calibrate(&target, Accountant::Renyi).unwrap());
    }
}

/// 1.1 keeps ε = 2.1615948 over 10,000 steps on 256 of 60,000.
#[test]
fn the_golden_value_is_found_again() {
    let noise = calibrate(&target(2.161_595, 1e-5, 10_000, 256.0 / 60_000.0), Accountant::Renyi).unwrap();
    assert!((noise - 1.1).abs() < 2e-6, "{noise}");
}

#[test]
fn the_ledgers_calibration_finds_the_least_noise() {
    for (budget, exponent, rounds) in [(1_000_000, 5, 1), (3_000_000, 5, 20), (100_000, 9, 5000)] {
        let mut least = f64::INFINITY;
        for sampling in [1.0, 0.25, 0.01] {
            let noise = calibrate_on_chain(budget, exponent, rounds, sampling).unwrap();
            let spent = |micro: f64| {
                let cost = sampled_gaussian_cost_micro(micro.round() as u64, sampling);
                epsilon_on_chain(&repeat(&cost, rounds), exponent)
            };
            assert!(spent(noise * 1e6) <= budget);
            assert!(spent(noise * 1e6 - 1.0) > budget, "{noise}");
            // Who may not be in the sample is hidden with less noise.
            assert!(noise < least, "{noise} {least}");
            least = noise;
        }
    }
}

#[test]
fn budgets_that_make_no_sense() {
    let refused = |epsilon, delta, steps, sampling| {
        calibrate(&target(epsilon, delta, steps, sampling), Accountant::Renyi).unwrap_err()
    };
    assert_eq!(refused(0.0, 1e-5, 1, 1.0), Error::Epsilon(0.0));
    assert_eq!(refused(f64::INFINITY, 1e-5, 1, 1.0), Error::Epsilon(f64::INFINITY));
    assert!(matches!(refused(f64::NAN, 1e-5, 1, 1.0), Error::Epsilon(_)));
    assert_eq!(refused(1.0, 0.0, 1, 1.0), Error::Delta(0.0));
    assert_eq!(refused(1.0, 1.0, 1, 1.0), Error::Delta(1.0));
    assert_eq!(refused(1.0, 1e-5, 0, 1.0), Error::NoRounds);
    assert_eq!(refused(1.0, 1e-5, 1, 1.5), Error::Sampling(1.5));
    // The orders end at 1024: below about ln(10¹²)/1023 the conversion has nothing to offer.
    assert_eq!(refused(1e-3, 1e-12, 1, 1.0), Error::Unreachable);
    assert_eq!(calibrate_on_chain(0, 5, 1, 1.0), Err(Error::Epsilon(0.0)));
    assert_eq!(calibrate_on_chain(1_000, 5, 1, 1.0), Err(Error::Unreachable));
    for sampling in [0.0, -0.1, 1.01, f64::NAN] {
        let refused = calibrate_on_chain(1_000_000, 5, 1, sampling);
        assert!(matches!(refused, Err(Error::Sampling(_))), "{sampling}");
    }
    // Where nothing is sampled, nothing has to be hidden.
    assert_eq!(calibrate(&target(1.0, 1e-5, 1, 0.0), Accountant::Renyi), Ok(MIN_NOISE));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_is_found_keeps_the_target(
        epsilon in 0.05f64..20.0, log_delta in -20f64..-5.0, steps in 1u32..100_000, log_sampling in -9f64..0.0,
    ) {
        let target = target(epsilon, log_delta.exp(), steps, log_sampling.exp());
        if let Ok(noise) = calibrate(&target, Accountant::Renyi) {
            prop_assert!(renyi(noise, &target) <= target.epsilon);
            prop_assert!(noise == MIN_NOISE || renyi(noise * 0.9999, &target) > target.epsilon);
        }
    }
}
