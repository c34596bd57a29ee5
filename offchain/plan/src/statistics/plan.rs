use super::{check_all, Statistic};
use crate::{
    bounded::{self, Bounded},
    error::{PlanError, Result},
    plan::{MAX_PLAN_BYTES, PLAN_VERSION},
    spec,
};
use serde::{Deserialize, Serialize};

/// Everything that agents and worker need to answer statistics. Its bytes (JSON, no spaces) go on chain inside the job's
/// specification, so that all compute the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatisticsPlan {
    /// Proofs for two workers that no contribution is larger than agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounded: Option<Bounded>,
    pub min_group_size: u32,
    pub min_parties: u32,
    pub name: String,
    pub privacy: StatisticsPrivacy,
    pub statistics: Vec<Statistic>,
    pub step_timeout_s: u32,
    pub version: u32,
}

/// The noise of the release. The unit of privacy is a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatisticsPrivacy {
    /// `5` for a delta of 1e-5.
    pub delta_exponent: u32,
    pub epsilon: f64,
    /// Of the whole release, in millionths, so that every party accounts for the same number.
    pub noise_multiplier_micro: u64,
}

impl StatisticsPlan {
    /// Reads a plan from the chain; refuses bytes that are not exactly what [`StatisticsPlan::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
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
        spec::check_limits(self.min_parties, self.min_group_size, self.step_timeout_s)?;
        let privacy = &self.privacy;
        spec::within("privacy.epsilon", privacy.epsilon, 0.01, 1000.0)?;
        spec::check_decimal("privacy.epsilon", privacy.epsilon)?;
        spec::within("privacy.delta_exponent", privacy.delta_exponent, 1, 15)?;
        spec::within(
            "privacy.noise_multiplier_micro",
            privacy.noise_multiplier_micro,
            1_000,
            // The library's most is a million, and each statistic gets the root of their number times this.
            100_000_000_000,
        )?;
        check_all(&self.statistics)?;
        if let Some(bounded) = &self.bounded {
            bounded.validate()?;
        }
        self.queries()?;
        self.bound()?;
        let bytes = self.encode().len();
        if bytes > MAX_PLAN_BYTES {
            return Err(PlanError::TooLarge {
                bytes,
                limit: MAX_PLAN_BYTES,
            });
        }
        Ok(())
    }

    /// How many shares of noise reach the multiplier, and how many are in the sum over so many parties: the parties' own, or
    /// the two workers'.
    pub(crate) fn noise_shares(&self, parties: u32) -> (u32, u32) {
        match self.bounded {
            Some(_) => (bounded::NOISE_NEEDED, bounded::NOISE_SHARES),
            None => (self.min_parties, parties),
        }
    }

    /// What the job reads, each column once.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let columns = self.statistics.iter().enumerate();
        columns.filter_map(|(at, statistic)| {
            let earlier = &self.statistics[..at];
            let first = earlier.iter().all(|other| other.column() != statistic.column());
            first.then(|| statistic.column())
        })
    }
}
