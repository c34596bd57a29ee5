//! What differential privacy costs in time: an epoch with clipped gradients and noise, beside the same epoch without.
//!
//! `cargo run --release -p secureflow-learning --example dpsgd -- [ROWS]`, by default 20000 of 100 numbers each in batches of 256,
//! on one thread, prints one JSON object.

use std::{env, time::Instant};

use rand::{rngs::OsRng, seq::SliceRandom};
use secureflow_learning::{
    dpsgd::{PrivateSgd, Training},
    ghost::Tape,
    set_threads, Result,
};
use secureflow_privacy::Generator;
use tch::{Device, Kind, Reduction, Tensor};

const WIDTH: i64 = 100;
const HIDDEN: i64 = 64;
const BATCH: usize = 256;
const RATE: f64 = 0.1;
const RUNS: usize = 15;

struct Work {
    name: &'static str,
    /// Weights and biases, layer by layer.
    sizes: &'static [&'static [i64]],
}

const WORKS: [Work; 2] = [
    Work {
        name: "logistic regression",
        sizes: &[&[WIDTH, 1], &[1]],
    },
    Work {
        name: "two-layer perceptron",
        sizes: &[&[WIDTH, HIDDEN], &[HIDDEN], &[HIDDEN, 1], &[1]],
    },
];

struct Rows {
    inputs: Tensor,
    labels: Tensor,
}

impl Rows {
    /// A loss per row, by whichever model has these parameters.
    fn losses(&self, tape: &mut Tape, of: &[Tensor], rows: &[i64]) -> Result<Tensor> {
        let rows = Tensor::f_from_slice(rows)?;
        let mut values = self.inputs.f_index_select(0, &rows)?;
        for (at, layer) in of.chunks(2).enumerate() {
            if at > 0 {
                values = values.f_tanh()?;
            }
            values = tape.dense(&values, &layer[0], Some(&layer[1]))?;
        }
        let labels = self.labels.f_index_select(0, &rows)?;
        Ok(values.f_squeeze_dim(1)?.f_binary_cross_entropy_with_logits::<Tensor>(
            &labels,
            None,
            None,
            Reduction::None,
        )?)
    }

    fn plain_epoch(&self, of: &mut [Tensor]) -> Result<()> {
        let mut order: Vec<i64> = (0..self.labels.size1()?).collect();
        order.shuffle(&mut rand::thread_rng());
        for batch in order.chunks(BATCH) {
            let loss = self.losses(&mut Tape::plain(), of, batch)?.f_mean(Kind::Float)?;
            let gradients = Tensor::f_run_backward(&[loss], &*of, false, false)?;
            let _guard = tch::no_grad_guard();
            for (parameter, gradient) in of.iter_mut().zip(gradients) {
                let _ = parameter.f_sub_(&gradient.f_mul_scalar(RATE)?)?;
            }
        }
        Ok(())
    }

    fn private(&self, of: Vec<Tensor>) -> Result<Training> {
        let settings = PrivateSgd {
            sampling: BATCH as f64 / self.labels.size1()? as f64,
            noise_multiplier: 1.0,
            bound: 1.0,
            learning_rate: RATE,
            rows_at_once: 2 * BATCH,
            rows_per_unit: 1,
        };
        settings.begin(of, &mut OsRng)
    }

    fn private_epoch(&self, training: &mut Training, rng: &mut Generator) -> Result<()> {
        let rows = self.labels.size1()? as usize;
        for _ in 0..rows.div_ceil(BATCH) {
            training.step(rows, rng, |tape, of, rows| self.losses(tape, of, rows))?;
        }
        Ok(())
    }
}

/// Seconds of the fastest of some epochs: what else the machine does only adds.
fn fastest(mut epoch: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let began = Instant::now();
        epoch()?;
        least = least.min(began.elapsed().as_secs_f64());
    }
    Ok(least)
}

fn main() -> Result<()> {
    set_threads(1);
    let rows = env::args()
        .nth(1)
        .map_or(20_000, |text| text.parse().expect("a number of rows"));
    let inputs = Tensor::f_randn([rows, WIDTH], (Kind::Float, Device::Cpu))?;
    let labels = inputs.f_select(1, 0)?.f_gt(0.0)?.f_to_kind(Kind::Float)?;
    let data = Rows { inputs, labels };
    let mut found = Vec::new();
    for Work { name, sizes } in WORKS {
        let parameters = |trained: bool| -> Result<Vec<Tensor>> {
            let of = sizes.iter().map(|size| {
                Tensor::f_randn(*size, (Kind::Float, Device::Cpu))?
                    .f_mul_scalar(0.1)?
                    .f_set_requires_grad(trained)
            });
            Ok(of.collect::<std::result::Result<_, _>>()?)
        };
        let mut plain = parameters(true)?;
        let plain_s = fastest(|| data.plain_epoch(&mut plain))?;
        let (mut private, mut rng) = (data.private(parameters(false)?)?, Generator::from_rng(&mut OsRng));
        let private_s = fastest(|| data.private_epoch(&mut private, &mut rng))?;
        found.push(serde_json::json!({
            "work": name, "rows": rows, "width": WIDTH, "hidden": HIDDEN, "batch": BATCH,
            "plain_s": plain_s, "private_s": private_s, "ratio": private_s / plain_s,
        }));
    }
    println!("{}", serde_json::json!({ "dpsgd": found }));
    Ok(())
}
