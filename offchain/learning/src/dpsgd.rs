//! Differentially private stochastic gradient descent on one party's rows (Abadi et al., *Deep Learning with Differential
//! Privacy*, CCS 2016): a Poisson sample of the units per step, clipped gradients in parts that fit into memory, noise once.
//!
//! The noise is a discrete Gaussian on the grid to which the sum is rounded, drawn from a cryptographic generator: noise in
//! floating point has gaps that tell of the sum (Mironov, CCS 2012).

use crate::{
    error::{LearningError, Result},
    ghost::Tape,
};
use rand::{CryptoRng, RngCore};
use secureflow_privacy::{DiscreteGaussian, Generator, Mechanism, Releases};
use std::{sync::mpsc, thread};
use tch::Tensor;
use zeroize::Zeroizing;

/// Steps of the grid in a clipping bound: what rounding adds to a sum's sensitivity stays below a thousandth of it for models of
/// up to 2^28 parameters.
const GRID: f64 = (1u64 << 24) as f64;

/// How one trains with differential privacy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrivateSgd {
    /// With what probability a unit is in a step.
    pub sampling: f64,
    /// Noise on the sum, as a multiple of the bound.
    pub noise_multiplier: f64,
    /// To what length a unit's gradient is shortened.
    pub bound: f64,
    pub learning_rate: f64,
    /// Rows that are in memory at once; a larger sample goes in parts.
    pub rows_at_once: usize,
    /// Rows of a unit that is protected: one, or as many as a user may have.
    pub rows_per_unit: usize,
}

/// What a step did. It says how many units were sampled, which is not private: it is for tests and for the bound of memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub units: usize,
    /// Of these, how many were not shortened: for [`secureflow_privacy::AdaptiveClip`], which takes it with noise only.
    pub within_bound: usize,
}

/// The numbers of the units in a step, each with the same probability and whatever the others do.
///
/// # Errors
/// `Sampling` where the probability is not above 0 and at most 1.
pub fn poisson_sample(units: usize, sampling: f64, rng: &mut (impl CryptoRng + RngCore)) -> Result<Vec<i64>> {
    if !(sampling > 0.0 && sampling <= 1.0) {
        return Err(LearningError::Sampling(sampling));
    }
    if sampling == 1.0 {
        return Ok((0..units as i64).collect());
    }
    // Rounded down: nobody is sampled more often than is accounted for.
    let below = (sampling * 2f64.powi(64)) as u64;
    // The first byte of a unit's 64 random bits decides for all but one in 256; the others' bits are drawn then.
    let (first, rest) = ((below >> 56) as u8, below << 8 >> 8);
    let (mut sample, mut bytes) = (Vec::new(), [0u8; 1024]);
    for start in (0..units).step_by(bytes.len()) {
        let bytes = &mut bytes[..(units - start).min(1024)];
        rng.fill_bytes(bytes);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte < first || *byte == first && rng.next_u64() >> 8 < rest {
                sample.push((start + at) as i64);
            }
        }
    }
    Ok(sample)
}

impl PrivateSgd {
    /// What so many steps cost: noise on Poisson samples, for neighbours that differ in one unit.
    pub fn releases(&self, steps: u32) -> Releases {
        Releases {
            mechanism: Mechanism::Gaussian {
                noise_multiplier: self.noise_multiplier,
                sampling: self.sampling,
            },
            steps,
        }
    }

    /// Begins a training of these parameters, which are in the order in which losses use them on the tape: of each layer the
    /// weights, then the bias.
    ///
    /// # Errors
    /// Those of the noise, where its multiplier is out of range.
    pub fn begin(self, parameters: Vec<Tensor>, rng: &mut (impl CryptoRng + RngCore)) -> Result<Training> {
        let counts: Vec<usize> = parameters.iter().map(Tensor::numel).collect();
        // One unit changes the sum by the bound, and what rounding does to each number by a step at most.
        let count: usize = counts.iter().sum();
        let deviation = self.noise_multiplier * (GRID + (count as f64).sqrt());
        let distribution = match self.noise_multiplier > 0.0 {
            true => Some(DiscreteGaussian::new((deviation * deviation).ceil() as u128)?),
            false => None,
        };
        let noise = Noise {
            distribution,
            rng: Generator::from_rng(rng),
            counts,
        };
        Ok(Training {
            settings: self,
            parameters,
            noise: Ahead::new(noise),
        })
    }
}

/// A training under way.
pub struct Training {
    settings: PrivateSgd,
    parameters: Vec<Tensor>,
    noise: Ahead,
}

impl Training {
    pub fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    /// One step. `losses` gets the numbers of some units and gives a loss per row, [`PrivateSgd::rows_per_unit`] for each unit.
    ///
    /// # Errors
    /// `Sampling`, `Units` where the losses do not fit the units, and `Diverged` where a gradient is not finite: the parameters
    /// are then what they were.
    pub fn step(
        &mut self,
        units: usize,
        rng: &mut (impl CryptoRng + RngCore),
        losses: impl FnMut(&mut Tape, &[Tensor], &[i64]) -> Result<Tensor>,
    ) -> Result<Step> {
        let sample = poisson_sample(units, self.settings.sampling, rng)?;
        let (sums, within_bound) = self.sum(&sample, losses)?;
        let noise = self.noise.next();
        let changes = self.changes(sums, &noise, self.settings.sampling * units as f64)?;
        let _guard = tch::no_grad_guard();
        for (parameter, change) in self.parameters.iter_mut().zip(changes) {
            let _ = parameter.f_sub_(&change)?;
        }
        Ok(Step {
            units: sample.len(),
            within_bound,
        })
    }

    /// The sums of the sample's clipped gradients (nothing for an empty one), and how many were not shortened.
    fn sum(
        &self,
        sample: &[i64],
        mut losses: impl FnMut(&mut Tape, &[Tensor], &[i64]) -> Result<Tensor>,
    ) -> Result<(Option<Vec<Tensor>>, usize)> {
        let settings = &self.settings;
        let (mut sums, mut within_bound) = (None, 0);
        for part in sample.chunks((settings.rows_at_once / settings.rows_per_unit).max(1)) {
            let mut tape = Tape::new();
            let losses = losses(&mut tape, &self.parameters, part)?;
            let (rows, rows_per_unit) = (losses.size1()?, settings.rows_per_unit as i64);
            if rows != part.len() as i64 * rows_per_unit {
                return Err(LearningError::Units { rows, rows_per_unit });
            }
            let clipped = tape.clipped(&losses, settings.bound, rows_per_unit)?;
            let factors = Vec::<f32>::try_from(&clipped.factors)?;
            within_bound += factors.iter().filter(|factor| **factor == 1.0).count();
            sums = Some(match sums {
                None => clipped.sums,
                Some(sums) => add(sums, &clipped.sums)?,
            });
        }
        Ok((sums, within_bound))
    }

    /// What each parameter goes down by: the sum on its grid with noise, times the rate, over the units that are expected in a
    /// sample. What is done after the noise costs no more privacy.
    fn changes(&self, sums: Option<Vec<Tensor>>, noise: &[Zeroizing<Vec<i64>>], expected: f64) -> Result<Vec<Tensor>> {
        let (per_bound, scale) = (
            GRID / self.settings.bound,
            self.settings.bound / GRID * self.settings.learning_rate / expected,
        );
        let change = |(at, parameter): (usize, &Tensor)| {
            // An empty sample has noise all the same.
            let sum = match &sums {
                Some(sums) => Vec::<f32>::try_from(sums[at].f_reshape([-1])?)?,
                None => vec![0.0; noise[at].len()],
            };
            if !sum.iter().all(|value| value.is_finite()) {
                return Err(LearningError::Diverged);
            }
            let sum = sum.iter().zip(noise[at].iter());
            let change: Vec<f32> = sum
                .map(|(sum, noise)| ((on_grid(f64::from(*sum) * per_bound) + *noise as f64) * scale) as f32)
                .collect();
            Ok(Tensor::f_from_slice(&change)?.f_view(parameter.size().as_slice())?)
        };
        self.parameters.iter().enumerate().map(change).collect()
    }
}

/// The nearest whole number, for what is below 2^51: a double has no room for more digits beside this one. Faster than a call of
/// the mathematics library for every parameter.
fn on_grid(value: f64) -> f64 {
    const ROOM: f64 = 1.5 * (1u64 << 52) as f64;
    (value + ROOM) - ROOM
}

/// The noise of steps, by parameter. It needs nothing of the rows.
struct Noise {
    distribution: Option<DiscreteGaussian>,
    rng: Generator,
    counts: Vec<usize>,
}

impl Noise {
    fn draw(&mut self) -> Vec<Zeroizing<Vec<i64>>> {
        let drawn = self.counts.iter().map(|count| {
            let mut values = Zeroizing::new(vec![0; *count]);
            if let Some(distribution) = &self.distribution {
                distribution.fill(&mut values, &mut self.rng);
            }
            values
        });
        drawn.collect()
    }
}

/// Values of noise that are worth a thread of their own.
const WORTH: usize = 1_000;

/// Noise that a thread draws while the step before it computes: one step ahead, so that there is never more of it than for two.
enum Ahead {
    Here(Box<Noise>),
    There(mpsc::Receiver<Vec<Zeroizing<Vec<i64>>>>),
}

impl Ahead {
    fn new(mut noise: Noise) -> Self {
        if noise.distribution.is_none() || noise.counts.iter().sum::<usize>() < WORTH {
            return Self::Here(Box::new(noise));
        }
        let (sender, receiver) = mpsc::sync_channel(0);
        // It ends where nobody takes what it has drawn any more.
        thread::spawn(move || while sender.send(noise.draw()).is_ok() {});
        Self::There(receiver)
    }

    fn next(&mut self) -> Vec<Zeroizing<Vec<i64>>> {
        match self {
            Self::Here(noise) => noise.draw(),
            Self::There(receiver) => receiver.recv().expect("drawing noise does not panic"),
        }
    }
}

fn add(sums: Vec<Tensor>, parts: &[Tensor]) -> Result<Vec<Tensor>> {
    let added = sums.into_iter().zip(parts).map(|(mut sum, part)| sum.f_add_(part));
    Ok(added.collect::<std::result::Result<_, _>>()?)
}
