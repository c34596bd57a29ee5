//! Functions that stay accurate where the textbook's form overflows or cancels. Logarithms are natural; the logarithm of
//! zero is minus infinity. `libm` computes the same on every machine.

/// Half the distance from 1 to the next number: what one operation rounds by.
pub(crate) const UNIT: f64 = f64::EPSILON / 2.0;

/// ln(eᵃ + eᵇ).
pub(crate) fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY || high == f64::INFINITY {
        return high;
    }
    high + libm::log1p(libm::exp(low - high))
}

/// ln(eˣ - 1) for x ≥ 0.
pub(crate) fn log_expm1(x: f64) -> f64 {
    if x > 36.0 {
        // e⁻³⁶ is below what a number near 36 can show.
        return x;
    }
    libm::log(libm::expm1(x))
}

/// ln(1 - eˣ) for x ≤ 0.
pub(crate) fn log1m_exp(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 {
        libm::log(-libm::expm1(x))
    } else {
        libm::log1p(-libm::exp(x))
    }
}

/// ln(1 + eˣ).
pub(crate) fn log1p_exp(x: f64) -> f64 {
    log_add(0.0, x)
}

/// eˣ - 1 - x, which is never negative.
pub(crate) fn exp_minus_linear(x: f64) -> f64 {
    if x.abs() > 0.5 {
        return libm::expm1(x) - x;
    }
    // x²/2! + x³/3! + …: after 18 terms below 2⁻⁷⁰ of the first.
    (3..=20).rev().fold(1.0, |sum, n| 1.0 + x / f64::from(n) * sum) * x * x / 2.0
}

/// ln erfc(x), without underflow.
pub(crate) fn log_erfc(x: f64) -> f64 {
    if x < 25.0 {
        return libm::log(libm::erfc(x));
    }
    // Abramowitz and Stegun 7.1.23; from 25 on the eighth term is below 10⁻¹⁶.
    let t = 0.5 / (x * x);
    let series = [13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0]
        .iter()
        .fold(1.0, |sum, odd| 1.0 - odd * t * sum);
    -x * x - libm::log(x * std::f64::consts::PI.sqrt()) + libm::log(series)
}

/// ln of the probability that a standard normal variable exceeds z.
pub(crate) fn log_normal_above(z: f64) -> f64 {
    log_erfc(z * std::f64::consts::FRAC_1_SQRT_2) - std::f64::consts::LN_2
}

/// ln Σ eˣ of terms that come one by one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogSum {
    largest: f64,
    /// Σ e^(x - largest).
    scaled: f64,
}

impl LogSum {
    pub(crate) const EMPTY: Self = Self {
        largest: f64::NEG_INFINITY,
        scaled: 0.0,
    };

    pub(crate) fn add(&mut self, x: f64) {
        if x == f64::NEG_INFINITY {
            return;
        }
        if x == self.largest {
            // Also where both are infinite.
            self.scaled += 1.0;
        } else if x < self.largest {
            self.scaled += libm::exp(x - self.largest);
        } else {
            self.scaled = self.scaled * libm::exp(self.largest - x) + 1.0;
            self.largest = x;
        }
    }

    pub(crate) fn value(self) -> f64 {
        self.largest + libm::log(self.scaled)
    }
}

/// The sum of numbers of one sign up to two roundings, however many they are (Neumaier 1974).
pub(crate) fn exact_sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0f64, 0f64);
    for term in terms {
        let next = sum + term;
        lost += if sum.abs() >= term.abs() {
            (sum - next) + term
        } else {
            (term - next) + sum
        };
        sum = next;
    }
    sum + lost
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(have: f64, want: f64) {
        assert!((have - want).abs() <= 1e-14 * want.abs(), "{have} is not {want}");
    }

    /// Fifty digits by mpmath, rounded.
    #[test]
    fn the_complementary_error_function_in_logarithms() {
        close(log_erfc(-30.0), std::f64::consts::LN_2);
        close(log_erfc(0.5), -0.735_011_129_837_084_4);
        close(log_erfc(24.999), -628.742_000_237_021);
        close(log_erfc(25.0), -628.792_039_174_071_7);
        close(log_erfc(25.001), -628.842_080_109_53);
        close(log_erfc(1e3), -1_000_007.480_120_722);
        assert_eq!(log_erfc(f64::INFINITY), f64::NEG_INFINITY);
        close(log_normal_above(1.0), -1.841_021_645_009_264);
    }

    #[test]
    fn sums_and_differences_in_logarithms() {
        close(log_add(-1000.0, -1001.0), -999.686_738_312_481_8);
        assert_eq!(log_add(f64::NEG_INFINITY, 3.0), 3.0);
        assert_eq!(log_add(f64::NEG_INFINITY, f64::NEG_INFINITY), f64::NEG_INFINITY);
        close(log_expm1(1e-20), 1e-20f64.ln());
        close(log1m_exp(-1e-20), 1e-20f64.ln());
        assert_eq!(log1m_exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(log1m_exp(0.0), f64::NEG_INFINITY);
        close(exp_minus_linear(1e-9), 5.000_000_001_666_667e-19);
        close(exp_minus_linear(-0.5), 0.106_530_659_712_633_42);
        close(exp_minus_linear(0.500_001), 0.148_721_919_422_223_2);
        let mut sum = LogSum::EMPTY;
        for x in [f64::NEG_INFINITY, -2.0, 700.0, 1.0] {
            sum.add(x);
        }
        close(sum.value(), 700.0);
        assert_eq!(LogSum::EMPTY.value(), f64::NEG_INFINITY);
        assert_eq!(exact_sum([1.0].into_iter().chain([1e-16; 20_000])), 1.000_000_000_002);
    }
}
