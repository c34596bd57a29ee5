//! Rényi accounting at the ledger's fixed orders, and what it means as (ε, δ).

use crate::{renyi_to_epsilon, Mechanism};
use secureflow_renyi::{Cost, ORDERS};

const MICRO: u128 = 1_000_000;

/// Cost of one release of the Gaussian mechanism whose standard deviation is this multiple of the sensitivity.
///
/// The multiplier counts in whole millionths, cut off: what is charged is never below what was spent. Without noise,
/// or for what is no number, the cost is the largest there is.
pub fn gaussian_cost(noise_multiplier: f64) -> Cost {
    let micro = noise_multiplier * MICRO as f64;
    // 1.1 and its like are no binary fractions: within the last bits the whole number beside them is meant.
    let whole = micro.round();
    let near = (micro - whole).abs() <= 4.0 * f64::EPSILON * whole;
    // The cast takes what is no number, and what is negative, to zero.
    gaussian_cost_micro(if near { whole } else { micro.floor() } as u64)
}

/// [`gaussian_cost`] for a multiplier in millionths, in integers: every node computes the same.
///
/// Mironov 2017 (RDP), proposition 7: ε(α) = α / (2σ²).
pub fn gaussian_cost_micro(noise_multiplier_micro: u64) -> Cost {
    let multiplier = u128::from(noise_multiplier_micro);
    ORDERS.map(|order| {
        if multiplier == 0 {
            return u64::MAX;
        }
        // α·10⁶ / (2·(m/10⁶)²) = α·10¹⁸ / (2m²).
        let scaled = u128::from(order) * MICRO * MICRO * MICRO;
        // A square that leaves u128 is so large that the quotient rounds up to one.
        let quotient = match multiplier
            .checked_mul(multiplier)
            .and_then(|square| square.checked_mul(2))
        {
            Some(divisor) => scaled.div_ceil(divisor),
            None => 1,
        };
        u64::try_from(quotient).unwrap_or(u64::MAX)
    })
}

/// [`gaussian_cost_micro`] of a release on a Poisson sample that holds each record with the probability `sampling`, which is 1
/// for all records. Below 1 it is computed in floating point and rounded up: [`Mechanism::cost`].
pub fn sampled_gaussian_cost_micro(noise_multiplier_micro: u64, sampling: f64) -> Cost {
    if sampling == 1.0 || noise_multiplier_micro == 0 {
        return gaussian_cost_micro(noise_multiplier_micro);
    }
    let noise_multiplier = noise_multiplier_micro as f64 / MICRO as f64;
    Mechanism::Gaussian {
        noise_multiplier,
        sampling,
    }
    .cost()
}

/// A divergence in nats as the ledger charges it: in millionths, rounded up, and up once more by what its computation may
/// have rounded down.
pub(crate) fn charge(divergence: f64) -> u64 {
    if divergence.is_nan() {
        return u64::MAX;
    }
    // The cast saturates.
    (divergence * (1.0 + 1e-12) * MICRO as f64).ceil() as u64
}

/// ε at this δ by the conversion of Canonne, Kamath and Steinke 2020, proposition 12, at the best of the orders:
/// see [`renyi_to_epsilon`](crate::renyi_to_epsilon). Infinite where the cost says nothing.
pub fn epsilon(cost: &Cost, delta: f64) -> f64 {
    best(cost, delta, renyi_to_epsilon)
}

/// ε at this δ by the looser conversion that the chain uses, ε(α) + ln(1/δ)/(α-1) (Mironov 2017, proposition 3).
pub fn epsilon_plain(cost: &Cost, delta: f64) -> f64 {
    best(cost, delta, |order, divergence, delta| {
        divergence - delta.ln() / (order - 1.0)
    })
}

fn best(cost: &Cost, delta: f64, convert: impl Fn(f64, f64, f64) -> f64) -> f64 {
    if !(delta > 0.0 && delta < 1.0) {
        return f64::INFINITY;
    }
    if cost.iter().all(|divergence| *divergence == 0) {
        return 0.0;
    }
    ORDERS
        .iter()
        .zip(cost)
        // Saturated: that much or more, so it bounds nothing.
        .filter(|(_, divergence)| **divergence != u64::MAX)
        .map(|(order, divergence)| convert(f64::from(*order), *divergence as f64 / MICRO as f64, delta))
        .fold(f64::INFINITY, f64::min)
        .max(0.0)
}
