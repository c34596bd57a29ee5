use crate::{examples, model, plan, KINDS};
use secureflow_data::Examples;
use secureflow_learning::{clipped_gradients, predict, LearningError};
use secureflow_plan::{Model, Plan};

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
    clipped_gradients(plan, model, examples).unwrap().sum
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
    let refused = clipped_gradients(&plan, &model(&plan), &examples(10));
    assert!(matches!(refused, Err(LearningError::NoPrivacy)));
}
