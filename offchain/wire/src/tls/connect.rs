//! A channel to a server whose fingerprint is known.

use std::{io, time::Duration};

use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};

use super::{client_config, Identity, TlsError};

const CONNECT: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// A channel to `https://host:port` that accepts the certificate with this fingerprint and no other. It connects when it
/// is first used, and again after an outage.
pub fn channel(endpoint: &str, server: [u8; 32], identity: &Identity) -> Result<Channel, TlsError> {
    let wrong = || TlsError::Endpoint(endpoint.to_string());
    let uri: Uri = endpoint.parse().map_err(|_| wrong())?;
    let host = uri.host().ok_or_else(wrong)?.trim_matches(['[', ']']).to_string();
    let port = uri.port_u16().ok_or_else(wrong)?;
    if host.is_empty() || uri.scheme_str() != Some("https") || !matches!(uri.path(), "" | "/") || uri.query().is_some()
    {
        return Err(wrong());
    }
    let authority = uri.authority().ok_or_else(wrong)?;
    let connector = TlsConnector::from(client_config(identity, server)?);
    // The name is not looked at: the fingerprint is.
    let name = ServerName::try_from("secureflow").map_err(|_| wrong())?;
    let connect = tower::service_fn(move |_: Uri| {
        let (connector, name, host) = (connector.clone(), name.clone(), host.clone());
        async move {
            let open = async {
                let stream = TcpStream::connect((host.as_str(), port)).await?;
                stream.set_nodelay(true)?;
                connector.connect(name, stream).await
            };
            let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the connection takes too long");
            tokio::time::timeout(CONNECT, open)
                .await
                .map_err(late)?
                .map(TokioIo::new)
        }
    });
    // tonic would make TLS of its own out of `https`.
    let endpoint = Endpoint::from_shared(format!("http://{authority}")).map_err(|_| wrong())?;
    Ok(endpoint
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
        .connect_with_connector_lazy(connect))
}
