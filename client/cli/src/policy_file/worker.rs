//! Which workers a policy takes.

use crate::{
    error::{Failure, Result},
    evidence_policy::bytes48,
};
use secureflow_primitives::{
    attestation::{Measurement, TeeKind},
    bounds::MAX_REQUIRED_MEASUREMENTS,
    policy::WorkerRequirement,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which workers will do; without it, those on real hardware.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerFile {
    #[serde(default = "hardware")]
    pub kinds: Vec<KindName>,
    /// In hex; any build that the members accept without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measurements: Option<Vec<String>>,
}

impl Default for WorkerFile {
    fn default() -> Self {
        Self {
            kinds: hardware(),
            measurements: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KindName {
    Simulated,
    SevSnp,
    Tdx,
    Sgx,
}

fn hardware() -> Vec<KindName> {
    vec![KindName::SevSnp, KindName::Tdx, KindName::Sgx]
}

impl WorkerFile {
    pub(super) fn requirement(&self) -> Result<WorkerRequirement> {
        let bad = |problem: String| {
            Failure::new("bad_policy", format!("worker: {problem}"))
                .hint("`secureflow measurement list` prints what the members accept.")
        };
        if self.kinds.is_empty() || self.measurements.as_ref().is_some_and(Vec::is_empty) {
            return Err(bad(
                "an empty list lets nobody compute; leave it out, or list what will do".into(),
            ));
        }
        let kinds = self.kinds.iter().map(|kind| (*kind).into()).collect::<Vec<TeeKind>>();
        let measurements = self.measurements.as_ref().map(|list| {
            let read = |text: &String| match bytes48(text) {
                Ok(bytes) => Ok(Measurement(bytes)),
                Err(problem) => Err(bad(format!("the measurement {text:?} {problem}"))),
            };
            let list = list.iter().map(read).collect::<Result<Vec<_>>>()?;
            list.try_into()
                .map_err(|_| bad(format!("there are more than {MAX_REQUIRED_MEASUREMENTS} measurements")))
        });
        Ok(WorkerRequirement {
            kinds: kinds.try_into().map_err(|_| bad("a kind stands there twice".into()))?,
            measurements: measurements.transpose()?,
        })
    }

    pub fn of(requirement: &WorkerRequirement) -> Self {
        let hex = |measurement: &Measurement| format!("0x{}", hex::encode(measurement.0));
        Self {
            kinds: requirement.kinds.iter().map(|kind| (*kind).into()).collect(),
            measurements: requirement
                .measurements
                .as_ref()
                .map(|list| list.iter().map(hex).collect()),
        }
    }
}

/// In a line, for people.
impl fmt::Display for WorkerFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = |kind: &KindName| match kind {
            KindName::Simulated => "SIMULATED evidence".to_string(),
            hardware => hardware.to_string(),
        };
        let kinds: Vec<String> = self.kinds.iter().map(kind).collect();
        f.write_str(&kinds.join(", "))?;
        match &self.measurements {
            Some(builds) => write!(f, "; builds {}", builds.join(", ")),
            None => Ok(()),
        }
    }
}
