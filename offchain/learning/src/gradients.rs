//! Differentially private rounds: per-row gradients, clipped and summed, without ever forming one per row.
//!
//! For a dense layer the gradient of one row is the outer product of what enters the layer (with a 1 for the bias) and
//! the error that comes back to it, so its squared norm is `(|input|² + 1) · |error|²` (Goodfellow 2015), and the sum of
//! clipped gradients is the product of inputs and scaled errors.

use crate::error::{LearningError, Result};
use crate::network::{check, chunks, tensors, Layers};
use secureflow_data::Examples;
use secureflow_plan::{Model, Plan};
use tch::{Kind, Tensor};

/// The sum over the rows of the downhill direction (the negative gradient), each row clipped to the plan's bound.
#[derive(Clone, PartialEq)]
pub struct GradientSum {
    pub sum: Vec<f64>,
    pub rows: u64,
    pub loss: f64,
}

impl std::fmt::Debug for GradientSum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GradientSum")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// A full-batch private step of a party, before noise. Computed in double precision, so that rounding stays far below
/// the unit in which the sum is sent and the bound on one row's influence holds.
pub fn clipped_gradients(plan: &Plan, model: &Model, examples: &Examples) -> Result<GradientSum> {
    check(model, examples)?;
    let bound = plan.privacy.as_ref().ok_or(LearningError::NoPrivacy)?.clip;
    if examples.rows() == 0 {
        return Err(LearningError::NoRows);
    }
    let _guard = tch::no_grad_guard();
    let flat = Tensor::f_from_slice(model.parameters())?.f_to_kind(Kind::Double)?;
    let layers = Layers::new(model.shape(), &flat)?;
    let mut sum = vec![0f64; model.parameters().len()];
    let mut loss = 0.0;
    for rows in chunks(examples.rows()) {
        let (inputs, labels) = tensors(examples, rows)?;
        let (inputs, labels) = (inputs.f_to_kind(Kind::Double)?, labels.f_to_kind(Kind::Double)?);
        let part = chunk(&layers, &inputs, &labels, bound)?;
        loss += part.loss;
        for (total, value) in sum.iter_mut().zip(Vec::<f64>::try_from(part.gradient)?) {
            *total -= value;
        }
    }
    if !sum.iter().all(|value| value.is_finite()) {
        return Err(LearningError::Diverged);
    }
    Ok(GradientSum {
        sum,
        rows: examples.rows() as u64,
        loss: loss / examples.rows() as f64,
    })
}

struct Part {
    gradient: Tensor,
    loss: f64,
}

fn chunk(layers: &Layers, inputs: &Tensor, labels: &Tensor, bound: f64) -> Result<Part> {
    let hidden = layers.hidden(inputs)?;
    let log_odds = layers.output(&hidden)?;
    let error = log_odds.f_sigmoid()?.f_sub(labels)?;
    let loss = log_odds
        .f_softplus()?
        .f_sub(&log_odds.f_mul(labels)?)?
        .f_sum(Kind::Double)?
        .f_double_value(&[])?;

    // Squared norm of the last layer's part, then of the hidden layer's.
    let mut squares = squared_norms(&hidden)?.f_add_scalar(1.0)?.f_mul(&error.f_square()?)?;
    let back = match &layers.hidden {
        None => None,
        Some(_) => {
            // tanh' = 1 - tanh².
            let slope = hidden.f_square()?.f_neg()?.f_add_scalar(1.0)?;
            let back = error.f_unsqueeze(1)?.f_mul(&layers.weight)?.f_mul(&slope)?;
            squares = squares.f_add(
                &squared_norms(inputs)?
                    .f_add_scalar(1.0)?
                    .f_mul(&squared_norms(&back)?)?,
            )?;
            Some(back)
        }
    };
    // min(1, bound / norm); a norm of zero gives infinity and so one.
    let factor = squares
        .f_sqrt()?
        .f_reciprocal()?
        .f_mul_scalar(bound)?
        .f_clamp_max(1.0)?;
    let error = error.f_mul(&factor)?;
    let last = Tensor::f_cat(
        &[
            hidden.f_transpose(0, 1)?.f_mv(&error)?,
            error.f_sum(Kind::Double)?.f_view([1])?,
        ],
        0,
    )?;
    let gradient = match back {
        None => last,
        Some(back) => {
            let back = back.f_mul(&factor.f_unsqueeze(1)?)?;
            let weight = inputs.f_transpose(0, 1)?.f_mm(&back)?.f_reshape([-1])?;
            let bias = back.f_sum_dim_intlist([0i64].as_slice(), false, Kind::Double)?;
            Tensor::f_cat(&[weight, bias, last], 0)?
        }
    };
    Ok(Part { gradient, loss })
}

/// The squared length of each row.
fn squared_norms(rows: &Tensor) -> Result<Tensor> {
    Ok(rows
        .f_square()?
        .f_sum_dim_intlist([1i64].as_slice(), false, Kind::Double)?)
}
