//! Where a worker stands: decided here once, for the chain and for everybody who reads it.

use super::{Platform, Policy};
use secureflow_primitives::{
    attestation::{AcceptedMeasurement, Staleness, Worker, WorkerStatus},
    BlockNumber,
};

/// What besides its own record decides where a worker stands, all as of one block.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The block.
    pub block: BlockNumber,
    /// Unix seconds, as the block says.
    pub seconds: u64,
    /// Whether the operator is active, and lets the account act for it.
    pub operated: bool,
    /// What the members say of its measurement; none where they have dropped it.
    pub measurement: Option<&'a AcceptedMeasurement>,
    /// Its platform; none where its evidence is simulated.
    pub platform: Option<&'a Platform>,
    /// What is asked of platforms.
    pub policy: &'a Policy,
}

impl Circumstances<'_> {
    /// Where the worker stands. Of several reasons against it the most final is given.
    pub fn status(&self, worker: &Worker) -> WorkerStatus {
        if worker.revoked {
            return WorkerStatus::Revoked;
        }
        if self.block >= worker.expires_at {
            return WorkerStatus::Expired;
        }
        if !self.operated {
            return WorkerStatus::Suspended;
        }
        let Some(measurement) = self.measurement.filter(|measurement| measurement.counts(self.block)) else {
            return WorkerStatus::Stale(Staleness::Measurement);
        };
        let replaced = measurement.replaced.map_or(BlockNumber::MAX, |by| by.at);
        let until = worker.expires_at.min(replaced);
        match self.platform {
            Some(platform) => self.platform_status(platform, until),
            None => WorkerStatus::Active { until },
        }
    }

    /// `until` is the end of everything else.
    fn platform_status(&self, platform: &Platform, until: BlockNumber) -> WorkerStatus {
        if !platform.is_valid(self.seconds) {
            return WorkerStatus::Stale(Staleness::Evidence);
        }
        if platform.tcb.short_of(self.policy).is_none() {
            return WorkerStatus::Active { until };
        }
        match platform.grace_until {
            Some(grace) if self.block < grace => WorkerStatus::Grace {
                until: until.min(grace),
            },
            _ => WorkerStatus::Stale(Staleness::Platform),
        }
    }
}
