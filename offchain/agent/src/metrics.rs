//! What is counted: names, units and descriptions.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::{Registry, Unit},
};
use secureflow_service::metrics::{counter, gauge};
use std::sync::{atomic::AtomicU64, Arc};

/// The agent's metrics; clones share them.
#[derive(Clone)]
pub struct Metrics {
    pub registry: Arc<Registry>,
    /// Jobs under way.
    pub jobs: Gauge,
    pub completed: Counter,
    pub refused: Counter,
    pub steps: Counter,
    pub sent: Counter,
    pub compute: Counter<f64, AtomicU64>,
    pub finalized: Gauge,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("secureflow_agent");
        let jobs = gauge(&mut registry, "jobs", "Jobs under way");
        let finalized = gauge(&mut registry, "finalized_block", "Newest finalised block that was seen");
        let completed = counter(&mut registry, "jobs_completed", "Jobs whose files are here and checked");
        let refused = counter(&mut registry, "jobs_refused", "Jobs that this agent took no part in");
        let steps = counter(&mut registry, "steps", "Aggregation steps begun");
        let sent = counter(&mut registry, "sent_bytes", "Payload bytes of protocol messages sent");
        let compute = Counter::<f64, AtomicU64>::default();
        let help = "Time spent on this organisation's vectors";
        registry.register_with_unit("compute", help, Unit::Seconds, compute.clone());
        Self {
            registry: Arc::new(registry),
            jobs,
            completed,
            refused,
            steps,
            sent,
            compute,
            finalized,
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
