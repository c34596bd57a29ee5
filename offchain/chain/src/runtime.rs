//! What this crate reads of the runtime's metadata: indices of calls, names of events and errors, the transaction
//! extensions.

use codec::{Compact, Decode, Encode};
use scale_info::{form::PortableForm, PortableRegistry, TypeDef};
use secureflow_primitives::H256;
use sp_runtime::{DispatchError, ModuleError};
use subxt_metadata::Metadata;

use crate::{call::CallIndices, storage, ChainEvent, Error, Result};

/// One version of the runtime.
pub(crate) struct Runtime {
    pub(crate) spec_version: u32,
    pub(crate) transaction_version: u32,
    metadata: Metadata,
}

/// An event with the extrinsic that caused it, where one did.
pub(crate) struct Record {
    pub(crate) extrinsic: Option<u32>,
    pub(crate) event: ChainEvent,
}

impl Runtime {
    /// Refuses a runtime that lacks storage which this crate reads.
    pub(crate) fn new(metadata: &[u8], spec_version: u32, transaction_version: u32) -> Result<Self> {
        let metadata = Metadata::decode_from(metadata).map_err(|error| Error::decode("the chain's metadata", error))?;
        for (pallet, item, keys) in storage::ITEMS {
            let found = metadata
                .pallet_by_name(pallet)
                .and_then(|pallet| pallet.storage())
                .and_then(|storage| storage.entry_by_name(item))
                .map(|entry| entry.keys().count());
            if found != Some(*keys) {
                let found = found.map_or("it is missing".to_string(), |found| format!("it has {found} keys"));
                return Err(Error::Incompatible(format!(
                    "storage {pallet}.{item} should have {keys} keys, but {found}"
                )));
            }
        }
        Ok(Self {
            spec_version,
            transaction_version,
            metadata,
        })
    }

    /// The transaction extensions by name, in the order in which they are encoded, each with whether it carries nothing.
    pub(crate) fn extensions(&self) -> Result<Vec<(String, bool)>> {
        let extensions = self.metadata.extrinsic().transaction_extensions_by_version(0);
        let extensions = extensions.ok_or_else(|| Error::Incompatible("it takes no version 0 extensions".into()))?;
        Ok(extensions
            .map(|extension| {
                let types = self.metadata.types();
                let empty = is_empty(types, extension.extra_ty()) && is_empty(types, extension.additional_ty());
                (extension.identifier().to_string(), empty)
            })
            .collect())
    }

    /// Decodes `System.Events`.
    pub(crate) fn events(&self, bytes: &[u8]) -> Result<Vec<Record>> {
        let wrong = |reason: String| Error::decode("the events of a block", reason);
        let codec = |error: codec::Error| wrong(error.to_string());
        let mut input = bytes;
        let count = Compact::<u32>::decode(&mut input).map_err(codec)?.0;
        let mut records = Vec::new();
        for _ in 0..count {
            let extrinsic = match u8::decode(&mut input).map_err(codec)? {
                0 => Some(u32::decode(&mut input).map_err(codec)?),
                1 | 2 => None,
                other => return Err(wrong(format!("phase {other} is unknown"))),
            };
            let [pallet_index, event_index] = <[u8; 2]>::decode(&mut input).map_err(codec)?;
            let pallet = self.metadata.pallet_by_event_index(pallet_index);
            let pallet = pallet.ok_or_else(|| wrong(format!("pallet {pallet_index} is unknown")))?;
            let variant = pallet
                .event_variant_by_index(event_index)
                .ok_or_else(|| wrong(format!("event {event_index} of {} is unknown", pallet.name())))?;
            let start = input;
            for field in &variant.fields {
                self.skip(&mut input, field.ty.id).map_err(wrong)?;
            }
            let fields = &start[..start.len() - input.len()];
            let event = ChainEvent::decode(pallet.name(), &variant.name, fields)?;
            Vec::<H256>::decode(&mut input).map_err(codec)?;
            records.push(Record { extrinsic, event });
        }
        if input.is_empty() {
            Ok(records)
        } else {
            Err(wrong("bytes trail them".into()))
        }
    }

    fn skip(&self, input: &mut &[u8], ty: u32) -> Result<(), String> {
        let visitor = scale_decode::visitor::IgnoreVisitor::<PortableRegistry>::new();
        scale_decode::visitor::decode_with_visitor(input, ty, self.metadata.types(), visitor)
            .map_err(|error| error.to_string())
    }

    /// A failed call in the words of the pallet that refused it.
    pub(crate) fn dispatch_error(&self, error: DispatchError) -> Error {
        let DispatchError::Module(ModuleError {
            index, error: bytes, ..
        }) = error
        else {
            let docs = match error {
                DispatchError::BadOrigin => "this account may not make this call".to_string(),
                other => <&'static str>::from(other).to_string(),
            };
            let (pallet, error) = match error {
                DispatchError::Token(token) => ("Token", format!("{token:?}")),
                other => ("System", format!("{other:?}")),
            };
            return Error::Dispatch {
                pallet: pallet.into(),
                error,
                docs,
            };
        };
        let pallet = self.metadata.pallet_by_error_index(index);
        let name = pallet
            .as_ref()
            .map_or_else(|| format!("pallet {index}"), |pallet| pallet.name().to_string());
        match pallet.and_then(|pallet| pallet.error_variant_by_index(bytes[0])) {
            Some(variant) => Error::Dispatch {
                pallet: name,
                error: variant.name.clone(),
                docs: docs(variant),
            },
            None => Error::Dispatch {
                pallet: name,
                error: format!("error {}", bytes[0]),
                docs: String::new(),
            },
        }
    }
}

impl CallIndices for Runtime {
    fn call_index(&self, pallet: &str, call: &str) -> Result<[u8; 2]> {
        let missing = || Error::Incompatible(format!("it has no call {pallet}.{call}"));
        let pallet = self.metadata.pallet_by_name(pallet).ok_or_else(missing)?;
        let variant = pallet.call_variant_by_name(call).ok_or_else(missing)?;
        Ok([pallet.call_index(), variant.index])
    }

    fn call_name(&self, [pallet_index, call_index]: [u8; 2]) -> Result<(String, String)> {
        let missing = || Error::Incompatible(format!("it has no call {pallet_index}.{call_index}"));
        let pallet = self.metadata.pallet_by_call_index(pallet_index).ok_or_else(missing)?;
        let variant = pallet.call_variant_by_index(call_index).ok_or_else(missing)?;
        Ok((pallet.name().to_string(), variant.name.clone()))
    }
}

fn docs(variant: &scale_info::Variant<PortableForm>) -> String {
    variant
        .docs
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether a value of this type takes no bytes.
fn is_empty(types: &PortableRegistry, ty: u32) -> bool {
    match types.resolve(ty).map(|ty| &ty.type_def) {
        Some(TypeDef::Tuple(tuple)) => tuple.fields.iter().all(|field| is_empty(types, field.id)),
        Some(TypeDef::Composite(composite)) => composite.fields.iter().all(|field| is_empty(types, field.ty.id)),
        _ => false,
    }
}

/// What a signed transaction says besides its call.
pub(crate) struct Envelope {
    pub(crate) nonce: u32,
    pub(crate) era: sp_runtime::generic::Era,
    /// The block that the era begins at.
    pub(crate) birth: H256,
    pub(crate) genesis: H256,
}

impl Runtime {
    /// What the transaction's extensions put into it, and what they add to the payload that is signed.
    pub(crate) fn extend(&self, envelope: &Envelope) -> Result<(Vec<u8>, Vec<u8>)> {
        let (mut explicit, mut implicit) = (Vec::new(), Vec::new());
        for (name, empty) in self.extensions()? {
            match name.as_str() {
                "CheckSpecVersion" => self.spec_version.encode_to(&mut implicit),
                "CheckTxVersion" => self.transaction_version.encode_to(&mut implicit),
                "CheckGenesis" => envelope.genesis.encode_to(&mut implicit),
                "CheckMortality" | "CheckEra" => {
                    envelope.era.encode_to(&mut explicit);
                    envelope.birth.encode_to(&mut implicit);
                }
                "CheckNonce" => Compact(envelope.nonce).encode_to(&mut explicit),
                _ if empty => {}
                _ => {
                    return Err(Error::Incompatible(format!(
                        "its transactions need the extension {name}"
                    )))
                }
            }
        }
        Ok((explicit, implicit))
    }

    /// Takes what the extensions have put into a transaction off its front; the call follows.
    pub(crate) fn skip_extensions(&self, input: &mut &[u8]) -> Result<()> {
        let wrong = |error: codec::Error| Error::decode("a transaction", error);
        for (name, empty) in self.extensions()? {
            match name.as_str() {
                "CheckMortality" | "CheckEra" => drop(sp_runtime::generic::Era::decode(input).map_err(wrong)?),
                "CheckNonce" => drop(Compact::<u32>::decode(input).map_err(wrong)?),
                "CheckSpecVersion" | "CheckTxVersion" | "CheckGenesis" => {}
                _ if empty => {}
                _ => {
                    return Err(Error::Incompatible(format!(
                        "its transactions carry the extension {name}"
                    )))
                }
            }
        }
        Ok(())
    }
}
