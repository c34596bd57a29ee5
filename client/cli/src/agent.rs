//! The organisation's own agent, over its local API.

use crate::error::{Failure, Result};
use reqwest::{Client, Method, StatusCode};
use secureflow_primitives::{policy::RowBand, DatasetId, H256};
use serde::{de::Error as _, Deserialize, Deserializer, Serialize};
use serde_json::{json, Value};
use std::{path::Path, time::Duration};
use zeroize::Zeroizing;

/// Inspecting a large file takes a while.
const TIMEOUT: Duration = Duration::from_secs(300);

pub struct Agent {
    url: String,
    token: Zeroizing<String>,
    http: Client,
}

/// What the agent says of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inspection {
    pub columns: Vec<ColumnSummary>,
    pub rows: u64,
    #[serde(deserialize_with = "hash", serialize_with = "as_hex")]
    pub schema_hash: H256,
    #[serde(deserialize_with = "hash", serialize_with = "as_hex")]
    pub content_root: H256,
    /// The label's two values, where a label column was named.
    #[serde(default)]
    pub label: Option<LabelSummary>,
}

impl Inspection {
    /// What the chain is told of the number of rows.
    pub fn row_band(&self) -> RowBand {
        RowBand::of(self.rows)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ColumnSummary {
    pub name: String,
    /// `numeric`, `categorical` or `empty`.
    pub kind: String,
    pub missing: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LabelSummary {
    pub column: String,
    pub values: Vec<String>,
}

/// Reads `"0x…"`, `"…"` or an array of 32 numbers.
fn hash<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<H256, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => crate::names::bytes32(&text).map(H256).map_err(D::Error::custom),
        other => serde_json::from_value::<[u8; 32]>(other)
            .map(H256)
            .map_err(D::Error::custom),
    }
}

fn as_hex<S: serde::Serializer>(hash: &H256, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&crate::names::hash(hash))
}

impl Agent {
    pub fn new(url: &str, token: Zeroizing<String>) -> Result<Self> {
        let http = Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(5))
            .no_proxy()
            .build()
            .map_err(|error| Failure::new("http", error.to_string()))?;
        Ok(Self {
            url: url.trim_end_matches('/').into(),
            token,
            http,
        })
    }

    /// Reads a CSV file where it lies and sums it up.
    pub async fn inspect(&self, file: &Path, label: Option<&str>) -> Result<Inspection> {
        let body = json!({ "path": absolute(file)?, "label": label });
        let answer = self.call(Method::POST, "/v1/datasets/inspect", Some(body)).await?;
        serde_json::from_value(answer)
            .map_err(|error| Failure::new("agent", format!("the agent's answer is odd: {error}")))
    }

    /// Tells the agent which file a registered dataset is.
    pub async fn bind(&self, dataset: DatasetId, file: &Path) -> Result<Value> {
        let body = json!({ "dataset_id": dataset, "path": absolute(file)? });
        self.call(Method::POST, "/v1/datasets", Some(body)).await
    }

    /// The datasets that the agent has files for.
    pub async fn datasets(&self) -> Result<Value> {
        self.call(Method::GET, "/v1/datasets", None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(self.token.as_str());
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| {
            Failure::later(
                "agent_unreachable",
                format!("your agent does not answer at {}: {}", self.url, root(&error)),
            )
            .hint("Start it with `secureflow-agent --config HOME/agent.toml`, or correct `[agent] url` in config.toml.")
        })?;
        let status = answer.status();
        let text = answer
            .text()
            .await
            .map_err(|error| Failure::later("agent_unreachable", error.to_string()))?;
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(value);
        }
        Err(refusal(status, &value, &text))
    }
}

/// The agent's own words, wherever it puts them.
fn refusal(status: StatusCode, value: &Value, text: &str) -> Failure {
    let said = |key: &str| {
        value
            .pointer(&format!("/error/{key}"))
            .or_else(|| value.get(key))
            .and_then(Value::as_str)
    };
    let message = said("message")
        .or_else(|| value.get("error").and_then(Value::as_str))
        .unwrap_or(text.trim());
    let code = said("code").unwrap_or("agent");
    let failure = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Failure::new("agent_token", "the agent does not accept this home's api.token")
                .hint("`[agent] url` in config.toml points at another organisation's agent.")
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => Failure::later(code, message),
        _ if message.is_empty() => Failure::new(code, format!("the agent refused: {status}")),
        _ => Failure::new(code, message),
    };
    match said("hint") {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The innermost cause, which is the one that says something.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn absolute(file: &Path) -> Result<String> {
    let path = file.canonicalize().map_err(|error| Failure::file(file, &error))?;
    path.to_str()
        .map(String::from)
        .ok_or_else(|| Failure::new("file", format!("{} is not UTF-8", path.display())))
}
