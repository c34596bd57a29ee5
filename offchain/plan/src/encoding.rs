//! How a row becomes numbers: agreed by all from the sums of the survey and the moments, never from rows.

use crate::error::{PlanError, Result};
use crate::moments::{self, Sums};
use crate::{commitment, survey, FeatureKind, Plan, MAX_TOTAL_ROWS};
use serde::{Deserialize, Serialize};

/// The most categories that one feature keeps.
pub const MAX_CATEGORIES: usize = 32;
/// Standardised numbers are clamped to this many standard deviations.
pub const MAX_DEVIATIONS: f64 = 8.0;
/// The unit of shares.
const MILLION: u64 = 1_000_000;
const VERSION: u32 = 1;
const MAX_BYTES: usize = 1 << 20;

/// The encoding of a job's features. Its canonical JSON is what the second step commits to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoding {
    /// One per feature, in the plan's order.
    pub columns: Vec<EncodingColumn>,
    /// The commitment to the sum of the moments. Divisions would hide a change in its last bits.
    pub moments: [u8; 32],
    /// Positive labels among `rows`.
    pub positives: u64,
    /// Training rows of the survey.
    pub rows: u64,
    pub version: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum EncodingColumn {
    /// One input per kept bucket, then one for a missing value if `missing`: 1 where it is the row's, else 0, less the
    /// share of the training rows that have it (`shares`, in millionths, one per input). Centred inputs need fewer
    /// rounds and, since they are shorter, less noise.
    Categorical {
        buckets: Vec<u16>,
        missing: bool,
        name: String,
        shares: Vec<u32>,
    },
    /// `(x / 2^exponent - mean) / deviation`, mean and deviation in units of 2^-40, then an input for a missing value if
    /// `missing`. A deviation of zero means that the column holds nothing to learn from and gives no input.
    Numeric {
        deviation: u64,
        exponent: i32,
        mean: i64,
        missing: bool,
        name: String,
    },
}

impl EncodingColumn {
    /// The number of inputs that the column gives to the model.
    pub fn width(&self) -> usize {
        match self {
            Self::Categorical { buckets, missing, .. } => buckets.len() + usize::from(*missing),
            Self::Numeric { deviation, missing, .. } => usize::from(*deviation > 0) + usize::from(*missing),
        }
    }

    /// Whether any sums could have led to this column.
    fn is_possible(&self) -> bool {
        const ONE: u64 = 1 << moments::FRACTION_BITS;
        match self {
            Self::Categorical { buckets, shares, .. } => {
                buckets.len() <= MAX_CATEGORIES
                    && buckets.iter().all(|bucket| usize::from(*bucket) < survey::BUCKETS)
                    && shares.len() == self.width()
                    && shares.iter().all(|share| u64::from(*share) <= MILLION)
            }
            Self::Numeric {
                deviation,
                exponent,
                mean,
                ..
            } => *deviation <= ONE && (-64..=64).contains(exponent) && mean.unsigned_abs() <= ONE,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Categorical { name, .. } | Self::Numeric { name, .. } => name,
        }
    }
}

/// What a category's input is where the row does not have it; where it does, it is one more.
pub fn centre(share: u32) -> f32 {
    (f64::from(share) / -(MILLION as f64)) as f32
}

/// The standardised value of a number.
pub fn standardise(value: f64, exponent: i32, mean: i64, deviation: u64) -> f32 {
    const ONE: f64 = (1u64 << moments::FRACTION_BITS) as f64;
    let distance = moments::scaled(value, exponent) * ONE - mean as f64;
    (distance / deviation as f64).clamp(-MAX_DEVIATIONS, MAX_DEVIATIONS) as f32
}

impl Encoding {
    /// The encoding that follows from the two sums. Everyone who knows them finds the same.
    pub fn derive(plan: &Plan, survey_sum: &[u64], moments_sum: &[u64]) -> Result<Self> {
        let (rows, positives) = check_survey(plan, survey_sum)?;
        let sums = check_moments(plan, moments_sum)?;
        let exponents = moments::exponents(plan, survey_sum)?;
        let layout = survey::Layout::new(plan);
        let threshold = u64::from(plan.min_group_size);

        let mut numeric = exponents.into_iter().zip(sums);
        let mut columns = Vec::with_capacity(plan.features.len());
        for (index, feature) in plan.features.iter().enumerate() {
            let name = feature.name.clone();
            let missing = survey_sum[layout.missing(index)];
            // An input that is the same for all, or that marks out a few, is not worth its place.
            let missing = missing >= threshold && rows - missing >= threshold;
            columns.push(match feature.kind {
                FeatureKind::Categorical => {
                    let counts = &survey_sum[layout.counts(index)];
                    let buckets = kept_buckets(counts, threshold, rows);
                    let kept = buckets.iter().map(|bucket| counts[usize::from(*bucket)]);
                    let missing_count = missing.then_some(survey_sum[layout.missing(index)]);
                    // Counts are at most the rows, and those at most 2^22: no overflow, and no share above a million.
                    let shares = kept
                        .chain(missing_count)
                        .map(|count| (count * MILLION / rows) as u32)
                        .collect();
                    EncodingColumn::Categorical {
                        buckets,
                        missing,
                        name,
                        shares,
                    }
                }
                FeatureKind::Numeric => {
                    let (exponent, sums) = numeric.next().expect("one entry per numeric feature of the plan");
                    let (mean, deviation) = match exponent {
                        Some(_) if sums.count() >= threshold => sums.mean_and_deviation(),
                        _ => (0, 0),
                    };
                    EncodingColumn::Numeric {
                        deviation,
                        exponent: exponent.unwrap_or(0),
                        mean,
                        missing,
                        name,
                    }
                }
            });
        }
        let encoding = Self {
            columns,
            moments: commitment::of_sum(moments_sum),
            positives,
            rows,
            version: VERSION,
        };
        if encoding.width() == 0 {
            let problem = "every feature is constant or missing: choose others, or lower min_group_size";
            return Err(PlanError::TooFewRows(problem.into()));
        }
        Ok(encoding)
    }

    /// The number of inputs of the model.
    pub fn width(&self) -> usize {
        self.columns.iter().map(EncodingColumn::width).sum()
    }

    /// Canonical JSON: sorted fields, no spaces, integers only.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an encoding has no maps and no fallible serialisers")
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_BYTES {
            return Err(PlanError::TooLarge {
                bytes: bytes.len(),
                limit: MAX_BYTES,
            });
        }
        let encoding: Self = serde_json::from_slice(bytes).map_err(|error| PlanError::Json(error.to_string()))?;
        if encoding.to_bytes() != bytes || encoding.version != VERSION {
            return Err(PlanError::NotCanonical);
        }
        match encoding.positives <= encoding.rows && encoding.columns.iter().all(EncodingColumn::is_possible) {
            true => Ok(encoding),
            false => Err(PlanError::invalid("encoding", "holds numbers that no sums lead to")),
        }
    }

    /// The commitment of the second step.
    pub fn hash(&self) -> [u8; 32] {
        commitment::blake2_256(&self.to_bytes())
    }
}

fn kept_buckets(counts: &[u64], threshold: u64, rows: u64) -> Vec<u16> {
    let mut kept: Vec<(u64, u16)> = counts
        .iter()
        .zip(0u16..)
        .filter(|(count, _)| **count >= threshold && **count < rows)
        .map(|(count, bucket)| (*count, bucket))
        .collect();
    kept.sort_by_key(|(count, bucket)| (std::cmp::Reverse(*count), *bucket));
    kept.truncate(MAX_CATEGORIES);
    kept.into_iter().map(|(_, bucket)| bucket).collect()
}

/// The rows and positives of a survey whose counts agree with each other.
fn check_survey(plan: &Plan, sum: &[u64]) -> Result<(u64, u64)> {
    let layout = survey::Layout::new(plan);
    if sum.len() != layout.length() {
        return Err(PlanError::Length {
            step: "survey",
            expected: layout.length(),
            found: sum.len(),
        });
    }
    let inconsistent = |problem: String| PlanError::Inconsistent {
        step: "survey",
        problem,
    };
    let (rows, positives, negatives) = (sum[survey::ROWS], sum[survey::POSITIVES], sum[survey::NEGATIVES]);
    if rows > MAX_TOTAL_ROWS {
        return Err(inconsistent(format!("{rows} rows, of at most {MAX_TOTAL_ROWS}")));
    }
    if positives.checked_add(negatives) != Some(rows) {
        return Err(inconsistent(
            "positive and negative labels do not add up to the rows".into(),
        ));
    }
    for (index, feature) in plan.features.iter().enumerate() {
        let counted = sum[layout.block(index)]
            .iter()
            .try_fold(0u64, |all, count| all.checked_add(*count));
        if counted != Some(rows) {
            return Err(inconsistent(format!(
                "the counts of {:?} do not add up to the rows",
                feature.name
            )));
        }
    }
    let least = u64::from(plan.min_group_size).max(2);
    if positives < least || negatives < least {
        let problem = format!("the training rows of all parties hold fewer than {least} of one of the two labels");
        return Err(PlanError::TooFewRows(problem));
    }
    Ok((rows, positives))
}

fn check_moments(plan: &Plan, sum: &[u64]) -> Result<Vec<Sums>> {
    let layout = moments::Layout::new(plan);
    if sum.len() != layout.length() {
        return Err(PlanError::Length {
            step: "moments",
            expected: layout.length(),
            found: sum.len(),
        });
    }
    let inconsistent = |problem: String| PlanError::Inconsistent {
        step: "moments",
        problem,
    };
    let rows = sum[layout.rows()];
    if rows > MAX_TOTAL_ROWS {
        return Err(inconsistent(format!("{rows} rows, of at most {MAX_TOTAL_ROWS}")));
    }
    plan.numeric()
        .enumerate()
        .map(|(index, feature)| {
            let slots = &sum[layout.start(index)..layout.start(index + 1)];
            let bound = slots[0].min(rows) << moments::FRACTION_BITS;
            let in_range = slots[0] <= rows && (slots[1] as i64).unsigned_abs() <= bound && slots[2] <= bound;
            match in_range {
                true => Ok(Sums::from_slots(slots)),
                false => Err(inconsistent(format!("the sums of {:?} are out of range", feature.name))),
            }
        })
        .collect()
}
