//! Statistics: one release.

use super::{read_sum, ComputationError, StepOutput};
use secureflow_plan::{artefact, commitment, StatisticsPlan};
use secureflow_service::folder::Folder;

/// Before the release, and after it.
pub struct Statistics {
    plan: StatisticsPlan,
    /// The sum's hash.
    released: Option<[u8; 32]>,
}

impl Statistics {
    pub fn new(plan: StatisticsPlan) -> Self {
        Self { plan, released: None }
    }

    /// The state after the steps before `next`.
    pub fn restore(plan: StatisticsPlan, next: u32, folder: &Folder) -> Result<Self, ComputationError> {
        let mut restored = Self::new(plan);
        if next > 0 {
            restored.released = Some(commitment::of_sum(&read_sum(folder, artefact::RELEASE)?));
        }
        Ok(restored)
    }

    /// Takes the sum over so many parties.
    pub fn apply(&mut self, sum: &[u64], parties: u32) -> Result<StepOutput, ComputationError> {
        let answers = self.plan.answers(sum, parties)?;
        let commitment = commitment::of_sum(sum);
        self.released = Some(commitment);
        Ok(StepOutput {
            commitment,
            files: vec![
                (artefact::RELEASE.into(), artefact::sum_bytes(sum)),
                (artefact::ANSWERS.into(), answers.to_bytes()),
            ],
        })
    }

    pub fn released(&self) -> Option<[u8; 32]> {
        self.released
    }
}
