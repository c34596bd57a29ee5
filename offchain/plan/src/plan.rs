use crate::bounded::{self, Bounded};
use crate::error::{PlanError, Result};
use crate::privacy::Privacy;
use crate::spec::{self, Feature, FeatureKind, LabelSpec, ModelSpec, Training};
use serde::{Deserialize, Serialize};

/// The most bytes that a plan may take on chain.
pub const MAX_PLAN_BYTES: usize = 16 * 1024;

pub(crate) const PLAN_VERSION: u32 = 1;

/// Everything that the agents and the worker need to compute a job. Its bytes (JSON, sorted fields, no spaces) go on
/// chain inside the job's specification, so that all compute the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Proofs for two workers that no training round's contribution is larger than agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounded: Option<Bounded>,
    pub features: Vec<Feature>,
    pub label: LabelSpec,
    pub min_group_size: u32,
    pub min_parties: u32,
    pub model: ModelSpec,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
    pub step_timeout_s: u32,
    pub training: Training,
    pub version: u32,
}

impl Plan {
    /// Reads a plan from the chain; refuses bytes that are not exactly what [`Plan::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_PLAN_BYTES {
            return Err(PlanError::TooLarge {
                bytes: bytes.len(),
                limit: MAX_PLAN_BYTES,
            });
        }
        let plan: Self = serde_json::from_slice(bytes).map_err(|error| PlanError::Json(error.to_string()))?;
        if plan.encode() != bytes {
            return Err(PlanError::NotCanonical);
        }
        plan.validate()?;
        Ok(plan)
    }

    /// The canonical bytes; checks the plan first.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.validate()?;
        Ok(self.encode())
    }

    fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a plan has no maps and no fallible serialisers")
    }

    pub fn validate(&self) -> Result<()> {
        if self.version != PLAN_VERSION {
            let problem = format!("is {} and this program knows {PLAN_VERSION}: update it", self.version);
            return Err(PlanError::invalid("version", problem));
        }
        spec::check_name("name", &self.name)?;
        spec::check_columns(&self.label, &self.features)?;
        spec::check_model(&self.model)?;
        if self.model != self.model.normalised() {
            return Err(PlanError::NotCanonical);
        }
        spec::check_training(&self.training)?;
        spec::check_limits(self.min_parties, self.min_group_size, self.step_timeout_s)?;
        if let Some(privacy) = &self.privacy {
            privacy.validate(self)?;
        }
        if let Some(bounded) = &self.bounded {
            bounded.validate()?;
        }
        let bytes = self.encode().len();
        if bytes > MAX_PLAN_BYTES {
            return Err(PlanError::TooLarge {
                bytes,
                limit: MAX_PLAN_BYTES,
            });
        }
        Ok(())
    }

    pub fn rounds(&self) -> u32 {
        self.training.rounds
    }

    /// How many shares of noise reach the multiplier, where the parties' or the two workers' are in a sum.
    pub(crate) fn noise_needed(&self) -> u32 {
        match self.bounded {
            Some(_) => bounded::NOISE_NEEDED,
            None => self.min_parties,
        }
    }

    /// The numeric features, in the plan's order.
    pub fn numeric(&self) -> impl Iterator<Item = &Feature> {
        self.features
            .iter()
            .filter(|feature| feature.kind == FeatureKind::Numeric)
    }
}
