//! Random calls, time and failures, beside a reference that predicts the outcome of each: the error of every call, every
//! job's phase, deadline and worker, what its ledgers settle, whom it waited for at its end.
//!
//! What may fail: any call, with the error that the reference names. What may not: `try_state` after each block, and the
//! stand-ins' own assertions (a ledger settled twice, without a reservation, or for more rounds than were reserved).
//! proptest shortens a run that fails; `SEED` repeats it.

use super::{
    model::{Demand, Model, ModelJob, WorkerState, World},
    steps::{step, As, Step, Which},
    *,
};
use crate::{functions::MAX_LIVE_JOBS, LostWorkers};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use secureflow_primitives::{
    attestation::{Measurement, TeeKind},
    job::{FailReason, Party},
    policy::{Violation, WorkerRequirement},
    traits::{WaitingJobs, WorkerJobs},
};
use std::{cell::RefCell, collections::BTreeMap};

fn world() -> World {
    let worker = |simulated| WorkerState {
        revoked: false,
        expires_at: u32::MAX,
        simulated,
    };
    World {
        suspended: Default::default(),
        retired: Default::default(),
        refusing: None,
        overdrawn: None,
        uncovered: false,
        demand: Demand::default(),
        workers: [worker(false), worker(true), worker(true)],
    }
}

/// The pallet and its reference, side by side.
struct Pair(Model);

impl Pair {
    fn id(&self, which: &Which) -> usize {
        let jobs = self.0.jobs.len();
        match which.1 || jobs == 0 {
            true => jobs + 3,
            false => jobs - 1 - which.0.index(jobs.min(6)),
        }
    }

    fn worker(&self, who: &As, id: usize) -> u8 {
        let own = self.0.jobs.get(id).and_then(|job| job.worker);
        who.0.or(own).unwrap_or(0)
    }

    /// Dispatches a call and compares its outcome with the reference's.
    fn call(&mut self, who: AccountId, call: Call<Test>, expected: impl FnOnce(&mut Model) -> Result<(), Error<Test>>) {
        let text = format!("{call:?}");
        let found = dispatch(who, call);
        let expected = expected(&mut self.0).map_err(DispatchError::from);
        assert_eq!(found, expected, "{text}");
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Propose {
                org,
                rounds,
                deadlines: [approval, start, round],
            } => {
                let deadlines = Deadlines {
                    approval: *approval,
                    start: *start,
                    round: *round,
                };
                let spec = JobSpec {
                    rounds: *rounds,
                    deadlines,
                    ..spec()
                };
                let call = Call::propose_job { space: SPACE, spec };
                self.call(account(*org as u8), call, |model| {
                    model.propose(*org, *rounds, deadlines)
                });
            }
            Step::Approve { org, job } => self.approve(*org, self.id(job)),
            Step::ApproveAll { job } => {
                let id = self.id(job);
                (0..3).for_each(|org| self.approve(org, id));
            }
            Step::Assign { org, job } => {
                let id = self.id(job);
                let call = Call::assign_job { job: JobId(id as u32) };
                self.call(account(*org as u8), call, |model| model.assign(*org, id));
            }
            Step::Submit { who, job, round } => {
                let id = self.id(job);
                let next = match self.0.jobs.get(id).map(|job| &job.phase) {
                    Some(JobPhase::Running { round }) => round.0 + 1,
                    _ => 0,
                };
                let (worker, round) = (self.worker(who, id), round.unwrap_or(next));
                let call = round_call(worker, JobId(id as u32), commitment(round));
                self.call(worker_account(worker), call, |model| model.submit(worker, id, round));
            }
            Step::Complete { who, job } => {
                let id = self.id(job);
                if self.0.jobs.get(id).is_none() {
                    return;
                }
                let worker = self.worker(who, id);
                let call = result_call(worker, JobId(id as u32), result(worker, JobId(id as u32)));
                self.call(worker_account(worker), call, |model| model.complete(worker, id));
            }
            Step::Fail {
                who,
                job,
                reason,
                party,
            } => {
                let id = self.id(job);
                let worker = self.worker(who, id);
                let call = Call::fail_job {
                    job: JobId(id as u32),
                    reason: *reason,
                    party: party.map(|org| Party::Organisation(OrgId(org))),
                };
                self.call(worker_account(worker), call, |model| {
                    model.fail(worker, id, *reason, *party)
                });
            }
            Step::Cancel { org, job } => {
                let id = self.id(job);
                let call = Call::cancel { job: JobId(id as u32) };
                self.call(account(*org as u8), call, |model| model.cancel(*org, id));
            }
            Step::Stop { dataset } => {
                let stopped = <Collaborations as WaitingJobs>::stop(DatasetId(*dataset), OrgId(*dataset)).unwrap();
                assert_eq!(stopped, self.0.stop(*dataset));
            }
            Step::Lost { worker } => {
                let lost = <Collaborations as WorkerJobs>::lost(&worker_account(*worker));
                assert_eq!(lost, self.0.lose(*worker));
            }
            Step::Blocks(blocks) => (0..*blocks).for_each(|_| self.block()),
            other => self.disturb(other),
        }
    }

    fn approve(&mut self, org: u32, id: usize) {
        let call = Call::approve_job { job: JobId(id as u32) };
        self.call(account(org as u8), call, |model| model.approve(org, id));
    }

    /// The world outside this pallet changes its mind.
    fn disturb(&mut self, step: &Step) {
        let world = &mut self.0.world;
        match step {
            Step::Suspended(orgs) => world.suspended = orgs.iter().copied().collect(),
            Step::Retired(datasets) => world.retired = datasets.iter().copied().collect(),
            Step::Refusing(dataset) => world.refusing = dataset.filter(|dataset| *dataset < 3),
            Step::Overdrawn(dataset) => world.overdrawn = dataset.filter(|dataset| *dataset < 3),
            Step::Uncovered(uncovered) => world.uncovered = *uncovered,
            Step::Demand { hardware, build } => {
                world.demand = Demand {
                    hardware: *hardware,
                    build: *build,
                };
            }
            Step::Worker {
                worker,
                revoked,
                blocks_left,
                simulated,
            } => {
                world.workers[*worker as usize] = WorkerState {
                    revoked: *revoked,
                    expires_at: blocks_left.map_or(u32::MAX, |blocks| self.0.now + blocks),
                    simulated: *simulated,
                };
            }
            _ => unreachable!("the calls are taken before"),
        }
        self.0.world.apply();
    }

    /// A block begins: no more jobs change than a block may change, and all are as predicted.
    fn block(&mut self) {
        let before: Vec<_> = self.0.jobs.iter().map(|job| (job.phase.clone(), job.worker)).collect();
        self.0.next_block();
        run_to(self.0.now);
        let after = self.0.jobs.iter().map(|job| (job.phase.clone(), job.worker));
        let changed = before.into_iter().zip(after).filter(|(before, after)| before != after);
        assert!(changed.count() as u32 <= MaxExpiriesPerBlock::get());
        self.compare();
    }

    fn compare(&self) {
        assert_eq!(Jobs::<Test>::iter().count(), self.0.jobs.len());
        for (id, expected) in (0..).map(JobId).zip(&self.0.jobs) {
            let found = job(id);
            let worker = expected.worker.map(worker_account);
            let approvals = expected.approvals.iter().copied().map(OrgId).collect::<Vec<_>>();
            assert_eq!(
                (&found.phase, found.deadline, &found.worker, found.approvals.to_vec()),
                (&expected.phase, expected.deadline, &worker, approvals),
                "{id}: {expected:?}"
            );
            assert_eq!(settled(id), [expected.settled; 3], "{id}: {expected:?}");
            let reserved = Reserved::contains_key((id, DatasetId(0)));
            assert_eq!(reserved, expected.approvals.len() == 3, "{id}: {expected:?}");
            let unpaid = !expected.phase.is_terminal() || expected.phase == JobPhase::Completed;
            assert_eq!(HeldPrices::contains_key(id), reserved && unpaid, "{id}: {expected:?}");
            assert!(
                expected.phase.is_terminal() || self.0.now < latest_end(expected),
                "{id} should have ended: {expected:?}"
            );
        }
        let lost: Vec<AccountId> = self.0.lost.iter().copied().map(worker_account).collect();
        let mut found: Vec<AccountId> = LostWorkers::<Test>::iter_keys().collect();
        found.sort();
        assert_eq!(found, lost);
    }
}

impl World {
    /// Makes the stand-ins answer like this.
    fn apply(&self) {
        Suspended::set(self.suspended.iter().copied().map(OrgId).collect());
        Retired::set(self.retired.iter().copied().map(DatasetId).collect());
        Refusal::set(self.refusing.map(|dataset| (DatasetId(dataset), Violation::Expired)));
        Overdrawn::set(self.overdrawn.map(DatasetId));
        Uncovered::set(self.uncovered);
        let mut required = match self.demand.hardware {
            true => WorkerRequirement::hardware(),
            false => WorkerRequirement::default(),
        };
        required.measurements = self
            .demand
            .build
            .map(|worker| vec![Measurement::simulated(&[worker])].try_into().unwrap());
        Required::set(vec![(DatasetId(1), required)]);
        for (n, state) in (0..).zip(&self.workers) {
            Registry::change(n, |worker| {
                (worker.revoked, worker.expires_at) = (state.revoked, state.expires_at);
                worker.kind = match state.simulated {
                    true => TeeKind::Simulated,
                    false => TeeKind::SevSnp,
                };
            });
        }
    }
}

/// The block at which a job has ended, whatever happens: each phase may have to move past the blocks that are full.
fn latest_end(job: &ModelJob) -> u32 {
    let Deadlines { approval, start, round } = job.deadlines;
    let crowding = 3 * MAX_LIVE_JOBS / MaxExpiriesPerBlock::get() + 1;
    let steps = job.rounds + 3;
    job.proposed_at + approval + start + steps * round + (2 + steps) * crowding
}

fn seed() -> u64 {
    let drawn = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.expect("the clock is past 1970").as_nanos() as u64
    };
    let seed = std::env::var("SEED").map_or_else(|_| drawn(), |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    seed
}

/// How a job ended, in a word, for the count.
fn end(phase: &JobPhase) -> String {
    match phase {
        JobPhase::Failed {
            reason: FailReason::TooFewParties | FailReason::Protocol,
            ..
        } => "given up".into(),
        JobPhase::Failed { reason, .. } => format!("{reason:?}"),
        JobPhase::Expired { waiting_for } => format!("expired, waiting: {}", waiting_for.is_some()),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_job_goes_as_predicted_and_ends() {
    let ends: RefCell<BTreeMap<String, u32>> = RefCell::default();
    let config = Config {
        cases: 150,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let mut random = [0; 32];
    random[..8].copy_from_slice(&seed().to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &random));
    let outcome = runner.run(&proptest::collection::vec(step(), 300..700), |steps| {
        chain(|| {
            for n in 0..3 {
                Registry::add(n, TeeKind::Simulated);
            }
            make_space();
            let mut pair = Pair(Model {
                now: 1,
                world: world(),
                jobs: Vec::new(),
                lost: Default::default(),
            });
            pair.0.world.apply();
            for step in &steps {
                pair.take(step);
            }
            // Nobody calls any more: all that is left ends by itself.
            while pair.0.jobs.iter().any(|job| !job.phase.is_terminal()) {
                pair.block();
            }
            for job in &pair.0.jobs {
                *ends.borrow_mut().entry(end(&job.phase)).or_default() += 1;
            }
        });
        Ok::<(), TestCaseError>(())
    });
    outcome.unwrap();
    // The test means something only when jobs end in every way.
    let ends = ends.into_inner();
    println!("{ends:?}");
    for way in [
        "Completed",
        "Cancelled",
        "Deadline",
        "given up",
        "WorkerRevoked",
        "PolicyRevoked",
        "expired, waiting: true",
        "expired, waiting: false",
    ] {
        assert!(ends.contains_key(way), "no job ended so: {way}, {ends:?}");
    }
}
