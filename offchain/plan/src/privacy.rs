//! Differential privacy of the training rounds.

use crate::error::{PlanError, Result};
use crate::{spec, Model, Plan};
use secureflow_privacy::{sampled_gaussian_cost_micro, update_multiplier, AdaptiveClip, ClipRule, Cost, CLIP_UNIT};
use serde::{Deserialize, Serialize};

/// A round is one step over the rows of all parties, or over a sample of them: every row's gradient clipped, Gaussian noise of
/// `noise_multiplier` times the clip on the sum over all parties. `docs/protocols/privacy.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// The most that one row's gradient may measure (L2); where [`Self::clip_quantile`] is set, in the first round.
    pub clip: f64,
    /// The share of rows whose gradients the clip shall leave as they are: it then follows their norms from round to round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_quantile: Option<f64>,
    /// `5` for a delta of 1e-5.
    pub delta_exponent: u32,
    pub epsilon: f64,
    /// Of a round, in millionths, so that every party accounts for the same number.
    pub noise_multiplier_micro: u64,
    /// With what probability a row is in a round, each by itself; all of them where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling: Option<f64>,
    /// What is hidden, where it is more than a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
}

/// All rows of a party with the same value in a column, such as those of one customer, are hidden, sampled and clipped together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub column: String,
    /// Further rows with the same value are left out.
    pub most_rows: u32,
}

/// The most rows of a unit.
const MOST_ROWS: u32 = 1_000;

/// A clip that follows the norms of gradients moves by e at most in a round. The paper's rate of a fifth is for thousands of
/// rounds, jobs have tens.
const RATE_MICRO: u32 = 1_000_000;
/// The count that the clip follows has so many times the noise of the whole round: it takes a hundredth of its cost.
const COUNT_NOISE: u64 = 10;
/// What a clip may be, in [`CLIP_UNIT`]s: from about a thousandth to 1,000.
const LEAST: u64 = 1 << 14;
const MOST: u64 = 1_000 << 24;

impl Privacy {
    pub fn delta(&self) -> f64 {
        10f64.powi(-(self.delta_exponent as i32))
    }

    /// Of a round: what its cost follows from.
    pub fn noise_multiplier(&self) -> f64 {
        self.noise_multiplier_micro as f64 / 1e6
    }

    /// Of the sum of gradients in it. Where the clip follows a count, the rest of the round's noise is the count's.
    pub fn gradient_multiplier(&self) -> f64 {
        let whole = self.noise_multiplier();
        match self.clip_quantile {
            None => whole,
            // The count's multiplier is finite and above the whole's.
            Some(_) => update_multiplier(whole, whole * COUNT_NOISE as f64).unwrap_or(f64::INFINITY),
        }
    }

    /// With what probability a row is in a round.
    pub fn sampling(&self) -> f64 {
        self.sampling.unwrap_or(1.0)
    }

    /// What a round costs in the ledger.
    pub fn cost(&self) -> Cost {
        sampled_gaussian_cost_micro(self.noise_multiplier_micro, self.sampling())
    }

    /// The units that are in a round of so many, on average: what a mean is over, since how many were sampled is not told.
    pub fn expected(&self, units: u64) -> f64 {
        self.sampling() * units as f64
    }

    /// The clip of a job's first round, in [`CLIP_UNIT`]s, where it changes.
    pub(crate) fn first_clip(&self) -> Option<u64> {
        self.clip_quantile
            .map(|_| ((self.clip / CLIP_UNIT).round() as u64).clamp(LEAST, MOST))
    }

    fn rule(&self, min_parties: u32) -> Option<ClipRule> {
        self.clip_quantile.map(|quantile| ClipRule {
            quantile_micro: (quantile * 1e6).round() as u32,
            rate_micro: RATE_MICRO,
            count_multiplier_micro: self.noise_multiplier_micro * COUNT_NOISE,
            min_parties,
            least: LEAST,
            most: MOST,
        })
    }

    pub(crate) fn validate(&self, plan: &Plan) -> Result<()> {
        spec::within("privacy.epsilon", self.epsilon, 0.01, 1000.0)?;
        spec::within("privacy.clip", self.clip, 1e-3, 1000.0)?;
        spec::within("privacy.delta_exponent", self.delta_exponent, 1, 15)?;
        spec::within(
            "privacy.noise_multiplier_micro",
            self.noise_multiplier_micro,
            1_000,
            1_000_000_000_000,
        )?;
        spec::check_decimal("privacy.epsilon", self.epsilon)?;
        spec::check_decimal("privacy.clip", self.clip)?;
        if let Some(quantile) = self.clip_quantile {
            share("privacy.clip_quantile", quantile)?;
        }
        check_clip(self.clip_quantile, plan.bounded.is_some())?;
        if let Some(sampling) = self.sampling {
            share("privacy.sampling", sampling)?;
        }
        self.unit.as_ref().map_or(Ok(()), |unit| unit.validate(plan))
    }
}

/// Whether the clip can be found by all who need it.
pub(crate) fn check_clip(quantile: Option<f64>, bounded: bool) -> Result<()> {
    if quantile.is_some() && bounded {
        let problem = "does not go together with [bounded]: the second worker has no model to find the clip in";
        return Err(PlanError::invalid("privacy.clip_quantile", problem));
    }
    Ok(())
}

/// Refuses what is no share strictly between nothing and all, in whole millionths.
fn share(field: &str, value: f64) -> Result<()> {
    let micro = value * 1e6;
    if !(value > 0.0 && value < 1.0) || (micro - micro.round()).abs() > 1e-6 {
        let problem = format!("is {value} and must lie between 0 and 1, with six decimals at most");
        return Err(PlanError::invalid(field, problem));
    }
    Ok(())
}

impl Unit {
    fn validate(&self, plan: &Plan) -> Result<()> {
        spec::check_name("privacy.unit.column", &self.column)?;
        spec::within("privacy.unit.most_rows", self.most_rows, 1, MOST_ROWS)?;
        let used = plan.features.iter().any(|feature| feature.name == self.column);
        if used || plan.label.column == self.column {
            let problem = format!(
                "{:?} is a feature or the label: what tells units apart must not be learned from",
                self.column
            );
            return Err(PlanError::invalid("privacy.unit.column", problem));
        }
        Ok(())
    }
}

/// What bounds a row's part in a training round.
#[derive(Debug, Clone, PartialEq)]
pub enum Clip {
    /// The same in every round.
    Fixed(f64),
    /// The round's; the next one follows from the sum.
    Following(AdaptiveClip),
}

impl Clip {
    /// The clip of the round that starts from this model. Refuses a model that has none where the plan needs one, and the other
    /// way round.
    pub fn of(plan: &Plan, model: &Model) -> Result<Self> {
        let rule = plan.privacy.as_ref().and_then(|privacy| privacy.rule(plan.min_parties));
        match (rule, model.clip()) {
            (None, None) => Ok(Self::Fixed(match &plan.privacy {
                None => plan.training.clip_norm,
                Some(privacy) => privacy.clip,
            })),
            (Some(rule), Some(clip)) => AdaptiveClip::new(rule, clip)
                .map(Self::Following)
                .map_err(|error| PlanError::Model(error.to_string())),
            (Some(_), None) => Err(PlanError::Model("it does not say what gradients are clipped to".into())),
            (None, Some(_)) => Err(PlanError::Model(
                "it has a clip where the plan's does not change".into(),
            )),
        }
    }

    /// The L2 norm.
    pub fn norm(&self) -> f64 {
        match self {
            Self::Fixed(norm) => *norm,
            Self::Following(clip) => clip.clip(),
        }
    }
}
