//! Keeps the network to the nodes that members have named, as the finalised chain has them.

use crate::service::Client;
use futures::StreamExt;
use sc_client_api::{BlockchainEvents, HeaderBackend};
use sc_network::{service::traits::NetworkService, PeerId};
use sc_service::Configuration;
use secureflow_node::peers::{Door, House};
use secureflow_runtime::{api::SecureflowApi, Hash};
use sp_api::ProvideRuntimeApi;
use std::{collections::BTreeSet, sync::Arc};

pub struct Doorkeeper {
    client: Arc<Client>,
    network: Arc<dyn NetworkService>,
    house: House,
    /// What the network was told last; before the first time it takes everyone.
    door: Option<Door>,
    /// Whether it was said that the chain does not name this node.
    warned: bool,
}

/// Peers that the command line and the chain specification name.
pub fn given(config: &Configuration) -> BTreeSet<PeerId> {
    let network = &config.network;
    network
        .boot_nodes
        .iter()
        .chain(&network.default_peers_set.reserved_nodes)
        .map(|node| node.peer_id)
        .collect()
}

impl Doorkeeper {
    pub fn new(client: Arc<Client>, network: Arc<dyn NetworkService>, given: BTreeSet<PeerId>) -> Self {
        let own = network.local_peer_id();
        Self {
            client,
            network,
            house: House { own, given },
            door: None,
            warned: false,
        }
    }

    /// Follows the finalised chain; ends only when the node does.
    pub async fn keep(mut self) {
        let mut finalised = self.client.finality_notification_stream();
        self.look(self.client.info().finalized_hash);
        while let Some(notification) = finalised.next().await {
            self.look(notification.hash);
        }
    }

    fn look(&mut self, block: Hash) {
        let named = match self.client.runtime_api().nodes(block) {
            Ok(named) => named,
            // What was read last still holds: a block whose state is gone opens no door.
            Err(error) => return tracing::warn!(?block, %error, "cannot read which nodes the members have named"),
        };
        let door = self.house.door(&named);
        if self.door.as_ref() != Some(&door) {
            self.set(&door);
            self.door = Some(door);
        }
        let unnamed = !named.is_empty() && !self.house.is_named(&named);
        if unnamed && !self.warned {
            tracing::warn!(
                node = %self.house.own,
                "no member has named this node on chain, so validators will not talk to it; name it with `secureflow org nodes`"
            );
        }
        self.warned = unnamed;
    }

    /// The voting and the transactions go to the peers of the block announcements only, so that set decides for all three.
    fn set(&self, door: &Door) {
        match door {
            Door::Open => {
                tracing::warn!(
                    "no member has named a node on chain, so anyone may connect; name yours with `secureflow org nodes`"
                );
                if self.door.is_some() {
                    self.network.set_authorized_only(false);
                }
            }
            Door::Only(peers) => {
                tracing::info!(
                    peers = peers.len(),
                    "talks only to nodes that members have named on chain"
                );
                // In this order: the network drops everyone when the door closes, and then connects to those who are
                // reserved. Were they reserved and connected before, it would take them for leaving, and could not drop
                // them later.
                if !matches!(self.door, Some(Door::Only(_))) {
                    self.network.set_authorized_only(true);
                }
                self.network.set_authorized_peers(peers.iter().copied().collect());
            }
        }
    }
}
