//! What the worker tells of a job under way. Nothing rests on it: it is for the eye only.

use crate::context::Context;
use secureflow_primitives::JobId;
use serde::Deserialize;
use std::time::Duration;

/// A worker that does not answer at once is not waited for.
const TIMEOUT: Duration = Duration::from_millis(800);

/// The answer of `GET /v1/jobs/{id}/progress`. Unknown fields are left aside: an older client follows a newer worker.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Progress {
    pub phase: String,
    pub step: u32,
    pub step_name: Option<String>,
    pub attempt: u32,
    pub collecting: Option<String>,
    pub parties: Vec<PartyProgress>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PartyProgress {
    pub org: u32,
    pub state: String,
    pub bytes: u64,
    pub steps_done: u32,
}

/// Where to ask, if anywhere.
pub struct WorkerHttp {
    url: Option<String>,
    http: reqwest::Client,
}

impl WorkerHttp {
    /// As given, else as the settings say, else what the worker of the same network folder wrote down.
    pub fn find(context: &Context, given: Option<String>) -> Self {
        let configured = || {
            context
                .home
                .config()
                .ok()
                .and_then(|config| config.worker)
                .map(|worker| worker.http)
        };
        let beside = || {
            #[derive(Deserialize)]
            struct Run {
                http: String,
            }
            let folder = context.home.root().canonicalize().ok()?;
            let file = folder.parent()?.parent()?.join("worker").join("run.json");
            let run: Run = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
            Some(format!("http://{}", run.http))
        };
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .no_proxy()
            .build()
            .unwrap_or_default();
        Self {
            url: given.or_else(configured).or_else(beside),
            http,
        }
    }

    pub async fn ask(&self, job: JobId) -> Option<Progress> {
        let url = format!("{}/v1/jobs/{job}/progress", self.url.as_ref()?.trim_end_matches('/'));
        let answer = self.http.get(url).send().await.ok()?.error_for_status().ok()?;
        answer.json().await.ok()
    }
}

impl PartyProgress {
    /// How far the party is within the step, of [`STATES`] states.
    pub fn place(&self) -> usize {
        let state = match self.state.as_str() {
            // Where contributions are proven, one message is all.
            "proven" => "revealed",
            other => other,
        };
        STATES.iter().position(|known| *known == state).unwrap_or(0)
    }
}

/// A party's way through one step.
pub const STATES: [&str; 8] = [
    "waiting",
    "computing",
    "advertised",
    "shared",
    "masked",
    "signed",
    "revealed",
    "done",
];
