//! Google's dp-accounting 0.6.0 on some hundred settings: `tests/reference/generate.py` wrote what it says.

use secureflow_privacy::{curve, epsilon_bounds, orders, renyi_to_epsilon, Mechanism, Releases};

struct Setting {
    releases: Releases,
    delta: f64,
    renyi: f64,
    whole_orders: f64,
    loss_distribution: Option<f64>,
}

fn settings() -> Vec<Setting> {
    let lines = include_str!("../reference/reference.csv").lines();
    let settings: Vec<Setting> = lines.skip(1).map(setting).collect();
    assert!(settings.len() >= 300, "{}", settings.len());
    settings
}

fn setting(line: &str) -> Setting {
    let cells: Vec<&str> = line.split(',').collect();
    let number = |at: usize| -> f64 { cells[at].parse().unwrap() };
    let (rate, noise) = (number(1), number(2));
    let mechanism = match cells[0] {
        "gaussian" => Mechanism::Gaussian {
            noise_multiplier: noise,
            sampling: rate,
        },
        "laplace" => Mechanism::Laplace { scale: noise },
        "without-replacement" => Mechanism::GaussianWithoutReplacement {
            noise_multiplier: noise,
            fraction: rate,
        },
        other => panic!("{other}"),
    };
    Setting {
        releases: Releases {
            mechanism,
            steps: cells[3].parse().unwrap(),
        },
        delta: number(4),
        renyi: number(5),
        whole_orders: number(6),
        loss_distribution: (!cells[7].is_empty()).then(|| number(7)),
    }
}

/// At the whole orders among the 156 up to 128. Beyond, the reference's differences for samples without replacement cancel.
#[test]
fn renyi_divergences_at_whole_orders_give_the_same_epsilon() {
    for setting in settings() {
        let Releases { mechanism, steps } = setting.releases;
        let epsilon = orders()
            .into_iter()
            .filter(|order| order.fract() == 0.0 && *order <= 128.0)
            .map(|order| renyi_to_epsilon(order, f64::from(steps) * mechanism.divergence(order), setting.delta))
            .fold(f64::INFINITY, f64::min);
        let error = epsilon / setting.whole_orders - 1.0;
        let wanted = setting.whole_orders;
        assert!(
            error.abs() < 1e-4,
            "{mechanism:?} {steps} δ = {}: {epsilon} is not {wanted}",
            setting.delta
        );
    }
}

/// At all of the 156 orders. Between whole orders the reference adds the terms of an alternating series up without their
/// signs, so that it lies above where those terms count: there it is the whole orders and the integral (`renyi`) that
/// this implementation is held to.
#[test]
fn renyi_divergences_at_all_orders_are_never_above_and_mostly_the_same() {
    let settings = settings();
    let mut same = 0;
    for setting in &settings {
        let epsilon = curve(&[setting.releases]).epsilon(setting.delta);
        let error = epsilon / setting.renyi - 1.0;
        let about = format!(
            "{:?} δ = {}: {epsilon} {}",
            setting.releases, setting.delta, setting.renyi
        );
        assert!(error < 1e-8, "{about}");
        same += usize::from(error > -1e-4);
    }
    assert!(same >= 300, "{same} of {}", settings.len());
}

/// The reference is an upper bound itself: it may lie above the upper bound by what its grid adds, and must not lie under
/// the lower one.
#[test]
fn loss_distributions_enclose_the_same_epsilon() {
    let mut compared = 0;
    for setting in settings() {
        let Some(reference) = setting.loss_distribution else {
            continue;
        };
        let bounds = epsilon_bounds(&[setting.releases], setting.delta).unwrap();
        let about = format!("{:?} δ = {}: {bounds:?} {reference}", setting.releases, setting.delta);
        assert!(bounds.lower <= bounds.upper, "{about}");
        assert!(bounds.upper <= bounds.lower * 1.002, "{about}");
        // It is written down with nine digits.
        assert!(reference >= bounds.lower * (1.0 - 1e-8), "{about}");
        assert!(reference <= bounds.upper * 1.001, "{about}");
        compared += 1;
    }
    assert!(compared >= 200, "{compared}");
}

/// Batches of 256 out of 60,000, noise 1.1, 10,000 steps, δ = 10⁻⁵.
#[test]
fn golden_values() {
    let releases = [Releases {
        mechanism: Mechanism::Gaussian {
            noise_multiplier: 1.1,
            sampling: 256.0 / 60_000.0,
        },
        steps: 10_000,
    }];
    let renyi = curve(&releases).epsilon(1e-5);
    assert!((renyi - 2.161_594_8).abs() < 1e-6, "{renyi}");
    let bounds = epsilon_bounds(&releases, 1e-5).unwrap();
    // Over intervals of 10⁻⁴, the reference's default, connecting the dots gives 1.977975.
    assert!(bounds.lower <= 1.977_975, "{bounds:?}");
    assert!(1.977_975 <= bounds.upper * (1.0 + 1e-4), "{bounds:?}");
    assert!(bounds.upper - bounds.lower < 2e-4, "{bounds:?}");
}
