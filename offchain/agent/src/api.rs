//! The local API: for the organisation's own people and programs. No row leaves by it.

mod datasets;
mod jobs;

use crate::agent::Agent;
use axum::{
    extract::{DefaultBodyLimit, Request, State},
    http::{header::AUTHORIZATION, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
    Json, Router,
};
use serde_json::json;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Requests hold a path and a few words.
const MAX_BODY: usize = 64 * 1024;

/// `token` is the bearer token that every request below `/v1` needs.
pub fn router(agent: Arc<Agent>, token: Zeroizing<String>) -> Router {
    let guarded = Router::new()
        .route("/v1/datasets/inspect", post(datasets::inspect))
        .route("/v1/datasets", post(datasets::bind).get(datasets::list))
        .route("/v1/jobs", get(jobs::list))
        .route("/v1/jobs/{id}", get(jobs::show))
        .route("/v1/jobs/{id}/artefacts", get(jobs::artefacts))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .route_layer(middleware::from_fn_with_state(Arc::new(token), guard));
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .merge(guarded)
        .with_state(agent)
}

async fn guard(State(token): State<Arc<Zeroizing<String>>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION).map(|value| value.as_bytes());
    let given = given
        .and_then(|value| value.strip_prefix(b"Bearer "))
        .unwrap_or_default();
    if bool::from(given.ct_eq(token.as_bytes())) {
        next.run(request).await
    } else {
        Failure::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "the bearer token is missing or wrong",
        )
        .into_response()
    }
}

async fn health(State(agent): State<Arc<Agent>>) -> Response {
    let standing = agent.standing();
    let status = match (&standing.organisation, &standing.problem) {
        (Some(_), None) => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(standing)).into_response()
}

async fn metrics(State(agent): State<Arc<Agent>>) -> Response {
    secureflow_service::http::metrics(&agent.metrics.registry)
}

/// An answer that says what is wrong: `{"error": {"code", "message", "hint"}}`.
pub(crate) struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: Option<&'static str>,
}

impl Failure {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            hint: None,
        }
    }

    pub fn hint(self, hint: &'static str) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }

    /// Something of ours failed; the details are in the log.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::warn!(error = %crate::follow::Sources(error), "a request of the local API failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the agent could not answer: see its log",
        )
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message, "hint": self.hint } });
        (self.status, Json(body)).into_response()
    }
}
