//! A training step's vector: the parameters' contribution in fixed point (24 fractional bits, two's complement), then
//! the number of rows behind it.
//!
//! Range: |contribution| ≤ rows · bound with bound ≤ 1000 (`clip_norm`, `privacy.clip`), so 2^22 rows stay below
//! 2^22 · 2^10 · 2^24 = 2^56; the noise adds at most a few standard deviations of 2^44 at the largest multiplier that
//! makes sense.

use crate::bounded;
use crate::error::{PlanError, Result};
use crate::{Plan, Shape, MAX_PARTY_ROWS, MAX_TOTAL_ROWS};
use rand_core::{CryptoRng, RngCore};
use secureflow_validity::Bound;
use zeroize::Zeroizing;

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
            12.0 * privacy.noise_multiplier() * privacy.clip * noise_margin(plan),
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

/// More shares of noise are in the sum than needed: of up to 32 parties where the declared minimum suffices, of two workers
/// where one does.
fn noise_margin(plan: &Plan) -> f64 {
    let most = match plan.bounded {
        Some(_) => bounded::NOISE_SHARES,
        None => 32,
    };
    (f64::from(most) / f64::from(plan.noise_needed())).sqrt().max(1.0)
}

/// What a party's vector must be, where the plan asks for proofs.
///
/// Whatever its rows, each adds to the contribution no more than the clip (the contribution is a sum of clipped gradients, or a
/// clipped mean times the rows), and one to the last element.
pub fn bound(plan: &Plan, length: usize) -> Result<Option<Bound>> {
    let Some(bounded) = &plan.bounded else { return Ok(None) };
    let clip = match &plan.privacy {
        None => plan.training.clip_norm,
        Some(privacy) => privacy.clip,
    } * ONE;
    // Rounding adds half a unit to an element at most.
    let rounding = (length as f64).sqrt();
    bounded.bound(length, clip.hypot(1.0), clip, rounding).map(Some)
}

/// The noise of one of two workers for every element but the last, which counts rows; zeros without a privacy section.
pub(crate) fn noise(plan: &Plan, length: usize, rng: &mut (impl CryptoRng + RngCore)) -> Result<Zeroizing<Vec<i64>>> {
    let mut noise = Zeroizing::new(vec![0u64; length]);
    if let (Some(deviation), Some((_, noised))) = (deviation(plan, length.saturating_sub(1)), noise.split_last_mut()) {
        let invalid = |error: secureflow_privacy::Error| PlanError::invalid("privacy", error.to_string());
        secureflow_privacy::add_noise(noised, deviation, rng).map_err(invalid)?;
    }
    Ok(Zeroizing::new(noise.iter().map(|entry| *entry as i64).collect()))
}

/// The standard deviation, in units of the vector, of the noise that each party adds to every element but the last: with the
/// plan's `min_parties` the sum reaches the noise multiplier. Where contributions are proven to be bounded, each of the two
/// workers adds it, and reaches the multiplier by itself. `None` without a privacy section.
///
/// The sensitivity is one row's clipped gradient plus the rounding of the two sums that differ by that row (at most one
/// unit per element).
pub fn noise_deviation(plan: &Plan, shape: &Shape) -> Option<f64> {
    deviation(plan, shape.parameters())
}

fn deviation(plan: &Plan, parameters: usize) -> Option<f64> {
    plan.privacy.as_ref().map(|privacy| {
        let sensitivity = privacy.clip * ONE + (parameters as f64).sqrt();
        privacy.noise_multiplier() * sensitivity / f64::from(plan.noise_needed()).sqrt()
    })
}
