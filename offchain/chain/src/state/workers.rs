//! Workers, and where they stand.

use secureflow_evidence::{
    dcap::{Family, VerifiedCollateral},
    registry::{Circumstances, Platform, Policy as EvidencePolicy},
};
use secureflow_primitives::{
    attestation::{AcceptedMeasurement, Measurement, Worker, WorkerStatus},
    consortium::OrgStatus,
    AccountId,
};

use super::State;
use crate::{storage, Chain, Result};

/// A worker, and where it stands at the block that was read.
#[derive(Clone, Debug)]
pub struct Standing {
    pub worker: Worker,
    /// As the chain itself judges it, by the same function.
    pub status: WorkerStatus,
    /// Its hardware; nothing where its evidence is simulated.
    pub platform: Option<Platform>,
    /// What the members say of what it runs; nothing where they have dropped it.
    pub measurement: Option<AcceptedMeasurement>,
}

impl<C: Chain + ?Sized> State<'_, C> {
    /// A worker's own record. Whether it may compute, [`Self::standing`] says.
    pub async fn worker(&self, account: &AccountId) -> Result<Option<Worker>> {
        self.get(&storage::worker(account)).await
    }

    pub async fn workers(&self) -> Result<Vec<(AccountId, Worker)>> {
        self.entries(&storage::workers()).await
    }

    /// The second worker of a job whose contributions are proven to be bounded: the first candidate that is registered and
    /// that another organisation operates than its first worker. What a worker is worth is the caller's to judge.
    pub async fn second_worker(
        &self,
        first: &AccountId,
        candidates: Vec<[u8; 32]>,
    ) -> Result<Option<(AccountId, Worker)>> {
        if candidates.is_empty() {
            return Ok(None);
        }
        let Some(operator) = self.worker(first).await?.map(|worker| worker.operator) else {
            return Ok(None);
        };
        for account in candidates.into_iter().map(AccountId::new) {
            match self.worker(&account).await? {
                Some(worker) if worker.operator != operator => return Ok(Some((account, worker))),
                _ => {}
            }
        }
        Ok(None)
    }

    /// A worker and where it stands.
    pub async fn standing(&self, account: &AccountId) -> Result<Option<Standing>> {
        let Some(worker) = self.worker(account).await? else {
            return Ok(None);
        };
        let (policy, seconds) = (self.evidence_policy().await?, self.time().await? / 1_000);
        self.judge(account, worker, &policy, seconds).await.map(Some)
    }

    /// All workers and where they stand.
    pub async fn standings(&self) -> Result<Vec<(AccountId, Standing)>> {
        let (policy, seconds) = (self.evidence_policy().await?, self.time().await? / 1_000);
        let mut standings = Vec::new();
        for (account, worker) in self.workers().await? {
            let standing = self.judge(&account, worker, &policy, seconds).await?;
            standings.push((account, standing));
        }
        Ok(standings)
    }

    async fn judge(
        &self,
        account: &AccountId,
        worker: Worker,
        policy: &EvidencePolicy,
        seconds: u64,
    ) -> Result<Standing> {
        let platform = self.platform(account).await?;
        let measurement = self.get(&storage::measurement(&worker.measurement)).await?;
        let operator = self.organisation(worker.operator).await?;
        let operated = operator.is_some_and(|org| org.status == OrgStatus::Active)
            && self.org_of(account).await? == Some(worker.operator);
        let status = Circumstances {
            block: self.block().number,
            seconds,
            operated,
            measurement: measurement.as_ref(),
            platform: platform.as_ref(),
            policy,
        }
        .status(&worker);
        Ok(Standing {
            worker,
            status,
            platform,
            measurement,
        })
    }

    /// What is known of a worker's hardware; nothing where it has none.
    pub async fn platform(&self, worker: &AccountId) -> Result<Option<Platform>> {
        self.get(&storage::platform(worker)).await
    }

    /// What the members ask of hardware evidence.
    pub async fn evidence_policy(&self) -> Result<EvidencePolicy> {
        Ok(self.get(&storage::evidence_policy()).await?.unwrap_or_default())
    }

    /// Intel's collateral for a family of platforms.
    pub async fn collateral(&self, family: &Family) -> Result<Option<VerifiedCollateral>> {
        self.get(&storage::collateral(family)).await
    }

    /// The accepted measurements and what they stand for, those whose time is over among them.
    pub async fn measurements(&self) -> Result<Vec<(Measurement, AcceptedMeasurement)>> {
        self.entries(&storage::measurements()).await
    }

    /// The root under which simulated evidence counts; none where it is refused.
    pub async fn simulated_root(&self) -> Result<Option<[u8; 32]>> {
        self.get(&storage::simulated_root()).await
    }
}
