//! Workers and the evidence they register with.

mod source;
mod status;

pub use source::{AcceptedMeasurement, Replacement, Revision, Source};
pub use status::{Staleness, WorkerStatus};

use crate::{
    bounds::{Endpoint, MAX_EVIDENCE},
    hash::{blake2_256, domain_hash},
    policy::chain_type,
    AccountId, BlockNumber, OrgId,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;
use sp_runtime::{traits::ConstU32, BoundedVec};

chain_type! {
    /// The launch measurement of a worker: SHA-384 on SEV-SNP and TDX.
    #[derive(Copy, PartialOrd, Ord)]
    pub struct Measurement(#[serde(with = "bytes48")] pub [u8; 48]);
}

impl Measurement {
    /// The measurement that simulated evidence reports for a build: BLAKE2b of a label, padded. It measures nothing.
    pub fn simulated(label: &[u8]) -> Self {
        let mut bytes = [0u8; 48];
        bytes[..32].copy_from_slice(blake2_256(label).as_bytes());
        Self(bytes)
    }
}

mod bytes48 {
    use alloc::vec::Vec;
    use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8; 48], s: S) -> Result<S::Ok, S::Error> {
        bytes.as_slice().serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 48], D::Error> {
        Vec::<u8>::deserialize(d)?
            .try_into()
            .map_err(|_| D::Error::custom("a measurement has 48 bytes"))
    }
}

chain_type! {
    /// The kind of trusted execution environment.
    #[derive(Copy)]
    pub enum TeeKind { Simulated, SevSnp, Tdx, Sgx }
}

impl TeeKind {
    pub const ALL: [Self; 4] = [Self::Simulated, Self::SevSnp, Self::Tdx, Self::Sgx];
}

chain_type! {
    /// The recent finalised block that evidence was made for: evidence cannot be older than it.
    #[derive(Copy)]
    pub struct Anchor { pub number: BlockNumber, pub hash: H256 }
}

chain_type! {
    /// What a worker registers with.
    pub struct WorkerRegistration {
        /// Where agents reach it, `https://host:port`.
        pub endpoint: Endpoint,
        /// SHA-256 of the DER form of its TLS certificate.
        pub tls_fingerprint: [u8; 32],
        /// Ed25519: signs commitments and results.
        pub session_key: [u8; 32],
        pub anchor: Anchor,
    }
}

impl WorkerRegistration {
    /// The 64 bytes that the evidence must carry: they bind the chain, the worker's account, its keys and the anchor, so
    /// that evidence cannot be replayed across chains, operators or time. The upper half is zero.
    pub fn report_data(&self, genesis: H256, worker: &AccountId) -> [u8; 64] {
        let bound = (genesis, worker, self.session_key, self.tls_fingerprint, self.anchor);
        let mut data = [0u8; 64];
        data[..32].copy_from_slice(domain_hash(b"secureflow/report-data/v1", &bound).as_bytes());
        data
    }
}

chain_type! {
    /// Evidence as the worker sends it.
    #[allow(clippy::large_enum_variant, reason = "evidence is decoded once and never kept in numbers")]
    pub enum Evidence {
        /// Signed by a development root that the genesis names; stands for no hardware.
        Simulated(SimulatedEvidence),
        /// An SEV-SNP report with its certificate chain.
        SevSnp(BoundedVec<u8, ConstU32<MAX_EVIDENCE>>),
        /// A TDX quote.
        Tdx(BoundedVec<u8, ConstU32<MAX_EVIDENCE>>),
        /// An SGX quote.
        Sgx(BoundedVec<u8, ConstU32<MAX_EVIDENCE>>),
    }
}

impl Evidence {
    /// The kind that it claims.
    pub fn kind(&self) -> TeeKind {
        match self {
            Self::Simulated(_) => TeeKind::Simulated,
            Self::SevSnp(_) => TeeKind::SevSnp,
            Self::Tdx(_) => TeeKind::Tdx,
            Self::Sgx(_) => TeeKind::Sgx,
        }
    }

    /// The commitment to the evidence that stays on chain.
    pub fn hash(&self) -> H256 {
        domain_hash(b"secureflow/evidence/v1", self)
    }
}

chain_type! {
    /// The fields of a hardware report that verification rests on.
    pub struct SimulatedReport {
        pub measurement: Measurement,
        #[serde(with = "bytes64")]
        pub report_data: [u8; 64],
        /// Security version of the platform.
        pub tcb: u32,
        /// A guest that can be debugged is refused.
        pub debug: bool,
    }
}

mod bytes64 {
    use alloc::vec::Vec;
    use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8; 64], s: S) -> Result<S::Ok, S::Error> {
        bytes.as_slice().serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 64], D::Error> {
        Vec::<u8>::deserialize(d)?
            .try_into()
            .map_err(|_| D::Error::custom("report data has 64 bytes"))
    }
}

chain_type! {
    /// A report with a two-step chain, shaped like a hardware vendor's: root signs leaf, leaf signs report.
    pub struct SimulatedEvidence {
        pub report: SimulatedReport,
        /// The leaf's Ed25519 key.
        pub leaf: [u8; 32],
        #[serde(with = "bytes64")]
        pub leaf_signature: [u8; 64],
        #[serde(with = "bytes64")]
        pub report_signature: [u8; 64],
    }
}

/// What the root signs for a leaf.
pub fn leaf_payload(leaf: &[u8; 32]) -> H256 {
    domain_hash(b"secureflow/simulated-leaf/v1", leaf)
}

/// What the leaf signs for a report.
pub fn report_payload(report: &SimulatedReport) -> H256 {
    domain_hash(b"secureflow/simulated-report/v1", report)
}

chain_type! {
    /// What verification found in the evidence. It says nothing of the measurement's acceptance.
    pub struct Verdict {
        pub kind: TeeKind,
        pub measurement: Measurement,
        #[serde(with = "bytes64")]
        pub report_data: [u8; 64],
    }
}

chain_type! {
    /// A registered worker.
    pub struct Worker {
        /// The organisation that operates it.
        pub operator: OrgId,
        pub registration: WorkerRegistration,
        pub kind: TeeKind,
        pub measurement: Measurement,
        pub evidence_hash: H256,
        pub registered_at: BlockNumber,
        /// The first block at which the verdict no longer holds.
        pub expires_at: BlockNumber,
        pub revoked: bool,
    }
}

impl Worker {
    /// Whether the worker's own record lets it compute at this block. [`WorkerStatus`] also asks what the record rests on.
    pub fn is_active(&self, now: BlockNumber) -> bool {
        !self.revoked && now < self.expires_at
    }

    /// Whether its evidence stands for no hardware.
    pub fn is_simulated(&self) -> bool {
        self.kind == TeeKind::Simulated
    }
}
