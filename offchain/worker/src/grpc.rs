//! What agents ask of the worker, answered from the desks. Who asks is known from the connection's certificate.

mod parts;

use crate::{
    desk::{Desk, DeskError, Reply, Standing},
    follow::Chain as Sources,
    proven::second::{self, SecondError},
    step::{org_of, party_of, Submission},
    worker::Worker,
};
use async_trait::async_trait;
use secureflow_plan::{artefact, Step};
use secureflow_primitives::{JobId, OrgId};
use secureflow_secagg::{self as secagg, PartyId};
use secureflow_wire::{
    tls::Peer, AggregationService, Artefact, Bytes, Chunk, ContributeRequest, FetchRequest, FinishRequest, Limits,
    PollReply, PollRequest, Refusal, RefusalCode, StepInput, StepRef, StepStart, SubmitOutcome, SubmitRequest,
    VerificationService, VerifyRequest, MAX_CHUNK,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tracing::{debug, warn};

/// The service that agents call.
pub struct Service {
    worker: Arc<Worker>,
}

impl Service {
    pub fn new(worker: Arc<Worker>) -> Self {
        Self { worker }
    }

    /// The party that asks and the desk of the job it asks about.
    async fn admit(&self, peer: &Peer, job: JobId) -> Result<(PartyId, Arc<Desk>), Refusal> {
        // Asked at every call: an organisation that is suspended meanwhile is refused on an open connection too.
        let Some(org) = self.worker.members.by_fingerprint(&peer.fingerprint) else {
            return Err(self.refuse(
                RefusalCode::NotAParty,
                None,
                "the certificate is not that of an active organisation",
            ));
        };
        let desk = self.worker.find_desk(job).await.map_err(|error| {
            warn!(%job, error = %Sources(&error), "the job could not be looked up");
            Refusal::new(RefusalCode::Internal, "the job could not be looked up")
        })?;
        let Some(desk) = desk else {
            // It may be assigned already and not begun.
            return Err(Refusal::new(RefusalCode::UnknownJob, "the job is not under way here").retry());
        };
        let party = party_of(org);
        if !desk.parties().contains(&party) {
            return Err(self.refuse(
                RefusalCode::NotAParty,
                Some(org),
                "the organisation takes no part in this job",
            ));
        }
        Ok((party, desk))
    }

    fn refuse(&self, code: RefusalCode, org: Option<OrgId>, text: &str) -> Refusal {
        debug!(?code, ?org, text, "refused");
        self.worker.metrics.refused.inc();
        Refusal::new(code, text)
    }

    fn refusal(&self, job: JobId, party: PartyId, error: DeskError) -> Refusal {
        self.worker.metrics.refused.inc();
        let code = match &error {
            DeskError::Stale => RefusalCode::Stale,
            DeskError::Closed => RefusalCode::TooLate,
            DeskError::NotReady => RefusalCode::Busy,
            DeskError::NotAParty => RefusalCode::NotAParty,
            DeskError::Machine(secagg::Error::Conflicting { .. }) => RefusalCode::Conflict,
            DeskError::Machine(secagg::Error::TooLate { .. }) => RefusalCode::TooLate,
            DeskError::Machine(secagg::Error::TooEarly) => RefusalCode::Stale,
            DeskError::Machine(_) | DeskError::Utility { .. } => RefusalCode::Protocol,
            DeskError::Store(_) | DeskError::Checkpoint(_) => RefusalCode::Internal,
        };
        warn!(%job, party = %party, error = %Sources(&error), "a message was refused");
        Refusal::new(code, error.to_string())
    }

    /// What the parties compute a step from: the output of the steps before it.
    fn input(&self, desk: &Desk, step: u32) -> std::io::Result<StepInput> {
        let folder = self.worker.artefacts(desk.job)?;
        let sum =
            |name: &str| -> std::io::Result<Option<Vec<u64>>> { Ok(artefact::sum_from_bytes(&folder.read(name)?)) };
        let model =
            |rounds: u32| -> std::io::Result<Option<Bytes>> { Ok(Some(folder.read(&artefact::model(rounds))?.into())) };
        let mut input = StepInput::default();
        match desk.steps.at(step) {
            Some(Step::Moments) => input.survey = sum(artefact::SURVEY)?,
            Some(Step::Train(0)) => input.moments = sum(artefact::MOMENTS)?,
            Some(Step::Train(round)) => input.model = model(round)?,
            Some(Step::Evaluate) => input.model = model(desk.steps.training_rounds())?,
            Some(Step::Survey | Step::Release) | None => {}
        }
        Ok(input)
    }

    fn start(&self, desk: &Desk, at: StepRef, config: secagg::Config, waited: Duration) -> PollReply {
        let input = match self.input(desk, at.step) {
            Ok(input) => input,
            Err(error) => {
                warn!(job = %desk.job, step = at.step, %error, "the step's input cannot be read");
                return PollReply::Refused(Refusal::new(RefusalCode::Internal, "the step's input cannot be read"));
            }
        };
        let timeout = Duration::from_secs(desk.step_timeout_s.into());
        let deadline = SystemTime::now() + timeout.saturating_sub(waited);
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
        PollReply::Start(Box::new(StepStart {
            at,
            parties: config.parties.iter().map(|party| org_of(*party)).collect(),
            threshold: config.threshold as u32,
            length: config.length as u64,
            session: config.session,
            deadline_unix_ms: deadline.as_millis() as u64,
            input,
        }))
    }

    fn read(&self, job: JobId, name: &str, offset: u64) -> Result<Chunk, Refusal> {
        let unknown = || Refusal::new(RefusalCode::UnknownFile, "there is no such file yet");
        let folder = self.worker.artefacts(job).map_err(|_| unknown())?;
        let (content, size) = folder.read_part(name, offset, MAX_CHUNK).map_err(|_| unknown())?;
        Ok(Chunk {
            content: content.into(),
            size,
        })
    }
}

#[async_trait]
impl AggregationService for Service {
    async fn poll(&self, peer: &Peer, request: PollRequest) -> PollReply {
        self.worker.metrics.polls.inc();
        let (party, desk) = match self.admit(peer, request.job).await {
            Ok(admitted) => admitted,
            Err(refusal) => return PollReply::Refused(refusal),
        };
        let standing = Standing {
            begun: request.begun.map(|at| (at.step, at.attempt)),
            answered: request.answered,
            computing: request.computing,
        };
        let hold = request.wait.min(self.worker.limits.poll_hold());
        match desk.poll(party, standing, hold).await {
            Ok(Reply::Wait) => PollReply::Nothing,
            Ok(Reply::Start {
                step,
                attempt,
                config,
                began,
            }) => self.start(&desk, StepRef { step, attempt }, *config, began.elapsed()),
            Ok(Reply::Message { step, attempt, message }) => PollReply::Message {
                at: StepRef { step, attempt },
                message,
            },
            Ok(Reply::Done(files)) => PollReply::Done(
                files
                    .iter()
                    .map(|file| Artefact {
                        name: file.name.clone(),
                        size: file.size,
                        hash: file.hash,
                    })
                    .collect(),
            ),
            Ok(Reply::Failed(reason)) => PollReply::Failed { reason, party: None },
            Err(error) => PollReply::Refused(self.refusal(request.job, party, error)),
        }
    }

    async fn submit(&self, peer: &Peer, request: SubmitRequest, wire_bytes: u64) -> SubmitOutcome {
        let (party, desk) = match self.admit(peer, request.job).await {
            Ok(admitted) => admitted,
            Err(refusal) => return SubmitOutcome::Refused(refusal),
        };
        let submission = Submission {
            step: request.at.step,
            attempt: request.at.attempt,
            message: request.message,
            bytes: wire_bytes,
            rows: request.rows,
            compute_ms: request.compute_ms,
            utility: request.utility,
        };
        match desk.submit(party, submission).await {
            Ok(true) => {
                self.worker.metrics.messages.inc();
                self.worker.metrics.message_bytes.inc_by(wire_bytes);
                SubmitOutcome::Accepted
            }
            Ok(false) => SubmitOutcome::Repeated,
            Err(error) => SubmitOutcome::Refused(self.refusal(request.job, party, error)),
        }
    }

    async fn contribute(&self, peer: &Peer, request: ContributeRequest, wire_bytes: u64) -> SubmitOutcome {
        match self.take_part(peer, request, wire_bytes).await {
            Ok(true) => {
                self.worker.metrics.messages.inc();
                self.worker.metrics.message_bytes.inc_by(wire_bytes);
                SubmitOutcome::Accepted
            }
            Ok(false) => SubmitOutcome::Repeated,
            Err(refusal) => SubmitOutcome::Refused(refusal),
        }
    }

    async fn fetch(&self, peer: &Peer, request: FetchRequest) -> Result<Chunk, Refusal> {
        self.admit(peer, request.job).await?;
        self.read(request.job, &request.name, request.offset)
    }

    fn limits(&self) -> Limits {
        Limits {
            parties: secureflow_primitives::bounds::MAX_PARTIES as usize,
            ..Limits::default()
        }
    }
}

#[async_trait]
impl VerificationService for Service {
    async fn verify(&self, peer: &Peer, request: VerifyRequest) -> Result<Vec<u8>, Refusal> {
        let (job, step) = (request.job, request.at.step);
        let verified = second::verify(&self.worker, &peer.fingerprint, request).await;
        verified.map_err(|error| self.unhelpful(job, step, &error))
    }

    async fn finish(&self, peer: &Peer, request: FinishRequest) -> Result<Vec<u8>, Refusal> {
        let (job, step) = (request.job, request.at.step);
        let finished = second::finish(&self.worker, &peer.fingerprint, request).await;
        finished.map_err(|error| self.unhelpful(job, step, &error))
    }
}

impl Service {
    fn unhelpful(&self, job: JobId, step: u32, error: &SecondError) -> Refusal {
        warn!(%job, step, error = %Sources(error), "the first worker was refused");
        self.worker.metrics.refused.inc();
        error.refusal()
    }
}
