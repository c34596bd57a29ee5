//! The progress of a job, for those who watch it: states, figures and names, never a message's content.

use crate::{
    desk::Presence,
    proven::run::ProvenRun,
    step::{PartyRecord, StepRun},
};
use secureflow_plan::Steps;
use secureflow_primitives::JobId;
use secureflow_secagg::{PartyId, ServerStep};
use serde::Serialize;
use std::time::{Duration, Instant};

/// A party that was not heard of for so long is shown as absent.
const ABSENT_AFTER: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    pub job: u32,
    /// `running`, `submitting`, `done` or `failed`.
    pub phase: &'static str,
    pub step: u32,
    pub step_name: Option<String>,
    pub steps_total: u32,
    pub rounds: u32,
    pub attempt: u32,
    /// What the protocol collects now.
    pub collecting: Option<&'static str>,
    pub parties: Vec<PartyProgress>,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct PartyProgress {
    pub org: u32,
    pub state: &'static str,
    /// Payload bytes over all steps so far.
    pub bytes: u64,
    pub rows: u64,
    pub compute_ms: u64,
    /// As the party reports it, in millionths, over all training rounds so far.
    pub utility: u64,
    pub steps_done: u32,
}

impl Progress {
    pub fn empty(job: JobId, steps: Steps) -> Self {
        Self {
            job: job.0,
            phase: "running",
            step: 0,
            step_name: None,
            steps_total: steps.total(),
            rounds: steps.training_rounds(),
            attempt: 0,
            collecting: None,
            parties: Vec::new(),
            reason: None,
        }
    }
}

pub fn phase_name(phase: ServerStep) -> &'static str {
    match phase {
        ServerStep::Advertise => "advertise",
        ServerStep::Shares => "shares",
        ServerStep::MaskedInputs => "masked_inputs",
        ServerStep::Consistency => "consistency",
        ServerStep::Unmask => "unmask",
        ServerStep::Done => "done",
    }
}

/// The step under way.
#[derive(Clone, Copy)]
pub enum Under<'a> {
    Masks(&'a StepRun),
    Proofs(&'a ProvenRun),
}

impl Under<'_> {
    fn record(&self, party: PartyId) -> Option<&PartyRecord> {
        match self {
            Self::Masks(run) => run.records().get(&party),
            Self::Proofs(run) => run.records().get(&party),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Masks(run) => run.phase() == ServerStep::Done,
            Self::Proofs(run) => run.outcome().is_some(),
        }
    }
}

/// A party's state in the step under way; the figures of earlier steps are added by the caller.
pub fn party(party: PartyId, run: Option<Under<'_>>, presence: &Presence, done: bool) -> PartyProgress {
    let record = run.and_then(|run| run.record(party).copied()).unwrap_or_default();
    let judged = match run {
        Some(Under::Proofs(run)) => run.verdict(party),
        _ => None,
    };
    let state = match run {
        _ if done => "done",
        _ if judged == Some(false) => "refused",
        Some(run) if run.is_done() => "done",
        _ if presence.is_gone(party, Instant::now(), ABSENT_AFTER) => "absent",
        Some(Under::Masks(run)) => state_of(party, run, presence),
        Some(Under::Proofs(_)) if judged == Some(true) => "proven",
        Some(Under::Proofs(_)) if presence.is_computing(party) => "computing",
        Some(Under::Proofs(_)) | None => "waiting",
    };
    PartyProgress {
        org: party.0,
        state,
        bytes: record.bytes,
        rows: record.rows,
        compute_ms: record.compute_ms,
        utility: record.utility,
        steps_done: 0,
    }
}

fn state_of(party: PartyId, run: &StepRun, presence: &Presence) -> &'static str {
    let answered = !run.waiting_for().contains(&party);
    match (run.phase(), answered) {
        (ServerStep::Advertise, false) if presence.is_computing(party) => "computing",
        (ServerStep::Advertise, false) => "waiting",
        (ServerStep::Advertise, true) | (ServerStep::Shares, false) => "advertised",
        (ServerStep::Shares, true) | (ServerStep::MaskedInputs, false) => "shared",
        (ServerStep::MaskedInputs, true) | (ServerStep::Consistency, false) => "masked",
        (ServerStep::Consistency, true) | (ServerStep::Unmask, false) => "signed",
        (ServerStep::Unmask, true) => "revealed",
        (ServerStep::Done, _) => "done",
    }
}
