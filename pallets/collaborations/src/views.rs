//! Jobs as clients ask for them.

use crate::{Config, Jobs, NextJob, Pallet, Rounds, Specs};
use alloc::vec::Vec;
use secureflow_primitives::{
    job::RoundCommitment,
    view::{JobLine, JobPage, MAX_JOBS_PAGE, MAX_JOBS_SCAN},
    JobId, Round, SpaceId,
};

impl<T: Config> Pallet<T> {
    /// Steps are committed to in their order, without gaps.
    pub(crate) fn commitments_of(job: JobId) -> Vec<(RoundCommitment, [u8; 64])> {
        (0..).map_while(|round| Rounds::<T>::get(job, Round(round))).collect()
    }

    pub(crate) fn job_page(space: Option<SpaceId>, from: Option<JobId>, limit: u32) -> JobPage {
        let limit = limit.clamp(1, MAX_JOBS_PAGE) as usize;
        let newest = NextJob::<T>::get().0.checked_sub(1);
        let Some(newest) = newest else {
            return JobPage {
                jobs: Vec::new(),
                next: None,
            };
        };
        let first = from.map_or(newest, |from| from.0.min(newest));
        let last = first.saturating_sub(MAX_JOBS_SCAN - 1);
        let mut jobs = Vec::new();
        for id in (last..=first).rev() {
            if jobs.len() == limit {
                return JobPage {
                    jobs,
                    next: Some(JobId(id)),
                };
            }
            jobs.extend(Self::job_line(JobId(id)).filter(|line| space.is_none_or(|space| line.space == space)));
        }
        JobPage {
            jobs,
            next: last.checked_sub(1).map(JobId),
        }
    }

    fn job_line(id: JobId) -> Option<JobLine> {
        let job = Jobs::<T>::get(id)?;
        Some(JobLine {
            id,
            name: Specs::<T>::get(id)?.name,
            space: job.space,
            proposer: job.proposer,
            phase: job.phase,
            worker: job.worker,
            simulated: job.simulated,
            proposed_at: job.proposed_at,
            deadline: job.deadline,
        })
    }
}
