use crate::error::{DataError, Result};
use crate::table::{Column, Rows, Table, MISSING};
use secureflow_plan::{encoding, survey, Encoding, EncodingColumn};
use std::{fmt, ops::Range};

/// Encoded rows with their labels. Like a table, it cannot be serialised and shows no value.
pub struct Examples {
    inputs: Vec<f32>,
    labels: Vec<bool>,
    width: usize,
    /// Where each unit ends, if units have more than a row.
    ends: Option<Vec<usize>>,
}

impl Examples {
    /// Rows that were encoded by other means: `inputs` row by row, `width` each; every row a unit.
    pub fn new(inputs: Vec<f32>, labels: Vec<bool>, width: usize) -> Self {
        assert_eq!(inputs.len(), labels.len() * width, "every label has one row of inputs");
        Self {
            inputs,
            labels,
            width,
            ends: None,
        }
    }

    /// The same rows as units of so many that follow each other.
    pub fn in_units(self, sizes: &[usize]) -> Self {
        let ends: Vec<usize> = sizes
            .iter()
            .scan(0, |end, size| {
                *end += size;
                Some(*end)
            })
            .collect();
        assert_eq!(ends.last().copied().unwrap_or(0), self.rows(), "every row is in a unit");
        Self {
            ends: Some(ends),
            ..self
        }
    }

    /// What is hidden, sampled and clipped as one: rows, or all rows of a unit.
    pub fn units(&self) -> usize {
        self.ends.as_ref().map_or(self.rows(), Vec::len)
    }

    /// The rows of a unit.
    pub fn unit(&self, number: usize) -> Range<usize> {
        match &self.ends {
            None => number..number + 1,
            Some(ends) => number.checked_sub(1).map_or(0, |before| ends[before])..ends[number],
        }
    }

    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// Row by row, [`Examples::width`] values each.
    pub fn inputs(&self) -> &[f32] {
        &self.inputs
    }

    pub fn labels(&self) -> &[bool] {
        &self.labels
    }
}

impl fmt::Debug for Examples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examples")
            .field("rows", &self.rows())
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl Table {
    /// The model's inputs for some of the rows.
    pub fn encode(&self, encoding: &Encoding, rows: Rows) -> Result<Examples> {
        if encoding.columns.len() != self.columns.len() {
            return Err(DataError::OtherPlan);
        }
        let width = encoding.width();
        let mut indices: Vec<usize> = self.indices(rows).collect();
        let units = self.units.as_ref().filter(|_| rows == Rows::Training);
        let mut sizes = units.map(|_| Vec::new());
        if let (Some(units), Some(sizes)) = (units, &mut sizes) {
            // Rows of a unit keep their order.
            indices.sort_by_key(|index| units[*index]);
            let same = indices.chunk_by(|one, other| units[*one] == units[*other]);
            sizes.extend(same.map(<[usize]>::len));
        }
        let mut inputs = vec![0f32; indices.len() * width];
        let mut offset = 0;
        for (column, spec) in self.columns.iter().zip(&encoding.columns) {
            match (column, spec) {
                (
                    Column::Categorical(values),
                    EncodingColumn::Categorical {
                        buckets,
                        missing,
                        shares,
                        ..
                    },
                ) => {
                    let inputs_of = places(buckets, *missing);
                    let centres: Vec<f32> = shares.iter().map(|share| encoding::centre(*share)).collect();
                    if centres.len() != spec.width() {
                        return Err(DataError::OtherPlan);
                    }
                    for (row, index) in indices.iter().enumerate() {
                        inputs[row * width + offset..][..centres.len()].copy_from_slice(&centres);
                        if let Some(place) = inputs_of[usize::from(values[*index])] {
                            inputs[row * width + offset + usize::from(place)] += 1.0;
                        }
                    }
                }
                (
                    Column::Numeric(values),
                    EncodingColumn::Numeric {
                        deviation,
                        exponent,
                        mean,
                        missing,
                        ..
                    },
                ) => {
                    let indicator = offset + usize::from(*deviation > 0);
                    for (row, index) in indices.iter().enumerate() {
                        let value = values[*index];
                        // A missing value is the mean: zero.
                        if value.is_nan() && *missing {
                            inputs[row * width + indicator] = 1.0;
                        } else if !value.is_nan() && *deviation > 0 {
                            inputs[row * width + offset] = encoding::standardise(value, *exponent, *mean, *deviation);
                        }
                    }
                }
                _ => return Err(DataError::OtherPlan),
            }
            offset += spec.width();
        }
        let labels = indices.iter().map(|index| self.labels[*index]).collect();
        let examples = Examples::new(inputs, labels, width);
        Ok(match sizes {
            Some(sizes) => examples.in_units(&sizes),
            None => examples,
        })
    }
}

/// The input of each bucket, the missing one last.
fn places(buckets: &[u16], missing: bool) -> Vec<Option<u16>> {
    let mut places = vec![None; survey::BUCKETS + 1];
    for (bucket, place) in buckets.iter().zip(0u16..) {
        // Buckets from a peer's encoding may be anything; those that do not exist match nothing.
        if usize::from(*bucket) < survey::BUCKETS {
            places[usize::from(*bucket)] = Some(place);
        }
    }
    if missing {
        places[usize::from(MISSING)] = Some(buckets.len() as u16);
    }
    places
}
