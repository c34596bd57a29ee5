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
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("PyTorch failed")]
    Torch(#[from] tch::TchError),
}

pub type Result<T> = std::result::Result<T, LearningError>;
