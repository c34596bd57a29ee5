//! Statistics over parties, with fixed seeds.

use proptest::prelude::*;
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};
use secureflow_privacy::{
    gaussian_cost_micro,
    statistics::{
        Bins, Bounds, Count, Estimate, Histogram, Mean, Quantiles, Query, Release, Statistic, Sum, MAX_PARTIES,
    },
    Error,
};

const RELEASE: Release = Release {
    noise_multiplier_micro: 4_000_000,
    min_parties: 3,
};

fn bounds(lower: f64, upper: f64) -> Bounds {
    Bounds::new(lower, upper).unwrap()
}

/// What comes of the parties' rows, over as many seeds as wanted.
fn answers<S: Statistic>(query: &Query<S>, parties: &[Vec<S::Row>], runs: u64, confidence: f64) -> Vec<S::Answer>
where
    S::Row: Clone,
{
    (0..runs)
        .map(|seed| {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let mut sum = vec![0u64; query.length()];
            for rows in parties {
                let contribution = query.contribution(rows.iter().cloned(), &mut rng).unwrap();
                for (sum, entry) in sum.iter_mut().zip(contribution.iter()) {
                    *sum = sum.wrapping_add(*entry);
                }
            }
            query.answer(&sum, parties.len() as u32, confidence).unwrap()
        })
        .collect()
}

fn holds(estimate: &Estimate, truth: f64) -> bool {
    assert!(
        estimate.low <= estimate.value && estimate.value <= estimate.high,
        "{estimate:?}"
    );
    (estimate.low..=estimate.high).contains(&truth)
}

/// Of 400 intervals, this share holds the truth, up to five standard errors.
fn check_coverage(held: impl Iterator<Item = bool>, confidence: f64, exact: bool, what: &str) {
    let held: Vec<bool> = held.collect();
    let count = held.len() as f64;
    let share = held.iter().filter(|holds| **holds).count() as f64 / count;
    let error = 5.0 * (confidence * (1.0 - confidence) / count).sqrt();
    assert!(share >= confidence - error, "{what}: {share} of the intervals hold");
    assert!(
        !exact || share <= confidence + error,
        "{what}: {share} of the intervals hold"
    );
}

fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    // Skewed: squares of uniform ones, from 0 to 100.
    (0..count)
        .map(|_| 100.0 * ((rng.next_u64() >> 11) as f64 / 2f64.powi(53)).powi(2))
        .collect()
}

fn four_parties() -> Vec<Vec<f64>> {
    (0..4).map(|party| numbers(500 + 100 * party, party as u64)).collect()
}

#[test]
fn counts() {
    let query = Query::new(Count, RELEASE).unwrap();
    assert_eq!(query.cost(), gaussian_cost_micro(4_000_000));
    let parties = vec![vec![(); 10], vec![(); 0], vec![(); 1000], vec![(); 7]];
    let answers = answers(&query, &parties, 400, 0.8);
    check_coverage(answers.iter().map(|answer| holds(answer, 1017.0)), 0.8, true, "count");
    // Four parties, where three reach the multiplier: a deviation of 4·√(4/3), and 1.28 of it for 0.8.
    let half = (answers[0].high - answers[0].low) / 2.0;
    assert!((half - 1.281_55 * 4.0 * (4f64 / 3.0).sqrt()).abs() < 1e-3, "{half}");
    let mean = answers.iter().map(|answer| answer.value).sum::<f64>() / 400.0;
    assert!((mean - 1017.0).abs() < 5.0 * 4.62 / 20.0, "{mean}");
}

#[test]
fn histograms() {
    let bins = Bins::new(bounds(0.0, 100.0), 10).unwrap();
    let query = Query::new(Histogram::new(10).unwrap(), RELEASE).unwrap();
    let parties: Vec<Vec<usize>> = four_parties()
        .iter()
        .map(|rows| rows.iter().map(|number| bins.cell(*number).unwrap()).collect())
        .collect();
    let mut truth = [0.0; 10];
    parties.iter().flatten().for_each(|cell| truth[*cell] += 1.0);
    let answers = answers(&query, &parties, 100, 0.9);
    let held = answers
        .iter()
        .flat_map(|cells| cells.iter().zip(truth).map(|(cell, truth)| holds(cell, truth)));
    check_coverage(held, 0.9, true, "histogram");
}

#[test]
fn sums_and_means() {
    let parties = four_parties();
    let rows = parties.iter().flatten().count() as f64;
    // Clamped on both sides, and with zero in the range or not.
    for (lower, upper) in [(0.0, 100.0), (10.0, 60.0), (-20.0, 300.0), (-50.0, 20.0)] {
        let truth: f64 = parties.iter().flatten().map(|number| number.clamp(lower, upper)).sum();
        let query = Query::new(Sum::new(bounds(lower, upper)), RELEASE).unwrap();
        let sums = answers(&query, &parties, 400, 0.9);
        check_coverage(sums.iter().map(|sum| holds(sum, truth)), 0.9, true, "sum");

        let query = Query::new(Mean::new(bounds(lower, upper)), RELEASE).unwrap();
        let means = answers(&query, &parties, 400, 0.9);
        check_coverage(means.iter().map(|mean| holds(mean, truth / rows)), 0.9, true, "mean");
        assert!(means.iter().all(|mean| lower <= mean.low && mean.high <= upper));
    }
}

#[test]
fn a_mean_of_few_rows_says_that_it_may_be_anything() {
    let query = Query::new(Mean::new(bounds(-1.0, 3.0)), RELEASE).unwrap();
    let parties = vec![vec![3.0], vec![], vec![]];
    let means = answers(&query, &parties, 400, 0.9);
    check_coverage(means.iter().map(|mean| holds(mean, 3.0)), 0.9, false, "mean of one");
    let open = means.iter().filter(|mean| (mean.low, mean.high) == (-1.0, 3.0)).count();
    assert!(open > 300, "{open}");
}

#[test]
fn quantiles() {
    let parties = four_parties();
    let mut all: Vec<f64> = parties.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    for height in [1, 2, 3] {
        let query = Query::new(Quantiles::new(bounds(0.0, 100.0), height).unwrap(), RELEASE).unwrap();
        let sketches = answers(&query, &parties, 150, 0.9);
        for share in [0.0, 0.05, 0.25, 0.5, 0.9, 1.0] {
            let place = ((share * all.len() as f64).ceil() as usize).clamp(1, all.len()) - 1;
            let found: Vec<Estimate> = sketches.iter().map(|sketch| sketch.quantile(share).unwrap()).collect();
            let what = format!("quantile {share} at height {height}");
            check_coverage(found.iter().map(|found| holds(found, all[place])), 0.9, false, &what);
            // And they are near: nobody is further off than a few hundred of 2600 rows would be.
            let off = found.iter().map(|found| (found.value - all[place]).abs()).sum::<f64>() / 150.0;
            let bin = 100.0 / 16f64.powi(height as i32);
            assert!(off < bin + 2.5, "{what}: {off}");
        }
        let rows = sketches.iter().map(|sketch| holds(&sketch.rows(), 2600.0));
        check_coverage(rows, 0.9, false, "rows");
    }
}

/// Without noise to speak of, the tree's levels agree, and the fit leaves them as they are.
#[test]
fn quantiles_without_noise_are_those_of_the_cells() {
    let release = Release {
        noise_multiplier_micro: 1_000,
        min_parties: 1,
    };
    let query = Query::new(Quantiles::new(bounds(0.0, 256.0), 2).unwrap(), release).unwrap();
    let rows: Vec<f64> = (0..256).map(|cell| f64::from(cell) + 0.5).collect();
    let sketch = &answers(&query, &[rows], 1, 0.9)[0];
    for share in [0.1, 0.5, 0.75] {
        let found = sketch.quantile(share).unwrap();
        assert!((found.value - 256.0 * share).abs() < 0.1, "{share}: {found:?}");
        assert!(found.high - found.low <= 2.0, "{share}: {found:?}");
    }
    assert!(sketch.quantile(-0.1).is_err() && sketch.quantile(1.1).is_err() && sketch.quantile(f64::NAN).is_err());
}

/// The consistent counts are better than the leaves by themselves.
#[test]
fn the_fit_takes_noise_away() {
    let query = Query::new(Quantiles::new(bounds(0.0, 1.0), 2).unwrap(), RELEASE).unwrap();
    let sketches = answers(&query, &[vec![], vec![], vec![]], 300, 0.9);
    // No rows: what the total is off by is noise. 16 nodes of the first level, or 256 leaves, by themselves would have 16
    // or 256 entries' variance; fitted together, 16·(16/17).
    let variance = sketches.iter().map(|sketch| sketch.rows().value.powi(2)).sum::<f64>() / 300.0;
    let entry = 2.0 * 4f64.powi(2);
    let want = entry * 16.0 * 16.0 / 17.0;
    assert!(
        (variance / want - 1.0).abs() < 5.0 * (2f64 / 300.0).sqrt(),
        "{variance} {want}"
    );
    // With hardly a row, nothing is claimed.
    let empty = sketches.iter().find(|sketch| sketch.rows().value <= 0.0).unwrap();
    let anything = empty.quantile(0.5).unwrap();
    assert_eq!((anything.low, anything.value, anything.high), (0.0, 0.5, 1.0));
}

/// However a row looks, it moves the vector by the stated sensitivity at most: by the noise's deviation over its
/// multiplier.
fn check_sensitivity<S: Statistic>(statistic: S, row: S::Row) -> Result<(), TestCaseError> {
    let query = Query::new(statistic, RELEASE).unwrap();
    let moved: f64 = query
        .encode([row])
        .unwrap()
        .iter()
        .map(|entry| (*entry as i64 as f64).powi(2))
        .sum();
    let stated = query.noise().deviation(3) / 4.0;
    prop_assert!(moved.sqrt() <= stated, "{} {stated}", moved.sqrt());
    Ok(())
}

proptest! {
    #[test]
    fn a_row_changes_no_more_than_is_said(
        lower in -1e6f64..1e6, width in 1e-6f64..1e7, number in prop_oneof![any::<f64>(), -1e7f64..1e7],
        cell in 0usize..50, height in 1u32..4,
    ) {
        prop_assume!(!number.is_nan());
        let bounds = bounds(lower, lower + width);
        check_sensitivity(Count, ())?;
        check_sensitivity(Histogram::new(50).unwrap(), cell)?;
        check_sensitivity(Sum::new(bounds), number)?;
        check_sensitivity(Mean::new(bounds), number)?;
        check_sensitivity(Quantiles::new(bounds, height).unwrap(), number)?;
    }

    #[test]
    fn numbers_fall_between_the_edges_of_their_cell(
        lower in -1e6f64..1e6, width in 1e-3f64..1e7, part in 0f64..1.0, cells in 1usize..5000,
    ) {
        let bins = Bins::new(bounds(lower, lower + width), cells).unwrap();
        let number = lower + part * width;
        let cell = bins.cell(number).unwrap();
        let slip = 1e-9 * width + 1e-15 * lower.abs();
        prop_assert!(bins.edge(cell) - slip <= number && number <= bins.edge(cell + 1) + slip);
        prop_assert_eq!(bins.cell(f64::NEG_INFINITY), Some(0));
        prop_assert_eq!(bins.cell(f64::INFINITY), Some(cells - 1));
    }
}

#[test]
fn what_cannot_be_asked_for() {
    for (lower, upper) in [
        (1.0, 1.0),
        (2.0, 1.0),
        (f64::NAN, 1.0),
        (0.0, f64::INFINITY),
        (f64::MIN, f64::MAX),
    ] {
        assert!(Bounds::new(lower, upper).is_err(), "{lower} {upper}");
    }
    assert!(Histogram::new(0).is_err() && Bins::new(bounds(0.0, 1.0), 0).is_err());
    assert!(Quantiles::new(bounds(0.0, 1.0), 0).is_err() && Quantiles::new(bounds(0.0, 1.0), 5).is_err());
    for (noise_multiplier_micro, min_parties) in [(0, 3), (1, 3), (1_000_000, 0), (1_000_000, 257), (u64::MAX, 3)] {
        let release = Release {
            noise_multiplier_micro,
            min_parties,
        };
        assert!(Query::new(Count, release).is_err(), "{release:?}");
    }
}

#[test]
fn what_cannot_be_answered() {
    let query = Query::new(Histogram::new(3).unwrap(), RELEASE).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(0);
    let row = query.contribution([0, 2, 3], &mut rng);
    assert!(matches!(row, Err(Error::Row { index: 2, .. })));
    let means = Query::new(Mean::new(bounds(0.0, 1.0)), RELEASE).unwrap();
    assert!(matches!(
        means.encode([0.5, f64::NAN]),
        Err(Error::Row { index: 1, .. })
    ));
    assert!(means.encode([f64::INFINITY, f64::NEG_INFINITY]).is_ok());
    assert!(query.answer(&[0; 3], 3, 0.95).is_ok());
    assert_eq!(
        query.answer(&[0; 2], 3, 0.95),
        Err(Error::Length { expected: 3, found: 2 })
    );
    for found in [2, 257] {
        let refused = Error::Parties {
            least: 3,
            most: MAX_PARTIES,
            found,
        };
        assert_eq!(query.answer(&[0; 3], found, 0.95), Err(refused));
    }
    for confidence in [0.0, 1.0] {
        assert_eq!(query.answer(&[0; 3], 3, confidence), Err(Error::Confidence(confidence)));
    }
    assert!(query.answer(&[0; 3], 3, f64::NAN).is_err());
}
