//! The two models as tensor expressions over one flat parameter vector.

use crate::error::{LearningError, Result};
use secureflow_data::Examples;
use secureflow_plan::{evaluate, metrics, Model, ModelKind, Shape};
use tch::{Kind, Tensor};

/// Rows per pass when nothing is learned: bounds the memory of large tables.
pub(crate) const CHUNK: usize = 4096;

/// Sets how many threads PyTorch may use. One also makes sums come out the same at every run.
pub fn set_threads(threads: u8) {
    tch::set_num_threads(i32::from(threads.max(1)));
}

/// The parameters as tensors that share the memory of `flat`.
pub(crate) struct Layers {
    pub hidden: Option<(Tensor, Tensor)>,
    pub weight: Tensor,
    pub bias: Tensor,
}

impl Layers {
    pub fn new(shape: &Shape, flat: &Tensor) -> Result<Self> {
        let (width, hidden) = (shape.width as i64, shape.hidden as i64);
        let part = |start: i64, length: i64| flat.f_narrow(0, start, length);
        Ok(match shape.kind {
            ModelKind::Logistic => Self {
                hidden: None,
                weight: part(0, width)?,
                bias: part(width, 1)?,
            },
            ModelKind::Perceptron => {
                let first = width * hidden;
                let weight = part(0, first)?.f_view([width, hidden])?;
                Self {
                    hidden: Some((weight, part(first, hidden)?)),
                    weight: part(first + hidden, hidden)?,
                    bias: part(first + 2 * hidden, 1)?,
                }
            }
        })
    }

    /// What the last layer sees: the inputs of a logistic model, the hidden units of a perceptron.
    pub fn hidden(&self, inputs: &Tensor) -> Result<Tensor> {
        Ok(match &self.hidden {
            None => inputs.shallow_clone(),
            Some((weight, bias)) => inputs.f_mm(weight)?.f_add(bias)?.f_tanh()?,
        })
    }

    /// Log-odds, one per row.
    pub fn output(&self, hidden: &Tensor) -> Result<Tensor> {
        Ok(hidden.f_mv(&self.weight)?.f_add(&self.bias)?)
    }
}

pub(crate) fn forward(shape: &Shape, flat: &Tensor, inputs: &Tensor) -> Result<Tensor> {
    let layers = Layers::new(shape, flat)?;
    layers.output(&layers.hidden(inputs)?)
}

/// Some rows as tensors: inputs and labels.
pub(crate) fn tensors(examples: &Examples, rows: std::ops::Range<usize>) -> Result<(Tensor, Tensor)> {
    let width = examples.width();
    let inputs = Tensor::f_from_slice(&examples.inputs()[rows.start * width..rows.end * width])?
        .f_view([rows.len() as i64, width as i64])?;
    let labels = Tensor::f_from_slice(&examples.labels()[rows])?.f_to_kind(Kind::Float)?;
    Ok((inputs, labels))
}

/// Refuses rows that do not fit the model, before PyTorch does.
pub(crate) fn check(model: &Model, examples: &Examples) -> Result<()> {
    if examples.width() != model.shape().width {
        return Err(LearningError::Width {
            expected: model.shape().width,
            found: examples.width(),
        });
    }
    Ok(())
}

pub(crate) fn chunks(rows: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..rows)
        .step_by(CHUNK)
        .map(move |start| start..(start + CHUNK).min(rows))
}

/// The model's log-odds for each row.
pub fn predict(model: &Model, examples: &Examples) -> Result<Vec<f32>> {
    check(model, examples)?;
    let _guard = tch::no_grad_guard();
    let flat = Tensor::f_from_slice(model.parameters())?;
    let mut log_odds = Vec::with_capacity(examples.rows());
    for rows in chunks(examples.rows()) {
        let (inputs, _) = tensors(examples, rows)?;
        log_odds.extend(Vec::<f32>::try_from(forward(model.shape(), &flat, &inputs)?)?);
    }
    Ok(log_odds)
}

/// The vector of the evaluation step.
pub fn histogram(model: &Model, examples: &Examples) -> Result<Vec<u64>> {
    Ok(evaluate::vector(&predict(model, examples)?, examples.labels()))
}

/// The exact area under the curve on rows that one party owns; `None` unless both labels occur.
pub fn auc(model: &Model, examples: &Examples) -> Result<Option<f64>> {
    Ok(metrics::auc(&predict(model, examples)?, examples.labels()))
}
