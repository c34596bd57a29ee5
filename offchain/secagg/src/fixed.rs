//! Fixed-point numbers in a ring, as two's complement.

use std::marker::PhantomData;

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::Ring;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FixedError {
    #[error("{frac_bits} fraction bits are more than the {most} that the ring takes")]
    FracBits { frac_bits: u32, most: u32 },
    #[error("the number of summands must be at least one")]
    NoSummands,
    #[error("the bound must be a number, and not below zero")]
    Bound,
    #[error("{summands} numbers of this size could wrap in the ring: take the larger one, or a smaller bound")]
    Ring { summands: usize },
    #[error("entry {index} is not a number")]
    NotFinite { index: usize },
    #[error("entry {index} is too large for a sum of {summands} with {frac_bits} fraction bits")]
    Overflow {
        index: usize,
        frac_bits: u32,
        summands: usize,
    },
}

/// How real numbers stand in the ring: as multiples of `2^-frac_bits`, and so that a sum of so many cannot wrap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale<R> {
    frac_bits: u32,
    summands: usize,
    ring: PhantomData<R>,
}

impl<R: Ring> Scale<R> {
    /// Largest number of fraction bits.
    pub const MAX_FRAC_BITS: u32 = R::BITS - 2;

    pub fn new(frac_bits: u32, summands: usize) -> Result<Self, FixedError> {
        if frac_bits > Self::MAX_FRAC_BITS {
            return Err(FixedError::FracBits {
                frac_bits,
                most: Self::MAX_FRAC_BITS,
            });
        }
        if summands == 0 {
            return Err(FixedError::NoSummands);
        }
        Ok(Self {
            frac_bits,
            summands,
            ring: PhantomData,
        })
    }

    /// The finest scale on which so many numbers, none of a larger magnitude than `bound`, cannot wrap however they are
    /// rounded.
    pub fn finest(bound: f64, summands: usize) -> Result<Self, FixedError> {
        if !(bound.is_finite() && bound >= 0.0) {
            return Err(FixedError::Bound);
        }
        let scales = (0..=Self::MAX_FRAC_BITS)
            .rev()
            .map(|frac_bits| Self::new(frac_bits, summands));
        for scale in scales {
            let scale = scale?;
            if scale.takes(bound) {
                return Ok(scale);
            }
        }
        Err(FixedError::Ring { summands })
    }

    pub fn frac_bits(&self) -> u32 {
        self.frac_bits
    }

    /// Largest magnitude that is taken: a sum of as many such numbers as there are summands cannot wrap.
    pub fn limit(&self) -> f64 {
        self.most() as f64 / self.units()
    }

    /// Rounds each number to the nearest multiple. Refuses what is not finite, and what could make a sum wrap.
    pub fn quantise(&self, values: &[f64]) -> Result<Vec<R>, FixedError> {
        self.each(values, f64::round_ties_even)
    }

    /// Rounds each number to one of the two multiples beside it, so that it is right on average: to the upper one with
    /// the probability that is the distance to the lower one. Sums of many have no bias then.
    pub fn quantise_stochastically(
        &self,
        values: &[f64],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Vec<R>, FixedError> {
        self.each(values, |scaled| {
            let lower = scaled.floor();
            // 53 bits, which is what a fraction has.
            let uniform = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
            lower + f64::from(u8::from(uniform < scaled - lower))
        })
    }

    /// The numbers that a vector, or a sum of vectors, stands for.
    pub fn dequantise(&self, values: &[R]) -> Vec<f64> {
        values
            .iter()
            .map(|value| value.to_signed() as f64 / self.units())
            .collect()
    }

    /// Whether numbers up to this magnitude may be rounded either way.
    fn takes(&self, bound: f64) -> bool {
        // Exact: the scale is a power of two, and what is above 2^53 has no fraction.
        let largest = (bound * self.units()).ceil();
        largest < TWO_63 && largest as u64 <= self.most()
    }

    fn each(&self, values: &[f64], mut round: impl FnMut(f64) -> f64) -> Result<Vec<R>, FixedError> {
        let most = self.most();
        // Dropped half-way on an error, the numbers already converted do not stay in memory.
        let mut output = Zeroizing::new(Vec::with_capacity(values.len()));
        for (index, value) in values.iter().enumerate() {
            if !value.is_finite() {
                return Err(FixedError::NotFinite { index });
            }
            // Exact but for an overflow to infinity, since the scale is a power of two. The cast saturates, and its
            // result is above the limit then, except for one summand of 64 bits, where the bound is tested before.
            let rounded = round(value * self.units());
            if rounded.abs() >= TWO_63 || (rounded as i64).unsigned_abs() > most {
                return Err(FixedError::Overflow {
                    index,
                    frac_bits: self.frac_bits,
                    summands: self.summands,
                });
            }
            output.push(R::from_signed(rounded as i64));
        }
        Ok(std::mem::take(&mut *output))
    }

    /// Largest magnitude of an entry.
    fn most(&self) -> u64 {
        ((1u64 << (R::BITS - 1)) - 1) / self.summands as u64
    }

    fn units(&self) -> f64 {
        (1u64 << self.frac_bits) as f64
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn sums<R: Ring>(frac_bits: u32) {
        let scale = Scale::<R>::new(frac_bits, 3).unwrap();
        let a = scale.quantise(&[1.5, -2.25, 0.0, 1e-3]).unwrap();
        let b = scale.quantise(&[-3.5, 2.0, 0.0, -2e-3]).unwrap();
        let sum: Vec<R> = a.iter().zip(&b).map(|(a, b)| a.plus(*b)).collect();
        let expected = [-2.0, -0.25, 0.0, -1e-3];
        for (have, want) in scale.dequantise(&sum).iter().zip(expected) {
            assert!((have - want).abs() <= 1.0 / scale.units(), "{have} {want}");
        }
    }

    #[test]
    fn sums_of_signed_numbers_come_out_right() {
        sums::<u32>(20);
        sums::<u64>(40);
    }

    fn limits<R: Ring>() {
        for summands in [1, 2, 3, 1000] {
            for frac_bits in [0, 16, R::BITS - 2] {
                let scale = Scale::<R>::new(frac_bits, summands).unwrap();
                let largest = scale.most();
                let step = (largest >> 40).max(1);
                let below = (largest - (largest >> 40)) as f64 / scale.units();
                let above = (largest + step) as f64 / scale.units();
                assert!(scale.quantise(&[below, -below]).is_ok());
                for bad in [above, -above] {
                    let overflow = FixedError::Overflow {
                        index: 1,
                        frac_bits,
                        summands,
                    };
                    assert_eq!(scale.quantise(&[0.0, bad]), Err(overflow));
                }
            }
        }
    }

    #[test]
    fn the_limit_is_taken_and_what_is_above_is_refused() {
        limits::<u32>();
        limits::<u64>();
    }

    /// As many numbers of the largest magnitude as are allowed, in both directions: the sum is what it should be.
    fn does_not_wrap<R: Ring>(bound: f64, summands: usize) {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let scale = Scale::<R>::finest(bound, summands).unwrap();
        for value in [bound, -bound, bound * 0.999] {
            let mut sum = R::default();
            for _ in 0..summands {
                let entry = scale.quantise_stochastically(&[value], &mut rng).unwrap();
                sum = sum.plus(entry[0]);
            }
            let (have, want) = (scale.dequantise(&[sum])[0], value * summands as f64);
            let rounding = summands as f64 / scale.units() + want.abs() * f64::EPSILON;
            assert!((have - want).abs() <= rounding, "{have} {want}");
        }
        // One bit more would be too much.
        if scale.frac_bits < Scale::<R>::MAX_FRAC_BITS {
            let finer = Scale::<R>::new(scale.frac_bits + 1, summands).unwrap();
            assert!(!finer.takes(bound));
        }
    }

    #[test]
    fn the_finest_scale_leaves_room_for_the_sum() {
        for summands in [1, 2, 3, 100, 1000] {
            for bound in [1e-3, 0.3, 1.0, 7.25, 1000.0] {
                does_not_wrap::<u32>(bound, summands);
                does_not_wrap::<u64>(bound, summands);
            }
        }
        assert_eq!(Scale::<u32>::finest(1.0, 1000).unwrap().frac_bits(), 21);
        assert_eq!(Scale::<u64>::finest(1.0, 1000).unwrap().frac_bits(), 53);
        assert_eq!(Scale::<u64>::finest(2.0, 1).unwrap().frac_bits(), 61);
        assert_eq!(Scale::<u32>::finest(0.0, 1).unwrap().frac_bits(), 30);
        assert_eq!(
            Scale::<u32>::finest(1e7, 1000),
            Err(FixedError::Ring { summands: 1000 })
        );
        assert_eq!(Scale::<u32>::finest(f64::NAN, 1), Err(FixedError::Bound));
        assert_eq!(Scale::<u32>::finest(-1.0, 1), Err(FixedError::Bound));
    }

    #[test]
    fn refuses_what_is_no_number() {
        let scale = Scale::<u64>::new(16, 2).unwrap();
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(scale.quantise(&[bad]), Err(FixedError::NotFinite { index: 0 }));
        }
        assert!(matches!(scale.quantise(&[f64::MAX]), Err(FixedError::Overflow { .. })));
        for (frac_bits, most) in [(63, 62), (64, 62)] {
            let expected = FixedError::FracBits { frac_bits, most };
            assert_eq!(Scale::<u64>::new(frac_bits, 2), Err(expected));
        }
        assert!(Scale::<u32>::new(31, 2).is_err());
        assert_eq!(Scale::<u64>::new(16, 0), Err(FixedError::NoSummands));
    }

    #[test]
    fn rounds_to_nearest() {
        let scale = Scale::<u64>::new(0, 1).unwrap();
        let rounded = scale.quantise(&[0.5, 1.5, -0.5, 0.74, -0.76]).unwrap();
        assert_eq!(rounded, [0, 2, 0, 1, u64::MAX]);
    }

    #[test]
    fn stochastic_rounding_is_right_on_average_and_never_further_than_beside() {
        let mut rng = ChaCha20Rng::seed_from_u64(6);
        let scale = Scale::<u32>::new(4, 10).unwrap();
        for _ in 0..20 {
            let value: f64 = rng.gen_range(-3.0..3.0);
            let draws = 20_000;
            let rounded = scale.quantise_stochastically(&vec![value; draws], &mut rng).unwrap();
            let (mut sum, unit) = (0.0, 1.0 / 16.0);
            for number in scale.dequantise(&rounded) {
                assert!((number - value).abs() < unit);
                sum += number;
            }
            // Five standard deviations of the mean, half a unit each at most.
            let allowed = 5.0 * 0.5 * unit / (draws as f64).sqrt();
            assert!((sum / draws as f64 - value).abs() < allowed, "{value}");
        }
        // Multiples stay what they are.
        let exact = scale.quantise_stochastically(&[0.25, -1.0, 0.0], &mut rng).unwrap();
        assert_eq!(scale.dequantise(&exact), [0.25, -1.0, 0.0]);
    }

    #[test]
    fn stochastic_rounding_is_checked_after_rounding() {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let scale = Scale::<u32>::new(0, 1).unwrap();
        let over = scale.limit() + 0.5;
        let refused = (0..40).filter(|_| scale.quantise_stochastically(&[over], &mut rng).is_err());
        assert!((1..40).contains(&refused.count()));
    }
}
