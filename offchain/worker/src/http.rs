//! The worker's HTTP interface: health, metrics, progress. It shows no message's content.

use crate::{
    step::PartyRecord,
    worker::{Standing, Worker},
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
    Json, Router,
};
use secureflow_chain::light::Finalized;
use secureflow_primitives::JobId;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

pub fn router(worker: Arc<Worker>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/v1/jobs/{id}/progress", get(progress))
        .with_state(worker)
}

#[derive(Serialize)]
struct Health {
    #[serde(flatten)]
    standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    finality: Option<Finality>,
}

/// What the worker has proven of the chain.
#[derive(Serialize)]
struct Finality {
    block: u32,
    hash: String,
    validator_set: u64,
    /// Seconds since the block was proven; nothing while it is the last run's.
    age_s: Option<u64>,
    problem: Option<String>,
}

impl Finality {
    fn of(finalized: &Finalized) -> Self {
        Self {
            block: finalized.head.number,
            hash: format!("{:?}", finalized.head.hash),
            validator_set: finalized.set_id,
            age_s: finalized.proven_at.map(|at| at.elapsed().as_secs()),
            problem: finalized.problem.clone(),
        }
    }
}

async fn health(State(worker): State<Arc<Worker>>) -> Response {
    let standing = worker.standing();
    let finality = worker.finality.as_ref().map(|watch| Finality::of(&watch.borrow()));
    let follows = finality.as_ref().is_none_or(|finality| finality.problem.is_none());
    let status = if standing.registered && follows {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Health { standing, finality })).into_response()
}

async fn metrics(State(worker): State<Arc<Worker>>) -> Response {
    secureflow_service::http::metrics(&worker.metrics.registry)
}

async fn progress(State(worker): State<Arc<Worker>>, Path(id): Path<u32>) -> Response {
    let job = JobId(id);
    let desk = match worker.find_desk(job).await {
        Ok(Some(desk)) => desk,
        Ok(None) => return (StatusCode::NOT_FOUND, "this worker does not know the job\n").into_response(),
        Err(error) => {
            tracing::warn!(%error, job = id, "the job could not be looked up");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut report = desk.progress().await;
    let receipts = match worker.store.receipts(job).await {
        Ok(receipts) => receipts,
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let mut totals: BTreeMap<u32, (PartyRecord, u32)> = BTreeMap::new();
    // The figures of the step under way are in the report; its receipts may be there already.
    let under_way = report.collecting.map(|_| report.step);
    let earlier = receipts.into_iter().filter(|((step, _), _)| Some(step.0) != under_way);
    for ((_, org), record) in earlier {
        let (total, steps) = totals.entry(org.0).or_default();
        total.bytes += record.bytes;
        total.rows += record.rows;
        total.compute_ms += record.compute_ms;
        total.utility += record.utility;
        *steps += 1;
    }
    for party in &mut report.parties {
        let (total, steps) = totals.get(&party.org).copied().unwrap_or_default();
        party.bytes += total.bytes;
        party.rows += total.rows;
        party.compute_ms += total.compute_ms;
        party.utility += total.utility;
        party.steps_done = steps;
    }
    Json(report).into_response()
}
