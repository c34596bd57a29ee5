//! Sums and means of clamped numbers.

use super::{Estimate, Noised, Statistic};
use crate::Error;

/// A number at the bound is this many steps. A row is at most half a step off.
const STEPS: f64 = (1u64 << 24) as f64;

/// What numbers are clamped to: chosen without looking at them, or it tells of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    lower: f64,
    upper: f64,
}

impl Bounds {
    pub fn new(lower: f64, upper: f64) -> Result<Self, Error> {
        match lower < upper && (upper - lower).is_finite() {
            true => Ok(Self { lower, upper }),
            false => Err(Error::Statistic(
                "bounds must be finite, the lower one below the upper one",
            )),
        }
    }

    pub fn lower(&self) -> f64 {
        self.lower
    }

    pub fn upper(&self) -> f64 {
        self.upper
    }

    pub fn width(&self) -> f64 {
        self.upper - self.lower
    }

    /// The nearest number within; `None` for what is none.
    pub fn clamp(&self, number: f64) -> Option<f64> {
        (!number.is_nan()).then(|| number.clamp(self.lower, self.upper))
    }

    fn add(&self, number: f64, centre: f64, radius: f64, entry: &mut i64) -> Result<(), &'static str> {
        let clamped = self.clamp(number).ok_or("not a number: leave the row out")?;
        // At most one, but for a rounding: the bound is what the sensitivity says.
        let steps = ((clamped - centre) / radius * STEPS).round().clamp(-STEPS, STEPS);
        *entry += steps as i64;
        Ok(())
    }
}

/// The sum of the rows' numbers. Each was rounded to 2^-24 of the larger bound; that is not in the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sum {
    bounds: Bounds,
}

impl Sum {
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds }
    }

    /// The most that a row adds or takes away.
    fn most(&self) -> f64 {
        self.bounds.lower.abs().max(self.bounds.upper.abs())
    }
}

impl Statistic for Sum {
    type Row = f64;
    type Answer = Estimate;

    fn length(&self) -> usize {
        1
    }

    fn sensitivity(&self) -> f64 {
        STEPS
    }

    fn add(&self, number: &f64, entries: &mut [i64]) -> Result<(), &'static str> {
        self.bounds.add(*number, 0.0, self.most(), &mut entries[0])
    }

    fn answer(&self, sums: Noised) -> Estimate {
        let step = self.most() / STEPS;
        let Estimate { value, low, high } = sums.estimate(sums.sums[0], 1.0);
        Estimate {
            value: value * step,
            low: low * step,
            high: high * step,
        }
    }
}

/// The mean of the rows' numbers, from their sum and their count. It lies within the bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    bounds: Bounds,
}

impl Mean {
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds }
    }

    fn centre_and_radius(&self) -> (f64, f64) {
        let radius = self.bounds.width() / 2.0;
        (self.bounds.lower + radius, radius)
    }
}

impl Statistic for Mean {
    type Row = f64;
    type Answer = Estimate;

    /// The sum of the distances from the centre, and the count: in steps both, so that the noise is the same on both.
    fn length(&self) -> usize {
        2
    }

    fn sensitivity(&self) -> f64 {
        // √2 of them, rounded up.
        STEPS * (std::f64::consts::SQRT_2 + f64::EPSILON)
    }

    fn add(&self, number: &f64, entries: &mut [i64]) -> Result<(), &'static str> {
        let (centre, radius) = self.centre_and_radius();
        self.bounds.add(*number, centre, radius, &mut entries[0])?;
        entries[1] += STEPS as i64;
        Ok(())
    }

    /// Fieller 1954: the quotients m for which sum - m·count, whose noise has (1 + m²) times an entry's variance, may be
    /// zero.
    fn answer(&self, sums: Noised) -> Estimate {
        let (centre, radius) = self.centre_and_radius();
        let (sum, count) = (sums.sums[0], sums.sums[1]);
        let reach = (sums.margin * sums.deviation).powi(2);
        let certain = count * count - reach;
        if count <= 0.0 || certain <= 0.0 {
            // There may be no row at all.
            return Estimate {
                value: centre,
                low: self.bounds.lower,
                high: self.bounds.upper,
            };
        }
        let spread = (reach * (sum * sum + count * count - reach)).sqrt();
        let at = |quotient: f64| centre + radius * quotient.clamp(-1.0, 1.0);
        // Rows were rounded to steps.
        let half = 0.5 / STEPS;
        Estimate {
            value: at(sum / count),
            low: at((sum * count - spread) / certain - half),
            high: at((sum * count + spread) / certain + half),
        }
    }
}
