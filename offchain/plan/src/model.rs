//! The model's parameters as bytes that are the same everywhere, and the server's step. No torch.

use crate::error::{PlanError, Result};
use crate::train::MeanUpdate;
use crate::{commitment, Encoding, ModelKind, Plan, Privacy};
use safetensors::{Dtype, SafeTensors};
use secureflow_privacy::CLIP_UNIT;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most parameters that a model may have.
pub const MAX_PARAMETERS: usize = 1 << 20;

/// The largest clip that a file may have: integers up to here are doubles.
const MAX_CLIP: u64 = 1 << 48;

/// The shape of a model: the parameters of all tensors stand in one flat vector, in the order of [`Shape::tensors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub kind: ModelKind,
    /// Inputs.
    pub width: usize,
    /// Units of the hidden layer; zero for a logistic model.
    pub hidden: usize,
}

impl Shape {
    pub fn new(plan: &Plan, encoding: &Encoding) -> Result<Self> {
        let hidden = plan.model.normalised().hidden.unwrap_or(0) as usize;
        let shape = Self {
            kind: plan.model.kind,
            width: encoding.width(),
            hidden,
        };
        match shape.parameters() {
            0..=MAX_PARAMETERS => Ok(shape),
            many => {
                let problem = format!("{many} parameters, of at most {MAX_PARAMETERS}: use fewer features or units");
                Err(PlanError::invalid("model", problem))
            }
        }
    }

    /// Name and dimensions of each tensor. A logistic model is `x · weight + bias`; a perceptron is
    /// `tanh(x · hidden.weight + hidden.bias) · output.weight + output.bias`; both give log-odds.
    pub fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        match self.kind {
            ModelKind::Logistic => vec![("weight", vec![self.width]), ("bias", vec![1])],
            ModelKind::Perceptron => vec![
                ("hidden.weight", vec![self.width, self.hidden]),
                ("hidden.bias", vec![self.hidden]),
                ("output.weight", vec![self.hidden]),
                ("output.bias", vec![1]),
            ],
        }
    }

    pub fn parameters(&self) -> usize {
        self.tensors()
            .iter()
            .map(|(_, dimensions)| dimensions.iter().product::<usize>())
            .sum()
    }
}

/// A model: its shape and its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    shape: Shape,
    parameters: Vec<f32>,
    /// What the next round clips gradients to, where that changes; in [`CLIP_UNIT`]s.
    clip: Option<u64>,
}

/// The key of [`Model::clip`] among a file's metadata, as a decimal number.
const CLIP: &str = "clip";

impl Model {
    pub fn new(shape: Shape, parameters: Vec<f32>) -> Result<Self> {
        if parameters.len() != shape.parameters() {
            let problem = format!("{} parameters where it has {}", parameters.len(), shape.parameters());
            return Err(PlanError::Model(problem));
        }
        if !parameters.iter().all(|value| value.is_finite()) {
            return Err(PlanError::Diverged);
        }
        Ok(Self {
            shape,
            parameters,
            clip: None,
        })
    }

    /// The same parameters with this clip for the next round.
    pub fn with_clip(self, clip: Option<u64>) -> Self {
        Self { clip, ..self }
    }

    /// The model that training starts from, the same bytes for everyone: weights drawn from the plan's seed, the last
    /// bias at the log-odds of the survey's labels.
    pub fn initial(plan: &Plan, encoding: &Encoding) -> Result<Self> {
        let shape = Shape::new(plan, encoding)?;
        let mut parameters = Vec::with_capacity(shape.parameters());
        for (name, dimensions) in shape.tensors() {
            let count = dimensions.iter().product();
            match name {
                "hidden.weight" => uniform(plan.training.seed, name, shape.width, count, &mut parameters),
                "output.weight" => uniform(plan.training.seed, name, shape.hidden, count, &mut parameters),
                // A logistic model is convex and starts at zero.
                _ => parameters.resize(parameters.len() + count, 0.0),
            }
        }
        if let Some(bias) = parameters.last_mut() {
            *bias = log_odds(
                encoding.positives,
                encoding.rows - encoding.positives.min(encoding.rows),
            );
        }
        let clip = plan.privacy.as_ref().and_then(Privacy::first_clip);
        Ok(Self::new(shape, parameters)?.with_clip(clip))
    }

    /// What the next round clips gradients to, where that changes; in [`CLIP_UNIT`]s.
    pub fn clip(&self) -> Option<u64> {
        self.clip
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// The safetensors file: tensors in the order of [`Shape::tensors`], no metadata but a clip. Written by hand, because the
    /// library promises no order and the chain commits to these bytes.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let mut header = String::from("{");
        if let Some(clip) = self.clip {
            // A double holds it exactly, and is written with as many digits as find it again.
            let clip = clip as f64 * CLIP_UNIT;
            header.push_str(&format!("\"__metadata__\":{{\"{CLIP}\":\"{clip}\"}}"));
        }
        let mut offset = 0;
        for (name, dimensions) in self.shape.tensors() {
            let end = offset + 4 * dimensions.iter().product::<usize>();
            let comma = if header.len() == 1 { "" } else { "," };
            header.push_str(&format!(
                "{comma}\"{name}\":{{\"dtype\":\"F32\",\"shape\":{dimensions:?},\"data_offsets\":[{offset},{end}]}}"
            ));
            offset = end;
        }
        header.retain(|character| character != ' ');
        header.push('}');
        // The format asks for data aligned to eight bytes, by spaces after the header.
        header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));

        let mut bytes = Vec::with_capacity(8 + header.len() + offset);
        bytes.extend((header.len() as u64).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(self.parameters.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// Reads the bytes of [`Model::to_safetensors`]; refuses other tensors, other dimensions, values that are not
    /// finite, and the same model written differently.
    pub fn from_safetensors(shape: Shape, bytes: &[u8]) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| PlanError::Model(error.to_string()))?;
        let mut parameters = Vec::with_capacity(shape.parameters());
        for (name, dimensions) in shape.tensors() {
            let tensor = file.tensor(name).map_err(|error| PlanError::Model(error.to_string()))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != dimensions {
                return Err(PlanError::Model(format!(
                    "tensor {name} has another type or other dimensions"
                )));
            }
            let values = tensor
                .data()
                .chunks_exact(4)
                .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
            parameters.extend(values);
        }
        let model = Self::new(shape, parameters)?.with_clip(clip_of(bytes)?);
        match model.to_safetensors() == bytes {
            true => Ok(model),
            false => Err(PlanError::NotCanonical),
        }
    }

    /// The commitment of a training step.
    pub fn hash(&self) -> [u8; 32] {
        commitment::blake2_256(&self.to_safetensors())
    }
}

/// The clip among a file's metadata. That nothing else is there shows when the model is written again.
fn clip_of(bytes: &[u8]) -> Result<Option<u64>> {
    let wrong = |problem: String| PlanError::Model(problem);
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| wrong(error.to_string()))?;
    let Some(text) = header.metadata().as_ref().and_then(|found| found.get(CLIP)) else {
        return Ok(None);
    };
    let clip = text.parse::<f64>().ok().map(|clip| (clip / CLIP_UNIT).round());
    match clip {
        Some(clip) if clip >= 1.0 && clip <= MAX_CLIP as f64 => Ok(Some(clip as u64)),
        _ => Err(wrong(format!("its clip is {text:?}"))),
    }
}

/// What the worker keeps between rounds beside the model. Save it with the checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerState {
    round: u32,
    velocity: Vec<f32>,
}

impl ServerState {
    pub fn new(shape: &Shape) -> Self {
        Self {
            round: 0,
            velocity: vec![0.0; shape.parameters()],
        }
    }

    /// One server step: `v ← momentum · v + update`, `w ← w + rate · v`. Without privacy the update already carries the
    /// learning rate and the weight decay of the local steps; with it, it is a mean gradient, and both are added here.
    pub fn apply(&mut self, plan: &Plan, model: &Model, mean: &MeanUpdate) -> Result<Model> {
        let (count, mean_update) = (model.parameters.len(), &mean.update);
        if mean_update.len() != count || self.velocity.len() != count {
            return Err(PlanError::Length {
                step: "train",
                expected: count,
                found: mean_update.len(),
            });
        }
        let momentum = plan.training.server_momentum as f32;
        let (rate, decay) = match plan.privacy {
            None => (1.0, 0.0),
            Some(_) => {
                // Falling to zero over the rounds: the last steps average the noise of the first ones out.
                let left = plan.rounds().saturating_sub(self.round) as f32 / plan.rounds().max(1) as f32;
                (
                    plan.training.learning_rate as f32 * left,
                    plan.training.weight_decay as f32,
                )
            }
        };
        let mut next = self.velocity.clone();
        let mut parameters = model.parameters.clone();
        for (index, ((velocity, value), update)) in next.iter_mut().zip(&mut parameters).zip(mean_update).enumerate() {
            // The last bias sets the level of all predictions and does not decay.
            let decay = if index + 1 == count { 0.0 } else { decay };
            *velocity = momentum * *velocity + (update - decay * *value);
            *value += rate * *velocity;
        }
        let model = Model::new(model.shape, parameters)?.with_clip(mean.clip);
        self.velocity = next;
        self.round = self.round.saturating_add(1);
        Ok(model)
    }
}

/// Values between -1/√inputs and 1/√inputs from a SHA-256 stream: four bytes each, 24 of their bits.
fn uniform(seed: u64, name: &str, inputs: usize, count: usize, into: &mut Vec<f32>) {
    let bound = 1.0 / (inputs.max(1) as f32).sqrt();
    let end = into.len() + count;
    for counter in 0u64.. {
        let mut hash = Sha256::new();
        hash.update(b"secureflow/initial/v1");
        hash.update(seed.to_le_bytes());
        hash.update(name.as_bytes());
        hash.update(counter.to_le_bytes());
        for four in hash.finalize().chunks_exact(4) {
            if into.len() == end {
                return;
            }
            let bits = u32::from_le_bytes([four[0], four[1], four[2], four[3]]) >> 8;
            into.push((bits as f32 / (1 << 23) as f32 - 1.0) * bound);
        }
    }
}

/// `ln(positives / negatives)` with additions and divisions only: those give the same bits on every machine, which a
/// mathematics library does not promise.
fn log_odds(positives: u64, negatives: u64) -> f32 {
    const LN_2: f64 = std::f64::consts::LN_2;
    let mut ratio = positives.max(1) as f64 / negatives.max(1) as f64;
    let mut twos = 0.0;
    while ratio > 1.5 {
        ratio /= 2.0;
        twos += 1.0;
    }
    while ratio < 0.75 {
        ratio *= 2.0;
        twos -= 1.0;
    }
    // ln r = 2 artanh((r - 1) / (r + 1)); |z| ≤ 0.2, so fifteen terms leave less than 1e-20.
    let z = (ratio - 1.0) / (ratio + 1.0);
    let (mut power, mut series) = (z, 0.0);
    for term in 0..15 {
        series += power / f64::from(2 * term + 1);
        power *= z * z;
    }
    (twos * LN_2 + 2.0 * series) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_odds_match_the_library() {
        for (positives, negatives) in [(1u64, 1u64), (3, 7), (1, 400_000), (400_000, 1), (299, 701), (5, 4)] {
            let expected = (positives as f64 / negatives as f64).ln();
            assert!(
                (f64::from(log_odds(positives, negatives)) - expected).abs() < 1e-6,
                "{positives}/{negatives}"
            );
        }
    }
}
