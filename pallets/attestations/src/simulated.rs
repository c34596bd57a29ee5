//! Evidence that stands for no hardware, checked through the same path as evidence that does: a root signs a leaf, the
//! leaf signs a report.

use crate::{Config, Error, SimulatedRoot};
use core::marker::PhantomData;
use frame_support::ensure;
use secureflow_primitives::{
    attestation::{leaf_payload, report_payload, Evidence, SimulatedEvidence, TeeKind, Verdict},
    traits::EvidenceVerifier,
    BlockNumber, H256,
};
use sp_core::ed25519;

/// Verifies simulated evidence against the root that the genesis names, and refuses every other kind.
pub struct SimulatedVerifier<T>(PhantomData<T>);

impl<T: Config> EvidenceVerifier for SimulatedVerifier<T> {
    type Error = Error<T>;

    fn verify(evidence: &Evidence, _now: BlockNumber) -> Result<Verdict, Error<T>> {
        let Evidence::Simulated(SimulatedEvidence {
            report,
            leaf,
            leaf_signature,
            report_signature,
        }) = evidence
        else {
            return Err(Error::<T>::EvidenceKindNotSupported);
        };
        let root = SimulatedRoot::<T>::get().ok_or(Error::<T>::SimulatedEvidenceRefused)?;
        ensure!(
            signed_by(&root, leaf_payload(leaf), leaf_signature),
            Error::<T>::LeafSignature
        );
        ensure!(
            signed_by(leaf, report_payload(report), report_signature),
            Error::<T>::ReportSignature
        );
        ensure!(!report.debug, Error::<T>::DebugEnabled);
        Ok(Verdict {
            kind: TeeKind::Simulated,
            measurement: report.measurement,
            report_data: report.report_data,
            tcb: report.tcb,
        })
    }
}

fn signed_by(key: &[u8; 32], payload: H256, signature: &[u8; 64]) -> bool {
    sp_io::crypto::ed25519_verify(
        &ed25519::Signature::from_raw(*signature),
        payload.as_bytes(),
        &ed25519::Public::from_raw(*key),
    )
}
