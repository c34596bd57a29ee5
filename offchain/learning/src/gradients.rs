//! Differentially private rounds: gradients per unit, clipped and summed, without ever forming one per row.
//!
//! For a dense layer the gradient of one row is the outer product of what enters the layer (with a 1 for the bias) and
//! the error that comes back to it, so its squared norm is `(|input|² + 1) · |error|²` (Goodfellow 2015), and the sum of
//! clipped gradients is the product of inputs and scaled errors. The gradient of several rows is the sum of such products; its
//! squared norm is `Σ_r Σ_s (input_r · input_s + 1) · (error_r · error_s)` (Li et al. 2022, section 4).

use crate::dpsgd::poisson_sample;
use crate::error::{LearningError, Result};
use crate::network::{check, tensors, Layers, CHUNK};
use rand::{CryptoRng, RngCore};
use secureflow_data::Examples;
use secureflow_plan::{Model, Plan};
use tch::{Kind, Tensor};

/// The sum over a round's units of the downhill direction (the negative gradient), each clipped.
#[derive(Clone, PartialEq)]
pub struct GradientSum {
    pub sum: Vec<f64>,
    /// Of how many units there are in all; those of a sample are not told.
    pub units: u64,
    /// In the round: how many were within the bound, and beyond it.
    pub within: u64,
    pub beyond: u64,
    /// Mean over the round's rows; zero where there are none.
    pub loss: f64,
}

impl std::fmt::Debug for GradientSum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GradientSum")
            .field("units", &self.units)
            .finish_non_exhaustive()
    }
}

/// A private step of a party, before noise: over all of its units, or over a Poisson sample of them as the plan asks. Computed
/// in double precision, so that rounding stays far below the unit in which the sum is sent and the bound on one unit's
/// influence holds.
pub fn clipped_gradients(
    plan: &Plan,
    model: &Model,
    bound: f64,
    examples: &Examples,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<GradientSum> {
    check(model, examples)?;
    let privacy = plan.privacy.as_ref().ok_or(LearningError::NoPrivacy)?;
    if examples.rows() == 0 {
        return Err(LearningError::NoRows);
    }
    let sample = poisson_sample(examples.units(), privacy.sampling(), rng)?;
    let _guard = tch::no_grad_guard();
    let flat = Tensor::f_from_slice(model.parameters())?.f_to_kind(Kind::Double)?;
    let layers = Layers::new(model.shape(), &flat)?;
    let mut found = GradientSum {
        sum: vec![0f64; model.parameters().len()],
        units: examples.units() as u64,
        within: 0,
        beyond: 0,
        loss: 0.0,
    };
    let mut rows = 0;
    for units in parts(examples, &sample) {
        let batch = Batch::new(examples, units)?;
        let part = batch.gradients(&layers, bound)?;
        rows += units
            .iter()
            .map(|unit| examples.unit(*unit as usize).len())
            .sum::<usize>();
        found.loss += part.loss;
        found.within += part.within;
        found.beyond += units.len() as u64 - part.within;
        for (total, value) in found.sum.iter_mut().zip(Vec::<f64>::try_from(part.gradient)?) {
            *total -= value;
        }
    }
    if !found.sum.iter().all(|value| value.is_finite()) {
        return Err(LearningError::Diverged);
    }
    found.loss /= rows.max(1) as f64;
    Ok(found)
}

/// As many units at a time as have [`CHUNK`] rows once each is as long as the longest.
fn parts<'a>(examples: &'a Examples, mut sample: &'a [i64]) -> impl Iterator<Item = &'a [i64]> {
    std::iter::from_fn(move || {
        let (mut count, mut longest) = (0, 1);
        for unit in sample {
            longest = longest.max(examples.unit(*unit as usize).len());
            if count > 0 && (count + 1) * longest > CHUNK {
                break;
            }
            count += 1;
        }
        let (part, rest) = sample.split_at(count);
        sample = rest;
        (count > 0).then_some(part)
    })
}

/// Some units' rows, each unit filled up to the longest with rows that count for nothing.
struct Batch {
    /// `[units · length, width]`.
    inputs: Tensor,
    /// `[units · length]`.
    labels: Tensor,
    /// 1 for a row, 0 for what fills up: `[units · length]`; none where nothing does.
    weights: Option<Tensor>,
    units: i64,
    length: i64,
}

struct Part {
    gradient: Tensor,
    loss: f64,
    within: u64,
}

impl Batch {
    fn new(examples: &Examples, units: &[i64]) -> Result<Self> {
        let ranges: Vec<_> = units.iter().map(|unit| examples.unit(*unit as usize)).collect();
        let length = ranges.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        let double = |tensor: Tensor| tensor.f_to_kind(Kind::Double);
        let together = ranges.windows(2).all(|pair| pair[0].end == pair[1].start);
        if together && ranges.iter().all(|range| range.len() == length) {
            let (first, last) = (&ranges[0], &ranges[ranges.len() - 1]);
            let (inputs, labels) = tensors(examples, first.start..last.end)?;
            return Ok(Self {
                inputs: double(inputs)?,
                labels: double(labels)?,
                weights: None,
                units: units.len() as i64,
                length: length as i64,
            });
        }
        let (width, rows) = (examples.width(), ranges.len() * length);
        let (mut inputs, mut labels, mut weights) = (vec![0f32; rows * width], vec![0f32; rows], vec![0f32; rows]);
        for (at, range) in ranges.into_iter().enumerate() {
            let to = at * length;
            inputs[to * width..][..range.len() * width]
                .copy_from_slice(&examples.inputs()[range.start * width..range.end * width]);
            for (row, from) in range.enumerate() {
                labels[to + row] = f32::from(examples.labels()[from]);
                weights[to + row] = 1.0;
            }
        }
        Ok(Self {
            inputs: double(Tensor::f_from_slice(&inputs)?)?.f_view([rows as i64, width as i64])?,
            labels: double(Tensor::f_from_slice(&labels)?)?,
            weights: Some(double(Tensor::f_from_slice(&weights)?)?),
            units: units.len() as i64,
            length: length as i64,
        })
    }

    fn gradients(&self, layers: &Layers, bound: f64) -> Result<Part> {
        let hidden = layers.hidden(&self.inputs)?;
        let log_odds = layers.output(&hidden)?;
        let error = self.weighted(log_odds.f_sigmoid()?.f_sub(&self.labels)?)?;
        let losses = self.weighted(log_odds.f_softplus()?.f_sub(&log_odds.f_mul(&self.labels)?)?)?;
        let loss = losses.f_sum(Kind::Double)?.f_double_value(&[])?;

        // Squared norm of the last layer's part, then of the hidden layer's.
        let mut squares = self.squared_norms(&hidden, &error.f_unsqueeze(1)?)?;
        let back = match &layers.hidden {
            None => None,
            Some(_) => {
                // tanh' = 1 - tanh².
                let slope = hidden.f_square()?.f_neg()?.f_add_scalar(1.0)?;
                let back = error.f_unsqueeze(1)?.f_mul(&layers.weight)?.f_mul(&slope)?;
                squares = squares.f_add(&self.squared_norms(&self.inputs, &back)?)?;
                Some(back)
            }
        };
        // min(1, bound / norm); a norm of zero gives infinity and so one.
        let factor = squares
            .f_sqrt()?
            .f_reciprocal()?
            .f_mul_scalar(bound)?
            .f_clamp_max(1.0)?;
        let within = factor.f_eq(1.0)?.f_sum(Kind::Int64)?.f_int64_value(&[])?;
        let factor = match self.length {
            1 => factor,
            length => factor.f_repeat_interleave_self_int(length, 0, None)?,
        };
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
                let weight = self.inputs.f_transpose(0, 1)?.f_mm(&back)?.f_reshape([-1])?;
                let bias = back.f_sum_dim_intlist([0i64].as_slice(), false, Kind::Double)?;
                Tensor::f_cat(&[weight, bias, last], 0)?
            }
        };
        Ok(Part {
            gradient,
            loss,
            within: within as u64,
        })
    }

    /// Zero for the rows that fill up.
    fn weighted(&self, rows: Tensor) -> Result<Tensor> {
        Ok(match &self.weights {
            None => rows,
            Some(weights) => rows.f_mul(weights)?,
        })
    }

    /// The squared norm of each unit's gradient by a dense layer's weights and bias, from what enters the layer and the errors
    /// that come back to it, row by row: `[units]`.
    fn squared_norms(&self, inputs: &Tensor, errors: &Tensor) -> Result<Tensor> {
        if self.length == 1 {
            return Ok(squares(inputs)?.f_add_scalar(1.0)?.f_mul(&squares(errors)?)?);
        }
        let products = |rows: &Tensor| {
            let rows = rows.f_reshape([self.units, self.length, -1])?;
            rows.f_bmm(&rows.f_transpose(1, 2)?)
        };
        let products = products(inputs)?.f_add_scalar(1.0)?.f_mul(&products(errors)?)?;
        // A sum that is zero may come out below it by rounding.
        Ok(products
            .f_sum_dim_intlist([1i64, 2].as_slice(), false, Kind::Double)?
            .f_clamp_min(0.0)?)
    }
}

/// The squared length of each row.
fn squares(rows: &Tensor) -> Result<Tensor> {
    Ok(rows
        .f_square()?
        .f_sum_dim_intlist([1i64].as_slice(), false, Kind::Double)?)
}
