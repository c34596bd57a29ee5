//! The answers of `secureflow_*` as JSON: hashes and bytes in hex, accounts in SS58, points and figures of privacy as text,
//! kinds and states in words. `docs/how-to/json-rpc.md` shows each.

mod audit;
mod budget;
mod job;
mod settlement;
mod space;
mod worker;

pub use audit::{AuditEntries, AuditEntry, ProvenEntry};
pub use budget::Budget;
pub use job::{ContributionTable, Job, Jobs};
pub use space::Space;
pub use worker::{Worker, Workers};

use secureflow_primitives::{bounds::Name, view::OrgView, BlockNumber, OrgId, H256};
use serde::Serialize;
use serde_json::Value;

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    pub number: BlockNumber,
    pub hash: H256,
}

/// An answer with the block that it is of.
#[derive(Clone, Debug, Serialize)]
pub struct At<T> {
    pub block: Block,
    #[serde(flatten)]
    pub answer: T,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Organisation {
    pub id: OrgId,
    pub name: String,
    pub active: bool,
}

impl From<OrgView> for Organisation {
    fn from(view: OrgView) -> Self {
        Self {
            id: view.org,
            name: text(&view.name),
            active: view.active,
        }
    }
}

fn organisations(views: Vec<OrgView>) -> Vec<Organisation> {
    views.into_iter().map(Organisation::from).collect()
}

/// `0x…`
fn hex(bytes: &[u8]) -> String {
    sp_core::bytes::to_hex(bytes, false)
}

/// Text that the chain has checked for being text.
fn text(name: &Name) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// The name of a variant in words: `HorizontalTraining` as `horizontal training`.
fn words(variant: &impl Serialize) -> String {
    let name = match serde_json::to_value(variant) {
        Ok(Value::String(name)) => name,
        Ok(Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// A number of millionths as a decimal.
fn micro(millionths: u64) -> String {
    let (whole, part) = (millionths / 1_000_000, millionths % 1_000_000);
    match part {
        0 => whole.to_string(),
        part => format!("{whole}.{part:06}").trim_end_matches('0').into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secureflow_primitives::{
        job::{FailReason, JobPhase},
        policy::Operation,
        Round,
    };

    #[test]
    fn variants_become_words() {
        assert_eq!(words(&Operation::HorizontalTraining), "horizontal training");
        assert_eq!(words(&JobPhase::Running { round: Round(3) }), "running");
        assert_eq!(words(&FailReason::TooFewParties), "too few parties");
        assert_eq!(words(&7), "");
    }

    #[test]
    fn millionths_become_decimals() {
        for (millionths, expected) in [
            (0, "0"),
            (1, "0.000001"),
            (1_500_000, "1.5"),
            (2_000_000, "2"),
            (10_010_000, "10.01"),
        ] {
            assert_eq!(micro(millionths), expected);
        }
        assert_eq!(micro(u64::MAX), "18446744073709.551615");
    }
}
