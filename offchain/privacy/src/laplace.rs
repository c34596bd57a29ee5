//! The discrete Laplace distribution, also called two-sided geometric: Ghosh, Roughgarden and Sundararajan, *Universally
//! Utility-Maximizing Privacy Mechanisms*, STOC 2009.

use rand_core::{CryptoRng, RngCore};

use crate::{decay::Decay, sampler::Sampler, Error};

/// Largest scale, in units.
pub const MAX_SCALE: u64 = 1 << 50;

/// The distribution on the integers with probability proportional to exp(-|x| / t), for a rational scale t.
///
/// Added to a whole number that one row changes by Δ at most, it is (Δ/t, 0)-private. Shares of it do not add up to it:
/// it is for one who knows the number, not for noise that parties make together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscreteLaplace {
    numerator: u64,
    denominator: u64,
    sampler: Sampler,
}

impl DiscreteLaplace {
    /// Of scale `numerator / denominator`, from 1/32 to [`MAX_SCALE`].
    pub fn new(numerator: u64, denominator: u64) -> Result<Self, Error> {
        let (scaled, least) = (u128::from(numerator) * 32, u128::from(denominator));
        if denominator == 0 || scaled < least || scaled > 32 * u128::from(MAX_SCALE) * least {
            return Err(Error::Scale(numerator as f64 / denominator as f64));
        }
        // Two to four blocks to the scale.
        let width = (numerator / denominator).max(1).ilog2().saturating_sub(1);
        Ok(Self {
            numerator,
            denominator,
            sampler: Sampler::new(Decay::new(false, denominator, numerator.into()), width),
        })
    }

    /// The noise that makes a number private at so many millionths of ε, where a row changes it by at most
    /// `sensitivity`.
    pub fn for_epsilon(sensitivity: u64, epsilon_micro: u64) -> Result<Self, Error> {
        let scaled = sensitivity
            .checked_mul(1_000_000)
            .ok_or(Error::Scale(sensitivity as f64 * 1e6 / epsilon_micro as f64))?;
        Self::new(scaled, epsilon_micro)
    }

    /// The scale as a quotient.
    pub fn scale(&self) -> (u64, u64) {
        (self.numerator, self.denominator)
    }

    /// One sample. Many at once are faster.
    pub fn sample(&self, rng: &mut (impl CryptoRng + RngCore)) -> i64 {
        self.sampler.sample(rng)
    }

    /// Fills the slice with samples.
    pub fn fill(&self, values: &mut [i64], rng: &mut (impl CryptoRng + RngCore)) {
        self.sampler.fill(values, rng);
    }
}
