//! exp(-t) for t = z²·n/d or z·n/d in fixed point: fast with a stated error, and so precise that no error is left that
//! anybody could see. Integers only; nothing here branches on z or indexes by it, but for the precise form.

use primitive_types::{U256, U512};

/// Weights are kept below this t: what lies beyond is less than exp(-166) < 2^-239 of the distribution.
pub(crate) const REACH: u64 = 166;

/// [`Decay::fast`] is off by this many binary digits of the whole at most: ln(2)^12 / 12! < 2^-35, and 2^-51 for the
/// exponent.
pub(crate) const FAST_BITS: u32 = 35;

const FRACTION_BITS: u32 = 53;

/// log2(e)·2^126, rounded down.
const LOG2_E: u128 = 0x5c55_1d94_ae0b_f85d_df43_ff68_348e_9f44;

/// ln(2)^i / i! in units of 2^-64, from the last that is used to the first.
const COEFFICIENTS: [u64; 12] = {
    let mut coefficients = [u64::MAX; 12];
    let mut index = 1;
    while index < coefficients.len() {
        let at = coefficients.len() - 1 - index;
        coefficients[at] = high(coefficients[at + 1], 0xb172_17f7_d1cf_79ab) / index as u64;
        index += 1;
    }
    coefficients
};

/// The weight exp(-t) of an integer's magnitude z.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decay {
    squared: bool,
    numerator: u64,
    denominator: u128,
    /// What z or its square is shifted by, so that t = 256 would just fit 63 bits.
    left: u32,
    right: u32,
    /// log2(e)·n/d at that scale: the product's upper half has [`FRACTION_BITS`].
    rate: u64,
}

impl Decay {
    /// t = z²·n/d if `squared`, else z·n/d. The quotient d/n lies between 2^-6 and 2^102.
    pub(crate) fn new(squared: bool, numerator: u64, denominator: u128) -> Self {
        // The least b of 0 and more with d ≤ n·2^(b-6).
        let (wide, mut bits) = (U256::from(denominator) << 6, 0);
        while wide > U256::from(numerator) << bits {
            bits += 1;
        }
        // 2^8·d/n < 2^63 after the shift by 61 - b, which is 55 less the exponent.
        let (left, right) = (61u32.saturating_sub(bits), bits.saturating_sub(61));
        let rate = ((U512::from(LOG2_E) * U512::from(numerator)) << (56 + bits)) / U512::from(denominator);
        Self {
            squared,
            numerator,
            denominator,
            left,
            right,
            rate: (rate >> 126).low_u64(),
        }
    }

    /// The largest z with t ≤ [`REACH`].
    pub(crate) fn reach(&self) -> u64 {
        let bound = U256::from(self.denominator) * U256::from(REACH) / U256::from(self.numerator);
        if self.squared { bound.integer_sqrt() } else { bound }.low_u64()
    }

    /// exp(-t) in units of 2^-64, for z up to the reach.
    #[inline(always)]
    pub(crate) fn fast(&self, z: u64) -> u64 {
        let power = if self.squared {
            u128::from(z) * u128::from(z)
        } else {
            z.into()
        };
        let exponent = high(((power << self.left) >> self.right) as u64, self.rate);
        let (whole, part) = (exponent >> FRACTION_BITS, exponent << (64 - FRACTION_BITS));
        // 2^-f by its alternating series.
        let sum = COEFFICIENTS
            .iter()
            .fold(0, |sum, coefficient| coefficient - high(sum, part));
        sum >> whole.min(63)
    }

    /// exp(-t) in units of 2^-256, for z up to the reach; off by less than 2^-245.
    pub(crate) fn precise(&self, z: u64) -> U256 {
        let z = U512::from(z);
        let power = if self.squared { z * z } else { z };
        exp_negative(power * U512::from(self.numerator), U512::from(self.denominator))
    }
}

/// exp(-n/d) in units of 2^-256, off by less than 2^-245, for n/d below 256 and n below 2^264.
pub(crate) fn exp_negative(numerator: U512, denominator: U512) -> U256 {
    // n/256d in units of 2^-256.
    let U512([a, b, c, d, ..]) = (numerator << 248) / denominator;
    let part = U256([a, b, c, d]);
    // The terms of the series are small soon enough: below 2^-256 from the 58th on, where n/256d is near one.
    let root = (1..64u32)
        .rev()
        .fold(U256::MAX, |sum, index| U256::MAX - high_wide(sum, part) / index);
    (0..8).fold(root, |power, _| high_wide(power, power))
}

const fn high(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 64) as u64
}

fn high_wide(a: U256, b: U256) -> U256 {
    let U512([.., e, f, g, h]) = a.full_mul(b);
    U256([e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python: `int(Decimal(-t).exp() * 2**256)` at 120 digits.
    #[test]
    fn precise_weights_have_the_published_digits() {
        // Of t as z·n/d and as z²·n/d.
        let table = [
            (
                (false, 1, 1, 1),
                "5e2d58d8b3bcdf1abadec7829054f90dda9805aab56c77333024b9d0a507daed",
            ),
            (
                (true, 1, 2, 1),
                "9b4597e37cb04ff3d675a35530cdd767e347bf8ad0e80abbce4ae95861014318",
            ),
            (
                (false, 1, 1000, 1),
                "ffbe7f2b78d4edd22e4295a3f09843f72bb3b131814e8ffd52b7de78bf442335",
            ),
            ((false, 7, 10, 59), "155b9c5736ba4476d891d05879b41ea34c9dedf04412c17478"),
            ((true, 33, 5, 5), "3e0c5"),
        ];
        for ((squared, numerator, denominator, z), digits) in table {
            let have = Decay::new(squared, numerator, denominator).precise(z);
            let want = U256::from_str_radix(digits, 16).unwrap();
            assert!(have.abs_diff(want) < U256::one() << 11, "{digits}: {have:x}");
        }
        assert!(U256::MAX - Decay::new(true, 1, 2).precise(0) < U256::one() << 11);
    }

    #[test]
    fn fast_weights_are_as_near_as_they_say() {
        let shapes = [
            (true, 1),
            (true, 2),
            (true, 7),
            (true, 200),
            (true, 1 << 40),
            (true, 3 << 98),
            (true, 1 << 101),
        ];
        let lines = [(false, 1), (false, 3), (false, 12_345), (false, 1 << 50)];
        for (squared, denominator) in shapes.into_iter().chain(lines) {
            let decay = Decay::new(squared, 1, denominator);
            let reach = decay.reach();
            // Every hundredth of the reach, and the first few.
            for z in (0..=100)
                .map(|part| (u128::from(reach) * part / 100) as u64)
                .chain(0..20)
                .filter(|z| *z <= reach)
            {
                let precise = (decay.precise(z) >> 192).low_u64();
                let off = decay.fast(z).abs_diff(precise);
                assert!(off <= 1 << (64 - FAST_BITS), "{squared} {denominator} {z}: {off}");
            }
        }
    }

    #[test]
    fn the_reach_is_where_the_weights_end() {
        assert_eq!(Decay::new(false, 1, 10).reach(), 1660);
        assert_eq!(Decay::new(false, 32, 1).reach(), 5);
        // 18.22 standard deviations.
        assert_eq!(Decay::new(true, 1, 2 * 10_000).reach(), 1822);
        assert_eq!(Decay::new(true, 1, 1 << 101).reach() >> 50, 18);
    }
}
