//! One party's share of the noise on a sum.

use rand_core::{CryptoRng, RngCore};

use zeroize::Zeroizing;

use crate::{DiscreteGaussian, Error};

/// Least standard deviation of one party's share, in units of the quantised vector.
///
/// A sum of discrete Gaussians is not one, but as near as exp(-π²σ²) (Kairouz, Liu and Steinke 2021, theorem 1 and
/// its τ): from here on that is below 10^-270, and the Gaussian's cost holds for the sum.
pub const MIN_DEVIATION: f64 = 8.0;

/// Standard deviation of each party's share, so that `min_parties` of them add up to the noise multiplier times the
/// sensitivity. More parties make more noise, fewer must not release.
///
/// `sensitivity` is how far one row moves the quantised vector, in its units: the clipping norm times the scale, plus
/// what rounding adds.
pub fn share_deviation(noise_multiplier: f64, sensitivity: f64, min_parties: u32) -> Result<f64, Error> {
    let total = noise_multiplier * sensitivity;
    if !(noise_multiplier > 0.0 && sensitivity > 0.0 && total.is_finite()) || min_parties == 0 {
        return Err(Error::Share);
    }
    Ok(total / f64::from(min_parties).sqrt())
}

/// Adds a sample of the discrete Gaussian of this standard deviation to every entry, in the ring modulo 2^64.
pub fn add_noise(values: &mut [u64], deviation: f64, rng: &mut (impl CryptoRng + RngCore)) -> Result<(), Error> {
    if deviation.is_nan() || deviation < MIN_DEVIATION {
        return Err(Error::Deviation(deviation));
    }
    let distribution = DiscreteGaussian::with_deviation(deviation)?;
    let mut noise = Zeroizing::new([0i64; 512]);
    for chunk in values.chunks_mut(noise.len()) {
        let noise = &mut noise[..chunk.len()];
        distribution.fill(noise, rng);
        for (value, noise) in chunk.iter_mut().zip(noise) {
            *value = value.wrapping_add(*noise as u64);
        }
    }
    Ok(())
}
