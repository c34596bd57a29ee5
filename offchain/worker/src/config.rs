//! The worker's settings: `worker.toml`.

use secureflow_service::settings::{self, ChainConfig, LogConfig, SettingsError};
use serde::Deserialize;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Settings as they stand in the file. The home is relative to the file's folder, every other path to the home.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where artefacts and `run.json` go; the file's own folder where it is left out.
    #[serde(default = "default_home")]
    pub home: PathBuf,
    #[serde(default = "default_keys")]
    pub keys: PathBuf,
    #[serde(default = "default_database")]
    pub database: PathBuf,
    /// Address for agents. Port 0 lets the system choose.
    #[serde(default = "default_listen")]
    pub grpc_listen: String,
    /// Address for health, metrics and progress.
    #[serde(default = "default_listen")]
    pub http_listen: String,
    /// What agents are told to dial, `https://host:port`; left out, it is the address that `grpc_listen` got.
    #[serde(default)]
    pub advertise: Option<String>,
    pub chain: ChainConfig,
    #[serde(default)]
    pub evidence: EvidenceConfig,
    #[serde(default)]
    pub limits: LimitsConfig,
    #[serde(default)]
    pub log: LogConfig,
}

/// Where evidence comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum EvidenceConfig {
    /// Signed by a development root; accepted only by chains whose genesis names that root.
    Simulated {
        #[serde(default = "default_root_key")]
        root_key: PathBuf,
        /// Stands in for the build that hardware would measure.
        #[serde(default = "default_label")]
        measurement_label: String,
    },
    /// From the hardware that the worker runs in: SEV-SNP or TDX, whichever is there.
    Hardware {
        /// The certificate of the chip's key (VCEK, or the provider's VLEK), DER, where the host provides none.
        certificate: Option<PathBuf>,
    },
}

impl Default for EvidenceConfig {
    fn default() -> Self {
        Self::Simulated {
            root_key: default_root_key(),
            measurement_label: default_label(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// How often a step is begun anew before the job fails.
    pub max_attempts: u32,
    /// A party that has not been heard of for so long is not waited for while enough others are there.
    pub absent_after_s: u64,
    /// Blocks before a step's deadline on chain at which a job is given up that lacks parties' unmasking shares.
    pub give_up_before_blocks: u32,
    /// How long a poll is held while there is nothing to say.
    pub poll_hold_s: u64,
    /// How long a transaction may take to get into a block.
    pub transaction_timeout_s: u64,
    /// Blocks before the evidence expires at which it is renewed.
    pub renew_before_blocks: u32,
    /// How often the chain is asked about members and jobs.
    pub refresh_s: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            absent_after_s: 10,
            give_up_before_blocks: 20,
            poll_hold_s: 10,
            transaction_timeout_s: 60,
            renew_before_blocks: 200,
            refresh_s: 2,
        }
    }
}

impl LimitsConfig {
    pub fn absent_after(&self) -> Duration {
        Duration::from_secs(self.absent_after_s)
    }

    pub fn poll_hold(&self) -> Duration {
        Duration::from_secs(self.poll_hold_s)
    }

    pub fn transaction_timeout(&self) -> Duration {
        Duration::from_secs(self.transaction_timeout_s)
    }

    pub fn refresh(&self) -> Duration {
        Duration::from_secs(self.refresh_s.max(1))
    }
}

/// What the chain's nodes start from, and this worker too.
const SPEC: &str = "chain-spec.json";

fn default_home() -> PathBuf {
    ".".into()
}

fn default_keys() -> PathBuf {
    "keys".into()
}

fn default_database() -> PathBuf {
    "worker.db".into()
}

fn default_listen() -> String {
    "127.0.0.1:0".into()
}

fn default_label() -> String {
    "secureflow-worker".into()
}

fn default_root_key() -> PathBuf {
    "keys/simulated-root.key".into()
}

impl Config {
    /// Reads the file; its paths come back absolute, or relative to where the process was started.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let mut config: Self = settings::read(path)?;
        config.home = settings::resolve(path, &config.home);
        for entry in [&mut config.keys, &mut config.database] {
            *entry = config.home.join(&entry);
        }
        let spec = config.chain.spec.unwrap_or_else(|| SPEC.into());
        config.chain.spec = Some(config.home.join(spec));
        match &mut config.evidence {
            EvidenceConfig::Simulated { root_key, .. } => *root_key = config.home.join(&root_key),
            EvidenceConfig::Hardware { certificate } => {
                *certificate = certificate.as_ref().map(|path| config.home.join(path));
            }
        }
        Ok(config)
    }
}
