//! AMD SEV-SNP: a report, signed by a VCEK or VLEK, which an ASK or ASVK certifies, which a pinned root certifies.
//!
//! Sources: AMD 56860 (SNP firmware ABI: the report), AMD 57230 (VCEK and VLEK certificates, key distribution service).

mod authority;
mod endorsement;
mod policy;
mod product;
mod report;
mod roots;

pub use authority::{Intermediate, RevocationList, MAX_CERTIFICATE, MAX_REVOCATION_LIST, MAX_REVOKED};
pub use endorsement::{verify_chain, Holder, VerifiedKey};
pub use policy::{MinimumTcb, Policy};
pub use product::{Product, TcbKind, TcbPart, TcbVersion};
pub use report::{Report, SigningKey, REPORT_BYTES};

use crate::{Error, Item, Mismatch, Rule, Tcb, Tee, Verdict};
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sha2::{Digest, Sha256};

/// Longest envelope, bytes: a report, two certificates and what frames them.
pub const MAX_ENVELOPE: usize = REPORT_BYTES + 2 * MAX_CERTIFICATE + 16;

/// What a worker sends, in SCALE. Nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Envelope {
    /// VCEK or VLEK; must be the report's own word and the certificate's.
    pub kind: SigningKey,
    /// The report as firmware gives it.
    pub report: [u8; REPORT_BYTES],
    /// The certificate of the key that signed, DER.
    pub certificate: Vec<u8>,
    /// The ASK's or ASVK's certificate, DER, if AMD has replaced the one that this crate pins.
    pub intermediate: Option<Vec<u8>>,
}

impl Envelope {
    /// Errors, all about [`Item::Envelope`]: `TooLarge`, `Malformed`, `TrailingBytes`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let item = Item::Envelope;
        if bytes.len() > MAX_ENVELOPE {
            return Err(Error::TooLarge {
                item,
                limit: MAX_ENVELOPE as u32,
            });
        }
        Self::decode_all(&mut &*bytes).map_err(|_| match Self::decode(&mut &*bytes) {
            Ok(_) => Error::TrailingBytes(item),
            Err(_) => Error::Malformed(item),
        })
    }

    /// The chain of this envelope, as [`verify_chain`] does it. This is the part that a caller may skip for a
    /// certificate whose key it has stored.
    pub fn verify_chain(&self, revocations: Option<&RevocationList>, now: u64) -> Result<VerifiedKey, Error> {
        let given = self
            .intermediate
            .as_deref()
            .map(|der| Intermediate::verify(der, now))
            .transpose()?;
        let key = verify_chain(&self.certificate, given.as_ref(), revocations, now)?;
        match key.kind() == self.kind {
            true => Ok(key),
            false => Err(Error::Mismatch(Mismatch::KeyKind)),
        }
    }

    /// Chain and report.
    pub fn verify(&self, policy: &Policy, revocations: Option<&RevocationList>, now: u64) -> Result<Verdict, Error> {
        let key = self.verify_chain(revocations, now)?;
        verify_report(&self.report, &key, policy, revocations, now)
    }
}

/// Verifies a report with the key of a verified chain. Costs one P-384 verification.
///
/// A key that was stored is checked again: its time, and, if a list is given, that its issuer is not revoked.
///
/// Errors: those of [`Report::parse`], [`Report::signing_key`] and [`VerifiedKey::check`]; [`Mismatch::KeyKind`],
/// [`Mismatch::Product`], [`Mismatch::Chip`], [`Mismatch::Tcb`], [`Rule::MaskedChip`]; `Signature` of
/// [`Item::Report`]; then, for a genuine report, the rules of the policy and `TcbTooLow`.
pub fn verify_report(
    report: &[u8],
    key: &VerifiedKey,
    policy: &Policy,
    revocations: Option<&RevocationList>,
    now: u64,
) -> Result<Verdict, Error> {
    let report = Report::parse(report)?;
    key.check(revocations, now)?;
    check_identity(&report, key)?;
    report.verify(&key.point)?;
    policy.check(&report, key.product)?;

    let weakest = [TcbKind::Committed, TcbKind::Launch]
        .into_iter()
        .fold(key.tcb, |lowest, version| lowest.lowest(report.tcb(version)));
    Ok(Verdict {
        kind: Tee::SevSnp,
        measurement: *report.measurement(),
        report_data: *report.report_data(),
        tcb: Tcb::SevSnp {
            product: key.product,
            version: weakest,
        },
        valid_until: revocations.map_or(key.valid_until, |list| list.valid_until.min(key.valid_until)),
        fingerprint: Sha256::digest(report.signed()).into(),
    })
}

/// The report is of the generation, the kind of key, the chip and the TCB that the certificate names.
fn check_identity(report: &Report<'_>, key: &VerifiedKey) -> Result<(), Error> {
    let mismatch = |what| Err(Error::Mismatch(what));
    if report.signing_key()? != key.kind() {
        return mismatch(Mismatch::KeyKind);
    }
    if report.product()?.is_some_and(|product| product != key.product) {
        return mismatch(Mismatch::Product);
    }
    match key.holder {
        Holder::Chip(_) if *report.chip_id() == [0; 64] => return Err(Error::Rule(Rule::MaskedChip)),
        Holder::Chip(id) if *report.chip_id() != id => return mismatch(Mismatch::Chip),
        _ => {}
    }
    match report.tcb(TcbKind::Reported) == key.tcb {
        true => Ok(()),
        false => mismatch(Mismatch::Tcb),
    }
}
