//! A party's part of a training round.

use crate::error::{LearningError, Result};
use crate::gradients::clipped_gradients;
use crate::network::{check, forward, tensors};
use rand::seq::SliceRandom;
use rand::{CryptoRng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secureflow_data::Examples;
use secureflow_plan::{train, Clip, Model, Plan};
use tch::{Reduction, Tensor};

/// What local training changed: the clipped difference of the parameters.
#[derive(Clone, PartialEq)]
pub struct Update {
    pub delta: Vec<f32>,
    pub rows: u64,
    /// Mean loss over the last epoch, before each step.
    pub loss: f64,
}

/// A party's vector for a training step, before noise and masks.
#[derive(Clone, PartialEq)]
pub struct Contribution {
    pub vector: Vec<u64>,
    /// What it weighs: rows, or the units that are hidden.
    pub rows: u64,
    pub loss: f64,
}

// Neither shows its numbers: they tell of rows.
impl std::fmt::Debug for Update {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Update")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Contribution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contribution")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// The seed of a round's shuffling.
pub fn round_seed(plan: &Plan, round: u32) -> u64 {
    plan.training.seed ^ (u64::from(round) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A party's whole computation for a round, as the plan asks: the update of local training weighted by the rows, or the
/// sum of clipped gradients. With a privacy section the caller must add noise (`train::add_noise`) before the vector leaves it.
/// `rng` draws what is in a sample, which must stay secret.
pub fn contribute(
    plan: &Plan,
    model: &Model,
    examples: &Examples,
    round: u32,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Contribution> {
    if plan.privacy.is_none() {
        let update = local_update(plan, model, examples, round_seed(plan, round))?;
        return Ok(Contribution {
            vector: train::encode_mean(&update.delta, update.rows)?,
            rows: update.rows,
            loss: update.loss,
        });
    }
    let clip = Clip::of(plan, model)?;
    let gradients = clipped_gradients(plan, model, clip.norm(), examples, rng)?;
    let count = match &clip {
        Clip::Fixed(_) => None,
        Clip::Following(clip) => Some(clip.entry(gradients.within, gradients.beyond)),
    };
    Ok(Contribution {
        vector: train::encode_sum(&gradients.sum, count, gradients.units)?,
        rows: gradients.units,
        loss: gradients.loss,
    })
}

/// Federated averaging's local part (McMahan et al. 2017): some epochs of minibatch descent from the given model, then
/// the difference clipped to `clip_norm`. The same seed gives the same bits on one thread.
pub fn local_update(plan: &Plan, model: &Model, examples: &Examples, seed: u64) -> Result<Update> {
    check(model, examples)?;
    if plan.privacy.is_some() {
        return Err(LearningError::NeedsPrivacy);
    }
    if examples.rows() == 0 {
        return Err(LearningError::NoRows);
    }
    let training = &plan.training;
    let (inputs, labels) = tensors(examples, 0..examples.rows())?;
    let mut flat = Tensor::f_from_slice(model.parameters())?.f_set_requires_grad(true)?;
    let mut order: Vec<i64> = (0..examples.rows() as i64).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut loss_sum = 0.0;
    for _ in 0..training.local_epochs {
        order.shuffle(&mut rng);
        loss_sum = 0.0;
        for batch in order.chunks(training.batch_size as usize) {
            let batch_index = Tensor::f_from_slice(batch)?;
            let (inputs, labels) = (
                inputs.f_index_select(0, &batch_index)?,
                labels.f_index_select(0, &batch_index)?,
            );
            let log_odds = forward(model.shape(), &flat, &inputs)?;
            let loss = log_odds.f_binary_cross_entropy_with_logits::<Tensor>(&labels, None, None, Reduction::Mean)?;
            loss_sum += loss.f_double_value(&[])? * batch.len() as f64;
            descend(&mut flat, &loss, training.learning_rate, training.weight_decay)?;
        }
    }
    let trained = Vec::<f32>::try_from(flat.f_detach()?)?;
    let mut delta: Vec<f32> = trained
        .iter()
        .zip(model.parameters())
        .map(|(after, before)| after - before)
        .collect();
    if !delta.iter().all(|value| value.is_finite()) {
        return Err(LearningError::Diverged);
    }
    clip(&mut delta, training.clip_norm);
    Ok(Update {
        delta,
        rows: examples.rows() as u64,
        loss: loss_sum / examples.rows() as f64,
    })
}

/// One step of gradient descent with weight decay on everything but the last bias.
fn descend(flat: &mut Tensor, loss: &Tensor, rate: f64, decay: f64) -> Result<()> {
    let gradient = Tensor::f_run_backward(&[loss], &[&*flat], false, false)?.remove(0);
    let _guard = tch::no_grad_guard();
    if decay > 0.0 {
        let decayed = flat.size1()? - 1;
        let mut weights = flat.f_narrow(0, 0, decayed)?;
        let _ = weights.f_mul_scalar_(1.0 - rate * decay)?;
    }
    let _ = flat.f_sub_(&gradient.f_mul_scalar(rate)?)?;
    Ok(())
}

fn clip(delta: &mut [f32], bound: f64) {
    let norm = delta
        .iter()
        .map(|value| f64::from(*value) * f64::from(*value))
        .sum::<f64>()
        .sqrt();
    if norm > bound {
        let factor = bound / norm;
        delta
            .iter_mut()
            .for_each(|value| *value = (f64::from(*value) * factor) as f32);
    }
}
