//! What can come out of one release with and without a record, ordered by the privacy loss.

use crate::special::{log1m_exp, log_add, log_normal_above, UNIT};

/// Additive noise on a value that one record moves from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Noise {
    /// Of this standard deviation.
    Gaussian(f64),
    /// Of this scale.
    Laplace(f64),
}

/// P and Q: the outcomes' distributions for two neighbours. With the record, noise lies around 1 with the probability of
/// sampling and around 0 otherwise; without it, around 0. The loss ln(dP/dQ) does not fall in the outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    noise: Noise,
    /// Probability of sampling, and its logarithm and that of the opposite.
    sampling: f64,
    log_in: f64,
    log_out: f64,
    /// P is without the record, and outcomes have the other sign.
    reversed: bool,
}

/// The smaller of the two sides of one noise's distribution at an outcome.
#[derive(Clone, Copy, Debug)]
struct Tail {
    above: bool,
    /// ln of its mass.
    log: f64,
    /// Bound on the relative error of the mass.
    error: f64,
}

/// The end of the losses near which much of the mass lies, as an atom or nearly so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sharp {
    pub loss: f64,
    pub at_top: bool,
}

/// A point between two cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub outcome: f64,
    around_0: Tail,
    around_1: Tail,
}

/// Masses of an interval of outcomes, in logarithms and rounded to both sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub p: Rounded,
    pub q: Rounded,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounded {
    pub down: f64,
    pub up: f64,
}

impl Pair {
    pub fn new(noise: Noise, sampling: f64, reversed: bool) -> Self {
        Self {
            noise,
            sampling,
            log_in: libm::log(sampling),
            log_out: libm::log1p(-sampling),
            reversed,
        }
    }

    /// Everything, as a point: below it all outcomes, above none.
    pub fn end(&self) -> Cut {
        self.cut(f64::INFINITY)
    }

    pub fn start(&self) -> Cut {
        self.cut(f64::NEG_INFINITY)
    }

    /// Where many outcomes have nearly the same loss: those that sampling made of little weight, or, for the Laplace
    /// mechanism, those on the far side of both centres.
    pub fn sharp_end(&self) -> Option<Sharp> {
        match self.noise {
            Noise::Laplace(scale) => Some(Sharp {
                loss: 1.0 / scale,
                at_top: true,
            }),
            Noise::Gaussian(_) if self.sampling == 1.0 => None,
            Noise::Gaussian(_) => Some(Sharp {
                loss: if self.reversed { -self.log_out } else { self.log_out },
                at_top: self.reversed,
            }),
        }
    }

    /// The loss of an atom, if there is one; another has the opposite loss.
    pub fn top_atom(&self) -> Option<f64> {
        match self.noise {
            Noise::Laplace(scale) => Some(1.0 / scale),
            Noise::Gaussian(_) => None,
        }
    }

    /// The privacy loss of an outcome.
    pub fn loss(&self, outcome: f64) -> f64 {
        let (sign, x) = self.forward(outcome);
        let ratio = match self.noise {
            Noise::Gaussian(sigma) => (x - 0.5) / sigma / sigma,
            Noise::Laplace(scale) => (2.0 * x - 1.0).clamp(-1.0, 1.0) / scale,
        };
        // ln(1 - q + q·e^u).
        sign * if self.sampling == 1.0 {
            ratio
        } else if ratio > 1.0 {
            log_add(self.log_out, self.log_in + ratio)
        } else {
            libm::log1p(self.sampling * libm::expm1(ratio))
        }
    }

    /// The outcome up to which losses are at most this.
    pub fn cut_at(&self, loss: f64) -> Cut {
        let (sign, _) = self.forward(0.0);
        let loss = sign * loss;
        // u = ln(1 + (e^L - 1)/q).
        let ratio = if self.sampling == 1.0 {
            loss
        } else if loss > 1.0 {
            loss + log1m_exp(self.log_out - loss) - self.log_in
        } else {
            let above_one = libm::expm1(loss) / self.sampling;
            if above_one <= -1.0 {
                f64::NEG_INFINITY
            } else {
                libm::log1p(above_one)
            }
        };
        let x = match self.noise {
            Noise::Gaussian(sigma) => ratio * sigma * sigma + 0.5,
            Noise::Laplace(scale) if ratio * scale < -1.0 => f64::NEG_INFINITY,
            Noise::Laplace(scale) if ratio * scale >= 1.0 => f64::INFINITY,
            Noise::Laplace(scale) => (ratio * scale + 1.0) / 2.0,
        };
        self.cut(sign * x)
    }

    pub fn cut(&self, outcome: f64) -> Cut {
        let (_, x) = self.forward(outcome);
        Cut {
            outcome,
            around_0: self.tail(x),
            around_1: self.tail(x - 1.0),
        }
    }

    /// How far the loss at a cut may lie from the one that the cut was made for: what rounding does to the outcome, times
    /// the slope of the loss.
    pub fn slack(&self, cut: &Cut, loss: f64) -> f64 {
        let (sign, x) = self.forward(cut.outcome);
        if !x.is_finite() {
            return 0.0;
        }
        // The posterior probability that the record was in the sample.
        let slope = -libm::expm1(self.log_out - sign * loss);
        let ratio = match self.noise {
            Noise::Gaussian(sigma) => (x.abs() + 1.0) / sigma / sigma,
            Noise::Laplace(scale) => (x.abs() + 1.0) / scale,
        };
        16.0 * UNIT * (loss.abs() + slope.clamp(0.0, 1.0) * (ratio + 4.0))
    }

    /// Outcomes outside of which P has less than e^`log_tail` on either side.
    pub fn span(&self, log_tail: f64) -> [f64; 2] {
        let reach = match self.noise {
            Noise::Gaussian(sigma) => (-2.0 * log_tail).sqrt() * sigma,
            Noise::Laplace(scale) => -log_tail * scale,
        };
        if self.reversed {
            [-reach, reach]
        } else {
            [-reach, 1.0 + reach]
        }
    }

    /// Outcomes that show where the mass lies: dense around both centres, out to `reach` deviations.
    pub fn landmarks(&self, log_tail: f64) -> Vec<f64> {
        const EACH: i32 = 400;
        let [_, most] = Self {
            reversed: true,
            ..*self
        }
        .span(log_tail);
        let (sign, _) = self.forward(0.0);
        let mut points: Vec<f64> = (-EACH..=EACH)
            .map(|at| most * f64::from(at) / f64::from(EACH))
            .flat_map(|x| [sign * x, sign * (x + 1.0)])
            .collect();
        points.sort_by(f64::total_cmp);
        points.dedup();
        points
    }

    /// What lies between two cuts, the lower one first.
    pub fn cell(&self, low: &Cut, high: &Cut) -> Cell {
        let (low, high) = if self.reversed { (high, low) } else { (low, high) };
        let around_0 = mass(&low.around_0, &high.around_0);
        let around_1 = mass(&low.around_1, &high.around_1);
        let mixed = |one: f64, other: f64| log_add(self.log_out + one, self.log_in + other);
        let with = if self.sampling == 1.0 {
            around_1
        } else {
            Rounded {
                down: mixed(around_0.down, around_1.down),
                up: mixed(around_0.up, around_1.up),
            }
        };
        match self.reversed {
            false => Cell { p: with, q: around_0 },
            true => Cell { p: around_0, q: with },
        }
    }

    /// The sign of losses and outcomes, and the outcome with it.
    fn forward(&self, outcome: f64) -> (f64, f64) {
        if self.reversed {
            (-1.0, -outcome)
        } else {
            (1.0, outcome)
        }
    }

    fn tail(&self, x: f64) -> Tail {
        let above = x > 0.0;
        let (log, size) = match self.noise {
            Noise::Gaussian(sigma) => {
                let z = x.abs() / sigma;
                // The error function's own, and that of the argument: d ln Φ(-z)/dz is about -z.
                (log_normal_above(z), z * z)
            }
            Noise::Laplace(scale) => {
                let z = x.abs() / scale;
                (-z - std::f64::consts::LN_2, z)
            }
        };
        let error = UNIT * (32.0 + 8.0 * size + 2.0 * self.log_in.abs());
        Tail {
            above,
            log,
            error: match log {
                // Nothing lies beyond infinity.
                f64::NEG_INFINITY => 0.0,
                _ if error > 1e-6 => libm::expm1(error),
                _ => error,
            },
        }
    }
}

/// One noise's mass between two of its points.
fn mass(low: &Tail, high: &Tail) -> Rounded {
    match (low.above, high.above) {
        (true, true) => difference(low, high),
        (false, false) => difference(high, low),
        // Both sides are small and what is between is not.
        _ => {
            let outside = (libm::exp(low.log), libm::exp(high.log));
            let error = outside.0 * low.error + outside.1 * high.error + 8.0 * UNIT;
            let inside = 1.0 - outside.0 - outside.1;
            Rounded {
                down: libm::log((inside - error).max(0.0)),
                up: libm::log((inside + error).max(0.0)),
            }
        }
    }
}

/// e^large - e^small.
fn difference(large: &Tail, small: &Tail) -> Rounded {
    if large.log == f64::NEG_INFINITY {
        return Rounded {
            down: f64::NEG_INFINITY,
            up: f64::NEG_INFINITY,
        };
    }
    let ratio = (small.log - large.log).min(0.0);
    let part = -libm::expm1(ratio);
    let error = large.error + libm::exp(ratio) * small.error + 8.0 * UNIT * part;
    Rounded {
        down: large.log + libm::log((part - error).max(0.0)),
        up: large.log + libm::log(part + error),
    }
}
