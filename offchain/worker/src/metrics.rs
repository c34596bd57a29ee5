//! What is counted: names, units and descriptions.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};
use secureflow_service::metrics::{counter, gauge};
use std::sync::Arc;

/// The worker's metrics; clones share them.
#[derive(Clone)]
pub struct Metrics {
    pub registry: Arc<Registry>,
    /// Jobs under way.
    pub jobs: Gauge,
    pub completed: Counter,
    pub failed: Counter,
    pub steps: Counter,
    pub attempts: Counter,
    pub polls: Counter,
    pub messages: Counter,
    pub message_bytes: Counter,
    pub refused: Counter,
    pub utility: Counter,
    pub unproven: Counter,
    pub finalized: Gauge,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("secureflow_worker");
        let jobs = gauge(&mut registry, "jobs", "Jobs under way");
        let finalized = gauge(&mut registry, "finalized_block", "Newest finalised block that was seen");
        let completed = counter(&mut registry, "jobs_completed", "Jobs completed");
        let failed = counter(&mut registry, "jobs_failed", "Jobs that this worker reported as failed");
        let steps = counter(&mut registry, "steps", "Aggregation steps that have their sum");
        let attempts = counter(&mut registry, "steps_repeated", "Steps begun anew for lack of parties");
        let polls = counter(&mut registry, "polls", "Polls of agents");
        let messages = counter(&mut registry, "messages", "Protocol messages accepted from agents");
        let message_bytes = counter(&mut registry, "message_bytes", "Bytes of these messages");
        let refused = counter(
            &mut registry,
            "requests_refused",
            "Requests of agents that were refused",
        );
        let utility = counter(
            &mut registry,
            "utility_millionths",
            "Utility of parties' updates as they report it, in millionths of a round",
        );
        let unproven = counter(
            &mut registry,
            "contributions_unproven",
            "Contributions that were not within their bound",
        );
        Self {
            registry: Arc::new(registry),
            jobs,
            completed,
            failed,
            steps,
            attempts,
            polls,
            messages,
            message_bytes,
            refused,
            utility,
            unproven,
            finalized,
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
