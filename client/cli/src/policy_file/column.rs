//! The rules for a column, in the shortest form that says them: a role, one rule, or a list of rules.

use super::{OperationName, RoleName};
use crate::names;
use secureflow_primitives::{
    bounds::Name,
    policy::{ColumnRule, Policy},
};
use serde::{
    de::{
        value::{MapAccessDeserializer, SeqAccessDeserializer},
        Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    },
    Deserialize, Deserializer, Serialize, Serializer,
};
use std::fmt;

/// The rules for one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules(pub Vec<RuleFile>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    pub role: RoleName,
    /// Which of the policy's operations the rule is about; all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<OperationName>,
    /// Which of the policy's purposes the rule is about; all without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_parties: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_group_size: Option<u32>,
}

impl RuleFile {
    /// A role for whatever the policy allows.
    pub fn new(role: RoleName) -> Self {
        Self {
            role,
            operations: Vec::new(),
            purposes: Vec::new(),
            min_parties: None,
            min_group_size: None,
        }
    }

    /// The chain's form. `purposes` are the policy's.
    pub(super) fn rule(
        &self,
        column: &Name,
        purposes: &[String],
        operations: &[OperationName],
    ) -> Result<ColumnRule, String> {
        if let Some(stray) = self.operations.iter().find(|operation| !operations.contains(operation)) {
            return Err(format!("{stray} is none of the policy's operations"));
        }
        let place = |purpose: &String| {
            let found = purposes.iter().position(|listed| listed == purpose);
            let place = found.and_then(|place| u8::try_from(place).ok());
            place.ok_or_else(|| format!("{purpose:?} is none of the policy's purposes"))
        };
        let places = self.purposes.iter().map(place).collect::<Result<Vec<u8>, String>>()?;
        let twice = |what: &str| format!("a rule names {what} twice");
        Ok(ColumnRule {
            for_operations: self
                .operations
                .iter()
                .map(|name| (*name).into())
                .collect::<Vec<_>>()
                .try_into()
                .map_err(|_| twice("an operation"))?,
            for_purposes: places.try_into().map_err(|_| twice("a purpose"))?,
            min_parties: self.min_parties.unwrap_or_default(),
            min_group_size: self.min_group_size.unwrap_or_default(),
            ..ColumnRule::new(column.clone(), self.role.into())
        })
    }

    /// The file's form of a policy's rule.
    pub(super) fn of(rule: &ColumnRule, policy: &Policy) -> Self {
        let purpose = |place: &u8| {
            policy
                .purposes
                .get(usize::from(*place))
                .map(|purpose| names::shown(purpose))
        };
        Self {
            role: rule.role.into(),
            operations: rule
                .for_operations
                .iter()
                .map(|operation| (*operation).into())
                .collect(),
            purposes: rule.for_purposes.iter().filter_map(purpose).collect(),
            min_parties: Some(rule.min_parties).filter(|least| *least > 0),
            min_group_size: Some(rule.min_group_size).filter(|least| *least > 0),
        }
    }

    /// When the rule holds and what it asks for, for people.
    pub fn terms(&self) -> String {
        let operations = self.operations.iter().map(|operation| operation.to_string());
        let purposes = self.purposes.iter().map(|purpose| format!("for {purpose}"));
        let parties = self.min_parties.iter().map(|least| format!("at least {least} parties"));
        let groups = self
            .min_group_size
            .iter()
            .map(|least| format!("groups of at least {least} rows"));
        let terms: Vec<String> = operations.chain(purposes).chain(parties).chain(groups).collect();
        terms.join(", ")
    }
}

impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] if *only == RuleFile::new(only.role) => only.role.serialize(serializer),
            [only] => only.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Forms)
    }
}

struct Forms;

impl<'de> Visitor<'de> for Forms {
    type Value = Rules;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a role such as \"feature\", a rule such as { role = \"feature\" }, or a list of rules")
    }

    fn visit_str<E: Error>(self, role: &str) -> Result<Rules, E> {
        RoleName::deserialize(role.into_deserializer()).map(|role| Rules(vec![RuleFile::new(role)]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Rules, A::Error> {
        RuleFile::deserialize(MapAccessDeserializer::new(map)).map(|rule| Rules(vec![rule]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Rules, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Rules)
    }
}
