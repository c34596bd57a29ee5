use super::*;
use crate::{Event, LiveJobs, WorkerLoad};
use secureflow_primitives::{
    attestation::TeeKind,
    audit::{Kind, Subject},
    job::{FailReason, Party},
};

#[test]
fn a_proposal_that_is_not_approved_expires_and_names_who_was_waited_for() {
    chain(|| {
        make_space();
        propose(spec());
        assert_ok!(dispatch(account(0), Call::approve_job { job: JOB }));
        assert_ok!(dispatch(account(2), Call::approve_job { job: JOB }));
        run_to(10);
        assert_eq!(phase(JOB), JobPhase::Proposed);
        run_to(11);
        let waiting_for = Some(Party::Organisation(OrgId(1)));
        assert_eq!(
            phase(JOB),
            JobPhase::Expired {
                waiting_for: waiting_for.clone()
            }
        );
        System::assert_last_event(Event::JobExpired { job: JOB, waiting_for }.into());
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobExpired)));
        assert_eq!(settled(JOB), [None; 3]);
        assert_eq!(LiveJobs::<Test>::get(OrgId(0)), 0);
        refused(account(1), Call::approve_job { job: JOB }, Error::JobEnded);
    });
}

#[test]
fn an_approved_job_without_a_worker_expires() {
    chain(|| {
        make_space();
        propose(spec());
        approve_all(JOB);
        run_to(6);
        assert_eq!(phase(JOB), JobPhase::Expired { waiting_for: None });
        assert_eq!(settled(JOB), [Some(0); 3]);
    });
}

#[test]
fn a_worker_that_does_not_begin_fails_the_job() {
    chain(|| {
        assigned();
        run_to(6);
        let party = Some(Party::Worker(worker_account(0)));
        assert_eq!(
            phase(JOB),
            JobPhase::Failed {
                reason: FailReason::Deadline,
                party: party.clone()
            }
        );
        System::assert_last_event(
            Event::JobFailed {
                job: JOB,
                reason: FailReason::Deadline,
                party,
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobFailed)));
        assert_eq!(settled(JOB), [Some(0); 3]);
        assert_eq!(WorkerLoad::<Test>::get(worker_account(0)), 0);
    });
}

#[test]
fn a_worker_that_stops_fails_the_job() {
    chain(|| {
        assigned();
        run_to(3);
        assert_ok!(submit(0, JOB, 0));
        run_to(5);
        assert_ok!(submit(0, JOB, 1));
        // The start's and the first step's deadlines have no more effect.
        run_to(11);
        assert_eq!(phase(JOB), JobPhase::Running { round: Round(1) });
        run_to(12);
        let party = Some(Party::Worker(worker_account(0)));
        assert_eq!(
            phase(JOB),
            JobPhase::Failed {
                reason: FailReason::Deadline,
                party
            }
        );
        // The first training round was under way.
        assert_eq!(settled(JOB), [Some(1); 3]);
    });
}

#[test]
fn a_worker_that_lost_its_attestation_is_named_so() {
    chain(|| {
        assigned();
        assert_ok!(submit(0, JOB, 0));
        Registry::change(0, |worker| worker.revoked = true);
        run_to(8);
        let party = Some(Party::Worker(worker_account(0)));
        assert_eq!(
            phase(JOB),
            JobPhase::Failed {
                reason: FailReason::WorkerRevoked,
                party
            }
        );
    });
}

#[test]
fn a_block_ends_so_many_jobs_and_the_rest_move_on() {
    chain(|| {
        make_space();
        for _ in 0..10 {
            propose(spec());
        }
        let ended = || (0..10).filter(|id| phase(JobId(*id)).is_terminal()).count();
        for (block, expected) in [(10, 0), (11, 3), (12, 6), (13, 9), (14, 10)] {
            run_to(block);
            assert_eq!(ended(), expected, "at block {block}");
        }
    });
}

#[test]
fn a_place_that_a_job_leaves_is_taken_again() {
    chain(|| {
        Registry::add(0, TeeKind::Simulated);
        make_space();
        for _ in 0..3 {
            propose(spec());
        }
        let late = propose(spec());
        assert_eq!(job(late).deadline, 12);
        assert_ok!(Collaborations::cancel(signed(0), JOB));
        assert_eq!(job(propose(spec())).deadline, 11);
        // The deadline says when the job really ends.
        run_to(11);
        assert_eq!(phase(late), JobPhase::Proposed);
        run_to(12);
        assert!(phase(late).is_terminal());
    });
}
