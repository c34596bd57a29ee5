//! Checking evidence away from the chain: by agents before they take part, and by those who audit afterwards.

use ed25519_dalek::{Signature, VerifyingKey};
use secureflow_evidence::{
    dcap::{verify_quote, Family, VerifiedCollateral},
    registry::Policy,
    snp,
};
use secureflow_primitives::attestation::{
    leaf_payload, report_payload, Evidence, Measurement, SimulatedEvidence, TeeKind, Verdict,
};

/// What is wrong with a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("the evidence is simulated, and this chain accepts no simulated evidence")]
    NoSimulatedRoot,
    #[error("the leaf is not signed by the root that the chain names")]
    Leaf,
    #[error("the report is not signed by the leaf")]
    Report,
    #[error("the report is of a guest that can be debugged")]
    Debug,
    #[error("the report is bound to another worker, other keys, another chain or another time")]
    ReportData,
    #[error("{0}")]
    Hardware(#[from] secureflow_evidence::Error),
    #[error("a quote can be judged only beside the vendor's collateral, which is not at hand")]
    NoCollateral,
}

/// Checks evidence against its maker's root, which is the one that the chain names for simulated evidence (`None` where it
/// names none), and against the 64 bytes that it must carry. Certificates must be valid at `now` (unix s). Whether the
/// measurement is an accepted one, and the platform as recent as the members ask, are other questions.
pub fn verify(
    evidence: &Evidence,
    simulated_root: Option<&[u8; 32]>,
    expected: &[u8; 64],
    now: u64,
) -> Result<Verdict, VerifyError> {
    let verdict = match evidence {
        Evidence::Simulated(evidence) => simulated(evidence, simulated_root.ok_or(VerifyError::NoSimulatedRoot)?)?,
        Evidence::SevSnp(bytes) => {
            let found = snp::Envelope::parse(bytes)?.verify(&snp::Policy::default(), None, now)?;
            Verdict {
                kind: TeeKind::SevSnp,
                measurement: Measurement(found.measurement),
                report_data: found.report_data,
            }
        }
        Evidence::Tdx(_) | Evidence::Sgx(_) => return Err(VerifyError::NoCollateral),
    };
    if verdict.report_data != *expected {
        return Err(VerifyError::ReportData);
    }
    Ok(verdict)
}

/// What Intel's collateral for a quote is kept under on chain; none for evidence that needs none.
pub fn collateral_for(evidence: &Evidence) -> Result<Option<Family>, VerifyError> {
    match evidence {
        Evidence::Tdx(quote) | Evidence::Sgx(quote) => Ok(Some(Family::of_quote(quote)?)),
        Evidence::Simulated(_) | Evidence::SevSnp(_) => Ok(None),
    }
}

/// Whether hardware evidence is what the members ask for at `now` (unix s), as the chain would find: for a worker that asks
/// before it sends. AMD's lists of revoked certificates are left to the chain.
pub fn judge(
    evidence: &Evidence,
    policy: &Policy,
    collateral: Option<&VerifiedCollateral>,
    now: u64,
) -> Result<(), VerifyError> {
    match evidence {
        Evidence::Simulated(_) => {}
        Evidence::SevSnp(bytes) => {
            snp::Envelope::parse(bytes)?.verify(&policy.snp, None, now)?;
        }
        Evidence::Tdx(quote) | Evidence::Sgx(quote) => {
            verify_quote(quote, collateral.ok_or(VerifyError::NoCollateral)?, &policy.dcap, now)?;
        }
    }
    Ok(())
}

fn simulated(evidence: &SimulatedEvidence, root: &[u8; 32]) -> Result<Verdict, VerifyError> {
    if !signed(root, leaf_payload(&evidence.leaf).as_bytes(), &evidence.leaf_signature) {
        return Err(VerifyError::Leaf);
    }
    let report = &evidence.report;
    if !signed(
        &evidence.leaf,
        report_payload(report).as_bytes(),
        &evidence.report_signature,
    ) {
        return Err(VerifyError::Report);
    }
    if report.debug {
        return Err(VerifyError::Debug);
    }
    Ok(Verdict {
        kind: TeeKind::Simulated,
        measurement: report.measurement,
        report_data: report.report_data,
    })
}

/// Strict verification: no signature counts under two keys or in two encodings.
fn signed(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attester, SimulatedAttester};
    use ed25519_dalek::SigningKey;

    fn root() -> SigningKey {
        SigningKey::from_bytes(&[1; 32])
    }

    fn evidence() -> SimulatedEvidence {
        match SimulatedAttester::new(&root(), b"worker").evidence([7; 64]).unwrap() {
            Evidence::Simulated(evidence) => evidence,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut SimulatedEvidence), expected: Result<(), VerifyError>) {
        let mut evidence = evidence();
        change(&mut evidence);
        let found = verify(
            &Evidence::Simulated(evidence),
            Some(root().verifying_key().as_bytes()),
            &[7; 64],
            0,
        );
        assert_eq!(found.map(|_| ()), expected);
    }

    #[test]
    fn what_the_attester_makes_is_accepted() {
        let verdict = verify(
            &Evidence::Simulated(evidence()),
            Some(root().verifying_key().as_bytes()),
            &[7; 64],
            0,
        )
        .unwrap();
        assert_eq!(verdict.kind, TeeKind::Simulated);
        assert_eq!(verdict.measurement, Measurement::simulated(b"worker"));
    }

    #[test]
    fn every_changed_field_is_noticed() {
        check(|_| {}, Ok(()));
        check(|e| e.report.measurement.0[0] ^= 1, Err(VerifyError::Report));
        check(|e| e.report.report_data[0] ^= 1, Err(VerifyError::Report));
        check(|e| e.report.tcb ^= 1, Err(VerifyError::Report));
        check(|e| e.report.debug = true, Err(VerifyError::Report));
        check(|e| e.report_signature[0] ^= 1, Err(VerifyError::Report));
        check(|e| e.leaf_signature[0] ^= 1, Err(VerifyError::Leaf));
        check(
            |e| e.leaf = SigningKey::from_bytes(&[9; 32]).verifying_key().to_bytes(),
            Err(VerifyError::Leaf),
        );
    }

    #[test]
    fn other_roots_and_other_bindings_are_refused() {
        let evidence = Evidence::Simulated(evidence());
        let other = SigningKey::from_bytes(&[2; 32]);
        assert_eq!(
            verify(&evidence, Some(other.verifying_key().as_bytes()), &[7; 64], 0),
            Err(VerifyError::Leaf)
        );
        assert_eq!(verify(&evidence, None, &[7; 64], 0), Err(VerifyError::NoSimulatedRoot));
        assert_eq!(
            verify(&evidence, Some(root().verifying_key().as_bytes()), &[8; 64], 0),
            Err(VerifyError::ReportData)
        );
    }

    #[test]
    fn a_signed_report_of_a_debug_guest_is_refused() {
        use ed25519_dalek::Signer;
        let leaf = SigningKey::from_bytes(&[3; 32]);
        check(
            |e| {
                e.leaf = leaf.verifying_key().to_bytes();
                e.leaf_signature = root().sign(leaf_payload(&e.leaf).as_bytes()).to_bytes();
                e.report.debug = true;
                e.report_signature = leaf.sign(report_payload(&e.report).as_bytes()).to_bytes();
            },
            Err(VerifyError::Debug),
        );
    }

    #[test]
    fn hardware_evidence_is_not_waved_through() {
        let nonsense = Evidence::SevSnp(vec![0; 10].try_into().unwrap());
        let malformed = secureflow_evidence::Error::Malformed(secureflow_evidence::Item::Envelope);
        assert_eq!(
            verify(&nonsense, None, &[7; 64], 0),
            Err(VerifyError::Hardware(malformed))
        );
        let quote = Evidence::Tdx(vec![0; 10].try_into().unwrap());
        assert_eq!(verify(&quote, None, &[7; 64], 0), Err(VerifyError::NoCollateral));
    }
}
