//! From the sum's distribution to ε.

use super::{
    fourier::{Composed, Tilted},
    Bounds,
};
use crate::special::UNIT;

/// Both bounds on ε at this δ.
pub(crate) fn bounds(composed: &Composed, delta: f64) -> Bounds {
    let side = |sum, sign| Side::new(sum, composed, delta, sign);
    // What has no bound counts in full, whatever ε is.
    let upper = side(&composed.upper, 1.0).and_then(|side| side.epsilon(delta - composed.infinite));
    let lower = side(&composed.lower, -1.0).and_then(|side| side.epsilon(delta));
    Bounds {
        lower: lower.unwrap_or(0.0),
        upper: upper.unwrap_or(f64::INFINITY),
    }
}

/// One bound's view: δ(ε) plus or minus the errors, in units of e^(`log_unit`).
struct Side<'a> {
    sum: &'a Tilted,
    step: f64,
    tilt: f64,
    /// +1 adds the errors to δ, -1 takes them off.
    sign: f64,
    /// Where the tilt's weight is 1: the middle of the tilted mass.
    centre: f64,
    log_unit: f64,
    /// Σ of the errors of tilted masses, each times what it can weigh in δ at the centre.
    error: f64,
    /// Relative error of the sums.
    relative: f64,
}

impl<'a> Side<'a> {
    fn new(sum: &'a Tilted, composed: &Composed, delta: f64, sign: f64) -> Option<Self> {
        let (step, tilt) = (composed.step, composed.tilt);
        let total: f64 = sum.masses.iter().sum();
        let mean: f64 = (sum.masses.iter().enumerate())
            .map(|(at, mass)| at as f64 * mass)
            .sum::<f64>()
            / total;
        let centre = sum.start + mean * step;
        let log_unit = sum.log_scale - tilt * centre;
        // Σ e^(-2θl) over the points above ε, against one at ε.
        let weights = (1.0 / -(-2.0 * tilt * step).exp_m1()).min(sum.masses.len() as f64);
        let sizes = delta.ln().abs() + sum.log_scale.abs() + (tilt * centre).abs();
        let side = Self {
            sum,
            step,
            tilt,
            sign,
            centre,
            log_unit,
            error: sum.noise * weights.sqrt() + sum.misplaced,
            relative: UNIT * (8.0 * sum.masses.len() as f64 + 16.0 * sizes + 64.0),
        };
        (centre.is_finite() && log_unit.is_finite() && side.error.is_finite()).then_some(side)
    }

    /// For the upper bound the ε from which on δ(ε) is below δ for sure; for the lower bound the ε up to which it is above
    /// for sure, or `None`.
    fn epsilon(&self, delta: f64) -> Option<f64> {
        if delta <= 0.0 {
            return None;
        }
        let target = (delta.ln() - self.log_unit).exp();
        if !(target.is_finite() && target > 0.0) {
            return None;
        }
        let mut weight = self.weight(self.point(self.sum.masses.len() - 1));
        // What the window does not show above its end.
        if self.sign > 0.0 && self.error * weight > target {
            return None;
        }
        // From the top down: A is the mass above a point, D its δ; a distance s further down, with r = e^(-s),
        // D' = (1-r)·A + r·D.
        let (mut above, mut hockey_stick) = (0.0, 0.0);
        for (mass, point, distance) in self.downwards() {
            if point <= 0.0 {
                return (self.sign > 0.0).then_some(0.0);
            }
            if mass > 0.0 {
                above += mass * weight;
            }
            let keep = (-distance).exp();
            let below = -(-distance).exp_m1() * above + keep * hockey_stick;
            // The error grows downwards.
            weight = self.weight(point - distance);
            let wanted = (target - self.sign * self.error * weight) / (1.0 + self.sign * self.relative);
            if below > wanted {
                // r·D + (1-r)·A = wanted.
                let part = ((above - wanted) / (above - hockey_stick)).min(1.0);
                let down = if part > 0.0 { -part.ln() } else { distance };
                return Some((point - down.clamp(0.0, distance)).max(0.0));
            }
            hockey_stick = below;
        }
        None
    }

    /// The masses with their losses and the distances to the next lower points: those of the grid, and between them as
    /// many as it takes for the tilt's weight to change little from one to the next. Below the window, where next to
    /// nothing lies, the distances grow.
    fn downwards(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let parts = (self.tilt * self.step).ceil().clamp(1.0, 64.0);
        let part = self.step / parts;
        let inside = (0..self.sum.masses.len()).rev().flat_map(move |at| {
            (0..parts as u32).map(move |below| {
                let mass = if below == 0 { self.sum.masses[at] } else { 0.0 };
                (mass, self.point(at) - f64::from(below) * part, part)
            })
        });
        let bottom = self.point(0) - self.step;
        let outside = (0..300).scan((bottom, part), |(point, distance), _| {
            let next = (0.0, *point, *distance);
            *point -= *distance;
            *distance *= 1.1;
            Some(next)
        });
        inside.chain(outside)
    }

    fn point(&self, at: usize) -> f64 {
        self.sum.start + at as f64 * self.step
    }

    /// e^(-θ(l - centre)).
    fn weight(&self, loss: f64) -> f64 {
        (-self.tilt * (loss - self.centre)).exp()
    }
}
