//! What the kinds of jobs have in common.

use crate::{
    error::{PlanError, Result},
    spec::Deadlines,
    statistics::{StatisticsPlan, StatisticsTemplate},
    train, Bounded, DatasetRef, Plan, Privacy, Shape, Step, Steps, Template, Unit, MAX_PLAN_BYTES,
};
use rand_core::{CryptoRng, RngCore};
use secureflow_privacy::{gaussian_cost_micro, Cost};
use secureflow_validity::Bound;
use zeroize::Zeroizing;

/// The plan that stands in a job's specification.
#[derive(Debug, Clone, PartialEq)]
pub enum JobPlan {
    Training(Box<Plan>),
    Statistics(StatisticsPlan),
}

/// What a job uses a column as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Label,
    Feature,
    Aggregate,
    /// Tells apart what is hidden.
    Unit,
}

impl JobPlan {
    /// Reads a plan from the chain; refuses bytes that are not exactly what [`JobPlan::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_PLAN_BYTES {
            return Err(PlanError::TooLarge {
                bytes: bytes.len(),
                limit: MAX_PLAN_BYTES,
            });
        }
        let found: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| PlanError::Json(error.to_string()))?;
        match found.get("statistics") {
            Some(_) => StatisticsPlan::from_bytes(bytes).map(Self::Statistics),
            None => Plan::from_bytes(bytes).map(|plan| Self::Training(Box::new(plan))),
        }
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        match self {
            Self::Training(plan) => plan.to_bytes(),
            Self::Statistics(plan) => plan.to_bytes(),
        }
    }

    /// The plan of a training.
    pub fn training(&self) -> Option<&Plan> {
        match self {
            Self::Training(plan) => Some(plan),
            Self::Statistics(_) => None,
        }
    }

    /// The plan of statistics.
    pub fn statistics(&self) -> Option<&StatisticsPlan> {
        match self {
            Self::Training(_) => None,
            Self::Statistics(plan) => Some(plan),
        }
    }

    pub fn steps(&self) -> Steps {
        match self {
            Self::Training(plan) => Steps::Training { rounds: plan.rounds() },
            Self::Statistics(_) => Steps::Statistics,
        }
    }

    /// The releases that cost privacy.
    pub fn rounds(&self) -> u32 {
        match self {
            Self::Training(plan) => plan.rounds(),
            Self::Statistics(_) => 1,
        }
    }

    /// What the job asks of two workers.
    pub fn bounded(&self) -> Option<&Bounded> {
        match self {
            Self::Training(plan) => plan.bounded.as_ref(),
            Self::Statistics(plan) => plan.bounded.as_ref(),
        }
    }

    /// The accounts of the candidates for the second worker; none where one worker suffices.
    pub fn second_workers(&self) -> Vec<[u8; 32]> {
        // A plan that was read has been checked.
        let accounts = self.bounded().and_then(|bounded| bounded.accounts().ok());
        accounts.unwrap_or_default()
    }

    /// Whether a step's contributions are proven to be bounded.
    pub fn is_proven(&self, step: Step) -> bool {
        self.bounded().is_some() && matches!(step, Step::Train(_) | Step::Release)
    }

    /// What a party's vector of `length` elements for a step is proven to be; `None` where the step is an ordinary secure sum
    /// under one worker. The counts before and after a training have no proofs.
    pub fn bound(&self, step: Step, length: usize) -> Result<Option<Bound>> {
        let bound = match (self, step) {
            (Self::Training(plan), Step::Train(_)) => train::bound(plan, length)?,
            (Self::Statistics(plan), Step::Release) => plan.bound()?,
            _ => None,
        };
        match bound {
            Some(bound) if bound.length() != length => Err(PlanError::Length {
                step: step.name(),
                expected: bound.length(),
                found: length,
            }),
            bound => Ok(bound),
        }
    }

    /// The noise that one of two workers adds to a step's sum, all that privacy needs.
    pub fn worker_noise(
        &self,
        step: Step,
        length: usize,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Zeroizing<Vec<i64>>> {
        match (self, step) {
            (Self::Training(plan), Step::Train(_)) => train::noise(plan, length, rng),
            (Self::Statistics(plan), Step::Release) => plan.noise(rng),
            _ => Err(PlanError::invalid("bounded", "the step has no noise of workers")),
        }
    }

    /// See [`Step::vector_length`].
    pub fn vector_length(&self, step: Step, shape: Option<&Shape>) -> Option<usize> {
        step.vector_length(self, shape)
    }

    /// The noise multiplier of a round in millionths, and the exponent of delta; `None` without differential privacy.
    pub fn noise(&self) -> Option<(u64, u32)> {
        match self {
            Self::Training(plan) => {
                let privacy = plan.privacy.as_ref()?;
                Some((privacy.noise_multiplier_micro, privacy.delta_exponent))
            }
            Self::Statistics(plan) => Some((plan.privacy.noise_multiplier_micro, plan.privacy.delta_exponent)),
        }
    }

    /// What a round costs in the ledger; `None` without differential privacy.
    pub fn cost(&self) -> Option<Cost> {
        match self {
            Self::Training(plan) => plan.privacy.as_ref().map(Privacy::cost),
            Self::Statistics(plan) => Some(gaussian_cost_micro(plan.privacy.noise_multiplier_micro)),
        }
    }

    /// What is hidden, where that is more than a row.
    pub fn unit(&self) -> Option<&Unit> {
        self.training()?.privacy.as_ref()?.unit.as_ref()
    }

    /// What is hidden, in words; `None` without differential privacy.
    pub fn hidden(&self) -> Option<String> {
        self.noise()?;
        Some(self.unit().map_or_else(
            || "one row of one party".to_string(),
            |unit| format!("all rows of one party with the same value in {:?}", unit.column),
        ))
    }

    pub fn min_parties(&self) -> u32 {
        match self {
            Self::Training(plan) => plan.min_parties,
            Self::Statistics(plan) => plan.min_parties,
        }
    }

    pub fn min_group_size(&self) -> u32 {
        match self {
            Self::Training(plan) => plan.min_group_size,
            Self::Statistics(plan) => plan.min_group_size,
        }
    }

    pub fn step_timeout_s(&self) -> u32 {
        match self {
            Self::Training(plan) => plan.step_timeout_s,
            Self::Statistics(plan) => plan.step_timeout_s,
        }
    }

    /// What the job reads, for the check against a policy.
    pub fn columns(&self) -> Vec<(&str, Use)> {
        match self {
            Self::Training(plan) => {
                let label = std::iter::once((plan.label.column.as_str(), Use::Label));
                let features = plan.features.iter();
                label
                    .chain(features.map(|feature| (feature.name.as_str(), Use::Feature)))
                    .chain(self.unit().map(|unit| (unit.column.as_str(), Use::Unit)))
                    .collect()
            }
            Self::Statistics(plan) => plan.columns().map(|column| (column, Use::Aggregate)).collect(),
        }
    }
}

/// What a person writes to propose a job.
#[derive(Debug, Clone, PartialEq)]
pub enum JobTemplate {
    Training(Box<Template>),
    Statistics(StatisticsTemplate),
}

impl JobTemplate {
    /// Reads and checks a template. One that asks for statistics has a `[[statistic]]` in it.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |error: toml::de::Error| PlanError::Toml(error.to_string());
        let found: toml::Table = toml::from_str(text).map_err(wrong)?;
        if !found.contains_key("statistic") {
            return Template::parse(text).map(|template| Self::Training(Box::new(template)));
        }
        // From the text and not from the table: an error then says in which line it is.
        let template: StatisticsTemplate = toml::from_str(text).map_err(wrong)?;
        template.validate()?;
        Ok(Self::Statistics(template))
    }

    /// The plan. `noise_multiplier` is what the accountant finds for the privacy asked for, and needed where some is.
    pub fn plan(&self, noise_multiplier: Option<f64>) -> Result<JobPlan> {
        match self {
            Self::Training(template) => template
                .plan(noise_multiplier)
                .map(|plan| JobPlan::Training(Box::new(plan))),
            Self::Statistics(template) => {
                let missing = || PlanError::invalid("privacy", "the noise multiplier has not been computed");
                template
                    .plan(noise_multiplier.ok_or_else(missing)?)
                    .map(JobPlan::Statistics)
            }
        }
    }

    /// Epsilon and the exponent of delta; `None` without differential privacy.
    pub fn privacy(&self) -> Result<Option<(f64, u32)>> {
        match self {
            Self::Training(template) => match &template.privacy {
                Some(privacy) => Ok(Some((privacy.epsilon, privacy.delta_exponent()?))),
                None => Ok(None),
            },
            Self::Statistics(template) => {
                let privacy = &template.privacy;
                Ok(Some((privacy.epsilon, privacy.delta_exponent()?)))
            }
        }
    }

    /// With what probability a row is in a round.
    pub fn sampling(&self) -> f64 {
        match self {
            Self::Training(template) => template.privacy.as_ref().and_then(|privacy| privacy.sampling),
            Self::Statistics(_) => None,
        }
        .unwrap_or(1.0)
    }

    /// What is asked of two workers.
    pub fn bounded_mut(&mut self) -> Option<&mut Bounded> {
        match self {
            Self::Training(template) => template.bounded.as_mut(),
            Self::Statistics(template) => template.bounded.as_mut(),
        }
    }

    /// The same with one worker and no proofs: it costs the same.
    pub fn forget_bounded(&mut self) {
        match self {
            Self::Training(template) => template.bounded = None,
            Self::Statistics(template) => template.bounded = None,
        }
    }

    /// The releases that cost privacy.
    pub fn rounds(&self) -> u32 {
        match self {
            Self::Training(template) => template.training.rounds,
            Self::Statistics(_) => 1,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Training(template) => &template.name,
            Self::Statistics(template) => &template.name,
        }
    }

    pub fn purpose(&self) -> &str {
        match self {
            Self::Training(template) => &template.purpose,
            Self::Statistics(template) => &template.purpose,
        }
    }

    pub fn datasets(&self) -> &[DatasetRef] {
        match self {
            Self::Training(template) => &template.datasets,
            Self::Statistics(template) => &template.datasets,
        }
    }

    pub fn deadlines(&self) -> &Deadlines {
        match self {
            Self::Training(template) => &template.deadlines,
            Self::Statistics(template) => &template.deadlines,
        }
    }

    pub fn min_parties(&self) -> u32 {
        match self {
            Self::Training(template) => template.min_parties,
            Self::Statistics(template) => template.min_parties,
        }
    }
}
