//! Step 0: counts over each party's training rows. Categories are counted by bucket, so that no name is ever sent;
//! numbers are counted by their binary exponent, so that all can agree on a scale.

use crate::{FeatureKind, Plan};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Buckets per categorical feature.
pub const BUCKETS: usize = 1024;
/// Slots per numeric feature: zero, then the exponents from [`MIN_EXPONENT`] to [`MAX_EXPONENT`].
pub const EXPONENTS: usize = 128;
pub const MIN_EXPONENT: i32 = -63;
pub const MAX_EXPONENT: i32 = 63;

/// Slots of the rows, the positive and the negative labels.
pub const ROWS: usize = 0;
pub const POSITIVES: usize = 1;
pub const NEGATIVES: usize = 2;
const HEADER: usize = 3;

/// Where each feature's counts stand in the vector: per feature the missing values, then its buckets or exponents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    blocks: Vec<Range<usize>>,
    length: usize,
}

impl Layout {
    pub fn new(plan: &Plan) -> Self {
        let mut length = HEADER;
        let blocks = plan
            .features
            .iter()
            .map(|feature| {
                let start = length;
                length += 1 + match feature.kind {
                    FeatureKind::Categorical => BUCKETS,
                    FeatureKind::Numeric => EXPONENTS,
                };
                start..length
            })
            .collect();
        Self { blocks, length }
    }

    /// The number of elements of the vector.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The slot that counts the missing values of the plan's feature at `index`.
    pub fn missing(&self, index: usize) -> usize {
        self.blocks[index].start
    }

    /// The slots of the buckets or exponents of the plan's feature at `index`.
    pub fn counts(&self, index: usize) -> Range<usize> {
        self.blocks[index].start + 1..self.blocks[index].end
    }

    /// All slots of the feature: every row counts in exactly one of them.
    pub fn block(&self, index: usize) -> Range<usize> {
        self.blocks[index].clone()
    }
}

/// The bucket of a category.
pub fn bucket(column: &str, value: &str) -> usize {
    let mut hash = Sha256::new();
    hash.update(b"secureflow/category/v1");
    hash.update(column.as_bytes());
    hash.update([0]);
    hash.update(value.as_bytes());
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    (u64::from_le_bytes(first) % BUCKETS as u64) as usize
}

/// The slot, counted from the first of [`Layout::counts`], of a finite number.
pub fn exponent_slot(value: f64) -> usize {
    if value == 0.0 {
        return 0;
    }
    // The exponent's bits are floor(log2 |x|); subnormal numbers give the smallest and are clamped.
    let exponent = ((value.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    (exponent.clamp(MIN_EXPONENT, MAX_EXPONENT) - MIN_EXPONENT) as usize + 1
}

/// The exponent that a slot other than zero's counts.
pub(crate) fn slot_exponent(slot: usize) -> i32 {
    slot as i32 - 1 + MIN_EXPONENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_binary_and_clamped() {
        let table = [
            (0.0, 0),
            (1.0, 64),
            (-1.0, 64),
            (1.99, 64),
            (2.0, 65),
            (0.5, 63),
            (1e12, 64 + 39),
        ];
        for (value, slot) in table {
            assert_eq!(exponent_slot(value), slot, "{value}");
        }
        assert_eq!(exponent_slot(1e300), EXPONENTS - 1);
        assert_eq!(exponent_slot(5e-324), 1);
        assert_eq!(slot_exponent(exponent_slot(8.0)), 3);
    }

    #[test]
    fn buckets_depend_on_the_column() {
        // Golden values: all parties must find the same buckets, now and later.
        assert_eq!(bucket("purpose", "car (new)"), bucket("purpose", "car (new)"));
        assert_ne!(bucket("purpose", "car (new)"), bucket("housing", "car (new)"));
    }
}
