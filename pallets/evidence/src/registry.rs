//! What a chain keeps of verified evidence, as it lies in its storage, and where that leaves a worker.

mod status;

pub use status::Circumstances;

use crate::{dcap, snp, Error, Tcb, Verdict};
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
    /// The first block at which a platform that is short of what is asked no longer counts; none while it is not short.
    pub grace_until: Option<u32>,
}

impl Platform {
    /// What was just verified, and so is not short.
    pub fn of(verdict: &Verdict) -> Self {
        Self {
            tcb: verdict.tcb,
            valid_until: verdict.valid_until,
            fingerprint: verdict.fingerprint,
            grace_until: None,
        }
    }

    /// Whether certificates and collateral are still valid: through their last second (RFC 5280, 4.1.2.5).
    pub fn is_valid(&self, seconds: u64) -> bool {
        seconds <= self.valid_until
    }

    /// Takes a new policy into account, whose grace ends at the block `until`. Returns whether the platform is short of it.
    ///
    /// A platform that was short before keeps the sooner end, or else one vote after the other would carry it on; one that
    /// falls short only now has all of the new grace, even where an older one ends sooner.
    pub fn judge_by(&mut self, policy: &Policy, until: u32) -> bool {
        let short = self.tcb.short_of(policy).is_some();
        self.grace_until = short.then(|| self.grace_until.map_or(until, |before| before.min(until)));
        short
    }
}
