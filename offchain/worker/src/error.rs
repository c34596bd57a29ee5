//! What can stop the driver of a job.

use crate::{
    computation::ComputationError,
    desk::DeskError,
    job::{Impossible, LoadError},
    step::CheckpointError,
    store::StoreError,
};
use secureflow_primitives::job::FailReason;

#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The job cannot go on; the chain is told.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// The chain has ended the job, or no longer wants this worker for it.
    #[error("the chain has ended the job: {0}")]
    Ended(String),
    /// The chain holds something that this worker never signed. Nothing more is sent.
    #[error("the chain contradicts this worker's records: {0}")]
    Contradiction(String),
    #[error(transparent)]
    Chain(#[from] secureflow_chain::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error("cannot restore the computation")]
    Restore(#[source] ComputationError),
    #[error("the checkpoint of a step is not readable")]
    Checkpoint(#[from] CheckpointError),
    #[error("cannot write an artefact")]
    Io(#[from] std::io::Error),
}

impl From<LoadError> for DriverError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Chain(error) => Self::Chain(error),
            LoadError::Impossible(impossible) => Self::Impossible(impossible),
        }
    }
}

/// Sums that make no sense are the parties' doing; everything else may pass.
impl From<ComputationError> for DriverError {
    fn from(error: ComputationError) -> Self {
        match error {
            ComputationError::Plan(error) => Impossible::new(FailReason::DataMismatch, None, error.to_string()).into(),
            other => Self::Restore(other),
        }
    }
}
