//! One TOML file of settings, and the sections that all services have.

use serde::{de::DeserializeOwned, Deserialize};
use std::path::{Path, PathBuf};

/// `[chain]`: the nodes that a service speaks to, and the chain that it expects there.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "ChainSection")]
pub struct ChainConfig {
    /// `ws://host:port` of each node, the preferred one first; never empty.
    pub urls: Vec<String>,
    /// The chain specification that pins the chain.
    pub spec: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainSection {
    url: Option<String>,
    #[serde(default)]
    urls: Vec<String>,
    spec: Option<PathBuf>,
}

impl TryFrom<ChainSection> for ChainConfig {
    type Error = &'static str;

    fn try_from(section: ChainSection) -> Result<Self, Self::Error> {
        let urls = match (section.url, section.urls) {
            (Some(url), urls) if urls.is_empty() => vec![url],
            (None, urls) if !urls.is_empty() => urls,
            _ => return Err("[chain] needs either `url` or a list `urls` of nodes"),
        };
        let spec = section.spec;
        Ok(Self { urls, spec })
    }
}

impl ChainConfig {
    /// The node that is asked first.
    pub fn url(&self) -> &str {
        &self.urls[0]
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(text: &str) -> Result<ChainConfig, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn one_node_or_a_list_of_them() {
        let one = chain("url = \"ws://a\"").unwrap();
        assert_eq!((one.url(), one.urls.len()), ("ws://a", 1));
        assert_eq!(one.spec, None);
        let two = chain("urls = [\"ws://a\", \"ws://b\"]\nspec = \"s.json\"").unwrap();
        assert_eq!((two.url(), two.urls.len()), ("ws://a", 2));
        assert_eq!(two.spec, Some("s.json".into()));
        for bad in [
            "",
            "urls = []",
            "url = \"ws://a\"\nurls = [\"ws://b\"]",
            "url = \"ws://a\"\nverify = true",
        ] {
            assert!(chain(bad).is_err(), "{bad}");
        }
    }
}
