//! Rényi divergences against integrals, sums and closed forms that are computed another way.

use proptest::prelude::*;
use secureflow_privacy::{
    compose, curve, epsilon_on_chain, orders, renyi, renyi_to_delta, renyi_to_epsilon, repeat, Curve, Mechanism,
    Releases, ORDERS,
};

fn close(have: f64, want: f64, relative: f64, about: &str) {
    assert!((have / want - 1.0).abs() <= relative, "{about}: {have} is not {want}");
}

/// ln E (p/q)^α of the sampled Gaussian by the trapezoidal rule in x, minus what is linear in the ratio: nothing cancels.
fn sampled_by_integration(order: f64, sampling: f64, sigma: f64) -> f64 {
    let step = sigma.min(sigma * sigma) / 16.0;
    let (low, high) = (-14.0 * sigma, order + 14.0 * sigma);
    let points = ((high - low) / step) as usize;
    // In units of e^(largest): the integrand spans hundreds of orders of magnitude.
    let terms: Vec<f64> = (0..=points)
        .map(|at| {
            let x = low + step * at as f64;
            let excess = sampling * ((x - 0.5) / sigma / sigma).exp_m1();
            let power = order * excess.ln_1p();
            let log_above_one = if power > 40.0 {
                power
            } else {
                (power.exp_m1() - order * excess).max(0.0).ln()
            };
            -x * x / (2.0 * sigma * sigma) + log_above_one
        })
        .collect();
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = terms.iter().map(|term| (term - largest).exp()).sum();
    let log_above_one = largest + (sum * step / sigma / std::f64::consts::TAU.sqrt()).ln();
    if log_above_one > 30.0 {
        log_above_one
    } else {
        log_above_one.exp().ln_1p()
    }
}

#[test]
fn the_sampled_gaussian_at_whole_and_fractional_orders_is_its_integral() {
    for order in [1.1, 1.5, 2.0, 2.5, 3.7, 6.0, 9.3, 10.9, 24.5] {
        for sampling in [1e-4, 0.01, 0.1, 0.3, 0.49, 0.5, 0.51, 0.8, 0.99] {
            for sigma in [0.4, 0.7, 1.0, 2.0, 5.0] {
                let want = sampled_by_integration(order, sampling, sigma) / (order - 1.0);
                if want * order > 600.0 {
                    continue;
                }
                let about = format!("α = {order}, q = {sampling}, σ = {sigma}");
                close(renyi::sampled_gaussian(order, sampling, sigma), want, 2e-7, &about);
            }
        }
    }
}

#[test]
fn sampling_everything_or_nothing() {
    for order in [1.5, 2.0, 64.0] {
        assert_eq!(renyi::sampled_gaussian(order, 1.0, 2.0), renyi::gaussian(order, 2.0));
        assert_eq!(renyi::sampled_gaussian(order, 0.0, 2.0), 0.0);
        assert_eq!(
            renyi::gaussian_without_replacement(order, 1.0, 2.0),
            renyi::gaussian(order, 2.0)
        );
        assert_eq!(renyi::gaussian_without_replacement(order, 0.0, 2.0), 0.0);
        let nearly = renyi::sampled_gaussian(order, 1.0 - 1e-12, 2.0);
        close(nearly, renyi::gaussian(order, 2.0), 1e-9, "nearly everything");
    }
}

#[test]
fn the_laplace_mechanism_in_closed_form() {
    // ln(2/3·e + 1/3·e⁻²) at α = 2, b = 1.
    let want = (2.0 / 3.0 * 1f64.exp() + 1.0 / 3.0 * (-2f64).exp()).ln();
    close(renyi::laplace(2.0, 1.0), want, 1e-14, "b = 1");
    // To second order α/(2b²).
    close(renyi::laplace(3.0, 1e6), 1.5e-12, 2e-6, "much noise");
    // The pure guarantee is the limit.
    close(renyi::laplace(1e9, 0.5), 2.0, 1e-8, "large order");
    close(renyi::laplace(2.0, 1e-3), 1000.0, 1e-3, "little noise");
    // Where the form changes.
    for order in [1.1, 2.0, 30.0] {
        let (below, above) = (
            renyi::laplace(order, order * (1.0 + 1e-9)),
            renyi::laplace(order, order * (1.0 - 1e-9)),
        );
        close(below, above, 1e-8, "both forms");
    }
}

#[test]
fn the_discrete_gaussian_is_its_sum() {
    for variance in [0.05, 0.2, 0.3, 1.0, 9.0, 100.0] {
        for sensitivity in [1.0, 2.0, 5.0] {
            for order in [1.3, 2.0, 3.5, 16.0] {
                let log_weight = |x: f64, centre: f64| -(x - centre) * (x - centre) / (2.0 * variance);
                let terms = (-400..=400).map(f64::from);
                let total: f64 = terms.clone().map(|x| log_weight(x, 0.0).exp()).sum();
                let logs: Vec<f64> = terms
                    .map(|x| order * log_weight(x, sensitivity) + (1.0 - order) * log_weight(x, 0.0))
                    .collect();
                let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let moment = largest + (logs.iter().map(|log| (log - largest).exp()).sum::<f64>() / total).ln();
                let about = format!("σ² = {variance}, Δ = {sensitivity}, α = {order}");
                let have = renyi::discrete_gaussian(order, variance, sensitivity);
                close(have, moment / (order - 1.0), 1e-10, &about);
                assert!(
                    have <= renyi::gaussian(order, variance.sqrt() / sensitivity) * (1.0 + 1e-12),
                    "{about}"
                );
            }
        }
    }
}

#[test]
fn samples_without_replacement() {
    for (sigma, fraction) in [(0.7, 0.001), (1.0, 0.01), (2.0, 0.1), (5.0, 0.3), (40.0, 0.5)] {
        for order in [1.5, 2.0, 3.0, 7.0, 20.5, 64.0] {
            let about = format!("σ = {sigma}, γ = {fraction}, α = {order}");
            let sharp = renyi::gaussian_without_replacement(order, fraction, sigma);
            let general =
                renyi::without_replacement(order, fraction, |order| renyi::gaussian(order, sigma), f64::INFINITY);
            assert!(
                sharp > 0.0 && sharp <= general * (1.0 + 1e-12),
                "{about}: {sharp} {general}"
            );
            assert!(general <= renyi::gaussian(order, sigma), "{about}");
        }
        // Theorem 9 at α = 2: ln(1 + γ²·min(4(e^ε(2) - 1), 2e^ε(2))).
        let base = (1.0 / sigma / sigma).exp();
        let want = (fraction * fraction * (4.0 * (base - 1.0)).min(2.0 * base)).ln_1p();
        close(
            renyi::gaussian_without_replacement(2.0, fraction, sigma),
            want.min(1.0 / sigma / sigma),
            1e-9,
            "α = 2",
        );
    }
    // Theorem 27 with 200 digits, where its differences lose 190 of them.
    for (order, want) in [
        (20.0, 0.000_458_532_524_903_021),
        (63.0, 0.001_508_651_860_088_57),
        (256.0, 0.004_988_188_915_206_16),
    ] {
        close(
            renyi::gaussian_without_replacement(order, 0.1, 30.0),
            want,
            1e-11,
            "many digits",
        );
    }
    // A pure guarantee caps the higher terms: (e^ε - 1)^j.
    let laplace = |pure| renyi::without_replacement(4.0, 0.1, |order| renyi::laplace(order, 10.0), pure);
    assert!(laplace(0.1) < laplace(f64::INFINITY));
}

#[test]
fn what_is_no_setting_says_nothing() {
    let bad = [f64::NAN, -1.0, 0.0];
    for noise in bad {
        assert_eq!(renyi::gaussian(2.0, noise), f64::INFINITY);
        assert_eq!(renyi::sampled_gaussian(2.5, 0.1, noise), f64::INFINITY);
        assert_eq!(renyi::gaussian_without_replacement(2.5, 0.1, noise), f64::INFINITY);
        assert_eq!(renyi::laplace(2.0, noise), f64::INFINITY);
        assert_eq!(renyi::discrete_gaussian(2.0, noise, 1.0), f64::INFINITY);
    }
    for order in [f64::NAN, -1.0, 0.0, 1.0, f64::INFINITY] {
        assert_eq!(renyi::gaussian(order, 1.0), f64::INFINITY);
        assert_eq!(renyi::sampled_gaussian(order, 0.1, 1.0), f64::INFINITY);
        assert_eq!(renyi::laplace(order, 1.0), f64::INFINITY);
    }
    for rate in [f64::NAN, -0.1, 1.1] {
        assert_eq!(renyi::sampled_gaussian(2.0, rate, 1.0), f64::INFINITY);
        assert_eq!(renyi::gaussian_without_replacement(2.0, rate, 1.0), f64::INFINITY);
    }
    assert_eq!(renyi::discrete_gaussian(2.0, 1.0, 0.5), f64::INFINITY);
    for bad in [f64::NAN, 0.0, 1.0, -1.0] {
        assert_eq!(renyi_to_epsilon(2.0, 0.1, bad), f64::INFINITY);
    }
    assert_eq!(renyi_to_epsilon(2.0, f64::NAN, 0.1), f64::INFINITY);
    assert_eq!(renyi_to_delta(2.0, f64::NAN, 0.1), 1.0);
}

#[test]
fn extreme_settings_give_numbers() {
    for sigma in [1e-300, 1e-160, 1e-20, 1e-3, 0.05, 1.0, 1e3, 1e8, 1e20, 1e200] {
        for sampling in [0.0, 1e-300, 1e-12, 1e-3, 0.5, 1.0 - 1e-15, 1.0] {
            for steps in [0, 1, 1_000_000] {
                let mechanism = Mechanism::Gaussian {
                    noise_multiplier: sigma,
                    sampling,
                };
                let epsilon = mechanism.curve().times(steps).epsilon(1e-6);
                assert!(epsilon >= 0.0, "σ = {sigma}, q = {sampling}, {steps}: {epsilon}");
            }
            let cost = Mechanism::GaussianWithoutReplacement {
                noise_multiplier: sigma,
                fraction: sampling,
            };
            assert!(ORDERS.iter().all(|order| cost.divergence(f64::from(*order)) >= 0.0));
        }
        assert!(renyi::laplace(2.0, sigma) >= 0.0);
        assert!(renyi::discrete_gaussian(2.5, sigma, 3.0) >= 0.0);
    }
}

#[test]
fn conversions_are_each_others_inverse() {
    for order in [1.1, 2.0, 9.3, 64.0] {
        for (divergence, delta) in [(0.5, 1e-5), (3.0, 1e-9), (20.0, 1e-2)] {
            let epsilon = renyi_to_epsilon(order, divergence, delta);
            close(renyi_to_delta(order, divergence, epsilon), delta, 1e-9, "δ");
        }
    }
    // ε = 0 where even the total variation distance is below δ.
    assert_eq!(renyi_to_epsilon(2.0, 1e-7, 1e-3), 0.0);
    assert!(renyi_to_epsilon(2.0, 1e-5, 1e-3) > 0.0);
    assert!(renyi_to_delta(2.0, 1e-7, 0.0) <= 1e-7f64.sqrt());
}

#[test]
fn the_orders_are_those_that_are_documented() {
    let orders = orders();
    assert_eq!(
        (orders[0], orders[98], orders[99], orders[151]),
        (1.1, 10.9, 11.0, 63.0)
    );
    assert_eq!(orders[152..], [128.0, 256.0, 512.0, 1024.0]);
    assert!(orders.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn releases_of_several_kinds_add_up() {
    let mechanisms = [
        Mechanism::Gaussian {
            noise_multiplier: 1.5,
            sampling: 0.02,
        },
        Mechanism::Laplace { scale: 10.0 },
        Mechanism::DiscreteGaussian {
            variance: 400.0,
            sensitivity: 3.0,
        },
    ];
    let releases = mechanisms.map(|mechanism| Releases { mechanism, steps: 7 });
    let sum = curve(&releases);
    let by_hand = mechanisms
        .iter()
        .fold(Curve::NOTHING, |sum, mechanism| sum.plus(&mechanism.curve().times(7)));
    assert_eq!(sum, by_hand);
    assert!(sum.epsilon(1e-5) > mechanisms[0].curve().times(7).epsilon(1e-5));
    assert_eq!(curve(&[]), Curve::NOTHING);
    assert_eq!(Curve::NOTHING.epsilon(1e-5), 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// More noise costs less, more sampling and higher orders cost more.
    #[test]
    fn divergences_are_monotone(
        order in 1.05f64..80.0, sampling in 1e-6f64..1.0, log_sigma in -1.5f64..4.0, more in 1.01f64..3.0,
    ) {
        let sigma = log_sigma.exp();
        let here = renyi::sampled_gaussian(order, sampling, sigma);
        let room = 1.0 + 1e-6;
        prop_assert!(renyi::sampled_gaussian(order, sampling, sigma * more) <= here * room);
        prop_assert!(renyi::sampled_gaussian(order, (sampling * more).min(1.0), sigma) * room >= here);
        prop_assert!(renyi::sampled_gaussian(order * more, sampling, sigma) * room >= here);
        prop_assert!(here <= renyi::gaussian(order, sigma));
    }

    /// The ledger's charge is the divergence rounded up, at every order; charges of jobs add up, and what the chain makes
    /// of them is never below the accountant's ε at the same orders.
    #[test]
    fn the_ledger_never_charges_less_than_was_spent(
        sampling in 1e-4f64..1.0, sigma in 0.5f64..20.0, steps in 1u32..2_000, other in 1u32..50, exponent in 3u8..10,
    ) {
        let mechanisms = [
            Mechanism::Gaussian { noise_multiplier: sigma, sampling },
            Mechanism::Gaussian { noise_multiplier: sigma, sampling: 1.0 },
            Mechanism::Laplace { scale: sigma },
            Mechanism::DiscreteGaussian { variance: sigma * 50.0, sensitivity: 2.0 },
            Mechanism::GaussianWithoutReplacement { noise_multiplier: sigma, fraction: sampling },
        ];
        for mechanism in mechanisms {
            for (order, charged) in ORDERS.iter().zip(mechanism.cost()) {
                let micro = mechanism.divergence(f64::from(*order)) * 1e6;
                let charged = charged as f64;
                // The Gaussian's noise multiplier counts in whole millionths, cut off.
                prop_assert!(charged >= micro && charged <= micro * (1.0 + 1e-5) + 1.0, "{mechanism:?} {order}");
            }
        }
        let total = compose(&repeat(&mechanisms[0].cost(), steps), &repeat(&mechanisms[2].cost(), other));
        let on_chain = epsilon_on_chain(&total, exponent) as f64 / 1e6;
        let delta = 10f64.powi(-i32::from(exponent));
        let spent = ORDERS.iter().map(|order| {
            let order = f64::from(*order);
            let divergence = f64::from(steps) * mechanisms[0].divergence(order)
                + f64::from(other) * mechanisms[2].divergence(order);
            renyi_to_epsilon(order, divergence, delta)
        });
        prop_assert!(on_chain >= spent.fold(f64::INFINITY, f64::min));
    }
}
