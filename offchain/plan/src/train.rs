//! A training step's vector: the parameters' contribution in fixed point (24 fractional bits, two's complement); where the clip
//! follows the norms of gradients, how many were within it less those beyond; then the number of rows behind it, or of units.
//!
//! Range: |contribution| ≤ rows · bound with bound ≤ 1000 (`clip_norm`, `privacy.clip`), so 2^22 rows stay below
//! 2^22 · 2^10 · 2^24 = 2^56; the noise adds at most a few standard deviations of 2^44 at the largest multiplier that
//! makes sense.

use crate::bounded;
use crate::error::{PlanError, Result};
use crate::privacy::Clip;
use crate::{Model, Plan, Shape, MAX_PARTY_ROWS, MAX_TOTAL_ROWS};
use rand_core::{CryptoRng, RngCore};
use secureflow_validity::Bound;
use zeroize::Zeroizing;

/// Fractional bits of the contributions.
pub const FRACTION_BITS: u32 = 24;
const ONE: f64 = (1u64 << FRACTION_BITS) as f64;
/// Past this a sum of many parties could wrap.
const LIMIT: f64 = (1u64 << 58) as f64;

/// The number of elements of the vector.
pub fn length(plan: &Plan, shape: &Shape) -> usize {
    let follows = |privacy: &crate::Privacy| privacy.clip_quantile.is_some();
    shape.parameters() + usize::from(plan.privacy.as_ref().is_some_and(follows)) + 1
}

fn check_length(plan: &Plan, shape: &Shape, vector: &[u64]) -> Result<()> {
    let (expected, found) = (length(plan, shape), vector.len());
    match found == expected {
        true => Ok(()),
        false => Err(PlanError::Length {
            step: "train",
            expected,
            found,
        }),
    }
}

/// The vector of a contribution that is already weighted by its rows. `count` is [`AdaptiveClip::entry`] where the clip follows
/// the norms.
///
/// [`AdaptiveClip::entry`]: secureflow_privacy::AdaptiveClip::entry
pub fn encode_sum(contribution: &[f64], count: Option<u64>, rows: u64) -> Result<Vec<u64>> {
    if rows == 0 || rows > MAX_PARTY_ROWS {
        return Err(PlanError::TooFewRows(format!(
            "{rows} training rows, where 1 to {MAX_PARTY_ROWS} are possible"
        )));
    }
    let mut vector = Vec::with_capacity(contribution.len() + 2);
    for value in contribution {
        let units = (value * ONE).round();
        if units.is_nan() || units.abs() >= LIMIT {
            return Err(PlanError::OutOfRange);
        }
        vector.push(units as i64 as u64);
    }
    vector.extend(count);
    vector.push(rows);
    Ok(vector)
}

/// The vector of an update that was computed on `rows` rows and weighs as many.
pub fn encode_mean(update: &[f32], rows: u64) -> Result<Vec<u64>> {
    let weighted: Vec<f64> = update.iter().map(|value| f64::from(*value) * rows as f64).collect();
    encode_sum(&weighted, None, rows)
}

/// The direction of a contribution from its vector before noise: the same as the update's, longer by the rows. `None` where
/// it is no such vector.
pub fn direction(vector: &[u64], shape: &Shape) -> Option<Vec<f32>> {
    let contribution = vector.get(..shape.parameters())?;
    Some(
        contribution
            .iter()
            .map(|units| (*units as i64 as f64 / ONE) as f32)
            .collect(),
    )
}

/// What the sum over all parties says.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanUpdate {
    pub update: Vec<f32>,
    /// Rows or units behind it.
    pub rows: u64,
    /// The clip of the next round, where it follows the norms; in [`secureflow_privacy::CLIP_UNIT`]s.
    pub clip: Option<u64>,
}

/// Reads the sum of all parties' vectors of the round that started from a model. Refuses what honest parties could not have
/// sent.
pub fn decode(plan: &Plan, model: &Model, sum: &[u64]) -> Result<MeanUpdate> {
    check_length(plan, model.shape(), sum)?;
    let (contribution, rest) = sum.split_at(model.shape().parameters());
    let rows = rest[rest.len() - 1];
    if rows == 0 || rows > MAX_TOTAL_ROWS {
        return Err(PlanError::Inconsistent {
            step: "train",
            problem: format!("{rows} rows"),
        });
    }
    let clip = Clip::of(plan, model)?;
    // Noise is normal: beyond twelve standard deviations there is nothing in any number of rounds.
    let (noise, weight) = match &plan.privacy {
        None => (0.0, rows as f64),
        Some(privacy) => (
            12.0 * privacy.gradient_multiplier() * clip.norm() * noise_margin(plan),
            privacy.expected(rows),
        ),
    };
    let limit = clip.norm() * rows as f64 * 1.001 + noise + 1.0;
    let mut update = Vec::with_capacity(contribution.len());
    for units in contribution {
        let value = *units as i64 as f64 / ONE;
        if value.abs() > limit {
            return Err(PlanError::OutOfRange);
        }
        update.push((value / weight) as f32);
    }
    let clip = match clip {
        Clip::Fixed(_) => None,
        Clip::Following(mut clip) => {
            clip.advance(rest[0], (weight.round() as u64).max(1))
                .map_err(|error| PlanError::Model(error.to_string()))?;
            Some(clip.units())
        }
    };
    Ok(MeanUpdate { update, rows, clip })
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
    if let (Some(privacy), Some((_, noised))) = (&plan.privacy, noise.split_last_mut()) {
        // The clip of such a job is the same in every round.
        if let Some(deviation) = noise_deviation(plan, privacy.clip, noised.len()) {
            secureflow_privacy::add_noise(noised, deviation, rng).map_err(no_noise)?;
        }
    }
    Ok(Zeroizing::new(noise.iter().map(|entry| *entry as i64).collect()))
}

/// Adds a party's share of the noise to its vector of the round that starts from a model: to every element but the last, which
/// counts rows. Nothing without a privacy section.
pub fn add_noise(plan: &Plan, model: &Model, vector: &mut [u64], rng: &mut (impl CryptoRng + RngCore)) -> Result<()> {
    let clip = Clip::of(plan, model)?;
    let parameters = model.shape().parameters();
    let Some(deviation) = noise_deviation(plan, clip.norm(), parameters) else {
        return Ok(());
    };
    check_length(plan, model.shape(), vector)?;
    let (contribution, rest) = vector.split_at_mut(parameters);
    secureflow_privacy::add_noise(contribution, deviation, rng).map_err(no_noise)?;
    match clip {
        Clip::Fixed(_) => Ok(()),
        Clip::Following(clip) => clip.noise().add(&mut rest[..1], rng).map_err(no_noise),
    }
}

fn no_noise(error: secureflow_privacy::Error) -> PlanError {
    PlanError::invalid("privacy", error.to_string())
}

/// The standard deviation, in units of the vector, of the noise that each party adds to every parameter's element: with the
/// plan's `min_parties` the sum reaches the noise multiplier. Where contributions are proven to be bounded, each of the two
/// workers adds it, and reaches the multiplier by itself. `None` without a privacy section.
///
/// The sensitivity is one row's clipped gradient plus the rounding of the two sums that differ by that row (at most one
/// unit per element).
pub fn noise_deviation(plan: &Plan, clip: f64, parameters: usize) -> Option<f64> {
    plan.privacy.as_ref().map(|privacy| {
        let sensitivity = clip * ONE + (parameters as f64).sqrt();
        privacy.gradient_multiplier() * sensitivity / f64::from(plan.noise_needed()).sqrt()
    })
}
