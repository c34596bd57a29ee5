#![doc = include_str!("../README.md")]
#![no_std]
#![warn(missing_docs)]

extern crate alloc;
// What the node registers for its runtimes is built with the standard library.
#[cfg(all(feature = "std", any(feature = "host", feature = "native-snp")))]
extern crate std;

pub mod dcap;
mod ecdsa;
mod error;
#[cfg(any(feature = "host", feature = "native-snp"))]
pub mod host;
mod pss;
pub mod registry;
pub mod snp;
mod x509;

pub use error::{Error, Item, Mismatch, Rule};
pub use x509::Serial;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The kind of trusted execution environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Tee {
    /// AMD SEV-SNP: a virtual machine.
    SevSnp,
    /// Intel TDX: a virtual machine.
    Tdx,
    /// Intel SGX: a process.
    Sgx,
}

/// What the platform's security version was found to be: enough to tell, when a minimum is raised, who falls below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Tcb {
    /// The lowest of each component of the reported, committed and launch TCB.
    SevSnp {
        /// The generation, which gives the version its meaning.
        product: snp::Product,
        /// The components.
        version: snp::TcbVersion,
    },
    /// As Intel's collateral judges the platform.
    Intel {
        /// Platform, TDX module and quoting enclave together.
        status: dcap::TcbStatus,
        /// `tcbEvaluationDataNumber` of the collateral: which of Intel's TCB recoveries it takes into account.
        evaluation: u32,
    },
}

/// What verified evidence says. Whether the measurement is accepted and the report data fresh, the caller decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Verdict {
    /// What was verified.
    pub kind: Tee,
    /// What runs. SEV-SNP: the launch measurement. TDX: SHA-384 over MRTD, RTMR0, RTMR1, RTMR2 and RTMR3, 48 bytes
    /// each, so that firmware, kernel and what they loaded are bound together ([`dcap::tdx_measurement`]). SGX:
    /// MRENCLAVE, 32 bytes, followed by zeros.
    pub measurement: [u8; 48],
    /// What the guest or enclave put in.
    pub report_data: [u8; 64],
    /// How recent the platform is.
    pub tcb: Tcb,
    /// Unix seconds: when the first of the certificates and of the collateral that it rests on ends.
    pub valid_until: u64,
    /// SHA-256 of the bytes that the hardware signed. ECDSA signatures have two forms and certificates are renewed, so
    /// two different envelopes may hold the same evidence: replays are recognised by this, not by a hash of the
    /// envelope.
    pub fingerprint: [u8; 32],
}
