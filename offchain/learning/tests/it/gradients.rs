use crate::{examples, model, plan, rng, KINDS};
use secureflow_data::Examples;
use secureflow_learning::{clipped_gradients, predict, LearningError};
use secureflow_plan::{Model, Plan, Shape};

const NO_BOUND: f64 = 1000.0;

/// The loss of some rows, for numerical differentiation.
fn loss(model: &Model, examples: &Examples) -> f64 {
    let log_odds = predict(model, examples).unwrap();
    let row = |(z, y): (&f32, &bool)| (1.0 + f64::from(*z).exp()).ln() - if *y { f64::from(*z) } else { 0.0 };
    log_odds.iter().zip(examples.labels()).map(row).sum()
}

fn norm(gradient: &[f64]) -> f64 {
    gradient.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn sum(plan: &Plan, model: &Model, examples: &Examples) -> Vec<f64> {
    let bound = plan.privacy.as_ref().unwrap().clip;
    clipped_gradients(plan, model, bound, examples, &mut rng()).unwrap().sum
}

fn row(examples: &Examples, at: usize) -> Examples {
    let inputs = examples.inputs()[2 * at..2 * at + 2].to_vec();
    Examples::new(inputs, vec![examples.labels()[at]], 2)
}

#[test]
fn the_closed_form_is_the_derivative_of_the_loss() {
    for kind in KINDS {
        let plan = plan(kind, Some(NO_BOUND));
        let (model, examples) = (model(&plan), examples(20));
        let analytic = sum(&plan, &model, &examples);
        for at in 0..model.parameters().len() {
            let moved = |by: f32| {
                let mut parameters = model.parameters().to_vec();
                parameters[at] += by;
                loss(&Model::new(*model.shape(), parameters).unwrap(), &examples)
            };
            let numeric = -(moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!(
                (analytic[at] - numeric).abs() < 5e-3,
                "{kind:?} {at}: {} {numeric}",
                analytic[at]
            );
        }
    }
}

#[test]
fn every_row_is_clipped_by_itself() {
    for kind in KINDS {
        let (free, bound) = (plan(kind, Some(NO_BOUND)), 0.3);
        let clipped = plan(kind, Some(bound));
        let (model, examples) = (model(&free), examples(5000));
        let mut expected = vec![0.0; model.parameters().len()];
        let mut shortened = 0;
        // Past one chunk, but not all of them one by one.
        for at in 0..200 {
            let gradient = sum(&free, &model, &row(&examples, at));
            let factor = (bound / norm(&gradient)).min(1.0);
            shortened += usize::from(factor < 1.0);
            let single = sum(&clipped, &model, &row(&examples, at));
            assert!(norm(&single) <= bound * (1.0 + 1e-12));
            for ((expected, free), single) in expected.iter_mut().zip(&gradient).zip(&single) {
                assert!((free * factor - single).abs() < 1e-12);
                *expected += single;
            }
        }
        assert!((20..=200).contains(&shortened), "{kind:?}: {shortened}");
        let first = Examples::new(examples.inputs()[..400].to_vec(), examples.labels()[..200].to_vec(), 2);
        for (a, b) in sum(&clipped, &model, &first).iter().zip(&expected) {
            assert!((a - b).abs() < 1e-9, "{kind:?}");
        }
        let rest = Examples::new(examples.inputs()[400..].to_vec(), examples.labels()[200..].to_vec(), 2);
        let all = sum(&clipped, &model, &examples);
        for ((all, first), rest) in all.iter().zip(&expected).zip(sum(&clipped, &model, &rest)) {
            assert!((all - first - rest).abs() < 1e-9, "{kind:?}: chunks add up");
        }
    }
}

#[test]
fn a_row_without_gradient_is_no_division_by_zero() {
    let plan = plan(KINDS[0], Some(1.0));
    let sure = Model::new(*model(&plan).shape(), vec![0.0, 0.0, 1000.0]).unwrap();
    let examples = Examples::new(vec![0.0, 0.0], vec![true], 2);
    assert_eq!(sum(&plan, &sure, &examples), [0.0; 3]);
}

#[test]
fn private_rounds_need_a_privacy_section() {
    let plan = plan(KINDS[0], None);
    let refused = clipped_gradients(&plan, &model(&plan), 1.0, &examples(10), &mut rng());
    assert!(matches!(refused, Err(LearningError::NoPrivacy)));
}

/// The sizes of some units: most small, some of them the longest there may be, in no order.
fn sizes(units: usize) -> Vec<usize> {
    (0..units).map(|unit| [1, 3, 1, 2, 17, 1, 5][unit * 5 % 7]).collect()
}

/// All rows of a unit are one gradient: it is the sum of theirs that is shortened.
#[test]
fn units_are_clipped_as_one() {
    for kind in KINDS {
        let (free, bound) = (plan(kind, Some(NO_BOUND)), 0.8);
        let clipped = plan(kind, Some(bound));
        let model = model(&free);
        let sizes = sizes(60);
        let rows = examples(sizes.iter().sum());
        let mut expected = vec![0.0; model.parameters().len()];
        let (mut shortened, mut from) = (0, 0);
        for size in &sizes {
            let mut gradient = vec![0.0; expected.len()];
            for at in from..from + size {
                let single = sum(&free, &model, &row(&rows, at));
                gradient.iter_mut().zip(single).for_each(|(sum, value)| *sum += value);
            }
            from += size;
            let factor = (bound / norm(&gradient)).min(1.0);
            shortened += u64::from(factor < 1.0);
            let total = expected.iter_mut().zip(gradient);
            total.for_each(|(sum, value)| *sum += factor * value);
        }
        let units = rows.in_units(&sizes);
        let found = clipped_gradients(&clipped, &model, bound, &units, &mut rng()).unwrap();
        for (found, expected) in found.sum.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-9, "{kind:?}: {found} {expected}");
        }
        assert_eq!(
            (found.units, found.beyond, found.within),
            (60, shortened, 60 - shortened)
        );
        assert!((5..55).contains(&shortened), "{kind:?}: {shortened}");
    }
}

/// More rows than fit at once, one unit after the other: the parts add up.
#[test]
fn units_go_in_parts() {
    for kind in KINDS {
        let plan = plan(kind, Some(0.5));
        let model = model(&plan);
        let sizes = sizes(2000);
        let half: usize = sizes[..900].iter().sum();
        let rows = examples(sizes.iter().sum());
        let of = |from: usize, to: usize, sizes: &[usize]| {
            let inputs = rows.inputs()[2 * from..2 * to].to_vec();
            let part = Examples::new(inputs, rows.labels()[from..to].to_vec(), 2).in_units(sizes);
            sum(&plan, &model, &part)
        };
        let (all, first) = (of(0, rows.rows(), &sizes), of(0, half, &sizes[..900]));
        for ((all, first), rest) in all.iter().zip(first).zip(of(half, rows.rows(), &sizes[900..])) {
            assert!((all - first - rest).abs() < 1e-9, "{kind:?}");
        }
    }
}

/// Each unit is in as many rounds as the plan says, whatever the others do, and what is sent does not tell how many were.
#[test]
fn samples_hold_each_unit_with_the_plans_probability() {
    let mut plan = plan(KINDS[0], Some(NO_BOUND));
    plan.privacy.as_mut().unwrap().sampling = Some(0.25);
    // Every row has an input of its own, so that the gradient of its weight tells whether it was there.
    let (rows, rounds) = (40, 2_000);
    let mut inputs = vec![0f32; rows * rows];
    (0..rows).for_each(|row| inputs[row * rows + row] = 1.0);
    let examples = Examples::new(inputs, vec![true; rows], rows);
    let shape = Shape {
        width: rows,
        ..*model(&plan).shape()
    };
    let model = Model::new(shape, vec![0.0; rows + 1]).unwrap();
    let (mut rng, mut seen, mut sampled) = (rng(), vec![0; rows], Vec::new());
    for _ in 0..rounds {
        let found = clipped_gradients(&plan, &model, NO_BOUND, &examples, &mut rng).unwrap();
        let there = found.sum[..rows].iter().map(|weight| *weight > 0.0);
        seen.iter_mut()
            .zip(there)
            .for_each(|(seen, there)| *seen += i32::from(there));
        sampled.push(found.within);
        assert_eq!((found.units, found.beyond), (rows as u64, 0));
    }
    for seen in seen {
        // Five standard deviations.
        assert!((seen - rounds / 4).abs() < 97, "{seen}");
    }
    sampled.sort_unstable();
    assert!(sampled[0] < 5 && sampled[sampled.len() - 1] > 15, "{sampled:?}");
}
