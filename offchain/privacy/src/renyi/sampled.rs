//! The Gaussian mechanism on a Poisson sample: Mironov, Talwar and Zhang 2019, *Rényi Differential Privacy of the Sampled
//! Gaussian Mechanism*.
//!
//! Its divergence is ln(A) / (α-1), where A is the α-th moment of the ratio between the mixture (1-q)·N(0,σ²) + q·N(1,σ²)
//! and N(0,σ²) (section 3.2, theorem 5: adding and removing a record cost the same). A is often barely above 1: what is
//! added up here is A - 1.

use super::{divergence, gaussian};
use crate::special::{log1m_exp, log_expm1, log_normal_above, LogSum, UNIT};

/// Beyond that order the mechanism is charged as if nothing were sampled: the sums would be as long as the order.
const LARGEST_ORDER: f64 = 65_536.0;

/// How many terms the alternating tail takes. Its error is below 2·(3+√8)⁻²⁴ of its first term.
const TAIL: usize = 24;

/// The Gaussian mechanism with this noise multiplier, applied to a sample that holds each record with this probability,
/// independently, for neighbours that differ by one record's presence.
///
/// Whole orders by the binomial sum (section 3.3, equation 4), others by the two series with the complementary error
/// function that follow it, rounded up by what rounding may have lost.
pub fn sampled_gaussian(order: f64, sampling: f64, noise_multiplier: f64) -> f64 {
    let unsampled = gaussian(order, noise_multiplier);
    if !(0.0..=1.0).contains(&sampling) || unsampled.is_infinite() {
        return f64::INFINITY;
    }
    if sampling == 0.0 {
        return 0.0;
    }
    if sampling == 1.0 || order > LARGEST_ORDER {
        return unsampled;
    }
    let mechanism = Sampled::new(sampling, noise_multiplier);
    let log_above_one = if order.fract() == 0.0 {
        mechanism.whole(order)
    } else {
        mechanism.fractional(order)
    };
    // The divergence is quasi-convex: mixing in what does not depend on the record adds nothing.
    divergence(log_above_one, order).min(unsampled)
}

struct Sampled {
    sampling: f64,
    sigma: f64,
    /// ln q and ln(1-q).
    log_in: f64,
    log_out: f64,
    /// 1/(2σ²).
    half_precision: f64,
}

impl Sampled {
    fn new(sampling: f64, sigma: f64) -> Self {
        Self {
            sampling,
            sigma,
            log_in: libm::log(sampling),
            log_out: libm::log1p(-sampling),
            half_precision: 0.5 / sigma / sigma,
        }
    }

    /// ln of the k-th moment of N(1,σ²)'s density over N(0,σ²)'s: (k²-k) / (2σ²).
    fn exponent(&self, k: f64) -> f64 {
        k * (k - 1.0) * self.half_precision
    }

    /// ln(A - 1) = ln Σ C(α,k)·(1-q)^(α-k)·q^k·(e^((k²-k)/2σ²) - 1): the binomial probabilities add up to 1, and the
    /// terms of k = 0 and 1 vanish.
    fn whole(&self, order: f64) -> f64 {
        let mut sum = LogSum::EMPTY;
        let mut log_choose = 0.0;
        for k in 1..=order as u32 {
            let k = f64::from(k);
            log_choose += libm::log((order - k + 1.0) / k);
            let log_weight = log_choose + k * self.log_in + (order - k) * self.log_out;
            sum.add(log_weight + log_expm1(self.exponent(k)));
        }
        sum.value()
    }

    /// ln(A - 1) between whole orders: by the series, or, where its digits cancel, by the line between the neighbours.
    fn fractional(&self, order: f64) -> f64 {
        // ln A is convex in α (it is a cumulant), and zero at α = 1.
        let floor = order.floor();
        let log_moment = |order: f64| {
            if order == 1.0 {
                0.0
            } else {
                crate::special::log1p_exp(self.whole(order))
            }
        };
        let part = order - floor;
        let line = (1.0 - part) * log_moment(floor) + part * log_moment(floor + 1.0);
        match self.series(order) {
            Some(log_above_one) => log_above_one.min(log_expm1(line)),
            None => log_expm1(line),
        }
    }

    /// ln(A - 1), rounded up; `None` where too little of it is left.
    ///
    /// A's integrand is split at z₀, where both parts of the mixture weigh the same, and each side expands in powers of
    /// the smaller over the larger. The coefficients C(α,i) alternate in sign beyond ⌈α⌉, and their sizes times the
    /// integrals are moments of a positive measure, so that a few terms give the whole tail (Cohen, Rodríguez Villegas
    /// and Zagier 2000, algorithm 1).
    fn series(&self, order: f64) -> Option<f64> {
        let head = order.ceil() as usize;
        let mut terms = Terms::default();
        let mut log_choose = 0.0;
        let weights = alternating_weights();
        for i in 0..head + TAIL {
            let index = i as f64;
            if i > 0 {
                log_choose += libm::log(((order - index + 1.0) / index).abs());
            }
            let sign = if i < head { 1.0 } else { weights[i - head] };
            self.term(order, index, log_choose, sign, &mut terms);
        }
        terms.log_sum()
    }

    fn term(&self, order: f64, index: f64, log_choose: f64, sign: f64, terms: &mut Terms) {
        // z₀ in standard deviations.
        let middle = self.sigma * (self.log_out - self.log_in) + 0.5 / self.sigma;
        let rest = order - index;
        let sides = [
            // x ≤ z₀, powers i of N(1,σ²)'s part; the smaller of q and 1-q says which side holds the 1 of A.
            (
                index,
                index * self.log_in + rest * self.log_out,
                index / self.sigma - middle,
                self.sampling < 0.5,
            ),
            // x ≥ z₀, powers α-i.
            (
                rest,
                rest * self.log_in + index * self.log_out,
                middle - rest / self.sigma,
                self.sampling >= 0.5,
            ),
        ];
        for (power, log_weight, distance, holds_one) in sides {
            let log_weight = log_choose + log_weight;
            let exponent = self.exponent(power);
            let inside = log_normal_above(distance);
            if !holds_one {
                terms.add(sign, &[log_weight, exponent, inside]);
                continue;
            }
            // e^c·Φ - 1 = (e^c - 1)·Φ - (1 - Φ), and Σ C(α,i)·q^i·(1-q)^(α-i) = 1.
            let grown = if exponent >= 0.0 {
                (sign, log_expm1(exponent))
            } else {
                (-sign, log1m_exp(exponent))
            };
            terms.add(grown.0, &[log_weight, grown.1, inside]);
            terms.add(-sign, &[log_weight, log_normal_above(-distance)]);
        }
    }
}

/// Signed terms in logarithms, with the sizes that say how far rounding may have moved each.
#[derive(Default)]
struct Terms(Vec<(f64, f64, f64)>);

impl Terms {
    fn add(&mut self, weight: f64, factors: &[f64]) {
        let log: f64 = factors.iter().sum();
        if log > f64::NEG_INFINITY {
            self.0
                .push((weight, log, factors.iter().map(|factor| factor.abs()).sum()));
        }
    }

    fn log_sum(&self) -> Option<f64> {
        let largest = self.0.iter().map(|term| term.1).fold(f64::NEG_INFINITY, f64::max);
        let (mut sum, mut error) = (0.0, 0.0);
        for (weight, log, size) in &self.0 {
            let value = weight * libm::exp(log - largest);
            if value.abs() < 1e-40 {
                continue;
            }
            // An error of the logarithm is a relative one of the term, as long as it is small.
            let relative = UNIT * (32.0 + 4.0 * size);
            if relative > 1e-4 {
                return None;
            }
            sum += value;
            error += value.abs() * relative;
        }
        // The acceleration's own error and what was passed over.
        error += 1e-17;
        (sum > 0.0 && error < sum).then(|| largest + libm::log(sum + error))
    }
}

/// Σ (-1)^k·a(k) ≈ Σ w(k)·a(k).
fn alternating_weights() -> [f64; TAIL] {
    let n = TAIL as f64;
    let power = (3.0 + 8f64.sqrt()).powi(TAIL as i32);
    let total = (power + 1.0 / power) / 2.0;
    let (mut b, mut c) = (-1.0, -total);
    std::array::from_fn(|k| {
        let k = k as f64;
        c = b - c;
        b *= (k + n) * (k - n) / ((k + 0.5) * (k + 1.0));
        c / total
    })
}
