//! Fixed-point numbers in the ring of integers modulo 2^64, as two's complement.

use zeroize::Zeroizing;

/// Largest number of fraction bits.
pub const MAX_FRAC_BITS: u32 = 62;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FixedError {
    #[error("{0} fraction bits are more than 62")]
    FracBits(u32),
    #[error("the number of summands must be at least one")]
    NoSummands,
    #[error("entry {index} is not a number")]
    NotFinite { index: usize },
    #[error("entry {index} is too large for a sum of {summands} with {frac_bits} fraction bits")]
    Overflow {
        index: usize,
        frac_bits: u32,
        summands: usize,
    },
}

/// Largest magnitude that [`quantise`] takes: a sum of this many such numbers cannot wrap.
pub fn limit(frac_bits: u32, summands: usize) -> f64 {
    (i64::MAX as u64 / summands.max(1) as u64) as f64 / scale(frac_bits)
}

/// Rounds each number to the nearest multiple of `2^-frac_bits`. Refuses what is not finite, and what could make a
/// sum of `summands` such vectors wrap.
pub fn quantise(values: &[f64], frac_bits: u32, summands: usize) -> Result<Vec<u64>, FixedError> {
    if frac_bits > MAX_FRAC_BITS {
        return Err(FixedError::FracBits(frac_bits));
    }
    if summands == 0 {
        return Err(FixedError::NoSummands);
    }
    let limit = i64::MAX as u64 / summands as u64;
    // Dropped half-way on an error, the numbers already converted do not stay in memory.
    let mut output = Zeroizing::new(Vec::with_capacity(values.len()));
    for (index, value) in values.iter().enumerate() {
        if !value.is_finite() {
            return Err(FixedError::NotFinite { index });
        }
        // Exact but for an overflow to infinity, since the scale is a power of two. The cast saturates, and its
        // result is above the limit then, except for one summand where the bound is tested before.
        let scaled = (value * scale(frac_bits)).round_ties_even();
        if scaled.abs() >= TWO_63 || (scaled as i64).unsigned_abs() > limit {
            return Err(FixedError::Overflow {
                index,
                frac_bits,
                summands,
            });
        }
        output.push(scaled as i64 as u64);
    }
    Ok(std::mem::take(&mut *output))
}

/// The numbers that a vector, or a sum of vectors, stands for.
pub fn dequantise(values: &[u64], frac_bits: u32) -> Vec<f64> {
    values
        .iter()
        .map(|value| *value as i64 as f64 / scale(frac_bits))
        .collect()
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

fn scale(frac_bits: u32) -> f64 {
    (1u64 << frac_bits.min(MAX_FRAC_BITS)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_signed_numbers_come_out_right() {
        let a = quantise(&[1.5, -2.25, 0.0, 1e-3], 40, 3).unwrap();
        let b = quantise(&[-3.5, 2.0, 0.0, -2e-3], 40, 3).unwrap();
        let sum: Vec<u64> = a.iter().zip(&b).map(|(a, b)| a.wrapping_add(*b)).collect();
        let expected = [-2.0, -0.25, 0.0, -1e-3];
        for (have, want) in dequantise(&sum, 40).iter().zip(expected) {
            assert!((have - want).abs() < 2e-12, "{have} {want}");
        }
    }

    #[test]
    fn the_limit_is_taken_and_what_is_above_is_refused() {
        for summands in [1, 2, 3, 1000] {
            for frac_bits in [0, 16, 40, 62] {
                let largest = i64::MAX as u64 / summands as u64;
                let below = (largest - (largest >> 40)) as f64 / scale(frac_bits);
                let above = (largest + (largest >> 40)) as f64 / scale(frac_bits);
                assert!(quantise(&[below, -below], frac_bits, summands).is_ok());
                for bad in [above, -above] {
                    assert_eq!(
                        quantise(&[0.0, bad], frac_bits, summands),
                        Err(FixedError::Overflow {
                            index: 1,
                            frac_bits,
                            summands
                        })
                    );
                }
            }
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(quantise(&[bad], 16, 2), Err(FixedError::NotFinite { index: 0 }));
        }
        assert!(matches!(quantise(&[f64::MAX], 16, 2), Err(FixedError::Overflow { .. })));
        assert_eq!(quantise(&[], 63, 2), Err(FixedError::FracBits(63)));
        assert_eq!(quantise(&[], 16, 0), Err(FixedError::NoSummands));
    }

    #[test]
    fn rounds_to_nearest() {
        assert_eq!(
            quantise(&[0.5, 1.5, -0.5, 0.74, -0.76], 0, 1).unwrap(),
            [0, 2, 0, 1, u64::MAX]
        );
    }
}
