//! Jobs that this organisation was asked to take part in.

use super::Failure;
use crate::{agent::Agent, store::JobRecord};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    Json,
};
use secureflow_plan::commitment::blake2_256;
use secureflow_primitives::JobId;
use serde_json::{json, Value};
use std::sync::Arc;

pub async fn list(State(agent): State<Arc<Agent>>) -> Result<Json<Value>, Failure> {
    let jobs = agent.store.jobs().await.map_err(|error| Failure::internal(&error))?;
    let jobs: Vec<Value> = jobs.iter().map(|(id, record)| summary(&agent, *id, record)).collect();
    Ok(Json(json!({ "jobs": jobs })))
}

pub async fn show(State(agent): State<Arc<Agent>>, Path(id): Path<u32>) -> Result<Json<Value>, Failure> {
    let id = JobId(id);
    let record = agent
        .store
        .job(id)
        .await
        .map_err(|error| Failure::internal(&error))?
        .ok_or_else(unknown)?;
    let figures = agent
        .store
        .figures(id)
        .await
        .map_err(|error| Failure::internal(&error))?;
    let mut job = summary(&agent, id, &record);
    job["steps"] = figures
        .iter()
        .map(|(step, figures)| {
            json!({
                "step": step, "rows": figures.rows, "compute_ms": figures.compute_ms, "bytes": figures.bytes,
                "utility": figures.utility,
            })
        })
        .collect();
    Ok(Json(job))
}

pub async fn artefacts(State(agent): State<Arc<Agent>>, Path(id): Path<u32>) -> Result<Json<Value>, Failure> {
    let id = JobId(id);
    if agent
        .store
        .job(id)
        .await
        .map_err(|error| Failure::internal(&error))?
        .is_none()
    {
        return Err(unknown());
    }
    let listed = tokio::task::spawn_blocking(move || {
        let folder = agent.artefacts(id)?;
        let mut files = Vec::new();
        for name in folder.names()? {
            let bytes = folder.read(&name)?;
            files.push(
                json!({ "name": name, "size": bytes.len(), "hash": format!("0x{}", hex::encode(blake2_256(&bytes))) }),
            );
        }
        std::io::Result::Ok(json!({ "folder": folder.path(), "files": files }))
    });
    match listed.await {
        Ok(Ok(listed)) => Ok(Json(listed)),
        Ok(Err(error)) => Err(Failure::internal(&error)),
        Err(error) => Err(Failure::internal(&error)),
    }
}

fn summary(agent: &Agent, id: JobId, record: &JobRecord) -> Value {
    json!({ "job": id, "state": record.state.name(), "reason": record.reason, "now": agent.view(id) })
}

fn unknown() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "unknown_job", "this agent does not know the job")
}
