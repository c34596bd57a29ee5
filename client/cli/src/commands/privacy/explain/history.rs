//! Which jobs a dataset's ledger consists of.

use crate::{error::Result, names::shown, network::ChainState};
use secureflow_primitives::{
    audit::{Entry, Kind, Subject},
    job::JobPhase,
    privacy::{PrivacyCost, RdpCost, Reservation},
    BlockNumber, DatasetId, JobId,
};
use std::collections::BTreeMap;

/// A job that all owners have approved: it has released something, or may.
pub struct Release {
    pub job: JobId,
    pub name: String,
    pub phase: JobPhase,
    /// When it ended.
    pub block: Option<BlockNumber>,
    pub held: Reservation,
    /// Training rounds that it is charged for, or would be if it ended now.
    pub rounds: u32,
}

impl Release {
    /// What it has taken or, while it is under way, what is held back for it. `None` where that has no bound.
    pub fn cost(&self) -> Option<RdpCost> {
        let nothing = self.phase.is_terminal() && self.rounds == 0;
        match self.held.cost {
            PrivacyCost::Unbounded if !nothing => None,
            _ => Some(self.booked()),
        }
    }

    /// The same as the ledger counts it, where a job without differential privacy has no figure.
    fn booked(&self) -> RdpCost {
        let cost = match self.phase.is_terminal() {
            true => self.held.of_rounds(self.rounds),
            false => self.held.whole(),
        };
        // What does not fit the counters is never approved.
        cost.unwrap_or_default()
    }
}

/// The jobs behind a ledger: those that have ended in their order, then those under way.
pub struct History {
    pub releases: Vec<Release>,
}

impl History {
    pub async fn read(state: &ChainState<'_>, dataset: DatasetId) -> Result<Self> {
        let ends = ends(state).await?;
        let mut releases = Vec::new();
        for (id, job) in state.jobs().await? {
            // Policies are pinned exactly when their ledgers are reserved.
            if !job.policies.iter().any(|pinned| pinned.dataset == dataset) {
                continue;
            }
            let Some(spec) = state.spec(id).await? else { continue };
            releases.push(Release {
                job: id,
                name: shown(&spec.name),
                block: ends.get(&id).copied().filter(|_| job.phase.is_terminal()),
                phase: job.phase,
                held: Reservation::of(&spec),
                rounds: spec.rounds_run(state.rounds(id).await?.len() as u32),
            });
        }
        releases.sort_by_key(|release| (!release.phase.is_terminal(), release.block, release.job));
        Ok(Self { releases })
    }

    fn sum(&self, ended: bool) -> RdpCost {
        let counted = self
            .releases
            .iter()
            .filter(|release| release.phase.is_terminal() == ended);
        counted.fold(RdpCost::default(), |sum, release| sum.plus(release.booked()))
    }

    pub fn spent(&self) -> RdpCost {
        self.sum(true)
    }

    pub fn reserved(&self) -> RdpCost {
        self.sum(false)
    }
}

/// When each job ended, as the audit log has it.
async fn ends(state: &ChainState<'_>) -> Result<BTreeMap<JobId, BlockNumber>> {
    let entries = state.audit_entries(0..u64::MAX).await?;
    let end = |(_, entry): &(u64, Entry)| match (&entry.subject, entry.kind) {
        (Subject::Job(job), Kind::JobCompleted | Kind::JobFailed | Kind::JobCancelled | Kind::JobExpired) => {
            Some((*job, entry.block))
        }
        _ => None,
    };
    Ok(entries.iter().filter_map(end).collect())
}
