//! What the sweep notices, and that it says it once.

use super::*;
use crate::{Notice, Notices};
use secureflow_primitives::attestation::WorkerStatus;

/// What was said of workers since this was asked last.
fn said() -> Vec<Event<Test>> {
    let events = System::read_events_for_pallet::<Event<Test>>();
    System::reset_events();
    events
}

#[test]
fn an_end_is_said_before_and_when_it_comes() {
    development_chain(|| {
        assert_ok!(register(21));
        run_to(44);
        said();
        run_to(54);
        let worker = account(21);
        assert_eq!(
            said(),
            [Event::WorkerExpiresSoon {
                worker: worker.clone(),
                at: 55
            }]
        );
        assert!(Jobs::take_lost().is_empty());
        run_to(80);
        assert_eq!(
            said(),
            [Event::WorkerExpired {
                worker: worker.clone(),
                jobs: 3
            }]
        );
        assert_eq!(Jobs::take_lost(), vec![worker.clone()]);
        // A renewal begins anew.
        assert_ok!(register(21));
        assert_eq!(Notices::<Test>::get(&worker), None);
        run_to(129);
        assert!(said().contains(&Event::WorkerExpiresSoon { worker, at: 130 }));
    });
}

#[test]
fn a_worker_that_renews_in_time_is_not_spoken_of() {
    development_chain(|| {
        for block in [5, 40, 75] {
            run_to(block);
            assert_ok!(register(21));
        }
        run_to(100);
        let registered = |event: &Event<Test>| matches!(event, Event::WorkerRegistered { .. });
        assert!(said().iter().all(registered));
        assert!(Jobs::take_lost().is_empty());
    });
}

#[test]
fn a_suspended_operators_worker_loses_its_jobs_and_may_come_back() {
    development_chain(|| {
        assert_ok!(register(21));
        Members::suspend(OrgId(2));
        said();
        run_to(8);
        let status = WorkerStatus::Suspended;
        let worker = account(21);
        assert_eq!(
            said(),
            [Event::WorkerStale {
                worker: worker.clone(),
                status,
                jobs: 3
            }]
        );
        Members::reinstate_all();
        run_to(10);
        assert_eq!(Notices::<Test>::get(&worker), None);
        Members::suspend(OrgId(2));
        run_to(12);
        assert_eq!(Notices::<Test>::get(&worker), Some(Notice::Lost));
        assert_eq!(Jobs::take_lost(), [worker.clone(), worker]);
    });
}

#[test]
fn a_block_looks_at_few_and_the_next_ones_at_the_others() {
    development_chain(|| {
        assert_ok!(register(21));
        let worker = Workers::<Test>::get(account(21)).unwrap();
        for n in 100..100 + 4 * crate::sweep::WORKERS as u8 {
            let mut worker = worker.clone();
            (worker.registration.session_key, worker.registration.tls_fingerprint) = ([n; 32], [n; 32]);
            crate::SessionKeys::<Test>::insert([n; 32], account(n));
            crate::TlsFingerprints::<Test>::insert([n; 32], account(n));
            // None of them acts for organisation 2.
            Workers::<Test>::insert(account(n), worker);
        }
        for block in 6..=10 {
            run_to(block);
            assert!(Jobs::take_lost().len() <= crate::sweep::WORKERS);
        }
        // In five blocks all seventeen were looked at.
        assert_eq!(Notices::<Test>::iter().count(), 4 * crate::sweep::WORKERS);
        run_to(30);
        assert!(Jobs::take_lost().is_empty());
    });
}

#[test]
fn what_is_removed_leaves_nothing_behind() {
    development_chain(|| {
        assert_ok!(register(21));
        run_to(56);
        assert_ok!(Attestations::remove_expired(
            RuntimeOrigin::signed(account(200)),
            account(21)
        ));
        assert_eq!(Notices::<Test>::iter().count(), 0);
        // The sweep goes on behind a worker that is gone.
        assert_ok!(register(31));
        run_to(110);
        assert_eq!(Notices::<Test>::get(account(31)), Some(Notice::Lost));
    });
}
