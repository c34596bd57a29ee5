//! Names for the refusals of `dcap-qvl`, which are texts: the version is pinned, and a test holds the ones it can
//! provoke.

use crate::{Error, Item, Mismatch, Rule};
use alloc::format;
use anyhow::Error as Refusal;
use webpki::Error as Webpki;

/// Below every level that Intel lists.
const OUT_OF_DATE: Error = Error::TcbStatus {
    status: super::TcbStatus::OutOfDate,
    short: None,
};

/// The first text that a refusal contains decides.
const NAMES: &[(&str, Error)] = &[
    ("Failed to decode quote", Error::Malformed(Item::Quote)),
    ("Unsupported DCAP PCK cert format", Error::Malformed(Item::Quote)),
    ("Invalid QE auth data length", Error::Malformed(Item::Quote)),
    ("Unknown QE vendor ID", Error::UnknownIssuer(Item::Quote)),
    ("ISV enclave report signature is invalid", Error::Signature(Item::Quote)),
    ("Signature is invalid for tcb_info", Error::Signature(Item::TcbInfo)),
    (
        "Signature is invalid for qe_identity",
        Error::Signature(Item::QeIdentity),
    ),
    ("Signature is invalid for qe_report", Error::Signature(Item::QeReport)),
    ("QE report hash mismatch", Error::Signature(Item::QeReport)),
    ("Failed to decode TcbInfo", Error::Malformed(Item::TcbInfo)),
    ("Failed to decode QeIdentity", Error::Malformed(Item::QeIdentity)),
    ("TCB Info signer must be", Error::UnknownIssuer(Item::TcbInfo)),
    ("QE Identity signer must be", Error::UnknownIssuer(Item::QeIdentity)),
    (
        "Failed to parse root CA CRL",
        Error::Malformed(Item::IntelRevocationLists),
    ),
    ("Failed to parse PCK CRL", Error::Malformed(Item::IntelRevocationLists)),
    ("Fmspc mismatch", Error::Mismatch(Mismatch::Family)),
    ("with non-TDX TCB info", Error::Mismatch(Mismatch::CollateralKind)),
    ("with non-SGX TCB info", Error::Mismatch(Mismatch::CollateralKind)),
    (
        "Unsupported QE Identity id/version",
        Error::Mismatch(Mismatch::CollateralKind),
    ),
    ("QE MRSIGNER mismatch", Error::Mismatch(Mismatch::QuotingEnclave)),
    ("QE ISVPRODID mismatch", Error::Mismatch(Mismatch::QuotingEnclave)),
    ("QE MISCSELECT mismatch", Error::Mismatch(Mismatch::QuotingEnclave)),
    ("QE ATTRIBUTES mismatch", Error::Mismatch(Mismatch::QuotingEnclave)),
    ("QE report validation failed", Error::Mismatch(Mismatch::QuotingEnclave)),
    ("TDX module identity", Error::Mismatch(Mismatch::TdxModule)),
    ("No matching TCB level found", OUT_OF_DATE),
    ("TDX module TCB level check", OUT_OF_DATE),
    ("below minimum required", OUT_OF_DATE),
    (
        "TCB status is invalid: Revoked",
        Error::TcbStatus {
            status: super::TcbStatus::Revoked,
            short: None,
        },
    ),
    ("Debug mode is enabled", Error::Rule(Rule::Debug)),
    ("TD profiling is enabled", Error::Rule(Rule::Debug)),
    ("TD migration is enabled", Error::Rule(Rule::Migration)),
    ("Reserved bits in TD attributes", Error::Rule(Rule::ReservedBits)),
    ("SERVTD_EXT is enabled", Error::Rule(Rule::ServiceTd)),
    ("Invalid MR service TD", Error::Rule(Rule::ServiceTd)),
    ("SEPT_VE_DISABLE is not enabled", Error::Rule(Rule::SeptVe)),
    (
        "Certificate chain is too short",
        Error::Malformed(Item::IntelCertificates),
    ),
    (
        "Too many intermediate certificates",
        Error::Malformed(Item::IntelCertificates),
    ),
    ("Failed to parse certs", Error::Malformed(Item::IntelCertificates)),
];

pub(super) fn name(refusal: &Refusal) -> Error {
    if let Some(error) = refusal.downcast_ref::<Webpki>() {
        return certificates(error);
    }
    let text = format!("{refusal:#}");
    let named = NAMES.iter().find(|(part, _)| text.contains(part));
    named.map_or(Error::QuoteRefused, |(_, error)| *error)
}

fn certificates(error: &Webpki) -> Error {
    let (certificates, lists) = (Item::IntelCertificates, Item::IntelRevocationLists);
    match error {
        Webpki::CertExpired { not_after, .. } => Error::Expired {
            item: certificates,
            until: not_after.as_secs(),
        },
        Webpki::CertNotValidYet { not_before, .. } => Error::NotYetValid {
            item: certificates,
            from: not_before.as_secs(),
        },
        Webpki::CrlExpired { next_update, .. } => Error::Expired {
            item: lists,
            until: next_update.as_secs(),
        },
        Webpki::CertRevoked => Error::Revoked(certificates),
        Webpki::UnknownIssuer => Error::UnknownIssuer(certificates),
        // No list covers the certificate: it is for the other of Intel's two platform authorities.
        Webpki::UnknownRevocationStatus | Webpki::IssuerNotCrlSigner => Error::UnknownIssuer(lists),
        Webpki::InvalidSignatureForPublicKey => Error::Signature(certificates),
        Webpki::InvalidCrlSignatureForPublicKey => Error::Signature(lists),
        _ => Error::Malformed(certificates),
    }
}
