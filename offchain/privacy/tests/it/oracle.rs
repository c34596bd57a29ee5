//! OpenDP's samples beside ours: see `tests/opendp/sample.py`.

use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_privacy::{DiscreteGaussian, DiscreteLaplace};

use crate::fit;

struct Line {
    gaussian: bool,
    numerator: u64,
    denominator: u64,
    width: i64,
    last: i64,
    counts: Vec<u64>,
}

fn lines() -> Vec<Line> {
    let parse = |line: &str| {
        let (name, numbers) = line.split_once(' ').expect("a name comes first");
        let numbers: Vec<u64> = numbers.split(' ').map(|number| number.parse().unwrap()).collect();
        let [numerator, denominator, width, last, counts @ ..] = &numbers[..] else {
            panic!("too few numbers in {line}");
        };
        Line {
            gaussian: name == "gaussian",
            numerator: *numerator,
            denominator: *denominator,
            width: *width as i64,
            last: *last as i64,
            counts: counts.to_vec(),
        }
    };
    include_str!("../opendp/counts.txt").lines().map(parse).collect()
}

fn ours(gaussian: bool, numerator: u64, denominator: u64, count: usize, seed: u64) -> Vec<i64> {
    let mut samples = vec![0; count];
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    if gaussian {
        DiscreteGaussian::new(numerator.into())
            .unwrap()
            .fill(&mut samples, &mut rng);
    } else {
        DiscreteLaplace::new(numerator, denominator)
            .unwrap()
            .fill(&mut samples, &mut rng);
    }
    samples
}

#[test]
fn both_draw_from_the_same_distributions() {
    let lines = lines();
    assert_eq!(lines.len(), 10);
    for (seed, line) in lines.iter().enumerate() {
        let count = line.counts.iter().sum::<u64>() as usize;
        assert_eq!(count, 200_000);
        let samples = ours(line.gaussian, line.numerator, line.denominator, count, seed as u64);
        let statistic = fit::two_samples(&fit::cells(&samples, line.width, line.last), &line.counts);
        let bound = fit::bound(line.counts.len() - 1);
        assert!(
            statistic < bound,
            "line {seed}: χ² {statistic:.1}, where {bound:.1} is the most"
        );
    }
}

/// The comparison has the power to tell a deviation that is three parts in a hundred off.
#[test]
fn the_comparison_notices_a_wrong_deviation() {
    let line = &lines()[2];
    assert_eq!(line.numerator, 100);
    let samples = ours(true, 106, 1, 200_000, 3);
    let statistic = fit::two_samples(&fit::cells(&samples, line.width, line.last), &line.counts);
    assert!(statistic > fit::bound(line.counts.len() - 1), "{statistic}");
}
