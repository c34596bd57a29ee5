//! What a chain keeps of verified evidence, as it lies in its storage.

use crate::{dcap, snp, Error, Tcb};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What is asked of hardware evidence, of every kind.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Policy {
    /// Of SEV-SNP reports.
    pub snp: snp::Policy,
    /// Of SGX and TDX quotes.
    pub dcap: dcap::Policy,
}

impl Tcb {
    /// What keeps a platform that was verified earlier from what is asked now; nothing where it still does.
    pub fn short_of(&self, policy: &Policy) -> Option<Error> {
        match *self {
            Self::SevSnp { product, version } => {
                let short = version.short_of(policy.snp.minimum_tcb.of(product), product);
                short.map(|(part, have, needs)| Error::TcbTooLow {
                    version: snp::TcbKind::Reported,
                    part,
                    have,
                    needs,
                })
            }
            Self::Intel { status, .. } if !policy.dcap.accepted.contains(status) => {
                Some(Error::TcbStatus { status, short: None })
            }
            Self::Intel { evaluation, .. } if evaluation < policy.dcap.minimum_evaluation => {
                Some(Error::CollateralTooOld {
                    have: evaluation,
                    needs: policy.dcap.minimum_evaluation,
                })
            }
            Self::Intel { .. } => None,
        }
    }
}

/// A worker's platform.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Platform {
    /// How recent it is.
    pub tcb: Tcb,
    /// Unix seconds: when the first of the certificates and of the collateral ends.
    pub valid_until: u64,
    /// [`crate::Verdict::fingerprint`]: the same report in another envelope is the same evidence.
    pub fingerprint: [u8; 32],
}

/// The policy that goes on counting for those who are registered, until a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct GracePeriod {
    /// What was asked before.
    pub policy: Policy,
    /// The first block at which it no longer counts.
    pub until: u32,
}
