//! From a budget to the noise that keeps it.

use crate::{accountant, epsilon_on_chain, repeat, Cost, Error};

/// Smallest noise multiplier that calibration gives.
pub const MIN_NOISE: f64 = 1e-3;

/// Largest noise multiplier that calibration tries.
pub const MAX_NOISE: f64 = 1e6;

/// Smallest noise multiplier, in whole millionths, with which so many rounds of the Gaussian mechanism stay within
/// (ε, δ) by the tight conversion ([`accountant::epsilon`]).
pub fn calibrate(epsilon: f64, delta: f64, rounds: u32) -> Result<f64, Error> {
    if !(epsilon.is_finite() && epsilon > 0.0) {
        return Err(Error::Epsilon(epsilon));
    }
    if !(delta > 0.0 && delta < 1.0) {
        return Err(Error::Delta(delta));
    }
    smallest(rounds, |cost| accountant::epsilon(cost, delta) <= epsilon)
}

/// The same by the conversion of the chain's ledger, which needs a little more noise: a job calibrated with this fits
/// a dataset's budget of as many millionths of ε.
pub fn calibrate_on_chain(epsilon_micro: u64, delta_exponent: u8, rounds: u32) -> Result<f64, Error> {
    if epsilon_micro == 0 {
        return Err(Error::Epsilon(0.0));
    }
    smallest(rounds, |cost| epsilon_on_chain(cost, delta_exponent) <= epsilon_micro)
}

/// Bisection over millionths, so that what is found is exactly what is charged for.
fn smallest(rounds: u32, fits: impl Fn(&Cost) -> bool) -> Result<f64, Error> {
    if rounds == 0 {
        return Err(Error::NoRounds);
    }
    let fits = |micro: u64| fits(&repeat(&accountant::gaussian_cost_micro(micro), rounds));
    let (mut low, mut high) = ((MIN_NOISE * 1e6) as u64, (MAX_NOISE * 1e6) as u64);
    if fits(low) {
        return Ok(MIN_NOISE);
    }
    if !fits(high) {
        return Err(Error::Unreachable);
    }
    // `low` does not fit, `high` does; more noise never costs more.
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high as f64 / 1e6)
}
