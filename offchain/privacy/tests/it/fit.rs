//! How well counts fit. Every bound is the one of Laurent and Massart 2000, lemma 1: a χ² of k degrees exceeds
//! k + 2√(kx) + 2x with probability exp(-x) at most. Here x is 16: one false alarm in nine million.

const ALARM: f64 = 16.0;

pub fn bound(degrees: usize) -> f64 {
    let degrees = degrees as f64;
    degrees + 2.0 * (degrees * ALARM).sqrt() + 2.0 * ALARM
}

/// Pearson's statistic of counts against what is expected of them.
pub fn check_expected(counts: &[u64], expected: &[f64], what: &str) {
    assert_eq!(counts.len(), expected.len());
    let statistic: f64 = counts
        .iter()
        .zip(expected)
        .map(|(have, want)| (*have as f64 - want).powi(2) / want)
        .sum();
    let bound = bound(counts.len() - 1);
    assert!(
        statistic < bound,
        "{what}: χ² {statistic:.1}, where {bound:.1} is the most"
    );
}

/// The statistic of two samples of the same size.
pub fn two_samples(one: &[u64], other: &[u64]) -> f64 {
    assert_eq!(one.len(), other.len());
    assert_eq!(one.iter().sum::<u64>(), other.iter().sum::<u64>());
    one.iter()
        .zip(other)
        .filter(|(a, b)| **a + **b > 0)
        .map(|(a, b)| a.abs_diff(*b).pow(2) as f64 / (a + b) as f64)
        .sum()
}

/// Counts by cells of this width; the last to either side take in what lies beyond them.
pub fn cells(samples: &[i64], width: i64, last: i64) -> Vec<u64> {
    let mut counts = vec![0; (2 * last + 1) as usize];
    for sample in samples {
        counts[(sample.div_euclid(width).clamp(-last, last) + last) as usize] += 1;
    }
    counts
}

/// What is expected in those cells where an integer has the probability proportional to this weight, summed one by one
/// up to ±`far`.
pub fn expected(weight: impl Fn(f64) -> f64, far: i64, width: i64, last: i64, count: usize) -> Vec<f64> {
    let mut sums = vec![0f64; (2 * last + 1) as usize];
    for x in -far..=far {
        sums[(x.div_euclid(width).clamp(-last, last) + last) as usize] += weight(x as f64);
    }
    let total: f64 = sums.iter().sum();
    sums.iter().map(|sum| count as f64 * sum / total).collect()
}
