//! The public outputs of earlier steps. Nothing that was computed from anything else leaves: the chain holds commitments to
//! them.

use super::{session, Participant, ParticipantError};
use crate::compute::Task;
use secureflow_chain::{storage::SignedRound, At, ChainExt};
use secureflow_plan::{artefact, commitment::blake2_256, Encoding, Model, PlanError, Shape, Step};
use secureflow_wire::{StepInput, StepStart};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// The largest file that a worker may give.
const MAX_FILE: u64 = 64 << 20;
/// How often the chain is asked for a commitment that is on its way.
const LOOK: Duration = Duration::from_millis(250);

/// A model whose commitment is on its way to a block, as the worker gives it.
pub struct Offered {
    rounds_done: u32,
    bytes: Vec<u8>,
}

/// What is known and checked already.
#[derive(Default)]
pub struct Inputs {
    encoding: Option<Arc<Encoding>>,
}

impl Participant {
    /// What a step is computed from, checked against the commitments of the steps before it. A model that the last of them
    /// is still missing for may be taken as the worker offers it: [`Participant::prove`] must hold before anything leaves.
    pub(super) async fn task(
        &mut self,
        step: Step,
        start: &StepStart,
    ) -> Result<(Task, Option<Offered>), ParticipantError> {
        let index = start.at.step;
        let rounds = self.part.plan.steps().training_rounds();
        let input = &start.input;
        let known = self.known().await?;
        if let (Some(offered), true) = (offered(step, rounds, input), known.len() as u32 + 1 == index) {
            let encoding = self.encoding(&known, input).await?;
            let model = Arc::new(self.model_from(&offered.bytes, &encoding)?);
            let task = match step {
                Step::Train(round) => Task::Train { round, encoding, model },
                _ => Task::Evaluate { encoding, model },
            };
            return Ok((task, Some(offered)));
        }
        let committed = self.commitments(index).await?;
        let task = match step {
            Step::Survey => Task::Survey,
            Step::Release => Task::Release,
            Step::Moments => Task::Moments {
                survey: Arc::new(self.survey(&committed, input).await?),
            },
            Step::Train(round) => {
                let encoding = self.encoding(&committed, input).await?;
                let model = Arc::new(self.model(round, &encoding, &committed, input).await?);
                Task::Train { round, encoding, model }
            }
            Step::Evaluate => {
                let encoding = self.encoding(&committed, input).await?;
                let model = Arc::new(self.model(rounds, &encoding, &committed, input).await?);
                Task::Evaluate { encoding, model }
            }
        };
        Ok((task, None))
    }

    /// Makes sure that a step was computed from the model that the chain holds the commitment to, and keeps it. Waits for
    /// the commitment.
    pub(super) async fn prove(&mut self, index: u32, offered: Offered) -> Result<(), ParticipantError> {
        self.agent
            .change_view(self.part.id, |view| view.doing = "waiting for the commitment".into());
        let committed = self.commitments(index).await?;
        let name = artefact::model(offered.rounds_done);
        if blake2_256(&offered.bytes) != output(&committed, index - 1)? {
            return Err(ParticipantError::Mismatch(name));
        }
        self.folder.write(&name, &offered.bytes)?;
        Ok(())
    }

    /// The worker's announcement must be what follows from the chain.
    pub(super) fn check_start(&self, start: &StepStart, step: Step) -> Result<(), ParticipantError> {
        let refuse = |what: &str| {
            Err(ParticipantError::Worker(format!(
                "its {what} is not what follows from the chain"
            )))
        };
        let shape = match (&self.inputs.encoding, step) {
            (Some(encoding), Step::Train(_)) => Some(Shape::new(self.part.training()?, encoding).map_err(wrong)?),
            _ => None,
        };
        let Some(length) = step.vector_length(&self.part.plan, shape.as_ref()) else {
            return refuse("order of steps");
        };
        let expected = session::config(&self.part, &self.agent.chain.genesis().0, start.at, length);
        match () {
            () if start.parties != self.part.parties => refuse("list of parties"),
            () if start.threshold as usize != expected.threshold => refuse("threshold"),
            () if start.length != length as u64 => refuse("vector's length"),
            () if start.session != expected.session => refuse("session"),
            () => Ok(()),
        }
    }

    /// The commitments of all steps before `index`, from the newest block; waits a while for the last one, which may be a
    /// block away.
    pub(super) async fn commitments(&self, index: u32) -> Result<Vec<SignedRound>, ParticipantError> {
        let deadline = Instant::now() + self.agent.limits.commitment_timeout();
        loop {
            let rounds = self.known().await?;
            if rounds.len() as u32 >= index {
                return Ok(rounds);
            }
            if Instant::now() >= deadline {
                return Err(ParticipantError::NotCommitted(index.saturating_sub(1)));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The commitments in the newest block.
    async fn known(&self) -> Result<Vec<SignedRound>, ParticipantError> {
        Ok(self.agent.chain.state(At::Best).await?.rounds(self.part.id).await?)
    }

    async fn survey(&mut self, committed: &[SignedRound], input: &StepInput) -> Result<Vec<u64>, ParticipantError> {
        let expected = output(committed, 0)?;
        let offered = input.survey.as_deref().map(artefact::sum_bytes);
        let bytes = self
            .obtain(artefact::SURVEY, offered, |bytes| blake2_256(bytes) == expected)
            .await?;
        artefact::sum_from_bytes(&bytes).ok_or_else(|| ParticipantError::Mismatch(artefact::SURVEY.into()))
    }

    /// Derived here from both sums; what the chain holds is compared with it.
    async fn encoding(
        &mut self,
        committed: &[SignedRound],
        input: &StepInput,
    ) -> Result<Arc<Encoding>, ParticipantError> {
        if let Some(encoding) = &self.inputs.encoding {
            return Ok(encoding.clone());
        }
        let survey = self.survey(committed, input).await?;
        let expected = output(committed, 1)?;
        let plan = self.part.training()?.clone();
        let derive = |bytes: &[u8]| {
            let moments = artefact::sum_from_bytes(bytes)?;
            let encoding = Encoding::derive(&plan, &survey, &moments).ok()?;
            (encoding.hash() == expected).then_some(encoding)
        };
        let offered = input.moments.as_deref().map(artefact::sum_bytes);
        let bytes = self
            .obtain(artefact::MOMENTS, offered, |bytes| derive(bytes).is_some())
            .await?;
        let encoding = derive(&bytes).ok_or_else(|| ParticipantError::Mismatch(artefact::MOMENTS.into()))?;
        self.folder.write(artefact::ENCODING, &encoding.to_bytes())?;
        let encoding = Arc::new(encoding);
        self.inputs.encoding = Some(encoding.clone());
        Ok(encoding)
    }

    /// The model after so many rounds.
    pub(super) async fn model(
        &mut self,
        rounds_done: u32,
        encoding: &Encoding,
        committed: &[SignedRound],
        input: &StepInput,
    ) -> Result<Model, ParticipantError> {
        if rounds_done == 0 {
            return Model::initial(self.part.training()?, encoding).map_err(wrong);
        }
        let step = Step::Train(rounds_done - 1).index(self.part.plan.rounds());
        let expected = output(committed, step)?;
        let name = artefact::model(rounds_done);
        let offered = input.model.as_ref().map(|bytes| bytes.to_vec());
        let bytes = self
            .obtain(&name, offered, |bytes| blake2_256(bytes) == expected)
            .await?;
        self.model_from(&bytes, encoding)
    }

    fn model_from(&self, bytes: &[u8], encoding: &Encoding) -> Result<Model, ParticipantError> {
        let shape = Shape::new(self.part.training()?, encoding).map_err(wrong)?;
        Model::from_safetensors(shape, bytes).map_err(wrong)
    }

    /// A file that fits: from the folder, as the worker offered it, or fetched. It is kept.
    pub(super) async fn obtain(
        &mut self,
        name: &str,
        offered: Option<Vec<u8>>,
        fits: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, ParticipantError> {
        if self.folder.has(name) {
            let kept = self.folder.read(name)?;
            if fits(&kept) {
                return Ok(kept);
            }
        }
        let bytes = match offered.filter(|bytes| fits(bytes)) {
            Some(bytes) => bytes,
            None => self.link.fetch(name, MAX_FILE).await?,
        };
        if !fits(&bytes) {
            return Err(ParticipantError::Mismatch(name.into()));
        }
        self.folder.write(name, &bytes)?;
        Ok(bytes)
    }
}

fn wrong(error: PlanError) -> ParticipantError {
    ParticipantError::Worker(error.to_string())
}

/// The model that a step starts from, where there is one and the worker gives it along.
fn offered(step: Step, rounds: u32, input: &StepInput) -> Option<Offered> {
    let rounds_done = match step {
        Step::Train(round) => round,
        Step::Evaluate => rounds,
        _ => 0,
    };
    let bytes = input.model.as_ref().filter(|_| rounds_done > 0)?;
    Some(Offered {
        rounds_done,
        bytes: bytes.to_vec(),
    })
}

fn output(committed: &[SignedRound], step: u32) -> Result<[u8; 32], ParticipantError> {
    let found = committed.get(step as usize).map(|(commitment, _)| commitment);
    let found = found.filter(|commitment| commitment.round.0 == step);
    found
        .map(|commitment| commitment.output.0)
        .ok_or(ParticipantError::NotCommitted(step))
}
