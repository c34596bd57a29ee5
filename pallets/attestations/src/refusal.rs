//! A verifier's words, as far as a pallet's error holds them. The view function `try_evidence` gives them in full.

use crate::{verify::Refusal, Config, Error};
use alloc::{format, string::String};
use codec::Encode;
use secureflow_evidence::Error as Evidence;

impl<T> From<Evidence> for Error<T> {
    fn from(error: Evidence) -> Self {
        match error {
            Evidence::TooLarge { item, .. } => Self::EvidenceTooLarge { item: code(item) },
            Evidence::Malformed(item) => Self::EvidenceMalformed { item: code(item) },
            Evidence::TrailingBytes(item) => Self::EvidenceTrailingBytes { item: code(item) },
            Evidence::UnsupportedVersion { item, .. } => Self::EvidenceVersion { item: code(item) },
            Evidence::NotYetValid { item, .. } => Self::EvidenceNotYetValid { item: code(item) },
            Evidence::Expired { item, .. } => Self::EvidenceExpired { item: code(item) },
            Evidence::UnknownIssuer(item) => Self::EvidenceUnknownIssuer { item: code(item) },
            Evidence::Signature(item) => Self::EvidenceSignature { item: code(item) },
            Evidence::Revoked(item) => Self::EvidenceRevoked { item: code(item) },
            Evidence::Mismatch(what) => Self::EvidenceMismatch { what: code(what) },
            Evidence::Rule(rule) => Self::EvidenceRule { rule: code(rule) },
            Evidence::TcbTooLow { part, have, needs, .. } => Self::TcbTooLow {
                part: code(part),
                have,
                needs,
            },
            Evidence::TcbStatus { status, .. } => Self::TcbNotAccepted { status: code(status) },
            Evidence::CollateralTooOld { .. } => Self::CollateralTooOld,
            Evidence::QuoteRefused => Self::QuoteRefused,
        }
    }
}

/// The index of a variant without fields.
fn code(variant: impl Encode) -> u8 {
    variant.encode().first().copied().unwrap_or_default()
}

impl<T> From<Refusal<T>> for Error<T> {
    fn from(refusal: Refusal<T>) -> Self {
        match refusal {
            Refusal::Pallet(error) => error,
            Refusal::Evidence(error) => error.into(),
        }
    }
}

impl<T: Config> Refusal<T> {
    /// In words.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Pallet(error) => format!("{error:?}"),
            Self::Evidence(error) => format!("{error}"),
        }
    }
}
