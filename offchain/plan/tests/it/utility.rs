use crate::{model::encoding, plan};
use secureflow_plan::{
    train,
    utility::{utility, ONE},
    Model,
};

/// A model of the test's shape, moved from another by `step`.
fn moved(from: &Model, step: [f32; 5]) -> Model {
    let parameters = from.parameters().iter().zip(step).map(|(value, step)| value + step);
    Model::new(*from.shape(), parameters.collect()).unwrap()
}

fn still() -> Model {
    let shape = *Model::initial(&plan(), &encoding()).unwrap().shape();
    Model::new(shape, vec![0.0; 5]).unwrap()
}

#[track_caller]
fn check(update: [f32; 5], step: [f32; 5], expected: u64) {
    let before = still();
    assert_eq!(utility(&update, &before, &moved(&before, step)), expected);
}

#[test]
fn the_angle_counts_and_not_the_length() {
    let step = [3.0, 0.0, 4.0, 0.0, 0.0];
    check(step, step, ONE);
    check(step.map(|value| value * 1e-20), step, ONE);
    check(step.map(|value| value * 1e15), step.map(|value| value * 1e-15), ONE);
    check([1.0, 0.0, 0.0, 0.0, 0.0], step, 600_000);
    check([0.0, 0.0, 1.0, 0.0, 0.0], step, 800_000);
    check([1.0, 1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0], 707_107);
}

#[test]
fn what_goes_against_or_across_is_worth_nothing() {
    check([-3.0, 0.0, -4.0, 0.0, 0.0], [3.0, 0.0, 4.0, 0.0, 0.0], 0);
    check([0.0, 1.0, 0.0, 0.0, 0.0], [3.0, 0.0, 4.0, 0.0, 0.0], 0);
}

#[test]
fn vectors_without_a_direction_are_worth_nothing() {
    let step = [1.0; 5];
    check([0.0; 5], step, 0);
    check([1.0; 5], [0.0; 5], 0);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        check([1.0, bad, 1.0, 1.0, 1.0], step, 0);
    }
    let before = still();
    let after = moved(&before, step);
    assert_eq!(utility(&[], &before, &after), 0);
    assert_eq!(utility(&[1.0; 4], &before, &after), 0);
    assert_eq!(utility(&[1.0; 6], &before, &after), 0);
}

/// The largest numbers that a model may hold neither overflow nor give more than one.
#[test]
fn never_more_than_one() {
    for size in [f32::MAX / 4.0, f32::MIN_POSITIVE, 0.1, 1.0 / 3.0] {
        let before = still();
        let after = moved(&before, [size; 5]);
        assert_eq!(utility(&[size; 5], &before, &after), ONE);
    }
}

/// The step counts from where the model stood, not from zero.
#[test]
fn the_step_is_a_difference() {
    let before = moved(&still(), [5.0, -3.0, 0.0, 2.0, 1.0]);
    let after = moved(&before, [0.0, 0.0, 0.5, 0.0, 0.0]);
    assert_eq!(utility(&[0.0, 0.0, 2.0, 0.0, 0.0], &before, &after), ONE);
    assert_eq!(utility(before.parameters(), &before, &after), 0);
}

#[test]
fn the_direction_of_what_was_sent() {
    let update = [0.5f32, -0.25, 0.0, 1e-3, -2.0];
    let before = still();
    let vector = train::encode_mean(&update, 300).unwrap();
    let direction = train::direction(&vector, before.shape()).unwrap();
    assert_eq!(utility(&direction, &before, &moved(&before, update)), ONE);
    for (sent, update) in direction.iter().zip(update) {
        assert!((sent - update * 300.0).abs() < 1e-4, "{sent} {update}");
    }
    assert_eq!(train::direction(&[], before.shape()), None);
}
