//! Files and the datasets that they are.

use super::Failure;
use crate::{
    agent::Agent,
    datasets::{self, BindError},
    follow::Sources,
};
use axum::{extract::State, http::StatusCode, Json};
use secureflow_data::Inspection;
use secureflow_primitives::{policy::RowBand, DatasetId};
use serde::Deserialize;
use serde_json::{json, Value};
use std::{path::PathBuf, sync::Arc};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspect {
    path: PathBuf,
    #[serde(default)]
    label: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    dataset_id: DatasetId,
    path: PathBuf,
}

pub async fn inspect(Json(request): Json<Inspect>) -> Result<Json<Value>, Failure> {
    let inspection = datasets::inspect(&request.path, request.label).await.map_err(failure)?;
    Ok(Json(describe(&inspection)))
}

pub async fn bind(State(agent): State<Arc<Agent>>, Json(request): Json<Bind>) -> Result<Json<Value>, Failure> {
    let inspection = datasets::bind(&agent, request.dataset_id, &request.path)
        .await
        .map_err(failure)?;
    Ok(Json(
        json!({ "dataset_id": request.dataset_id, "path": request.path, "rows": inspection.rows }),
    ))
}

pub async fn list(State(agent): State<Arc<Agent>>) -> Result<Json<Value>, Failure> {
    let bound = agent
        .store
        .datasets()
        .await
        .map_err(|error| Failure::internal(&error))?;
    let mut datasets = Vec::with_capacity(bound.len());
    for (dataset, path) in bound {
        let entry = match datasets::inspect(&path, None).await {
            Ok(inspection) => {
                let mut entry = describe(&inspection);
                entry["dataset_id"] = json!(dataset);
                entry["path"] = json!(path);
                entry
            }
            Err(error) => json!({ "dataset_id": dataset, "path": path, "problem": Sources(&error).to_string() }),
        };
        datasets.push(entry);
    }
    Ok(Json(json!({ "datasets": datasets })))
}

/// What the owner needs to know: names, kinds and counts, no value but the label's two.
fn describe(inspection: &Inspection) -> Value {
    let hash = |bytes: &[u8; 32]| format!("0x{}", hex::encode(bytes));
    json!({
        "columns": inspection.columns,
        "rows": inspection.rows,
        "row_band": RowBand::of(inspection.rows),
        "schema_hash": hash(&inspection.schema_hash),
        "content_root": hash(&inspection.content_root),
        "label": inspection.label,
    })
}

fn failure(error: BindError) -> Failure {
    let text = Sources(&error).to_string();
    let refuse = |code| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, code, text.clone());
    match &error {
        BindError::Relative(_) => Failure::new(StatusCode::BAD_REQUEST, "relative_path", text),
        BindError::Data(_) => refuse("bad_file"),
        BindError::Unknown(_) => refuse("unknown_dataset")
            .hint("A new dataset can be bound once its block is final: try again in a few seconds."),
        BindError::Foreign(..) => refuse("foreign_dataset"),
        BindError::Content(_) => refuse("content_changed")
            .hint("Give the file as it was registered, or register the new one as a new dataset."),
        BindError::NoOrganisation => Failure::new(StatusCode::SERVICE_UNAVAILABLE, "no_organisation", text)
            .hint("Register the organisation's keys with `secureflow org register`, then try again in a few seconds."),
        BindError::Chain(_) | BindError::Store(_) | BindError::Interrupted => Failure::internal(&error),
    }
}
