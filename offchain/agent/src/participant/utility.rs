//! What this party's update was worth in the training round before a step.

use super::{Participant, ParticipantError};
use crate::compute::Task;
use secureflow_plan::{utility::utility, Step};
use secureflow_wire::StepInput;

impl Participant {
    /// In millionths; zero where no training round comes before the step, where this party's update is not in that
    /// round's sum, where the update is lost, and where rows are hidden by noise: a utility would tell of them.
    pub(super) async fn utility(&mut self, task: &Task) -> Result<u64, ParticipantError> {
        if self.part.plan.noise().is_some() {
            return Ok(0);
        }
        let rounds = self.part.plan.steps().training_rounds();
        let (round, encoding, after) = match task {
            Task::Train { round, encoding, model } if *round > 0 => (*round - 1, encoding, model),
            Task::Evaluate { encoding, model } if rounds > 0 => (rounds - 1, encoding, model),
            _ => return Ok(0),
        };
        let step = Step::Train(round).index(rounds);
        let committed = self.commitments(step + 1).await?;
        let counted = committed
            .get(step as usize)
            .is_some_and(|(commitment, _)| commitment.participants.contains(&self.part.own));
        if !counted {
            return Ok(0);
        }
        let Some(update) = self.agent.store.direction(self.part.id, step).await? else {
            tracing::warn!(step, "the update is lost: its utility is reported as zero");
            return Ok(0);
        };
        let before = self.model(round, encoding, &committed, &StepInput::default()).await?;
        Ok(utility(&update, &before, after))
    }
}
