//! Privacy loss distributions: ε of a composition between a lower and an upper bound.
//!
//! The privacy loss of an outcome is the logarithm of how much likelier it is with a record than without. Losses of
//! independent releases add up, so that the distribution of the sum is a convolution, and δ(ε) = E max(0, 1 - e^(ε-L))
//! (Koskela, Jälkö, Prediger and Honkela 2021; Gopi, Lee and Wutschitz 2021).
//!
//! 1. Every release's outcomes are cut where the loss passes a multiple of the step h. The **upper** bound moves each
//!    cell's mass to the cell's ends so that both neighbours' masses are kept (Doroshenko et al. 2022, *Connect the
//!    Dots*, algorithm 1): the original is a post-processing of that. The **lower** bound merges outcomes until every
//!    merged loss is a point of the grid: that is a post-processing of the original (`grid`).
//! 2. Both are tilted by e^(θL) and raised to the power by FFT (`fourier`). The tilt moves the mass to where ε lies, so
//!    that rounding is relative to δ itself and not to 1 (as in Wilson and Keich 2016).
//! 3. δ(ε) is read off, and everything that numbers have done is added to it for the upper bound and taken off for the
//!    lower one (`search`): rounding of the masses, of the FFT (Higham 2002, theorem 24.2) and of the powers, what has
//!    wrapped around (Chernoff's bound), and what lies beyond the grid.
//!
//! Masses err on the safe side as well: for the upper bound those with the record are rounded up and those without it
//! down, for the lower bound the other way round; δ(ε) is monotone in both.

mod fourier;
mod grid;
mod pair;
mod plan;
mod search;

use crate::{Error, Mechanism, Releases};
use pair::Pair;

/// Smallest δ that is resolved.
const SMALLEST_DELTA: f64 = 1e-200;

/// How far apart the bounds may stay, relatively, and how often the grid is made finer for it.
const TOLERANCE: f64 = 1e-4;
const REFINEMENTS: u32 = 5;

/// What ε lies between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub lower: f64,
    pub upper: f64,
}

/// Bounds on the ε at this δ of all these releases together, for neighbours by one record's presence (or, for the Laplace
/// mechanism, by whatever its scale is counted in).
///
/// They are usually less than a ten-thousandth apart. For more than some million steps, or losses that lie very far
/// apart, the grid is coarser than it would have to be for that; the bounds hold all the same. Where losses are too large
/// for a grid, the lower bound is zero and the upper one that of Rényi divergences, or infinite.
pub fn epsilon_bounds(releases: &[Releases], delta: f64) -> Result<Bounds, Error> {
    bounds_within(releases, delta, TOLERANCE)
}

/// The same, made no closer once they are within this relative distance.
pub(crate) fn bounds_within(releases: &[Releases], delta: f64, tolerance: f64) -> Result<Bounds, Error> {
    if !(delta > 0.0 && delta < 1.0) {
        return Err(Error::Delta(delta));
    }
    if delta < SMALLEST_DELTA {
        return Err(Error::SmallDelta(delta));
    }
    let mut kept = Vec::new();
    for part in releases {
        let mechanism = part.mechanism.checked()?;
        let (noise, sampling) = match mechanism {
            Mechanism::Gaussian {
                noise_multiplier,
                sampling,
            } => (pair::Noise::Gaussian(noise_multiplier), sampling),
            Mechanism::Laplace { scale } => (pair::Noise::Laplace(scale), 1.0),
            _ => return Err(Error::NoLossDistribution),
        };
        if part.steps > 0 && sampling > 0.0 {
            kept.push((noise, sampling, part.steps));
        }
    }
    let mut bounds = Bounds { lower: 0.0, upper: 0.0 };
    // A record that is hardly ever in a sample: what δ covers is nothing.
    let seen: f64 = kept
        .iter()
        .map(|(_, sampling, steps)| sampling * f64::from(*steps))
        .sum();
    if seen * (1.0 + 1e-9) <= delta {
        return Ok(bounds);
    }
    // Without sampling, removing a record looks like adding it.
    let directions = if kept.iter().all(|part| part.1 == 1.0) { 1 } else { 2 };
    for reversed in [false, true].into_iter().take(directions) {
        let pairs: Vec<(Pair, u32)> = kept
            .iter()
            .map(|(noise, sampling, steps)| (Pair::new(*noise, *sampling, reversed), *steps))
            .collect();
        let found = one_direction(&pairs, delta, tolerance, bounds.lower);
        bounds.lower = bounds.lower.max(found.lower);
        bounds.upper = bounds.upper.max(found.upper);
    }
    if bounds.upper.is_infinite() {
        bounds.upper = crate::curve(releases).epsilon(delta) * (1.0 + 1e-9);
    }
    Ok(bounds)
}

/// Bounds for one neighbour as P, as close as the other direction leaves them of interest: below `least`, they decide
/// nothing.
fn one_direction(pairs: &[(Pair, u32)], delta: f64, tolerance: f64, least: f64) -> Bounds {
    let mut bounds = Bounds {
        lower: 0.0,
        upper: if pairs.is_empty() { 0.0 } else { f64::INFINITY },
    };
    let (mut coarsest, mut near) = (f64::MAX, None);
    for _ in 0..=REFINEMENTS {
        let gap = bounds.upper - bounds.lower;
        if bounds.upper <= least || (gap.is_finite() && gap <= tolerance * bounds.upper) {
            break;
        }
        // As fine as it gets, or beyond what numbers show.
        let plan = match plan::Plan::new(pairs, delta, coarsest, near) {
            Some(plan) if plan.step <= coarsest => plan,
            _ => break,
        };
        let found = with_plan(pairs, &plan, delta);
        bounds.lower = bounds.lower.max(found.lower);
        bounds.upper = bounds.upper.min(found.upper);
        near = Some(bounds.upper).filter(|upper| *upper > 0.0 && upper.is_finite());
        // What is left shrinks about with the square of the step, unless ε is not where the plan thought.
        let left = (bounds.upper - bounds.lower) / (tolerance * bounds.upper);
        coarsest = plan.step
            / match left.is_finite() && bounds.upper > plan.epsilon / 2.0 {
                true => (1.5 * left.sqrt()).clamp(2.0, 16.0),
                false => 2.0,
            };
    }
    bounds
}

/// Any plan gives bounds that hold.
fn with_plan(pairs: &[(Pair, u32)], plan: &plan::Plan, delta: f64) -> Bounds {
    let steps: Vec<(grid::Step, u32)> = pairs
        .iter()
        .zip(&plan.ranges)
        .map(|((pair, steps), range)| (grid::Step::new(pair, *range, plan), *steps))
        .collect();
    match fourier::compose(&steps, plan) {
        Some(sum) => search::bounds(&sum, delta),
        None => Bounds {
            lower: 0.0,
            upper: f64::INFINITY,
        },
    }
}
