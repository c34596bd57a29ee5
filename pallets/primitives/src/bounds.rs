//! Bounded collections and their limits. Every length on chain has one.

use sp_runtime::{traits::ConstU32, BoundedVec};

/// Organisations in the consortium at a time.
pub const MAX_ORGANISATIONS: u32 = 64;
/// Organisations that a consortium ever admits: removed ones keep their ids and their records.
pub const MAX_ADMISSIONS: u32 = 256;
/// Validators in all.
pub const MAX_VALIDATORS: u32 = 128;
/// Parties that take part in one job.
pub const MAX_PARTIES: u32 = 32;
/// Operator accounts of one organisation.
pub const MAX_OPERATORS: u32 = 16;
/// Nodes of one organisation.
pub const MAX_NODES: u32 = 4;
/// Columns that a policy or a job names.
pub const MAX_COLUMNS: u32 = 256;
/// Purposes that a policy allows.
pub const MAX_PURPOSES: u32 = 16;
/// Measurements that a policy limits workers to.
pub const MAX_REQUIRED_MEASUREMENTS: u32 = 16;
/// Bytes of a job's plan.
pub const MAX_PLAN: u32 = 16 * 1024;
/// Bytes of an audit entry's ciphertext.
pub const MAX_CIPHERTEXT: u32 = 4 * 1024;
/// Bytes of a piece of evidence.
pub const MAX_EVIDENCE: u32 = 16 * 1024;
/// Jobs that name a dataset and have not begun.
pub const MAX_WAITING_JOBS: u32 = 128;
/// Training rounds of a job.
pub const MAX_ROUNDS: u32 = 1_000;
/// The utility of a party's update in one training round, in millionths: a cosine is at most one.
pub const MAX_ROUND_UTILITY: u64 = 1_000_000;
/// Attested workers registered at a time.
pub const MAX_WORKERS: u32 = 256;
/// Auditors of one space.
pub const MAX_AUDITORS: u32 = 8;

/// UTF-8 text for people: a name or a label, 64 bytes at most.
pub type Name = BoundedVec<u8, ConstU32<64>>;
/// An endpoint, `https://host:port`, 128 bytes at most.
pub type Endpoint = BoundedVec<u8, ConstU32<128>>;
/// One item per party.
pub type PerParty<T> = BoundedVec<T, ConstU32<MAX_PARTIES>>;
/// One item per column.
pub type PerColumn<T> = BoundedVec<T, ConstU32<MAX_COLUMNS>>;

/// Whether bytes are text that may be shown to people: UTF-8, not empty, no control characters (which could rewrite a
/// terminal), no white space at the ends (which would make two names look alike).
pub fn is_text(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes)
        .is_ok_and(|text| !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control))
}
