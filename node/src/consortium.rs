//! The consortium file: who founds the network. It is JSON; the README shows one.

use sc_network::{config::MultiaddrWithPeerId, PeerId};
use secureflow_primitives::{
    attestation::{Measurement, Revision, Source},
    bounds::{Name, MAX_NODES, MAX_ORGANISATIONS},
    consortium::NodeId,
    AccountId, H256,
};
use secureflow_runtime::{genesis::Party, SessionKeys};
use serde::Deserialize;
use sp_core::{ed25519, sr25519, ByteArray};
use std::{
    collections::BTreeSet,
    fmt::Debug,
    path::{Path, PathBuf},
    str::FromStr,
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    #[error("{0} is not a consortium file; see node/README.md for one")]
    Syntax(PathBuf, #[source] serde_json::Error),
    #[error("consortium: {0}")]
    Whole(String),
    #[error("organisation {index} ({name}): {problem}")]
    Organisation {
        index: usize,
        name: String,
        problem: String,
    },
}

/// A checked consortium.
#[derive(Debug)]
pub struct Consortium {
    pub name: String,
    pub id: String,
    pub parties: Vec<Party>,
    pub simulated_root: Option<[u8; 32]>,
    /// Each with what it stands for.
    pub measurements: Vec<(Measurement, Source)>,
    pub bootnodes: Vec<MultiaddrWithPeerId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    id: String,
    organisations: Vec<Organisation>,
    #[serde(default)]
    simulated_root: Option<String>,
    #[serde(default)]
    measurements: Vec<Accepted>,
    #[serde(default)]
    bootnodes: Vec<String>,
}

/// A measurement: by itself in development, else with what it stands for.
#[derive(Deserialize)]
#[serde(untagged)]
enum Accepted {
    Development(String),
    Built(Built),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Built {
    measurement: String,
    revision: String,
    recipe: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Organisation {
    name: String,
    account: String,
    #[serde(default)]
    points: u128,
    #[serde(default)]
    validator: Option<Validator>,
    #[serde(default)]
    nodes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Validator {
    aura: String,
    grandpa: String,
    #[serde(default)]
    account: Option<String>,
}

impl Consortium {
    pub fn load(path: &Path) -> Result<Self, Error> {
        let json = std::fs::read(path).map_err(|error| Error::Read(path.into(), error))?;
        let file: File = serde_json::from_slice(&json).map_err(|error| Error::Syntax(path.into(), error))?;
        file.check()
    }
}

impl File {
    fn check(self) -> Result<Consortium, Error> {
        let whole = |problem: String| Err(Error::Whole(problem));
        if self.name.trim().is_empty() {
            return whole("`name` is empty: give the network a name".into());
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
        if self.id.is_empty() || self.id.len() > 32 || !self.id.chars().all(plain) {
            return whole(format!("`id` is {:?}: use 1 to 32 of a-z, 0-9, '-' and '_'", self.id));
        }
        if self.organisations.is_empty() || self.organisations.len() > MAX_ORGANISATIONS as usize {
            return whole(format!(
                "{} organisations: name 1 to {MAX_ORGANISATIONS}",
                self.organisations.len()
            ));
        }

        let mut seen = BTreeSet::new();
        let mut parties = Vec::new();
        for (index, organisation) in self.organisations.into_iter().enumerate() {
            let name = organisation.name.clone();
            let party =
                organisation
                    .check(&mut seen)
                    .map_err(|problem| Error::Organisation { index, name, problem })?;
            parties.push(party);
        }
        if parties.iter().all(|party| party.validator.is_none()) {
            return whole("no organisation has a `validator`: nobody could make blocks".into());
        }

        let development = self.simulated_root.is_some();
        Ok(Consortium {
            name: self.name,
            id: self.id,
            parties,
            simulated_root: self
                .simulated_root
                .map(|hex| bytes("simulated_root", &hex))
                .transpose()?,
            measurements: self
                .measurements
                .iter()
                .map(|accepted| accepted.check(development))
                .collect::<Result<_, _>>()?,
            bootnodes: self
                .bootnodes
                .iter()
                .map(|address| bootnode(address))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl Accepted {
    fn check(&self, development: bool) -> Result<(Measurement, Source), Error> {
        match self {
            Self::Development(hex) if development => Ok((bytes("measurements", hex).map(Measurement)?, Source::DEVELOPMENT)),
            Self::Development(hex) => Err(Error::Whole(format!(
                "`measurements` holds {hex:?} by itself, which only a network with a `simulated_root` may: give \
                 {{\"measurement\", \"revision\", \"recipe\"}}, the git object id and the SHA-256 of the build recipe that it stands for"
            ))),
            Self::Built(built) => built.check(),
        }
    }
}

impl Built {
    fn check(&self) -> Result<(Measurement, Source), Error> {
        let measurement = bytes("measurements.measurement", &self.measurement).map(Measurement)?;
        let revision = sp_core::bytes::from_hex(&self.revision)
            .ok()
            .and_then(|id| Revision::from_bytes(&id))
            .ok_or_else(|| {
                let found = &self.revision;
                Error::Whole(format!(
                    "`measurements.revision` holds {found:?}: give the 40 or 64 hex digits of a git object id"
                ))
            })?;
        let recipe = bytes("measurements.recipe", &self.recipe).map(H256)?;
        Ok((measurement, Source { revision, recipe }))
    }
}

impl Organisation {
    /// `seen` holds what may stand only once among all organisations.
    fn check(self, seen: &mut BTreeSet<String>) -> Result<Party, String> {
        if self.name.trim().is_empty() || Name::try_from(self.name.clone().into_bytes()).is_err() {
            return Err("`name` must have 1 to 64 bytes".into());
        }
        let account = account("account", &self.account)?;
        let mut once = |field: &str, value: String| match seen.insert(format!("{field} {value}")) {
            true => Ok(()),
            false => Err(format!(
                "`{field}` stands in another organisation too: each needs its own"
            )),
        };
        once("name", self.name.clone())?;
        once("account", account.to_string())?;

        let validator = match self.validator {
            None => None,
            Some(keys) => {
                let aura: sr25519::Public = key("validator.aura", "sr25519", &keys.aura)?;
                let grandpa: ed25519::Public = key("validator.grandpa", "ed25519", &keys.grandpa)?;
                // The chain takes a genesis validator only from a member, and operators join later.
                if keys
                    .account
                    .is_some_and(|text| self::account("validator.account", &text) != Ok(account.clone()))
                {
                    return Err("`validator.account` is not the organisation's `account`: leave it out".into());
                }
                once("validator.aura", keys.aura.to_lowercase())?;
                once("validator.grandpa", keys.grandpa.to_lowercase())?;
                Some(SessionKeys {
                    aura: aura.into(),
                    grandpa: grandpa.into(),
                })
            }
        };
        if self.nodes.len() > MAX_NODES as usize {
            return Err(format!(
                "`nodes` names {} nodes: name {MAX_NODES} at most",
                self.nodes.len()
            ));
        }
        let mut nodes = Vec::new();
        for text in self.nodes {
            nodes.push(node(&text)?);
            once("nodes", text)?;
        }
        Ok(Party {
            name: self.name,
            account,
            points: self.points,
            validator,
            nodes,
        })
    }
}

fn account(field: &str, text: &str) -> Result<AccountId, String> {
    AccountId::from_str(text)
        .map_err(|error| format!("`{field}` is {text:?}: give an SS58 address or 0x and 64 hex digits ({error})"))
}

/// The identity of a node, as the node writes it.
fn node(text: &str) -> Result<NodeId, String> {
    PeerId::from_str(text)
        .ok()
        .and_then(|peer| peer.to_bytes().try_into().ok())
        .map(NodeId)
        .filter(NodeId::is_sound)
        .ok_or_else(|| {
            format!("`nodes` holds {text:?}: give 12D3Koo…, as `secureflow-node key inspect-node-key` prints it")
        })
}

fn key<K: ByteArray>(field: &str, scheme: &str, text: &str) -> Result<K, String> {
    let wrong = || {
        format!("`{field}` is {text:?}: give the public {scheme} key as 0x and 64 hex digits, as `secureflow-node key inspect` prints it")
    };
    let raw = sp_core::bytes::from_hex(text).map_err(|_| wrong())?;
    K::from_slice(&raw).map_err(|_| wrong())
}

fn bytes<const N: usize>(field: &str, hex: &str) -> Result<[u8; N], Error> {
    sp_core::bytes::from_hex(hex)
        .ok()
        .and_then(|raw| raw.try_into().ok())
        .ok_or_else(|| Error::Whole(format!("`{field}` holds {hex:?}: give 0x and {} hex digits", 2 * N)))
}

fn bootnode(address: &str) -> Result<MultiaddrWithPeerId, Error> {
    address.parse().map_err(|error| {
        Error::Whole(format!(
            "`bootnodes` holds {address:?}: give /ip4/ADDRESS/tcp/PORT/p2p/PEER ({error})"
        ))
    })
}

#[cfg(test)]
mod tests;
