//! The parts that a template and a plan have in common. Fields stand in alphabetical order, since serialising them in
//! declaration order is what makes a plan's JSON canonical.

use crate::error::{PlanError, Result};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;

/// What a name may take on chain.
const MAX_NAME: usize = 64;
/// The chain lists 256 columns; one is the label.
const MAX_FEATURES: usize = 255;

/// The column to predict and which of its two values counts as 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSpec {
    pub column: String,
    /// The other value. Needed only where `positive` is not one of the known pairs (0/1, yes/no, true/false, good/bad).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "word_or_none")]
    pub negative: Option<String>,
    #[serde(deserialize_with = "word")]
    pub positive: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeatureKind {
    Numeric,
    Categorical,
}

impl FeatureKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Categorical => "categorical",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    pub kind: FeatureKind,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelKind {
    Logistic,
    Perceptron,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Units of the perceptron's hidden layer; without meaning for a logistic model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<u32>,
    pub kind: ModelKind,
}

impl ModelSpec {
    pub const DEFAULT_HIDDEN: u32 = 16;

    /// The same model with what does not matter left out.
    pub(crate) fn normalised(&self) -> Self {
        let hidden = match self.kind {
            ModelKind::Logistic => None,
            ModelKind::Perceptron => Some(self.hidden.unwrap_or(Self::DEFAULT_HIDDEN)),
        };
        Self {
            hidden,
            kind: self.kind,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    #[serde(default = "defaults::batch_size")]
    pub batch_size: u32,
    /// The most that a party's update may measure (L2); bounds what one party can move the model.
    #[serde(default = "defaults::clip_norm")]
    pub clip_norm: f64,
    /// The share of each party's rows that training never sees.
    #[serde(default = "defaults::holdout")]
    pub holdout: f64,
    #[serde(default = "defaults::learning_rate")]
    pub learning_rate: f64,
    #[serde(default = "defaults::local_epochs")]
    pub local_epochs: u32,
    pub rounds: u32,
    #[serde(default = "defaults::seed")]
    pub seed: u64,
    #[serde(default)]
    pub server_momentum: f64,
    #[serde(default)]
    pub weight_decay: f64,
}

/// How long, in blocks, the chain waits in each phase of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    #[serde(default = "defaults::approval")]
    pub approval: u32,
    #[serde(default = "defaults::start")]
    pub start: u32,
    #[serde(default = "defaults::round")]
    pub round: u32,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            approval: defaults::approval(),
            start: defaults::start(),
            round: defaults::round(),
        }
    }
}

pub(crate) mod defaults {
    pub fn batch_size() -> u32 {
        32
    }
    pub fn clip_norm() -> f64 {
        10.0
    }
    pub fn holdout() -> f64 {
        0.2
    }
    pub fn learning_rate() -> f64 {
        0.1
    }
    pub fn local_epochs() -> u32 {
        1
    }
    pub fn seed() -> u64 {
        1
    }
    pub fn approval() -> u32 {
        600
    }
    pub fn start() -> u32 {
        300
    }
    pub fn round() -> u32 {
        120
    }
    pub fn min_parties() -> u32 {
        2
    }
    pub fn min_group_size() -> u32 {
        10
    }
    pub fn step_timeout_s() -> u32 {
        60
    }
}

/// Accepts `1`, `true` and `"good"` alike, since people write all three.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Word {
        Text(String),
        Integer(i64),
        Flag(bool),
    }
    Ok(match Word::deserialize(deserializer)? {
        Word::Text(text) => text,
        Word::Integer(number) => number.to_string(),
        Word::Flag(flag) => flag.to_string(),
    })
}

fn word_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    word(deserializer).map(Some)
}

pub(crate) fn within<T: PartialOrd + std::fmt::Display>(field: &str, value: T, low: T, high: T) -> Result<()> {
    if value >= low && value <= high {
        Ok(())
    } else {
        Err(PlanError::invalid(
            field,
            format!("is {value} and must lie between {low} and {high}"),
        ))
    }
}

pub(crate) fn check_name(field: &str, name: &str) -> Result<()> {
    if name.is_empty() || name.trim() != name {
        return Err(PlanError::invalid(
            field,
            "must not be empty, nor begin or end with a space",
        ));
    }
    if name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(PlanError::invalid(
            field,
            format!("must have at most {MAX_NAME} bytes and no control characters"),
        ));
    }
    Ok(())
}

pub(crate) fn check_columns(label: &LabelSpec, features: &[Feature]) -> Result<()> {
    check_name("label.column", &label.column)?;
    crate::Label::new(label)?;
    if features.is_empty() {
        return Err(PlanError::invalid(
            "feature",
            "there is none: add at least one [[feature]] with name and kind",
        ));
    }
    if features.len() > MAX_FEATURES {
        return Err(PlanError::invalid(
            "feature",
            format!("there are {} and may be {MAX_FEATURES}", features.len()),
        ));
    }
    let mut seen = BTreeSet::new();
    for feature in features {
        check_name("feature.name", &feature.name)?;
        if feature.name == label.column {
            let problem = format!("{:?} is the label and cannot be a feature too: remove it", feature.name);
            return Err(PlanError::invalid("feature", problem));
        }
        if !seen.insert(&feature.name) {
            return Err(PlanError::invalid(
                "feature",
                format!("{:?} stands there twice: remove one", feature.name),
            ));
        }
    }
    Ok(())
}

pub(crate) fn check_model(model: &ModelSpec) -> Result<()> {
    match (model.kind, model.hidden) {
        (ModelKind::Perceptron, Some(hidden)) => within("model.hidden", hidden, 1, 256),
        _ => Ok(()),
    }
}

pub(crate) fn check_training(training: &Training) -> Result<()> {
    within("training.rounds", training.rounds, 1, 1000)?;
    within("training.local_epochs", training.local_epochs, 1, 100)?;
    within("training.batch_size", training.batch_size, 1, 65_536)?;
    within("training.learning_rate", training.learning_rate, 1e-6, 100.0)?;
    within("training.server_momentum", training.server_momentum, 0.0, 0.99)?;
    within("training.clip_norm", training.clip_norm, 1e-3, 1000.0)?;
    within("training.weight_decay", training.weight_decay, 0.0, 1.0)?;
    within("training.holdout", training.holdout, 0.05, 0.5)?;
    // TOML's integers end here.
    within("training.seed", training.seed, 0, i64::MAX as u64)?;
    for (field, value) in [
        ("training.learning_rate", training.learning_rate),
        ("training.server_momentum", training.server_momentum),
        ("training.clip_norm", training.clip_norm),
        ("training.weight_decay", training.weight_decay),
        ("training.holdout", training.holdout),
    ] {
        check_decimal(field, value)?;
    }
    Ok(())
}

/// A number that people write and that every JSON reader reads back to the same bits: nine decimals at most.
pub(crate) fn check_decimal(field: &str, value: f64) -> Result<()> {
    if format!("{value}")
        .split('.')
        .nth(1)
        .is_some_and(|decimals| decimals.len() > 9)
    {
        return Err(PlanError::invalid(
            field,
            format!("is {value} and may have at most nine decimals"),
        ));
    }
    Ok(())
}

pub(crate) fn check_limits(min_parties: u32, min_group_size: u32, step_timeout_s: u32) -> Result<()> {
    within("min_parties", min_parties, 2, 32)?;
    within("min_group_size", min_group_size, 1, 100_000)?;
    within("step_timeout_s", step_timeout_s, 1, 86_400)
}
