//! What one owner reaches with all rows in one place: the pooled model of a demonstration, and each organisation alone.

use crate::error::{LearningError, Result};
use crate::network::{forward, tensors};
use rand::seq::SliceRandom;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use secureflow_data::Examples;
use secureflow_plan::{Encoding, Model, ModelKind, Plan};
use tch::{Kind, Reduction, Tensor};

const EPOCHS: usize = 40;
const STEPS_PER_EPOCH: usize = 40;
const RATE: f64 = 0.02;
/// One row in this many decides when a perceptron has learned enough.
const VALIDATION: usize = 6;

/// Trains the plan's model on these rows without any privacy, with the plan's weight decay: a logistic model until
/// nothing moves (forty passes of Adam with a falling rate), a perceptron until it stops getting better on rows that it
/// does not learn from.
pub fn train_alone(plan: &Plan, encoding: &Encoding, examples: &Examples) -> Result<Model> {
    let initial = Model::initial(plan, encoding)?;
    crate::network::check(&initial, examples)?;
    let rows = examples.rows();
    let mut rng = ChaCha8Rng::seed_from_u64(plan.training.seed);
    let mut order: Vec<i64> = (0..rows as i64).collect();
    order.shuffle(&mut rng);
    let in_validation = match plan.model.kind {
        ModelKind::Logistic => 0,
        ModelKind::Perceptron => rows / VALIDATION,
    };
    let (validation, learning) = order.split_at(in_validation);
    if learning.is_empty() {
        return Err(LearningError::NoRows);
    }
    let mut learning = learning.to_vec();
    let (inputs, labels) = tensors(examples, 0..rows)?;
    let select = |rows: &[i64]| -> Result<(Tensor, Tensor)> {
        let index = Tensor::f_from_slice(rows)?;
        Ok((inputs.f_index_select(0, &index)?, labels.f_index_select(0, &index)?))
    };
    let loss_of = |flat: &Tensor, (inputs, labels): &(Tensor, Tensor)| -> Result<Tensor> {
        let log_odds = forward(initial.shape(), flat, inputs)?;
        Ok(log_odds.f_binary_cross_entropy_with_logits::<Tensor>(labels, None, None, Reduction::Mean)?)
    };

    let mut adam = Adam::new(&initial, plan.training.weight_decay)?;
    let batch = learning.len().div_ceil(STEPS_PER_EPOCH).max(16);
    let validation = if validation.is_empty() {
        None
    } else {
        Some(select(validation)?)
    };
    let mut best: Option<(f64, Vec<f32>)> = None;
    for epoch in 0..EPOCHS {
        learning.shuffle(&mut rng);
        let rate = RATE * (1.0 - epoch as f64 / EPOCHS as f64);
        for rows in learning.chunks(batch) {
            let loss = loss_of(&adam.flat, &select(rows)?)?;
            adam.step(&loss, rate)?;
        }
        if let Some(rows) = &validation {
            let loss = tch::no_grad(|| {
                loss_of(&adam.flat, rows)?
                    .f_double_value(&[])
                    .map_err(LearningError::from)
            })?;
            if best.as_ref().is_none_or(|(least, _)| loss < *least) {
                best = Some((loss, adam.parameters()?));
            }
        }
    }
    let parameters = match best {
        Some((_, parameters)) => parameters,
        None => adam.parameters()?,
    };
    Ok(Model::new(*initial.shape(), parameters)?)
}

/// Adam (Kingma and Ba 2015) with a quadratic penalty, on one flat vector.
struct Adam {
    flat: Tensor,
    decay: f64,
    mean: Tensor,
    square: Tensor,
    steps: i32,
}

impl Adam {
    fn new(model: &Model, decay: f64) -> Result<Self> {
        let flat = Tensor::f_from_slice(model.parameters())?.f_set_requires_grad(true)?;
        let zeros = || Tensor::f_zeros([model.parameters().len() as i64], (Kind::Float, tch::Device::Cpu));
        Ok(Self {
            flat,
            decay,
            mean: zeros()?,
            square: zeros()?,
            steps: 0,
        })
    }

    fn step(&mut self, loss: &Tensor, rate: f64) -> Result<()> {
        const BETAS: (f64, f64) = (0.9, 0.999);
        let gradient = Tensor::f_run_backward(&[loss], &[&self.flat], false, false)?.remove(0);
        let _guard = tch::no_grad_guard();
        // The decay joins the loss: the same penalty as in the joint training.
        let decayed = self.flat.size1()? - 1;
        let penalty = self.flat.f_narrow(0, 0, decayed)?.f_mul_scalar(self.decay)?;
        let _ = gradient.f_narrow(0, 0, decayed)?.f_add_(&penalty)?;
        self.steps += 1;
        self.mean = self
            .mean
            .f_mul_scalar(BETAS.0)?
            .f_add(&gradient.f_mul_scalar(1.0 - BETAS.0)?)?;
        self.square = self
            .square
            .f_mul_scalar(BETAS.1)?
            .f_add(&gradient.f_square()?.f_mul_scalar(1.0 - BETAS.1)?)?;
        let mean = self.mean.f_div_scalar(1.0 - BETAS.0.powi(self.steps))?;
        let root = self
            .square
            .f_div_scalar(1.0 - BETAS.1.powi(self.steps))?
            .f_sqrt()?
            .f_add_scalar(1e-8)?;
        let _ = self.flat.f_sub_(&mean.f_div(&root)?.f_mul_scalar(rate)?)?;
        Ok(())
    }

    fn parameters(&self) -> Result<Vec<f32>> {
        Ok(Vec::<f32>::try_from(self.flat.f_detach()?)?)
    }
}
