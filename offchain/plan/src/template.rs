use crate::bounded::Bounded;
use crate::error::{PlanError, Result};
use crate::plan::{Plan, PLAN_VERSION};
use crate::privacy::{self, Privacy, Unit};
use crate::spec::{self, defaults, Deadlines, Feature, LabelSpec, ModelSpec, Training};
use serde::{Deserialize, Serialize};

/// What a person writes to propose a job. The CLI turns it into the chain's job specification (purpose, datasets,
/// deadlines) and a [`Plan`] (everything else).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub name: String,
    pub purpose: String,
    /// May stay empty where the datasets are named on the command line.
    #[serde(default)]
    pub datasets: Vec<DatasetRef>,
    #[serde(default = "defaults::min_parties")]
    pub min_parties: u32,
    #[serde(default = "defaults::min_group_size")]
    pub min_group_size: u32,
    #[serde(default = "defaults::step_timeout_s")]
    pub step_timeout_s: u32,
    pub label: LabelSpec,
    pub model: ModelSpec,
    pub training: Training,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<PrivacyTemplate>,
    /// Asks for proofs that no party's contribution is larger than agreed, and for the two workers that they take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounded: Option<Bounded>,
    #[serde(default)]
    pub deadlines: Deadlines,
    #[serde(rename = "feature", default)]
    pub features: Vec<Feature>,
}

/// A dataset as people name it: by its number on chain or by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DatasetRef {
    Id(u64),
    Name(String),
}

/// Asks for differential privacy of the training rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyTemplate {
    pub epsilon: f64,
    /// A power of ten, such as `1e-5`.
    pub delta: f64,
    /// The most that one row's gradient may measure (L2).
    pub clip: f64,
    /// The share of rows whose gradients the clip shall leave as they are: it then follows their norms.
    pub clip_quantile: Option<f64>,
    /// With what probability a row is in a round; all of them where it is left out.
    pub sampling: Option<f64>,
    /// Hides all rows with the same value in a column, instead of each by itself.
    pub unit: Option<Unit>,
}

impl PrivacyTemplate {
    /// `5` for a delta of `1e-5`.
    pub fn delta_exponent(&self) -> Result<u32> {
        delta_exponent(self.delta)
    }
}

pub(crate) fn delta_exponent(delta: f64) -> Result<u32> {
    (1..=15u32)
        .find(|k| (delta * 10f64.powi(*k as i32) - 1.0).abs() < 1e-9)
        .ok_or_else(|| PlanError::invalid("privacy.delta", "must be a power of ten such as 1e-5"))
}

/// Checks what stands around every plan.
pub(crate) fn check_frame(
    purpose: &str,
    deadlines: &Deadlines,
    datasets: &[DatasetRef],
    min_parties: u32,
) -> Result<()> {
    spec::check_name("purpose", purpose)?;
    for (field, blocks) in [
        ("deadlines.approval", deadlines.approval),
        ("deadlines.start", deadlines.start),
        ("deadlines.round", deadlines.round),
    ] {
        spec::within(field, blocks, 1, 10_000_000)?;
    }
    for (at, dataset) in datasets.iter().enumerate() {
        if datasets[..at].contains(dataset) {
            return Err(PlanError::invalid("datasets", "one stands there twice: remove it"));
        }
    }
    if !datasets.is_empty() && (datasets.len() as u64) < u64::from(min_parties) {
        let problem = format!("is {min_parties} but only {} datasets are named", datasets.len());
        return Err(PlanError::invalid("min_parties", problem));
    }
    Ok(())
}

pub(crate) fn check_bounded(bounded: Option<&Bounded>) -> Result<()> {
    bounded.map_or(Ok(()), Bounded::check)
}

impl Template {
    /// Reads and checks a template.
    pub fn parse(toml: &str) -> Result<Self> {
        let template: Self = toml::from_str(toml).map_err(|error| PlanError::Toml(error.to_string()))?;
        template.validate()?;
        Ok(template)
    }

    pub fn validate(&self) -> Result<()> {
        check_frame(&self.purpose, &self.deadlines, &self.datasets, self.min_parties)?;
        if let Some(privacy) = &self.privacy {
            privacy.delta_exponent()?;
            privacy::check_clip(privacy.clip_quantile, self.bounded.is_some())?;
        }
        check_bounded(self.bounded.as_ref())?;
        // Neither noise nor workers are known yet; any valid ones make the rest checkable.
        let rest = Self {
            bounded: None,
            ..self.clone()
        };
        rest.build(1.0).map(drop)
    }

    /// The plan of this template. `noise_multiplier` is what the privacy accountant finds for `privacy` and the number
    /// of rounds; it is ignored without a privacy section and required with one.
    pub fn plan(&self, noise_multiplier: Option<f64>) -> Result<Plan> {
        self.validate()?;
        match (&self.privacy, noise_multiplier) {
            (Some(_), None) => Err(PlanError::invalid(
                "privacy",
                "the noise multiplier has not been computed",
            )),
            (_, noise) => self.build(noise.unwrap_or(1.0)),
        }
    }

    fn build(&self, noise_multiplier: f64) -> Result<Plan> {
        let privacy = match &self.privacy {
            None => None,
            Some(privacy) => {
                spec::within("privacy.noise_multiplier", noise_multiplier, 1e-3, 1e6)?;
                Some(Privacy {
                    clip: privacy.clip,
                    clip_quantile: privacy.clip_quantile,
                    delta_exponent: privacy.delta_exponent()?,
                    epsilon: privacy.epsilon,
                    // Rounded up: more noise than asked for, never less.
                    noise_multiplier_micro: (noise_multiplier * 1e6).ceil() as u64,
                    sampling: privacy.sampling,
                    unit: privacy.unit.clone(),
                })
            }
        };
        let plan = Plan {
            bounded: self.bounded.clone(),
            features: self.features.clone(),
            label: self.label.clone(),
            min_group_size: self.min_group_size,
            min_parties: self.min_parties,
            model: self.model.normalised(),
            name: self.name.clone(),
            privacy,
            step_timeout_s: self.step_timeout_s,
            training: self.training.clone(),
            version: PLAN_VERSION,
        };
        plan.validate()?;
        Ok(plan)
    }
}
