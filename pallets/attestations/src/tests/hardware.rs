//! Real evidence, through the calls: reports and quotes that AMD and Intel published, or that `sev` and `dcap-qvl` carry as
//! test vectors. Their report data bind nothing of this chain, so a registration gets as far as that and no further.

use super::*;
use crate::{AmdRevocations, ChipKeys, Collaterals, EvidencePolicy, Platforms};
use codec::Encode;
use secureflow_evidence::{
    dcap,
    registry::{Platform, Policy},
    snp, Item, Rule, Tcb,
};
use secureflow_primitives::attestation::{Staleness, Worker, WorkerStatus};
use sp_runtime::BoundedVec;

macro_rules! vector {
    ($path:literal) => {
        include_bytes!(concat!("../../../evidence/tests/vectors/", $path)).as_slice()
    };
}

const REPORT: &[u8] = vector!("snp/milan-report.bin");
const VCEK: &[u8] = vector!("snp/milan-vcek.der");
const MILAN_CRL: &[u8] = vector!("snp/milan-crl.der");
const DEBUG_REPORT: &[u8] = vector!("snp/milan-debug-report.bin");
const DEBUG_VCEK: &[u8] = vector!("snp/milan-debug-vcek.der");
const TDX: &[u8] = vector!("dcap/tdx-quote.bin");
const TDX_COLLATERAL: &[u8] = vector!("dcap/tdx-quote-collateral.json");
const OUTDATED: &[u8] = vector!("dcap/tdx-quote-outdated.bin");
const OUTDATED_COLLATERAL: &[u8] = vector!("dcap/tdx-quote-outdated-collateral.json");

/// When the vectors' certificates and collateral hold, unix s.
const SNP_TIME: u64 = 1_788_220_800;
const TDX_TIME: u64 = 1_750_329_207;
const OUTDATED_TIME: u64 = 1_773_000_000;

fn report(report: &[u8], certificate: &[u8]) -> Evidence {
    let envelope = snp::Envelope {
        kind: snp::SigningKey::Vcek,
        report: report.try_into().unwrap(),
        certificate: certificate.to_vec(),
        intermediate: None,
    };
    Evidence::SevSnp(BoundedVec::truncate_from(envelope.encode()))
}

fn quote(bytes: &[u8]) -> Evidence {
    Evidence::Tdx(BoundedVec::truncate_from(bytes.to_vec()))
}

fn scale(collateral: &[u8]) -> Vec<u8> {
    dcap::Collateral::from_json(collateral).unwrap().to_scale()
}

fn submit(scale: Vec<u8>) -> DispatchResult {
    let collateral = BoundedVec::truncate_from(scale);
    Attestations::submit_collateral(RuntimeOrigin::signed(account(1)), collateral)
}

fn register_hardware(evidence: Evidence) -> DispatchResult {
    Attestations::register_worker(RuntimeOrigin::signed(account(21)), registration(21), evidence)
}

fn set_policy(policy: Policy, grace: u32) {
    assert_ok!(Attestations::set_evidence_policy(RuntimeOrigin::root(), policy, grace));
}

#[test]
fn a_genuine_report_is_verified_before_it_is_asked_what_it_binds() {
    chain(None, || {
        Now::set(SNP_TIME);
        let tried = Attestations::try_evidence(report(REPORT, VCEK)).unwrap();
        assert_eq!(tried.0, TeeKind::SevSnp);
        assert_eq!(tried.1 .0[..4], [0x7a, 0x1e, 0x5c, 0x26]);
        assert_noop!(
            register_hardware(report(REPORT, VCEK)),
            Error::<Test>::ReportDataMismatch
        );
    });
}

#[test]
fn what_is_wrong_with_a_report_has_its_error_and_its_words() {
    chain(None, || {
        Now::set(SNP_TIME);
        let check = |evidence: Evidence, error: Error<Test>, words: &str| {
            assert_noop!(register_hardware(evidence.clone()), error);
            let refusal = String::from_utf8(Attestations::try_evidence(evidence).unwrap_err()).unwrap();
            assert!(refusal.contains(words), "{refusal}");
        };
        let mut changed = REPORT.to_vec();
        changed[0x90] ^= 1;
        let item = |item: Item| item.encode()[0];
        check(
            report(&changed, VCEK),
            Error::EvidenceSignature {
                item: item(Item::Report),
            },
            "signature",
        );
        check(
            report(DEBUG_REPORT, DEBUG_VCEK),
            Error::EvidenceRule {
                rule: Rule::Debug.encode()[0],
            },
            "debug",
        );
        check(
            Evidence::SevSnp(BoundedVec::truncate_from(vec![1, 2, 3])),
            Error::EvidenceMalformed {
                item: item(Item::Envelope),
            },
            "decoded",
        );
        Now::set(2_000_000_000);
        check(
            report(REPORT, VCEK),
            Error::EvidenceExpired {
                item: item(Item::Certificate),
            },
            "expired",
        );
    });
}

#[test]
fn a_quote_needs_collateral_that_anybody_may_bring() {
    chain(None, || {
        Now::set(TDX_TIME);
        assert_noop!(register_hardware(quote(TDX)), Error::<Test>::CollateralMissing);
        let stranger = RuntimeOrigin::signed(account(210));
        assert_noop!(
            Attestations::submit_collateral(stranger, BoundedVec::default()),
            Error::<Test>::NotMember
        );
        // Intel's signatures decide: any byte of its statements that changes is noticed.
        let genuine = scale(TDX_COLLATERAL);
        let at = genuine
            .windows(15)
            .position(|window| window == b"tcbEvaluationDa")
            .unwrap();
        let mut changed = genuine.clone();
        changed[at + 25] ^= 1;
        assert!(submit(changed).is_err());
        assert_eq!(Collaterals::<Test>::count(), 0);

        assert_ok!(submit(genuine.clone()));
        let family = dcap::Family::of_quote(TDX).unwrap();
        let kept = Collaterals::<Test>::get(family).unwrap();
        System::assert_last_event(
            Event::CollateralUpdated {
                family,
                evaluation: kept.evaluation,
                valid_until: kept.valid_until,
            }
            .into(),
        );
        assert_noop!(submit(genuine), Error::<Test>::CollateralNotNewer);
        assert_eq!(Attestations::try_evidence(quote(TDX)).unwrap().0, TeeKind::Tdx);
        assert_noop!(register_hardware(quote(TDX)), Error::<Test>::ReportDataMismatch);
        assert_noop!(
            register_hardware(Evidence::Sgx(BoundedVec::truncate_from(TDX.to_vec()))),
            Error::<Test>::EvidenceKindMismatch
        );
        // Collateral ends: the same quote is refused from then on.
        Now::set(kept.valid_until + 1);
        assert!(Attestations::try_evidence(quote(TDX)).is_err());
    });
}

#[test]
fn an_outdated_platform_is_refused_and_told_what_is_short() {
    chain(None, || {
        Now::set(OUTDATED_TIME);
        assert_ok!(submit(scale(OUTDATED_COLLATERAL)));
        let refused = register_hardware(quote(OUTDATED)).unwrap_err();
        let status = dcap::TcbStatus::OutOfDate.encode()[0];
        assert_eq!(refused, Error::<Test>::TcbNotAccepted { status }.into());
        let words = String::from_utf8(Attestations::try_evidence(quote(OUTDATED)).unwrap_err()).unwrap();
        assert!(words.contains("OutOfDate:"), "{words}");
        // The members may accept the status, knowingly.
        let mut policy = Policy::default();
        policy.dcap.accepted = policy.dcap.accepted.and(dcap::TcbStatus::OutOfDate);
        set_policy(policy, 0);
        assert_noop!(register_hardware(quote(OUTDATED)), Error::<Test>::ReportDataMismatch);
    });
}

#[test]
fn revocation_lists_are_amds_and_only_get_newer() {
    chain(None, || {
        Now::set(SNP_TIME);
        let submit = |list: &[u8]| {
            let list = BoundedVec::truncate_from(list.to_vec());
            Attestations::submit_revocations(RuntimeOrigin::signed(account(1)), list)
        };
        let mut changed = MILAN_CRL.to_vec();
        changed[60] ^= 1;
        assert!(submit(&changed).is_err());
        assert_ok!(submit(MILAN_CRL));
        assert!(AmdRevocations::<Test>::contains_key(snp::Product::Milan));
        assert_noop!(submit(MILAN_CRL), Error::<Test>::CollateralNotNewer);
        assert!(Attestations::try_evidence(report(REPORT, VCEK)).is_ok());
    });
}

/// Worker 21, as if the report had bound its registration.
fn registered(tcb: Tcb, valid_until: u64) {
    let worker = Worker {
        operator: OrgId(2),
        registration: registration(21),
        kind: TeeKind::SevSnp,
        measurement: measurement(),
        evidence_hash: H256::zero(),
        registered_at: 1,
        expires_at: 1_000,
        revoked: false,
    };
    crate::SessionKeys::<Test>::insert(worker.registration.session_key, account(21));
    crate::TlsFingerprints::<Test>::insert(worker.registration.tls_fingerprint, account(21));
    Workers::<Test>::insert(account(21), worker);
    let platform = Platform {
        tcb,
        valid_until,
        fingerprint: [0; 32],
        grace_until: None,
    };
    Platforms::<Test>::insert(account(21), platform);
}

#[test]
fn a_raised_minimum_makes_a_worker_stale_after_its_grace() {
    chain(None, || {
        Now::set(SNP_TIME);
        let version = snp::TcbVersion::milan_genoa(3, 0, 8, 115);
        let product = snp::Product::Milan;
        registered(Tcb::SevSnp { product, version }, SNP_TIME + 100);
        assert_eq!(Attestations::active(5), [account(21)]);

        let mut policy = Policy::default();
        policy.snp.minimum_tcb.milan = snp::TcbVersion::milan_genoa(3, 0, 8, 116);
        assert_noop!(
            Attestations::set_evidence_policy(RuntimeOrigin::signed(account(1)), policy, 10),
            DispatchError::BadOrigin
        );
        set_policy(policy, 10);
        System::assert_last_event(Event::EvidencePolicySet { short: 1, until: 15 }.into());
        assert_eq!(Log::last(), Some((Subject::Consortium, Kind::EvidencePolicySet)));
        assert_eq!(EvidencePolicy::<Test>::get(), policy);
        let status = || status(21).unwrap();
        assert_eq!(status(), WorkerStatus::Grace { until: 15 });
        // New evidence must reach it at once.
        let tried = Attestations::try_evidence(report(REPORT, VCEK)).unwrap_err();
        assert!(String::from_utf8(tried).unwrap().contains("must be 116"));

        run_to(14);
        assert_eq!(Attestations::active(14), [account(21)]);
        run_to(15);
        assert!(Attestations::active(15).is_empty());
        assert!(!Attestations::worker(&account(21)).unwrap().is_active(15));
        assert_eq!(status(), WorkerStatus::Stale(Staleness::Platform));
        System::assert_has_event(
            Event::WorkerStale {
                worker: account(21),
                status: status(),
                jobs: 3,
            }
            .into(),
        );
        assert_eq!(Jobs::take_lost(), [account(21)]);
        // A vote that lowers it again takes effect at once.
        set_policy(Policy::default(), 0);
        assert!(Attestations::worker(&account(21)).unwrap().is_active(15));
    });
}

#[test]
fn a_second_vote_extends_no_grace() {
    chain(None, || {
        Now::set(SNP_TIME);
        let version = snp::TcbVersion::milan_genoa(3, 0, 8, 115);
        let product = snp::Product::Milan;
        registered(Tcb::SevSnp { product, version }, SNP_TIME + 10_000);
        let asking = |microcode| {
            let mut policy = Policy::default();
            policy.snp.minimum_tcb.milan = snp::TcbVersion::milan_genoa(3, 0, 8, microcode);
            policy
        };
        let status = || status(21).unwrap();
        set_policy(asking(116), 10);
        run_to(12);
        set_policy(asking(117), 10);
        System::assert_last_event(Event::EvidencePolicySet { short: 1, until: 22 }.into());
        assert_eq!(status(), WorkerStatus::Grace { until: 15 });
        set_policy(asking(118), 0);
        assert_eq!(status(), WorkerStatus::Stale(Staleness::Platform));
        // Nor does it bring back one whose grace is over.
        set_policy(asking(119), 100);
        assert_eq!(status(), WorkerStatus::Stale(Staleness::Platform));
    });
}

#[test]
fn collateral_that_ends_is_announced_and_can_be_removed() {
    chain(None, || {
        Now::set(TDX_TIME);
        assert_ok!(submit(scale(TDX_COLLATERAL)));
        let family = dcap::Family::of_quote(TDX).unwrap();
        let at = Collaterals::<Test>::get(family).unwrap().valid_until;
        let announced = || {
            System::read_events_for_pallet::<Event<Test>>()
                .into_iter()
                .filter(|event| *event == Event::CollateralExpiresSoon { family, at })
                .count()
        };
        Now::set(at - 8 * 24 * 3_600);
        run_to(40);
        assert_eq!(announced(), 0);
        Now::set(at - 6 * 24 * 3_600);
        run_to(200);
        assert_eq!(announced(), 1);

        let remove = || Attestations::remove_collateral(RuntimeOrigin::signed(account(200)), family);
        Now::set(at);
        assert_noop!(remove(), Error::<Test>::NotExpired);
        Now::set(at + 1);
        assert_ok!(remove());
        assert_noop!(remove(), Error::<Test>::UnknownFamily);
        System::assert_last_event(Event::CollateralRemoved { family }.into());
    });
}

#[test]
fn a_list_of_amds_that_ends_is_announced() {
    chain(None, || {
        Now::set(SNP_TIME);
        let list = BoundedVec::truncate_from(MILAN_CRL.to_vec());
        assert_ok!(Attestations::submit_revocations(
            RuntimeOrigin::signed(account(1)),
            list
        ));
        let at = AmdRevocations::<Test>::get(snp::Product::Milan)
            .and_then(|kept| kept.list())
            .unwrap()
            .valid_until;
        let product = snp::Product::Milan;
        run_to(100);
        let soon = Event::<Test>::RevocationsExpireSoon { product, at };
        let said = || System::read_events_for_pallet::<Event<Test>>().contains(&soon);
        assert_eq!(said(), at <= SNP_TIME + 7 * 24 * 3_600);
        Now::set(at - 1);
        run_to(200);
        assert!(said());
    });
}

#[test]
fn a_verdict_ends_with_what_it_rests_on() {
    chain(None, || {
        Now::set(SNP_TIME);
        let version = snp::TcbVersion::milan_genoa(3, 0, 8, 115);
        let product = snp::Product::Milan;
        registered(Tcb::SevSnp { product, version }, SNP_TIME + 100);
        // In its last second the verifier still accepts a certificate, and so does the chain.
        Now::set(SNP_TIME + 100);
        assert_eq!(Attestations::active(5), [account(21)]);
        Now::set(SNP_TIME + 101);
        assert!(Attestations::active(5).is_empty());
        run_to(1_000);
        assert_ok!(Attestations::remove_expired(
            RuntimeOrigin::signed(account(1)),
            account(21)
        ));
        assert_eq!(Platforms::<Test>::iter().count() + ChipKeys::<Test>::iter().count(), 0);
    });
}
