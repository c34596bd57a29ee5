/// What is wrong with a template, a plan, a sum or a model. Texts say what to do, since people read them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("the template is not valid TOML for a job: {0}")]
    Toml(String),
    #[error("the plan is not valid JSON for a job: {0}")]
    Json(String),
    #[error("{field}: {problem}")]
    Invalid { field: String, problem: String },
    #[error("the plan takes {bytes} bytes and may take at most {limit}: use fewer features or shorter names")]
    TooLarge { bytes: usize, limit: usize },
    #[error("the plan's bytes are not in canonical form")]
    NotCanonical,
    #[error("the vector has {found} elements where the {step} step has {expected}")]
    Length {
        step: &'static str,
        expected: usize,
        found: usize,
    },
    #[error("the sum of the {step} step contradicts itself: {problem}")]
    Inconsistent { step: &'static str, problem: String },
    #[error("the rows do not suffice: {0}")]
    TooFewRows(String),
    #[error("the update holds a value that is not a finite number inside the agreed range")]
    OutOfRange,
    #[error("the model diverged: lower learning_rate, server_momentum or clip_norm")]
    Diverged,
    #[error("not a model of this job: {0}")]
    Model(String),
}

pub type Result<T> = std::result::Result<T, PlanError>;

impl PlanError {
    pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            problem: problem.into(),
        }
    }
}
