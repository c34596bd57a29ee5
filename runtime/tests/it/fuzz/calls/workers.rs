//! Workers: their evidence, which holds for the most part, and what is decided about them.

use super::{account, bounded};
use pallet_attestations::Call;
use rand::{rngs::StdRng, Rng};
use secureflow_evidence::{
    dcap::{Authority, Family},
    registry::Policy,
    snp::TcbVersion,
    Tee,
};
use secureflow_primitives::{
    attestation::{
        leaf_payload, report_payload, Anchor, Evidence, Measurement, SimulatedEvidence, SimulatedReport, Worker,
        WorkerRegistration,
    },
    H256,
};
use secureflow_runtime::{Runtime, RuntimeCall, System};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Signs evidence.
pub const ROOT: Ed25519Keyring = Ed25519Keyring::Ferdie;
/// Workers' session keys.
const KEYS: [Ed25519Keyring; 4] = [
    Ed25519Keyring::Alice,
    Ed25519Keyring::Bob,
    Ed25519Keyring::Charlie,
    Ed25519Keyring::Dave,
];

/// The workers' own, mostly, or another.
pub fn measurement(random: &mut StdRng) -> Measurement {
    let labels: [&[u8]; 3] = [b"fuzz", b"fuzz 2", b"fuzz 3"];
    let last = if random.gen_ratio(1, 3) { labels.len() } else { 1 };
    Measurement::simulated(labels[random.gen_range(0..last)])
}

/// Asks for more or less of a platform.
pub fn policy(random: &mut StdRng) -> Policy {
    let mut policy = Policy::default();
    policy.snp.minimum_tcb.milan = TcbVersion::milan_genoa(0, 0, 0, random.gen_range(0..4));
    policy.dcap.minimum_evaluation = random.gen_range(0..3);
    policy
}

/// By the worker's session key, if it is one of ours.
pub fn sign(worker: &Worker, payload: H256) -> Option<[u8; 64]> {
    let of = |key: &Ed25519Keyring| key.to_raw_public() == worker.registration.session_key;
    Some(KEYS.into_iter().find(of)?.sign(payload.as_bytes()).0)
}

/// Evidence for the signer; one time in eight something about it is wrong.
fn registration(random: &mut StdRng, by: Sr25519Keyring) -> (WorkerRegistration, Evidence) {
    let fault = random.gen_range(0..48);
    let mut own = super::SIGNERS.iter().position(|signer| *signer == by).unwrap_or(0);
    if fault == 0 {
        own = random.gen_range(0..KEYS.len());
    }
    let now = System::block_number();
    let number = match fault {
        1 => random.gen_range(0..now.max(1)),
        _ => now.saturating_sub(1),
    };
    let registration = WorkerRegistration {
        endpoint: bounded(if fault == 2 {
            b"worker".to_vec()
        } else {
            b"https://worker:1".to_vec()
        }),
        tls_fingerprint: [own as u8 + 1; 32],
        session_key: KEYS[own].to_raw_public(),
        anchor: Anchor {
            number,
            hash: System::block_hash(number),
        },
    };
    let account = if fault == 3 {
        account(random)
    } else {
        by.to_account_id()
    };
    let report = SimulatedReport {
        measurement: measurement(random),
        report_data: registration.report_data(System::block_hash(0), &account),
        // A renewal in the same block is another piece of evidence.
        tcb: random.gen(),
        debug: fault == 4,
    };
    let leaf = ROOT.to_raw_public();
    let root = if fault == 5 { KEYS[own] } else { ROOT };
    let evidence = SimulatedEvidence {
        leaf,
        leaf_signature: root.sign(leaf_payload(&leaf).as_bytes()).0,
        report_signature: ROOT.sign(report_payload(&report).as_bytes()).0,
        report,
    };
    (registration, Evidence::Simulated(evidence))
}

pub fn any(random: &mut StdRng, by: Sr25519Keyring) -> RuntimeCall {
    match random.gen_range(0..12) {
        0 => Call::<Runtime>::revoke {
            worker: account(random),
        },
        1 | 2 => Call::remove_expired {
            worker: account(random),
        },
        3 => Call::remove_collateral {
            family: Family {
                tee: Tee::Tdx,
                fmspc: [0; 6],
                pce: [0; 2],
                authority: Authority::Platform,
            },
        },
        4 => Call::submit_collateral {
            collateral: bounded(vec![7; random.gen_range(0..64)]),
        },
        _ => {
            let (registration, evidence) = registration(random, by);
            Call::register_worker { registration, evidence }
        }
    }
    .into()
}
