//! One TOML file of settings, and the sections that all services have.

use serde::{de::DeserializeOwned, Deserialize};
use std::path::{Path, PathBuf};

/// `[chain]`: the node that a service speaks to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// `ws://host:port` of a node.
    pub url: String,
}

/// `[log]`: what goes to standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// In the syntax of `RUST_LOG`.
    pub filter: String,
    pub json: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            filter: "info".into(),
            json: false,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("cannot read the settings {path}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} is not valid: {problem}")]
    Invalid { path: PathBuf, problem: String },
}

/// Reads a file of settings. The type refuses unknown keys by `#[serde(deny_unknown_fields)]`.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Read {
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|error| SettingsError::Invalid {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}

/// A path from a file of settings: relative ones start at the file's folder.
pub fn resolve(settings: &Path, path: &Path) -> PathBuf {
    match settings.parent() {
        Some(folder) => folder.join(path),
        None => path.to_owned(),
    }
}
