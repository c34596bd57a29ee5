use super::StatisticsPlan;
use crate::{
    error::{PlanError, Result},
    statistics::query::Query,
};
use secureflow_privacy::statistics::Estimate;
use serde::Serialize;

/// How often each interval holds the value without noise.
pub const CONFIDENCE: f64 = 0.95;

/// What follows from a job's sum. Everybody who has the plan, the sum and the number of parties in it finds the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answers {
    pub confidence: f64,
    /// How many are in the sum.
    pub parties: u32,
    /// In the plan's order.
    pub statistics: Vec<Answer>,
}

/// The answer to one statistic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    pub column: String,
    pub kind: String,
    pub values: Vec<Value>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Value {
    /// Of the bin, the category or the quantile; else of the statistic.
    pub name: String,
    /// `None` for a group of fewer rows than the job's least.
    pub estimate: Option<Interval>,
}

/// A figure, and between what it lies without the noise. Nine digits of each: beyond them machines differ in how they round
/// logarithms, and everybody is to find the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl From<Estimate> for Interval {
    fn from(Estimate { value, low, high }: Estimate) -> Self {
        let rounded = |number: f64| format!("{number:.8e}").parse().unwrap_or(number);
        Self {
            value: rounded(value),
            low: rounded(low),
            high: rounded(high),
        }
    }
}

impl StatisticsPlan {
    /// The answers from the sum over so many parties.
    pub fn answers(&self, sum: &[u64], parties: u32) -> Result<Answers> {
        let queries = self.queries()?;
        let expected = queries.iter().map(Query::length).sum();
        if sum.len() != expected {
            return Err(PlanError::Length {
                step: "release",
                expected,
                found: sum.len(),
            });
        }
        if parties < self.min_parties {
            let problem = format!("{parties} parties, where {} are the least", self.min_parties);
            return Err(PlanError::Inconsistent {
                step: "release",
                problem,
            });
        }
        let (_, shares) = self.noise_shares(parties);
        let mut rest = sum;
        let mut statistics = Vec::with_capacity(queries.len());
        for (statistic, query) in self.statistics.iter().zip(&queries) {
            let (part, behind) = rest.split_at(query.length());
            rest = behind;
            // Counts of rows; the others are figures about all rows.
            let counts = matches!(query, Query::Count(_) | Query::Histogram(..) | Query::Categories(..));
            let shown = |estimate: &Estimate| !counts || estimate.value >= f64::from(self.min_group_size);
            let values = query.answer(part, shares, CONFIDENCE)?;
            statistics.push(Answer {
                column: statistic.column().to_string(),
                kind: statistic.name().to_string(),
                values: values
                    .into_iter()
                    .map(|(name, estimate)| Value {
                        name,
                        estimate: Some(estimate).filter(shown).map(Interval::from),
                    })
                    .collect(),
            });
        }
        Ok(Answers {
            confidence: CONFIDENCE,
            parties,
            statistics,
        })
    }
}

impl Answers {
    /// The bytes of the answers' file.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("answers have no maps and no fallible serialisers")
    }
}
