use crate::{evaluate, moments, survey, train, JobPlan, Shape};
use serde::{Deserialize, Serialize};

/// One aggregation step of a job: one secure sum, one commitment on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Step {
    /// Counts per category bucket and per binary exponent.
    Survey,
    /// Sums and sums of squares of the numeric columns.
    Moments,
    /// A training round, counted from zero.
    Train(u32),
    /// The histogram of the final model's predictions on held-out rows.
    Evaluate,
    /// The noised statistics: the only step of such a job.
    Release,
}

/// The aggregation steps of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    Training { rounds: u32 },
    Statistics,
}

impl Steps {
    /// How many there are.
    pub const fn total(self) -> u32 {
        match self {
            Self::Training { rounds } => steps_total(rounds),
            Self::Statistics => 1,
        }
    }

    /// The step at `index`, or `None` past the last one.
    pub fn at(self, index: u32) -> Option<Step> {
        match self {
            Self::Training { rounds } => Step::from_index(index, rounds),
            Self::Statistics => (index == 0).then_some(Step::Release),
        }
    }

    /// How many of them train.
    pub const fn training_rounds(self) -> u32 {
        match self {
            Self::Training { rounds } => rounds,
            Self::Statistics => 0,
        }
    }
}

/// The number of aggregation steps of a job with this many training rounds.
pub const fn steps_total(rounds: u32) -> u32 {
    rounds.saturating_add(3)
}

impl Step {
    /// The step of a training at `index`, or `None` past the last one.
    pub fn from_index(index: u32, rounds: u32) -> Option<Self> {
        match index {
            0 => Some(Self::Survey),
            1 => Some(Self::Moments),
            _ if index - 2 < rounds => Some(Self::Train(index - 2)),
            _ if index - 2 == rounds => Some(Self::Evaluate),
            _ => None,
        }
    }

    pub fn index(self, rounds: u32) -> u32 {
        match self {
            Self::Survey | Self::Release => 0,
            Self::Moments => 1,
            Self::Train(round) => round.saturating_add(2),
            Self::Evaluate => rounds.saturating_add(2),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Survey => "survey",
            Self::Moments => "moments",
            Self::Train(_) => "train",
            Self::Evaluate => "evaluate",
            Self::Release => "release",
        }
    }

    /// The number of ring elements that this step sums. `shape` is needed for training steps only and is known from
    /// the second step on; without it they give `None`.
    pub fn vector_length(self, plan: &JobPlan, shape: Option<&Shape>) -> Option<usize> {
        match (self, plan) {
            (Self::Survey, JobPlan::Training(plan)) => Some(survey::Layout::new(plan).length()),
            (Self::Moments, JobPlan::Training(plan)) => Some(moments::Layout::new(plan).length()),
            (Self::Train(_), JobPlan::Training(plan)) => shape.map(|shape| train::length(plan, shape)),
            (Self::Evaluate, JobPlan::Training(_)) => Some(evaluate::LENGTH),
            (Self::Release, JobPlan::Statistics(plan)) => plan.length().ok(),
            _ => None,
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Train(round) => write!(f, "train round {}", round + 1),
            other => f.write_str(other.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_and_steps_correspond() {
        for rounds in [1, 2, 20, 1000] {
            for index in 0..steps_total(rounds) {
                assert_eq!(Step::from_index(index, rounds).unwrap().index(rounds), index);
            }
            assert_eq!(Step::from_index(steps_total(rounds), rounds), None);
            assert_eq!(Step::from_index(u32::MAX, rounds), None);
        }
        assert_eq!(Step::from_index(2, 3), Some(Step::Train(0)));
        assert_eq!(Step::from_index(5, 3), Some(Step::Evaluate));
        let statistics = Steps::Statistics;
        assert_eq!(
            (statistics.total(), statistics.at(0), statistics.at(1)),
            (1, Some(Step::Release), None)
        );
    }
}
