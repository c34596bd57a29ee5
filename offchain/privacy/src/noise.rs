//! Noise on a sum that its parties make together.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::{DiscreteGaussian, Error};

/// Least standard deviation of one party's share, in units of the quantised vector.
///
/// A sum of discrete Gaussians is not one, but as near as exp(-π²σ²) (Kairouz, Liu and Steinke 2021, theorem 1 and
/// its τ): from here on that is below 10^-270, and the Gaussian's cost holds for the sum.
pub const MIN_DEVIATION: f64 = 8.0;

/// Six binary digits more than the deviation: within 32 deviations a share fits the ring.
const MARGIN_BITS: u32 = 6;

/// What [`SharedNoise::share`] is above the quotient, so that no rounding takes anything from the sum.
const HAIR: f64 = 1.0 + 4.0 * f64::EPSILON;

/// The rings that sums are made in: integers modulo 2^32 and 2^64, two's complement where there is a sign.
pub trait Ring: Copy + sealed::Sealed {
    const BITS: u32;
    const ZERO: Self;

    /// The sum with a signed number.
    #[must_use]
    fn plus(self, number: i64) -> Self;

    /// The number that it stands for, from -2^(BITS-1).
    fn signed(self) -> i64;
}

impl Ring for u32 {
    const BITS: u32 = 32;
    const ZERO: Self = 0;

    fn plus(self, number: i64) -> Self {
        self.wrapping_add(number as u32)
    }

    fn signed(self) -> i64 {
        i64::from(self as i32)
    }
}

impl Ring for u64 {
    const BITS: u32 = 64;
    const ZERO: Self = 0;

    fn plus(self, number: i64) -> Self {
        self.wrapping_add(number as u64)
    }

    fn signed(self) -> i64 {
        self as i64
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

/// Noise in equal shares (Kairouz, Liu and Steinke, *The Distributed Discrete Gaussian Mechanism for Federated Learning
/// with Secure Aggregation*, ICML 2021): `min_parties` of them reach the noise multiplier.
///
/// Who drops out takes a share along, so each is as large as it must be when only the minimum is left. The others make
/// for excess: with n parties the sum has n / `min_parties` times the variance that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharedNoise {
    noise_multiplier: f64,
    sensitivity: f64,
    min_parties: u32,
}

impl SharedNoise {
    /// `sensitivity` is how far one row moves the quantised vector, in its units: the clipping norm times the scale,
    /// plus what rounding adds.
    pub fn new(noise_multiplier: f64, sensitivity: f64, min_parties: u32) -> Result<Self, Error> {
        let total = noise_multiplier * sensitivity;
        if !(noise_multiplier > 0.0 && sensitivity > 0.0 && total.is_finite()) || min_parties == 0 {
            return Err(Error::Share);
        }
        Ok(Self {
            noise_multiplier,
            sensitivity,
            min_parties,
        })
    }

    /// Standard deviation of each party's share.
    pub fn share(&self) -> f64 {
        self.noise_multiplier * self.sensitivity / f64::from(self.min_parties).sqrt() * HAIR
    }

    /// Standard deviation of the sum's noise with so many parties in it.
    pub fn deviation(&self, parties: u32) -> f64 {
        self.share() * f64::from(parties).sqrt()
    }

    /// How many times the variance that was asked for is in the sum of so many parties: what is paid in accuracy for
    /// those who could have dropped out.
    pub fn excess(&self, parties: u32) -> f64 {
        f64::from(parties) / f64::from(self.min_parties)
    }

    /// The noise multiplier of a sum of so many parties, for those who know `known` of the shares and take them off:
    /// their own, if they collude. Zero where they know all.
    pub fn multiplier(&self, parties: u32, known: u32) -> f64 {
        self.noise_multiplier * (f64::from(parties.saturating_sub(known)) / f64::from(self.min_parties)).sqrt()
    }

    /// Adds one party's share to every entry.
    pub fn add(&self, values: &mut [impl Ring], rng: &mut (impl CryptoRng + RngCore)) -> Result<(), Error> {
        add_noise(values, self.share(), rng)
    }
}

/// Standard deviation of each party's share ([`SharedNoise::share`]).
pub fn share_deviation(noise_multiplier: f64, sensitivity: f64, min_parties: u32) -> Result<f64, Error> {
    Ok(SharedNoise::new(noise_multiplier, sensitivity, min_parties)?.share())
}

/// Adds a sample of the discrete Gaussian of this standard deviation to every entry, in the entries' ring.
pub fn add_noise<R: Ring>(values: &mut [R], deviation: f64, rng: &mut (impl CryptoRng + RngCore)) -> Result<(), Error> {
    if deviation.is_nan() || deviation < MIN_DEVIATION {
        return Err(Error::Deviation(deviation));
    }
    if deviation > f64::from(R::BITS - MARGIN_BITS).exp2() {
        return Err(Error::Ring {
            deviation,
            bits: R::BITS,
        });
    }
    let distribution = DiscreteGaussian::with_deviation(deviation)?;
    let mut noise = Zeroizing::new([0i64; 512]);
    for chunk in values.chunks_mut(noise.len()) {
        let noise = &mut noise[..chunk.len()];
        distribution.fill(noise, rng);
        for (value, noise) in chunk.iter_mut().zip(noise) {
            *value = value.plus(*noise);
        }
    }
    Ok(())
}
