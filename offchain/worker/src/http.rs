//! The worker's HTTP interface: health, metrics, progress. It shows no message's content.

use crate::{step::PartyRecord, worker::Worker};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
    Json, Router,
};
use secureflow_primitives::JobId;
use std::{collections::BTreeMap, sync::Arc};

pub fn router(worker: Arc<Worker>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/v1/jobs/{id}/progress", get(progress))
        .with_state(worker)
}

async fn health(State(worker): State<Arc<Worker>>) -> Response {
    let standing = worker.standing();
    let status = if standing.registered {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(standing)).into_response()
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
