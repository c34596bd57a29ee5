//! A worker whose node lies, on a network of real processes.

use crate::{network as bring_up, Folder};
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        Arc,
    },
    thread,
    time::{Duration, Instant},
};
use xtask::{demo, network::Network};

/// Stands between a worker and a node, and changes proofs of values on their way while it is told to.
struct Liar {
    address: String,
    lies: Arc<AtomicBool>,
    told: Arc<AtomicUsize>,
}

/// What a proof begins with in a node's answer. Answers travel in clear text, and one digit for another keeps their
/// length.
const PROOF: &[u8] = b"\"proof\":[\"0x";
/// How far behind that a digit is changed: within the first trie node.
const DIGIT: usize = 20;

impl Liar {
    fn before(node: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has one").to_string();
        let (lies, told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (node, change, count) = (node.trim_start_matches("ws://").to_owned(), lies.clone(), told.clone());
        // Nodes answer those only who ask for them by their own address.
        assert_eq!(address.len(), node.len(), "ports of one length, from the system");
        let (asked, meant) = (address.clone(), node.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&node) else {
                    continue;
                };
                let (from, to) = (
                    client.try_clone().expect("a socket"),
                    server.try_clone().expect("a socket"),
                );
                let (asked, meant) = (asked.clone(), meant.clone());
                thread::spawn(move || pass(from, to, |bytes| readdress(bytes, &asked, &meant)));
                let (change, count) = (change.clone(), count.clone());
                thread::spawn(move || {
                    pass(server, client, |bytes| {
                        if change.load(Ordering::Acquire) && falsify(bytes) {
                            count.fetch_add(1, Ordering::AcqRel);
                        }
                    })
                });
            }
        });
        Self { address, lies, told }
    }
}

/// Puts the node's address in place of the liar's in a request's head.
fn readdress(bytes: &mut [u8], asked: &str, meant: &str) {
    let place = bytes.windows(asked.len()).position(|window| window == asked.as_bytes());
    if let Some(place) = place {
        bytes[place..place + meant.len()].copy_from_slice(meant.as_bytes());
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, change: impl Fn(&mut [u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        change(&mut buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
    let _ = from.shutdown(std::net::Shutdown::Both);
}

/// Changes a digit of the first proof in an answer, if there is one.
fn falsify(bytes: &mut [u8]) -> bool {
    let proof = bytes.windows(PROOF.len()).position(|window| window == PROOF);
    let digit = proof.and_then(|at| bytes.get_mut(at + PROOF.len() + DIGIT));
    digit.is_some_and(|digit| {
        *digit = if *digit == b'0' { b'1' } else { b'0' };
        true
    })
}

/// What the worker says of itself, and the status that it says it with.
fn health(home: &Path) -> Option<(String, Value)> {
    let run: Value = serde_json::from_str(&fs::read_to_string(home.join("run.json")).ok()?).ok()?;
    let mut stream = TcpStream::connect(run["http"].as_str()?).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(b"GET /health HTTP/1.0\r\nHost: worker\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.lines().next()?.to_owned(), serde_json::from_str(body).ok()?))
}

fn wait_for(what: &str, patience: Duration, mut ask: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !ask() {
        assert!(begun.elapsed() < patience, "{what} did not happen in {patience:?}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Lets the worker use these nodes from its next start on, and starts it.
fn restart_with(network: &mut Network, home: &Path, nodes: &[&str]) {
    let file = home.join("worker.toml");
    let mut settings: toml::Table = fs::read_to_string(&file).expect("settings").parse().expect("TOML");
    let nodes = nodes.iter().map(|node| toml::Value::from(*node)).collect::<Vec<_>>();
    settings.insert(
        "chain".into(),
        toml::Table::from_iter([("urls".to_owned(), nodes.into())]).into(),
    );
    fs::write(&file, settings.to_string()).expect("written");
    network.worker.as_mut().expect("a worker").kill().expect("killed");
    network.start_worker().expect("the worker starts");
}

#[test]
fn a_lying_node_is_caught_and_the_job_goes_on() {
    let folder = Folder::new("liar");
    let mut network = bring_up(&folder);
    let prepared = demo::prepare(&network, 1).expect("data, policies and a space");
    let home = folder.0.join("worker");
    let log = network.worker.as_ref().expect("a worker").log().to_owned();
    let said = |text: &str| fs::read_to_string(&log).expect("a log").contains(text);

    let liar = Liar::before(&network.rpc(0).expect("an address"));
    let (lying, honest) = (format!("ws://{}", liar.address), network.rpc(1).expect("an address"));
    restart_with(&mut network, &home, &[&lying, &honest]);
    wait_for("health", Duration::from_secs(60), || {
        health(&home)
            .is_some_and(|(status, said)| status.contains("200") && said["finality"]["block"].as_u64() > Some(0))
    });
    let kept = home.join("finality.proofs");
    assert!(!said("a node lies"), "it has not lied yet");

    // It begins to lie while a job is under way. The job ends well over the other node.
    let job = demo::agree_on_job(&network, prepared.space, &prepared.template).expect("approved");
    liar.lies.store(true, Ordering::Release);
    let result = demo::watch(&mut network, job, None).expect("the job ends well");
    assert!(result["auc"].as_f64().is_some_and(|auc| auc > 0.6), "{result}");
    assert!(liar.told.load(Ordering::Acquire) > 0, "it has told no lie");
    assert!(said("a node lies and is not asked any more"), "the lie was not caught");
    demo::settle_and_verify(&network, job).expect("settled and verified");

    // With the liar alone the worker says so, and stays where it was.
    liar.lies.store(false, Ordering::Release);
    restart_with(&mut network, &home, &[&lying]);
    wait_for("health", Duration::from_secs(60), || {
        health(&home).is_some_and(|(status, _)| status.contains("200"))
    });
    liar.lies.store(true, Ordering::Release);
    wait_for("the worker's complaint", Duration::from_secs(60), || {
        health(&home).is_some_and(|(status, said)| {
            status.contains("503")
                && said["finality"]["problem"]
                    .as_str()
                    .is_some_and(|problem| problem.contains("is not believed any more"))
        })
    });
    let before = fs::read(&kept).ok();
    let (_, stuck) = health(&home).expect("it runs");
    thread::sleep(Duration::from_secs(3));
    let (_, later) = health(&home).expect("it runs");
    assert_eq!(stuck["finality"]["block"], later["finality"]["block"]);
    assert_eq!(fs::read(&kept).ok(), before, "something was kept of a lie");
}
