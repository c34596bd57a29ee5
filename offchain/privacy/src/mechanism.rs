//! What is released, and how often.

use crate::{accountant, renyi, Cost, Curve, Error, ORDERS};

/// A mechanism. Noise counts in sensitivities: how far one record moves what is released.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mechanism {
    /// Gaussian noise on a sum over all records, or over a Poisson sample that holds each with the probability
    /// `sampling`; neighbours by one record's presence.
    Gaussian { noise_multiplier: f64, sampling: f64 },
    /// Gaussian noise on a sum over a sample without replacement; neighbours by one record's replacement.
    GaussianWithoutReplacement { noise_multiplier: f64, fraction: f64 },
    /// Laplace noise of this scale.
    Laplace { scale: f64 },
    /// The discrete Gaussian on whole numbers, its variance and sensitivity in their unit.
    DiscreteGaussian { variance: f64, sensitivity: f64 },
}

impl Mechanism {
    /// The mechanism, if its settings are in range.
    pub fn checked(self) -> Result<Self, Error> {
        let positive = |noise: f64| match noise > 0.0 && noise.is_finite() {
            true => Ok(self),
            false => Err(Error::Noise(noise)),
        };
        match self {
            Self::Gaussian {
                noise_multiplier,
                sampling: rate,
            }
            | Self::GaussianWithoutReplacement {
                noise_multiplier,
                fraction: rate,
            } => match (0.0..=1.0).contains(&rate) {
                true => positive(noise_multiplier),
                false => Err(Error::Sampling(rate)),
            },
            Self::Laplace { scale } => positive(scale),
            Self::DiscreteGaussian { variance, sensitivity } => {
                if !(sensitivity >= 1.0 && sensitivity.fract() == 0.0) {
                    return Err(Error::Sensitivity(sensitivity));
                }
                positive(variance)
            }
        }
    }

    /// The Rényi divergence of one release at this order, in nats: see [`renyi`].
    pub fn divergence(&self, order: f64) -> f64 {
        match *self {
            Self::Gaussian {
                noise_multiplier,
                sampling,
            } => renyi::sampled_gaussian(order, sampling, noise_multiplier),
            Self::GaussianWithoutReplacement {
                noise_multiplier,
                fraction,
            } => renyi::gaussian_without_replacement(order, fraction, noise_multiplier),
            Self::Laplace { scale } => renyi::laplace(order, scale),
            Self::DiscreteGaussian { variance, sensitivity } => renyi::discrete_gaussian(order, variance, sensitivity),
        }
    }

    /// The divergences of one release at all orders.
    pub fn curve(&self) -> Curve {
        Curve::new(|order| self.divergence(order))
    }

    /// What the ledger charges for one release: the divergences at its orders in millionths, rounded up. Charges of
    /// several releases and jobs add up ([`compose`](crate::compose), [`repeat`](crate::repeat)), and are never below
    /// what was spent.
    pub fn cost(&self) -> Cost {
        match *self {
            Self::Gaussian {
                noise_multiplier,
                sampling: 1.0,
            } => accountant::gaussian_cost(noise_multiplier),
            _ => ORDERS.map(|order| accountant::charge(self.divergence(f64::from(order)))),
        }
    }
}

/// So many releases of one mechanism.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Releases {
    pub mechanism: Mechanism,
    pub steps: u32,
}

/// The Rényi curve of all these releases together.
pub fn curve(releases: &[Releases]) -> Curve {
    releases.iter().fold(Curve::NOTHING, |sum, part| {
        sum.plus(&part.mechanism.curve().times(part.steps))
    })
}
