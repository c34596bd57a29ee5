//! Which nodes belong to whom.

use super::*;
use crate::Nodes;
use frame_support::pallet_prelude::DispatchResult;
use secureflow_primitives::{
    bounds::MAX_NODES,
    consortium::{NodeId, NodeList},
};

const FINANCIER: OrgId = OrgId(1);

fn list(keys: &[u8]) -> NodeList {
    let nodes: Vec<_> = keys.iter().map(|key| NodeId::of_key(&[*key; 32])).collect();
    nodes.try_into().expect("few")
}

fn name_nodes(who: u8, keys: &[u8]) -> DispatchResult {
    Consortium::name_nodes(signed(who), list(keys))
}

#[test]
fn an_organisation_names_its_nodes() {
    execute_and_check(|| {
        assert!(Consortium::nodes().is_empty());
        assert_ok!(name_nodes(11, &[1]));
        assert_ok!(name_nodes(10, &[2, 3]));
        let nodes = list(&[2, 3]);
        System::assert_last_event(Event::NodesNamed { org: BANK, nodes }.into());
        assert_eq!(
            last_record(),
            Some((Some(account(10)), Subject::Organisation(BANK), Kind::NodesNamed))
        );
        assert_eq!(Consortium::nodes(), [(BANK, list(&[2, 3])), (FINANCIER, list(&[1]))]);
        // New ones take the place of those before, which are free again.
        assert_ok!(name_nodes(10, &[3, 4]));
        assert_ok!(name_nodes(11, &[2]));
        assert_ok!(name_nodes(10, &[]));
        assert_eq!(Consortium::nodes(), [(FINANCIER, list(&[2]))]);
        assert!(!Nodes::<Test>::contains_key(BANK));
    });
}

#[test]
fn nodes_are_refused() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        assert_ok!(name_nodes(11, &[7]));
        for (who, keys, error) in [
            (20, &[1][..], Error::<Test>::NotOwner),
            (99, &[1], Error::NotOwner),
            (10, &[1, 1], Error::DuplicateNode),
            (10, &[1, 7], Error::NodeTaken),
        ] {
            assert_noop!(name_nodes(who, keys), error);
        }
        // A key of another type; a hash of a key instead of the key.
        for (at, byte) in [(3, 2), (0, 0x12)] {
            let mut node = NodeId::of_key(&[1; 32]);
            node.0[at] = byte;
            let nodes = vec![node].try_into().expect("one");
            assert_noop!(Consortium::name_nodes(signed(10), nodes), Error::<Test>::NodeInvalid);
        }
        let many: Vec<_> = (0..=MAX_NODES as u8).map(|n| NodeId::of_key(&[n; 32])).collect();
        assert!(NodeList::try_from(many).is_err());
    });
}

#[test]
fn nodes_count_while_their_organisation_does() {
    execute_and_check(|| {
        assert_ok!(name_nodes(10, &[1]));
        assert_ok!(name_nodes(11, &[2]));
        assert_ok!(Consortium::suspend(root(), FINANCIER));
        assert_eq!(Consortium::nodes(), [(BANK, list(&[1]))]);
        // It may come back with them, so nobody else gets them.
        assert_noop!(name_nodes(10, &[2]), Error::<Test>::NodeTaken);
        assert_ok!(Consortium::reinstate(root(), FINANCIER));
        assert_eq!(Consortium::nodes().len(), 2);
        assert_ok!(Consortium::remove(root(), FINANCIER));
        assert_ok!(name_nodes(10, &[1, 2]));
        assert_eq!(Consortium::nodes(), [(BANK, list(&[1, 2]))]);
    });
}

#[test]
fn genesis_names_nodes() {
    let node = NodeId::of_key(&[1; 32]);
    build(GenesisConfig {
        nodes: vec![(account(11), vec![node])],
        ..genesis()
    })
    .execute_with(|| assert_eq!(Consortium::nodes(), [(FINANCIER, list(&[1]))]));
}

#[test]
#[should_panic = "the genesis nodes are sound and distinct"]
fn genesis_refuses_one_node_for_two() {
    let node = NodeId::of_key(&[1; 32]);
    build(GenesisConfig {
        nodes: vec![(account(10), vec![node]), (account(11), vec![node])],
        ..genesis()
    });
}
