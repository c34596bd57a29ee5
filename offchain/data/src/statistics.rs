//! What statistics are about: the values of their columns.

use crate::{
    error::{DataError, Result},
    source::Source,
    table::category,
};
use rand_core::{CryptoRng, RngCore};
use secureflow_plan::{statistics, Statistic, StatisticsPlan};
use std::{collections::HashMap, fmt, path::Path};
use zeroize::Zeroizing;

/// The values of a plan's columns in a file, in memory. They cannot be serialised, and their `Debug` shows none.
pub struct Values {
    /// In the plan's order.
    values: Vec<statistics::Values>,
    rows: u64,
    content_root: [u8; 32],
}

impl Values {
    /// Reads the columns that a plan asks for and checks every value of them.
    pub fn load(path: &Path, plan: &StatisticsPlan) -> Result<Self> {
        let mut source = Source::open(path)?;
        let mut readings = Vec::with_capacity(plan.statistics.len());
        for statistic in &plan.statistics {
            let column = statistic.column();
            let position = source.position(column).ok_or_else(|| DataError::UnknownColumn {
                column: column.to_string(),
                available: source.available(),
            })?;
            readings.push(Reading::new(statistic, position));
        }
        while let Some((number, row)) = source.next(path)? {
            for reading in &mut readings {
                // A row without a value is left out.
                if let Some(value) = row.value(reading.position)? {
                    reading.read(value, number)?;
                }
            }
        }
        let rows = source.rows();
        // Whose rows are so few does not take part: its own part of the sum would tell of a group too small.
        if rows < u64::from(plan.min_group_size) {
            let needed = format!("the job wants {} of each party", plan.min_group_size);
            return Err(DataError::TooFewRows { rows, needed });
        }
        Ok(Self {
            values: readings.into_iter().map(|reading| reading.values).collect(),
            rows,
            content_root: source.content_root(),
        })
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// As [`crate::Inspection::content_root`]: what the agent compares with the chain before every job.
    pub fn content_root(&self) -> [u8; 32] {
        self.content_root
    }

    /// The party's vector with its share of the noise; see [`StatisticsPlan::vector`].
    pub fn vector(&self, plan: &StatisticsPlan, rng: &mut (impl CryptoRng + RngCore)) -> Result<Zeroizing<Vec<u64>>> {
        Ok(plan.vector(&self.values, rng)?)
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values")
            .field("statistics", &self.values.len())
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// A statistic's values while its file is read.
struct Reading<'a> {
    column: &'a str,
    position: usize,
    /// Where each category stands in the statistic's list, in normal form.
    places: HashMap<String, u32>,
    /// The place of all that are not in it.
    others: u32,
    values: statistics::Values,
}

impl<'a> Reading<'a> {
    fn new(statistic: &'a Statistic, position: usize) -> Self {
        let (mut places, mut others) = (HashMap::new(), 0);
        let values = match statistic {
            Statistic::Count { .. } => statistics::Values::Present(0),
            Statistic::Categories { categories, .. } => {
                others = categories.len() as u32;
                for (place, name) in categories.iter().enumerate() {
                    places.entry(category(name).into_owned()).or_insert(place as u32);
                }
                statistics::Values::Categories(Vec::new())
            }
            Statistic::Sum { .. }
            | Statistic::Mean { .. }
            | Statistic::Histogram { .. }
            | Statistic::Quantiles { .. } => statistics::Values::Numbers(Vec::new()),
        };
        Self {
            column: statistic.column(),
            position,
            values,
            places,
            others,
        }
    }

    fn read(&mut self, value: &str, row: u64) -> Result<()> {
        match &mut self.values {
            statistics::Values::Present(rows) => *rows += 1,
            statistics::Values::Numbers(numbers) => {
                let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
                numbers.push(number.ok_or_else(|| DataError::NotNumeric {
                    row,
                    column: self.column.to_string(),
                })?);
            }
            statistics::Values::Categories(places) => {
                places.push(*self.places.get(category(value).as_ref()).unwrap_or(&self.others));
            }
        }
        Ok(())
    }
}
