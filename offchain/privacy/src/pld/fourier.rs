//! The distribution of the sum: tilted, transformed, raised to the power, and transformed back.

use super::{
    grid::{Masses, Step},
    plan::{Plan, WRAPPED},
};
use crate::special::{exact_sum, UNIT};
use rustfft::{num_complex::Complex64, FftPlanner};

/// Relative error in the 2-norm of a transform of one power of two, in units of rounding: Higham 2002, theorem 24.2, has
/// about 7 with twiddle factors that are rounded correctly.
const PER_LEVEL: f64 = 12.0;

/// Below that logarithm a factor counts as zero.
const LOG_NOTHING: f64 = -80.0;

/// A tilted sum: masses in a window, and how to take the tilt off. The mass at a loss l is
/// `masses[..]`·e^(`log_scale` - θ·l).
#[derive(Clone, Debug)]
pub(crate) struct Tilted {
    /// The loss of the first mass; the others follow at distances of h.
    pub start: f64,
    pub masses: Vec<f64>,
    pub log_scale: f64,
    /// Bound on the 2-norm of the masses' errors, from transforms and powers.
    pub noise: f64,
    /// Bound on the mass that is in the wrong place or missing: rounding of the releases' masses, and wrapping around.
    pub misplaced: f64,
}

/// The sum from above and from below.
#[derive(Clone, Debug)]
pub(crate) struct Composed {
    pub step: f64,
    pub tilt: f64,
    pub upper: Tilted,
    pub lower: Tilted,
    /// Bound on the mass whose loss has no bound, for the upper one.
    pub infinite: f64,
}

/// One release's masses under the tilt, which add up to 1.
struct Release {
    /// The loss of the first.
    start: f64,
    /// ln of the masses.
    logs: Vec<f64>,
    log_total: f64,
    /// Σ |error| of the masses.
    rounding: f64,
    steps: u32,
}

/// Largest transform: half a gigabyte.
const MOST: f64 = (1 << 24) as f64;

/// `None` where the window would be too large to transform.
pub(crate) fn compose(parts: &[(Step, u32)], plan: &Plan) -> Option<Composed> {
    let upper: Vec<Release> = parts
        .iter()
        .map(|(part, steps)| Release::new(&part.upper, *steps, plan))
        .collect();
    let lower: Vec<Release> = parts
        .iter()
        .map(|(part, steps)| Release::new(&part.lower, *steps, plan))
        .collect();
    let ends = [&upper, &lower].map(|releases| window(releases, plan));
    let low = ends[0].0.min(ends[1].0);
    let high = ends[0].1.max(ends[1].1);
    if !(low.is_finite() && high - low < MOST * plan.step) {
        return None;
    }
    let size = transform_size(((high - low) / plan.step).ceil().max(1.0) as usize + 2);

    let mut planner = FftPlanner::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let mut scratch = vec![Complex64::ZERO; forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len())];
    let mut product: Vec<Complex64> = Vec::new();
    let rounding = PER_LEVEL * UNIT * (size as f64).log2();
    let mut noise = 0.0;
    let mut smallest_norm = f64::INFINITY;
    for (upper, lower) in upper.iter().zip(&lower) {
        // Two real sequences make one complex one.
        let mut both = vec![Complex64::ZERO; size];
        for (at, mass) in upper.masses().enumerate() {
            both[at % size].re += mass;
        }
        for (at, mass) in lower.masses().enumerate() {
            both[at % size].im += mass;
        }
        let norm = both.iter().map(|value| value.norm_sqr()).sum::<f64>().sqrt();
        smallest_norm = smallest_norm.min(norm);
        // No factor is above 1 in size, so that a power takes over an error at most so many times.
        noise += f64::from(upper.steps) * (rounding + 8.0 * UNIT) * norm;
        forward.process_with_scratch(&mut both, &mut scratch);
        raise(&mut both, upper.steps);
        if product.is_empty() {
            product = both;
        } else {
            multiply(&mut product, &both);
        }
    }
    inverse.process_with_scratch(&mut product, &mut scratch);
    noise = 2.0 * (noise + (rounding + 8.0 * UNIT) * smallest_norm) + 1e-30;

    let read = |releases: &[Release], part: fn(&Complex64) -> f64| {
        // Indices count from the sum of the first losses.
        let origin: f64 = releases
            .iter()
            .map(|release| release.start * f64::from(release.steps))
            .sum();
        let first = ((low - origin) / plan.step).floor() as i64;
        let masses = (0..size)
            .map(|at| part(&product[(first + at as i64).rem_euclid(size as i64) as usize]).max(0.0) / size as f64)
            .collect();
        let drift: f64 = releases
            .iter()
            .map(|release| f64::from(release.steps) * release.rounding)
            .sum();
        Tilted {
            start: origin + first as f64 * plan.step,
            masses,
            log_scale: releases
                .iter()
                .map(|release| f64::from(release.steps) * release.log_total)
                .sum(),
            noise,
            misplaced: drift.exp_m1() + 2.0 * WRAPPED,
        }
    };
    Some(Composed {
        step: plan.step,
        tilt: plan.tilt,
        upper: read(&upper, |value| value.re),
        lower: read(&lower, |value| value.im),
        infinite: parts
            .iter()
            .map(|(part, steps)| f64::from(*steps) * part.infinite)
            .sum(),
    })
}

impl Release {
    fn new(part: &Masses, steps: u32, plan: &Plan) -> Self {
        let Masses { start, masses } = part;
        let tilt = |at: usize| plan.tilt * (start + at as f64 * plan.step);
        let mut logs: Vec<f64> = masses
            .iter()
            .enumerate()
            .map(|(at, mass)| mass.ln() + tilt(at))
            .collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // Where nothing is left, nothing it stays.
        let largest_or_any = largest.max(f64::MIN);
        let total = exact_sum(logs.iter().map(|log| (log - largest_or_any).exp()));
        let log_total = largest_or_any + total.ln();
        let mut rounding = 0.0;
        for (at, log) in logs.iter_mut().enumerate() {
            *log -= log_total.max(f64::MIN);
            if *log > f64::NEG_INFINITY {
                // An error of an exponent is a relative one of the mass.
                let size = masses[at].ln().abs() + tilt(at).abs() + log_total.abs();
                rounding += log.exp() * UNIT * (64.0 + 4.0 * size);
            }
        }
        Self {
            start: *start,
            // The merged losses hold up to the last digits of a step.
            rounding: rounding + 16.0 * UNIT * plan.tilt * plan.step,
            log_total,
            logs,
            steps,
        }
    }

    fn masses(&self) -> impl Iterator<Item = f64> + '_ {
        self.logs.iter().map(|log| log.exp())
    }

    /// ln E e^(tL) under the tilt.
    fn cumulant(&self, exponent: f64, step: f64) -> f64 {
        let loss = |at: u32| self.start + f64::from(at) * step;
        let exponents = || (0..).zip(&self.logs).map(|(at, log)| log + exponent * loss(at));
        let largest = exponents().fold(f64::NEG_INFINITY, f64::max);
        largest + exact_sum(exponents().map(|exponent| (exponent - largest).exp())).ln()
    }
}

/// Ends of the window, as losses, outside of which the tilted sum has less than [`WRAPPED`] on either side:
/// P(L ≥ b) ≤ E e^(tL) / e^(tb).
fn window(releases: &[Release], plan: &Plan) -> (f64, f64) {
    let end = |exponent: f64| {
        let cumulant: f64 = releases
            .iter()
            .map(|release| f64::from(release.steps) * release.cumulant(exponent, plan.step))
            .sum();
        (cumulant - WRAPPED.ln()) / exponent
    };
    (end(-plan.below), end(plan.above))
}

/// The next power of two, or three quarters of it.
fn transform_size(least: usize) -> usize {
    let power = least.next_power_of_two();
    if power >= 4 && power / 4 * 3 >= least {
        power / 4 * 3
    } else {
        power
    }
}

/// The spectra of the two real sequences in the spectrum of one complex one, at a frequency and its negative.
fn split(value: Complex64, mirrored: Complex64) -> (Complex64, Complex64) {
    let (sum, difference) = (value + mirrored.conj(), value - mirrored.conj());
    (sum / 2.0, Complex64::new(difference.im, -difference.re) / 2.0)
}

fn join(re: Complex64, im: Complex64) -> Complex64 {
    re + Complex64::I * im
}

/// Applies a function to both sequences' spectra.
fn on_spectra(values: &mut [Complex64], change: impl Fn(usize, (Complex64, Complex64)) -> (Complex64, Complex64)) {
    let size = values.len();
    for at in 0..=size / 2 {
        let mirror = (size - at) % size;
        let (re, im) = change(at, split(values[at], values[mirror]));
        values[at] = join(re, im);
        if mirror != at {
            values[mirror] = join(re.conj(), im.conj());
        }
    }
}

fn raise(values: &mut [Complex64], steps: u32) {
    // Powers that vanish are not computed: numbers below the normal range are slow.
    let power = |value: Complex64| {
        if f64::from(steps) / 2.0 * value.norm_sqr().ln() < LOG_NOTHING {
            Complex64::ZERO
        } else {
            value.powu(steps)
        }
    };
    on_spectra(values, |_, (re, im)| (power(re), power(im)));
}

fn multiply(product: &mut [Complex64], factor: &[Complex64]) {
    let size = factor.len();
    on_spectra(product, |at, (re, im)| {
        let other = split(factor[at], factor[(size - at) % size]);
        (re * other.0, im * other.1)
    });
}
