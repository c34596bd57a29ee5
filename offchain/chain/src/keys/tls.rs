//! Self-signed certificates. Nobody vouches for them: the chain names their fingerprints.

use std::{fmt, path::Path};

use rustls_pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{file, KeyError};

/// SHA-256 of a certificate's DER form: what the chain knows it by.
pub fn fingerprint(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}

/// A certificate with its key.
pub struct TlsIdentity {
    pub certificate: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsIdentity({})", hex::encode(self.fingerprint()))
    }
}

impl TlsIdentity {
    /// Makes a key and a certificate in two new files.
    pub fn create(key_path: &Path, certificate_path: &Path) -> Result<Self, KeyError> {
        let key = rcgen::KeyPair::generate()?;
        let certificate = rcgen::CertificateParams::new(vec!["secureflow".to_string()])?.self_signed(&key)?;
        file::create_private(key_path, Zeroizing::new(key.serialize_pem()).as_bytes())?;
        file::write_new(certificate_path, certificate.pem().as_bytes(), 0o644)?;
        Self::load(key_path, certificate_path)
    }

    pub fn load(key_path: &Path, certificate_path: &Path) -> Result<Self, KeyError> {
        let malformed = |path: &Path, reason: rustls_pki_types::pem::Error| KeyError::Malformed {
            path: path.into(),
            reason: reason.to_string(),
        };
        let pem = file::read_private(key_path)?;
        let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| malformed(key_path, error))?;
        let pem = std::fs::read(certificate_path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => KeyError::Missing(certificate_path.into()),
            _ => KeyError::Io {
                path: certificate_path.into(),
                source,
            },
        })?;
        let certificate = CertificateDer::from_pem_slice(&pem).map_err(|error| malformed(certificate_path, error))?;
        Ok(Self { certificate, key })
    }

    pub fn fingerprint(&self) -> [u8; 32] {
        fingerprint(&self.certificate)
    }
}
