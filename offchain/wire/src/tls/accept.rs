//! Connections that have passed the handshake.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::Stream;
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{mpsc, OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::{server::TlsStream, TlsAcceptor};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::fingerprint;

/// How many connections there may be at a time, and how long a handshake may take.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Past this many, a new connection is closed at once.
    pub connections: usize,
    /// Past this many, new ones wait.
    pub handshakes: usize,
    pub handshake: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            handshakes: 64,
            handshake: Duration::from_secs(10),
        }
    }
}

/// Who is at the other end. Found in the extensions of every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// SHA-256 of its certificate's DER form; it has proved that it holds the key.
    pub fingerprint: [u8; 32],
    pub address: SocketAddr,
}

/// A connection that has passed the handshake.
pub struct Secured {
    stream: TlsStream<TcpStream>,
    peer: Peer,
    _place: OwnedSemaphorePermit,
}

/// Accepts connections for as long as the stream lives. Each handshake runs beside the others, so that a slow one holds
/// up nobody.
pub fn incoming(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    limits: ConnectionLimits,
) -> impl Stream<Item = io::Result<Secured>> {
    let (to, from) = mpsc::channel(16);
    tokio::spawn(accept(listener, TlsAcceptor::from(config), limits, to));
    ReceiverStream::new(from)
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    limits: ConnectionLimits,
    to: mpsc::Sender<io::Result<Secured>>,
) {
    let connections = Arc::new(Semaphore::new(limits.connections));
    let handshakes = Arc::new(Semaphore::new(limits.handshakes));
    loop {
        let Ok(turn) = handshakes.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = to.closed() => return,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Mostly too many open files: a pause lets some of them close.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = connections.clone().try_acquire_owned() else {
            tracing::warn!(%address, "too many connections, closing a new one");
            continue;
        };
        let (acceptor, to) = (acceptor.clone(), to.clone());
        tokio::spawn(async move {
            let _turn = turn;
            match tokio::time::timeout(limits.handshake, handshake(&acceptor, stream)).await {
                Ok(Ok((stream, fingerprint))) => {
                    let peer = Peer { fingerprint, address };
                    // Whoever reads the other end has shut down if this fails.
                    let _ = to
                        .send(Ok(Secured {
                            stream,
                            peer,
                            _place: place,
                        }))
                        .await;
                }
                Ok(Err(error)) => tracing::debug!(%address, %error, "a handshake failed"),
                Err(_) => tracing::debug!(%address, "a handshake took too long"),
            }
        });
    }
}

async fn handshake(acceptor: &TlsAcceptor, stream: TcpStream) -> io::Result<(TlsStream<TcpStream>, [u8; 32])> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let fingerprint = certificate.map(|certificate| fingerprint(certificate));
    let missing = || io::Error::new(io::ErrorKind::PermissionDenied, "the client showed no certificate");
    Ok((stream, fingerprint.ok_or_else(missing)?))
}

impl Connected for Secured {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

impl AsyncRead for Secured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
