//! A table's vectors for the first two steps, over its training rows.

use crate::error::{DataError, Result};
use crate::table::{Column, Rows, Table, MISSING};
use secureflow_plan::{moments, survey, Encoding, Plan};

impl Table {
    /// The vector of the survey. Refuses tables with too few training rows to take part.
    pub fn survey(&self, plan: &Plan) -> Result<Vec<u64>> {
        self.check(plan)?;
        let rows = self.rows(Rows::Training);
        if rows == 0 || self.rows(Rows::HeldOut) == 0 {
            let needed = "at least one must be left for training and one for the evaluation".into();
            return Err(DataError::TooFewRows {
                rows: self.rows(Rows::All) as u64,
                needed,
            });
        }
        let layout = survey::Layout::new(plan);
        let mut vector = vec![0; layout.length()];
        vector[survey::ROWS] = rows as u64;
        for index in self.indices(Rows::Training) {
            vector[if self.labels[index] {
                survey::POSITIVES
            } else {
                survey::NEGATIVES
            }] += 1;
        }
        for (at, column) in self.columns.iter().enumerate() {
            let (missing, first) = (layout.missing(at), layout.counts(at).start);
            for index in self.indices(Rows::Training) {
                let slot = match column {
                    Column::Numeric(values) if values[index].is_nan() => missing,
                    Column::Numeric(values) => first + survey::exponent_slot(values[index]),
                    Column::Categorical(values) if values[index] == MISSING => missing,
                    Column::Categorical(values) => first + usize::from(values[index]),
                };
                vector[slot] += 1;
            }
        }
        Ok(vector)
    }

    /// The vector of the moments, on the scales that follow from the survey's sum.
    pub fn moments(&self, plan: &Plan, survey_sum: &[u64]) -> Result<Vec<u64>> {
        self.check(plan)?;
        let exponents = moments::exponents(plan, survey_sum)?;
        let layout = moments::Layout::new(plan);
        let mut vector = vec![0; layout.length()];
        vector[layout.rows()] = self.rows(Rows::Training) as u64;
        let numeric = self.columns.iter().filter_map(|column| match column {
            Column::Numeric(values) => Some(values),
            Column::Categorical(_) => None,
        });
        for (at, (values, exponent)) in numeric.zip(exponents).enumerate() {
            let Some(exponent) = exponent else { continue };
            let mut sums = moments::Sums::default();
            for value in self
                .indices(Rows::Training)
                .map(|index| values[index])
                .filter(|value| !value.is_nan())
            {
                sums.add(value, exponent);
            }
            vector[layout.start(at)..layout.start(at + 1)].copy_from_slice(&sums.slots());
        }
        Ok(vector)
    }

    /// The encoding that this table alone would lead to: for the models that an organisation trains by itself.
    pub fn own_encoding(&self, plan: &Plan) -> Result<Encoding> {
        let survey = self.survey(plan)?;
        let moments = self.moments(plan, &survey)?;
        Ok(Encoding::derive(plan, &survey, &moments)?)
    }
}
