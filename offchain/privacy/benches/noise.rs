//! Nanoseconds per value of noise, on one core: `cargo bench -p secureflow-privacy`. The generator's part is in it; it is
//! shown by itself too.

use std::{hint::black_box, time::Instant};

use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};
use secureflow_privacy::{DiscreteGaussian, DiscreteLaplace, Generator};

const VALUES: usize = 1 << 16;

/// The fastest of some runs: what else the machine does only adds.
fn show(what: &str, mut run: impl FnMut(&mut [i64], &mut Generator)) {
    let mut rng = Generator::from_rng(&mut ChaCha20Rng::seed_from_u64(1));
    let mut values = vec![0; VALUES];
    let mut least = f64::INFINITY;
    for _ in 0..9 {
        let began = Instant::now();
        run(&mut values, &mut rng);
        least = least.min(began.elapsed().as_nanos() as f64 / VALUES as f64);
        black_box(&values);
    }
    println!("{what:30} {least:6.1} ns");
}

fn main() {
    let mut bytes = vec![0; 16 * VALUES];
    show("16 bytes of randomness", |_, rng| rng.fill_bytes(&mut bytes));
    for exponent in [0, 3, 6, 10, 16, 24, 32, 40, 50] {
        let distribution = DiscreteGaussian::new(1 << (2 * exponent)).expect("in range");
        show(&format!("discrete Gaussian, σ = 2^{exponent}"), |values, rng| {
            distribution.fill(values, rng)
        });
    }
    for exponent in [0, 3, 10, 24, 50] {
        let distribution = DiscreteLaplace::new(1 << exponent, 1).expect("in range");
        show(&format!("discrete Laplace, t = 2^{exponent}"), |values, rng| {
            distribution.fill(values, rng)
        });
    }
    let distribution = DiscreteGaussian::new(1 << 48).expect("in range");
    show("one by one, σ = 2^24", |values, rng| {
        values.fill_with(|| distribution.sample(rng))
    });
    show("with the tables made anew, 2^24", |values, rng| {
        for chunk in values.chunks_mut(64) {
            DiscreteGaussian::new(1 << 48).expect("in range").fill(chunk, rng);
        }
    });
}
