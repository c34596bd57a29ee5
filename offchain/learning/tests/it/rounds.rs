//! Whole private trainings on made-up rows: samples, units, and a clip that follows the norms.

use crate::{encoding, examples, plan, rng};
use secureflow_data::Examples;
use secureflow_learning::{auc, clipped_gradients, train_together};
use secureflow_plan::{train, Clip, Model, ModelKind, Plan, Privacy, Unit};

/// A plan with little noise over many rounds.
fn private(change: impl Fn(&mut Privacy)) -> Plan {
    let mut plan = plan(ModelKind::Perceptron, Some(1.0));
    plan.training.learning_rate = 2.0;
    plan.training.server_momentum = 0.5;
    plan.training.rounds = 80;
    change(plan.privacy.as_mut().unwrap());
    plan
}

/// Two parties; 1,200 rows each, in units of three.
fn parties(plan: &Plan) -> [Examples; 2] {
    let units = plan.privacy.as_ref().is_some_and(|privacy| privacy.unit.is_some());
    [2_400, 1_200].map(|end| {
        let all = examples(end);
        let from = end - 1_200;
        let rows = Examples::new(all.inputs()[2 * from..].to_vec(), all.labels()[from..].to_vec(), 2);
        match units {
            true => rows.in_units(&[3; 400]),
            false => rows,
        }
    })
}

fn trained(plan: &Plan) -> Model {
    let noise = |model: &Model, vector: &mut [u64], rng: &mut _| Ok(train::add_noise(plan, model, vector, rng)?);
    train_together(plan, &encoding(), &parties(plan), &mut rng(), noise).unwrap()
}

fn reached(model: &Model) -> f64 {
    auc(model, &examples(1_000)).unwrap().unwrap()
}

#[test]
fn samples_and_units_learn() {
    let unit = || Unit {
        column: "customer".into(),
        most_rows: 3,
    };
    let plans = [
        private(|privacy| privacy.sampling = Some(0.25)),
        private(|privacy| {
            privacy.unit = Some(unit());
            privacy.clip = 3.0;
        }),
        private(|privacy| {
            privacy.unit = Some(unit());
            privacy.sampling = Some(0.5);
            privacy.clip_quantile = Some(0.75);
        }),
    ];
    for plan in plans {
        let reached = reached(&trained(&plan));
        assert!(reached > 0.9, "{reached}: {:?}", plan.privacy);
    }
}

/// From far too large and far too small, the clip comes to where half of the gradients are.
#[test]
fn a_wrong_clip_finds_its_way() {
    for first in [1000.0, 0.001] {
        let plan = private(|privacy| {
            privacy.clip = first;
            privacy.clip_quantile = Some(0.5);
        });
        let model = trained(&plan);
        let clip = Clip::of(&plan, &model).unwrap().norm();
        let (mut within, mut all) = (0, 0);
        for party in parties(&plan) {
            let found = clipped_gradients(&plan, &model, clip, &party, &mut rng()).unwrap();
            within += found.within;
            all += found.within + found.beyond;
        }
        assert!(
            (all * 2 / 5..=all * 3 / 5).contains(&within),
            "{first}: {clip}, {within} of {all}"
        );
    }
}
