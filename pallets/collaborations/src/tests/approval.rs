use super::*;
use crate::{Event, WorkerLoad};
use secureflow_primitives::{
    attestation::TeeKind,
    audit::{Kind, Subject},
    policy::Violation,
    PolicyVersion,
};

#[test]
fn the_last_approval_pins_reserves_and_assigns() {
    chain(|| {
        let worker = Registry::add(0, TeeKind::Simulated);
        make_space();
        propose(spec());
        run_to(4);
        for org in [2, 0] {
            assert_ok!(dispatch(account(org), Call::approve_job { job: JOB }));
            assert_eq!(phase(JOB), JobPhase::Proposed);
            assert!(Reserved::iter().next().is_none());
        }
        assert_ok!(dispatch(account(1), Call::approve_job { job: JOB }));
        System::assert_has_event(
            Event::JobApproved {
                job: JOB,
                org: OrgId(1),
            }
            .into(),
        );
        System::assert_last_event(
            Event::JobAssigned {
                job: JOB,
                worker: worker.clone(),
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobAssigned)));
        let job = job(JOB);
        assert_eq!(
            (job.phase, job.worker, job.simulated, job.deadline),
            (JobPhase::Assigned, Some(worker.clone()), true, 9)
        );
        assert_eq!(job.approvals.to_vec(), [OrgId(2), OrgId(0), OrgId(1)]);
        let pins: Vec<_> = job
            .policies
            .iter()
            .map(|pin| (pin.dataset.0, pin.owner.0, pin.version))
            .collect();
        assert_eq!(pins, [0, 1, 2].map(|n| (n, n, PolicyVersion(3))));
        assert_eq!(Reserved::iter().count(), 3);
        assert_eq!(WorkerLoad::<Test>::get(worker), 1);
    });
}

#[test]
fn only_an_owner_approves_and_once() {
    chain(|| {
        make_space();
        propose(spec());
        let call = || Call::approve_job { job: JOB };
        refused(account(77), call(), Error::NotMember);
        refused(account(101), call(), Error::NotOwnAccount);
        refused(account(3), call(), Error::NotAParty);
        refused(account(0), Call::approve_job { job: JobId(9) }, Error::UnknownJob);
        assert_ok!(dispatch(account(0), call()));
        refused(account(0), call(), Error::AlreadyApproved);
        assert_ok!(dispatch(account(1), call()));
        assert_ok!(dispatch(account(2), call()));
        refused(account(0), call(), Error::NotProposed);
        assert_ok!(Collaborations::cancel(signed(0), JOB));
        refused(account(0), call(), Error::JobEnded);
    });
}

#[test]
fn a_refusal_names_the_rule() {
    chain(|| {
        make_space();
        propose(spec());
        let check = |violation, expected: Error<Test>| {
            Refusal::set(Some((DatasetId(1), violation)));
            refused(account(1), Call::approve_job { job: JOB }, expected);
        };
        check(Violation::UnknownDataset, Error::PolicyUnknownDataset);
        check(Violation::DatasetRetired, Error::PolicyDatasetRetired);
        check(Violation::NoPolicy, Error::PolicyNoPolicy);
        check(Violation::Purpose, Error::PolicyPurpose);
        check(Violation::Operation, Error::PolicyOperation);
        check(Violation::ColumnHidden, Error::PolicyColumnHidden);
        check(Violation::ColumnRole, Error::PolicyColumnRole);
        check(Violation::ColumnOperation, Error::PolicyColumnOperation);
        check(Violation::ColumnPurpose, Error::PolicyColumnPurpose);
        check(Violation::TooFewParties, Error::PolicyTooFewParties);
        check(Violation::GroupTooSmall, Error::PolicyGroupTooSmall);
        check(Violation::WorkerKind, Error::PolicyWorkerKind);
        check(Violation::WorkerMeasurement, Error::PolicyWorkerMeasurement);
        check(Violation::SimulatedWorker, Error::PolicySimulatedWorker);
        check(Violation::NoPrivacy, Error::PolicyNoPrivacy);
        check(Violation::NoiseTooLow, Error::PolicyNoiseTooLow);
        check(Violation::BudgetExceeded, Error::PolicyBudgetExceeded);
        check(Violation::UsesExhausted, Error::PolicyUsesExhausted);
        check(Violation::Expired, Error::PolicyExpired);
        check(Violation::Counterparty, Error::PolicyCounterparty);
        check(Violation::Price, Error::PolicyPrice);
        // Another owner's policy does not stop this owner's word.
        assert_ok!(dispatch(account(0), Call::approve_job { job: JOB }));
    });
}

#[test]
fn the_last_approval_checks_all_policies_again() {
    chain(|| {
        make_space();
        propose(spec());
        assert_ok!(dispatch(account(0), Call::approve_job { job: JOB }));
        assert_ok!(dispatch(account(1), Call::approve_job { job: JOB }));
        Refusal::set(Some((DatasetId(0), Violation::Expired)));
        refused(account(2), Call::approve_job { job: JOB }, Error::PolicyExpired);
        Refusal::set(None);
        Suspended::set(vec![OrgId(1)]);
        refused(account(2), Call::approve_job { job: JOB }, Error::OwnerNotActive);
        Suspended::set(Vec::new());
        // The first two ledgers are reserved before the third refuses; that goes back.
        Overdrawn::set(Some(DatasetId(2)));
        refused(account(2), Call::approve_job { job: JOB }, Error::PolicyBudgetExceeded);
        Overdrawn::set(None);
        assert_ok!(dispatch(account(2), Call::approve_job { job: JOB }));
    });
}

#[test]
fn a_job_without_a_worker_waits_for_one() {
    chain(|| {
        make_space();
        propose(spec());
        refused(account(5), Call::assign_job { job: JOB }, Error::NotApproved);
        approve_all(JOB);
        assert_eq!(phase(JOB), JobPhase::Approved);
        assert_eq!(job(JOB).deadline, 6);
        refused(account(5), Call::assign_job { job: JOB }, Error::NoWorker);
        refused(account(77), Call::assign_job { job: JOB }, Error::NotMember);
        run_to(3);
        let worker = Registry::add(0, TeeKind::SevSnp);
        assert_ok!(dispatch(account(5), Call::assign_job { job: JOB }));
        let job = job(JOB);
        assert_eq!(
            (job.phase, job.worker, job.simulated, job.deadline),
            (JobPhase::Assigned, Some(worker), false, 6)
        );
        refused(account(5), Call::assign_job { job: JOB }, Error::AlreadyAssigned);
        assert_ok!(submit(0, JOB, 0));
        refused(account(5), Call::assign_job { job: JOB }, Error::AlreadyRunning);
    });
}

#[test]
fn a_worker_lost_before_the_start_is_replaced() {
    chain(|| {
        assigned();
        let other = Registry::add(1, TeeKind::SevSnp);
        Registry::change(0, |worker| worker.revoked = true);
        assert_ok!(dispatch(account(5), Call::assign_job { job: JOB }));
        let job = job(JOB);
        assert_eq!((job.worker, job.simulated), (Some(other), false));
        refused(
            worker_account(0),
            round_call(0, JOB, commitment(0)),
            Error::NotAssignedWorker,
        );
        assert_ok!(submit(1, JOB, 0));
    });
}

#[test]
fn load_spreads_over_workers() {
    chain(|| {
        for n in 0..3 {
            Registry::add(n, TeeKind::Simulated);
        }
        make_space();
        for _ in 0..9 {
            approve_all(propose(spec()));
        }
        for n in 0..3 {
            assert_eq!(WorkerLoad::<Test>::get(worker_account(n)), 3);
        }
        // Whoever has finished gets the next.
        let first = job(JOB).worker.unwrap();
        assert_ok!(Collaborations::cancel(signed(0), JOB));
        let next = propose(spec());
        approve_all(next);
        assert_eq!(job(next).worker, Some(first));
    });
}
