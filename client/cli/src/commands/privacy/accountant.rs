//! What noise costs, and how much of it is needed: the accountants of `secureflow-privacy`, offline.

use crate::{
    error::{Failure, Result},
    out::{fields, Answer},
};
use clap::{Args, ValueEnum};
use secureflow_privacy::{epsilon_bounds, Accountant, Bounds, Error, Mechanism, Releases, Target};
use serde_json::json;

pub const EPSILON: &str = "\
Examples:
  secureflow privacy epsilon --sampling 256/60000 --noise 1.1 --steps 10000 --delta 1e-5
  secureflow privacy epsilon --noise 8 --steps 20 --delta 1e-5 --json

Each step adds up what the rows of a sample contribute, clipped, and Gaussian noise. Rényi
divergences (rdp) give an upper bound, at the orders of Google's dp-accounting; privacy loss
distributions (pld) give a lower and an upper bound, which differ by what numbers and a finite grid
leave open. Both are proven; the smaller upper bound counts.

Jobs train on all rows in every round, and a dataset's ledger counts Rényi divergences at its own
orders: what it will say is told by `secureflow privacy explain DATASET`.";

pub const CALIBRATE: &str = "\
Examples:
  secureflow privacy calibrate --epsilon 2 --delta 1e-5 --steps 10000 --sampling 256/60000
  secureflow privacy calibrate --epsilon 1 --delta 1e-6 --steps 20 --accountant pld --json

Privacy loss distributions (pld) find less noise than Rényi divergences (rdp), and take about a second.";

/// The steps that both commands are about.
#[derive(Debug, Args)]
pub struct Steps {
    /// How many times a noised sum is released
    #[arg(long, value_name = "N")]
    steps: u32,
    /// The probability with which a row is in a step's sample: batch over rows, as a number or as a quotient
    #[arg(long, value_name = "Q", default_value = "1", value_parser = rate, allow_hyphen_values = true)]
    sampling: f64,
    /// What may go wrong with ε: less than one over the number of rows
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    delta: f64,
}

#[derive(Debug, Args)]
pub struct Epsilon {
    #[command(flatten)]
    steps: Steps,
    /// The noise multiplier: standard deviation of the noise over the clipping norm
    #[arg(long, value_name = "SIGMA", allow_negative_numbers = true)]
    noise: f64,
}

#[derive(Debug, Args)]
pub struct Calibrate {
    #[command(flatten)]
    steps: Steps,
    /// What all steps together may cost
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    epsilon: f64,
    /// By which accountant
    #[arg(long, value_enum, default_value = "rdp")]
    accountant: Choice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Rényi divergences
    Rdp,
    /// Privacy loss distributions
    Pld,
}

/// A number, or a quotient of two.
fn rate(text: &str) -> std::result::Result<f64, String> {
    let number = |text: &str| {
        let text = text.trim();
        text.parse::<f64>().map_err(|_| format!("{text:?} is no number"))
    };
    match text.split_once('/') {
        None => number(text),
        Some((part, whole)) => Ok(number(part)? / number(whole)?),
    }
}

pub fn epsilon(wanted: &Epsilon) -> Result<Answer> {
    let spent = Spent::new(&wanted.steps, wanted.noise)?;
    let Steps { steps, sampling, delta } = &wanted.steps;
    let json = json!({
        "rdp": spent.renyi, "rdp_order": spent.order, "pld": { "lower": spent.bounds.lower, "upper": spent.bounds.upper },
        "noise": wanted.noise, "steps": steps, "sampling": sampling, "delta": delta,
    });
    Ok(Answer::new(json, spent.text(&wanted.steps, wanted.noise)))
}

pub fn calibrate(wanted: &Calibrate) -> Result<Answer> {
    let Steps { steps, sampling, delta } = wanted.steps;
    let target = Target {
        epsilon: wanted.epsilon,
        delta,
        steps,
        sampling,
    };
    let (accountant, name) = match wanted.accountant {
        Choice::Rdp => (Accountant::Renyi, "rdp"),
        Choice::Pld => (Accountant::LossDistribution, "pld"),
    };
    let noise = secureflow_privacy::calibrate(&target, accountant).map_err(refused)?;
    let spent = Spent::new(&wanted.steps, noise)?;
    let json = json!({
        "noise_multiplier": noise, "accountant": name,
        "rdp": spent.renyi, "pld": { "lower": spent.bounds.lower, "upper": spent.bounds.upper },
        "epsilon": wanted.epsilon, "steps": steps, "sampling": sampling, "delta": delta,
    });
    let text = format!("noise multiplier {noise}\n\n{}", spent.text(&wanted.steps, noise));
    Ok(Answer::new(json, text))
}

/// ε by both accountants.
struct Spent {
    renyi: f64,
    order: f64,
    bounds: Bounds,
}

impl Spent {
    fn new(wanted: &Steps, noise_multiplier: f64) -> Result<Self> {
        if wanted.steps == 0 {
            return Err(refused(Error::NoRounds));
        }
        let mechanism = Mechanism::Gaussian {
            noise_multiplier,
            sampling: wanted.sampling,
        };
        let steps = wanted.steps;
        let bounds = epsilon_bounds(&[Releases { mechanism, steps }], wanted.delta).map_err(refused)?;
        let (renyi, order) = mechanism.curve().times(steps).best(wanted.delta);
        if !(renyi.is_finite() && bounds.upper.is_finite()) {
            return Err(
                Failure::new("no_bound", "with so little noise ε is too large for a number")
                    .hint("Give --noise in clipping norms: 0.5 to 10 is usual."),
            );
        }
        Ok(Self { renyi, order, bounds })
    }

    fn text(&self, steps: &Steps, noise: f64) -> String {
        let Bounds { lower, upper } = self.bounds;
        let upper = upper.min(self.renyi);
        let table = fields(&[
            (
                "ε by Rényi divergences",
                format!("at most {:.6}, at order {}", self.renyi, self.order),
            ),
            ("ε by loss distributions", format!("{lower:.6} to {upper:.6}")),
        ]);
        let sample = match steps.sampling {
            1.0 => "all rows".to_string(),
            rate => format!("samples that hold each row with probability {rate:.6}"),
        };
        // Beyond that a number says no more than its exponent.
        let factor = match upper {
            ..=12.0 => format!("e^{upper:.4} = {:.4}", upper.exp()),
            _ => format!("e^{upper:.4}"),
        };
        format!(
            "{table}\n\
             {} steps on {sample}, with noise of {noise} clipping norms.\n\
             With or without any one row, no outcome is more than {factor} times as likely, but for\n\
             outcomes of probability {:e} together. That holds against whoever sees all steps and knows all other rows.\n",
            steps.steps, steps.delta,
        )
    }
}

fn refused(error: Error) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        Error::Epsilon(_) => failure.hint("Give --epsilon a positive number: 1 protects well, 10 hardly."),
        Error::Delta(_) => failure.hint("Give --delta a number well below one over the number of rows, such as 1e-6."),
        Error::SmallDelta(_) => failure.hint("Give --delta at least 1e-200."),
        Error::Sampling(_) => {
            failure.hint("Give --sampling as batch over rows, 256/60000; leave it out where every step uses all rows.")
        }
        Error::Noise(_) => failure.hint("Give --noise in clipping norms: 0.5 to 10 is usual."),
        Error::NoRounds => failure.hint("Give --steps the number of noised sums, 1 or more."),
        Error::Unreachable => failure.hint("Raise --epsilon or --delta, or take fewer steps."),
        _ => failure,
    }
}
