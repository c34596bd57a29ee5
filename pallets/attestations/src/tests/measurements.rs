//! Measurements: accepted with their source, replaced by a successor, dropped.

use super::*;
use crate::Measurements;
use secureflow_primitives::attestation::{AcceptedMeasurement, Replacement, Source, Staleness, WorkerStatus};

fn new() -> Measurement {
    Measurement::simulated(b"worker 2")
}

fn accept(measurement: Measurement, replaces: Option<Measurement>) -> DispatchResult {
    Attestations::accept_measurement(RuntimeOrigin::root(), measurement, source(2), replaces)
}

fn drop(measurement: Measurement) -> DispatchResult {
    Attestations::drop_measurement(RuntimeOrigin::root(), measurement)
}

fn register_measured(n: u8, measurement: Measurement) -> DispatchResult {
    let registration = registration(n);
    let vendor = Vendor {
        measurement,
        ..Vendor::default()
    };
    let evidence = vendor.evidence(&account(n), &registration);
    register_with(n, registration, evidence)
}

#[test]
fn they_are_voted_with_what_they_stand_for() {
    development_chain(|| {
        let genesis = Measurements::<Test>::get(measurement()).unwrap();
        assert_eq!(genesis, AcceptedMeasurement::new(Source::DEVELOPMENT, 0));
        let signed = RuntimeOrigin::signed(account(2));
        assert_noop!(
            Attestations::accept_measurement(signed.clone(), new(), source(2), None),
            DispatchError::BadOrigin
        );
        assert_noop!(
            Attestations::drop_measurement(signed, measurement()),
            DispatchError::BadOrigin
        );
        assert_noop!(accept(measurement(), None), Error::<Test>::MeasurementKnown);
        assert_noop!(drop(new()), Error::<Test>::MeasurementUnknown);
        assert_noop!(register_measured(31, new()), Error::<Test>::MeasurementNotAccepted);
        assert_ok!(accept(new(), None));
        System::assert_last_event(
            Event::MeasurementAccepted {
                measurement: new(),
                source: source(2),
                replaces: None,
            }
            .into(),
        );
        assert_eq!(
            Measurements::<Test>::get(new()),
            Some(AcceptedMeasurement::new(source(2), 5))
        );
        assert_eq!(
            Log::last(),
            Some((Subject::Measurement(new()), Kind::MeasurementAccepted))
        );
        assert_ok!(register_measured(31, new()));
    });
}

#[test]
fn a_dropped_one_stops_its_workers_at_once() {
    development_chain(|| {
        assert_ok!(accept(new(), None));
        assert_ok!(register(21));
        assert_ok!(register_measured(31, new()));
        assert_ok!(drop(measurement()));
        assert_eq!(Attestations::active(5), [account(31)]);
        System::assert_has_event(Event::WorkerRevoked { worker: account(21) }.into());
        assert_eq!(Jobs::take_lost(), [account(21)]);
        assert_eq!(status(21), Some(WorkerStatus::Revoked));
    });
}

#[test]
fn a_replaced_one_ends_some_days_after_its_successor_was_voted() {
    development_chain(|| {
        assert_noop!(accept(new(), Some(new())), Error::<Test>::MeasurementUnknown);
        assert_ok!(accept(new(), Some(measurement())));
        System::assert_last_event(
            Event::MeasurementAccepted {
                measurement: new(),
                source: source(2),
                replaces: Some((measurement(), 35)),
            }
            .into(),
        );
        // Until then its workers go on, and others may join.
        assert_ok!(register(21));
        assert_eq!(Workers::<Test>::get(account(21)).unwrap().expires_at, 35);
        run_to(34);
        assert_eq!(Attestations::active(34), [account(21)]);
        run_to(35);
        assert!(Attestations::active(35).is_empty());
        assert_noop!(register(22), Error::<Test>::MeasurementReplaced);
        assert_ok!(register_measured(21, new()));
        assert_eq!(Attestations::active(35), [account(21)]);
    });
}

#[test]
fn a_worker_whose_measurement_ends_before_its_verdict_is_stale() {
    development_chain(|| {
        assert_ok!(register(21));
        assert_ok!(accept(new(), Some(measurement())));
        let status = || status(21).unwrap();
        assert_eq!(status(), WorkerStatus::Active { until: 35 });
        run_to(35);
        assert_eq!(status(), WorkerStatus::Stale(Staleness::Measurement));
        assert!(!Attestations::worker(&account(21)).unwrap().is_active(35));
        System::assert_has_event(
            Event::WorkerStale {
                worker: account(21),
                status: status(),
                jobs: 3,
            }
            .into(),
        );
        assert_eq!(Jobs::take_lost(), [account(21)]);
    });
}

#[test]
fn an_end_only_comes_nearer_until_the_measurement_is_accepted_again() {
    development_chain(|| {
        assert_ok!(accept(new(), Some(measurement())));
        let end = Some(Replacement { by: new(), at: 35 });
        run_to(10);
        let third = Measurement::simulated(b"worker 3");
        assert_ok!(accept(third, Some(measurement())));
        assert_eq!(Measurements::<Test>::get(measurement()).unwrap().replaced, end);
        // The successor turns out to be bad: the old one comes back, and it goes.
        assert_ok!(accept(measurement(), Some(new())));
        assert_eq!(Measurements::<Test>::get(measurement()).unwrap().replaced, None);
        let end = Some(Replacement {
            by: measurement(),
            at: 40,
        });
        assert_eq!(Measurements::<Test>::get(new()).unwrap().replaced, end);
        assert_noop!(accept(new(), Some(new())), Error::<Test>::MeasurementKnown);
    });
}
