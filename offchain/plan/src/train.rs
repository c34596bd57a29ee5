//! A training step's vector: the parameters' contribution in fixed point (24 fractional bits, two's complement), then
//! the number of rows behind it.
//!
//! Range: |contribution| ≤ rows · bound with bound ≤ 1000 (`clip_norm`, `privacy.clip`), so 2^22 rows stay below
//! 2^22 · 2^10 · 2^24 = 2^56; the noise adds at most a few standard deviations of 2^44 at the largest multiplier that
//! makes sense.

use crate::error::{PlanError, Result};
use crate::{Plan, Shape, MAX_PARTY_ROWS, MAX_TOTAL_ROWS};

/// Fractional bits of the contributions.
pub const FRACTION_BITS: u32 = 24;
const ONE: f64 = (1u64 << FRACTION_BITS) as f64;
/// Past this a sum of many parties could wrap.
const LIMIT: f64 = (1u64 << 58) as f64;

/// The number of elements of the vector.
pub fn length(shape: &Shape) -> usize {
    shape.parameters() + 1
}

/// The vector of a contribution that is already weighted by its rows.
pub fn encode_sum(contribution: &[f64], rows: u64) -> Result<Vec<u64>> {
    if rows == 0 || rows > MAX_PARTY_ROWS {
        return Err(PlanError::TooFewRows(format!(
            "{rows} training rows, where 1 to {MAX_PARTY_ROWS} are possible"
        )));
    }
    let mut vector = Vec::with_capacity(contribution.len() + 1);
    for value in contribution {
        let units = (value * ONE).round();
        if units.is_nan() || units.abs() >= LIMIT {
            return Err(PlanError::OutOfRange);
        }
        vector.push(units as i64 as u64);
    }
    vector.push(rows);
    Ok(vector)
}

/// The vector of an update that was computed on `rows` rows and weighs as many.
pub fn encode_mean(update: &[f32], rows: u64) -> Result<Vec<u64>> {
    let weighted: Vec<f64> = update.iter().map(|value| f64::from(*value) * rows as f64).collect();
    encode_sum(&weighted, rows)
}

/// The direction of a contribution from its vector before noise: the same as the update's, longer by the rows. `None` where
/// it is no such vector.
pub fn direction(vector: &[u64]) -> Option<Vec<f32>> {
    let (_, contribution) = vector.split_last()?;
    Some(
        contribution
            .iter()
            .map(|units| (*units as i64 as f64 / ONE) as f32)
            .collect(),
    )
}

/// What the sum over all parties says: the mean update and the rows behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanUpdate {
    pub update: Vec<f32>,
    pub rows: u64,
}

/// Reads the sum of all parties' vectors. Refuses what honest parties could not have sent.
pub fn decode(plan: &Plan, shape: &Shape, sum: &[u64]) -> Result<MeanUpdate> {
    if sum.len() != length(shape) {
        return Err(PlanError::Length {
            step: "train",
            expected: length(shape),
            found: sum.len(),
        });
    }
    let (rows, contribution) = sum.split_last().expect("the length is at least one");
    if *rows == 0 || *rows > MAX_TOTAL_ROWS {
        return Err(PlanError::Inconsistent {
            step: "train",
            problem: format!("{rows} rows"),
        });
    }
    // Noise is normal: beyond twelve standard deviations there is nothing in any number of rounds.
    let (bound, noise) = match &plan.privacy {
        None => (plan.training.clip_norm, 0.0),
        Some(privacy) => (
            privacy.clip,
            12.0 * privacy.noise_multiplier() * privacy.clip * parties_margin(plan),
        ),
    };
    let limit = bound * *rows as f64 * 1.001 + noise + 1.0;
    let mut update = Vec::with_capacity(contribution.len());
    for units in contribution {
        let value = *units as i64 as f64 / ONE;
        if value.abs() > limit {
            return Err(PlanError::OutOfRange);
        }
        update.push((value / *rows as f64) as f32);
    }
    Ok(MeanUpdate { update, rows: *rows })
}

/// More parties than the declared minimum add more noise than needed: up to 32 of them.
fn parties_margin(plan: &Plan) -> f64 {
    (32.0 / f64::from(plan.min_parties)).sqrt().max(1.0)
}

/// The standard deviation, in units of the vector, of the noise that each party adds to every element but the last:
/// with the plan's `min_parties` the sum reaches the noise multiplier. `None` without a privacy section.
///
/// The sensitivity is one row's clipped gradient plus the rounding of the two sums that differ by that row (at most one
/// unit per element).
pub fn noise_deviation(plan: &Plan, shape: &Shape) -> Option<f64> {
    plan.privacy.as_ref().map(|privacy| {
        let sensitivity = privacy.clip * ONE + (shape.parameters() as f64).sqrt();
        privacy.noise_multiplier() * sensitivity / f64::from(plan.min_parties).sqrt()
    })
}
