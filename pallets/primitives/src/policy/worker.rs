//! What a policy asks of the worker.

use super::Violation;
use crate::{
    attestation::{Measurement, TeeKind, Worker},
    bounds::MAX_REQUIRED_MEASUREMENTS,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

chain_type! {
    /// Which workers will do. That a worker is attested, and that the members accept what it measures, holds anyway.
    pub struct WorkerRequirement {
        /// The kinds of evidence; [`TeeKind::Simulated`] stands for no hardware.
        pub kinds: BoundedVec<TeeKind, ConstU32<4>>,
        /// The builds, where not every one will do that the members accept.
        pub measurements: Option<BoundedVec<Measurement, ConstU32<MAX_REQUIRED_MEASUREMENTS>>>,
    }
}

/// Any attested worker, simulated ones too.
impl Default for WorkerRequirement {
    fn default() -> Self {
        Self {
            kinds: BoundedVec::truncate_from(TeeKind::ALL.to_vec()),
            measurements: None,
        }
    }
}

impl WorkerRequirement {
    /// Any worker on real hardware.
    pub fn hardware() -> Self {
        let mut requirement = Self::default();
        requirement.kinds.retain(|kind| *kind != TeeKind::Simulated);
        requirement
    }

    /// Whether the worker will do; else the rule that it falls short of.
    pub fn check(&self, worker: &Worker) -> Result<(), Violation> {
        if !self.kinds.contains(&worker.kind) {
            return Err(match worker.is_simulated() {
                true => Violation::SimulatedWorker,
                false => Violation::WorkerKind,
            });
        }
        match &self.measurements {
            Some(listed) if !listed.contains(&worker.measurement) => Err(Violation::WorkerMeasurement),
            _ => Ok(()),
        }
    }

    /// What does for both; the rule by which no worker ever can, where there is one.
    pub fn and(mut self, other: &Self) -> Result<Self, Violation> {
        let only_simulated = |requirement: &Self| requirement.kinds.as_slice() == [TeeKind::Simulated];
        let contradiction = match only_simulated(&self) || only_simulated(other) {
            true => Violation::SimulatedWorker,
            false => Violation::WorkerKind,
        };
        self.kinds.retain(|kind| other.kinds.contains(kind));
        if self.kinds.is_empty() {
            return Err(contradiction);
        }
        self.measurements = match (self.measurements, &other.measurements) {
            (None, theirs) => theirs.clone(),
            (ours, None) => ours,
            (Some(mut ours), Some(theirs)) => {
                ours.retain(|measurement| theirs.contains(measurement));
                Some(ours)
            }
        };
        match &self.measurements {
            Some(left) if left.is_empty() => Err(Violation::WorkerMeasurement),
            _ => Ok(self),
        }
    }
}
