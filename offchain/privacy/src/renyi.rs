//! Rényi divergences of mechanisms, in nats, as functions of the order α > 1.
//!
//! All of them are upper bounds up to the last digits, infinite where nothing is known, and never NaN: an order of at
//! most 1, or a setting that is no setting, gives infinity. Noise is counted in sensitivities: how far one record moves
//! what is released. The logarithms and exponentials are `libm`'s, so that every machine computes the same.

mod sampled;
mod without_replacement;

pub use sampled::sampled_gaussian;
pub use without_replacement::{gaussian_without_replacement, without_replacement};

use crate::special::{exp_minus_linear, log1p_exp, log_add};

/// The Gaussian mechanism: α / (2σ²). Mironov 2017, proposition 7.
pub fn gaussian(order: f64, noise_multiplier: f64) -> f64 {
    if !(order > 1.0 && noise_multiplier > 0.0) {
        return f64::INFINITY;
    }
    order / 2.0 / noise_multiplier / noise_multiplier
}

/// The Laplace mechanism of this scale. Mironov 2017, proposition 6:
/// ln(α/(2α-1)·e^((α-1)/b) + (α-1)/(2α-1)·e^(-α/b)) / (α-1).
pub fn laplace(order: f64, scale: f64) -> f64 {
    if !(order > 1.0 && order.is_finite() && scale > 0.0) {
        return f64::INFINITY;
    }
    let (gain, loss) = ((order - 1.0) / scale, order / scale);
    let log_moment = if loss < 1.0 {
        // The first orders in 1/b cancel: what is left has no negative terms.
        let above_one = order * exp_minus_linear(gain) + (order - 1.0) * exp_minus_linear(-loss);
        libm::log1p(above_one / (2.0 * order - 1.0))
    } else {
        let up = gain + libm::log(order / (2.0 * order - 1.0));
        let down = -loss + libm::log((order - 1.0) / (2.0 * order - 1.0));
        log_add(up, down)
    };
    // The pure guarantee is the limit.
    (log_moment.max(0.0) / (order - 1.0)).min(1.0 / scale)
}

/// The discrete Gaussian of this variance, shifted by a whole number of units: exact.
///
/// Canonne, Kamath and Steinke 2020, proposition 5: completing the square leaves the Gaussian's α·Δ²/(2σ²) times the
/// ratio of two sums over the integers, which is 1 where α·Δ is whole and below 1 elsewhere.
pub fn discrete_gaussian(order: f64, variance: f64, sensitivity: f64) -> f64 {
    if !(order > 1.0 && order.is_finite() && variance > 0.0 && sensitivity >= 0.0 && sensitivity.fract() == 0.0) {
        return f64::INFINITY;
    }
    let whole = order * (sensitivity * sensitivity / variance / 2.0);
    if !whole.is_finite() {
        return f64::INFINITY;
    }
    let shift = (order * sensitivity).fract();
    let ratio = log_theta(shift, variance) - log_theta(0.0, variance);
    (whole + ratio.min(0.0) / (order - 1.0)).max(0.0)
}

/// ln Σ exp(-(n - shift)²/2σ²) over the integers, up to a term that depends on the variance alone.
fn log_theta(shift: f64, variance: f64) -> f64 {
    if variance < 0.25 {
        // Few terms: those within seven of the shift leave out less than e⁻⁷².
        return (-7..=8).fold(f64::NEG_INFINITY, |sum, n| {
            let distance = f64::from(n) - shift;
            log_add(sum, -distance * distance / (2.0 * variance))
        });
    }
    // Poisson's summation: Σ exp(-2π²σ²n²)·cos(2πn·shift), of which the ninth term is below e⁻³⁹⁰.
    let pi = std::f64::consts::PI;
    let rest: f64 = (1..=8)
        .map(f64::from)
        .map(|n| 2.0 * libm::exp(-2.0 * pi * pi * variance * n * n) * libm::cos(2.0 * pi * n * shift))
        .sum();
    libm::log1p(rest)
}

/// ln(1 + eˣ) / (α - 1): the divergence whose moment exceeds 1 by eˣ.
fn divergence(log_above_one: f64, order: f64) -> f64 {
    log1p_exp(log_above_one) / (order - 1.0)
}
