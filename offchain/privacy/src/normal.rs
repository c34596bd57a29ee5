//! The normal distribution's tail, for what is said of noise; what is drawn never comes from here.

use crate::special::log_normal_above;

/// How many standard deviations to either side hold this share of the distribution.
pub(crate) fn margin(confidence: f64) -> f64 {
    let beyond = (1.0 - confidence) / 2.0;
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if log_normal_above(middle) > beyond.ln() {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_those_of_the_tables() {
        for (confidence, want) in [
            (0.5, 0.674_489_750_196),
            (0.682_689_492_137, 1.0),
            (0.9, 1.644_853_626_951),
            (0.95, 1.959_963_984_540),
            (0.99, 2.575_829_303_549),
            (0.999, 3.290_526_731_492),
            (1.0 - 1e-9, 6.109_410_204_869),
        ] {
            assert!(
                (margin(confidence) - want).abs() < 1e-7,
                "{confidence}: {}",
                margin(confidence)
            );
        }
    }
}
