//! A job as the worker needs it: read from the chain, checked once.

use crate::step::party_of;
use ed25519_dalek::VerifyingKey;
use secureflow_chain::{Chain, State};
use secureflow_plan::{threshold, JobPlan, Step};
use secureflow_primitives::{
    job::{FailReason, Job, JobSpec},
    policy::Operation,
    AccountId, JobId, OrgId, SpaceId, H256,
};
use secureflow_secagg::{self as secagg, Config, PartyId, Server, SessionId};
use std::collections::BTreeMap;

/// A job that cannot be run, and what to tell the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Impossible {
    pub reason: FailReason,
    pub party: Option<OrgId>,
    pub text: String,
}

impl Impossible {
    pub fn new(reason: FailReason, party: Option<OrgId>, text: impl Into<String>) -> Self {
        Self {
            reason,
            party,
            text: text.into(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Chain(#[from] secureflow_chain::Error),
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// What does not change over the life of a job.
#[derive(Clone, Debug)]
pub struct JobInfo {
    pub id: JobId,
    pub space: SpaceId,
    pub spec: JobSpec,
    pub plan: JobPlan,
    pub parties: Vec<OrgId>,
    /// Whom the job is assigned to.
    pub worker: AccountId,
}

impl JobInfo {
    pub fn new(id: JobId, job: &Job, spec: JobSpec) -> Result<Self, Impossible> {
        let refuse = |text: String| Impossible::new(FailReason::DataMismatch, None, text);
        if spec.hash() != job.spec_hash {
            return Err(refuse(
                "the specification on chain is not the one that was approved".into(),
            ));
        }
        let plan =
            JobPlan::from_bytes(&spec.plan).map_err(|error| refuse(format!("the plan cannot be read: {error}")))?;
        let same_kind = (spec.operation == Operation::Statistics) == plan.statistics().is_some();
        if !same_kind
            || plan.rounds() != spec.rounds
            || plan.min_parties() != spec.min_parties
            || plan.min_group_size() != spec.min_group_size
        {
            return Err(refuse("the plan and the specification contradict each other".into()));
        }
        let mut parties: Vec<OrgId> = job.policies.iter().map(|pinned| pinned.owner).collect();
        parties.sort();
        if parties.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(refuse("an organisation takes part with two datasets".into()));
        }
        let needed = threshold(parties.len(), spec.min_parties);
        if parties.len() < needed {
            return Err(Impossible::new(
                FailReason::TooFewParties,
                None,
                format!("{} parties, {needed} are needed", parties.len()),
            ));
        }
        let worker = job.worker.clone();
        Ok(Self {
            id,
            space: job.space,
            spec,
            plan,
            parties,
            worker: worker.ok_or_else(|| refuse("the job has no worker".into()))?,
        })
    }

    pub fn steps(&self) -> u32 {
        self.spec.steps()
    }

    pub fn step(&self, index: u32) -> Option<Step> {
        self.plan.steps().at(index)
    }

    /// The second worker, where contributions are proven to be bounded and there is one.
    pub async fn second<C: Chain + ?Sized>(
        &self,
        state: &State<'_, C>,
    ) -> Result<Option<AccountId>, secureflow_chain::Error> {
        let second = state.second_worker(&self.worker, self.plan.second_workers()).await?;
        Ok(second.map(|(account, _)| account))
    }

    /// The machine of an attempt at a step, with the keys that the parties have registered now.
    pub async fn server<C: Chain + ?Sized>(
        &self,
        genesis: H256,
        state: &State<'_, C>,
        step: u32,
        attempt: u32,
        length: usize,
    ) -> Result<Server, LoadError> {
        let keys = signing_keys(state, &self.parties).await?;
        let config = self.session(genesis, step, attempt, length);
        Server::new(config, keys).map_err(|error| protocol_failure(&error).into())
    }

    /// What all sides of an attempt agree on.
    pub fn session(&self, genesis: H256, step: u32, attempt: u32, length: usize) -> Config {
        Config::new(
            SessionId::derive(&genesis.0, self.id.0.into(), self.worker.as_ref(), step, attempt),
            self.parties.iter().map(|org| party_of(*org)).collect(),
            threshold(self.parties.len(), self.spec.min_parties),
            length,
        )
    }
}

async fn signing_keys<C: Chain + ?Sized>(
    state: &State<'_, C>,
    parties: &[OrgId],
) -> Result<BTreeMap<PartyId, VerifyingKey>, LoadError> {
    let mut keys = BTreeMap::new();
    for org in parties {
        let organisation = state.organisation(*org).await?;
        let key = organisation
            .and_then(|organisation| organisation.keys)
            .map(|keys| keys.signing);
        let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok()).ok_or_else(|| {
            Impossible::new(
                FailReason::Protocol,
                Some(*org),
                format!("organisation {org} has no valid signing key on chain"),
            )
        })?;
        keys.insert(party_of(*org), key);
    }
    Ok(keys)
}

/// What the chain is told of an error after which a step cannot succeed.
pub fn protocol_failure(error: &secagg::Error) -> Impossible {
    let party = match error.fault() {
        secagg::Fault::Peer(party) => Some(crate::step::org_of(party)),
        _ => None,
    };
    Impossible::new(
        FailReason::Protocol,
        party,
        format!("secure aggregation failed: {error}"),
    )
}
