use super::*;
use crate::{Event, LiveJobs, Stopped, Waiting, WorkerLoad};
use secureflow_primitives::{
    bounds::MAX_WAITING_JOBS,
    job::{FailReason, Party},
    traits::WaitingJobs,
};

fn stop(dataset: u32) -> u32 {
    <Collaborations as WaitingJobs>::stop(DatasetId(dataset), OrgId(dataset)).unwrap()
}

fn revoked_by(org: u32) -> JobPhase {
    JobPhase::Failed {
        reason: FailReason::PolicyRevoked,
        party: Some(Party::Organisation(OrgId(org))),
    }
}

#[test]
fn a_job_that_has_not_begun_ends_in_the_next_block() {
    chain(|| {
        assigned();
        let proposed = propose(spec());
        assert_eq!(Waiting::<Test>::get(DatasetId(1)), vec![JOB, proposed]);
        assert_eq!(stop(1), 2);
        // Nothing can be done with it any more.
        refused(account(0), Call::approve_job { job: proposed }, Error::ConsentRevoked);
        refused(account(0), Call::assign_job { job: JOB }, Error::AlreadyAssigned);
        assert_eq!(submit(0, JOB, 0), Err(Error::<Test>::ConsentRevoked.into()));
        run_to(2);
        for id in [JOB, proposed] {
            assert_eq!(phase(id), revoked_by(1));
        }
        System::assert_has_event(
            Event::JobFailed {
                job: JOB,
                reason: FailReason::PolicyRevoked,
                party: Some(Party::Organisation(OrgId(1))),
            }
            .into(),
        );
        assert_eq!(settled(JOB), [Some(0); 3]);
        assert_eq!(settled(proposed), [None; 3]);
        assert_eq!(WorkerLoad::<Test>::get(worker_account(0)), 0);
        assert_eq!(LiveJobs::<Test>::get(OrgId(0)), 0);
        assert_eq!(Stopped::<Test>::iter().count() + Waiting::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_job_that_runs_goes_on() {
    chain(|| {
        assigned();
        assert_ok!(submit(0, JOB, 0));
        assert_eq!(stop(1), 0);
        assert_ok!(submit(0, JOB, 1));
        run_to(3);
        assert_eq!(phase(JOB), JobPhase::Running { round: Round(1) });
    });
}

#[test]
fn who_revoked_first_is_named() {
    chain(|| {
        make_space();
        propose(spec());
        assert_eq!((stop(2), stop(0), stop(2)), (1, 1, 0));
        run_to(2);
        assert_eq!(phase(JOB), revoked_by(2));
    });
}

/// However many jobs wait, a block ends no more than it may.
#[test]
fn many_jobs_end_over_several_blocks() {
    chain(|| {
        make_space();
        for proposer in [0, 1] {
            for _ in 0..MAX_WAITING_JOBS / 2 {
                let call = Call::propose_job {
                    space: SPACE,
                    spec: spec(),
                };
                assert_ok!(dispatch(account(proposer), call));
            }
        }
        let call = Call::propose_job {
            space: SPACE,
            spec: spec(),
        };
        refused(account(2), call, Error::DatasetBusy);
        assert_eq!(stop(0), MAX_WAITING_JOBS);
        let ended = || {
            Jobs::<Test>::iter_values()
                .filter(|job| job.phase.is_terminal())
                .count() as u32
        };
        let per_block = MaxExpiriesPerBlock::get();
        let mut before = 0;
        while before < MAX_WAITING_JOBS {
            run_to(System::block_number() + 1);
            let now = ended();
            assert!(now > before && now - before <= per_block, "{before} then {now}");
            before = now;
        }
        assert!(Jobs::<Test>::iter_values().all(|job| job.phase == revoked_by(0)));
    });
}
