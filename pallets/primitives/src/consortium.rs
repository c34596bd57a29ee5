//! Organisations, their keys and their nodes.

use crate::{
    bounds::{Name, MAX_NODES},
    AccountId, OrgId,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

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

/// The identity of a node in the peer-to-peer network, as libp2p writes it: the identity multihash of an Ed25519 public key
/// in its protobuf form (libp2p specification, "Peer Ids"). Its text form is base58, `12D3Koo…`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct NodeId(#[serde(with = "bytes38")] pub [u8; 38]);

impl NodeId {
    /// Multihash: code 0 (identity), 36 bytes. Protobuf: field 1 (type) is 1 (Ed25519), field 2 (data) has 32 bytes.
    const PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

    /// The node with this Ed25519 public key.
    pub fn of_key(public: &[u8; 32]) -> Self {
        let mut bytes = [0; 38];
        bytes[..6].copy_from_slice(&Self::PREFIX);
        bytes[6..].copy_from_slice(public);
        Self(bytes)
    }

    /// Whether these bytes name an Ed25519 key. Nodes have no others.
    pub fn is_sound(&self) -> bool {
        self.0.starts_with(&Self::PREFIX)
    }
}

mod bytes38 {
    use alloc::vec::Vec;
    use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8; 38], s: S) -> Result<S::Ok, S::Error> {
        bytes.as_slice().serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 38], D::Error> {
        Vec::<u8>::deserialize(d)?
            .try_into()
            .map_err(|_| D::Error::custom("a node's identity has 38 bytes"))
    }
}

/// The nodes of one organisation.
pub type NodeList = BoundedVec<NodeId, ConstU32<MAX_NODES>>;
/// The nodes of several organisations, in the order of their ids.
pub type NodesByOrg = Vec<(OrgId, NodeList)>;
