//! What the worker knows between the steps of a job: it turns each sum into the step's public output.

use secureflow_plan::{artefact, commitment, train, Encoding, Evaluation, Model, Plan, PlanError, ServerState, Step};
use secureflow_service::folder::Folder;

/// The public output of one step, and what remains to be remembered of it.
pub struct StepOutput {
    /// What goes on chain.
    pub commitment: [u8; 32],
    /// File name and bytes; written before the commitment is sent.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The state of a job's computation after some steps.
pub struct Computation {
    plan: Plan,
    survey: Option<Vec<u64>>,
    encoding: Option<Encoding>,
    model: Option<Model>,
    server: Option<ServerState>,
    evaluation: Option<Evaluation>,
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

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The length of a step's vector, or an error where the step cannot come yet.
    pub fn vector_length(&self, step: Step) -> Result<usize, ComputationError> {
        let shape = self.model.as_ref().map(Model::shape);
        step.vector_length(&self.plan, shape)
            .ok_or(ComputationError::OutOfOrder(step))
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
                let mean = train::decode(&self.plan, model.shape(), sum)?;
                let next = server.apply(&self.plan, model, &mean.update)?;
                let bytes = next.to_safetensors();
                let commitment = commitment::blake2_256(&bytes);
                let mut files = vec![(artefact::model(round + 1), bytes.clone())];
                if round + 1 == self.plan.rounds() {
                    files.push((artefact::MODEL.into(), bytes));
                }
                self.model = Some(next);
                Ok(StepOutput { commitment, files })
            }
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

    /// The rows that a training step's sum stands for.
    pub fn rows_of(step: Step, sum: &[u64]) -> Option<u64> {
        match step {
            Step::Train(_) => sum.last().copied(),
            _ => None,
        }
    }

    /// The server's momentum, for the checkpoint.
    pub fn momentum(&self) -> Result<Option<Vec<u8>>, ComputationError> {
        Ok(self.server.as_ref().map(postcard::to_stdvec).transpose()?)
    }

    /// The hashes of model, encoding and evaluation, once all are there.
    pub fn result(&self) -> Option<[[u8; 32]; 3]> {
        Some([
            self.model.as_ref()?.hash(),
            self.encoding.as_ref()?.hash(),
            self.evaluation.as_ref()?.hash(),
        ])
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
