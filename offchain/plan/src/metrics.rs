//! How good a model is: from the histogram of the last step, and exactly from scores where one party owns them all.

use crate::error::{PlanError, Result};
use crate::evaluate::{midpoint, BINS, LENGTH, ROWS};
use crate::{commitment, MAX_TOTAL_ROWS};
use serde::{Deserialize, Serialize};

const TABLE_BINS: usize = 10;
const VERSION: u32 = 1;

/// The evaluation of a job: `evaluation.json`. Numbers are rounded to six decimals, so that its bytes are the same
/// everywhere; the histogram lets anyone compute them again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Share of rows on the right side of one half.
    pub accuracy: f64,
    /// Area under the receiver operating characteristic; ties inside a bin count half.
    pub auc: f64,
    pub brier: f64,
    pub calibration: Vec<CalibrationBin>,
    /// Expected calibration error over the ten bins of `calibration`.
    pub ece: f64,
    pub histogram: Histogram,
    /// Kolmogorov and Smirnov's largest distance between the two cumulative distributions.
    pub ks: f64,
    pub positives: u64,
    pub rows: u64,
    pub version: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationBin {
    pub from: f64,
    pub observed: f64,
    pub predicted: f64,
    pub rows: u64,
    pub to: f64,
}

/// Counts per bin of [`crate::evaluate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histogram {
    pub negative: Vec<u64>,
    pub positive: Vec<u64>,
}

impl Evaluation {
    /// From the sum of the last step.
    pub fn from_sum(sum: &[u64]) -> Result<Self> {
        if sum.len() != LENGTH {
            return Err(PlanError::Length {
                step: "evaluate",
                expected: LENGTH,
                found: sum.len(),
            });
        }
        let total = sum[..ROWS].iter().try_fold(0u64, |all, count| all.checked_add(*count));
        if total != Some(sum[ROWS]) || sum[ROWS] > MAX_TOTAL_ROWS {
            let problem = "the counts do not add up to the rows".into();
            return Err(PlanError::Inconsistent {
                step: "evaluate",
                problem,
            });
        }
        let histogram = Histogram {
            positive: sum[..BINS].to_vec(),
            negative: sum[BINS..ROWS].to_vec(),
        };
        Self::from_histogram(histogram)
    }

    fn from_histogram(histogram: Histogram) -> Result<Self> {
        let positives: u64 = histogram.positive.iter().sum();
        let negatives: u64 = histogram.negative.iter().sum();
        if positives == 0 || negatives == 0 {
            let problem = "the held-out rows hold only one of the two labels".into();
            return Err(PlanError::TooFewRows(problem));
        }
        let rows = positives + negatives;
        let (mut below_positive, mut below_negative) = (0u64, 0u64);
        let (mut twice_ordered, mut ks, mut squares, mut correct) = (0u128, 0f64, 0f64, 0u64);
        let mut table = [(0u64, 0u64, 0f64); TABLE_BINS];
        for bin in 0..BINS {
            let (positive, negative) = (histogram.positive[bin], histogram.negative[bin]);
            twice_ordered += u128::from(positive) * u128::from(2 * below_negative + negative);
            below_positive += positive;
            below_negative += negative;
            let distance = below_negative as f64 / negatives as f64 - below_positive as f64 / positives as f64;
            ks = ks.max(distance.abs());
            correct += if bin >= BINS / 2 { positive } else { negative };
            let p = midpoint(bin);
            squares += positive as f64 * (1.0 - p) * (1.0 - p) + negative as f64 * p * p;
            let entry = &mut table[((p * TABLE_BINS as f64) as usize).min(TABLE_BINS - 1)];
            entry.0 += positive + negative;
            entry.1 += positive;
            entry.2 += p * (positive + negative) as f64;
        }
        let share = |count: u64, of: u64| if of == 0 { 0.0 } else { count as f64 / of as f64 };
        let ece: f64 = table
            .iter()
            .map(|(_, observed, predicted)| (*observed as f64 - predicted).abs())
            .sum();
        let calibration = table
            .iter()
            .enumerate()
            .map(|(index, (rows, observed, predicted))| CalibrationBin {
                from: rounded(index as f64 / TABLE_BINS as f64),
                observed: rounded(share(*observed, *rows)),
                predicted: rounded(if *rows == 0 { 0.0 } else { predicted / *rows as f64 }),
                rows: *rows,
                to: rounded((index + 1) as f64 / TABLE_BINS as f64),
            })
            .collect();
        Ok(Self {
            accuracy: rounded(share(correct, rows)),
            auc: rounded(twice_ordered as f64 / (2.0 * positives as f64 * negatives as f64)),
            brier: rounded(squares / rows as f64),
            calibration,
            ece: rounded(ece / rows as f64),
            histogram,
            ks: rounded(ks),
            positives,
            rows,
            version: VERSION,
        })
    }

    /// Canonical JSON: sorted fields, no spaces.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an evaluation has no maps and no fallible serialisers")
    }

    /// Reads an evaluation and computes every number of it again from its histogram.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > 1 << 16 {
            return Err(PlanError::TooLarge {
                bytes: bytes.len(),
                limit: 1 << 16,
            });
        }
        let read: Self = serde_json::from_slice(bytes).map_err(|error| PlanError::Json(error.to_string()))?;
        if read.histogram.positive.len() != BINS || read.histogram.negative.len() != BINS {
            return Err(PlanError::Length {
                step: "evaluate",
                expected: BINS,
                found: read.histogram.positive.len(),
            });
        }
        let sum: Vec<u64> = [&read.histogram.positive[..], &read.histogram.negative[..], &[read.rows]].concat();
        let computed = Self::from_sum(&sum)?;
        if computed.to_bytes() != bytes {
            return Err(PlanError::NotCanonical);
        }
        Ok(computed)
    }

    /// The commitment of the last step.
    pub fn hash(&self) -> [u8; 32] {
        commitment::blake2_256(&self.to_bytes())
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// The exact area under the curve; equal scores count half. `None` unless both labels occur.
pub fn auc(scores: &[f32], labels: &[bool]) -> Option<f64> {
    let mut order: Vec<(f32, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = order.iter().filter(|(_, positive)| *positive).count() as u128;
    let negatives = order.len() as u128 - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut twice_ordered, mut below) = (0u128, 0u128);
    for tie in order.chunk_by(|a, b| a.0 == b.0) {
        let positive = tie.iter().filter(|(_, positive)| *positive).count() as u128;
        let negative = tie.len() as u128 - positive;
        twice_ordered += positive * (2 * below + negative);
        below += negative;
    }
    Some(twice_ordered as f64 / (2 * positives * negatives) as f64)
}
