//! A clipping norm that follows the data: Andrew, Thakkar, McMahan and Ramaswamy, *Differentially Private Learning with
//! Adaptive Clipping*, NeurIPS 2021.
//!
//! Beside its clipped vector each party sends, in one entry more of the same sum, how many of its rows had a norm within
//! the clip, with noise. All learn the sum and move the clip the same way, towards a quantile of the norms. Integers
//! only, so that all find the same clip to the last bit.

use crate::{
    decay::exp_negative,
    gaussian_cost_micro,
    noise::{Ring, SharedNoise, MIN_DEVIATION},
    Cost, Error,
};
use primitive_types::U512;

const MILLION: u64 = 1_000_000;

/// What a clip is counted in.
pub const CLIP_UNIT: f64 = 1.0 / (1u64 << 24) as f64;

/// How the clip moves. Quantile, rate and multiplier are in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipRule {
    /// γ: the share of rows that the clip shall leave as they are, between 0 and 1.
    pub quantile_micro: u32,
    /// η: in a round the clip changes by exp(-η) to exp(η) at most. The paper's is 0.2; here 2 is the most.
    pub rate_micro: u32,
    /// Standard deviation of the count's noise over what a row changes. The paper's σ_b is half of it; it suggests a
    /// twentieth of the rows in a round for σ_b.
    pub count_multiplier_micro: u64,
    /// So many parties' shares reach that multiplier.
    pub min_parties: u32,
    /// Bounds of the clip, in [`CLIP_UNIT`]s, from 1 to 2^48.
    pub least: u64,
    pub most: u64,
}

/// The clip of a round, and what leads to the next one's.
#[derive(Clone, Debug, PartialEq)]
pub struct AdaptiveClip {
    rule: ClipRule,
    noise: SharedNoise,
    /// What a row counts for: a power of two, so large that a share of the noise is no finer than integers allow.
    weight: u64,
    clip: u64,
}

impl AdaptiveClip {
    /// Begins with this clip, in [`CLIP_UNIT`]s, or takes up again where one of a round left off.
    pub fn new(rule: ClipRule, clip: u64) -> Result<Self, Error> {
        if rule.quantile_micro == 0 || u64::from(rule.quantile_micro) >= MILLION {
            return Err(Error::ClipRule("the quantile must lie between 0 and 1"));
        }
        if rule.rate_micro == 0 || u64::from(rule.rate_micro) > 2 * MILLION {
            return Err(Error::ClipRule("the rate must be positive, and 2 at most"));
        }
        if !(1..=rule.most).contains(&rule.least) || rule.most > 1 << 48 {
            return Err(Error::ClipRule("the bounds must be in order, from one unit to 2^48"));
        }
        if !(rule.least..=rule.most).contains(&clip) {
            return Err(Error::ClipRule("the first clip must lie within the bounds"));
        }
        let multiplier = rule.count_multiplier_micro as f64 / MILLION as f64;
        let coarse = SharedNoise::new(multiplier, 1.0, rule.min_parties)?.share();
        // At the smallest multiplier, and the largest number of parties, 2^39.
        let weight = ((MIN_DEVIATION / coarse).ceil().max(1.0) as u64).next_power_of_two();
        Ok(Self {
            rule,
            noise: SharedNoise::new(multiplier, weight as f64, rule.min_parties)?,
            weight,
            clip,
        })
    }

    /// The norm that rows are clipped to in this round.
    pub fn clip(&self) -> f64 {
        self.clip as f64 * CLIP_UNIT
    }

    /// The same in [`CLIP_UNIT`]s.
    pub fn units(&self) -> u64 {
        self.clip
    }

    /// What the count costs in a round, beside the vector that it goes with: a row counts as one within the clip or one
    /// beyond it, and as nothing where it is absent.
    pub fn cost(&self) -> Cost {
        gaussian_cost_micro(self.rule.count_multiplier_micro)
    }

    /// A party's entry before noise: its rows within the clip less those beyond it.
    pub fn entry<R: Ring>(&self, within: u64, beyond: u64) -> R {
        let count = i64::try_from(i128::from(within) - i128::from(beyond)).unwrap_or(i64::MAX);
        R::ZERO.plus(count.saturating_mul(self.weight as i64))
    }

    /// The noise that each party adds to its entry.
    pub fn noise(&self) -> &SharedNoise {
        &self.noise
    }

    /// Takes the sum of all parties' entries, over so many rows, and moves the clip: C ← C·exp(-η(b̃ - γ)), where b̃ is the
    /// noisy share of rows within it, held between 0 and 1.
    pub fn advance(&mut self, sum: impl Ring, rows: u64) -> Result<(), Error> {
        let whole = i128::from(rows) * i128::from(self.weight);
        if rows == 0 {
            return Err(Error::NoRows);
        }
        // The sum is 2·b̃ - 1 times the whole; what follows is b̃ - γ, in millionths times the whole.
        let sum = i128::from(sum.signed()).clamp(-whole, whole);
        let half = i128::from(MILLION / 2);
        let over = sum * half + (half - i128::from(self.rule.quantile_micro)) * whole;
        let exponent = U512::from(over.unsigned_abs()) * U512::from(self.rule.rate_micro);
        let factor = exp_negative(exponent, U512::from(whole as u128) * U512::from(MILLION * MILLION));
        let moved = if over >= 0 {
            (U512::from(self.clip) * U512::from(factor)) >> 256
        } else {
            (U512::from(self.clip) << 256) / U512::from(factor)
        };
        // At most e² times a clip of 48 bits.
        self.clip = moved.low_u64().clamp(self.rule.least, self.rule.most);
        Ok(())
    }
}

/// The noise multiplier of the vectors with which they cost, together with a count of multiplier `count`, as much as
/// vectors of multiplier `total` by themselves (theorem 1): (z⁻² - z_b⁻²)^(-1/2), in whole millionths, rounded up.
pub fn update_multiplier(total: f64, count: f64) -> Result<f64, Error> {
    if !(total > 0.0 && total < count && count.is_finite()) {
        return Err(Error::ClipRule(
            "the count's noise multiplier must be above the total's",
        ));
    }
    let exact = (total.powi(-2) - count.powi(-2)).powf(-0.5);
    Ok((exact * MILLION as f64).ceil() / MILLION as f64)
}
