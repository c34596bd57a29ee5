//! What the pinned policies ask of the worker, and for their data.

use super::*;
use crate::Event;
use secureflow_primitives::{
    attestation::{Measurement, TeeKind},
    job::{FailReason, Party},
    policy::WorkerRequirement,
    traits::WorkerJobs,
    Balance,
};

fn kinds(kinds: &[TeeKind]) -> WorkerRequirement {
    WorkerRequirement {
        kinds: kinds.to_vec().try_into().unwrap(),
        measurements: None,
    }
}

/// Only the builds that these workers run.
fn builds(workers: &[u8]) -> WorkerRequirement {
    let measurements: Vec<_> = workers.iter().map(|n| Measurement::simulated(&[*n])).collect();
    WorkerRequirement {
        measurements: Some(measurements.try_into().unwrap()),
        ..WorkerRequirement::default()
    }
}

/// What each dataset's policy asks of the worker from now on.
fn require(required: &[(u32, WorkerRequirement)]) {
    let required = required
        .iter()
        .map(|(dataset, what)| (DatasetId(*dataset), what.clone()));
    Required::set(required.collect());
}

fn assign(job: JobId) -> Call<Test> {
    Call::assign_job { job }
}

fn held(job: JobId) -> Option<Vec<(u32, Balance)>> {
    let prices = HeldPrices::get(job)?;
    Some(prices.0.iter().map(|(org, price)| (org.0, *price)).collect())
}

#[test]
fn a_worker_must_satisfy_every_policy() {
    chain(|| {
        require(&[
            (0, kinds(&[TeeKind::SevSnp, TeeKind::Tdx])),
            (1, builds(&[1, 2, 3])),
            (2, kinds(&[TeeKind::Tdx, TeeKind::Sgx])),
        ]);
        Registry::add(0, TeeKind::Simulated);
        make_space();
        approve_all(propose(spec()));
        let pinned = job(JOB).requirement;
        assert_eq!(pinned.kinds.to_vec(), [TeeKind::Tdx]);
        assert_eq!(pinned.measurements, builds(&[1, 2, 3]).measurements);
        assert_eq!(phase(JOB), JobPhase::Approved);
        // The refusal names what the first of the workers falls short of.
        refused(account(5), assign(JOB), Error::PolicySimulatedWorker);
        Registry::change(0, |worker| worker.kind = TeeKind::SevSnp);
        refused(account(5), assign(JOB), Error::PolicyWorkerKind);
        Registry::change(0, |worker| worker.kind = TeeKind::Tdx);
        refused(account(5), assign(JOB), Error::PolicyWorkerMeasurement);
        Registry::add(1, TeeKind::Sgx);
        refused(account(5), assign(JOB), Error::PolicyWorkerMeasurement);
        let suits = Registry::add(2, TeeKind::Tdx);
        assert_ok!(dispatch(account(5), assign(JOB)));
        assert_eq!((job(JOB).worker, job(JOB).simulated), (Some(suits), false));
    });
}

#[test]
fn policies_that_no_worker_can_satisfy_refuse_the_job() {
    chain(|| {
        make_space();
        propose(spec());
        for org in [0, 1] {
            assert_ok!(dispatch(account(org), Call::approve_job { job: JOB }));
        }
        let check = |one, other, expected: Error<Test>| {
            require(&[(0, one), (2, other)]);
            refused(account(2), Call::approve_job { job: JOB }, expected);
        };
        check(
            kinds(&[TeeKind::SevSnp]),
            kinds(&[TeeKind::Tdx, TeeKind::Sgx]),
            Error::PolicyWorkerKind,
        );
        check(
            kinds(&[TeeKind::Simulated]),
            WorkerRequirement::hardware(),
            Error::PolicySimulatedWorker,
        );
        check(builds(&[0, 1]), builds(&[2]), Error::PolicyWorkerMeasurement);
        require(&[(0, builds(&[0, 1])), (2, builds(&[1, 2]))]);
        assert_ok!(dispatch(account(2), Call::approve_job { job: JOB }));
    });
}

#[test]
fn a_lost_worker_is_replaced_by_one_that_satisfies_the_policies() {
    chain(|| {
        require(&[(1, WorkerRequirement::hardware()), (2, builds(&[0, 3]))]);
        let first = Registry::add(0, TeeKind::SevSnp);
        make_space();
        approve_all(propose(spec()));
        assert_eq!(job(JOB).worker, Some(first.clone()));
        Registry::add(1, TeeKind::SevSnp);
        Registry::change(0, |worker| worker.revoked = true);
        <Collaborations as WorkerJobs>::lost(&first);
        run_to(2);
        // The other one runs another build, and so the job waits.
        assert_eq!((phase(JOB), job(JOB).worker), (JobPhase::Approved, None));
        refused(account(5), assign(JOB), Error::PolicyWorkerMeasurement);
        Registry::add(3, TeeKind::Simulated);
        refused(account(5), assign(JOB), Error::PolicyWorkerMeasurement);
        Registry::change(3, |worker| worker.kind = TeeKind::Sgx);
        assert_ok!(dispatch(account(5), assign(JOB)));
        assert_ok!(submit(3, JOB, 0));
    });
}

#[test]
fn a_policy_change_does_not_touch_an_approved_job() {
    chain(|| {
        require(&[(0, kinds(&[TeeKind::SevSnp]))]);
        Asked::set(vec![(DatasetId(1), 30)]);
        let first = Registry::add(0, TeeKind::SevSnp);
        make_space();
        approve_all(propose(spec()));
        // From now on another kind of worker is asked for, and another price.
        require(&[(0, kinds(&[TeeKind::Tdx])), (1, builds(&[9]))]);
        Asked::set(vec![(DatasetId(1), 90)]);
        assert_eq!(held(JOB), Some(vec![(1, 30)]));
        assert_ok!(submit(0, JOB, 0));
        let other = propose(spec());
        approve_all(other);
        assert_eq!(phase(other), JobPhase::Approved);
        assert_eq!(held(other), Some(vec![(1, 90)]));

        // Not even where a worker has to be found anew.
        require(&[(0, kinds(&[TeeKind::SevSnp]))]);
        let third = propose(spec());
        approve_all(third);
        require(&[(0, kinds(&[TeeKind::Tdx]))]);
        Registry::add(1, TeeKind::Tdx);
        let second = Registry::add(2, TeeKind::SevSnp);
        Registry::change(0, |worker| worker.revoked = true);
        <Collaborations as WorkerJobs>::lost(&first);
        run_to(3);
        assert_eq!(job(third).worker, Some(second));
    });
}

/// A worker renews, accepted by the members, as a build that one of the owners did not list.
#[test]
fn a_worker_that_became_another_build_is_lost() {
    chain(|| {
        require(&[(0, builds(&[0]))]);
        assigned();
        Registry::change(0, |worker| worker.measurement = Measurement::simulated(&[7]));
        refused(
            worker_account(0),
            round_call(0, JOB, commitment(0)),
            Error::WorkerChanged,
        );
        refused(account(5), assign(JOB), Error::PolicyWorkerMeasurement);
        Registry::change(0, |worker| worker.measurement = Measurement::simulated(&[0]));
        assert_ok!(submit(0, JOB, 0));
        Registry::change(0, |worker| worker.measurement = Measurement::simulated(&[7]));
        assert_ok!(dispatch(account(5), assign(JOB)));
        let expected = JobPhase::Failed {
            reason: FailReason::WorkerRevoked,
            party: Some(Party::Worker(worker_account(0))),
        };
        assert_eq!(phase(JOB), expected);
    });
}

#[test]
fn prices_are_held_back_until_the_job_is_settled() {
    chain(|| {
        assigned();
        assert_eq!(held(JOB), Some(vec![(0, 5), (2, 7)]));
        for round in 0..ROUNDS + 3 {
            assert_ok!(submit(0, JOB, round));
        }
        assert_ok!(dispatch(worker_account(0), result_call(0, JOB, result(0, JOB))));
        assert_eq!(phase(JOB), JobPhase::Completed);
        assert_eq!(held(JOB), Some(vec![(0, 5), (2, 7)]));
    });
}

#[test]
fn a_job_without_a_result_gives_its_prices_back() {
    chain(|| {
        assigned();
        let (failed, expired) = (propose(spec()), propose(spec()));
        approve_all(failed);
        approve_all(expired);
        assert_ok!(dispatch(account(0), Call::cancel { job: JOB }));
        let call = Call::fail_job {
            job: failed,
            reason: FailReason::Protocol,
            party: None,
        };
        assert_ok!(dispatch(worker_account(0), call));
        assert_eq!((held(JOB), held(failed)), (None, None));
        assert!(held(expired).is_some());
        run_to(6);
        System::assert_has_event(
            Event::JobFailed {
                job: expired,
                reason: FailReason::Deadline,
                party: Some(Party::Worker(worker_account(0))),
            }
            .into(),
        );
        assert_eq!(held(expired), None);
    });
}

#[test]
fn prices_that_are_not_covered_refuse_the_last_approval() {
    chain(|| {
        make_space();
        propose(spec());
        for org in [0, 1] {
            assert_ok!(dispatch(account(org), Call::approve_job { job: JOB }));
        }
        Uncovered::set(true);
        refused(account(2), Call::approve_job { job: JOB }, Error::PolicyPrice);
        // What was reserved in the ledgers went back with the call.
        assert!(Reserved::iter().next().is_none());
        Uncovered::set(false);
        assert_ok!(dispatch(account(2), Call::approve_job { job: JOB }));
    });
}
