//! Where a worker stands.

use secureflow_evidence::{
    dcap::{AcceptedStatuses, TcbStatus},
    registry::{Circumstances, Platform, Policy},
    snp::{Product, TcbVersion},
    Tcb,
};
use secureflow_primitives::{
    attestation::{
        AcceptedMeasurement, Anchor, Measurement, Replacement, Source, Staleness, TeeKind, Worker, WorkerRegistration,
        WorkerStatus,
    },
    OrgId, H256,
};

const VALID_UNTIL: u64 = 1_000;

fn worker() -> Worker {
    let hash = H256::zero();
    let registration = WorkerRegistration {
        endpoint: Default::default(),
        tls_fingerprint: [1; 32],
        session_key: [2; 32],
        anchor: Anchor { number: 1, hash },
    };
    Worker {
        operator: OrgId(1),
        registration,
        kind: TeeKind::SevSnp,
        measurement: Measurement::simulated(b"worker"),
        evidence_hash: hash,
        registered_at: 10,
        expires_at: 100,
        revoked: false,
    }
}

fn milan(microcode: u8) -> Platform {
    Platform {
        tcb: Tcb::SevSnp {
            product: Product::Milan,
            version: TcbVersion::milan_genoa(3, 0, 8, microcode),
        },
        valid_until: VALID_UNTIL,
        fingerprint: [0; 32],
        grace_until: None,
    }
}

fn asks(microcode: u8) -> Policy {
    let mut policy = Policy::default();
    policy.snp.minimum_tcb.milan = TcbVersion::milan_genoa(0, 0, 0, microcode);
    policy
}

#[test]
fn every_reason_has_its_status_and_the_most_final_one_is_given() {
    let accepted = AcceptedMeasurement::new(Source::DEVELOPMENT, 1);
    let replaced = AcceptedMeasurement {
        replaced: Some(Replacement {
            by: Measurement::simulated(b"next"),
            at: 60,
        }),
        ..accepted
    };
    let (good, lenient, strict) = (milan(115), asks(115), asks(116));
    let in_grace = Platform {
        grace_until: Some(70),
        ..good.clone()
    };
    let base = Circumstances {
        block: 50,
        seconds: VALID_UNTIL,
        operated: true,
        measurement: Some(&accepted),
        platform: Some(&good),
        policy: &lenient,
    };
    let check = |circumstances: Circumstances<'_>, expected| {
        assert_eq!(circumstances.status(&worker()), expected, "{circumstances:?}");
        let mut revoked = worker();
        revoked.revoked = true;
        assert_eq!(circumstances.status(&revoked), WorkerStatus::Revoked);
    };
    let stale = WorkerStatus::Stale;
    check(base, WorkerStatus::Active { until: 100 });
    check(Circumstances { block: 100, ..base }, WorkerStatus::Expired);
    check(
        Circumstances {
            operated: false,
            ..base
        },
        WorkerStatus::Suspended,
    );
    check(
        Circumstances {
            measurement: None,
            ..base
        },
        stale(Staleness::Measurement),
    );
    let ending = Circumstances {
        measurement: Some(&replaced),
        ..base
    };
    check(ending, WorkerStatus::Active { until: 60 });
    check(Circumstances { block: 60, ..ending }, stale(Staleness::Measurement));
    let late = Circumstances {
        seconds: VALID_UNTIL + 1,
        ..base
    };
    check(late, stale(Staleness::Evidence));
    let simulated = Circumstances { platform: None, ..late };
    check(simulated, WorkerStatus::Active { until: 100 });
    let short = Circumstances {
        policy: &strict,
        ..base
    };
    check(short, stale(Staleness::Platform));
    let grace = Circumstances {
        platform: Some(&in_grace),
        ..short
    };
    check(grace, WorkerStatus::Grace { until: 70 });
    check(Circumstances { block: 70, ..grace }, stale(Staleness::Platform));
    let sooner = Circumstances {
        measurement: Some(&replaced),
        ..grace
    };
    check(sooner, WorkerStatus::Grace { until: 60 });
}

#[test]
fn one_vote_after_the_other_does_not_carry_a_short_platform_on() {
    let mut platform = milan(115);
    assert!(!platform.judge_by(&asks(115), 10));
    assert_eq!(platform.grace_until, None);
    assert!(platform.judge_by(&asks(116), 20));
    assert!(platform.judge_by(&asks(117), 40));
    assert_eq!(platform.grace_until, Some(20), "a later vote does not extend it");
    assert!(platform.judge_by(&asks(117), 15));
    assert_eq!(platform.grace_until, Some(15), "an urgent one cuts it");
    assert!(!platform.judge_by(&asks(115), 50));
    assert!(platform.judge_by(&asks(116), 60));
    assert_eq!(platform.grace_until, Some(60), "it was not short in between");
}

#[test]
fn intels_statuses_and_evaluations_are_judged_too() {
    let status = TcbStatus::SWHardeningNeeded;
    let mut platform = Platform {
        tcb: Tcb::Intel { status, evaluation: 17 },
        ..milan(0)
    };
    let mut policy = Policy::default();
    assert!(platform.judge_by(&policy, 10));
    policy.dcap.accepted = AcceptedStatuses::default().and(status);
    assert!(!platform.judge_by(&policy, 20));
    policy.dcap.minimum_evaluation = 18;
    assert!(platform.judge_by(&policy, 30));
    assert_eq!(platform.grace_until, Some(30));
}
