//! The folder of an organisation or a worker: `config.toml`, the key files, artefacts. Secrets are made by the chain
//! crate, written once, readable by their owner only; nothing here prints one.

use crate::error::{Failure, Result};
use rand::{rngs::OsRng, RngCore};
use secureflow_chain::keys::{AccountKey, KeyError, OrgHome, WorkerHome};
use secureflow_primitives::{attestation::Measurement, JobId};
use serde::{Deserialize, Serialize};
use sp_core::crypto::Ss58Codec;
use std::{
    fs,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Names the worker's build in simulated evidence; it measures nothing.
pub const SIMULATED_LABEL: &[u8] = b"secureflow-worker";

/// `config.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub organisation: OrganisationConfig,
    pub chain: ChainConfig,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerConfig>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationConfig {
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    pub url: String,
}

/// The local API of the organisation's own agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentConfig {
    pub url: String,
}

/// Where the worker's progress can be read, if it can be reached from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    pub http: String,
}

/// The public parts of a home, which others need to know. Hashes and keys in hex, accounts in SS58.
#[derive(Debug, Clone, Serialize)]
pub struct Public {
    pub home: String,
    pub name: String,
    pub account: String,
    pub tls_fingerprint: String,
    #[serde(flatten)]
    pub keys: PublicKeys,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum PublicKeys {
    Organisation {
        agent_account: String,
        signing: String,
        encryption: String,
    },
    Worker {
        session: String,
        /// The root of simulated evidence, where this home holds it.
        #[serde(skip_serializing_if = "Option::is_none")]
        simulated_root: Option<String>,
        simulated_measurement: String,
    },
}

/// A home folder. Nothing is read before it is asked for.
#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn config_file(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// Where a job's files lie.
    pub fn artefacts(&self, job: JobId) -> PathBuf {
        self.root.join("artefacts").join(format!("job-{job}"))
    }

    /// The settings.
    pub fn config(&self) -> Result<Config> {
        let file = self.config_file();
        let text = fs::read_to_string(&file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::new(
                "no_home",
                format!(
                    "{} is not a secureflow home: it has no config.toml",
                    self.root.display()
                ),
            )
            .hint("Make one with `secureflow keys init --name NAME`, or point --home at an existing one."),
            _ => Failure::file(&file, &error),
        })?;
        toml::from_str(&text).map_err(|error| {
            Failure::new("bad_config", format!("{}: {}", file.display(), error.message()))
                .hint("It needs [organisation] name, [chain] url and, for an organisation, [agent] url.")
        })
    }

    /// The organisation's keys.
    pub fn organisation(&self) -> OrgHome {
        OrgHome::open(&self.root)
    }

    /// The account that this home speaks for.
    pub fn account(&self) -> Result<AccountKey> {
        Ok(self.organisation().account()?)
    }

    /// Whether this is a worker's home.
    pub fn is_worker(&self) -> bool {
        self.root.join("keys").join("session.key").exists()
    }

    /// Makes an organisation's home with every key that it needs.
    pub fn init_organisation(&self, name: &str, chain_url: &str, agent_url: &str) -> Result<()> {
        self.must_be_new()?;
        OrgHome::create(&self.root)?;
        for folder in ["datasets", "artefacts"] {
            private_dir(&self.root.join(folder))?;
        }
        self.write_config(name, chain_url, Some(agent_url))
    }

    /// Makes a worker's home, with a root for simulated evidence: it counts only where a genesis names it.
    pub fn init_worker(&self, name: &str, chain_url: &str) -> Result<()> {
        self.must_be_new()?;
        let keys = WorkerHome::create(&self.root)?;
        let mut root = Zeroizing::new([0u8; 32]);
        OsRng.fill_bytes(root.as_mut_slice());
        keys.set_simulated_root(&root)?;
        private_dir(&self.root.join("artefacts"))?;
        self.write_config(name, chain_url, None)
    }

    fn must_be_new(&self) -> Result<()> {
        if !self.root.join("keys").exists() && !self.config_file().exists() {
            return Ok(());
        }
        Err(Failure::new(
            "exists",
            format!(
                "{} already holds keys or settings; nothing was changed",
                self.root.display()
            ),
        )
        .hint("`secureflow keys show` prints the public parts. For another organisation choose another --home."))
    }

    fn write_config(&self, name: &str, chain_url: &str, agent_url: Option<&str>) -> Result<()> {
        let config = Config {
            organisation: OrganisationConfig { name: name.into() },
            chain: ChainConfig { url: chain_url.into() },
            agent: agent_url.map(|url| AgentConfig { url: url.into() }),
            worker: None,
        };
        let text = toml::to_string(&config).map_err(|error| Failure::new("bad_config", error.to_string()))?;
        let file = self.config_file();
        fs::write(&file, text).map_err(|error| Failure::file(&file, &error))
    }

    /// Everything that may be shown.
    pub fn public(&self) -> Result<Public> {
        let name = self.config()?.organisation.name;
        let home = self.root.display().to_string();
        if self.is_worker() {
            let keys = WorkerHome::open(&self.root);
            let root = keys
                .simulated_root()?
                .map(|root| hex0x(root.verifying_key().as_bytes()));
            let session = hex0x(keys.session()?.verifying_key().as_bytes());
            return Ok(Public {
                home,
                name,
                account: keys.account()?.account().to_ss58check(),
                tls_fingerprint: hex0x(&keys.tls()?.fingerprint()),
                keys: PublicKeys::Worker {
                    session,
                    simulated_root: root,
                    simulated_measurement: hex0x(&Measurement::simulated(SIMULATED_LABEL).0),
                },
            });
        }
        let keys = self.organisation();
        let public = keys.public()?;
        Ok(Public {
            home,
            name,
            account: keys.account()?.account().to_ss58check(),
            tls_fingerprint: hex0x(&public.tls_fingerprint),
            keys: PublicKeys::Organisation {
                agent_account: keys.agent()?.account().to_ss58check(),
                signing: hex0x(&public.signing),
                encryption: hex0x(&public.encryption),
            },
        })
    }
}

fn hex0x(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let message = error.to_string();
        match error {
            KeyError::Missing(_) => Self::new("no_key", message).hint(
                "Point --home at the home that holds this key, or make one with `secureflow keys init --name NAME`.",
            ),
            KeyError::Readable { .. } => {
                Self::new("open_key", message).hint("Make new keys if somebody else may have read them.")
            }
            KeyError::Exists(_) => Self::new("exists", message),
            KeyError::Malformed { .. } => Self::new("bad_key", message)
                .hint("Restore the file from a backup: a key that is lost cannot be made again."),
            _ => Self::new("key", message),
        }
    }
}

/// Makes a folder that only its owner can enter; one that exists stays as it is.
pub fn private_dir(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| Failure::file(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_home_is_private_and_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("bank"));
        home.init_organisation("Bank", "ws://127.0.0.1:9944", "http://127.0.0.1:8080")
            .unwrap();
        for entry in fs::read_dir(home.root().join("keys")).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            let public = entry.file_name() == "tls.crt.pem";
            assert!(mode == 0o600 || public, "{:?} has mode {mode:o}", entry.file_name());
        }
        assert_eq!(
            fs::metadata(home.root().join("keys")).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let before = home.public().unwrap();
        let error = home.init_organisation("Other", "ws://x", "http://x").unwrap_err();
        assert_eq!(error.code, "exists");
        assert_eq!(home.public().unwrap().account, before.account);
        assert_eq!(home.config().unwrap().organisation.name, "Bank");
    }

    #[test]
    fn what_is_shown_holds_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        for (index, worker) in [false, true].into_iter().enumerate() {
            let home = Home::new(dir.path().join(index.to_string()));
            match worker {
                false => home.init_organisation("Bank", "ws://a", "http://b").unwrap(),
                true => home.init_worker("w", "ws://a").unwrap(),
            }
            assert_eq!(home.is_worker(), worker);
            let shown = serde_json::to_string(&home.public().unwrap()).unwrap();
            for entry in fs::read_dir(home.root().join("keys")).unwrap() {
                let path = entry.unwrap().path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "key" || extension == "token")
                {
                    let secret = fs::read_to_string(&path).unwrap();
                    assert!(!shown.contains(secret.trim()), "{} is shown", path.display());
                }
            }
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("bank"));
        home.init_organisation("Bank", "ws://a", "http://b").unwrap();
        let file = home.root().join("keys").join("account.key");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(home.account().unwrap_err().code, "open_key");
    }
}
