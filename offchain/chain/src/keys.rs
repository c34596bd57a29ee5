//! Key files: thirty-two secret bytes as hex and a newline, readable by their owner only.

mod file;
mod home;
mod tls;

pub use file::{create_secret, read_secret};
pub use home::{OrgHome, WorkerHome};
pub use tls::{fingerprint, TlsIdentity};

use std::{fmt, path::PathBuf};

use secureflow_primitives::AccountId;
use sp_core::{sr25519, Pair};

/// What can be wrong with a key file.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{} exists already; a key is never overwritten", .0.display())]
    Exists(PathBuf),
    #[error("{} is missing", .0.display())]
    Missing(PathBuf),
    #[error("others can read {}: run chmod {} on it", path.display(), if *folder { "700" } else { "600" })]
    Readable { path: PathBuf, folder: bool },
    #[error("{} is not a key file: {reason}", path.display())]
    Malformed { path: PathBuf, reason: String },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
}

/// The key of an account on chain: sr25519, from a 32-byte mini secret.
#[derive(Clone)]
pub struct AccountKey(sr25519::Pair);

impl AccountKey {
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(sr25519::Pair::from_seed(secret))
    }

    /// The key of a development account such as `Alice`; everybody has it.
    pub fn development(name: &str) -> Option<Self> {
        sr25519::Pair::from_string(&format!("//{name}"), None).ok().map(Self)
    }

    pub fn account(&self) -> AccountId {
        AccountId::new(self.0.public().0)
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).0
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountKey({})", self.account())
    }
}
