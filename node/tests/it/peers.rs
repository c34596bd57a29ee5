//! Validators talk to the nodes that members have named.

use crate::{
    chain,
    network::specification,
    node::{Node, BINARY},
};
use secureflow_primitives::consortium::NodeId;
use secureflow_runtime::Runtime;
use std::{path::Path, process::Command};

/// A node's key in a file, and the identity that follows from it.
struct Identity {
    file: String,
    peer: String,
    id: NodeId,
}

impl Identity {
    fn new(folder: &Path, name: &str) -> Self {
        let file = folder.join(name).to_str().expect("UTF-8").to_owned();
        let run = |arguments: &[&str]| {
            let output = Command::new(BINARY).args(arguments).output().expect("the node runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
        };
        run(&["key", "generate-node-key", "--file", &file]);
        let peer = run(&["key", "inspect-node-key", "--file", &file]);
        let parsed: sc_network::PeerId = peer.parse().expect("an identity");
        let id = NodeId(parsed.to_bytes().try_into().expect("38 bytes"));
        Self { file, peer, id }
    }
}

#[test]
fn only_named_nodes_reach_validators() {
    let folder = tempfile::tempdir().expect("a folder");
    let [alice, bob, auditor, stranger] = ["a", "b", "c", "d"].map(|name| Identity::new(folder.path(), name));
    let spec = specification(
        folder.path(),
        &[("Alice", &[&alice.peer, &auditor.peer]), ("Bob", &[&bob.peer])],
    );
    let start = |identity: &Identity, bootnode: Option<&Node>, more: &[&str]| {
        let mut arguments = vec![
            "--chain",
            &spec,
            "--node-key-file",
            &identity.file,
            "--listen-addr",
            "/ip4/127.0.0.1/tcp/0",
        ];
        let address = bootnode.map(|node| node.run["p2p"].as_str().expect("an address"));
        arguments.extend(address.iter().flat_map(|address| ["--bootnodes", address]));
        arguments.extend(more);
        Node::start(&folder.path().join(&identity.peer), &arguments)
    };
    let first = start(&alice, None, &["--validator", "--alice"]);
    // The stranger tries for longer than anyone else.
    let outside = start(&stranger, Some(&first), &[]);
    let second = start(&bob, Some(&first), &["--validator", "--bob"]);
    // A full node would tell the blocks to anyone.
    let inside = start(&auditor, Some(&first), &["--peers", "members"]);

    for node in [&first, &second, &inside] {
        node.wait_until_finalised(5);
    }
    assert_eq!(
        first.run["p2p"].as_str().and_then(|p2p| p2p.rsplit('/').next()),
        Some(&*alice.peer)
    );
    assert_eq!((outside.heads(), outside.peers()), (Some((0, 0)), Some(0)));

    // Who is named no more is dropped, and learns nothing more.
    let name = |identities: &[&Identity]| {
        let nodes: Vec<_> = identities.iter().map(|identity| identity.id).collect();
        let nodes = nodes.try_into().expect("few");
        chain::submit(
            &first,
            "Alice",
            pallet_consortium::Call::<Runtime>::name_nodes { nodes },
        );
    };
    name(&[&alice]);
    inside.wait_for("loss of all peers", || (inside.peers() == Some(0)).then_some(()));
    let (known, _) = inside.heads().expect("it answers");
    second.wait_until_finalised(known + 5);
    assert_eq!(inside.heads().map(|(best, _)| best), Some(known));

    // Who is named is let in while it runs.
    name(&[&alice, &stranger]);
    outside.wait_until_finalised(known + 5);
    assert_eq!(inside.peers(), Some(0));
}

#[test]
fn a_validator_may_be_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let [alice, other] = ["a", "b"].map(|name| Identity::new(folder.path(), name));
    let spec = specification(folder.path(), &[("Alice", &[&alice.peer])]);
    let start = |identity: &Identity, more: &[&str]| {
        let arguments = [
            "--chain",
            &spec,
            "--node-key-file",
            &identity.file,
            "--listen-addr",
            "/ip4/127.0.0.1/tcp/0",
        ];
        Node::start(&folder.path().join(&identity.peer), &[&arguments[..], more].concat())
    };
    let first = start(&alice, &["--validator", "--alice", "--peers", "any"]);
    let second = start(&other, &["--bootnodes", first.run["p2p"].as_str().expect("an address")]);
    second.wait_until_finalised(3);
}
