//! How well a party's update in a training round went with the joint one: the cosine of the angle between them, which is the
//! cosine gradient Shapley value (Xu, Lyu, Ma, Miao, Foo, Low, "Gradient Driven Rewards to Guarantee Fairness in
//! Collaborative Machine Learning", NeurIPS 2021, section 3). To first order in the step, leave-one-out and Shapley values
//! are inner products with the joint direction as well (Wang et al., "Data Shapley in One Training Run", ICLR 2025).

use crate::Model;

/// One, in the unit of utilities.
pub const ONE: u64 = 1_000_000;

/// `max(0, cos(update, after - before))` in millionths, rounded to the nearest, [`ONE`] at most. Zero where that has no
/// meaning: the lengths differ, a vector is zero or holds what is not a number.
///
/// Sums run in the order of the parameters and in double precision, so that the same vectors give the same figure.
pub fn utility(update: &[f32], before: &Model, after: &Model) -> u64 {
    let (before, after) = (before.parameters(), after.parameters());
    if update.len() != before.len() || update.len() != after.len() {
        return 0;
    }
    let (mut product, mut own, mut joint) = (0f64, 0f64, 0f64);
    for ((update, before), after) in update.iter().zip(before).zip(after) {
        let (update, step) = (f64::from(*update), f64::from(*after) - f64::from(*before));
        product += update * step;
        own += update * update;
        joint += step * step;
    }
    // The product of two roots, not the root of a product, which could leave the range of doubles.
    let cosine = product / (own.sqrt() * joint.sqrt());
    // Zero by zero is not a number, and neither is above zero.
    match cosine > 0.0 {
        true => (cosine.min(1.0) * ONE as f64).round() as u64,
        false => 0,
    }
}
