//! Mutual TLS 1.3 between self-signed certificates. No authority vouches for anybody: each side asks whether the other's
//! fingerprint is one that the chain names, and the handshake's signature proves that the other holds the key.

mod accept;
mod connect;
mod verify;

pub use accept::{incoming, ConnectionLimits, Peer, Secured};
pub use connect::channel;

use std::{fmt, sync::Arc};

use rustls::{
    client::Resumption,
    crypto::{ring, CryptoProvider},
    server::NoServerSessionStorage,
    version::TLS13,
    ClientConfig, ServerConfig,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

/// HTTP/2, which is all that is spoken.
const ALPN: &[u8] = b"h2";

/// SHA-256 of a certificate's DER form.
pub fn fingerprint(der: &[u8]) -> [u8; 32] {
    Sha256::digest(der).into()
}

/// Says whether a fingerprint may connect.
pub type Admit = Arc<dyn Fn(&[u8; 32]) -> bool + Send + Sync>;

/// The certificate by which this side is known, with its key.
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", hex::encode(fingerprint(&self.certificate)))
    }
}

/// Why a configuration cannot be made or a connection not begun.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate and its key cannot be used: {0}")]
    Identity(#[from] rustls::Error),
    #[error("{0:?} is not an address of the form https://host:port")]
    Endpoint(String),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// For a server that admits clients by the fingerprint of their certificate.
pub fn server_config(identity: &Identity, admit: Admit) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = provider();
    let verifier = Arc::new(verify::AdmittedClients::new(admit, &provider));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![identity.certificate.clone()], identity.key.clone_key())?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    // A resumed session would skip the question whether the client is still admitted.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// For a client that knows its server by the fingerprint of its certificate.
pub fn client_config(identity: &Identity, server: [u8; 32]) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = provider();
    let verifier = Arc::new(verify::PinnedServer::new(server, &provider));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_auth_cert(vec![identity.certificate.clone()], identity.key.clone_key())?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}
