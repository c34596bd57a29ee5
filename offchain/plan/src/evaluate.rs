//! The last step: the final model's predictions on each party's held-out rows, as a histogram per label.
//!
//! Bins have equal width in log-odds, 0.1 each from -10 to 10: a probability of one half falls between two bins, and
//! models of rare events, whose probabilities all lie near zero, are resolved as well as others.

pub const BINS: usize = 200;
/// The positives' bins, the negatives' bins, then the rows.
pub const LENGTH: usize = 2 * BINS + 1;
pub const ROWS: usize = 2 * BINS;
const PER_UNIT: f32 = 10.0;

/// The bin of a prediction given as log-odds.
pub fn bin(log_odds: f32) -> usize {
    let position = (log_odds * PER_UNIT).floor() + (BINS / 2) as f32;
    // Casts saturate, and what is not a number lands in the first bin.
    (position as usize).min(BINS - 1)
}

/// The probability in the middle of a bin.
pub fn midpoint(bin: usize) -> f64 {
    let log_odds = (bin as f64 + 0.5 - (BINS / 2) as f64) / f64::from(PER_UNIT);
    1.0 / (1.0 + (-log_odds).exp())
}

/// The vector of a party: `log_odds` and `labels` of its held-out rows.
pub fn vector(log_odds: &[f32], labels: &[bool]) -> Vec<u64> {
    let mut vector = vec![0; LENGTH];
    for (log_odds, positive) in log_odds.iter().zip(labels) {
        vector[bin(*log_odds) + if *positive { 0 } else { BINS }] += 1;
        vector[ROWS] += 1;
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_cover_all_predictions() {
        let table = [
            (f32::NEG_INFINITY, 0),
            (-10.5, 0),
            (-0.01, 99),
            (0.0, 100),
            (0.05, 100),
            (1e9, BINS - 1),
        ];
        for (log_odds, expected) in table {
            assert_eq!(bin(log_odds), expected, "{log_odds}");
        }
        assert!(midpoint(99) < 0.5 && midpoint(100) > 0.5);
        assert_eq!(vector(&[0.3, -0.3, 2.0], &[true, false, true])[ROWS], 3);
    }
}
