//! What noise and accounting cost on one core, for `scripts/compare`: prints one JSON object.
//!
//! `cargo run --release -p secureflow-privacy --example figures -- noise VALUES` draws so many values of each deviation;
//! `-- accountant` takes the ε of some settings by both accountants.

use std::{env, hint::black_box, time::Instant};

use rand::rngs::OsRng;
use secureflow_privacy::{curve, epsilon_bounds, DiscreteGaussian, Generator, Mechanism, Releases};
use serde_json::{json, Value};

/// Standard deviations of the noise.
const DEVIATIONS: [u64; 3] = [1, 1 << 10, 1 << 24];
/// Sampling, noise multiplier, steps, of samples and of all rows; δ is [`DELTA`].
const SETTINGS: [(f64, f64, u32); 6] = [
    (256.0 / 60_000.0, 1.1, 10_000),
    (0.01, 0.7, 1_000),
    (0.1, 2.0, 500),
    (0.5, 4.0, 100),
    (1.0, 5.0, 20),
    (1.0, 20.0, 1_000),
];
const DELTA: f64 = 1e-5;
const RUNS: usize = 5;

/// The fastest of some runs (s), and what the last of them gave: what else the machine does only adds.
fn fastest<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let began = Instant::now();
        let found = black_box(run());
        (began.elapsed().as_secs_f64(), found)
    };
    (1..RUNS).map(|_| 0).fold(timed(), |(least, _), _| {
        let (seconds, found) = timed();
        (least.min(seconds), found)
    })
}

fn noise(values: usize) -> Value {
    let mut rng = Generator::from_rng(&mut OsRng);
    let rows = DEVIATIONS.map(|deviation| {
        let distribution = DiscreteGaussian::new(u128::from(deviation * deviation)).expect("in range");
        let mut drawn = vec![0i64; values];
        let (seconds, ()) = fastest(|| distribution.fill(&mut drawn, &mut rng));
        let square = drawn.iter().map(|value| (*value as f64).powi(2)).sum::<f64>() / values as f64;
        json!({
            "deviation": deviation, "values": values, "ns": seconds * 1e9 / values as f64,
            "deviation_found": square.sqrt(),
        })
    });
    json!({ "noise": rows })
}

fn accountant() -> Value {
    let rows = SETTINGS.map(|(sampling, noise_multiplier, steps)| {
        let releases = [Releases {
            mechanism: Mechanism::Gaussian {
                noise_multiplier,
                sampling,
            },
            steps,
        }];
        let (rdp_s, rdp) = fastest(|| curve(&releases).epsilon(DELTA));
        let (pld_s, pld) = fastest(|| epsilon_bounds(&releases, DELTA).expect("within the accountant's reach"));
        json!({
            "sampling": sampling, "noise": noise_multiplier, "steps": steps, "delta": DELTA,
            "rdp": rdp, "rdp_ms": rdp_s * 1e3,
            "pld": { "lower": pld.lower, "upper": pld.upper }, "pld_ms": pld_s * 1e3,
        })
    });
    json!({ "accountant": rows })
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let found = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["noise", values] => noise(values.parse().expect("a number of values")),
        ["accountant"] => accountant(),
        _ => panic!("say `noise VALUES` or `accountant`"),
    };
    println!("{found}");
}
