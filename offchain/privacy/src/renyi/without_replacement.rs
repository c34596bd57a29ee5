//! Samples of a fixed size: Wang, Balle and Kasiviswanathan 2019, *Subsampled Rényi Differential Privacy and Analytical
//! Moments Accountant*.
//!
//! Neighbours differ in one record's value here (replace-one): the sample's size is public. Between whole orders the
//! logarithm of the moment is taken from the line between its neighbours, which lies above it (corollary 10).

use super::{divergence, gaussian};
use crate::special::{log_add, log_expm1, LogSum};
use std::f64::consts::{LN_2, PI};

/// Beyond that order a mechanism is charged as if nothing were sampled: the sums would be as long as the order.
const LARGEST_ORDER: f64 = 4_096.0;

/// Any mechanism on a sample without replacement that holds this fraction of the records: theorem 9.
///
/// `base` is the mechanism's own divergence at whole orders, `pure` its limit (its ε without δ; infinite for the
/// Gaussian), both for neighbours by replacement.
pub fn without_replacement(order: f64, fraction: f64, base: impl Fn(f64) -> f64, pure: f64) -> f64 {
    let log_pure = log_expm1(pure.max(0.0));
    let factor = |j: f64| {
        let log_capped = LN_2.min(j * log_pure);
        let log_moment = (j - 1.0) * base(j);
        if j == 2.0 {
            (2.0 * LN_2 + log_expm1(base(2.0))).min(log_moment + log_capped)
        } else {
            log_moment + log_capped
        }
    };
    amplified(order, fraction, base(order), factor)
}

/// The Gaussian mechanism on a sample without replacement that holds this fraction of the records: theorem 27 (of the
/// full version), which is sharper than theorem 9.
///
/// The noise multiplier counts in the distance by which *replacing* a record moves the sum: for sums of vectors that are
/// clipped to a norm, twice that norm.
pub fn gaussian_without_replacement(order: f64, fraction: f64, noise_multiplier: f64) -> f64 {
    let unsampled = gaussian(order, noise_multiplier);
    if unsampled.is_infinite() {
        return f64::INFINITY;
    }
    let differences = Differences::new(noise_multiplier, order.ceil().min(LARGEST_ORDER) as u32);
    amplified(order, fraction, unsampled, |j| differences.factor(j))
}

/// ln(1 + Σ γ^j·C(α,j)·factor(j)) / (α-1), from j = 2; `factor` in logarithms.
fn amplified(order: f64, fraction: f64, unsampled: f64, factor: impl Fn(f64) -> f64) -> f64 {
    if !((0.0..=1.0).contains(&fraction) && order > 1.0 && unsampled >= 0.0) {
        return f64::INFINITY;
    }
    if fraction == 0.0 {
        return 0.0;
    }
    if fraction == 1.0 || order > LARGEST_ORDER || unsampled.is_infinite() {
        return unsampled;
    }
    let log_above_one = |order: f64| {
        let mut sum = LogSum::EMPTY;
        let mut log_choose = libm::log(order);
        for j in 2..=order as u32 {
            let j = f64::from(j);
            log_choose += libm::log((order - j + 1.0) / j);
            sum.add(log_choose + j * libm::log(fraction) + factor(j));
        }
        sum.value()
    };
    let ceil = order.ceil();
    let sampled = if order == ceil {
        divergence(log_above_one(order), order)
    } else {
        let part = order - (ceil - 1.0);
        let log_moment = |order: f64| log_add(0.0, log_above_one(order));
        ((1.0 - part) * log_moment(ceil - 1.0) + part * log_moment(ceil)) / (order - 1.0)
    };
    // The divergence is quasi-convex: a sample never costs more than the whole.
    sampled.min(unsampled)
}

/// E (p/q - 1)^l of N(1,σ²) against N(0,σ²) for even l, in logarithms: the forward differences of theorem 27.
struct Differences {
    sigma: f64,
    even: Vec<f64>,
}

impl Differences {
    fn new(sigma: f64, largest: u32) -> Self {
        let even = (1..=largest.div_ceil(2))
            .take_while(|half| !dominated(2.0 * f64::from(*half), sigma))
            .map(|half| log_difference(2 * half, sigma))
            .collect();
        Self { sigma, even }
    }

    /// min(4·√(B(2⌊j/2⌋)·B(2⌈j/2⌉)), 2·e^((j-1)·ε(j))); for j = 2 the variance E(p/q-1)² itself takes B's place.
    fn factor(&self, j: f64) -> f64 {
        let moment = LN_2 + j * (j - 1.0) / 2.0 / self.sigma / self.sigma;
        if j == 2.0 {
            return moment.min(2.0 * LN_2 + log_expm1(1.0 / self.sigma / self.sigma));
        }
        let (low, high) = ((j / 2.0).floor() as usize, (j / 2.0).ceil() as usize);
        match (self.even.get(low - 1), self.even.get(high - 1)) {
            (Some(low), Some(high)) => moment.min(2.0 * LN_2 + (low + high) / 2.0),
            _ => moment,
        }
    }
}

/// Whether B(l) ≥ e^((l²-l)/2σ²)/2 for sure, so that theorem 27 takes the other bound: the terms of the difference fall
/// off, and the second is below half the first.
fn dominated(l: f64, sigma: f64) -> bool {
    libm::log(l) - (l - 1.0) / sigma / sigma < -LN_2 - 1e-9
}

/// By the trapezoidal rule: written as a sum, the difference cancels; as an integral, nothing is negative. With a step of
/// 1/5 of the standard deviation the rule's error is e^(-50π²) of the largest term.
fn log_difference(l: u32, sigma: f64) -> f64 {
    const STEP: f64 = 0.2;
    let power = f64::from(l);
    let reach = 14.0 + power.sqrt();
    let points = ((2.0 * reach + power / sigma) / STEP).ceil() as u32;
    let mut sum = LogSum::EMPTY;
    for point in 0..=points {
        let z = STEP * f64::from(point) - reach;
        let ratio = libm::expm1(z / sigma - 0.5 / sigma / sigma).abs();
        sum.add(power * libm::log(ratio) - z * z / 2.0);
    }
    sum.value() + libm::log(STEP / (2.0 * PI).sqrt())
}
