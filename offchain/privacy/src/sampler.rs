//! Exact sampling from the discrete Gaussian: Canonne, Kamath and Steinke, *The Discrete Gaussian for Differential
//! Privacy*, NeurIPS 2020. Integers only: floating point would leave gaps that reveal what the noise should hide
//! (Mironov 2012).
//!
//! The time a sample takes depends on its value. Whoever could measure single samples on the owner's machine is past
//! what this protects against.

use primitive_types::U256;
use rand_core::{CryptoRng, RngCore};

use crate::Error;

/// Largest variance: a standard deviation of 2^50 units. Up to there everything fits the integers used here.
pub const MAX_VARIANCE: u128 = 1 << 100;

/// The distribution on the integers with probability proportional to exp(-x² / 2σ²).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscreteGaussian {
    /// σ².
    variance: u128,
    /// ⌊σ⌋ + 1, the scale of the Laplace distribution that samples are taken from.
    scale: u64,
    /// 2·σ²·t², the denominator of the exponent by which they are accepted.
    denominator: U256,
}

impl DiscreteGaussian {
    /// Of this variance, at least 1.
    pub fn new(variance: u128) -> Result<Self, Error> {
        if variance == 0 || variance > MAX_VARIANCE {
            return Err(Error::Deviation((variance as f64).sqrt()));
        }
        let scale = variance.isqrt() as u64 + 1;
        let denominator = U256::from(2) * U256::from(variance) * U256::from(u128::from(scale) * u128::from(scale));
        Ok(Self {
            variance,
            scale,
            denominator,
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

    /// Algorithm 3.
    pub fn sample(&self, rng: &mut (impl CryptoRng + RngCore)) -> i64 {
        loop {
            let (magnitude, negative) = self.laplace(rng);
            // γ = (|Y| - σ²/t)² / 2σ² = (|Y|·t - σ²)² / (2·σ²·t²).
            let difference = (u128::from(magnitude) * u128::from(self.scale)).abs_diff(self.variance);
            // At most 63 and 51 bits make the product, so the square has 228.
            let exponent = U256::from(difference) * U256::from(difference);
            if bernoulli_exp(exponent, self.denominator, rng) {
                return if negative {
                    -(magnitude as i64)
                } else {
                    magnitude as i64
                };
            }
        }
    }

    /// Algorithm 2, for an integer scale t: the magnitude, and whether it is negative.
    fn laplace(&self, rng: &mut (impl CryptoRng + RngCore)) -> (u64, bool) {
        loop {
            let remainder = below(self.scale, rng);
            if !bernoulli_exp_small(remainder.into(), self.scale.into(), rng) {
                continue;
            }
            let mut quotient = 0u64;
            while bernoulli_exp_small(U256::one(), U256::one(), rng) {
                quotient += 1;
            }
            let negative = rng.next_u32() & 1 == 1;
            let Some(magnitude) = quotient
                .checked_mul(self.scale)
                .and_then(|high| high.checked_add(remainder))
            else {
                continue;
            };
            // Zero has one sign only. What does not fit an `i64` is 2^13 scales away and never drawn.
            if (negative && magnitude == 0) || magnitude > i64::MAX as u64 {
                continue;
            }
            return (magnitude, negative);
        }
    }
}

/// Algorithm 1: true with probability exp(-numerator/denominator).
fn bernoulli_exp(numerator: U256, denominator: U256, rng: &mut (impl CryptoRng + RngCore)) -> bool {
    let (mut whole, rest) = numerator.div_mod(denominator);
    while !whole.is_zero() {
        if !bernoulli_exp_small(U256::one(), U256::one(), rng) {
            return false;
        }
        whole -= U256::one();
    }
    bernoulli_exp_small(rest, denominator, rng)
}

/// Algorithm 1 for exponents up to one.
fn bernoulli_exp_small(numerator: U256, denominator: U256, rng: &mut (impl CryptoRng + RngCore)) -> bool {
    // The first k for which a draw of probability γ/k fails is odd with probability exp(-γ). The bound grows by one
    // denominator per turn; the chance to come so far that it overflows is below one in 2^45 factorial.
    let mut bound = denominator;
    let mut odd = true;
    while below_wide(bound, rng) < numerator {
        bound = bound.saturating_add(denominator);
        odd = !odd;
    }
    odd
}

/// Uniform below a bound, by rejection.
fn below(bound: u64, rng: &mut (impl CryptoRng + RngCore)) -> u64 {
    let mask = u64::MAX >> (bound - 1).max(1).leading_zeros();
    loop {
        let draw = rng.next_u64() & mask;
        if draw < bound {
            return draw;
        }
    }
}

fn below_wide(bound: U256, rng: &mut (impl CryptoRng + RngCore)) -> U256 {
    if bound.bits() <= 64 {
        return below(bound.low_u64(), rng).into();
    }
    let bits = bound.bits();
    loop {
        let mut draw = U256([0; 4]);
        for (index, limb) in draw.0.iter_mut().enumerate().take(bits.div_ceil(64)) {
            let unused = (64 * (index + 1)).saturating_sub(bits);
            *limb = rng.next_u64() >> unused;
        }
        if draw < bound {
            return draw;
        }
    }
}
