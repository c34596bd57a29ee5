use secureflow_privacy::{
    compose, epsilon, epsilon_on_chain, epsilon_plain, gaussian_cost, gaussian_cost_micro, repeat, Cost, ORDERS,
};

const NOTHING: Cost = [0; ORDERS.len()];
const EVERYTHING: Cost = [u64::MAX; ORDERS.len()];

/// α / 2σ² where that is a whole number of millionths, at α = 2 and α = 256.
fn check_cost(noise_multiplier: f64, at_2: u64, at_256: u64) {
    let cost = gaussian_cost(noise_multiplier);
    assert_eq!(
        (cost[0], cost[ORDERS.len() - 1]),
        (at_2, at_256),
        "at {noise_multiplier}"
    );
}

#[test]
fn costs_of_the_gaussian_in_closed_form() {
    check_cost(1.0, 1_000_000, 128_000_000);
    check_cost(2.0, 250_000, 32_000_000);
    check_cost(5.0, 40_000, 5_120_000);
    check_cost(0.5, 4_000_000, 512_000_000);
    // Not whole: 1/1.21 = 0.82644628…, 1/9 = 0.111…, rounded up.
    check_cost(1.1, 826_447, 105_785_124);
    check_cost(3.0, 111_112, 14_222_223);
    check_cost(1e6, 1, 1);
}

#[test]
fn what_is_no_noise_costs_everything() {
    for bad in [0.0, -0.0, -1.0, f64::NAN, f64::NEG_INFINITY, 1e-9] {
        assert_eq!(gaussian_cost(bad), EVERYTHING, "{bad}");
    }
    assert_eq!(epsilon(&EVERYTHING, 1e-5), f64::INFINITY);
    assert_eq!(gaussian_cost_micro(u64::MAX), [1; ORDERS.len()]);
    assert_eq!(gaussian_cost(f64::INFINITY), [1; ORDERS.len()]);
}

#[test]
fn the_charge_is_never_below_the_divergence_and_at_most_a_millionth_above() {
    for step in 1..4000u64 {
        let micro = step * 997;
        for (order, charged) in ORDERS.iter().zip(gaussian_cost_micro(micro)) {
            // charged/10⁶ ≥ α/(2(m/10⁶)²), in integers.
            let (scaled, twice) = (u128::from(*order) * 10u128.pow(18), 2 * u128::from(micro).pow(2));
            assert!(u128::from(charged) * twice >= scaled);
            assert!((u128::from(charged) - 1) * twice < scaled);
        }
        assert_eq!(gaussian_cost(micro as f64 / 1e6), gaussian_cost_micro(micro), "{micro}");
    }
}

#[test]
fn composition_adds_and_saturates() {
    let one = gaussian_cost(1.5);
    assert_eq!(repeat(&one, 3), compose(&one, &compose(&one, &one)));
    assert_eq!(repeat(&one, 0), NOTHING);
    assert_eq!(compose(&one, &EVERYTHING), EVERYTHING);
    assert_eq!(
        repeat(&gaussian_cost(0.001), u32::MAX),
        repeat(&gaussian_cost(0.001), u32::MAX - 1)
    );
}

fn close(have: f64, want: f64) {
    assert!((have - want).abs() < 1e-5 * want.abs().max(1.0), "{have} is not {want}");
}

/// Worked by hand from the formulas at the best order.
#[test]
fn epsilons_in_closed_form() {
    // σ = 5, 20 rounds: ρ(α) = 0.4α. Plain at α = 6: 2.4 + ln(10⁵)/5.
    let cost = repeat(&gaussian_cost(5.0), 20);
    close(epsilon_plain(&cost, 1e-5), 2.4 + 11.512925465 / 5.0);
    // Tight at α = 6: 2.4 + (ln 10⁵ - ln 6)/5 + ln(5/6).
    close(
        epsilon(&cost, 1e-5),
        2.4 + (11.512925465 - 1.791759469) / 5.0 - 0.182321557,
    );
    // One round at σ = 1: ρ = α/2, δ = 10^-6. Plain at α = 6: 3 + 13.815511/5; tight at the same order.
    let cost = gaussian_cost(1.0);
    close(epsilon_plain(&cost, 1e-6), 3.0 + 13.815510558 / 5.0);
    close(
        epsilon(&cost, 1e-6),
        3.0 + (13.815510558 - 1.791759469) / 5.0 - 0.182321557,
    );
    // Nothing spent, or so little at so large a δ that the tight bound is below zero.
    assert_eq!(epsilon(&NOTHING, 1e-5), 0.0);
    assert_eq!(epsilon(&gaussian_cost(1e6), 0.9), 0.0);
    for bad in [0.0, 1.0, -1.0, f64::NAN] {
        assert_eq!(epsilon(&cost, bad), f64::INFINITY);
    }
}

#[test]
fn the_chain_is_above_the_plain_and_the_plain_above_the_tight() {
    for noise in [0.3, 0.7, 1.0, 2.5, 10.0, 80.0] {
        for rounds in [1, 7, 100, 5000] {
            for exponent in [3u8, 5, 6, 9] {
                let delta = 10f64.powi(-i32::from(exponent));
                let cost = repeat(&gaussian_cost(noise), rounds);
                let chain = epsilon_on_chain(&cost, exponent) as f64 / 1e6;
                let plain = epsilon_plain(&cost, delta);
                assert!(chain >= plain - 1e-9 && chain < plain + 3e-5, "{chain} {plain}");
                assert!(epsilon(&cost, delta) < plain);
            }
        }
    }
}

/// The exact δ of the Gaussian mechanism (Balle and Wang 2018, theorem 8) lies below what the accountant says.
#[test]
fn the_tight_bound_holds_for_the_exact_gaussian() {
    for noise in [0.8f64, 1.0, 2.0, 4.0] {
        for rounds in [1u32, 10, 100] {
            let bound = epsilon(&repeat(&gaussian_cost(noise), rounds), 1e-5);
            let mu = f64::from(rounds).sqrt() / noise;
            let exact = normal_cdf(mu / 2.0 - bound / mu) - (bound + normal_cdf(-mu / 2.0 - bound / mu).ln()).exp();
            assert!(exact <= 1e-5, "{noise} {rounds}: {exact}");
            // And it is no empty bound: with an ε a third smaller the exact δ is above.
            let less = bound * 0.66;
            let exact = normal_cdf(mu / 2.0 - less / mu) - (less + normal_cdf(-mu / 2.0 - less / mu).ln()).exp();
            assert!(exact > 1e-5, "{noise} {rounds}: {exact}");
        }
    }
}

/// Φ by Laplace's continued fraction in the tail and the series near zero: enough digits for the test above.
pub fn normal_cdf(x: f64) -> f64 {
    let density = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if x.abs() < 3.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= x * x / f64::from(2 * n + 1);
            sum += term;
        }
        return 0.5 + density * sum;
    }
    let fraction = (1..200).rev().fold(x.abs(), |inner, n| x.abs() + f64::from(n) / inner);
    if x < 0.0 {
        density / fraction
    } else {
        1.0 - density / fraction
    }
}
