//! How long an answer takes, on one core: `cargo bench -p secureflow-privacy`. The setting is that of the golden values:
//! batches of 256 of 60,000, noise 1.1, 10,000 steps, δ = 10⁻⁵.

use std::{hint::black_box, time::Instant};

use secureflow_privacy::{calibrate, curve, epsilon_bounds, Accountant, Mechanism, Releases, Target};

const SAMPLING: f64 = 256.0 / 60_000.0;

/// The fastest of some runs: what else the machine does only adds.
fn show<T>(what: &str, mut run: impl FnMut() -> T) {
    let mut least = f64::INFINITY;
    for _ in 0..9 {
        let began = Instant::now();
        black_box(run());
        least = least.min(began.elapsed().as_secs_f64() * 1e3);
    }
    println!("{what:40} {least:8.2} ms");
}

fn main() {
    let releases = [Releases {
        mechanism: Mechanism::Gaussian {
            noise_multiplier: 1.1,
            sampling: SAMPLING,
        },
        steps: 10_000,
    }];
    let target = Target {
        epsilon: 2.0,
        delta: 1e-5,
        steps: 10_000,
        sampling: SAMPLING,
    };
    show("ε by Rényi divergences", || curve(black_box(&releases)).epsilon(1e-5));
    show("ε by loss distributions", || {
        epsilon_bounds(black_box(&releases), 1e-5)
    });
    show("calibration by Rényi divergences", || {
        calibrate(black_box(&target), Accountant::Renyi)
    });
    show("calibration by loss distributions", || {
        calibrate(black_box(&target), Accountant::LossDistribution)
    });
}
