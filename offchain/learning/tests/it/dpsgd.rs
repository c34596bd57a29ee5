//! Steps with privacy: who is sampled, how much noise there is, what a model learns, and what an attacker sees of it.

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use secureflow_learning::{
    dpsgd::{poisson_sample, PrivateSgd},
    ghost::Tape,
    LearningError, Result,
};
use tch::{Kind, Reduction, Tensor};

const SETTINGS: PrivateSgd = PrivateSgd {
    sampling: 0.1,
    noise_multiplier: 1.0,
    bound: 1.0,
    learning_rate: 0.5,
    rows_at_once: 64,
    rows_per_unit: 1,
};

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A loss per row of logistic regression.
pub fn logistic<'a>(
    inputs: &'a Tensor,
    labels: &'a Tensor,
) -> impl FnMut(&mut Tape, &[Tensor], &[i64]) -> Result<Tensor> + 'a {
    move |tape, of, rows| {
        let rows = Tensor::from_slice(rows);
        let log_odds = tape
            .dense(&inputs.index_select(0, &rows), &of[0], Some(&of[1]))?
            .squeeze_dim(1);
        let labels = labels.index_select(0, &rows);
        Ok(log_odds.f_binary_cross_entropy_with_logits::<Tensor>(&labels, None, None, Reduction::None)?)
    }
}

/// Rows of so many inputs with labels that lean on the first.
pub fn rows(count: i64, width: i64, seed: i64) -> (Tensor, Tensor) {
    tch::manual_seed(seed);
    let inputs = Tensor::randn([count, width], (Kind::Float, tch::Device::Cpu));
    let labels = inputs.select(1, 0).gt(0.0).to_kind(Kind::Float);
    (inputs, labels)
}

pub fn zeros(sizes: &[&[i64]]) -> Vec<Tensor> {
    sizes
        .iter()
        .map(|size| Tensor::zeros(*size, (Kind::Float, tch::Device::Cpu)))
        .collect()
}

#[test]
fn each_unit_is_sampled_as_often_as_the_others_and_independently() {
    let (units, draws, sampling) = (200, 4_000, 0.1);
    let mut rng = rng(1);
    let (mut times, mut both, mut sizes) = (vec![0u32; units], 0u32, Vec::new());
    for _ in 0..draws {
        let sample = poisson_sample(units, sampling, &mut rng).unwrap();
        assert!(sample.windows(2).all(|pair| pair[0] < pair[1]));
        sizes.push(sample.len() as f64);
        both += u32::from(sample.starts_with(&[0, 1]));
        sample.iter().for_each(|unit| times[*unit as usize] += 1);
    }
    let expected = f64::from(draws) * sampling;
    // Five standard errors of a binomial.
    let far = 5.0 * (expected * (1.0 - sampling)).sqrt();
    assert!(times.iter().all(|times| (f64::from(*times) - expected).abs() < far));
    let pairs = f64::from(draws) * sampling * sampling;
    assert!((f64::from(both) - pairs).abs() < 5.0 * pairs.sqrt());
    // The size of a sample varies: it is no batch of fixed size.
    let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
    let variance = sizes.iter().map(|size| (size - mean).powi(2)).sum::<f64>() / sizes.len() as f64;
    let binomial = units as f64 * sampling * (1.0 - sampling);
    assert!((variance / binomial - 1.0).abs() < 0.15, "{variance} is not {binomial}");
    for wrong in [0.0, -0.1, 1.1, f64::NAN] {
        assert!(matches!(
            poisson_sample(units, wrong, &mut rng),
            Err(LearningError::Sampling(_))
        ));
    }
    assert_eq!(poisson_sample(3, 1.0, &mut rng).unwrap(), [0, 1, 2]);
}

#[test]
fn the_noise_is_on_the_sum_and_of_the_size_that_was_asked_for() {
    // No rows lean anywhere, and the bound is tiny: what is left of a step is noise.
    let (inputs, labels) = rows(100, 2_000, 1);
    let settings = PrivateSgd {
        bound: 1e-3,
        noise_multiplier: 3.0,
        ..SETTINGS
    };
    let mut rng = rng(2);
    let mut training = settings.begin(zeros(&[&[2_000, 1], &[1]]), &mut rng).unwrap();
    training.step(100, &mut rng, logistic(&inputs, &labels)).unwrap();
    let step = settings.learning_rate / (settings.sampling * 100.0);
    let expected = 3.0 * 1e-3 * step;
    // The gradients are at most the bound times 20 rows, over 2,000 numbers.
    let first = training.parameters()[0].copy();
    let found = first.std(true).double_value(&[]);
    assert!((found / expected - 1.0).abs() < 0.1, "{found} is not {expected}");
    // Drawn anew at every step: two of them differ by the root of two.
    training.step(100, &mut rng, logistic(&inputs, &labels)).unwrap();
    let second = &training.parameters()[0] - &first;
    let apart = (second - &first).std(true).double_value(&[]);
    assert!(
        (apart / expected / 2f64.sqrt() - 1.0).abs() < 0.1,
        "{apart} is not {expected}"
    );
}

#[test]
fn parts_that_fit_into_memory_give_the_same_step() {
    let (inputs, labels) = rows(500, 20, 1);
    let steps = [7, 64, 10_000].map(|rows_at_once| {
        let settings = PrivateSgd {
            noise_multiplier: 0.0,
            rows_at_once,
            ..SETTINGS
        };
        let mut rng = rng(4);
        let mut training = settings.begin(zeros(&[&[20, 1], &[1]]), &mut rng).unwrap();
        let step = training.step(500, &mut rng, logistic(&inputs, &labels)).unwrap();
        (training, step)
    });
    for (training, step) in &steps[1..] {
        assert_eq!(*step, steps[0].1);
        let (of, first) = (training.parameters(), steps[0].0.parameters());
        assert!(of
            .iter()
            .zip(first)
            .all(|(one, other)| one.allclose(other, 1e-4, 1e-6, false)));
    }
    assert!(steps[0].1.units > 20 && steps[0].1.within_bound <= steps[0].1.units);
}

#[test]
fn it_learns_and_says_what_that_costs() {
    let (inputs, labels) = rows(4_000, 20, 1);
    let steps = 60;
    let mut rng = rng(5);
    let mut training = SETTINGS.begin(zeros(&[&[20, 1], &[1]]), &mut rng).unwrap();
    for _ in 0..steps {
        training.step(4_000, &mut rng, logistic(&inputs, &labels)).unwrap();
    }
    let right = inputs
        .mm(&training.parameters()[0])
        .squeeze_dim(1)
        .gt(0.0)
        .to_kind(Kind::Float)
        .eq_tensor(&labels);
    let accuracy = right.to_kind(Kind::Double).mean(Kind::Double).double_value(&[]);
    assert!(accuracy > 0.85, "{accuracy}");
    let epsilon = secureflow_privacy::curve(&[SETTINGS.releases(steps)]).epsilon(1e-5);
    let bounds = secureflow_privacy::epsilon_bounds(&[SETTINGS.releases(steps)], 1e-5).unwrap();
    assert!(bounds.lower <= epsilon && bounds.upper < 10.0, "{epsilon} {bounds:?}");
}

#[test]
fn a_gradient_that_is_no_number_ends_the_step_and_changes_nothing() {
    let (inputs, labels) = rows(50, 3, 1);
    let inputs = inputs * f64::INFINITY;
    let settings = PrivateSgd {
        sampling: 1.0,
        ..SETTINGS
    };
    let mut rng = rng(6);
    let mut training = settings.begin(zeros(&[&[3, 1], &[1]]), &mut rng).unwrap();
    let refused = training.step(50, &mut rng, logistic(&inputs, &labels));
    assert!(matches!(refused, Err(LearningError::Diverged)));
    let moved = training.parameters()[0].abs().sum(Kind::Double);
    assert_eq!(f64::try_from(moved).unwrap(), 0.0);
}
