//! One TOML file of settings.

use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

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
