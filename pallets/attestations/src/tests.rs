mod hardware;
mod measurements;
mod sweep;
mod views;

use crate::{mock::*, Error, Event, Workers};
use frame_support::{assert_noop, assert_ok};
use secureflow_primitives::{
    attestation::{Anchor, Evidence, Measurement, TeeKind},
    audit::{Kind, Subject},
    bounds::MAX_WORKERS,
    traits::WorkerRegistry,
    OrgId, H256,
};
use sp_core::{ed25519, Pair};
use sp_runtime::{DispatchError, DispatchResult};

#[test]
fn a_worker_registers_with_evidence_bound_to_it() {
    development_chain(|| {
        assert_ok!(register(21));
        let worker = Workers::<Test>::get(account(21)).unwrap();
        assert_eq!((worker.operator, worker.kind), (OrgId(2), TeeKind::Simulated));
        assert_eq!((worker.registered_at, worker.expires_at), (5, 55));
        assert!(worker.is_active(54) && !worker.is_active(55));
        assert_eq!(
            Log::last(),
            Some((Subject::Worker(account(21)), Kind::WorkerRegistered))
        );
        System::assert_last_event(
            Event::WorkerRegistered {
                worker: account(21),
                measurement: measurement(),
                kind: TeeKind::Simulated,
                expires_at: 55,
            }
            .into(),
        );
        assert_eq!(Attestations::active(54), [account(21)]);
        assert!(Attestations::active(55).is_empty());
    });
}

#[test]
fn a_stranger_does_not_register() {
    development_chain(|| {
        assert_noop!(register(210), Error::<Test>::NotMember);
        Members::suspend(OrgId(2));
        assert_noop!(register(21), Error::<Test>::NotMember);
    });
}

#[test]
fn every_fault_of_evidence_has_its_error() {
    let check = |fault: fn(&mut Vendor), expected: Error<Test>| {
        development_chain(|| {
            let mut vendor = Vendor::default();
            fault(&mut vendor);
            let registration = registration(21);
            let evidence = vendor.evidence(&account(21), &registration);
            assert_noop!(register_with(21, registration, evidence), expected);
        });
    };
    check(
        |vendor| vendor.root = ed25519::Pair::from_seed(&[9; 32]),
        Error::LeafSignature,
    );
    check(|vendor| vendor.debug = true, Error::DebugEnabled);
    check(
        |vendor| vendor.measurement = Measurement::simulated(b"other"),
        Error::MeasurementNotAccepted,
    );
}

#[test]
fn any_changed_byte_of_evidence_is_refused() {
    development_chain(|| {
        use codec::{Decode, Encode};
        let registration = registration(21);
        let bytes = Vendor::default().evidence(&account(21), &registration).encode();
        for i in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            // Some changes are not even decodable: a flag that is neither true nor false.
            let Ok(evidence) = Decode::decode(&mut &changed[..]) else {
                continue;
            };
            assert!(register_with(21, registration.clone(), evidence).is_err(), "byte {i}");
        }
        assert!(Workers::<Test>::get(account(21)).is_none());
    });
}

#[test]
fn a_leaf_that_did_not_sign_is_refused() {
    development_chain(|| {
        let registration = registration(21);
        let mut evidence = Vendor::default().evidence(&account(21), &registration);
        evidence.report_signature[0] ^= 1;
        assert_noop!(
            register_with(21, registration, evidence),
            Error::<Test>::ReportSignature
        );
    });
}

#[test]
fn report_data_bind_the_worker_its_keys_and_the_anchor() {
    development_chain(|| {
        let good = registration(21);
        let evidence = Vendor::default().evidence(&account(21), &good);
        let mismatch = |n, registration| {
            assert_noop!(
                register_with(n, registration, evidence.clone()),
                Error::<Test>::ReportDataMismatch
            );
        };
        mismatch(22, good.clone());
        let mut other = good.clone();
        other.session_key = [7; 32];
        mismatch(21, other);
        let mut other = good.clone();
        other.tls_fingerprint = [7; 32];
        mismatch(21, other);
        let mut other = good.clone();
        other.anchor = Anchor {
            number: 3,
            hash: System::block_hash(3),
        };
        mismatch(21, other);
        assert_ok!(register_with(21, good, evidence));
    });
}

#[test]
fn without_a_root_simulated_evidence_counts_for_nothing() {
    chain(None, || {
        assert_noop!(register(21), Error::<Test>::SimulatedEvidenceRefused);
    });
}

#[test]
fn hardware_evidence_of_nothing_is_refused() {
    use secureflow_evidence::Item;
    development_chain(|| {
        for (evidence, item) in [
            (Evidence::SevSnp(Default::default()), Item::Envelope),
            (Evidence::Tdx(Default::default()), Item::Quote),
            (Evidence::Sgx(Default::default()), Item::Quote),
        ] {
            let item = codec::Encode::encode(&item)[0];
            assert_noop!(
                Attestations::register_worker(RuntimeOrigin::signed(account(21)), registration(21), evidence),
                Error::<Test>::EvidenceMalformed { item }
            );
        }
    });
}

#[test]
fn the_anchor_is_a_recent_block_of_this_chain() {
    development_chain(|| {
        run_to(20);
        let check = |number: u32, hash: H256, expected: Option<Error<Test>>| {
            let mut registration = registration(21);
            registration.anchor = Anchor { number, hash };
            let evidence = Vendor::default().evidence(&account(21), &registration);
            match expected {
                Some(error) => {
                    assert_noop!(register_with(21, registration, evidence), error);
                }
                None => {
                    assert_ok!(register_with(21, registration, evidence));
                }
            }
        };
        check(19, H256::repeat_byte(1), Some(Error::AnchorUnknown));
        check(20, H256::zero(), Some(Error::AnchorUnknown));
        check(21, H256::zero(), Some(Error::AnchorUnknown));
        check(11, System::block_hash(11), Some(Error::AnchorTooOld));
        check(12, System::block_hash(12), None);
    });
}

#[test]
fn an_endpoint_is_https_with_host_and_port() {
    let check = |endpoint: &[u8], good: bool| {
        development_chain(|| {
            let mut registration = registration(21);
            registration.endpoint = endpoint.to_vec().try_into().unwrap();
            let evidence = Vendor::default().evidence(&account(21), &registration);
            if good {
                assert_ok!(register_with(21, registration, evidence));
            } else {
                assert_noop!(
                    register_with(21, registration, evidence),
                    Error::<Test>::EndpointInvalid
                );
            }
        });
    };
    check(b"https://worker.example:443", true);
    check(b"https://[::1]:443", true);
    check(b"http://worker.example:443", false);
    check(b"https://worker.example", false);
    check(b"https://:443", false);
    check(b"https://worker.example:70000", false);
    check(b"https://worker.example:443/path", false);
    check(b"https://user@worker.example:443", false);
    check(b"https://\xff:443", false);
    check(b"", false);
}

#[test]
fn keys_belong_to_one_worker() {
    development_chain(|| {
        assert_ok!(register(21));
        let mut taken = registration(31);
        taken.session_key = registration(21).session_key;
        let evidence = Vendor::default().evidence(&account(31), &taken);
        assert_noop!(register_with(31, taken, evidence), Error::<Test>::SessionKeyTaken);
        let mut taken = registration(31);
        taken.tls_fingerprint = registration(21).tls_fingerprint;
        let evidence = Vendor::default().evidence(&account(31), &taken);
        assert_noop!(register_with(31, taken, evidence), Error::<Test>::TlsFingerprintTaken);
    });
}

#[test]
fn a_renewal_needs_new_evidence_and_frees_old_keys() {
    development_chain(|| {
        let old = registration(21);
        let evidence = Vendor::default().evidence(&account(21), &old);
        assert_ok!(register_with(21, old.clone(), evidence.clone()));
        assert_noop!(
            register_with(21, old.clone(), evidence),
            Error::<Test>::EvidenceReplayed
        );
        run_to(20);
        let mut new = registration(21);
        new.session_key = [99; 32];
        let evidence = Vendor::default().evidence(&account(21), &new);
        assert_ok!(register_with(21, new, evidence));
        assert_eq!(Workers::<Test>::get(account(21)).unwrap().expires_at, 70);
        // The old key is free for another.
        let mut other = registration(31);
        other.session_key = old.session_key;
        let evidence = Vendor::default().evidence(&account(31), &other);
        assert_ok!(register_with(31, other, evidence));
    });
}

#[test]
fn the_operator_or_a_vote_revokes() {
    development_chain(|| {
        assert_ok!(register(21));
        assert_ok!(register(31));
        let signed = |n| RuntimeOrigin::signed(account(n));
        assert_noop!(Attestations::revoke(signed(3), account(21)), Error::<Test>::NotOperator);
        assert_noop!(
            Attestations::revoke(signed(21), account(21)),
            Error::<Test>::NotOperator
        );
        assert_noop!(
            Attestations::revoke(signed(2), account(29)),
            Error::<Test>::UnknownWorker
        );
        assert_noop!(
            Attestations::revoke(RuntimeOrigin::none(), account(21)),
            DispatchError::BadOrigin
        );
        assert_ok!(Attestations::revoke(signed(2), account(21)));
        System::assert_last_event(Event::WorkerRevoked { worker: account(21) }.into());
        assert_eq!(Jobs::take_lost(), [account(21)]);
        assert_eq!(Log::last(), Some((Subject::Worker(account(21)), Kind::WorkerRevoked)));
        assert_noop!(
            Attestations::revoke(signed(2), account(21)),
            Error::<Test>::AlreadyRevoked
        );
        assert_ok!(Attestations::revoke(RuntimeOrigin::root(), account(31)));
        assert!(Attestations::active(5).is_empty());
        run_to(6);
        assert_noop!(register(21), Error::<Test>::AlreadyRevoked);
    });
}

#[test]
fn a_suspended_operators_worker_is_not_active() {
    development_chain(|| {
        assert_ok!(register(21));
        Members::suspend(OrgId(2));
        assert!(Attestations::active(5).is_empty());
        assert!(!Attestations::worker(&account(21)).unwrap().is_active(5));
    });
}

#[test]
fn anybody_removes_what_has_expired() {
    development_chain(|| {
        assert_ok!(register(21));
        let anybody = || RuntimeOrigin::signed(account(200));
        assert_noop!(
            Attestations::remove_expired(anybody(), account(29)),
            Error::<Test>::UnknownWorker
        );
        assert_ok!(Attestations::revoke(RuntimeOrigin::root(), account(21)));
        run_to(54);
        assert_noop!(
            Attestations::remove_expired(anybody(), account(21)),
            Error::<Test>::NotExpired
        );
        run_to(55);
        assert_ok!(Attestations::remove_expired(anybody(), account(21)));
        assert_ok!(register(21));
    });
}

#[test]
fn places_are_bounded() {
    development_chain(|| {
        assert_ok!(register(21));
        let worker = Workers::<Test>::get(account(21)).unwrap();
        for n in 1..MAX_WORKERS {
            let mut worker = worker.clone();
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_le_bytes());
            worker.registration.session_key = key;
            worker.registration.tls_fingerprint = key;
            crate::SessionKeys::<Test>::insert(key, account_of(key));
            crate::TlsFingerprints::<Test>::insert(key, account_of(key));
            Workers::<Test>::insert(account_of(key), worker);
        }
        assert_noop!(register(31), Error::<Test>::TooManyWorkers);
        // Renewal takes no new place.
        run_to(6);
        assert_ok!(register(21));
    });
}

fn account_of(key: [u8; 32]) -> secureflow_primitives::AccountId {
    secureflow_primitives::AccountId::new(key)
}
