//! A training: survey, moments, rounds, evaluation.

use super::{read, read_sum, ComputationError, Hashes, StepOutput};
use secureflow_plan::{artefact, commitment, train, Encoding, Evaluation, Model, Plan, ServerState, Shape, Step};
use secureflow_service::folder::Folder;

/// The state of a training after some steps.
pub struct Training {
    plan: Plan,
    survey: Option<Vec<u64>>,
    encoding: Option<Encoding>,
    model: Option<Model>,
    server: Option<ServerState>,
    evaluation: Option<Evaluation>,
}

impl Training {
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            survey: None,
            encoding: None,
            model: None,
            server: None,
            evaluation: None,
        }
    }

    /// The state after the steps before `next`, from their artefacts and the saved momentum.
    pub fn restore(plan: Plan, next: u32, folder: &Folder, momentum: Option<&[u8]>) -> Result<Self, ComputationError> {
        let mut restored = Self::new(plan);
        if next > Step::Survey.index(0) {
            restored.survey = Some(read_sum(folder, artefact::SURVEY)?);
        }
        if next > Step::Moments.index(0) {
            let encoding = Encoding::from_bytes(&read(folder, artefact::ENCODING)?)?;
            let mut model = Model::initial(&restored.plan, &encoding)?;
            let rounds = restored.plan.rounds();
            let trained = next.saturating_sub(Step::Train(0).index(rounds)).min(rounds);
            if trained > 0 {
                model = Model::from_safetensors(*model.shape(), &read(folder, &artefact::model(trained))?)?;
            }
            restored.server = Some(match momentum {
                Some(bytes) if trained > 0 => postcard::from_bytes(bytes)?,
                _ => ServerState::new(model.shape()),
            });
            restored.model = Some(model);
            restored.encoding = Some(encoding);
            if next > Step::Evaluate.index(rounds) {
                restored.evaluation = Some(Evaluation::from_bytes(&read(folder, artefact::EVALUATION)?)?);
            }
        }
        Ok(restored)
    }

    /// The model's shape, known from the second step on.
    pub fn shape(&self) -> Option<&Shape> {
        self.model.as_ref().map(Model::shape)
    }

    /// Takes the sum of a step.
    pub fn apply(&mut self, step: Step, sum: &[u64]) -> Result<StepOutput, ComputationError> {
        let out_of_order = || ComputationError::OutOfOrder(step);
        match step {
            Step::Survey => {
                self.survey = Some(sum.to_vec());
                Ok(StepOutput {
                    commitment: commitment::of_sum(sum),
                    files: vec![(artefact::SURVEY.into(), artefact::sum_bytes(sum))],
                })
            }
            Step::Moments => {
                let survey = self.survey.as_ref().ok_or_else(out_of_order)?;
                let encoding = Encoding::derive(&self.plan, survey, sum)?;
                let model = Model::initial(&self.plan, &encoding)?;
                let output = StepOutput {
                    commitment: encoding.hash(),
                    files: vec![
                        (artefact::MOMENTS.into(), artefact::sum_bytes(sum)),
                        (artefact::ENCODING.into(), encoding.to_bytes()),
                    ],
                };
                self.server = Some(ServerState::new(model.shape()));
                self.model = Some(model);
                self.encoding = Some(encoding);
                Ok(output)
            }
            Step::Train(round) => {
                let (Some(model), Some(server)) = (&self.model, &mut self.server) else {
                    return Err(out_of_order());
                };
                let mean = train::decode(&self.plan, model, sum)?;
                let next = server.apply(&self.plan, model, &mean)?;
                let bytes = next.to_safetensors();
                let commitment = commitment::blake2_256(&bytes);
                let mut files = vec![(artefact::model(round + 1), bytes.clone())];
                if round + 1 == self.plan.rounds() {
                    files.push((artefact::MODEL.into(), bytes));
                }
                self.model = Some(next);
                Ok(StepOutput { commitment, files })
            }
            Step::Release => Err(out_of_order()),
            Step::Evaluate => {
                let evaluation = Evaluation::from_sum(sum)?;
                let bytes = evaluation.to_bytes();
                self.evaluation = Some(evaluation);
                Ok(StepOutput {
                    commitment: commitment::blake2_256(&bytes),
                    files: vec![(artefact::EVALUATION.into(), bytes)],
                })
            }
        }
    }

    /// The server's momentum, for the checkpoint.
    pub fn momentum(&self) -> Result<Option<Vec<u8>>, ComputationError> {
        Ok(self.server.as_ref().map(postcard::to_stdvec).transpose()?)
    }

    /// The hashes of model, encoding and evaluation, once all are there.
    pub fn result(&self) -> Option<Hashes> {
        Some(Hashes {
            model: self.model.as_ref()?.hash(),
            encoding: self.encoding.as_ref()?.hash(),
            evaluation: self.evaluation.as_ref()?.hash(),
        })
    }
}
