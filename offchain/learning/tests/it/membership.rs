//! What an attacker who has a model can tell of who was in the data that it was trained on.

use crate::dpsgd::{logistic, rng, rows, zeros};
use secureflow_learning::{dpsgd::PrivateSgd, ghost::Tape};
use secureflow_privacy::{calibrate, Accountant, Target};
use tch::Tensor;

/// As many that were in the training as were not; more inputs than rows, so that a model can learn each by heart.
const ROWS: i64 = 400;
const WIDTH: i64 = 600;
const TARGET: Target = Target {
    epsilon: 0.5,
    delta: 1e-5,
    steps: 20,
    sampling: 1.0,
};

/// The greatest difference, over all thresholds, between the shares of members and of others whose loss is below it: what the
/// attack of Yeom et al. (CSF 2018) gains over guessing.
fn advantage(members: &[f32], others: &[f32]) -> f64 {
    let below = |losses: &[f32], threshold: f32| {
        losses.iter().filter(|loss| **loss <= threshold).count() as f64 / losses.len() as f64
    };
    let gain = |threshold: &f32| below(members, *threshold) - below(others, *threshold);
    members.iter().map(gain).fold(0.0, f64::max)
}

/// Trains on random labels, which tell nothing but what was learned by heart; what the attack then gains.
fn attacked(settings: &PrivateSgd, steps: u32) -> f64 {
    let (inputs, _) = rows(2 * ROWS, WIDTH, 1);
    let labels = Tensor::randint(2, [2 * ROWS], (tch::Kind::Float, tch::Device::Cpu));
    let mut rng = rng(2);
    let mut training = settings.begin(zeros(&[&[WIDTH, 1], &[1]]), &mut rng).unwrap();
    for _ in 0..steps {
        training
            .step(ROWS as usize, &mut rng, logistic(&inputs, &labels))
            .unwrap();
    }
    let all: Vec<i64> = (0..2 * ROWS).collect();
    let losses = logistic(&inputs, &labels)(&mut Tape::plain(), training.parameters(), &all).unwrap();
    let losses = Vec::<f32>::try_from(losses).unwrap();
    let (members, others) = losses.split_at(ROWS as usize);
    advantage(members, others)
}

/// The bound is a theorem on the expectation, for whatever attack (Humphries et al., CSF 2023, theorem 1). What is found on so
/// few rows may be above it: by the deviation that Dvoretzky, Kiefer and Wolfowitz give independent losses one time in a
/// million. Those of members, who share a model, are nearly so.
#[test]
fn privacy_bounds_what_an_attack_gains() {
    let open = PrivateSgd {
        sampling: 1.0,
        noise_multiplier: 0.0,
        bound: 1e6,
        learning_rate: 1.0,
        rows_at_once: 1_000,
        rows_per_unit: 1,
    };
    let noise_multiplier = calibrate(&TARGET, Accountant::Renyi).unwrap();
    let private = PrivateSgd {
        noise_multiplier,
        bound: 1.0,
        ..open
    };
    let (without, with) = (attacked(&open, 200), attacked(&private, TARGET.steps));
    let bound = (TARGET.epsilon.exp() - 1.0 + 2.0 * TARGET.delta) / (TARGET.epsilon.exp() + 1.0);
    let error = 2.0 * ((2.0f64 / 1e-6).ln() / (2.0 * ROWS as f64)).sqrt();
    println!(
        "an attack gains {without:.2} without privacy, {with:.2} with ε = {}, {bound:.2} at most",
        TARGET.epsilon
    );
    assert!(with <= bound + error, "{with} is more than {bound} and {error}");
    // Or else the attack would be too weak to show anything.
    assert!(without > bound + error, "{without}");
}
