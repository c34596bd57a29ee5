use crate::{
    node::{Node, BINARY},
    websocket::WebSocket,
};
use serde_json::json;
use std::{fs, path::Path, process::Command};

#[test]
fn a_development_chain_finalises() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Node::start(folder.path(), &["--dev", "--listen-addr", "/ip4/127.0.0.1/tcp/0"]);
    node.wait_until_finalised(3);
    let p2p = node.run["p2p"].as_str().expect("an address");
    assert!(
        p2p.starts_with("/ip4/127.0.0.1/tcp/") && p2p.contains("/p2p/12D3"),
        "{p2p}"
    );
    assert!(node
        .metrics()
        .is_some_and(|metrics| metrics.contains("substrate_block_height")));
    // Clients find the new JSON-RPC interface by these names.
    let methods = node.call("rpc_methods", json!([])).expect("an answer").to_string();
    for method in [
        "chainHead_v1_follow",
        "transactionWatch_v1_submitAndWatch",
        "system_accountNextIndex",
        "grandpa_subscribeJustifications",
        "grandpa_unsubscribeJustifications",
    ] {
        assert!(methods.contains(method), "{method} is missing in {methods}");
    }
    // The justification of a block that became final just now: eight bytes of the round, then the block.
    let mut socket = WebSocket::connect(node.run["rpc"].as_str().expect("an address"));
    let subscribed = socket.call("grandpa_subscribeJustifications", json!([]));
    assert!(subscribed["result"].is_string(), "{subscribed}");
    let pushed = socket.receive();
    let justification = pushed["params"]["result"].as_str().expect("bytes");
    let block = format!("0x{}", &justification[2 + 16..2 + 16 + 64]);
    let header = node.call("chain_getHeader", json!([block])).expect("an answer");
    let number = u64::from_str_radix(&header["number"].as_str().expect("a header")[2..], 16).expect("a number");
    assert!(number > 3, "block {number} was final before");
    // That of the first block after the genesis that became final is kept, and so is one of every 32 blocks.
    let kept = (1..=number).any(|number| {
        let hash = node.call("chain_getBlockHash", json!([number]));
        let block = node.call("chain_getBlock", json!([hash])).expect("an answer");
        block["justifications"].is_array()
    });
    assert!(kept, "no block keeps its justification");
    let rounds = node.call("grandpa_roundState", json!([])).expect("an answer");
    assert_eq!(rounds["best"]["totalWeight"], 1, "{rounds}");
}

/// Writes a consortium with the well-known keys of the given names, each with its nodes, and its chain specification.
pub fn specification(folder: &Path, parties: &[(&str, &[&str])]) -> String {
    let public = |name: &str, scheme: &str| {
        let output = Command::new(BINARY)
            .args([
                "key",
                "inspect",
                &format!("//{name}"),
                "--scheme",
                scheme,
                "--output-type",
                "json",
            ])
            .output()
            .expect("the node runs");
        let key: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        key["publicKey"].as_str().expect("a key").to_owned()
    };
    let organisations: Vec<_> = parties
        .iter()
        .map(|(name, nodes)| {
            let aura = public(name, "sr25519");
            json!({
                "name": name, "account": aura, "points": 1_000,
                "validator": {"aura": aura, "grandpa": public(name, "ed25519")}, "nodes": nodes,
            })
        })
        .collect();
    let consortium = json!({
        "name": "Test", "id": "test", "organisations": organisations, "simulated_root": format!("0x{}", "01".repeat(32)),
    });
    let file = folder.join("consortium.json");
    fs::write(&file, consortium.to_string()).expect("writes");
    let output = Command::new(BINARY)
        .args(["build-spec", "--consortium", file.to_str().expect("UTF-8")])
        .output()
        .expect("the node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let spec = folder.join("chain-spec.json");
    fs::write(&spec, output.stdout).expect("writes");
    spec.to_str().expect("UTF-8").to_owned()
}

#[test]
fn three_of_four_validators_finalise_and_the_fourth_catches_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["Alice", "Bob", "Charlie", "Dave"];
    let spec = specification(folder.path(), &names.map(|name| (name, &[][..])));
    let start = |name: &str, port: &str, bootnode: Option<&str>| {
        let flag = format!("--{}", name.to_lowercase());
        let listen = format!("/ip4/127.0.0.1/tcp/{port}");
        let mut arguments = vec![
            "--chain",
            &spec,
            "--validator",
            &flag,
            "--unsafe-force-node-key-generation",
            "--listen-addr",
            &listen,
        ];
        arguments.extend(bootnode.iter().flat_map(|address| ["--bootnodes", address]));
        Node::start(&folder.path().join(name), &arguments)
    };

    let first = start("Alice", "0", None);
    let bootnode = first.run["p2p"].as_str().expect("an address").to_owned();
    let others: Vec<_> = names[1..]
        .iter()
        .map(|name| start(name, "0", Some(&bootnode)))
        .collect();
    first.wait_until_finalised(5);

    let [second, third, fourth] = <[Node; 3]>::try_from(others).ok().expect("three others");
    let peer = fourth.run["p2p"].as_str().expect("an address").to_owned();
    let port = peer.split('/').nth(4).expect("a port").to_owned();
    fourth.kill();
    let (_, stopped_at) = first.heads().expect("it answers");
    second.wait_until_finalised(stopped_at + 5);

    let fourth = start("Dave", &port, Some(&bootnode));
    assert_eq!(fourth.run["p2p"], peer, "it keeps its identity and port");
    let (_, finalised) = third.heads().expect("it answers");
    fourth.wait_until_finalised(finalised + 3);
    let hash = |node: &Node| node.call("chain_getBlockHash", json!([finalised])).expect("an answer");
    assert_eq!(hash(&fourth), hash(&first), "one chain");
}
