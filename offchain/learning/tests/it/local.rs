use crate::{encoding, examples, model, plan, rng, KINDS};
use secureflow_data::Examples;
use secureflow_learning::{auc, contribute, histogram, local_update, predict, round_seed, train_alone, LearningError};
use secureflow_plan::{evaluate, train, ModelKind, ServerState};

#[test]
fn predictions_follow_the_models_formula() {
    for kind in KINDS {
        let plan = plan(kind, None);
        let (model, examples) = (model(&plan), examples(5000));
        let p = model.parameters();
        let expected = |x: &[f32]| match kind {
            ModelKind::Logistic => x[0] * p[0] + x[1] * p[1] + p[2],
            ModelKind::Perceptron => {
                let unit = |j: usize| (x[0] * p[j] + x[1] * p[4 + j] + p[8 + j]).tanh() * p[12 + j];
                (0..4).map(unit).sum::<f32>() + p[16]
            }
        };
        for (found, row) in predict(&model, &examples)
            .unwrap()
            .iter()
            .zip(examples.inputs().chunks(2))
        {
            assert!((found - expected(row)).abs() < 1e-5);
        }
        assert_eq!(histogram(&model, &examples).unwrap()[evaluate::ROWS], 5000);
    }
}

#[test]
fn the_same_seed_gives_the_same_update() {
    secureflow_learning::set_threads(1);
    for kind in KINDS {
        let plan = plan(kind, None);
        let update = |seed| local_update(&plan, &model(&plan), &examples(500), seed).unwrap();
        assert_eq!(update(7).delta, update(7).delta);
        assert_ne!(update(7).delta, update(8).delta);
        assert_ne!(round_seed(&plan, 0), round_seed(&plan, 1));
    }
}

#[test]
fn updates_are_clipped_to_the_plans_length() {
    let mut plan = plan(ModelKind::Perceptron, None);
    let length = |delta: &[f32]| delta.iter().map(|value| value * value).sum::<f32>().sqrt();
    let free = local_update(&plan, &model(&plan), &examples(500), 1).unwrap();
    plan.training.clip_norm = 0.01;
    let clipped = local_update(&plan, &model(&plan), &examples(500), 1).unwrap();
    assert!(length(&free.delta) > 0.1 && (length(&clipped.delta) - 0.01).abs() < 1e-6);
    let vector = contribute(&plan, &model(&plan), &examples(500), 0, &mut rng())
        .unwrap()
        .vector;
    assert!(train::decode(&plan, &model(&plan), &vector).is_ok());
}

#[test]
fn rounds_lower_the_loss_with_and_without_privacy() {
    for privacy in [None, Some(1.0)] {
        let mut plan = plan(ModelKind::Perceptron, privacy);
        plan.training.learning_rate = if privacy.is_some() { 2.0 } else { 0.5 };
        plan.training.server_momentum = 0.5;
        plan.training.rounds = 60;
        let (mut model, examples) = (model(&plan), examples(1000));
        let mut state = ServerState::new(model.shape());
        let mut losses = Vec::new();
        for round in 0..plan.rounds() {
            let part = contribute(&plan, &model, &examples, round, &mut rng()).unwrap();
            let mean = train::decode(&plan, &model, &part.vector).unwrap();
            losses.push(part.loss);
            model = state.apply(&plan, &model, &mean).unwrap();
        }
        assert!(losses[59] < 0.7 * losses[0], "{privacy:?}: {losses:?}");
        assert!(auc(&model, &examples).unwrap().unwrap() > 0.9);
    }
}

#[test]
fn training_alone_learns_what_the_model_can() {
    let (learn, test) = (examples(2000), examples(100));
    let reached = |kind| {
        let model = train_alone(&plan(kind, None), &encoding(), &learn).unwrap();
        auc(&model, &test).unwrap().unwrap()
    };
    assert!(reached(ModelKind::Perceptron) > 0.97);
    assert!(reached(ModelKind::Logistic) < 0.7);
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let plan = plan(ModelKind::Logistic, None);
    let model = model(&plan);
    let wide = Examples::new(vec![0.0; 3], vec![true], 3);
    assert!(matches!(
        predict(&model, &wide),
        Err(LearningError::Width { expected: 2, found: 3 })
    ));
    assert!(matches!(
        contribute(&plan, &model, &wide, 0, &mut rng()),
        Err(LearningError::Width { .. })
    ));
    let none = Examples::new(vec![], vec![], 2);
    assert!(matches!(
        local_update(&plan, &model, &none, 0),
        Err(LearningError::NoRows)
    ));
    assert!(matches!(
        train_alone(&plan, &encoding(), &none),
        Err(LearningError::NoRows)
    ));
    assert_eq!(predict(&model, &none).unwrap(), [0.0; 0]);
    let broken = Examples::new(vec![f32::NAN; 2], vec![true], 2);
    assert!(matches!(
        local_update(&plan, &model, &broken, 0),
        Err(LearningError::Diverged)
    ));
}
