//! What a caller tells the auditors of a call, and whether it is true.
//!
//! The plaintext names the hash of the call, which the runtime computes by itself and puts beside the ciphertext, and the
//! call's arguments field by field. An auditor who takes the call from the block makes the same description again and
//! compares.

use rand::{rngs::OsRng, RngCore};
use secureflow_primitives::{
    audit::{Ciphertext, Entry, Kind},
    bounds::MAX_AUDITORS,
    hash::blake2_256,
    AccountId, Epoch, OrgId, SpaceId, H256,
};
use serde::{Deserialize, Serialize};
use serde_json::{json, Map, Value};

use super::{max_content, seal, AuditError};
use crate::Call;

const VERSION: u32 = 1;
/// Bytes of a remark at most, as JSON with its quotes.
pub const MAX_REMARK: usize = 256;
/// Bytes that the description takes besides arguments and remark: its fields' names, hash, salt, the call's name.
const FRAME: usize = 384;
/// Values shorter than this are not worth a digest, which takes about as much.
const DIGEST: usize = 120;

/// A signed call as it stands in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeCall {
    pub signer: AccountId,
    /// The call itself, without what carried its details.
    pub call: Call,
    /// BLAKE2b-256 of the encoded call.
    pub hash: H256,
    pub details: Option<(SpaceId, Epoch, Ciphertext)>,
}

/// The details of a call, as its caller tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    version: u32,
    /// The commitment to the call.
    pub call: H256,
    /// Pallet and call.
    pub name: String,
    /// Field by field; what is too long is told by its hash.
    pub arguments: Value,
    /// Sixteen random bytes in hex, so that equal calls have unlike plaintexts.
    salt: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

impl Description {
    /// Describes a call that has this hash.
    pub fn new(call: &Call, hash: H256, remark: Option<String>) -> Result<Self, AuditError> {
        let found = remark.as_ref().map_or(0, |remark| json!(remark).to_string().len());
        if found > MAX_REMARK {
            return Err(AuditError::TooLong {
                found,
                limit: MAX_REMARK,
            });
        }
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        Ok(Self {
            version: VERSION,
            call: hash,
            name: name(call),
            arguments: fitted(call.arguments()),
            salt: hex::encode(salt),
            remark,
        })
    }

    /// Encrypts it to a roster.
    pub fn seal(&self, roster: &[(OrgId, [u8; 32])]) -> Result<Ciphertext, AuditError> {
        seal(roster, json!(self).to_string().as_bytes())
    }

    /// Reads a plaintext.
    pub fn read(plaintext: &[u8]) -> Result<Self, Mismatch> {
        let this: Self =
            serde_json::from_slice(plaintext).map_err(|error| Mismatch::NoDescription(error.to_string()))?;
        match this.version {
            VERSION => Ok(this),
            other => Err(Mismatch::NoDescription(format!(
                "it has version {other}, which this release does not know"
            ))),
        }
    }

    /// Whether it is true of a call.
    fn check(&self, made: &MadeCall) -> Result<(), Mismatch> {
        if self.call != made.hash {
            return Err(Mismatch::OtherCall {
                told: self.call,
                made: made.hash,
            });
        }
        let name = name(&made.call);
        if self.name != name {
            return Err(Mismatch::Name {
                told: self.name.clone(),
                made: name,
            });
        }
        let arguments = fitted(made.call.arguments());
        match difference("", &self.arguments, &arguments) {
            None => Ok(()),
            Some((field, told, made)) => Err(Mismatch::Argument { field, told, made }),
        }
    }
}

/// How an entry's details fail to match what was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("block {block} holds no call by this actor with these details")]
    NoSuchCall { block: u32 },
    #[error("the entry names the call {named:?}, and the call in the block is {made:?}")]
    Hash { named: H256, made: H256 },
    #[error("the details cannot be read: {0}")]
    Sealed(#[from] AuditError),
    #[error("the details are no description of a call: {0}")]
    NoDescription(String),
    #[error("the details are those of another call: they describe {told:?}, and the call is {made:?}")]
    OtherCall { told: H256, made: H256 },
    #[error("the details speak of {told}, and the call is {made}")]
    Name { told: String, made: String },
    #[error("the details say {field} = {told}, and the call says {made}")]
    Argument { field: String, told: String, made: String },
}

/// Checks an entry's details against the calls of its block; `open` opens a ciphertext. Gives what was told, or nothing
/// where the entry has no details that tell of a call: notes, what the chain did by itself, and what needs none.
pub fn check(
    entry: &Entry,
    calls: &[MadeCall],
    open: impl FnOnce(&Ciphertext) -> Result<Vec<u8>, AuditError>,
) -> Result<Option<Description>, Mismatch> {
    let Some(details) = entry.details.as_ref().filter(|_| entry.kind != Kind::Note) else {
        return Ok(None);
    };
    let carried = |made: &&MadeCall| {
        let told = made.details.as_ref();
        Some(&made.signer) == entry.actor.as_ref()
            && told.is_some_and(|(space, epoch, ciphertext)| {
                (*space, *epoch) == (details.space, details.epoch) && *ciphertext == details.ciphertext
            })
    };
    let candidates: Vec<&MadeCall> = calls.iter().filter(carried).collect();
    // The same ciphertext may have been sent twice in a block; the hash tells which call left this entry.
    let made = candidates
        .iter()
        .find(|made| Some(made.hash) == details.call)
        .or(candidates.first())
        .ok_or(Mismatch::NoSuchCall { block: entry.block })?;
    if details.call != Some(made.hash) {
        return Err(Mismatch::Hash {
            named: details.call.unwrap_or_default(),
            made: made.hash,
        });
    }
    let description = Description::read(&open(&details.ciphertext)?)?;
    description.check(made)?;
    Ok(Some(description))
}

fn name(call: &Call) -> String {
    let (pallet, name) = call.name();
    format!("{pallet}.{name}")
}

/// The first place where two values differ, with both.
fn difference(at: &str, told: &Value, made: &Value) -> Option<(String, String, String)> {
    if told == made {
        return None;
    }
    if let (Value::Object(left), Value::Object(right)) = (told, made) {
        let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
        for name in names {
            let missing = Value::Null;
            let pair = (left.get(name), right.get(name));
            let field = if at.is_empty() {
                name.clone()
            } else {
                format!("{at}.{name}")
            };
            match pair {
                (Some(left), Some(right)) => {
                    if let Some(found) = difference(&field, left, right) {
                        return Some(found);
                    }
                }
                (left, right) => {
                    let text = |value: Option<&Value>| value.unwrap_or(&missing).to_string();
                    return Some((field, text(left), text(right)));
                }
            }
        }
    }
    Some((at.to_string(), told.to_string(), made.to_string()))
}

/// Replaces the longest parts by their hashes until the whole has room beside the frame, for any number of auditors: the
/// auditor who compares does not know for how many there was room.
fn fitted(mut value: Value) -> Value {
    let limit = max_content(MAX_AUDITORS as usize) - FRAME - MAX_REMARK;
    while value.to_string().len() > limit {
        // Fields' names are those of Rust, which a pointer need not escape.
        let Some(part) = longest("", &value).and_then(|(at, _)| value.pointer_mut(&at)) else {
            // Only small parts, and too many of them.
            return digest(&value);
        };
        *part = digest(part);
    }
    value
}

fn digest(value: &Value) -> Value {
    let text = value.to_string();
    let hash = format!("0x{}", hex::encode(blake2_256(text.as_bytes())));
    json!({ "blake2_256": hash, "bytes": text.len() })
}

fn is_digest(fields: &Map<String, Value>) -> bool {
    fields.len() == 2 && fields.contains_key("blake2_256") && fields.contains_key("bytes")
}

/// Where the longest string or list stands, as a JSON pointer, and its length; of equals, the first.
fn longest(at: &str, value: &Value) -> Option<(String, usize)> {
    match value {
        Value::Object(fields) if !is_digest(fields) => fields
            .iter()
            .filter_map(|(name, value)| longest(&format!("{at}/{name}"), value))
            .reduce(|best, next| if next.1 > best.1 { next } else { best }),
        Value::String(_) | Value::Array(_) => {
            let length = value.to_string().len();
            (length > DIGEST).then(|| (at.to_string(), length))
        }
        _ => None,
    }
}
