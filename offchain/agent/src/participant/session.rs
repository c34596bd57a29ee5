//! One attempt at one step, from this party's side: masked for one worker, or in two parts for two.

mod masked;
mod proven;

pub use masked::config;

use super::{link::Link, ParticipantError};
use crate::{admission::Participation, agent::Agent, compute::Computed, store::StoreError};
use masked::Masked;
use proven::Proven;
use secureflow_secagg::ServerMessage;
use secureflow_wire::StepRef;

/// What it holds is secret: it is neither shown nor sent, only its messages are.
pub enum Session {
    Masked(Box<Masked>),
    Proven(Proven),
}

/// The connections to the job's workers.
pub struct Links<'a> {
    pub first: &'a mut Link,
    /// Where contributions are proven to be bounded.
    pub second: Option<&'a mut Link>,
}

impl Session {
    pub async fn begin(
        agent: &Agent,
        part: &Participation,
        at: StepRef,
        computed: Computed,
        utility: u64,
    ) -> Result<Self, ParticipantError> {
        if let Some(direction) = &computed.direction {
            agent.store.keep_direction(part.id, at.step, direction).await?;
        }
        match is_proven(part, at.step) {
            true => Ok(Self::Proven(Proven::begin(agent, part, at, computed, utility).await?)),
            false => {
                let masked = Masked::begin(agent, part, at, computed, utility).await?;
                Ok(Self::Masked(Box::new(masked)))
            }
        }
    }

    /// The attempt that was under way when the agent stopped. Its last message is sent again.
    pub async fn restore(agent: &Agent, part: &Participation) -> Result<Option<Self>, ParticipantError> {
        let Some(step) = agent.store.step_under_way(part.id).await? else {
            return Ok(None);
        };
        match is_proven(part, step) {
            true => Ok(Proven::restore(agent, part, step).await?.map(Self::Proven)),
            false => {
                let masked = Masked::restore(agent, part, step).await?;
                Ok(masked.map(|masked| Self::Masked(Box::new(masked))))
            }
        }
    }

    pub fn at(&self) -> StepRef {
        match self {
            Self::Masked(masked) => masked.at(),
            Self::Proven(proven) => proven.at(),
        }
    }

    /// Whether no attempt at this step can follow. Of several attempts with two workers they make one sum only.
    pub fn is_revealed(&self) -> bool {
        match self {
            Self::Masked(masked) => masked.is_revealed(),
            Self::Proven(_) => false,
        }
    }

    /// The worker's messages that have been answered.
    pub fn answered(&self) -> u32 {
        match self {
            Self::Masked(masked) => masked.answered(),
            Self::Proven(_) => 0,
        }
    }

    /// Takes the worker's message and saves the answer; [`Session::send_unsent`] sends it.
    pub async fn handle(&mut self, agent: &Agent, message: &ServerMessage) -> Result<(), ParticipantError> {
        match self {
            Self::Masked(masked) => masked.handle(agent, message).await,
            Self::Proven(_) => Err(ParticipantError::Worker(
                "a message of masks in a step with proofs".into(),
            )),
        }
    }

    /// Sends what waits, if anything does.
    pub async fn send_unsent(&mut self, agent: &Agent, links: Links<'_>) -> Result<(), ParticipantError> {
        match self {
            Self::Masked(masked) => masked.send_unsent(agent, links.first).await,
            Self::Proven(proven) => proven.send_unsent(agent, links).await,
        }
    }

    /// Another step or attempt begins: what was for this one is forgotten.
    pub async fn end(self, agent: &Agent, part: &Participation) -> Result<(), StoreError> {
        agent.store.end_step(part.id, self.at().step).await
    }
}

fn is_proven(part: &Participation, step: u32) -> bool {
    let step = part.plan.steps().at(step);
    step.is_some_and(|step| part.plan.is_proven(step))
}
