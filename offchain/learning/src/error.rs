use secureflow_plan::PlanError;

#[derive(Debug, thiserror::Error)]
pub enum LearningError {
    #[error("there are no rows to learn from")]
    NoRows,
    #[error("the rows have {found} inputs where the model has {expected}")]
    Width { expected: usize, found: usize },
    #[error("local training diverged: lower learning_rate")]
    Diverged,
    #[error("the plan asks for privacy: its rounds are made of clipped gradients")]
    NeedsPrivacy,
    #[error("the plan has no privacy section")]
    NoPrivacy,
    #[error("{rows} losses are not those of units of {rows_per_unit} rows each: give one for every row")]
    Units { rows: i64, rows_per_unit: i64 },
    #[error("a unit cannot be sampled with probability {0}: give one above 0 and at most 1")]
    Sampling(f64),
    #[error("the noise cannot be drawn")]
    Noise(#[from] secureflow_privacy::Error),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("PyTorch failed")]
    Torch(#[from] tch::TchError),
}

pub type Result<T> = std::result::Result<T, LearningError>;
