//! Whom a node lets into its network: the nodes that members have named on chain, or anyone.

use sc_network::PeerId;
use secureflow_primitives::consortium::{NodeId, NodesByOrg};
use std::collections::BTreeSet;

/// What `--peers` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Peers {
    /// The nodes that members have named on chain, and those that this command line names
    Members,
    /// Every node of the chain
    Any,
}

impl Peers {
    /// Validators keep to the members' nodes unless told otherwise; who reads the chain only may talk to anyone.
    pub fn or_default(chosen: Option<Self>, validates: bool) -> Self {
        chosen.unwrap_or(if validates { Self::Members } else { Self::Any })
    }
}

/// Who may connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// No member has named a node yet.
    Open,
    /// These and nobody else.
    Only(BTreeSet<PeerId>),
}

/// What this node is, and whom it talks to whatever the chain says.
#[derive(Clone, Debug)]
pub struct House {
    pub own: PeerId,
    /// The bootnodes and the reserved nodes of the command line and the chain specification.
    pub given: BTreeSet<PeerId>,
}

impl House {
    /// Who may connect while the chain names these nodes.
    pub fn door(&self, named: &NodesByOrg) -> Door {
        let named: BTreeSet<_> = named.iter().flat_map(|(_, nodes)| nodes).filter_map(peer).collect();
        if named.is_empty() {
            return Door::Open;
        }
        let mut peers: BTreeSet<_> = named.union(&self.given).copied().collect();
        peers.remove(&self.own);
        Door::Only(peers)
    }

    /// Whether the chain names this node.
    pub fn is_named(&self, named: &NodesByOrg) -> bool {
        named
            .iter()
            .flat_map(|(_, nodes)| nodes)
            .any(|node| peer(node) == Some(self.own))
    }
}

/// The chain takes no identity that this cannot read.
fn peer(node: &NodeId) -> Option<PeerId> {
    PeerId::from_bytes(&node.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secureflow_primitives::OrgId;

    fn named(keys: &[u8]) -> NodesByOrg {
        let nodes: Vec<_> = keys.iter().map(|key| NodeId::of_key(&[*key; 32])).collect();
        vec![(OrgId(0), nodes.try_into().expect("few"))]
    }

    fn peer_of(key: u8) -> PeerId {
        peer(&NodeId::of_key(&[key; 32])).expect("an Ed25519 key")
    }

    #[test]
    fn validators_are_closed_by_default() {
        assert_eq!(Peers::or_default(None, true), Peers::Members);
        assert_eq!(Peers::or_default(None, false), Peers::Any);
        assert_eq!(Peers::or_default(Some(Peers::Any), true), Peers::Any);
    }

    #[test]
    fn the_door_is_open_until_somebody_is_named() {
        let house = House {
            own: peer_of(1),
            given: BTreeSet::from([peer_of(9)]),
        };
        assert_eq!(house.door(&Vec::new()), Door::Open);
        assert_eq!(house.door(&named(&[])), Door::Open);
        assert_eq!(
            house.door(&named(&[1, 2])),
            Door::Only(BTreeSet::from([peer_of(2), peer_of(9)]))
        );
        assert!(house.is_named(&named(&[1, 2])) && !house.is_named(&named(&[2])));
        // A chain that names this node alone is closed to all but the given ones.
        assert_eq!(house.door(&named(&[1])), Door::Only(house.given.clone()));
    }
}
