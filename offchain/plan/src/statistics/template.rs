use super::{plan::StatisticsPrivacy, Statistic, StatisticsPlan};
use crate::{
    bounded::Bounded,
    error::Result,
    plan::PLAN_VERSION,
    spec::{defaults, Deadlines},
    template::{self, DatasetRef},
};
use serde::{Deserialize, Serialize};

/// What a person writes to ask for statistics. The CLI turns it into the chain's job specification and a
/// [`StatisticsPlan`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatisticsTemplate {
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
    pub privacy: StatisticsPrivacyTemplate,
    /// Asks for proofs that no party's contribution is larger than agreed, and for the two workers that they take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounded: Option<Bounded>,
    #[serde(default)]
    pub deadlines: Deadlines,
    #[serde(rename = "statistic", default)]
    pub statistics: Vec<Statistic>,
}

/// What all statistics of the job together may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatisticsPrivacyTemplate {
    pub epsilon: f64,
    /// A power of ten, such as `1e-6`.
    pub delta: f64,
}

impl StatisticsPrivacyTemplate {
    /// `5` for a delta of `1e-5`.
    pub fn delta_exponent(&self) -> Result<u32> {
        template::delta_exponent(self.delta)
    }
}

impl StatisticsTemplate {
    pub fn validate(&self) -> Result<()> {
        template::check_frame(&self.purpose, &self.deadlines, &self.datasets, self.min_parties)?;
        template::check_bounded(self.bounded.as_ref())?;
        // Neither noise nor workers are known yet; any valid ones make the rest checkable.
        let rest = Self {
            bounded: None,
            ..self.clone()
        };
        rest.plan(1.0).map(drop)
    }

    /// The plan. `noise_multiplier` is what the accountant finds for the privacy asked for and one round.
    pub fn plan(&self, noise_multiplier: f64) -> Result<StatisticsPlan> {
        crate::spec::within("privacy.noise_multiplier", noise_multiplier, 1e-3, 1e5)?;
        let plan = StatisticsPlan {
            bounded: self.bounded.clone(),
            min_group_size: self.min_group_size,
            min_parties: self.min_parties,
            name: self.name.clone(),
            privacy: StatisticsPrivacy {
                delta_exponent: self.privacy.delta_exponent()?,
                epsilon: self.privacy.epsilon,
                // Rounded up: more noise than asked for, never less.
                noise_multiplier_micro: (noise_multiplier * 1e6).ceil() as u64,
            },
            statistics: self.statistics.clone(),
            step_timeout_s: self.step_timeout_s,
            version: PLAN_VERSION,
        };
        plan.validate()?;
        Ok(plan)
    }
}
