//! The discrete Gaussian: Canonne, Kamath and Steinke, *The Discrete Gaussian for Differential Privacy*, NeurIPS 2020.

use rand_core::{CryptoRng, RngCore};

use crate::{decay::Decay, sampler::Sampler, Error};

/// Largest variance: a standard deviation of 2^50 units. Up to there everything fits the integers used here.
pub const MAX_VARIANCE: u128 = 1 << 100;

/// The distribution on the integers with probability proportional to exp(-x² / 2σ²).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscreteGaussian {
    /// σ².
    variance: u128,
    sampler: Sampler,
}

impl DiscreteGaussian {
    /// Of this variance, at least 1.
    pub fn new(variance: u128) -> Result<Self, Error> {
        if variance == 0 || variance > MAX_VARIANCE {
            return Err(Error::Deviation((variance as f64).sqrt()));
        }
        // Four to eight blocks to the standard deviation.
        let width = variance.isqrt().ilog2().saturating_sub(2);
        Ok(Self {
            variance,
            sampler: Sampler::new(Decay::new(true, 1, 2 * variance), width),
        })
    }

    /// Of at least this standard deviation: its square is rounded up to an integer.
    pub fn with_deviation(deviation: f64) -> Result<Self, Error> {
        // A hair more than the square, so that the rounding of the multiplication takes nothing away.
        let variance = (deviation * deviation * (1.0 + 2.0 * f64::EPSILON)).ceil();
        if !(variance >= 1.0 && variance <= MAX_VARIANCE as f64) {
            return Err(Error::Deviation(deviation));
        }
        Self::new(variance as u128)
    }

    pub fn variance(&self) -> u128 {
        self.variance
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
