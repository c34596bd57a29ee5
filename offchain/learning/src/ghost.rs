//! Sums of clipped per-example gradients, without a gradient per example: "ghost" norms.
//!
//! A layer with weights takes, for example i at position t, the input `a(i,t)` to the output `a(i,t) · W + b`. With `e(i,t)`,
//! the gradient of i's loss by that output, the gradient of i's loss by `W` is `Σ_t a(i,t)ᵀ e(i,t)`. Its squared norm is
//! `Σ_t Σ_s (a(i,t) · a(i,s)) (e(i,t) · e(i,s))`, and the sum of all examples' gradients, each times a factor of its own, is one
//! product of the inputs and the scaled errors. So one backward pass, down to the layers' outputs, gives both.
//!
//! One position: Goodfellow, *Efficient Per-Example Gradient Computations*, 2015. Sequences and embeddings: Li et al., *Large
//! Language Models Can Be Strong Differentially Private Learners*, ICLR 2022, section 4. Convolutions, and when to form the
//! gradient all the same: Bu et al., *Scalable and Efficient Training of Large Convolutional Neural Networks with Differential
//! Privacy*, NeurIPS 2022, section 4.

use crate::error::{LearningError, Result};
use tch::Tensor;

/// What a convolution's window does; the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub stride: i64,
    pub padding: i64,
}

enum Layer {
    Dense,
    /// With so many rows of the table.
    Embedding(i64),
    Convolution {
        window: Window,
        weight: [i64; 4],
    },
}

struct Use {
    layer: Layer,
    input: Tensor,
    output: Tensor,
    bias: bool,
}

/// Records what the layers of a model take in and give out in one pass over a batch. Every parameter may go through one layer
/// once: a norm is of the gradients of all uses as if each had parameters of its own.
#[derive(Default)]
pub struct Tape {
    uses: Vec<Use>,
    /// Whether it leaves everything to PyTorch, for training without privacy.
    plain: bool,
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape")
            .field("uses", &self.uses.len())
            .finish_non_exhaustive()
    }
}

/// A batch's gradients, each unit's clipped, and summed.
pub struct Clipped {
    /// In the order in which the layers were used: of each the weights, then the bias if it has one. Shaped as they are.
    pub sums: Vec<Tensor>,
    /// What each unit's gradient was shortened by, 1 where it was left as it is: `[units]`. It tells of rows.
    pub factors: Tensor,
    squares: Tensor,
}

impl Clipped {
    /// The norm of each unit's gradient before it was clipped: `[units]`. It tells of rows.
    pub fn norms(&self) -> Result<Tensor> {
        Ok(self.squares.f_sqrt()?)
    }
}

impl Tape {
    pub fn new() -> Self {
        Self::default()
    }

    /// One that records nothing: the same model trains without privacy, by PyTorch's own gradients.
    pub fn plain() -> Self {
        Self {
            plain: true,
            ..Self::default()
        }
    }

    /// `input · weight + bias`, over the last dimension. Input `[batch, in]` or `[batch, positions, in]`, weight `[in, out]`,
    /// bias `[out]`.
    pub fn dense(&mut self, input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let output = input.f_matmul(weight)?;
        let output = match bias {
            Some(bias) => output.f_add(bias)?,
            None => output,
        };
        self.record(Layer::Dense, input, output, bias.is_some())
    }

    /// Rows of a table: numbers `[batch, positions]`, table `[rows, out]`; gives `[batch, positions, out]`.
    pub fn embedding(&mut self, numbers: &Tensor, table: &Tensor) -> Result<Tensor> {
        let output = Tensor::f_embedding(table, numbers, -1, false, false)?;
        self.record(Layer::Embedding(table.size()[0]), numbers, output, false)
    }

    /// A convolution of images `[batch, channels, height, width]` with `[out, channels, height, width]`.
    pub fn convolution(
        &mut self,
        images: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        window: Window,
    ) -> Result<Tensor> {
        let (stride, padding) = ([window.stride; 2], [window.padding; 2]);
        let output = images.f_conv2d(weight, bias, stride, padding, [1, 1], 1)?;
        let (a, b, c, d) = weight.size4()?;
        let layer = Layer::Convolution {
            window,
            weight: [a, b, c, d],
        };
        self.record(layer, images, output, bias.is_some())
    }

    fn record(&mut self, layer: Layer, input: &Tensor, output: Tensor, bias: bool) -> Result<Tensor> {
        if self.plain {
            return Ok(output);
        }
        // The first layer's output depends on nothing that PyTorch follows: it is where the backward pass ends.
        let output = match output.requires_grad() {
            true => output,
            false => output.f_set_requires_grad(true)?,
        };
        self.uses.push(Use {
            layer,
            input: input.f_detach()?,
            output: output.shallow_clone(),
            bias,
        });
        Ok(output)
    }

    /// Shortens the gradient of each unit to `bound` and sums them. `losses` has one per row of the batch; a unit is
    /// `rows_per_unit` rows that follow each other: one for privacy of rows, all rows of a user for that of users (where a user
    /// has fewer, the losses of the rows that fill up are multiplied by zero).
    ///
    /// In single precision the norms carry an error of rounding: [`SLACK`] of the bound is kept back for it.
    pub fn clipped(self, losses: &Tensor, bound: f64, rows_per_unit: i64) -> Result<Clipped> {
        let rows = losses.size1()?;
        if rows_per_unit < 1 || rows % rows_per_unit != 0 || self.uses.is_empty() {
            return Err(LearningError::Units { rows, rows_per_unit });
        }
        let units = rows / rows_per_unit;
        let outputs: Vec<&Tensor> = self.uses.iter().map(|used| &used.output).collect();
        let errors = Tensor::f_run_backward(&[losses.f_sum(losses.kind())?], &outputs, false, false)?;
        let _guard = tch::no_grad_guard();
        let mut parts = Vec::with_capacity(self.uses.len());
        let mut squares: Option<Tensor> = None;
        for (used, error) in self.uses.iter().zip(errors) {
            let part = used.part(error, units)?;
            let more = part.squares(used)?;
            squares = Some(match squares {
                Some(squares) => squares.f_add(&more)?,
                None => more,
            });
            parts.push(part);
        }
        let squares = squares.ok_or(LearningError::Units { rows, rows_per_unit })?;
        // min(1, bound / norm); a norm of zero gives infinity and so one.
        let factors = squares
            .f_rsqrt()?
            .f_mul_scalar(bound * (1.0 - SLACK))?
            .f_clamp_max(1.0)?;
        let mut sums = Vec::with_capacity(2 * parts.len());
        for (used, part) in self.uses.iter().zip(parts) {
            part.sums(used, &factors, &mut sums)?;
        }
        Ok(Clipped { sums, factors, squares })
    }
}

/// The share of a bound that is kept back, since the norms of single precision are a little off.
pub const SLACK: f64 = 1e-4;

/// A layer's inputs and errors by unit.
struct Part {
    /// `[units, positions, in]`, or numbers `[units, positions]`; without positions where there is one only.
    inputs: Tensor,
    /// `[units, positions, out]`, or `[units, out]`.
    errors: Tensor,
}

impl Use {
    fn part(&self, error: Tensor, units: i64) -> Result<Part> {
        let last = |tensor: &Tensor| tensor.size().last().copied().unwrap_or(1);
        Ok(match &self.layer {
            Layer::Dense if error.dim() == 2 && error.size()[0] == units => Part {
                inputs: self.input.shallow_clone(),
                errors: error,
            },
            Layer::Dense => Part {
                inputs: self.input.f_reshape([units, -1, last(&self.input)])?,
                errors: error.f_reshape([units, -1, last(&error)])?,
            },
            Layer::Embedding(_) => Part {
                inputs: self.input.f_reshape([units, -1])?,
                errors: error.f_reshape([units, -1, last(&error)])?,
            },
            Layer::Convolution { window, weight } => {
                let [out, channels, height, width] = *weight;
                let (stride, padding) = ([window.stride; 2], [window.padding; 2]);
                // Every place of the window becomes a position: [batch, channels · height · width, places].
                let places = self.input.f_im2col([height, width], [1, 1], padding, stride)?;
                Part {
                    inputs: places
                        .f_transpose(1, 2)?
                        .f_reshape([units, -1, channels * height * width])?,
                    errors: error.f_flatten(2, 3)?.f_transpose(1, 2)?.f_reshape([units, -1, out])?,
                }
            }
        })
    }
}

impl Part {
    /// The squared norm of each unit's gradient by this layer's parameters: `[units]`.
    fn squares(&self, used: &Use) -> Result<Tensor> {
        if self.errors.dim() == 2 {
            let inputs = sum_of_squares(&self.inputs)?;
            // The bias is a weight whose input is 1.
            let inputs = match used.bias {
                true => inputs.f_add_scalar(1.0)?,
                false => inputs,
            };
            return Ok(inputs.f_mul(&sum_of_squares(&self.errors)?)?);
        }
        let (positions, out) = (self.errors.size()[1], self.errors.size()[2]);
        let squares = match &used.layer {
            Layer::Embedding(_) => {
                let same = self.inputs.f_unsqueeze(2)?.f_eq_tensor(&self.inputs.f_unsqueeze(1)?)?;
                sum(&products(&self.errors)?.f_mul(&same.f_to_kind(self.errors.kind())?)?)?
            }
            // Whichever makes the smaller tensors: products of positions, or the gradient itself.
            _ if positions * positions <= self.inputs.size()[2] * out => {
                sum(&products(&self.inputs)?.f_mul(&products(&self.errors)?)?)?
            }
            _ => sum_of_squares(&self.inputs.f_transpose(1, 2)?.f_bmm(&self.errors)?)?,
        };
        if !used.bias {
            return Ok(squares);
        }
        let bias = self.errors.f_sum_dim_intlist([1i64].as_slice(), false, None)?;
        Ok(squares.f_add(&sum_of_squares(&bias)?)?)
    }

    /// Appends the sums over the units, each times its factor.
    fn sums(&self, used: &Use, factors: &Tensor, sums: &mut Vec<Tensor>) -> Result<()> {
        let (errors, inputs) = match self.errors.dim() {
            2 => (
                self.errors.f_mul(&factors.f_unsqueeze(1)?)?,
                self.inputs.shallow_clone(),
            ),
            _ => {
                let out = self.errors.size()[2];
                let errors = self.errors.f_mul(&factors.f_view([-1, 1, 1])?)?.f_reshape([-1, out])?;
                let inputs = match &used.layer {
                    Layer::Embedding(_) => self.inputs.f_reshape([-1])?,
                    _ => self.inputs.f_reshape([errors.size()[0], -1])?,
                };
                (errors, inputs)
            }
        };
        sums.push(match &used.layer {
            Layer::Dense => inputs.f_transpose(0, 1)?.f_mm(&errors)?,
            Layer::Embedding(rows) => Tensor::f_zeros([*rows, errors.size()[1]], (errors.kind(), errors.device()))?
                .f_index_add(0, &inputs, &errors)?,
            Layer::Convolution { weight, .. } => errors.f_transpose(0, 1)?.f_mm(&inputs)?.f_reshape(*weight)?,
        });
        if used.bias {
            sums.push(errors.f_sum_dim_intlist([0i64].as_slice(), false, None)?);
        }
        Ok(())
    }
}

/// Of each unit, over all its numbers: `[units]`.
fn sum(tensor: &Tensor) -> Result<Tensor> {
    let others: Vec<i64> = (1..tensor.dim() as i64).collect();
    Ok(tensor.f_sum_dim_intlist(others.as_slice(), false, None)?)
}

fn sum_of_squares(tensor: &Tensor) -> Result<Tensor> {
    sum(&tensor.f_square()?)
}

/// Of each unit the products of every two positions: `[units, positions, positions]`.
fn products(positions: &Tensor) -> Result<Tensor> {
    Ok(positions.f_bmm(&positions.f_transpose(1, 2)?)?)
}
