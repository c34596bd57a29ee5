//! What the worker knows between the steps of a job: it turns each sum into the step's public output.

mod statistics;
mod training;

use secureflow_plan::{artefact, JobPlan, PlanError, Step};
use secureflow_service::folder::Folder;
use statistics::Statistics;
use training::Training;

/// The public output of one step, and what remains to be remembered of it.
pub struct StepOutput {
    /// What goes on chain.
    pub commitment: [u8; 32],
    /// File name and bytes; written before the commitment is sent.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The hashes that a result repeats; zero for what a job of its kind does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hashes {
    pub model: [u8; 32],
    pub encoding: [u8; 32],
    pub evaluation: [u8; 32],
}

/// A job's computation after some steps.
pub struct Computation {
    plan: JobPlan,
    state: State,
}

enum State {
    Training(Box<Training>),
    Statistics(Statistics),
}

#[derive(Debug, thiserror::Error)]
pub enum ComputationError {
    /// The parties' sum makes no sense, or their rows do not suffice.
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("step {0} came before the step that it builds on")]
    OutOfOrder(Step),
    #[error("cannot read back the artefact {name}: {problem}")]
    Artefact { name: String, problem: String },
    #[error("the checkpoint of the server's momentum is not readable")]
    Checkpoint(#[from] postcard::Error),
}

impl Computation {
    /// The state after the steps before `next`, from their artefacts and the saved momentum.
    pub fn restore(
        plan: JobPlan,
        next: u32,
        folder: &Folder,
        momentum: Option<&[u8]>,
    ) -> Result<Self, ComputationError> {
        let state = match &plan {
            JobPlan::Training(plan) => {
                let training = Training::restore((**plan).clone(), next, folder, momentum)?;
                State::Training(Box::new(training))
            }
            JobPlan::Statistics(plan) => State::Statistics(Statistics::restore(plan.clone(), next, folder)?),
        };
        Ok(Self { plan, state })
    }

    /// The length of a step's vector, or an error where the step cannot come yet.
    pub fn vector_length(&self, step: Step) -> Result<usize, ComputationError> {
        let shape = match &self.state {
            State::Training(training) => training.shape(),
            State::Statistics(_) => None,
        };
        self.plan
            .vector_length(step, shape)
            .ok_or(ComputationError::OutOfOrder(step))
    }

    /// Takes the sum of a step over so many parties.
    pub fn apply(&mut self, step: Step, sum: &[u64], parties: u32) -> Result<StepOutput, ComputationError> {
        match &mut self.state {
            State::Training(training) => training.apply(step, sum),
            State::Statistics(statistics) if step == Step::Release => statistics.apply(sum, parties),
            State::Statistics(_) => Err(ComputationError::OutOfOrder(step)),
        }
    }

    /// The rows that a training step's sum stands for.
    pub fn rows_of(step: Step, sum: &[u64]) -> Option<u64> {
        match step {
            Step::Train(_) => sum.last().copied(),
            _ => None,
        }
    }

    /// The server's momentum, for the checkpoint.
    pub fn momentum(&self) -> Result<Option<Vec<u8>>, ComputationError> {
        match &self.state {
            State::Training(training) => training.momentum(),
            State::Statistics(_) => Ok(None),
        }
    }

    /// The result's hashes, once all steps are done.
    pub fn result(&self) -> Option<Hashes> {
        match &self.state {
            State::Training(training) => training.result(),
            State::Statistics(statistics) => Some(Hashes {
                evaluation: statistics.released()?,
                ..Hashes::default()
            }),
        }
    }
}

fn read(folder: &Folder, name: &str) -> Result<Vec<u8>, ComputationError> {
    folder.read(name).map_err(|error| ComputationError::Artefact {
        name: name.into(),
        problem: error.to_string(),
    })
}

fn read_sum(folder: &Folder, name: &str) -> Result<Vec<u64>, ComputationError> {
    artefact::sum_from_bytes(&read(folder, name)?).ok_or_else(|| ComputationError::Artefact {
        name: name.into(),
        problem: "its length is not a multiple of eight".into(),
    })
}
