//! Workers that are lost, and what becomes of their jobs.

use super::*;
use crate::{AssignedJobs, Event, LostWorkers, WorkerLoad};
use secureflow_primitives::{
    attestation::TeeKind,
    audit::{Kind, Subject},
    job::{FailReason, Party},
    traits::{WaitingJobs, WorkerJobs},
};

/// The worker is revoked, and this pallet hears of it.
fn lose(n: u8) -> u32 {
    Registry::change(n, |worker| worker.revoked = true);
    <Collaborations as WorkerJobs>::lost(&worker_account(n))
}

fn revoked(n: u8) -> JobPhase {
    JobPhase::Failed {
        reason: FailReason::WorkerRevoked,
        party: Some(Party::Worker(worker_account(n))),
    }
}

fn lost_workers() -> usize {
    LostWorkers::<Test>::iter().count()
}

#[test]
fn a_job_that_has_not_begun_goes_to_another_worker() {
    chain(|| {
        assigned();
        let other = Registry::add(1, TeeKind::SevSnp);
        assert_eq!(lose(0), 1);
        // Hearing it twice is hearing it once.
        assert_eq!(<Collaborations as WorkerJobs>::lost(&worker_account(0)), 1);
        assert_eq!(lost_workers(), 1);
        run_to(2);
        let moved = job(JOB);
        assert_eq!(
            (moved.phase, moved.worker, moved.simulated, moved.deadline),
            (JobPhase::Assigned, Some(other.clone()), false, 6)
        );
        System::assert_last_event(
            Event::JobAssigned {
                job: JOB,
                worker: other.clone(),
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobAssigned)));
        assert_eq!(AssignedJobs::<Test>::iter_keys().collect::<Vec<_>>(), [(other, JOB)]);
        assert_eq!(lost_workers(), 0);
        refused(
            worker_account(0),
            round_call(0, JOB, commitment(0)),
            Error::NotAssignedWorker,
        );
        assert_ok!(submit(1, JOB, 0));
    });
}

#[test]
fn without_another_it_waits_under_the_same_deadline() {
    chain(|| {
        assigned();
        lose(0);
        run_to(2);
        let waiting = job(JOB);
        assert_eq!(
            (waiting.phase, waiting.worker, waiting.deadline),
            (JobPhase::Approved, None, 6)
        );
        System::assert_last_event(
            Event::JobUnassigned {
                job: JOB,
                worker: worker_account(0),
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobUnassigned)));
        assert_eq!(WorkerLoad::<Test>::get(worker_account(0)), 0);
        refused(worker_account(0), round_call(0, JOB, commitment(0)), Error::NotAssigned);
        refused(account(5), Call::assign_job { job: JOB }, Error::NoWorker);
        let other = propose(spec());
        approve_all(other);
        Registry::add(1, TeeKind::Simulated);
        assert_ok!(dispatch(account(5), Call::assign_job { job: JOB }));
        assert_ok!(submit(1, JOB, 0));
        // The other one found nobody, and waits for nobody.
        run_to(7);
        assert_eq!(phase(other), JobPhase::Expired { waiting_for: None });
        assert_eq!(settled(other), [Some(0); 3]);
    });
}

#[test]
fn a_job_that_runs_ends_and_names_the_worker() {
    chain(|| {
        assigned();
        Registry::add(1, TeeKind::SevSnp);
        for round in 0..3 {
            assert_ok!(submit(0, JOB, round));
        }
        lose(0);
        run_to(2);
        assert_eq!(phase(JOB), revoked(0));
        System::assert_last_event(
            Event::JobFailed {
                job: JOB,
                reason: FailReason::WorkerRevoked,
                party: Some(Party::Worker(worker_account(0))),
            }
            .into(),
        );
        // The second round was under way.
        assert_eq!(settled(JOB), [Some(2); 3]);
        assert_eq!((job(JOB).deadline, lost_workers()), (0, 0));
        assert_eq!(AssignedJobs::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_worker_that_renews_in_time_keeps_its_jobs() {
    chain(|| {
        assigned();
        lose(0);
        Registry::change(0, |worker| worker.revoked = false);
        run_to(2);
        assert_eq!(job(JOB).worker, Some(worker_account(0)));
        assert_eq!((phase(JOB), lost_workers()), (JobPhase::Assigned, 0));
        assert_ok!(submit(0, JOB, 0));
    });
}

#[test]
fn a_worker_without_jobs_leaves_nothing() {
    chain(|| {
        Registry::add(0, TeeKind::Simulated);
        assert_eq!((lose(0), lost_workers()), (0, 0));
        assert_eq!(<Collaborations as WorkerJobs>::lost(&worker_account(9)), 0);
    });
}

#[test]
fn a_job_that_ends_meanwhile_is_not_looked_for() {
    chain(|| {
        assigned();
        lose(0);
        assert_ok!(dispatch(account(0), Call::cancel { job: JOB }));
        assert_eq!(lost_workers(), 0);
        run_to(2);
        assert_eq!(phase(JOB), JobPhase::Cancelled);
    });
}

#[test]
fn a_stopped_job_gets_no_other_worker() {
    chain(|| {
        assigned();
        Registry::add(1, TeeKind::Simulated);
        // Three proposals end in the next block, so that the stopped job ends in the one after it.
        for _ in 0..3 {
            let mut spec = spec();
            spec.deadlines.approval = 1;
            propose(spec);
        }
        <Collaborations as WaitingJobs>::stop(DatasetId(1), OrgId(1)).unwrap();
        assert_eq!(job(JOB).deadline, 3);
        // The room that one of them leaves is for jobs of lost workers.
        assert_ok!(dispatch(account(0), Call::cancel { job: JobId(2) }));
        lose(0);
        run_to(2);
        assert_eq!((phase(JOB), job(JOB).worker), (JobPhase::Approved, None));
        run_to(3);
        assert_eq!(
            phase(JOB),
            JobPhase::Failed {
                reason: FailReason::PolicyRevoked,
                party: Some(Party::Organisation(OrgId(1))),
            }
        );
    });
}

/// However many jobs two lost workers have, a block looks after so many; deadlines come first.
#[test]
fn a_block_moves_so_many_jobs() {
    chain(|| {
        for n in [0, 1] {
            Registry::add(n, TeeKind::Simulated);
        }
        make_space();
        let long = |rounds| JobSpec {
            rounds,
            deadlines: Deadlines {
                approval: 10,
                start: 100,
                round: 100,
            },
            ..spec()
        };
        for rounds in 1..=20 {
            let id = propose(long(rounds));
            approve_all(id);
            if rounds % 2 == 0 {
                let worker = AsRef::<[u8]>::as_ref(&job(id).worker.unwrap())[0] - 200;
                assert_ok!(submit(worker, id, 0));
            }
        }
        Registry::add(2, TeeKind::Simulated);
        assert_eq!(lose(0) + lose(1), 20);
        // Proposals that nobody approves fill the next three blocks.
        for blocks in [1, 1, 1, 2, 2, 2, 3, 3, 3] {
            let mut spec = spec();
            spec.deadlines.approval = blocks;
            propose(spec);
        }
        let left = || {
            (0..20)
                .filter(|id| {
                    job(JobId(*id)).worker.is_some_and(|worker| worker != worker_account(2))
                        && !phase(JobId(*id)).is_terminal()
                })
                .count()
        };
        run_to(4);
        assert_eq!(left(), 20);
        for (block, expected) in (5..25).zip((0..20).rev()) {
            run_to(block);
            assert_eq!(left(), expected, "at block {block}");
        }
        for id in 0..20 {
            let found = job(JobId(id));
            match id % 2 {
                0 => assert_eq!(
                    (found.phase, found.worker),
                    (JobPhase::Assigned, Some(worker_account(2)))
                ),
                _ => assert!(matches!(
                    found.phase,
                    JobPhase::Failed {
                        reason: FailReason::WorkerRevoked,
                        ..
                    }
                )),
            }
        }
        assert_eq!(lost_workers(), 0);
    });
}

#[test]
fn anybody_may_end_a_running_job_whose_worker_is_lost() {
    chain(|| {
        assigned();
        Registry::add(1, TeeKind::SevSnp);
        assert_ok!(submit(0, JOB, 0));
        refused(account(5), Call::assign_job { job: JOB }, Error::AlreadyRunning);
        Registry::change(0, |worker| worker.expires_at = 3);
        run_to(3);
        refused(account(77), Call::assign_job { job: JOB }, Error::NotMember);
        assert_ok!(dispatch(account(5), Call::assign_job { job: JOB }));
        assert_eq!(phase(JOB), revoked(0));
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobFailed)));
        refused(account(5), Call::assign_job { job: JOB }, Error::JobEnded);
    });
}

/// A worker that renewed as something else was asked about under other rules: it is lost to the job as well.
#[test]
fn a_worker_that_became_something_else_is_lost() {
    chain(|| {
        assigned();
        Registry::change(0, |worker| worker.kind = TeeKind::SevSnp);
        assert_ok!(dispatch(account(5), Call::assign_job { job: JOB }));
        let again = job(JOB);
        assert_eq!((again.worker, again.simulated), (Some(worker_account(0)), false));
        assert_eq!(WorkerLoad::<Test>::get(worker_account(0)), 1);
        assert_ok!(submit(0, JOB, 0));
        Registry::change(0, |worker| worker.kind = TeeKind::Simulated);
        run_to(8);
        assert_eq!(phase(JOB), revoked(0));
    });
}

#[test]
fn statistics_do_not_change_their_worker() {
    chain(|| {
        Registry::add(0, TeeKind::Simulated);
        make_space();
        let by_itself = propose(statistics());
        let by_a_call = propose(statistics());
        approve_all(by_itself);
        approve_all(by_a_call);
        Registry::add(1, TeeKind::SevSnp);
        Registry::change(0, |worker| worker.revoked = true);
        assert_ok!(dispatch(account(5), Call::assign_job { job: by_a_call }));
        lose(0);
        run_to(2);
        for job in [by_itself, by_a_call] {
            assert_eq!(phase(job), revoked(0));
            // The worker may have the sum, whatever it has committed to.
            assert_eq!(settled(job), [Some(1); 3]);
        }
        assert_eq!(AssignedJobs::<Test>::iter().count(), 0);
    });
}

#[test]
fn statistics_without_a_worker_cost_nothing() {
    chain(|| {
        make_space();
        let job = propose(statistics());
        approve_all(job);
        run_to(20);
        assert_eq!(phase(job), JobPhase::Expired { waiting_for: None });
        assert_eq!(settled(job), [Some(0); 3]);
    });
}
