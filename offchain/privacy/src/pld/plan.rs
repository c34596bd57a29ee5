//! How fine the grid is, and how far the distributions are tilted. Nothing here has to be exact: the bounds hold for every
//! plan, and are tight for a good one.

use super::pair::Pair;
use crate::special::log_add;

/// What discretising may add to ε, relatively.
const ACCURACY: f64 = 2e-5;

/// How many cells one release, and how many points the sum, may take.
const MOST_CELLS: f64 = (1 << 20) as f64;
const MOST_POINTS: f64 = (1 << 21) as f64;

/// P's mass above the grid, relative to δ.
const LOG_BEYOND: f64 = -14.0;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Distance h between points of the grid, in nats.
    pub step: f64,
    /// The exponent θ of the tilt.
    pub tilt: f64,
    /// Exponents with which Chernoff's bound shows that little lies above and below the window.
    pub above: f64,
    pub below: f64,
    /// About what ε will be.
    pub epsilon: f64,
    /// Losses between which each release's grid lies.
    pub ranges: Vec<[f64; 2]>,
}

/// Masses (in logarithms) and losses of one release, and how often it happens.
struct Sketch {
    points: Vec<(f64, f64)>,
    steps: f64,
}

/// ln E e^(tL) of the sum, and its first two derivatives.
#[derive(Clone, Copy, Debug)]
struct Cumulant {
    value: f64,
    mean: f64,
    variance: f64,
}

impl Plan {
    /// With a step of at most `coarsest`, and for an ε of about `near` if that is known. `None` where the losses overflow.
    pub fn new(pairs: &[(Pair, u32)], delta: f64, coarsest: f64, near: Option<f64>) -> Option<Self> {
        let steps: f64 = pairs.iter().map(|(_, steps)| f64::from(*steps)).sum();
        let log_delta = delta.ln();
        let log_tail = log_delta - steps.ln() + LOG_BEYOND;
        let sketches: Vec<Sketch> = pairs
            .iter()
            .map(|(pair, steps)| Sketch::new(pair, *steps, log_tail))
            .collect();
        let at = |exponent: f64| cumulant(&sketches, exponent);

        // The θ whose bound ε ≤ (K(θ) - ln δ - ln(1+θ))/θ is about the least, Chernoff's with the factor that the
        // conversion of Rényi divergences has: θK' - K + ln(1+θ) = -ln δ, and then ε is about K'.
        // Where ε is known, the θ that puts the middle there.
        let tilt = bisect(|theta| {
            let found = at(theta);
            let least = theta * found.mean - found.value + theta.ln_1p() > -log_delta;
            least || near.is_some_and(|epsilon| found.mean > epsilon)
        });
        let Cumulant { value, mean, variance } = at(tilt);
        let deviation = variance.max(0.0).sqrt();
        let epsilon = near.unwrap_or(mean.abs().max(deviation));
        if !(epsilon.is_finite() && epsilon > 0.0 && tilt.is_finite()) {
            return None;
        }

        // Connecting the dots over h adds h²/12 to a release's mean and h²/6 to its variance, so k(1+θ)h²/12 to ε; past
        // h ≈ 1 it adds up to h itself.
        let fine = (12.0 * ACCURACY * epsilon / (steps * (1.0 + tilt))).sqrt();
        let mut step = fine.min((ACCURACY * epsilon / steps).max(0.25));
        let ranges: Vec<[f64; 2]> = (pairs.iter().zip(&sketches))
            .map(|((pair, _), sketch)| {
                let [low, high] = pair.span(log_tail).map(|outcome| pair.loss(outcome));
                [
                    low.max(sketch.negligible(tilt, ACCURACY * tilt * epsilon / steps)),
                    high,
                ]
            })
            .collect();
        let widest = ranges.iter().map(|[low, high]| high - low).fold(0.0, f64::max);
        step = step
            .min(coarsest)
            .max(widest / MOST_CELLS)
            .max(20.0 * deviation / MOST_POINTS);
        // Two atoms both lie on a grid that divides their distance.
        if let Some(atom) = pairs.iter().find_map(|(pair, _)| pair.top_atom()) {
            step = 2.0 * atom / (2.0 * atom / step).ceil();
        }
        if !(step > 0.0 && step.is_finite() && widest.is_finite()) {
            return None;
        }

        // Where the tilted sum ends: the exponent that gives the nearest point beyond which next to nothing lies.
        let guess = (-2.0 * WRAPPED.ln()).sqrt() / deviation.max(step);
        let reach = |sign: f64, exponent: f64| {
            (at(tilt + sign * exponent).value - value - WRAPPED.ln()) / exponent - sign * mean
        };
        let nearest = |sign: f64| {
            (-32..=8)
                .map(|quarter| guess * (f64::from(quarter) / 4.0).exp2())
                .map(|exponent| (reach(sign, exponent), exponent))
                .filter(|(distance, _)| distance.is_finite())
                .fold(
                    (f64::INFINITY, guess),
                    |best, next| if next.0 < best.0 { next } else { best },
                )
                .1
        };
        Some(Self {
            step,
            tilt,
            above: nearest(1.0),
            below: nearest(-1.0),
            epsilon,
            ranges,
        })
    }
}

/// How much of the tilted sum may lie outside the window, on either side.
pub(crate) const WRAPPED: f64 = 1e-14;

impl Sketch {
    fn new(pair: &Pair, steps: u32, log_tail: f64) -> Self {
        let landmarks = pair.landmarks(log_tail);
        let cuts: Vec<_> = landmarks.iter().map(|outcome| pair.cut(*outcome)).collect();
        let points = cuts
            .windows(2)
            .map(|ends| {
                let middle = (ends[0].outcome + ends[1].outcome) / 2.0;
                (pair.cell(&ends[0], &ends[1]).p.up, pair.loss(middle))
            })
            .filter(|(mass, loss)| *mass > f64::NEG_INFINITY && loss.is_finite())
            .collect();
        Self {
            points,
            steps: f64::from(steps),
        }
    }

    /// A loss so small that what lies below it weighs less than this part of all under the tilt: raising that to it, or
    /// leaving it out, moves ε by no more than that over θ for every step.
    fn negligible(&self, tilt: f64, part: f64) -> f64 {
        let all = cumulant(std::slice::from_ref(self), tilt).value / self.steps;
        let mut below = f64::NEG_INFINITY;
        for (mass, loss) in &self.points {
            below = log_add(below, *mass);
            if below + tilt * loss - all > part.ln() {
                return *loss;
            }
        }
        f64::NEG_INFINITY
    }
}

fn cumulant(sketches: &[Sketch], exponent: f64) -> Cumulant {
    let mut sum = Cumulant {
        value: 0.0,
        mean: 0.0,
        variance: 0.0,
    };
    for sketch in sketches {
        let tilted = |(mass, loss): &(f64, f64)| mass + exponent * loss;
        let largest = sketch.points.iter().map(tilted).fold(f64::NEG_INFINITY, f64::max);
        let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
        for point in &sketch.points {
            let weight = (tilted(point) - largest).exp();
            total += weight;
            first += weight * point.1;
        }
        let mean = first / total;
        for point in &sketch.points {
            second += (tilted(point) - largest).exp() * (point.1 - mean) * (point.1 - mean);
        }
        sum.value += sketch.steps * (largest + total.ln());
        sum.mean += sketch.steps * mean;
        sum.variance += sketch.steps * second / total;
    }
    sum
}

/// Where a condition that stays true once it is begins to be, between 10⁻⁹ and 10¹².
fn bisect(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (-9f64, 12f64);
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        if holds(10f64.powf(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    10f64.powf(high)
}
