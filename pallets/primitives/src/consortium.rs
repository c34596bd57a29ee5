//! Organisations and their keys.

use crate::{bounds::Name, AccountId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Whether an organisation may act.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub enum OrgStatus {
    Active,
    /// May act again once it is reinstated.
    Suspended,
    /// Never acts again. Its record stays under its id, which no other organisation gets.
    Removed,
}

/// The public keys by which an organisation's processes are known.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
pub struct OrgKeys {
    /// SHA-256 of the DER form of the agent's TLS certificate.
    pub tls_fingerprint: [u8; 32],
    /// Ed25519: signs what the agent sends in protocols.
    pub signing: [u8; 32],
    /// X25519: audit entries are encrypted to it where the organisation is an auditor.
    pub encryption: [u8; 32],
}

/// A member of the consortium.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
pub struct Organisation {
    pub name: Name,
    /// The account that speaks for the organisation.
    pub account: AccountId,
    pub status: OrgStatus,
    /// `None` until the organisation has registered its keys.
    pub keys: Option<OrgKeys>,
}
