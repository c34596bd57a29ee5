//! Following the jobs that have not ended, at a cost that does not grow with those that have.

use std::collections::BTreeSet;

use secureflow_primitives::{job::Job, JobId};

use crate::{storage, Chain, Result, State};

/// The jobs that have not ended, as of the last look.
#[derive(Clone, Debug, Default)]
pub struct OpenJobs {
    /// The first job that was not there yet.
    next: JobId,
    open: BTreeSet<JobId>,
}

impl OpenJobs {
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the jobs that are new, and at those that had not ended the last time. What has ended is given once more.
    pub async fn look<C: Chain + ?Sized>(&mut self, state: &State<'_, C>) -> Result<Vec<(JobId, Job)>> {
        let end = state.get(&storage::next_job()).await?.unwrap_or_default();
        let ids: Vec<JobId> = self
            .open
            .iter()
            .copied()
            .chain((self.next.0..end.0).map(JobId))
            .collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<_> = ids.iter().map(|id| storage::job(*id)).collect();
        let jobs = state.get_all(&keys).await?;
        let found: Vec<_> = ids
            .into_iter()
            .zip(jobs)
            .filter_map(|(id, job)| job.map(|job| (id, job)))
            .collect();
        self.open = found
            .iter()
            .filter(|(_, job)| !job.phase.is_terminal())
            .map(|(id, _)| *id)
            .collect();
        // A node that has fallen behind says less than before: nothing is seen twice then.
        self.next = self.next.max(end);
        Ok(found)
    }
}
