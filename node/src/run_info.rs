//! Tells other programs where the node listens. Ports may be chosen by the system (`--port 0 --rpc-port 0
//! --prometheus-port 0`); once the node listens it writes what it got to `<base-path>/run.json`.

use sc_network::{service::traits::NetworkService, Multiaddr, NetworkStateInfo};
use sc_service::{Configuration, Error, RpcHandlers};
use serde::Serialize;
use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

const FILE: &str = "run.json";
/// How often the network is asked whether it listens, and how many times.
const POLL: (Duration, u32) = (Duration::from_millis(50), 600);

/// The content of `run.json`.
#[derive(Debug, Serialize)]
struct RunInfo {
    pid: u32,
    /// `127.0.0.1:PORT` of JSON-RPC, for HTTP and WebSocket.
    rpc: Option<String>,
    /// The address at which peers reach this node, with its identity.
    p2p: Option<String>,
    /// `127.0.0.1:PORT` of the metrics.
    prometheus: Option<String>,
}

/// The exporter binds its port by itself and does not say which one it got, so one is chosen for it here. Another process
/// could take the port in between; then the node runs without metrics and says so in its log.
pub fn reserve_prometheus_port(config: &mut Configuration) -> io::Result<()> {
    if let Some(prometheus) = config
        .prometheus_config
        .as_mut()
        .filter(|prometheus| prometheus.port.port() == 0)
    {
        prometheus.port = TcpListener::bind(prometheus.port)?.local_addr()?;
    }
    Ok(())
}

/// Removes what an earlier run wrote, so that nobody takes its ports for this run's.
pub fn forget_last_run(config: &Configuration) -> Result<(), Error> {
    match fs::remove_file(config.base_path.path().join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// What is known before the node listens.
pub struct Announcement {
    file: PathBuf,
    prometheus: Option<SocketAddr>,
}

impl Announcement {
    pub fn new(config: &Configuration) -> Self {
        Self {
            file: config.base_path.path().join(FILE),
            prometheus: config.prometheus_config.as_ref().map(|prometheus| prometheus.port),
        }
    }

    /// Waits until the network listens, then writes the file.
    pub async fn write(self, rpc: RpcHandlers, network: Arc<dyn NetworkService>) {
        let (pause, attempts) = POLL;
        let mut p2p = None;
        for _ in 0..attempts {
            p2p = nearest(&network.listen_addresses());
            if p2p.is_some() {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        let peer = network.local_peer_id();
        let info = RunInfo {
            pid: std::process::id(),
            rpc: nearest(rpc.listen_addresses()).as_ref().and_then(socket),
            p2p: p2p.map(|address| with_peer(&address, &peer.to_base58())),
            prometheus: self.prometheus.map(|address| address.to_string()),
        };
        match save(&self.file, &info) {
            Ok(()) => tracing::info!(file = %self.file.display(), rpc = ?info.rpc, p2p = ?info.p2p, "node listens"),
            Err(error) => tracing::error!(file = %self.file.display(), %error, "cannot write where the node listens"),
        }
    }
}

/// Writes beside the file and renames, so that a reader never sees half of it.
fn save(file: &Path, info: &RunInfo) -> io::Result<()> {
    let draft = file.with_extension("json.new");
    fs::write(&draft, serde_json::to_vec_pretty(info)?)?;
    fs::rename(draft, file)
}

/// The address to give to a program on this machine: TCP, loopback before other IPv4 before IPv6.
fn nearest(addresses: &[Multiaddr]) -> Option<Multiaddr> {
    let rank = |address: &&Multiaddr| {
        let text = address.to_string();
        match text {
            _ if text.starts_with("/ip4/127.") => 0,
            _ if text.starts_with("/ip4/") => 1,
            _ => 2,
        }
    };
    addresses
        .iter()
        .filter(|address| plain_tcp(&address.to_string()))
        .min_by_key(rank)
        .cloned()
}

fn plain_tcp(address: &str) -> bool {
    address.contains("/tcp/") && !address.contains("/ws")
}

/// `/ip4/127.0.0.1/tcp/9944` as `127.0.0.1:9944`.
fn socket(address: &Multiaddr) -> Option<String> {
    let text = address.to_string();
    let mut parts = text.split('/').skip(1);
    match (parts.next()?, parts.next()?, parts.next()?, parts.next()?) {
        ("ip4", ip, "tcp", port) => Some(format!("{ip}:{port}")),
        ("ip6", ip, "tcp", port) => Some(format!("[{ip}]:{port}")),
        _ => None,
    }
}

/// The address with the peer's identity, which some backends already append.
fn with_peer(address: &Multiaddr, peer: &str) -> String {
    let text = address.to_string();
    if text.contains("/p2p/") {
        text
    } else {
        format!("{text}/p2p/{peer}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<Multiaddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    #[test]
    fn loopback_comes_first_and_websocket_never() {
        let all = addresses(&[
            "/ip6/::1/tcp/1",
            "/ip4/10.0.0.7/tcp/2",
            "/ip4/127.0.0.1/tcp/3/ws",
            "/ip4/127.0.0.1/tcp/4",
        ]);
        assert_eq!(nearest(&all), Some(all[3].clone()));
        assert_eq!(nearest(&all[..2]), Some(all[1].clone()));
        assert_eq!(nearest(&all[2..3]), None);
    }

    #[test]
    fn addresses_become_sockets() {
        for (address, expected) in [
            ("/ip4/127.0.0.1/tcp/9944", "127.0.0.1:9944"),
            ("/ip6/::1/tcp/9944", "[::1]:9944"),
        ] {
            assert_eq!(socket(&addresses(&[address])[0]).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_peer_is_appended_once() {
        let peer = "12D3KooWBmAwcd4PJNJvfV89HwE48nwkRmAgo8Vy3uQEyNNHBox2";
        let bare = addresses(&["/ip4/127.0.0.1/tcp/1"]).remove(0);
        let full = with_peer(&bare, peer);
        assert_eq!(full, format!("/ip4/127.0.0.1/tcp/1/p2p/{peer}"));
        assert_eq!(with_peer(&addresses(&[&full])[0], peer), full);
    }
}
