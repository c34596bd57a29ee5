//! How jobs end, and what happens at the start of a block.

use super::{Model, ModelJob};
use crate::mock::*;
use secureflow_primitives::{
    job::{FailReason, JobPhase, Party},
    OrgId,
};

impl Model {
    pub(super) fn end(&mut self, id: usize, phase: JobPhase) {
        let job = &mut self.jobs[id];
        if job.approvals.len() == 3 {
            // The rounds committed, and the one under way; survey and moments come before the first.
            let seen = match job.next_step() {
                0 | 1 => 0,
                next => (next - 1).min(job.rounds),
            };
            job.settled = Some(seen);
        }
        (job.phase, job.deadline, job.stopped) = (phase, 0, None);
        job.waits.clear();
        self.forget_idle();
    }

    fn expired(&self, job: &ModelJob) -> JobPhase {
        let worker = job.worker.map(|worker| Party::Worker(worker_account(worker)));
        let failed = |reason, party| JobPhase::Failed { reason, party };
        match (&job.phase, job.stopped) {
            (_, Some(owner)) => failed(FailReason::PolicyRevoked, Some(Party::Organisation(OrgId(owner)))),
            (JobPhase::Proposed, _) => {
                let missing = (0..3).find(|org| !job.approvals.contains(org));
                JobPhase::Expired {
                    waiting_for: missing.map(|org| Party::Organisation(OrgId(org))),
                }
            }
            (JobPhase::Approved, _) => JobPhase::Expired { waiting_for: None },
            _ if self.worker_is_lost(job) => failed(FailReason::WorkerRevoked, worker),
            _ => failed(FailReason::Deadline, worker),
        }
    }

    /// The next block begins.
    pub fn next_block(&mut self) {
        self.now += 1;
        let due: Vec<usize> = (0..self.jobs.len())
            .filter(|id| self.jobs[*id].deadline == self.now)
            .collect();
        for id in &due {
            let phase = self.expired(&self.jobs[*id]);
            self.end(*id, phase);
        }
        let room = MaxExpiriesPerBlock::get() - due.len() as u32;
        let mut left = room.div_ceil(4) as usize;
        while left > 0 {
            // In the order of the chain's maps: workers by their accounts' hashes, jobs by the bytes of their numbers.
            let hash = |worker: &u8| sp_io::hashing::blake2_128(worker_account(*worker).as_ref());
            let Some(worker) = self.lost.iter().copied().min_by_key(hash) else {
                break;
            };
            if self.active(worker) {
                self.lost.remove(&worker);
                left -= 1;
                continue;
            }
            let mut ids: Vec<usize> = (0..self.jobs.len())
                .filter(|id| self.jobs[*id].live() && self.jobs[*id].worker == Some(worker))
                .collect();
            ids.sort_by_key(|id| (*id as u32).to_le_bytes());
            ids.truncate(left);
            left -= ids.len();
            ids.into_iter().for_each(|id| self.leave(id));
        }
    }

    fn leave(&mut self, id: usize) {
        if self.jobs[id].runs() {
            let phase = self.expired(&self.jobs[id]);
            return self.end(id, phase);
        }
        let next = self.pick(id).ok().filter(|_| self.jobs[id].stopped.is_none());
        match next {
            Some(worker) => self.give(id, worker),
            None => {
                let job = &mut self.jobs[id];
                (job.phase, job.worker, job.simulated) = (JobPhase::Approved, None, false);
                self.forget_idle();
            }
        }
    }
}
