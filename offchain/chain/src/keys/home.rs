//! The folders in which an organisation and a worker keep their keys.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use secureflow_primitives::consortium::OrgKeys;
use zeroize::Zeroizing;

use super::{file, read_secret, AccountKey, KeyError, TlsIdentity};

const ACCOUNT: &str = "account.key";
const AGENT: &str = "agent.key";
const SIGNING: &str = "signing.key";
const ENCRYPTION: &str = "encryption.key";
const SESSION: &str = "session.key";
const SIMULATED_ROOT: &str = "simulated-root.key";
const TLS_KEY: &str = "tls.key.pem";
const TLS_CERTIFICATE: &str = "tls.crt.pem";
const API_TOKEN: &str = "api.token";

/// The keys of an organisation, in `<home>/keys`. Each is read when it is asked for, so that a process holds only what it
/// uses.
#[derive(Clone, Debug)]
pub struct OrgHome {
    keys: PathBuf,
}

impl OrgHome {
    pub fn open(home: &Path) -> Self {
        Self::at(home.join("keys"))
    }

    /// The keys in a folder of another name.
    pub fn at(keys: impl Into<PathBuf>) -> Self {
        Self { keys: keys.into() }
    }

    /// Makes the keys that are missing; those that are there stay.
    pub fn create(home: &Path) -> Result<Self, KeyError> {
        file::private_folder(home)?;
        let this = Self::open(home);
        file::private_folder(&this.keys)?;
        for name in [ACCOUNT, AGENT, SIGNING, ENCRYPTION, API_TOKEN] {
            generate_missing(&this.keys.join(name))?;
        }
        create_tls(&this.keys)?;
        Ok(this)
    }

    /// Speaks for the organisation.
    pub fn account(&self) -> Result<AccountKey, KeyError> {
        Ok(AccountKey::from_secret(&*read_secret(&self.keys.join(ACCOUNT))?))
    }

    /// The agent's own account, an operator of the organisation.
    pub fn agent(&self) -> Result<AccountKey, KeyError> {
        Ok(AccountKey::from_secret(&*read_secret(&self.keys.join(AGENT))?))
    }

    /// Signs what the agent says in protocols.
    pub fn signing(&self) -> Result<SigningKey, KeyError> {
        Ok(SigningKey::from_bytes(&*read_secret(&self.keys.join(SIGNING))?))
    }

    /// Opens audit entries.
    pub fn encryption(&self) -> Result<crypto_box::SecretKey, KeyError> {
        Ok(crypto_box::SecretKey::from(*read_secret(&self.keys.join(ENCRYPTION))?))
    }

    /// All keys that open audit entries, today's first, then those before it, the newest first: an entry opens with the
    /// key that was registered when its epoch began.
    pub fn encryption_history(&self) -> Result<Vec<crypto_box::SecretKey>, KeyError> {
        let mut secrets = vec![self.encryption()?];
        let kept = (1..).map(|n| self.kept_encryption(n)).take_while(|path| path.exists());
        let kept: Vec<PathBuf> = kept.collect();
        for path in kept.iter().rev() {
            secrets.push(crypto_box::SecretKey::from(*read_secret(path)?));
        }
        Ok(secrets)
    }

    /// Makes a new key for audit entries and keeps the old one, which opens what was encrypted to it.
    pub fn rotate_encryption(&self) -> Result<(), KeyError> {
        let (current, fresh) = (self.keys.join(ENCRYPTION), self.keys.join("encryption.new.key"));
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source| KeyError::Io { path, source }
        };
        self.encryption()?;
        // A crash between any two steps leaves both keys: a second name for the old one comes first. What an earlier
        // attempt has left half done is thrown away, since nothing was encrypted to it.
        match std::fs::remove_file(&fresh) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(&fresh)(error)),
            _ => {}
        }
        file::generate(&fresh)?;
        let kept = (1..).map(|n| self.kept_encryption(n)).find(|path| !path.exists());
        let kept = kept.ok_or(KeyError::Exists(current.clone()))?;
        std::fs::hard_link(&current, &kept).map_err(failed(&kept))?;
        std::fs::rename(&fresh, &current).map_err(failed(&current))
    }

    fn kept_encryption(&self, n: u32) -> PathBuf {
        self.keys.join(format!("encryption.{n}.key"))
    }

    pub fn tls(&self) -> Result<TlsIdentity, KeyError> {
        load_tls(&self.keys)
    }

    /// The bearer token of the agent's local API.
    pub fn api_token(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(Zeroizing::new(hex::encode(*read_secret(&self.keys.join(API_TOKEN))?)))
    }

    /// What the chain is told of these keys.
    pub fn public(&self) -> Result<OrgKeys, KeyError> {
        Ok(OrgKeys {
            tls_fingerprint: self.tls()?.fingerprint(),
            signing: self.signing()?.verifying_key().to_bytes(),
            encryption: *self.encryption()?.public_key().as_bytes(),
        })
    }
}

/// The keys of a worker, in `<home>/keys`.
#[derive(Clone, Debug)]
pub struct WorkerHome {
    keys: PathBuf,
}

impl WorkerHome {
    pub fn open(home: &Path) -> Self {
        Self::at(home.join("keys"))
    }

    /// The keys in a folder of another name.
    pub fn at(keys: impl Into<PathBuf>) -> Self {
        Self { keys: keys.into() }
    }

    /// Makes the keys that are missing. The root of simulated evidence is not made here: a network has one, and
    /// [`WorkerHome::set_simulated_root`] puts it in place.
    pub fn create(home: &Path) -> Result<Self, KeyError> {
        file::private_folder(home)?;
        let this = Self::open(home);
        file::private_folder(&this.keys)?;
        for name in [ACCOUNT, SESSION] {
            generate_missing(&this.keys.join(name))?;
        }
        create_tls(&this.keys)?;
        Ok(this)
    }

    pub fn account(&self) -> Result<AccountKey, KeyError> {
        Ok(AccountKey::from_secret(&*read_secret(&self.keys.join(ACCOUNT))?))
    }

    /// Signs commitments and results.
    pub fn session(&self) -> Result<SigningKey, KeyError> {
        Ok(SigningKey::from_bytes(&*read_secret(&self.keys.join(SESSION))?))
    }

    pub fn tls(&self) -> Result<TlsIdentity, KeyError> {
        load_tls(&self.keys)
    }

    /// The root that simulated evidence is signed with; none on a network that does not simulate.
    pub fn simulated_root(&self) -> Result<Option<SigningKey>, KeyError> {
        match read_secret(&self.keys.join(SIMULATED_ROOT)) {
            Ok(secret) => Ok(Some(SigningKey::from_bytes(&secret))),
            Err(KeyError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn set_simulated_root(&self, secret: &[u8; 32]) -> Result<(), KeyError> {
        file::create_secret(&self.keys.join(SIMULATED_ROOT), secret)
    }
}

fn generate_missing(path: &Path) -> Result<(), KeyError> {
    if path.exists() {
        Ok(())
    } else {
        file::generate(path)
    }
}

fn create_tls(keys: &Path) -> Result<(), KeyError> {
    let (key, certificate) = (keys.join(TLS_KEY), keys.join(TLS_CERTIFICATE));
    if key.exists() && certificate.exists() {
        return Ok(());
    }
    TlsIdentity::create(&key, &certificate).map(|_| ())
}

fn load_tls(keys: &Path) -> Result<TlsIdentity, KeyError> {
    TlsIdentity::load(&keys.join(TLS_KEY), &keys.join(TLS_CERTIFICATE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_rotation_keeps_what_opens_the_past() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("home");
        let home = OrgHome::create(&root).unwrap();
        let public = |home: &OrgHome| *home.encryption().unwrap().public_key().as_bytes();
        let mut expected = vec![public(&home)];
        for _ in 0..3 {
            home.rotate_encryption().unwrap();
            assert!(!expected.contains(&public(&home)));
            expected.insert(0, public(&home));
        }
        let history = home.encryption_history().unwrap();
        let found: Vec<_> = history.iter().map(|key| *key.public_key().as_bytes()).collect();
        assert_eq!(found, expected);
        assert_eq!(home.public().unwrap().encryption, expected[0]);
        for entry in std::fs::read_dir(root.join("keys")).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert!(
                mode == 0o600 || entry.file_name() == TLS_CERTIFICATE,
                "{:?}",
                entry.path()
            );
        }
    }
}
