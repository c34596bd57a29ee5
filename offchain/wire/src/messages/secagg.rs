//! Secure aggregation's messages, to the wire and back.

use std::collections::{BTreeMap, BTreeSet};

use prost::bytes::Bytes;
use secureflow_secagg::{
    Advertise, ClientMessage, Consistency, ConsistencyBook, Deliver, KeyBook, MaskedInput, PartyId, SealedShares,
    ServerMessage, ShareBytes, Shares, SignatureBytes, Survivors, Unmask,
};

use super::{array, at_most, pack, unpack, Limits};
use crate::{
    proto::{self, client_message, server_message},
    Malformed,
};

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

/// Numbers in ascending order, none twice.
pub(super) fn ascending(field: &'static str, numbers: Vec<u32>, limits: &Limits) -> Result<Vec<u32>, Malformed> {
    at_most(field, numbers.len(), limits.parties)?;
    if numbers.is_sorted_by(|a, b| a < b) {
        Ok(numbers)
    } else {
        Err(Malformed::Order(field))
    }
}

fn set_from_wire(field: &'static str, numbers: Vec<u32>, limits: &Limits) -> Result<BTreeSet<PartyId>, Malformed> {
    Ok(ascending(field, numbers, limits)?.into_iter().map(PartyId).collect())
}

fn map_to_wire<T>(map: BTreeMap<PartyId, T>, value: impl Fn(&T) -> &[u8]) -> Vec<proto::PartyBytes> {
    map.iter()
        .map(|(party, item)| proto::PartyBytes {
            party: party.0,
            value: bytes(value(item)),
        })
        .collect()
}

fn map_from_wire<T, const N: usize>(
    field: &'static str,
    items: Vec<proto::PartyBytes>,
    limits: &Limits,
    value: impl Fn([u8; N]) -> T,
) -> Result<BTreeMap<PartyId, T>, Malformed> {
    at_most(field, items.len(), limits.parties)?;
    if !items.is_sorted_by(|a, b| a.party < b.party) {
        return Err(Malformed::Order(field));
    }
    items
        .into_iter()
        .map(|item| Ok((PartyId(item.party), value(array(field, &item.value)?))))
        .collect()
}

impl From<Advertise> for proto::Advertise {
    fn from(message: Advertise) -> Self {
        Self {
            encryption_key: bytes(&message.encryption_key),
            mask_key: bytes(&message.mask_key),
            seed_commitment: bytes(&message.seed_commitment),
            signature: bytes(&message.signature.0),
        }
    }
}

fn advertise(message: &proto::Advertise) -> Result<Advertise, Malformed> {
    Ok(Advertise {
        encryption_key: array("encryption_key", &message.encryption_key)?,
        mask_key: array("mask_key", &message.mask_key)?,
        seed_commitment: array("seed_commitment", &message.seed_commitment)?,
        signature: SignatureBytes(array("signature", &message.signature)?),
    })
}

impl From<ClientMessage> for proto::ClientMessage {
    fn from(message: ClientMessage) -> Self {
        use client_message::Kind;
        let kind = match message {
            ClientMessage::Advertise(message) => Kind::Advertise(message.into()),
            ClientMessage::Shares(message) => Kind::Shares(proto::Shares {
                sealed: map_to_wire(message.sealed, |sealed| &sealed.0),
            }),
            ClientMessage::MaskedInput(message) => Kind::MaskedInput(proto::MaskedInput {
                values: pack(&message.values),
                transcript: bytes(&message.transcript),
                signature: message.signature.map(|signature| bytes(&signature.0)),
            }),
            ClientMessage::Consistency(message) => Kind::Consistency(proto::Consistency {
                signature: bytes(&message.signature.0),
            }),
            ClientMessage::Unmask(message) => Kind::Unmask(proto::Unmask {
                mask_key_shares: map_to_wire(message.mask_key_shares, |share| &share.0),
                seed_shares: map_to_wire(message.seed_shares, |share| &share.0),
            }),
        };
        Self { kind: Some(kind) }
    }
}

pub(super) fn client_message(message: proto::ClientMessage, limits: &Limits) -> Result<ClientMessage, Malformed> {
    use client_message::Kind;
    Ok(match message.kind.ok_or(Malformed::Missing("kind"))? {
        Kind::Advertise(message) => ClientMessage::Advertise(advertise(&message)?),
        Kind::Shares(message) => ClientMessage::Shares(Shares {
            sealed: map_from_wire("sealed", message.sealed, limits, SealedShares)?,
        }),
        Kind::MaskedInput(message) => ClientMessage::MaskedInput(MaskedInput {
            transcript: array("transcript", &message.transcript)?,
            values: unpack("values", &message.values, limits.length)?,
            signature: match message.signature {
                Some(signature) => Some(SignatureBytes(array("signature", &signature)?)),
                None => None,
            },
        }),
        Kind::Consistency(message) => ClientMessage::Consistency(Consistency {
            signature: SignatureBytes(array("signature", &message.signature)?),
        }),
        Kind::Unmask(message) => ClientMessage::Unmask(Unmask {
            mask_key_shares: map_from_wire("mask_key_shares", message.mask_key_shares, limits, ShareBytes)?,
            seed_shares: map_from_wire("seed_shares", message.seed_shares, limits, ShareBytes)?,
        }),
    })
}

impl From<ServerMessage> for proto::ServerMessage {
    fn from(message: ServerMessage) -> Self {
        use server_message::Kind;
        let kind = match message {
            ServerMessage::KeyBook(message) => Kind::KeyBook(proto::KeyBook {
                keys: message
                    .keys
                    .into_iter()
                    .map(|(party, keys)| proto::PartyKeys {
                        party: party.0,
                        keys: Some(keys.into()),
                    })
                    .collect(),
            }),
            ServerMessage::Deliver(message) => Kind::Deliver(proto::Deliver {
                sealed: map_to_wire(message.sealed, |sealed| &sealed.0),
                dealers: message.dealers.iter().map(|party| party.0).collect(),
            }),
            ServerMessage::Survivors(message) => Kind::Survivors(proto::Survivors {
                parties: message.parties.iter().map(|party| party.0).collect(),
            }),
            ServerMessage::ConsistencyBook(message) => Kind::ConsistencyBook(proto::ConsistencyBook {
                signatures: map_to_wire(message.signatures, |signature| &signature.0),
                masked: map_to_wire(message.masked, |signature| &signature.0),
            }),
            ServerMessage::Done => Kind::Done(proto::StepDone {}),
        };
        Self { kind: Some(kind) }
    }
}

pub(super) fn server_message(message: proto::ServerMessage, limits: &Limits) -> Result<ServerMessage, Malformed> {
    use server_message::Kind;
    Ok(match message.kind.ok_or(Malformed::Missing("kind"))? {
        Kind::KeyBook(message) => {
            at_most("keys", message.keys.len(), limits.parties)?;
            if !message.keys.is_sorted_by(|a, b| a.party < b.party) {
                return Err(Malformed::Order("keys"));
            }
            let keys = message.keys.into_iter().map(|item| {
                let keys = item.keys.ok_or(Malformed::Missing("keys"))?;
                Ok((PartyId(item.party), advertise(&keys)?))
            });
            ServerMessage::KeyBook(KeyBook {
                keys: keys.collect::<Result<_, Malformed>>()?,
            })
        }
        Kind::Deliver(message) => ServerMessage::Deliver(Deliver {
            sealed: map_from_wire("sealed", message.sealed, limits, SealedShares)?,
            dealers: set_from_wire("dealers", message.dealers, limits)?,
        }),
        Kind::Survivors(message) => ServerMessage::Survivors(Survivors {
            parties: set_from_wire("parties", message.parties, limits)?,
        }),
        Kind::ConsistencyBook(message) => ServerMessage::ConsistencyBook(ConsistencyBook {
            signatures: map_from_wire("signatures", message.signatures, limits, SignatureBytes)?,
            masked: map_from_wire("masked", message.masked, limits, SignatureBytes)?,
        }),
        Kind::Done(_) => ServerMessage::Done,
    })
}
