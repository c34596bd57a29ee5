//! Reading and writing the names of things: ids, names, accounts, hashes, blocks as time.

use crate::error::{Failure, Result};
use secureflow_primitives::{
    attestation::{AcceptedMeasurement, Staleness, WorkerStatus},
    bounds::Name,
    consortium::{NodeId, OrgStatus},
    AccountId, H256,
};
use sp_core::crypto::Ss58Codec;
use std::{convert::Infallible, fmt, str::FromStr};

/// Something on chain as people name it: by number or by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    Id(u32),
    Name(String),
}

impl FromStr for Reference {
    type Err = Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(match text.parse() {
            Ok(id) => Self::Id(id),
            Err(_) => Self::Name(text.into()),
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}

/// An account as people write it: SS58, or 32 bytes in hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountArg(pub AccountId);

impl FromStr for AccountArg {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if let Some(digits) = text.strip_prefix("0x") {
            return bytes32(digits).map(|bytes| Self(AccountId::new(bytes)));
        }
        AccountId::from_ss58check(text)
            .map(Self)
            .map_err(|_| "is no account: `secureflow keys show` prints yours, in the form 5F3sa2TJ…".into())
    }
}

/// A hash in hex, with or without `0x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashArg(pub H256);

impl FromStr for HashArg {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        bytes32(text.strip_prefix("0x").unwrap_or(text)).map(|bytes| Self(H256(bytes)))
    }
}

/// A node's identity in the peer-to-peer network, `12D3Koo…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeArg(pub NodeId);

impl FromStr for NodeArg {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let mut bytes = [0; 38];
        match bs58::decode(text).onto(&mut bytes) {
            Ok(38) if NodeId(bytes).is_sound() => Ok(Self(NodeId(bytes))),
            _ => Err("is no node's identity: `secureflow-node key inspect-node-key --file FILE` prints it, in the form 12D3Koo…".into()),
        }
    }
}

/// A node's identity as libp2p shows it.
pub fn node(node: &NodeId) -> String {
    bs58::encode(node.0).into_string()
}

/// 32 bytes from hex.
pub fn bytes32(digits: &str) -> std::result::Result<[u8; 32], String> {
    let mut bytes = [0u8; 32];
    match hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(_) => Err("is not 32 bytes in hexadecimal digits".into()),
    }
}

/// A name for the chain: 1 to 64 bytes of UTF-8 without control characters.
pub fn name(what: &str, text: &str) -> Result<Name> {
    let bad = |problem: String| Err(Failure::new("bad_name", format!("{what} {problem}")));
    if text.trim() != text || text.is_empty() {
        return bad("must not be empty, nor begin or end with a space".into());
    }
    if text.chars().any(char::is_control) {
        return bad(format!("{text:?} holds a control character"));
    }
    match Name::try_from(text.as_bytes().to_vec()) {
        Ok(name) => Ok(name),
        Err(_) => bad(format!("{text:?} takes {} bytes; the chain takes 64", text.len())),
    }
}

/// A chain name as text. What a stranger wrote is shown with its control characters escaped.
pub fn shown(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    text.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect::<Vec<_>>()
            } else {
                vec![c]
            }
        })
        .collect()
}

/// Whether an organisation may act, in a word.
pub fn status(status: OrgStatus) -> &'static str {
    match status {
        OrgStatus::Active => "active",
        OrgStatus::Suspended => "suspended",
        OrgStatus::Removed => "removed",
    }
}

/// An account in SS58.
pub fn account(account: &AccountId) -> String {
    account.to_ss58check()
}

/// What an accepted measurement stands for, for people.
pub fn source_text(accepted: &AcceptedMeasurement) -> String {
    let AcceptedMeasurement { source, replaced, .. } = accepted;
    let mut text = match source.is_development() {
        true => "a measurement of DEVELOPMENT, which stands for no source".to_string(),
        false => format!(
            "git revision {}, build recipe {}",
            hex::encode(source.revision.as_bytes()),
            hash(&source.recipe)
        ),
    };
    if let Some(replacement) = replaced {
        text.push_str(&format!("; replaced, counts until block {}", replacement.at));
    }
    text
}

/// Where a worker stands, in a word.
pub fn standing(status: WorkerStatus) -> &'static str {
    match status {
        WorkerStatus::Active { .. } => "active",
        WorkerStatus::Grace { .. } => "grace",
        WorkerStatus::Stale(_) => "stale",
        WorkerStatus::Expired => "expired",
        WorkerStatus::Revoked => "revoked",
        WorkerStatus::Suspended => "suspended",
    }
}

/// The same with what follows from it.
pub fn standing_text(status: WorkerStatus) -> String {
    match status {
        WorkerStatus::Active { until } => format!("active until block {until}"),
        WorkerStatus::Grace { until } => {
            format!("in GRACE until block {until}: short of what the members ask, update its host")
        }
        WorkerStatus::Stale(Staleness::Platform) => "STALE: short of what the members ask, update its host".into(),
        WorkerStatus::Stale(Staleness::Evidence) => "STALE: a certificate or collateral has ended, let it renew".into(),
        WorkerStatus::Stale(Staleness::Measurement) => "STALE: its measurement was replaced, run the new build".into(),
        WorkerStatus::Expired => "expired: it has not renewed".into(),
        WorkerStatus::Revoked => "revoked".into(),
        WorkerStatus::Suspended => "suspended with its operator, or let go by it".into(),
    }
}

/// The first and last digits of an account or a hash, for tables.
pub fn short(text: &str) -> String {
    match text.len() {
        0..=16 => text.into(),
        length if text.is_ascii() => format!("{}…{}", &text[..8], &text[length - 4..]),
        _ => text.into(),
    }
}

/// `0x…`
pub fn hash(hash: &H256) -> String {
    format!("0x{}", hex::encode(hash))
}

/// ε or another quantity in micro-units, as people write it.
pub fn micro(units: u64) -> String {
    let text = format!("{}.{:06}", units / 1_000_000, units % 1_000_000);
    let trimmed = text.trim_end_matches('0');
    trimmed.strip_suffix('.').unwrap_or(trimmed).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_accounts_and_names() {
        assert_eq!("7".parse(), Ok(Reference::Id(7)));
        assert_eq!("bank".parse(), Ok(Reference::Name("bank".into())));
        let account = AccountId::new([7; 32]);
        assert_eq!(account.to_ss58check().parse(), Ok(AccountArg(account.clone())));
        assert_eq!(format!("0x{}", "07".repeat(32)).parse(), Ok(AccountArg(account)));
        assert!("5Fnonsense".parse::<AccountArg>().is_err());
        assert!(name("the name", &"x".repeat(65)).is_err() && name("the name", "").is_err());
        let peer = "12D3KooWBmAwcd4PJNJvfV89HwE48nwkRmAgo8Vy3uQEyNNHBox2";
        assert_eq!(node(&peer.parse::<NodeArg>().unwrap().0), peer);
        for wrong in [
            "",
            "12D3KooW",
            "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
            &peer[1..],
        ] {
            assert!(wrong.parse::<NodeArg>().is_err(), "{wrong}");
        }
        assert_eq!(shown(b"a\x1b[31m"), "a\\u{1b}[31m");
        assert_eq!(
            (micro(1_500_000), micro(8_000_000), micro(1)),
            ("1.5".into(), "8".into(), "0.000001".into())
        );
    }
}
