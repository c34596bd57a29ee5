//! Why evidence is refused.

use crate::{dcap, snp};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// The part of the evidence, or of what stands beside it, that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Item {
    /// What a worker sends for SEV-SNP: report and certificates.
    Envelope,
    /// An SEV-SNP attestation report.
    Report,
    /// The certificate of a VCEK or VLEK.
    Certificate,
    /// AMD's intermediate certificate: ASK or ASVK.
    Intermediate,
    /// AMD's list of revoked intermediates.
    RevocationList,
    /// An SGX or TDX quote.
    Quote,
    /// Intel's collateral as a whole.
    Collateral,
    /// Intel's TCB info.
    TcbInfo,
    /// The identity of Intel's quoting enclave.
    QeIdentity,
    /// Intel's lists of revoked certificates.
    IntelRevocationLists,
    /// A certificate of Intel's: of a platform or of a signer of collateral.
    IntelCertificates,
    /// The quoting enclave's report inside a quote.
    QeReport,
}

impl Item {
    fn name(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Report => "SEV-SNP report",
            Self::Certificate => "VCEK or VLEK certificate",
            Self::Intermediate => "ASK or ASVK certificate",
            Self::RevocationList => "AMD revocation list",
            Self::Quote => "quote",
            Self::Collateral => "collateral",
            Self::TcbInfo => "TCB info",
            Self::QeIdentity => "QE identity",
            Self::IntelRevocationLists => "Intel revocation lists",
            Self::IntelCertificates => "Intel certificate chain",
            Self::QeReport => "quoting enclave's report",
        }
    }
}

/// Two things that must agree and do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Mismatch {
    /// Processor generations: of report, certificate and issuer, or of certificate and revocation list.
    Product,
    /// VCEK or VLEK: what the report was signed with, the envelope says, or the certificate is.
    KeyKind,
    /// The chip that the VCEK certificate names and the one in the report.
    Chip,
    /// The TCB that the certificate was issued for and the one that the report carries.
    Tcb,
    /// The platform family, FMSPC and PCE-ID, that the TCB info is for and the quote's.
    Family,
    /// The kind of the collateral and of the quote: SGX or TDX.
    CollateralKind,
    /// The TDX module's signer or attributes and what the TCB info states.
    TdxModule,
    /// The quoting enclave and what its identity states.
    QuotingEnclave,
}

/// A rule that signed evidence breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Rule {
    /// The guest, enclave or trust domain can be debugged or profiled.
    Debug,
    /// The guest may be migrated.
    Migration,
    /// The guest may run where SMT is on.
    Smt,
    /// The guest may run with CXL memory.
    Cxl,
    /// The guest may run on more than one socket.
    SingleSocket,
    /// The report was asked for at a less privileged level than allowed, or by the host.
    Vmpl,
    /// The guest's identity block was not signed by the author's key that is asked for.
    AuthorKey,
    /// VLEKs are not accepted here.
    Vlek,
    /// The report's key was masked: it is not signed.
    MaskedKey,
    /// The report's chip was masked: it cannot be compared with the VCEK's.
    MaskedChip,
    /// The report states a signature algorithm other than ECDSA P-384 with SHA-384, or an unknown signing key.
    SignatureAlgorithm,
    /// Bits are set, or unset, that no published specification gives a meaning to.
    ReservedBits,
    /// The trust domain lacks `SEPT_VE_DISABLE`.
    SeptVe,
    /// The trust domain is bound to a service TD.
    ServiceTd,
}

impl Rule {
    fn advice(self) -> &'static str {
        match self {
            Self::Debug => "it can be debugged: launch it without debugging and profiling",
            Self::Migration => "it may be migrated: launch it without a migration agent",
            Self::Smt => "its policy allows SMT: launch it with SMT disallowed, on a host without SMT",
            Self::Cxl => "its policy allows CXL memory: launch it with CXL disallowed",
            Self::SingleSocket => "its policy allows several sockets: launch it for a single socket",
            Self::Vmpl => "its privilege level is not allowed: ask for the report at a lower VMPL, inside the guest",
            Self::AuthorKey => "its author key is not the one asked for: launch it with the signed identity block",
            Self::Vlek => "it is signed by a VLEK: set the host up to sign with its VCEK",
            Self::MaskedKey => "it is not signed: the host masks the chip's key",
            Self::MaskedChip => "its chip id is masked: unmask it on the host, or sign with a VLEK",
            Self::SignatureAlgorithm => "its signature algorithm or signing key is not a published one",
            Self::ReservedBits => "reserved bits are used: a newer specification may be needed",
            Self::SeptVe => "it lacks SEPT_VE_DISABLE: launch it with that attribute",
            Self::ServiceTd => "it is bound to a service TD: launch it without",
        }
    }
}

/// Why evidence is refused. Every variant names what is wrong or short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Error {
    /// Longer than the stated limit in bytes.
    TooLarge {
        /// What is.
        item: Item,
        /// The limit, bytes.
        limit: u32,
    },
    /// Cannot be decoded, or lacks what the standard asks for.
    Malformed(Item),
    /// Decoded, and bytes were left over.
    TrailingBytes(Item),
    /// A version that this release does not know.
    UnsupportedVersion {
        /// Of what.
        item: Item,
        /// The version found.
        version: u32,
    },
    /// Its time has not come.
    NotYetValid {
        /// Whose.
        item: Item,
        /// Unix seconds.
        from: u64,
    },
    /// Its time is over.
    Expired {
        /// Whose.
        item: Item,
        /// Unix seconds.
        until: u64,
    },
    /// Not issued by a root, or an intermediate, that this crate pins or was given.
    UnknownIssuer(Item),
    /// The signature over it is wrong.
    Signature(Item),
    /// Revoked by its vendor.
    Revoked(Item),
    /// Two things that must agree do not.
    Mismatch(Mismatch),
    /// Genuine, and against a rule.
    Rule(Rule),
    /// A component of an SEV-SNP platform is below the minimum.
    TcbTooLow {
        /// Which of the report's TCB versions.
        version: snp::TcbKind,
        /// Which component.
        part: snp::TcbPart,
        /// Its security patch level.
        have: u8,
        /// The minimum.
        needs: u8,
    },
    /// Intel's TCB status is not among the accepted ones.
    TcbStatus {
        /// The status.
        status: dcap::TcbStatus,
        /// The first component below an up-to-date platform's, where one is.
        short: Option<dcap::Shortfall>,
    },
    /// Intel's collateral is older than the minimum of the policy.
    CollateralTooOld {
        /// `tcbEvaluationDataNumber` found.
        have: u32,
        /// The minimum.
        needs: u32,
    },
    /// The quote was refused by `dcap-qvl` for a reason that has no name here.
    QuoteRefused,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooLarge { item, limit } => write!(f, "the {} is longer than {limit} bytes", item.name()),
            Self::Malformed(item) => write!(f, "the {} cannot be decoded", item.name()),
            Self::TrailingBytes(item) => write!(f, "bytes follow the {}", item.name()),
            Self::UnsupportedVersion { item, version } => {
                write!(f, "version {version} of the {} is not supported", item.name())
            }
            Self::NotYetValid { item, from } => write!(f, "the {} is not valid before {from} (unix s)", item.name()),
            Self::Expired { item, until } => {
                write!(f, "the {} expired at {until} (unix s): fetch a new one", item.name())
            }
            Self::UnknownIssuer(item) => write!(f, "the {} was not issued under a known root", item.name()),
            Self::Signature(item) => write!(f, "the signature of the {} is wrong", item.name()),
            Self::Revoked(item) => write!(f, "the {} is revoked by its vendor", item.name()),
            Self::Mismatch(mismatch) => f.write_str(match mismatch {
                Mismatch::Product => "report, certificate and issuer are of different processor generations",
                Mismatch::KeyKind => "the report was signed by the other kind of key: send its own certificate",
                Mismatch::Chip => "the certificate belongs to another chip: fetch this chip's",
                Mismatch::Tcb => "the certificate was issued for another TCB: fetch the one for the reported TCB",
                Mismatch::Family => "the TCB info is for another platform family",
                Mismatch::CollateralKind => "the collateral is not for this kind of quote",
                Mismatch::TdxModule => "the TDX module is not the one that the TCB info states",
                Mismatch::QuotingEnclave => "the quoting enclave is not the one that the QE identity states",
            }),
            Self::Rule(rule) => f.write_str(rule.advice()),
            Self::TcbTooLow {
                version,
                part,
                have,
                needs,
            } => write!(
                f,
                "{part} of the {version} TCB is {have} and must be {needs}: update it"
            ),
            Self::TcbStatus { status, short } => {
                write!(f, "the platform's TCB status is {status}")?;
                match short {
                    Some(short) => write!(f, ": {short}"),
                    None => Ok(()),
                }
            }
            Self::CollateralTooOld { have, needs } => {
                write!(
                    f,
                    "the collateral's evaluation number is {have} and must be {needs}: fetch it anew"
                )
            }
            Self::QuoteRefused => f.write_str("the quote does not verify"),
        }
    }
}

impl core::error::Error for Error {}
