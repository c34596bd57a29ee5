//! The audit log.

use super::{hex, words};
use codec::Encode;
use secureflow_primitives::{
    audit::{AuditProof, Entry, Subject},
    view::{AuditPage, Recorded},
    AccountId, BlockNumber, Epoch, PolicyVersion, SpaceId, H256,
};
use serde::Serialize;
use serde_json::{json, Value};

/// What the log says of one thing.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryEntry {
    index: u64,
    block: BlockNumber,
    /// Null where the chain itself or a vote of the members did it.
    actor: Option<AccountId>,
    what: String,
}

impl From<Recorded> for HistoryEntry {
    fn from(recorded: Recorded) -> Self {
        Self {
            index: recorded.index,
            block: recorded.block,
            actor: recorded.actor,
            what: words(&recorded.kind),
        }
    }
}

/// The encrypted part of an entry.
#[derive(Clone, Debug, Serialize)]
struct EntryDetails {
    /// To whose auditors it is encrypted, and for which of their epochs.
    space: SpaceId,
    epoch: Epoch,
    /// The hash of the call that left the entry; a note has none.
    call: Option<H256>,
    ciphertext: String,
}

/// An entry of the log.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry {
    index: u64,
    block: BlockNumber,
    actor: Option<AccountId>,
    space: Option<SpaceId>,
    subject: Value,
    what: String,
    /// The version of the one policy that this is about.
    policy: Option<PolicyVersion>,
    /// What only a space's auditors can read.
    details: Option<EntryDetails>,
    /// The leaf of the log's Merkle mountain range.
    leaf: H256,
}

impl AuditEntry {
    pub fn new(index: u64, entry: &Entry) -> Self {
        Self {
            index,
            block: entry.block,
            actor: entry.actor.clone(),
            space: entry.space,
            subject: subject(&entry.subject),
            what: words(&entry.kind),
            policy: entry.policy,
            details: entry.details.as_ref().map(|details| EntryDetails {
                space: details.space,
                epoch: details.epoch,
                call: details.call,
                ciphertext: hex(&details.ciphertext),
            }),
            leaf: entry.hash(index),
        }
    }
}

/// An object with the kind as its only key.
fn subject(subject: &Subject) -> Value {
    match subject {
        Subject::Organisation(org) => json!({ "organisation": org }),
        Subject::Dataset(dataset) => json!({ "dataset": dataset }),
        Subject::Space(space) => json!({ "space": space }),
        Subject::Job(job) => json!({ "job": job }),
        Subject::Worker(worker) => json!({ "worker": worker }),
        Subject::Measurement(measurement) => json!({ "measurement": hex(&measurement.0) }),
        Subject::Consortium => json!({ "consortium": null }),
        Subject::Code(hash) => json!({ "code": hash }),
    }
}

/// An entry with its place under the peaks of the log's Merkle mountain range.
#[derive(Clone, Debug, Serialize)]
pub struct ProvenEntry {
    entry: AuditEntry,
    /// The entry's SCALE encoding, which the leaf is the hash of.
    encoded: String,
    /// From the leaf up to below its peak.
    siblings: Vec<H256>,
    /// Height and root of each, the highest first.
    peaks: Vec<(u32, H256)>,
}

impl From<(Entry, AuditProof)> for ProvenEntry {
    fn from((entry, proof): (Entry, AuditProof)) -> Self {
        Self {
            encoded: hex(&entry.encode()),
            entry: AuditEntry::new(proof.index, &entry),
            siblings: proof.siblings,
            peaks: proof.peaks,
        }
    }
}

/// A part of the log.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntries {
    entries: Vec<AuditEntry>,
    /// Entries in the whole log.
    count: u64,
}

impl From<AuditPage> for AuditEntries {
    fn from(page: AuditPage) -> Self {
        Self {
            entries: page
                .entries
                .iter()
                .map(|(index, entry)| AuditEntry::new(*index, entry))
                .collect(),
            count: page.count,
        }
    }
}
