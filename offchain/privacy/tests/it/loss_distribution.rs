//! Bounds by privacy loss distributions against what is known exactly, and what must hold for every setting.

use crate::accountant::normal_cdf;
use proptest::prelude::*;
use secureflow_privacy::{curve, epsilon_bounds, Bounds, Error, Mechanism, Releases};

fn gaussian(noise_multiplier: f64, sampling: f64, steps: u32) -> Releases {
    Releases {
        mechanism: Mechanism::Gaussian {
            noise_multiplier,
            sampling,
        },
        steps,
    }
}

fn laplace(scale: f64, steps: u32) -> Releases {
    Releases {
        mechanism: Mechanism::Laplace { scale },
        steps,
    }
}

/// The exact value lies between the bounds, and these lie close together.
fn encloses(bounds: Bounds, exact: f64, about: &str) {
    let room = 1e-9 * exact;
    assert!(
        bounds.lower <= exact + room && exact <= bounds.upper + room,
        "{about}: {bounds:?} {exact}"
    );
    assert!(bounds.upper - bounds.lower <= 2e-4 * exact, "{about}: {bounds:?}");
}

/// ε where a falling function of it reaches δ.
fn solve(delta: f64, of: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if of(middle) > delta {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Balle and Wang 2018, theorem 8: k releases at σ are one at σ/√k.
#[test]
fn gaussians_in_closed_form() {
    for (sigma, steps) in [(0.3f64, 1u32), (1.0, 1), (1.0, 10), (4.0, 25), (30.0, 1), (30.0, 1_000)] {
        for delta in [1e-3, 1e-5, 1e-8] {
            let mu = f64::from(steps).sqrt() / sigma;
            let exact = solve(delta, |epsilon| {
                normal_cdf(mu / 2.0 - epsilon / mu) - (epsilon + normal_cdf(-mu / 2.0 - epsilon / mu).ln()).exp()
            });
            let bounds = epsilon_bounds(&[gaussian(sigma, 1.0, steps)], delta).unwrap();
            encloses(bounds, exact, &format!("σ = {sigma}, {steps} times, δ = {delta}"));
        }
    }
}

/// One step on a sample: with x where the loss passes ε, δ = P(X > x) - e^ε·Q(X > x).
#[test]
fn one_sampled_step_in_closed_form() {
    for (sigma, sampling) in [(0.6, 0.1), (1.0, 0.02), (1.5, 0.5), (3.0, 0.9)] {
        let delta = 1e-5;
        let exact = solve(delta, |epsilon: f64| {
            let x = sigma * sigma * (epsilon.exp_m1() / sampling).ln_1p() + 0.5;
            let (without, with) = (normal_cdf(-x / sigma), normal_cdf((1.0 - x) / sigma));
            (1.0 - sampling - epsilon.exp()) * without + sampling * with
        });
        let bounds = epsilon_bounds(&[gaussian(sigma, sampling, 1)], delta).unwrap();
        encloses(bounds, exact, &format!("σ = {sigma}, q = {sampling}"));
    }
}

/// δ(ε) = 1 - e^((ε - 1/b)/2).
#[test]
fn one_laplace_release_in_closed_form() {
    for (scale, delta) in [(0.5, 1e-3), (1.0, 1e-2), (7.0, 1e-2), (40.0, 1e-3)] {
        let exact = 1.0 / scale + 2.0 * f64::ln_1p(-delta);
        let bounds = epsilon_bounds(&[laplace(scale, 1)], delta).unwrap();
        encloses(bounds, exact, &format!("b = {scale}, δ = {delta}"));
    }
    // The pure guarantee, whatever δ is.
    assert!(epsilon_bounds(&[laplace(2.0, 3)], 1e-30).unwrap().upper <= 1.5 * (1.0 + 1e-4));
}

#[test]
fn several_mechanisms_compose() {
    // Gaussians of several kinds are one Gaussian: 1/σ² adds up.
    let parts = [gaussian(2.0, 1.0, 3), gaussian(5.0, 1.0, 10), gaussian(1.5, 1.0, 1)];
    let precision = 3.0 / 4.0 + 10.0 / 25.0 + 1.0 / 2.25f64;
    let together = epsilon_bounds(&parts, 1e-6).unwrap();
    let one = epsilon_bounds(&[gaussian(precision.powf(-0.5), 1.0, 1)], 1e-6).unwrap();
    assert!(
        together.lower <= one.upper && one.lower <= together.upper,
        "{together:?} {one:?}"
    );
    // A hundred steps are forty and sixty.
    let split = [gaussian(1.2, 0.02, 40), gaussian(1.2, 0.02, 60)];
    let (split, whole) = (
        epsilon_bounds(&split, 1e-5).unwrap(),
        epsilon_bounds(&[gaussian(1.2, 0.02, 100)], 1e-5).unwrap(),
    );
    assert!(
        split.lower <= whole.upper && whole.lower <= split.upper,
        "{split:?} {whole:?}"
    );
    // Unlike ones cost more than either.
    let mixed = epsilon_bounds(&[gaussian(1.2, 0.02, 100), laplace(5.0, 4)], 1e-5).unwrap();
    assert!(
        mixed.lower > whole.upper && mixed.upper < whole.upper + 0.8,
        "{mixed:?}"
    );
}

#[test]
fn nothing_costs_nothing() {
    let nothing = Bounds { lower: 0.0, upper: 0.0 };
    assert_eq!(epsilon_bounds(&[], 1e-5), Ok(nothing));
    assert_eq!(epsilon_bounds(&[gaussian(1.0, 0.0, 10)], 1e-5), Ok(nothing));
    assert_eq!(epsilon_bounds(&[gaussian(1.0, 0.5, 0)], 1e-5), Ok(nothing));
    // So little that δ covers it.
    assert_eq!(epsilon_bounds(&[gaussian(1e4, 0.5, 3)], 0.1), Ok(nothing));
}

#[test]
fn settings_that_make_no_sense() {
    assert_eq!(epsilon_bounds(&[gaussian(1.0, 0.1, 1)], 0.0), Err(Error::Delta(0.0)));
    assert_eq!(
        epsilon_bounds(&[gaussian(1.0, 0.1, 1)], 1e-250),
        Err(Error::SmallDelta(1e-250))
    );
    assert_eq!(epsilon_bounds(&[gaussian(0.0, 0.1, 1)], 1e-5), Err(Error::Noise(0.0)));
    assert_eq!(
        epsilon_bounds(&[gaussian(1.0, 1.5, 1)], 1e-5),
        Err(Error::Sampling(1.5))
    );
    let fixed_size = Mechanism::GaussianWithoutReplacement {
        noise_multiplier: 1.0,
        fraction: 0.1,
    };
    let releases = Releases {
        mechanism: fixed_size,
        steps: 1,
    };
    assert_eq!(epsilon_bounds(&[releases], 1e-5), Err(Error::NoLossDistribution));
}

#[test]
fn extreme_settings_give_bounds() {
    for sigma in [1e-160, 1e-20, 1e-3, 0.1, 1e3, 1e200] {
        for sampling in [1e-300, 1e-2, 1.0 - 1e-15, 1.0] {
            for delta in [1e-150, 1e-6, 0.4] {
                let Bounds { lower, upper } = epsilon_bounds(&[gaussian(sigma, sampling, 3)], delta).unwrap();
                let about = format!("σ = {sigma}, q = {sampling}, δ = {delta}: {lower} {upper}");
                assert!(0.0 <= lower && lower <= upper, "{about}");
            }
        }
    }
    let many = epsilon_bounds(&[gaussian(1.0, 1e-3, 1_000_000)], 1e-9).unwrap();
    assert!(many.upper < many.lower * 1.001, "{many:?}");
    // A δ far below what a sum of probabilities could show.
    let tiny = epsilon_bounds(&[gaussian(1.0, 0.01, 1_000)], 1e-100).unwrap();
    assert!(tiny.upper < tiny.lower * 1.001, "{tiny:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// More noise costs less; more sampling, more steps and a smaller δ cost more; Rényi divergences say no less.
    #[test]
    fn bounds_are_monotone_and_below_renyi(
        log_sigma in -0.2f64..2.0, sampling in 0.01f64..1.0, steps in 1u32..100, log_delta in -20f64..-3.0, more in 1.1f64..2.0,
    ) {
        let (sigma, delta) = (log_sigma.exp(), log_delta.exp());
        let bounds = |sigma, sampling, steps, delta| epsilon_bounds(&[gaussian(sigma, sampling, steps)], delta).unwrap();
        let here = bounds(sigma, sampling, steps, delta);
        prop_assert!(here.lower <= here.upper && here.upper.is_finite());
        prop_assert!(bounds(sigma * more, sampling, steps, delta).lower <= here.upper);
        prop_assert!(bounds(sigma, (sampling * more).min(1.0), steps, delta).upper >= here.lower);
        prop_assert!(bounds(sigma, sampling, steps * 2, delta).upper >= here.lower);
        prop_assert!(bounds(sigma, sampling, steps, delta / 2.0).upper >= here.lower);
        let renyi = curve(&[gaussian(sigma, sampling, steps)]).epsilon(delta);
        prop_assert!(here.upper <= renyi * (1.0 + 1e-4) + 1e-9, "{here:?} {renyi}");
    }
}
