//! The nodes that organisations name, which validators let into their network.

use crate::pallet::*;
use frame_support::ensure;
use secureflow_primitives::{
    audit::{Kind, Subject},
    consortium::{NodeId, NodeList, NodesByOrg},
    traits::{AuditLog, Membership},
    AccountId, OrgId,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    /// Names the nodes of a new chain.
    pub(crate) fn set_genesis_nodes(nodes: &[(AccountId, alloc::vec::Vec<NodeId>)]) {
        for (account, nodes) in nodes {
            let org = Self::owner(account).expect("a genesis node's account is that of a genesis organisation");
            let nodes = NodeList::try_from(nodes.clone()).expect("an organisation has 4 genesis nodes at most");
            Self::put_nodes(org, nodes).expect("the genesis nodes are sound and distinct");
        }
    }

    pub(crate) fn do_name_nodes(who: AccountId, nodes: NodeList) -> DispatchResult {
        let org = Self::owner(&who).ok_or(Error::<T>::NotOwner)?;
        Self::put_nodes(org, nodes.clone())?;
        Self::deposit_event(Event::NodesNamed { org, nodes });
        T::Audit::record(Some(&who), None, Subject::Organisation(org), Kind::NodesNamed)
    }

    fn put_nodes(org: OrgId, nodes: NodeList) -> Result<(), Error<T>> {
        for (n, node) in nodes.iter().enumerate() {
            ensure!(node.is_sound(), Error::<T>::NodeInvalid);
            ensure!(!nodes[..n].contains(node), Error::<T>::DuplicateNode);
        }
        for (other, theirs) in Nodes::<T>::iter() {
            // Whoever was suspended may come back with its nodes.
            let taken = other != org && theirs.iter().any(|node| nodes.contains(node));
            ensure!(!taken, Error::<T>::NodeTaken);
        }
        match nodes.is_empty() {
            true => Nodes::<T>::remove(org),
            false => Nodes::<T>::insert(org, nodes),
        }
        Ok(())
    }

    /// The nodes of the active organisations that have named any, in the order of their ids.
    pub(crate) fn active_nodes() -> NodesByOrg {
        let mut nodes: NodesByOrg = Nodes::<T>::iter().filter(|(org, _)| Self::is_active(*org)).collect();
        nodes.sort_unstable_by_key(|(org, _)| *org);
        nodes
    }
}
