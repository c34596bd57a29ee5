//! Clipped sums against gradients that are formed one by one.

use secureflow_learning::{
    ghost::{Tape, Window, SLACK},
    LearningError,
};
use tch::{Kind, Tensor};

const WINDOW: Window = Window { stride: 2, padding: 1 };

type Forward = fn(&mut Tape, &[Tensor], &Tensor) -> secureflow_learning::Result<Tensor>;

/// Normal numbers in double precision: what is compared is the formula, not rounding.
fn normal(size: &[i64], seed: i64) -> Tensor {
    tch::manual_seed(seed);
    Tensor::randn(size, (Kind::Double, tch::Device::Cpu))
}

fn numbers(size: &[i64], below: i64, seed: i64) -> Tensor {
    tch::manual_seed(seed);
    Tensor::randint(below, size, (Kind::Int64, tch::Device::Cpu))
}

/// A loss per row, of whatever is left of it.
fn loss(output: &Tensor) -> Tensor {
    let rows = output.size()[0];
    output
        .view([rows, -1])
        .square()
        .sum_dim_intlist([1i64].as_slice(), false, None)
        .log1p()
}

fn perceptron(tape: &mut Tape, of: &[Tensor], inputs: &Tensor) -> secureflow_learning::Result<Tensor> {
    let hidden = tape.dense(inputs, &of[0], Some(&of[1]))?.tanh();
    Ok(loss(&tape.dense(&hidden, &of[2], None)?))
}

fn sequence(tape: &mut Tape, of: &[Tensor], words: &Tensor) -> secureflow_learning::Result<Tensor> {
    let embedded = tape.embedding(words, &of[0])?;
    let hidden = tape.dense(&embedded, &of[1], Some(&of[2]))?.tanh();
    Ok(loss(&tape.dense(&hidden, &of[3], Some(&of[4]))?))
}

fn images(tape: &mut Tape, of: &[Tensor], images: &Tensor) -> secureflow_learning::Result<Tensor> {
    let first = tape.convolution(images, &of[0], Some(&of[1]), WINDOW)?.tanh();
    let second = tape
        .convolution(&first, &of[2], None, Window { stride: 1, padding: 0 })?
        .tanh();
    Ok(loss(&tape.dense(&second.flatten(1, -1), &of[3], Some(&of[4]))?))
}

/// The same by PyTorch alone: a gradient per unit, clipped, summed. The norms too.
fn one_by_one(
    forward: Forward,
    of: &[Tensor],
    inputs: &Tensor,
    bound: f64,
    rows_per_unit: i64,
) -> (Vec<Tensor>, Vec<f64>) {
    let of: Vec<Tensor> = of.iter().map(|of| of.detach().copy().set_requires_grad(true)).collect();
    let mut sums: Vec<Tensor> = of.iter().map(|of| of.zeros_like()).collect();
    let mut norms = Vec::new();
    for unit in 0..inputs.size()[0] / rows_per_unit {
        let rows = inputs.narrow(0, unit * rows_per_unit, rows_per_unit);
        let losses = forward(&mut Tape::plain(), &of, &rows).unwrap();
        let gradients = Tensor::run_backward(&[losses.sum(losses.kind())], &of, false, false);
        let square: f64 = gradients
            .iter()
            .map(|g| g.square().sum(Kind::Double).double_value(&[]))
            .sum();
        let factor = (bound * (1.0 - SLACK) / square.sqrt()).min(1.0);
        for (sum, gradient) in sums.iter_mut().zip(gradients) {
            *sum = &*sum + gradient * factor;
        }
        norms.push(square.sqrt());
    }
    (sums, norms)
}

fn close(left: &Tensor, right: &Tensor) -> bool {
    left.size() == right.size() && left.allclose(right, 1e-9, 1e-12, false)
}

fn check(forward: Forward, of: &[Tensor], inputs: &Tensor, rows_per_unit: i64) {
    // The median norm: half of the units are clipped.
    let (_, mut norms) = one_by_one(forward, of, inputs, 1.0, rows_per_unit);
    norms.sort_by(f64::total_cmp);
    let bound = norms[norms.len() / 2];
    let (expected, norms) = one_by_one(forward, of, inputs, bound, rows_per_unit);
    let mut tape = Tape::new();
    let losses = forward(&mut tape, of, inputs).unwrap();
    let clipped = tape.clipped(&losses, bound, rows_per_unit).unwrap();
    assert!(close(&clipped.norms().unwrap(), &Tensor::from_slice(&norms)));
    assert_eq!(clipped.sums.len(), expected.len());
    for (sum, expected) in clipped.sums.iter().zip(&expected) {
        assert!(close(sum, expected), "{sum:?} is not {expected:?}");
    }
}

fn perceptron_parameters() -> [Tensor; 3] {
    [normal(&[5, 7], 1), normal(&[7], 2), normal(&[7, 1], 3)]
}

/// Words become vectors of `wide`, and those go through a layer of `hidden`.
fn sequence_parameters(wide: i64, hidden: i64) -> [Tensor; 5] {
    [
        normal(&[6, wide], 1),
        normal(&[wide, hidden], 2),
        normal(&[hidden], 3),
        normal(&[hidden, 4], 4),
        normal(&[4], 5),
    ]
}

fn image_parameters() -> [Tensor; 5] {
    [
        normal(&[4, 3, 3, 3], 1),
        normal(&[4], 2),
        normal(&[2, 4, 2, 2], 3),
        normal(&[8, 3], 4),
        normal(&[3], 5),
    ]
}

#[test]
fn dense_layers() {
    check(perceptron, &perceptron_parameters(), &normal(&[12, 5], 4), 1);
}

#[test]
fn sequences_and_embeddings() {
    // Few positions: products of positions. Words come twice in a row, and in several rows.
    check(sequence, &sequence_parameters(8, 9), &numbers(&[10, 5], 6, 6), 1);
    // Many positions: the gradients themselves.
    check(sequence, &sequence_parameters(2, 3), &numbers(&[7, 40], 6, 6), 1);
}

#[test]
fn convolutions() {
    check(images, &image_parameters(), &normal(&[9, 3, 6, 6], 6), 1);
}

#[test]
fn users_of_several_rows() {
    check(perceptron, &perceptron_parameters(), &normal(&[12, 5], 4), 3);
    check(sequence, &sequence_parameters(8, 9), &numbers(&[8, 5], 6, 6), 2);
    check(images, &image_parameters(), &normal(&[8, 3, 6, 6], 6), 4);
}

#[test]
fn no_unit_is_longer_than_the_bound() {
    for seed in 0..50 {
        let of = [normal(&[5, 7], seed), normal(&[7], seed + 1), normal(&[7, 1], seed + 2)];
        let of = of.map(|of| (of * 100.0).to_kind(Kind::Float));
        let row = normal(&[1, 5], seed + 3).to_kind(Kind::Float);
        let mut tape = Tape::new();
        let losses = perceptron(&mut tape, &of, &row).unwrap();
        let clipped = tape.clipped(&losses, 1e-3, 1).unwrap();
        let square: f64 = clipped
            .sums
            .iter()
            .map(|sum| sum.to_kind(Kind::Double).square().sum(Kind::Double).double_value(&[]))
            .sum();
        assert!(square.sqrt() <= 1e-3, "{}", square.sqrt());
    }
}

#[test]
fn losses_have_to_fit_the_units() {
    let of = perceptron_parameters();
    for (rows, rows_per_unit) in [(4, 3), (4, 0), (4, -1)] {
        let mut tape = Tape::new();
        let losses = perceptron(&mut tape, &of, &normal(&[rows, 5], 4)).unwrap();
        let refused = tape.clipped(&losses, 1.0, rows_per_unit);
        assert!(matches!(refused, Err(LearningError::Units { .. })));
    }
}
