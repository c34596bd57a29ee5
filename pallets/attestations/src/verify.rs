//! Evidence of every kind, checked against what the members have decided and what vendors have published.

use crate::{AmdRevocations, ChipKeys, Collaterals, Config, Error, EvidencePolicy, Pallet, SimulatedRoot};
use codec::Encode;
use frame_support::{ensure, traits::UnixTime};
use secureflow_evidence::{dcap, registry::Platform, snp, Tee};
use secureflow_primitives::{
    attestation::{leaf_payload, report_payload, Evidence, Measurement, SimulatedEvidence, TeeKind, Verdict},
    hash::blake2_256,
    AccountId, H256,
};
use sp_core::ed25519;

/// What verification found. `platform` is there for hardware only.
pub(crate) struct Found {
    pub verdict: Verdict,
    pub platform: Option<Platform>,
    /// The key that signed an SEV-SNP report, with the hash of its certificates: the next report need not check them.
    pub key: Option<(H256, snp::VerifiedKey)>,
}

impl<T: Config> Pallet<T> {
    /// Seconds since 1970, as this block says.
    pub(crate) fn seconds() -> u64 {
        T::Time::now().as_secs()
    }

    /// Checks evidence by itself. Whether the measurement is accepted and the report data are the right ones is asked
    /// elsewhere. `account` may have a key in storage.
    pub(crate) fn verify(evidence: &Evidence, account: Option<&AccountId>) -> Result<Found, Refusal<T>> {
        match evidence {
            Evidence::Simulated(evidence) => simulated::<T>(evidence).map_err(Refusal::Pallet),
            Evidence::SevSnp(bytes) => Self::snp(bytes, account),
            Evidence::Tdx(bytes) => Self::dcap(bytes, Tee::Tdx),
            Evidence::Sgx(bytes) => Self::dcap(bytes, Tee::Sgx),
        }
    }

    fn snp(bytes: &[u8], account: Option<&AccountId>) -> Result<Found, Refusal<T>> {
        let now = Self::seconds();
        let envelope = snp::Envelope::parse(bytes)?;
        let chain = blake2_256(&(&envelope.certificate, &envelope.intermediate).encode());
        let known = account.and_then(ChipKeys::<T>::get).filter(|(hash, _)| *hash == chain);
        let key = match known {
            Some((_, key)) if key.kind() == envelope.kind => key,
            _ => envelope.verify_chain(None, now)?,
        };
        let revocations = AmdRevocations::<T>::get(key.product).and_then(|kept| kept.list());
        let policy = EvidencePolicy::<T>::get().snp;
        let verdict = snp::verify_report(&envelope.report, &key, &policy, revocations.as_ref(), now)?;
        Ok(Found {
            key: Some((chain, key)),
            ..hardware(verdict)
        })
    }

    fn dcap(quote: &[u8], kind: Tee) -> Result<Found, Refusal<T>> {
        let family = dcap::Family::of_quote(quote)?;
        ensure!(family.tee == kind, Error::EvidenceKindMismatch);
        let collateral = Collaterals::<T>::get(family).ok_or(Error::CollateralMissing)?;
        let policy = EvidencePolicy::<T>::get().dcap;
        let verdict = dcap::verify_quote(quote, &collateral, &policy, Self::seconds())?;
        Ok(hardware(verdict))
    }
}

fn hardware(verdict: secureflow_evidence::Verdict) -> Found {
    let kind = match verdict.kind {
        Tee::SevSnp => TeeKind::SevSnp,
        Tee::Tdx => TeeKind::Tdx,
        Tee::Sgx => TeeKind::Sgx,
    };
    Found {
        verdict: Verdict {
            kind,
            measurement: Measurement(verdict.measurement),
            report_data: verdict.report_data,
        },
        platform: Some(Platform::of(&verdict)),
        key: None,
    }
}

/// Evidence that stands for no hardware, through the same path: a root signs a leaf, the leaf signs a report.
fn simulated<T: Config>(evidence: &SimulatedEvidence) -> Result<Found, Error<T>> {
    let SimulatedEvidence {
        report,
        leaf,
        leaf_signature,
        report_signature,
    } = evidence;
    let root = SimulatedRoot::<T>::get().ok_or(Error::SimulatedEvidenceRefused)?;
    ensure!(
        signed_by(&root, leaf_payload(leaf), leaf_signature),
        Error::LeafSignature
    );
    ensure!(
        signed_by(leaf, report_payload(report), report_signature),
        Error::ReportSignature
    );
    ensure!(!report.debug, Error::DebugEnabled);
    Ok(Found {
        verdict: Verdict {
            kind: TeeKind::Simulated,
            measurement: report.measurement,
            report_data: report.report_data,
        },
        platform: None,
        key: None,
    })
}

fn signed_by(key: &[u8; 32], payload: H256, signature: &[u8; 64]) -> bool {
    sp_io::crypto::ed25519_verify(
        &ed25519::Signature::from_raw(*signature),
        payload.as_bytes(),
        &ed25519::Public::from_raw(*key),
    )
}

/// Why evidence is refused: in the words of its verifier, which are more than an error of a pallet can hold.
pub(crate) enum Refusal<T> {
    Pallet(Error<T>),
    Evidence(secureflow_evidence::Error),
}

impl<T> From<Error<T>> for Refusal<T> {
    fn from(error: Error<T>) -> Self {
        Self::Pallet(error)
    }
}

impl<T> From<secureflow_evidence::Error> for Refusal<T> {
    fn from(error: secureflow_evidence::Error) -> Self {
        Self::Evidence(error)
    }
}
