//! This party's vector for a step. Blocking: runs on a thread of its own.

use secureflow_data::{DataError, Examples, Rows, Table, Values};
use secureflow_learning::LearningError;
use secureflow_plan::{train, Encoding, JobPlan, Model, Plan, PlanError, StatisticsPlan};
use std::{
    fmt,
    path::Path,
    sync::{Arc, OnceLock},
    time::Instant,
};
use zeroize::Zeroizing;

#[derive(Debug, thiserror::Error)]
pub enum ComputeError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Learning(#[from] LearningError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("the step is not one of this kind of job")]
    OtherJob,
    #[error("the computation was interrupted")]
    Interrupted,
}

/// What a step is computed from, beside the rows.
#[derive(Clone)]
pub enum Task {
    Survey,
    Moments {
        survey: Arc<Vec<u64>>,
    },
    Train {
        round: u32,
        encoding: Arc<Encoding>,
        model: Arc<Model>,
    },
    Evaluate {
        encoding: Arc<Encoding>,
        model: Arc<Model>,
    },
    Release,
}

/// A party's unmasked vector: it goes into the aggregation machine and nowhere else.
#[derive(Clone)]
pub struct Computed {
    pub vector: Zeroizing<Vec<u64>>,
    pub rows: u64,
    pub compute_ms: u64,
    /// Which way a training step's vector points, for the utility that the next step reports; none where rows are hidden by
    /// noise, since it tells of them.
    pub direction: Option<Zeroizing<Vec<f32>>>,
}

impl fmt::Debug for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Computed")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// A job's rows, read once.
pub enum Data {
    Training(Box<TrainingData>),
    Statistics { plan: StatisticsPlan, values: Values },
}

impl Data {
    /// Reads what a plan asks for.
    pub fn load(path: &Path, plan: JobPlan) -> Result<Self, DataError> {
        Ok(match plan {
            JobPlan::Training(plan) => {
                let table = Table::load(path, &plan)?;
                Self::Training(Box::new(TrainingData {
                    plan: *plan,
                    table,
                    training: OnceLock::new(),
                }))
            }
            JobPlan::Statistics(plan) => {
                let values = Values::load(path, &plan)?;
                Self::Statistics { plan, values }
            }
        })
    }

    /// Commits to the file's content.
    pub fn content_root(&self) -> [u8; 32] {
        match self {
            Self::Training(data) => data.table.content_root(),
            Self::Statistics { values, .. } => values.content_root(),
        }
    }

    /// Computes the vector of a step. What is released with differential privacy comes with this party's share of the noise,
    /// where the parties add it.
    pub fn compute(&self, task: &Task) -> Result<Computed, ComputeError> {
        match (self, task) {
            (_, Task::Release) => self.release(),
            (Self::Training(data), task) => data.compute(task),
            (Self::Statistics { .. }, _) => Err(ComputeError::OtherJob),
        }
    }

    /// The number of rows is not told: statistics are what hides it.
    fn release(&self) -> Result<Computed, ComputeError> {
        let Self::Statistics { plan, values } = self else {
            return Err(ComputeError::OtherJob);
        };
        let began = Instant::now();
        let mut generator = secureflow_privacy::Generator::from_rng(&mut rand::rngs::OsRng);
        let vector = values.vector(plan, &mut generator)?;
        Ok(Computed {
            vector,
            rows: 0,
            compute_ms: began.elapsed().as_millis() as u64,
            direction: None,
        })
    }
}

/// The rows of a training, encoded once.
pub struct TrainingData {
    plan: Plan,
    table: Table,
    training: OnceLock<Examples>,
}

impl TrainingData {
    /// The encoding of a job never changes, so neither do its rows.
    fn training(&self, encoding: &Encoding) -> Result<&Examples, DataError> {
        if let Some(examples) = self.training.get() {
            return Ok(examples);
        }
        let examples = self.table.encode(encoding, Rows::Training)?;
        Ok(self.training.get_or_init(|| examples))
    }

    fn compute(&self, task: &Task) -> Result<Computed, ComputeError> {
        let began = Instant::now();
        let plan = &self.plan;
        let training_rows = || self.table.rows(Rows::Training) as u64;
        let mut direction = None;
        let (vector, rows) = match task {
            Task::Survey => (Zeroizing::new(self.table.survey(plan)?), training_rows()),
            Task::Moments { survey } => (Zeroizing::new(self.table.moments(plan, survey)?), training_rows()),
            Task::Train { round, encoding, model } => {
                let examples = self.training(encoding)?;
                let mut rng = secureflow_privacy::Generator::from_rng(&mut rand::rngs::OsRng);
                let contribution = secureflow_learning::contribute(plan, model, examples, *round, &mut rng)?;
                let mut vector = Zeroizing::new(contribution.vector);
                if plan.privacy.is_none() {
                    direction = train::direction(&vector, model.shape()).map(Zeroizing::new);
                }
                // Where contributions are proven to be bounded, the two workers add the noise.
                if plan.bounded.is_none() {
                    train::add_noise(plan, model, &mut vector, &mut rng)?;
                }
                (vector, contribution.rows)
            }
            Task::Evaluate { encoding, model } => {
                let examples = self.table.encode(encoding, Rows::HeldOut)?;
                let rows = examples.rows() as u64;
                (Zeroizing::new(secureflow_learning::histogram(model, &examples)?), rows)
            }
            Task::Release => return Err(ComputeError::OtherJob),
        };
        Ok(Computed {
            vector,
            rows,
            compute_ms: began.elapsed().as_millis() as u64,
            direction,
        })
    }
}
