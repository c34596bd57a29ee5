//! The agent's settings: `agent.toml`.

use secureflow_service::settings::{self, ChainConfig, LogConfig, SettingsError};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

/// Settings as they stand in the file. The home is relative to the file's folder, every other path to the home.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The organisation's home; the file's own folder where it is left out.
    #[serde(default = "default_home")]
    pub home: PathBuf,
    #[serde(default = "default_keys")]
    pub keys: PathBuf,
    #[serde(default = "default_database")]
    pub database: PathBuf,
    /// Address of the local API. Port 0 lets the system choose.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// Whether the local API may listen on an address that other machines reach.
    #[serde(default)]
    pub allow_remote_api: bool,
    pub chain: ChainConfig,
    #[serde(default)]
    pub limits: LimitsConfig,
    #[serde(default)]
    pub log: LogConfig,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// How long a worker may hold a poll.
    pub poll_wait_s: u64,
    /// How long a step's commitment may take to appear on chain before the step is asked for again.
    pub commitment_timeout_s: u64,
    /// How long the files of a completed job are tried to be fetched.
    pub fetch_timeout_s: u64,
    /// How long a transaction may take to get into a block.
    pub transaction_timeout_s: u64,
    /// How often the chain is asked about jobs.
    pub refresh_s: u64,
    /// Jobs that compute at the same time; the others wait.
    pub computations: usize,
    /// Threads that one computation may use.
    pub threads: u8,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            poll_wait_s: 10,
            commitment_timeout_s: 120,
            fetch_timeout_s: 3600,
            transaction_timeout_s: 60,
            refresh_s: 2,
            computations: 1,
            threads: 1,
        }
    }
}

impl LimitsConfig {
    pub fn poll_wait(&self) -> Duration {
        Duration::from_secs(self.poll_wait_s)
    }

    pub fn commitment_timeout(&self) -> Duration {
        Duration::from_secs(self.commitment_timeout_s)
    }

    pub fn fetch_timeout(&self) -> Duration {
        Duration::from_secs(self.fetch_timeout_s)
    }

    pub fn transaction_timeout(&self) -> Duration {
        Duration::from_secs(self.transaction_timeout_s)
    }

    pub fn refresh(&self) -> Duration {
        Duration::from_secs(self.refresh_s.max(1))
    }
}

fn default_home() -> PathBuf {
    ".".into()
}

fn default_keys() -> PathBuf {
    "keys".into()
}

fn default_database() -> PathBuf {
    "agent.db".into()
}

fn default_listen() -> String {
    "127.0.0.1:0".into()
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("listen = {0:?} is no address of the form 127.0.0.1:port")]
    Address(String),
    #[error("{0} can be reached from other machines: listen on 127.0.0.1, or set allow_remote_api = true")]
    Remote(SocketAddr),
}

impl Config {
    /// Reads the file; its paths come back absolute, or relative to where the process was started.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = settings::read(path)?;
        config.home = settings::resolve(path, &config.home);
        for entry in [&mut config.keys, &mut config.database]
            .into_iter()
            .chain(&mut config.chain.spec)
        {
            *entry = config.home.join(&entry);
        }
        config.address()?;
        Ok(config)
    }

    /// Where the local API listens.
    pub fn address(&self) -> Result<SocketAddr, ConfigError> {
        let address: SocketAddr = self
            .listen
            .parse()
            .map_err(|_| ConfigError::Address(self.listen.clone()))?;
        match address.ip().is_loopback() || self.allow_remote_api {
            true => Ok(address),
            false => Err(ConfigError::Remote(address)),
        }
    }
}
