//! The parts of the vector, one per statistic.

use super::{Statistic, StatisticsPlan};
use crate::error::{PlanError, Result};
use rand_core::{CryptoRng, RngCore};
use secureflow_privacy::{
    statistics::{Bins, Bounds, Count, Estimate, Histogram, Mean, Quantiles, Query as Noisy, Release, Sum},
    SharedNoise,
};
use secureflow_validity::Bound;
use zeroize::Zeroizing;

/// Levels of the tree of counts: quantiles are found to one in 4,096 of the range.
const HEIGHT: u32 = 3;

/// What a party's rows have in a statistic's column, without the rows in which it is empty. Rows, so it stays where they
/// are.
pub enum Values {
    /// So many rows have a value.
    Present(u64),
    Numbers(Vec<f64>),
    /// Places in the statistic's list of categories; one past its end for all others.
    Categories(Vec<u32>),
}

/// A statistic with its noise.
pub(crate) enum Query {
    Count(Noisy<Count>),
    Sum(Noisy<Sum>),
    Mean(Noisy<Mean>),
    Histogram(Noisy<Histogram>, Bins),
    Categories(Noisy<Histogram>, Vec<String>),
    Quantiles(Noisy<Quantiles>, Vec<f64>),
}

fn invalid(error: secureflow_privacy::Error) -> PlanError {
    PlanError::invalid("statistic", error.to_string())
}

impl Query {
    fn new(statistic: &Statistic, release: Release) -> std::result::Result<Self, secureflow_privacy::Error> {
        let bounds = |(lower, upper)| Bounds::new(lower, upper);
        Ok(match statistic {
            Statistic::Count { .. } => Self::Count(Noisy::new(Count, release)?),
            Statistic::Sum { lower, upper, .. } => Self::Sum(Noisy::new(Sum::new(bounds((*lower, *upper))?), release)?),
            Statistic::Mean { lower, upper, .. } => {
                Self::Mean(Noisy::new(Mean::new(bounds((*lower, *upper))?), release)?)
            }
            Statistic::Histogram { bins, lower, upper, .. } => {
                let bins = Bins::new(bounds((*lower, *upper))?, *bins as usize)?;
                Self::Histogram(Noisy::new(Histogram::new(bins.cells())?, release)?, bins)
            }
            Statistic::Categories { categories, .. } => {
                let cells = Histogram::new(categories.len() + 1)?;
                Self::Categories(Noisy::new(cells, release)?, categories.clone())
            }
            Statistic::Quantiles { at, lower, upper, .. } => {
                let quantiles = Quantiles::new(bounds((*lower, *upper))?, HEIGHT)?;
                Self::Quantiles(Noisy::new(quantiles, release)?, at.clone())
            }
        })
    }

    /// See [`Noisy::with_step`].
    fn with_step(self, most: f64) -> std::result::Result<Self, secureflow_privacy::Error> {
        Ok(match self {
            Self::Count(query) => Self::Count(query.with_step(most)?),
            Self::Sum(query) => Self::Sum(query.with_step(most)?),
            Self::Mean(query) => Self::Mean(query.with_step(most)?),
            Self::Histogram(query, bins) => Self::Histogram(query.with_step(most)?, bins),
            Self::Categories(query, names) => Self::Categories(query.with_step(most)?, names),
            Self::Quantiles(query, at) => Self::Quantiles(query.with_step(most)?, at),
        })
    }

    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Count(query) => query.length(),
            Self::Sum(query) => query.length(),
            Self::Mean(query) => query.length(),
            Self::Histogram(query, _) | Self::Categories(query, _) => query.length(),
            Self::Quantiles(query, _) => query.length(),
        }
    }

    /// The norm of what a row adds to the part.
    fn step(&self) -> f64 {
        match self {
            Self::Count(query) => query.step(),
            Self::Sum(query) => query.step(),
            Self::Mean(query) => query.step(),
            Self::Histogram(query, _) | Self::Categories(query, _) => query.step(),
            Self::Quantiles(query, _) => query.step(),
        }
    }

    fn noise(&self) -> &SharedNoise {
        match self {
            Self::Count(query) => query.noise(),
            Self::Sum(query) => query.noise(),
            Self::Mean(query) => query.noise(),
            Self::Histogram(query, _) | Self::Categories(query, _) => query.noise(),
            Self::Quantiles(query, _) => query.noise(),
        }
    }

    /// What a party's rows add up to.
    fn encode(&self, values: &Values) -> Result<Zeroizing<Vec<u64>>> {
        let vector = match (self, values) {
            (Self::Count(query), Values::Present(rows)) => query.encode((0..*rows).map(|_| ())),
            (Self::Sum(query), Values::Numbers(numbers)) => query.encode(numbers.iter().copied()),
            (Self::Mean(query), Values::Numbers(numbers)) => query.encode(numbers.iter().copied()),
            (Self::Quantiles(query, _), Values::Numbers(numbers)) => query.encode(numbers.iter().copied()),
            (Self::Histogram(query, bins), Values::Numbers(numbers)) => {
                query.encode(numbers.iter().filter_map(|number| bins.cell(*number)))
            }
            (Self::Categories(query, _), Values::Categories(cells)) => {
                query.encode(cells.iter().map(|cell| *cell as usize))
            }
            _ => {
                return Err(PlanError::Inconsistent {
                    step: "release",
                    problem: "the values are those of another statistic".into(),
                })
            }
        };
        vector.map_err(invalid)
    }

    /// The answer's estimates, by name, from a sum with so many shares of noise in it.
    pub(crate) fn answer(&self, sum: &[u64], shares: u32, confidence: f64) -> Result<Vec<(String, Estimate)>> {
        let one = |name: &str, estimate| vec![(name.to_string(), estimate)];
        let answer = || -> std::result::Result<_, secureflow_privacy::Error> {
            Ok(match self {
                Self::Count(query) => one("count", query.answer(sum, shares, confidence)?),
                Self::Sum(query) => one("sum", query.answer(sum, shares, confidence)?),
                Self::Mean(query) => one("mean", query.answer(sum, shares, confidence)?),
                Self::Histogram(query, bins) => {
                    let edges = (0..).map(|cell| format!("{} to {}", bins.edge(cell), bins.edge(cell + 1)));
                    edges.zip(query.answer(sum, shares, confidence)?).collect()
                }
                Self::Categories(query, categories) => {
                    let others = std::iter::once("(others)".to_string());
                    let names = categories.iter().cloned().chain(others);
                    names.zip(query.answer(sum, shares, confidence)?).collect()
                }
                Self::Quantiles(query, at) => {
                    let sketch = query.answer(sum, shares, confidence)?;
                    let named = at.iter().map(|share| {
                        let percent = (share * 1e11).round() / 1e9;
                        Ok((format!("{percent} %"), sketch.quantile(*share)?))
                    });
                    named.collect::<std::result::Result<_, secureflow_privacy::Error>>()?
                }
            })
        };
        answer().map_err(invalid)
    }
}

impl StatisticsPlan {
    /// The statistics with their noise, in the plan's order.
    pub(crate) fn queries(&self) -> Result<Vec<Query>> {
        let release = Release {
            noise_multiplier_micro: times_root(self.privacy.noise_multiplier_micro, self.statistics.len()),
            min_parties: self.noise_shares(self.min_parties).0,
        };
        let queries = self.statistics.iter();
        let queries: std::result::Result<Vec<_>, _> = queries.map(|statistic| Query::new(statistic, release)).collect();
        let queries = queries.map_err(invalid)?;
        if self.bounded.is_none() {
            return Ok(queries);
        }
        // One norm bounds the whole vector: a statistic of small steps could take all of it.
        let most = queries.iter().map(Query::step).fold(0.0, f64::max);
        let queries = queries.into_iter().map(|query| query.with_step(most));
        queries.collect::<std::result::Result<_, _>>().map_err(invalid)
    }

    /// The number of ring elements that the release sums.
    pub fn length(&self) -> Result<usize> {
        Ok(self.queries()?.iter().map(Query::length).sum())
    }

    /// A party's vector, with its share of the noise where the parties add it. One share is less than the noise that hides a
    /// row: it goes into the secure sum and nowhere else.
    pub fn vector(&self, values: &[Values], rng: &mut (impl CryptoRng + RngCore)) -> Result<Zeroizing<Vec<u64>>> {
        let queries = self.queries()?;
        if values.len() != queries.len() {
            return Err(PlanError::Length {
                step: "release",
                expected: queries.len(),
                found: values.len(),
            });
        }
        let mut vector = Zeroizing::new(Vec::with_capacity(queries.iter().map(Query::length).sum()));
        for (query, values) in queries.iter().zip(values) {
            let mut part = query.encode(values)?;
            if self.bounded.is_none() {
                query.noise().add(&mut part, rng).map_err(invalid)?;
            }
            vector.extend_from_slice(&part);
        }
        Ok(vector)
    }

    /// The noise of one of two workers, all that privacy needs.
    pub(crate) fn noise(&self, rng: &mut (impl CryptoRng + RngCore)) -> Result<Zeroizing<Vec<i64>>> {
        let mut noise = Zeroizing::new(Vec::new());
        for query in self.queries()? {
            let mut part = Zeroizing::new(vec![0u64; query.length()]);
            query.noise().add(&mut part, rng).map_err(invalid)?;
            noise.extend(part.iter().map(|entry| *entry as i64));
        }
        Ok(noise)
    }

    /// What a party's vector must be, where the job asks for proofs.
    pub fn bound(&self) -> Result<Option<Bound>> {
        let Some(bounded) = &self.bounded else { return Ok(None) };
        let queries = self.queries()?;
        let steps = || queries.iter().map(Query::step);
        let norm = steps().map(|step| step * step).sum::<f64>().sqrt();
        let length = queries.iter().map(Query::length).sum();
        bounded.bound(length, norm, steps().fold(0.0, f64::max), 0.0).map(Some)
    }
}

/// `micro · √count`, rounded up.
fn times_root(micro: u64, count: usize) -> u64 {
    let square = u128::from(micro) * u128::from(micro) * count as u128;
    let root = square.isqrt();
    let up = u128::from(root * root < square);
    u64::try_from(root + up).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_rounded_up() {
        assert_eq!(times_root(1_000_000, 1), 1_000_000);
        assert_eq!(times_root(1_000_000, 2), 1_414_214);
        assert_eq!(times_root(1_000_000, 4), 2_000_000);
        assert_eq!(times_root(100_000_000_000, 32), 565_685_424_950);
    }
}
