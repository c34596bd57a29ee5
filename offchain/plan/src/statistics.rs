//! Statistics over all parties' rows: what is asked, and what follows from the one noised sum that answers it.
//!
//! All statistics of a job are parts of one vector and cost one release. Each of `k` gets `√k` times the job's noise
//! multiplier: the cost of `k` Gaussian mechanisms adds up to that of one (Mironov 2017, proposition 1 and corollary 3).
//! What each part holds, and how its answer follows, is in `secureflow_privacy::statistics`.

mod answers;
mod flat;
mod plan;
mod query;
mod template;

pub use answers::{Answer, Answers, Interval, Value, CONFIDENCE};
pub use plan::{StatisticsPlan, StatisticsPrivacy};
pub use query::Values;
pub use template::{StatisticsPrivacyTemplate, StatisticsTemplate};

use crate::{
    error::{PlanError, Result},
    spec,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// The most statistics of a job.
const MAX_STATISTICS: usize = 32;
/// The most cells of a histogram.
const MAX_CELLS: u32 = 1024;
/// The most categories that are named.
const MAX_CATEGORIES: usize = 255;
/// The most quantiles of a column.
const MAX_QUANTILES: usize = 32;
/// The largest bound of a number: beyond it the steps of a sum would be coarser than anybody expects.
const MAX_BOUND: f64 = 1e15;

/// One question about one column. Rows in which the column is empty are left out of it. Bounds are chosen without looking
/// at the rows; numbers beyond them count as the bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "flat::Flat", into = "flat::Flat")]
pub enum Statistic {
    /// How many rows have a value.
    Count {
        column: String,
    },
    Sum {
        column: String,
        lower: f64,
        upper: f64,
    },
    Mean {
        column: String,
        lower: f64,
        upper: f64,
    },
    /// How many rows fall into each of some bins of equal width.
    Histogram {
        bins: u32,
        column: String,
        lower: f64,
        upper: f64,
    },
    /// How many rows have each of the categories named, and how many have another one.
    Categories {
        categories: Vec<String>,
        column: String,
    },
    /// The numbers below which these shares of the rows lie.
    Quantiles {
        at: Vec<f64>,
        column: String,
        lower: f64,
        upper: f64,
    },
}

impl Statistic {
    pub fn column(&self) -> &str {
        match self {
            Self::Count { column }
            | Self::Sum { column, .. }
            | Self::Mean { column, .. }
            | Self::Histogram { column, .. }
            | Self::Categories { column, .. }
            | Self::Quantiles { column, .. } => column,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Count { .. } => "count",
            Self::Sum { .. } => "sum",
            Self::Mean { .. } => "mean",
            Self::Histogram { .. } => "histogram",
            Self::Categories { .. } => "categories",
            Self::Quantiles { .. } => "quantiles",
        }
    }

    fn bounds(&self) -> Option<(f64, f64)> {
        match self {
            Self::Count { .. } | Self::Categories { .. } => None,
            Self::Sum { lower, upper, .. }
            | Self::Mean { lower, upper, .. }
            | Self::Histogram { lower, upper, .. }
            | Self::Quantiles { lower, upper, .. } => Some((*lower, *upper)),
        }
    }

    fn check(&self) -> Result<()> {
        spec::check_name("statistic.column", self.column())?;
        let invalid = |field: &str, problem: String| {
            Err(PlanError::invalid(
                format!("statistic.{field}"),
                format!("of {:?} {problem}", self.column()),
            ))
        };
        if let Some((lower, upper)) = self.bounds() {
            for (field, bound) in [("lower", lower), ("upper", upper)] {
                if bound.is_nan() || bound.abs() > MAX_BOUND {
                    return invalid(field, format!("is {bound} and must lie between -1e15 and 1e15"));
                }
                spec::check_decimal(&format!("statistic.{field}"), bound)?;
            }
            if lower >= upper {
                return invalid("lower", format!("is {lower} and must be below upper, which is {upper}"));
            }
        }
        match self {
            Self::Histogram { bins, .. } => spec::within("statistic.bins", *bins, 1, MAX_CELLS),
            Self::Categories { categories, .. } => {
                spec::within("statistic.categories", categories.len(), 1, MAX_CATEGORIES)?;
                let mut seen = BTreeSet::new();
                for category in categories {
                    spec::check_name("statistic.categories", category)?;
                    if !seen.insert(category) {
                        return invalid("categories", format!("names {category:?} twice: remove one"));
                    }
                }
                Ok(())
            }
            Self::Quantiles { at, .. } => {
                spec::within("statistic.at", at.len(), 1, MAX_QUANTILES)?;
                for share in at {
                    spec::within("statistic.at", *share, 0.0, 1.0)?;
                    spec::check_decimal("statistic.at", *share)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name(), self.column())?;
        match self.bounds() {
            Some((lower, upper)) => write!(f, " between {lower} and {upper}"),
            None => Ok(()),
        }
    }
}

fn check_all(statistics: &[Statistic]) -> Result<()> {
    if statistics.is_empty() || statistics.len() > MAX_STATISTICS {
        let problem = format!(
            "there are {} and must be 1 to {MAX_STATISTICS}: add a [[statistic]] with kind and column, or split the job",
            statistics.len()
        );
        return Err(PlanError::invalid("statistic", problem));
    }
    for (at, statistic) in statistics.iter().enumerate() {
        statistic.check()?;
        if statistics[..at].contains(statistic) {
            let problem = format!(
                "the {} of {:?} stands there twice",
                statistic.name(),
                statistic.column()
            );
            return Err(PlanError::invalid("statistic", problem));
        }
    }
    Ok(())
}
