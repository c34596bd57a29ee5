//! From a budget to the noise that keeps it.

use crate::{accountant, epsilon_on_chain, pld, repeat, Error, Mechanism, Releases};

/// Smallest noise multiplier that calibration gives.
pub const MIN_NOISE: f64 = 1e-3;

/// Largest noise multiplier that calibration tries.
pub const MAX_NOISE: f64 = 1e6;

/// What ε is computed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accountant {
    /// Rényi divergences: a few milliseconds.
    Renyi,
    /// The upper bound of privacy loss distributions: less noise, about a hundred times slower.
    LossDistribution,
}

impl Accountant {
    /// ε at this δ of so many steps of the Gaussian mechanism on a Poisson sample.
    fn epsilon(self, noise_multiplier: f64, target: &Target) -> Result<f64, Error> {
        let mechanism = Mechanism::Gaussian {
            noise_multiplier,
            sampling: target.sampling,
        };
        let steps = target.steps;
        match self {
            Self::Renyi => Ok(mechanism.curve().times(steps).epsilon(target.delta)),
            // The upper bound is close long before the lower one is close to it.
            Self::LossDistribution => {
                Ok(pld::bounds_within(&[Releases { mechanism, steps }], target.delta, 1e-2)?.upper)
            }
        }
    }

    /// How close to the least noise the search goes, relatively: to a millionth, and to what the grid resolves.
    fn precision(self) -> f64 {
        match self {
            Self::Renyi => 1e-6,
            Self::LossDistribution => 1e-4,
        }
    }
}

/// What noise has to keep: ε at δ over so many steps, each of them on a Poisson sample that holds every record with the
/// probability `sampling` (1 for all of them).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    pub epsilon: f64,
    pub delta: f64,
    pub steps: u32,
    pub sampling: f64,
}

impl Target {
    fn check(&self) -> Result<(), Error> {
        if !(self.epsilon.is_finite() && self.epsilon > 0.0) {
            return Err(Error::Epsilon(self.epsilon));
        }
        if !(self.delta > 0.0 && self.delta < 1.0) {
            return Err(Error::Delta(self.delta));
        }
        if !(0.0..=1.0).contains(&self.sampling) {
            return Err(Error::Sampling(self.sampling));
        }
        if self.steps == 0 {
            return Err(Error::NoRounds);
        }
        Ok(())
    }
}

/// A noise multiplier, in whole millionths, that keeps the target, and is the smallest that does up to a millionth of
/// itself (by loss distributions, a ten-thousandth): the false position method on the logarithms of noise and ε, which are
/// nearly proportional.
pub fn calibrate(target: &Target, accountant: Accountant) -> Result<f64, Error> {
    target.check()?;
    let excess = |noise: f64| {
        let epsilon = accountant.epsilon(noise, target)?;
        Ok((epsilon / target.epsilon).ln())
    };
    // Outwards from what is likely: the noise by Rényi divergences is hardly more than what loss distributions need.
    let (start, factor) = match accountant {
        Accountant::Renyi => (1.0, 4.0),
        Accountant::LossDistribution => (calibrate(target, Accountant::Renyi).unwrap_or(1.0), 1.2),
    };
    let (mut low, mut high) = (start, start);
    let mut at_low = excess(start)?;
    let mut at_high = at_low;
    while at_low <= 0.0 {
        if low == MIN_NOISE {
            return Ok(MIN_NOISE);
        }
        (high, at_high) = (low, at_low);
        low = (low / factor).max(MIN_NOISE);
        at_low = excess(low)?;
    }
    while at_high > 0.0 {
        if high == MAX_NOISE {
            return Err(Error::Unreachable);
        }
        (low, at_low) = (high, at_high);
        high = (high * factor).min(MAX_NOISE);
        at_high = excess(high)?;
    }
    let mut last_side = 0;
    while high - low > accountant.precision() * high.max(0.5) {
        // Illinois: an end that stays is halved, so that both close in. What is infinite is bisected.
        let share = at_low / (at_low - at_high);
        let (left, right) = (low.ln(), high.ln());
        let guess = if share.is_finite() && share > 0.0 && share < 1.0 {
            left + share * (right - left)
        } else {
            (left + right) / 2.0
        };
        // Not onto an end, but so far from it that the search can end there.
        let margin = accountant.precision() / 4.0;
        let middle = guess.clamp(left + margin, right - margin).exp();
        let found = excess(middle)?;
        if found <= 0.0 {
            if last_side == -1 {
                at_low /= 2.0;
            }
            (high, at_high, last_side) = (middle, found, -1);
        } else {
            if last_side == 1 {
                at_high /= 2.0;
            }
            (low, at_low, last_side) = (middle, found, 1);
        }
    }
    // More noise costs less: rounding up keeps the target.
    Ok((high * 1e6).ceil() / 1e6)
}

/// Smallest noise multiplier, in whole millionths, with which so many rounds of the Gaussian mechanism, each on a Poisson sample
/// that holds every record with the probability `sampling` (1 for all of them), stay within (ε, δ) as the chain's ledger counts
/// it: a job calibrated with this fits a dataset's budget of as many millionths of ε. The ledger's fixed orders and its looser
/// conversion need a little more noise than [`calibrate`].
pub fn calibrate_on_chain(epsilon_micro: u64, delta_exponent: u8, rounds: u32, sampling: f64) -> Result<f64, Error> {
    if epsilon_micro == 0 {
        return Err(Error::Epsilon(0.0));
    }
    if !(sampling > 0.0 && sampling <= 1.0) {
        return Err(Error::Sampling(sampling));
    }
    let cost = |micro| accountant::sampled_gaussian_cost_micro(micro, sampling);
    smallest(rounds, |micro| {
        epsilon_on_chain(&repeat(&cost(micro), rounds), delta_exponent) <= epsilon_micro
    })
}

/// Bisection over millionths, so that what is found is exactly what is charged for.
fn smallest(rounds: u32, fits: impl Fn(u64) -> bool) -> Result<f64, Error> {
    if rounds == 0 {
        return Err(Error::NoRounds);
    }
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
