//! What the pallet should do, said in the plainest way: the reference that `property` compares it with. It keeps one list of
//! jobs and counts over it; everything that the pallet keeps beside its jobs follows from that list.

mod blocks;

use super::*;
use secureflow_primitives::{
    bounds::MAX_WAITING_JOBS,
    job::{FailReason, Party},
};
use std::collections::BTreeSet;

type Outcome<T = ()> = Result<T, Error<Test>>;

/// Whatever other pallets answer.
#[derive(Clone, Debug)]
pub struct World {
    pub suspended: BTreeSet<u32>,
    pub retired: BTreeSet<u32>,
    /// The dataset whose policy refuses every job.
    pub refusing: Option<u32>,
    pub overdrawn: Option<u32>,
    /// Whether the space's money does not cover the prices.
    pub uncovered: bool,
    /// What one of the policies asks of the worker.
    pub demand: Demand,
    pub workers: [WorkerState; 3],
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Demand {
    /// No simulated evidence.
    pub hardware: bool,
    /// Only the build that this worker runs.
    pub build: Option<u8>,
}

impl Demand {
    fn check(&self, worker: u8, state: &WorkerState) -> Outcome {
        match () {
            () if self.hardware && state.simulated => Err(Error::PolicySimulatedWorker),
            () if self.build.is_some_and(|build| build != worker) => Err(Error::PolicyWorkerMeasurement),
            () => Ok(()),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct WorkerState {
    pub revoked: bool,
    pub expires_at: u32,
    pub simulated: bool,
}

#[derive(Clone, Debug)]
pub struct ModelJob {
    pub proposer: u32,
    pub proposed_at: u32,
    pub rounds: u32,
    pub deadlines: Deadlines,
    pub phase: JobPhase,
    pub approvals: Vec<u32>,
    /// Zero once the job has ended.
    pub deadline: u32,
    pub worker: Option<u8>,
    pub simulated: bool,
    /// As it stood at the last approval.
    pub demand: Demand,
    /// Who has revoked its policy.
    pub stopped: Option<u32>,
    /// Datasets whose revocation would stop the job.
    pub waits: BTreeSet<u32>,
    /// Training rounds booked, where ledgers were reserved and the job has ended.
    pub settled: Option<u32>,
}

impl ModelJob {
    fn live(&self) -> bool {
        !self.phase.is_terminal()
    }

    fn steps(&self) -> u32 {
        self.rounds + 3
    }

    fn next_step(&self) -> u32 {
        match self.phase {
            JobPhase::Running { round } => round.0 + 1,
            _ => 0,
        }
    }

    fn runs(&self) -> bool {
        matches!(self.phase, JobPhase::Running { .. })
    }
}

#[derive(Clone, Debug)]
pub struct Model {
    pub now: u32,
    pub world: World,
    pub jobs: Vec<ModelJob>,
    pub lost: BTreeSet<u8>,
}

impl Model {
    fn member(&self, org: u32) -> Outcome {
        match self.world.suspended.contains(&org) {
            true => Err(Error::NotMember),
            false => Ok(()),
        }
    }

    fn job(&self, id: usize) -> Outcome<&ModelJob> {
        self.jobs.get(id).ok_or(Error::UnknownJob)
    }

    fn active(&self, worker: u8) -> bool {
        let state = self.world.workers[worker as usize];
        !state.revoked && self.now < state.expires_at
    }

    fn load(&self, worker: u8) -> usize {
        let has = |job: &&ModelJob| job.live() && job.worker == Some(worker);
        self.jobs.iter().filter(has).count()
    }

    fn worker_is_lost(&self, job: &ModelJob) -> bool {
        let keeps = |worker: u8| {
            let state = &self.world.workers[worker as usize];
            self.active(worker) && state.simulated == job.simulated && job.demand.check(worker, state).is_ok()
        };
        !job.worker.is_some_and(keeps)
    }

    /// Lost workers are kept in mind while they have jobs.
    fn forget_idle(&mut self) {
        let kept = self.lost.iter().copied().filter(|worker| self.load(*worker) > 0);
        self.lost = kept.collect();
    }

    /// The first block with room for one more end.
    fn book(&mut self, id: usize, at: u32) {
        self.jobs[id].deadline = 0;
        let taken = |block: u32| self.jobs.iter().filter(|job| job.deadline == block).count();
        let found = (at..).find(|block| taken(*block) < MaxExpiriesPerBlock::get() as usize);
        self.jobs[id].deadline = found.unwrap();
    }

    pub fn propose(&mut self, org: u32, rounds: u32, deadlines: Deadlines) -> Outcome {
        self.member(org)?;
        if org > 2 {
            return Err(Error::NotSpaceMember);
        }
        let live = self.jobs.iter().filter(|job| job.live() && job.proposer == org);
        if live.count() >= crate::functions::MAX_LIVE_JOBS as usize {
            return Err(Error::TooManyJobs);
        }
        if rounds == 0 {
            return Err(Error::RoundsOutOfRange);
        }
        if [deadlines.approval, deadlines.start, deadlines.round].contains(&0) {
            return Err(Error::DeadlineOutOfRange);
        }
        for dataset in 0..3 {
            if self.world.retired.contains(&dataset) {
                return Err(Error::UnknownDataset);
            }
            if self.world.suspended.contains(&dataset) {
                return Err(Error::OwnerNotActive);
            }
        }
        for dataset in 0..3 {
            let waiting = self.jobs.iter().filter(|job| job.waits.contains(&dataset));
            if waiting.count() >= MAX_WAITING_JOBS as usize {
                return Err(Error::DatasetBusy);
            }
        }
        self.jobs.push(ModelJob {
            proposer: org,
            proposed_at: self.now,
            rounds,
            deadlines,
            phase: JobPhase::Proposed,
            approvals: Vec::new(),
            deadline: 0,
            worker: None,
            simulated: false,
            demand: Demand::default(),
            stopped: None,
            waits: (0..3).collect(),
            settled: None,
        });
        self.book(self.jobs.len() - 1, self.now + deadlines.approval);
        Ok(())
    }

    pub fn approve(&mut self, org: u32, id: usize) -> Outcome {
        self.member(org)?;
        let job = self.job(id)?;
        match () {
            () if !job.live() => return Err(Error::JobEnded),
            () if job.phase != JobPhase::Proposed => return Err(Error::NotProposed),
            () if job.stopped.is_some() => return Err(Error::ConsentRevoked),
            () if org > 2 => return Err(Error::NotAParty),
            () if job.approvals.contains(&org) => return Err(Error::AlreadyApproved),
            () if self.world.refusing == Some(org) => return Err(Error::PolicyExpired),
            () => {}
        }
        if job.approvals.len() == 2 {
            for owner in 0..3 {
                if self.world.suspended.contains(&owner) {
                    return Err(Error::OwnerNotActive);
                }
                if self.world.refusing == Some(owner) {
                    return Err(Error::PolicyExpired);
                }
            }
            if self.world.overdrawn.is_some() {
                return Err(Error::PolicyBudgetExceeded);
            }
            if self.world.uncovered {
                return Err(Error::PolicyPrice);
            }
        }
        let start = self.now + job.deadlines.start;
        self.jobs[id].approvals.push(org);
        if self.jobs[id].approvals.len() == 3 {
            self.jobs[id].phase = JobPhase::Approved;
            self.jobs[id].demand = self.world.demand;
            self.book(id, start);
            if let Ok(worker) = self.pick(id) {
                self.give(id, worker);
            }
        }
        Ok(())
    }

    /// The least loaded active worker that the policies take; the job's number decides among equals.
    fn pick(&self, id: usize) -> Outcome<u8> {
        let active = (0..3).filter(|worker| self.active(*worker));
        let judged: Vec<(u8, Outcome)> = active
            .map(|worker| {
                let state = &self.world.workers[worker as usize];
                (worker, self.jobs[id].demand.check(worker, state))
            })
            .collect();
        let taken: Vec<u8> = judged
            .iter()
            .filter(|(_, outcome)| outcome.is_ok())
            .map(|(worker, _)| *worker)
            .collect();
        let Some(least) = taken.iter().map(|worker| self.load(*worker)).min() else {
            let first = judged.into_iter().find_map(|(_, outcome)| outcome.err());
            return Err(first.unwrap_or(Error::NoWorker));
        };
        let best: Vec<u8> = taken.into_iter().filter(|worker| self.load(*worker) == least).collect();
        Ok(best[id % best.len()])
    }

    fn give(&mut self, id: usize, worker: u8) {
        self.jobs[id].worker = None;
        self.forget_idle();
        let simulated = self.world.workers[worker as usize].simulated;
        let job = &mut self.jobs[id];
        (job.phase, job.worker, job.simulated) = (JobPhase::Assigned, Some(worker), simulated);
    }

    pub fn assign(&mut self, org: u32, id: usize) -> Outcome {
        self.member(org)?;
        let job = self.job(id)?.clone();
        let lost = self.worker_is_lost(&job);
        match &job.phase {
            JobPhase::Proposed => return Err(Error::NotApproved),
            JobPhase::Assigned if !lost => return Err(Error::AlreadyAssigned),
            JobPhase::Running { .. } if !lost => return Err(Error::AlreadyRunning),
            JobPhase::Running { .. } => {
                self.end(
                    id,
                    JobPhase::Failed {
                        reason: FailReason::WorkerRevoked,
                        party: self.jobs[id].worker.map(|worker| Party::Worker(worker_account(worker))),
                    },
                );
                return Ok(());
            }
            phase if phase.is_terminal() => return Err(Error::JobEnded),
            _ if job.stopped.is_some() => return Err(Error::ConsentRevoked),
            _ => {}
        }
        let worker = self.pick(id)?;
        self.give(id, worker);
        Ok(())
    }

    fn assigned(&self, worker: u8, id: usize) -> Outcome<&ModelJob> {
        let job = self.job(id)?;
        match job.worker {
            None if !job.live() => Err(Error::JobEnded),
            None => Err(Error::NotAssigned),
            Some(other) if other != worker => Err(Error::NotAssignedWorker),
            Some(_) if !job.live() => Err(Error::JobEnded),
            Some(_) => Ok(job),
        }
    }

    fn attested(&self, worker: u8, id: usize) -> Outcome<&ModelJob> {
        let job = self.assigned(worker, id)?;
        match () {
            () if !self.active(worker) => Err(Error::WorkerNotActive),
            () if self.worker_is_lost(job) => Err(Error::WorkerChanged),
            () => Ok(job),
        }
    }

    pub fn submit(&mut self, worker: u8, id: usize, round: u32) -> Outcome {
        let job = self.attested(worker, id)?;
        let next = job.next_step();
        match () {
            () if job.stopped.is_some() => return Err(Error::ConsentRevoked),
            () if round < next => return Err(Error::RoundAlreadySubmitted),
            () if next >= job.steps() => return Err(Error::NoRoundLeft),
            () if round > next => return Err(Error::RoundOutOfOrder),
            () => {}
        }
        let at = self.now + job.deadlines.round;
        self.jobs[id].phase = JobPhase::Running { round: Round(round) };
        self.jobs[id].waits.clear();
        self.book(id, at);
        Ok(())
    }

    pub fn complete(&mut self, worker: u8, id: usize) -> Outcome {
        let job = self.attested(worker, id)?;
        if job.next_step() != job.steps() {
            return Err(Error::StepsMissing);
        }
        self.end(id, JobPhase::Completed);
        Ok(())
    }

    pub fn fail(&mut self, worker: u8, id: usize, reason: FailReason, party: Option<u32>) -> Outcome {
        self.assigned(worker, id)?;
        if party.is_some_and(|org| org > 2) {
            return Err(Error::PartyNotInJob);
        }
        if matches!(reason, FailReason::Deadline | FailReason::PolicyRevoked) {
            return Err(Error::ReasonReserved);
        }
        let party = party.map(|org| Party::Organisation(OrgId(org)));
        self.end(id, JobPhase::Failed { reason, party });
        Ok(())
    }

    pub fn cancel(&mut self, org: u32, id: usize) -> Outcome {
        self.member(org)?;
        let job = self.job(id)?;
        match () {
            () if job.proposer != org => return Err(Error::NotProposer),
            () if !job.live() => return Err(Error::JobEnded),
            () if job.runs() => return Err(Error::AlreadyRunning),
            () => {}
        }
        self.end(id, JobPhase::Cancelled);
        Ok(())
    }

    /// An owner revokes its policy; how many jobs it stops.
    pub fn stop(&mut self, dataset: u32) -> u32 {
        let mut stopped = 0;
        for id in 0..self.jobs.len() {
            if self.jobs[id].waits.remove(&dataset) {
                stopped += 1;
                if self.jobs[id].stopped.is_none() {
                    self.jobs[id].stopped = Some(dataset);
                    self.book(id, self.now + 1);
                }
            }
        }
        stopped
    }

    pub fn lose(&mut self, worker: u8) -> u32 {
        let jobs = self.load(worker);
        if jobs > 0 {
            self.lost.insert(worker);
        }
        jobs as u32
    }
}
