//! Step 1: per numeric feature the count, the sum and the sum of squares of `x / 2^e` over the training rows, in fixed
//! point with 40 fractional bits, two's complement in the ring.
//!
//! Range: `|x / 2^e| ≤ 1` after clamping, so the sums of 2^22 rows stay below 2^62 and never wrap.

use crate::error::{PlanError, Result};
use crate::survey;
use crate::{FeatureKind, Plan};

/// Fractional bits of the sums.
pub const FRACTION_BITS: i32 = 40;
const SLOTS: usize = 3;

/// Where each numeric feature's sums stand: the rows, then per numeric feature count, sum, sum of squares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    numeric: usize,
}

impl Layout {
    pub fn new(plan: &Plan) -> Self {
        Self {
            numeric: plan.numeric().count(),
        }
    }

    pub fn length(&self) -> usize {
        1 + SLOTS * self.numeric
    }

    /// The slot of the number of rows. It repeats the survey's, because other parties may have taken part then.
    pub fn rows(&self) -> usize {
        0
    }

    /// The first of the three slots of the `index`-th numeric feature (counted among the numeric ones).
    pub fn start(&self, index: usize) -> usize {
        1 + SLOTS * index
    }
}

/// The exponents `e` of the numeric features, in the plan's order, from the survey's sum: the smallest such that fewer
/// than `min_group_size` values measure 2^e or more. Those few are clamped, so that one row sets no scale, and one
/// absurd value does not flatten its column. `None` where too few values differ from zero: the column is not used.
pub fn exponents(plan: &Plan, survey_sum: &[u64]) -> Result<Vec<Option<i32>>> {
    let layout = survey::Layout::new(plan);
    if survey_sum.len() != layout.length() {
        return Err(PlanError::Length {
            step: "survey",
            expected: layout.length(),
            found: survey_sum.len(),
        });
    }
    let threshold = u64::from(plan.min_group_size);
    let exponent = |counts: &[u64]| {
        let mut above = 0u64;
        counts.iter().enumerate().skip(1).rev().find_map(|(slot, count)| {
            above = above.saturating_add(*count);
            (above >= threshold).then(|| survey::slot_exponent(slot) + 1)
        })
    };
    Ok(plan
        .features
        .iter()
        .enumerate()
        .filter(|(_, feature)| feature.kind == FeatureKind::Numeric)
        .map(|(index, _)| exponent(&survey_sum[layout.counts(index)]))
        .collect())
}

/// A number on its column's scale: `x / 2^e`, clamped to [-1, 1].
pub fn scaled(value: f64, exponent: i32) -> f64 {
    (value * power_of_two(-exponent.clamp(-64, 64))).clamp(-1.0, 1.0)
}

/// Exact for every exponent that the survey can give.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// The running sums of one numeric feature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    count: u64,
    sum: i64,
    squares: i64,
}

impl Sums {
    pub fn add(&mut self, value: f64, exponent: i32) {
        const ONE: f64 = (1u64 << FRACTION_BITS) as f64;
        let scaled = scaled(value, exponent);
        self.count += 1;
        self.sum += (scaled * ONE).round() as i64;
        self.squares += (scaled * scaled * ONE).round() as i64;
    }

    /// The three slots of the vector.
    pub fn slots(&self) -> [u64; SLOTS] {
        [self.count, self.sum as u64, self.squares as u64]
    }

    pub(crate) fn from_slots(slots: &[u64]) -> Self {
        Self {
            count: slots[0],
            sum: slots[1] as i64,
            squares: slots[2] as i64,
        }
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// Mean and standard deviation in units of 2^-40. Integer arithmetic, so that all parties find the same bits.
    pub(crate) fn mean_and_deviation(&self) -> (i64, u64) {
        let count = i128::from(self.count.max(1));
        let (sum, squares) = (i128::from(self.sum), i128::from(self.squares));
        // count ≤ 2^22 and both sums ≤ 2^62: neither side passes 2^124.
        let variance = (count * squares * (1 << FRACTION_BITS) - sum * sum).max(0) as u128;
        let deviation = variance.isqrt() / count as u128;
        // Half a unit per square is rounding: a deviation below its root is no information.
        let deviation = if deviation < 1 << 21 { 0 } else { deviation as u64 };
        ((sum / count) as i64, deviation)
    }
}
