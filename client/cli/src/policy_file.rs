//! A policy as people write it: TOML with names instead of numbers.

mod column;
mod worker;

pub use column::{RuleFile, Rules};
pub use worker::{KindName, WorkerFile};

use crate::{
    error::{Failure, Result},
    names::{self, shown, Reference},
    network::Names,
};
use secureflow_primitives::{
    attestation::TeeKind,
    bounds::{MAX_COLUMNS, MAX_PURPOSES},
    policy::{ColumnRole, ColumnRule, Operation, Policy},
    privacy::PrivacyBudget,
    Balance, BlockNumber, OrgId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file. Every rule stands in it; only what has no natural default may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    pub purposes: Vec<String>,
    #[serde(default = "defaults::operations")]
    pub operations: Vec<OperationName>,
    #[serde(default = "defaults::min_parties")]
    pub min_parties: u32,
    #[serde(default = "defaults::min_group_size")]
    pub min_group_size: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// The first block at which the policy no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<BlockNumber>,
    /// The same, counted from the newest block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_blocks: Option<BlockNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparties: Option<Vec<OrgRef>>,
    #[serde(default)]
    pub price: u64,
    #[serde(default)]
    pub worker: WorkerFile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetFile>,
    pub columns: BTreeMap<String, Rules>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetFile {
    pub epsilon: f64,
    /// A power of ten, such as `1e-5`.
    pub delta: f64,
    /// The least noise multiplier of a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_noise: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OrgRef {
    Id(u32),
    Name(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationName {
    Statistics,
    HorizontalTraining,
    VerticalTraining,
    Intersection,
    Inference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleName {
    Feature,
    Label,
    JoinKey,
    AggregateOnly,
    Hidden,
}

mod defaults {
    use super::OperationName;

    pub fn operations() -> Vec<OperationName> {
        vec![OperationName::HorizontalTraining]
    }
    pub fn min_parties() -> u32 {
        2
    }
    pub fn min_group_size() -> u32 {
        10
    }
}

macro_rules! same_names {
    ($ours:ident, $theirs:ident, [$($name:ident),*]) => {
        impl From<$ours> for $theirs {
            fn from(name: $ours) -> Self {
                match name { $($ours::$name => Self::$name,)* }
            }
        }
        impl From<$theirs> for $ours {
            fn from(value: $theirs) -> Self {
                match value { $($theirs::$name => Self::$name,)* }
            }
        }
        impl std::fmt::Display for $ours {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.serialize(f)
            }
        }
    };
}

same_names!(
    OperationName,
    Operation,
    [
        Statistics,
        HorizontalTraining,
        VerticalTraining,
        Intersection,
        Inference
    ]
);
same_names!(RoleName, ColumnRole, [Feature, Label, JoinKey, AggregateOnly, Hidden]);
same_names!(KindName, TeeKind, [Simulated, SevSnp, Tdx, Sgx]);

impl PolicyFile {
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            Failure::new("bad_policy", format!("the policy does not read: {error}"))
                .hint("`secureflow policy template` prints one that does, with every rule explained.")
        })
    }

    /// The chain's form. `names` is needed where counterparties are named, `now` where the policy ends in some blocks.
    pub fn policy(&self, names: &Names, now: BlockNumber) -> Result<Policy> {
        let bad = |problem: String| {
            Failure::new("bad_policy", problem)
                .hint("`secureflow policy template` prints a policy with every rule explained.")
        };
        if self.purposes.is_empty() || self.operations.is_empty() || self.columns.is_empty() {
            return Err(bad(
                "a policy needs at least one purpose, one operation and one column: else it allows nothing".into(),
            ));
        }
        let purposes = self
            .purposes
            .iter()
            .map(|text| names::name("a purpose", text))
            .collect::<Result<Vec<_>>>()?;
        let columns = self.rules()?;
        let expires_at = match (self.expires_at, self.expires_in_blocks) {
            (Some(_), Some(_)) => return Err(bad("expires_at and expires_in_blocks exclude each other".into())),
            (Some(block), None) if block <= now => {
                return Err(bad(format!(
                    "expires_at is block {block}, and the chain is at block {now} already"
                )))
            }
            (at, None) => at,
            (None, Some(blocks)) => Some(now.saturating_add(blocks.max(1))),
        };
        let counterparties = match &self.counterparties {
            None => None,
            Some(list) => {
                let found = list
                    .iter()
                    .map(|org| names.find(&org.into()))
                    .collect::<Result<Vec<OrgId>>>()?;
                Some(
                    found
                        .try_into()
                        .map_err(|_| bad("there are too many counterparties".into()))?,
                )
            }
        };
        Ok(Policy {
            purposes: purposes
                .try_into()
                .map_err(|_| bad(format!("there are more than {MAX_PURPOSES} purposes")))?,
            operations: self
                .operations
                .iter()
                .map(|name| (*name).into())
                .collect::<Vec<Operation>>()
                .try_into()
                .map_err(|_| bad("an operation stands there twice".into()))?,
            columns: columns
                .try_into()
                .map_err(|_| bad(format!("there are more than {MAX_COLUMNS} rules for columns")))?,
            min_parties: self.min_parties,
            min_group_size: self.min_group_size,
            worker: self.worker.requirement()?,
            budget: self.budget.as_ref().map(budget).transpose()?,
            max_uses: self.max_uses,
            expires_at,
            counterparties,
            price: Balance::from(self.price),
        })
    }

    /// The file that says the same as a policy on chain.
    pub fn of(policy: &Policy, names: &Names) -> Self {
        let mut columns: BTreeMap<String, Rules> = BTreeMap::new();
        for rule in &policy.columns {
            let rules = columns.entry(shown(&rule.name)).or_insert_with(|| Rules(Vec::new()));
            rules.0.push(RuleFile::of(rule, policy));
        }
        Self {
            purposes: policy.purposes.iter().map(|name| shown(name)).collect(),
            operations: policy.operations.iter().map(|operation| (*operation).into()).collect(),
            min_parties: policy.min_parties,
            min_group_size: policy.min_group_size,
            max_uses: policy.max_uses,
            expires_at: policy.expires_at,
            expires_in_blocks: None,
            counterparties: policy
                .counterparties
                .as_ref()
                .map(|list| list.iter().map(|org| OrgRef::Name(names.of(*org))).collect()),
            price: u64::try_from(policy.price).unwrap_or(u64::MAX),
            worker: WorkerFile::of(&policy.worker),
            budget: policy.budget.map(|budget| BudgetFile {
                epsilon: budget.epsilon_micro as f64 / 1e6,
                delta: 10f64.powi(-i32::from(budget.delta_exponent)),
                min_noise: budget.min_noise_micro.map(|noise| noise as f64 / 1e6),
            }),
            columns,
        }
    }

    /// The rules for columns in the chain's form.
    fn rules(&self) -> Result<Vec<ColumnRule>> {
        let mut found = Vec::new();
        for (column, Rules(rules)) in &self.columns {
            let bad = |problem: String| {
                Failure::new("bad_policy", format!("columns: {column:?}: {problem}"))
                    .hint("`secureflow policy template` prints a policy with every rule explained.")
            };
            let name = names::name("a column's name", column)?;
            if rules.is_empty() {
                return Err(bad("there is no rule; give it a role, or \"hidden\"".into()));
            }
            for rule in rules {
                found.push(rule.rule(&name, &self.purposes, &self.operations).map_err(bad)?);
            }
        }
        Ok(found)
    }
}

fn budget(file: &BudgetFile) -> Result<PrivacyBudget> {
    let bad = |problem: &str| Failure::new("bad_policy", format!("budget.{problem}"));
    if !(file.epsilon > 0.0 && file.epsilon <= 1_000_000.0) {
        return Err(bad("epsilon must be above zero and at most a million"));
    }
    let delta_exponent = (1..=15u8)
        .find(|exponent| (file.delta * 10f64.powi(i32::from(*exponent)) - 1.0).abs() < 1e-9)
        .ok_or_else(|| bad("delta must be a power of ten such as 1e-5"))?;
    if file
        .min_noise
        .is_some_and(|noise| !(noise > 0.0 && noise <= 1_000_000.0))
    {
        return Err(bad("min_noise must be above zero and at most a million"));
    }
    Ok(PrivacyBudget {
        epsilon_micro: (file.epsilon * 1e6).round() as u64,
        delta_exponent,
        min_noise_micro: file.min_noise.map(|noise| (noise * 1e6).round() as u64),
    })
}

impl From<&OrgRef> for Reference {
    fn from(org: &OrgRef) -> Self {
        match org {
            OrgRef::Id(id) => Self::Id(*id),
            OrgRef::Name(name) => Self::Name(name.clone()),
        }
    }
}

/// A policy to start from: every rule with what it means. `columns` are those of a file, with their roles.
pub fn template(columns: &[(String, RoleName)]) -> String {
    let sample = [
        ("default", RoleName::Label),
        ("income", RoleName::Feature),
        ("name", RoleName::Hidden),
    ];
    let columns: Vec<(String, RoleName)> = match columns {
        [] => sample.iter().map(|(name, role)| ((*name).into(), *role)).collect(),
        some => some.to_vec(),
    };
    let mut text = String::from(include_str!("policy_file/template.toml"));
    for (name, role) in columns {
        let key = toml::Value::String(name).to_string();
        text.push_str(&format!("{key} = \"{role}\"\n"));
    }
    text
}

#[cfg(test)]
mod tests;
