//! `secureflow_*`, as `docs/how-to/json-rpc.md` shows it: the requests on that page are sent as they stand there, and each
//! answer must have the documented one's fields and values. What depends on time or on a random key (block numbers, hex) must
//! have the documented type and length.

use codec::Decode;
use secureflow_primitives::audit::{AuditProof, Entry};

use crate::{history, node::Node, websocket::WebSocket};
use serde_json::{json, Value};

const PAGE: &str = include_str!("../../../docs/how-to/json-rpc.md");
/// Fields that count blocks or entries, which differ from run to run.
const COUNTED: &[&str] = &[
    "at",
    "block",
    "claimableFrom",
    "claimedAt",
    "deadline",
    "endsAt",
    "fallsAt",
    "index",
    "number",
    "proposedAt",
    "registeredAt",
    "until",
];

/// A request of the page with the answer that stands below it.
struct Example {
    request: Value,
    answer: Value,
}

/// The page's examples: a `sh` block with a `curl` line or a `json` block with a request, then a `json` block.
fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    let mut request: Option<Value> = None;
    for block in PAGE.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').expect("a language");
        let json = |text: &str| -> Value {
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in the page's block:\n{text}"))
        };
        match language {
            "sh" => {
                let body = text.split_once("-d '").and_then(|(_, rest)| rest.split_once('\''));
                request = body.map(|(body, _)| json(body));
            }
            "json" => match request.take() {
                Some(request) => examples.push(Example {
                    request,
                    answer: json(text),
                }),
                None => request = Some(json(text)),
            },
            _ => {}
        }
    }
    examples
}

/// Where an answer differs from the documented one.
fn differences(documented: &Value, actual: &Value, path: &str, found: &mut Vec<String>) {
    let name = path.rsplit('.').next().unwrap_or(path);
    match (documented, actual) {
        (Value::Object(documented), Value::Object(actual)) => {
            for (key, value) in documented {
                match actual.get(key) {
                    Some(actual) => differences(value, actual, &format!("{path}.{key}"), found),
                    None => found.push(format!("{path}.{key} is missing")),
                }
            }
            let unknown = actual.keys().filter(|key| !documented.contains_key(*key));
            found.extend(unknown.map(|key| format!("{path}.{key} is not documented")));
        }
        (Value::Array(documented), Value::Array(actual)) => {
            if documented.len() != actual.len() {
                found.push(format!("{path} has {} items, not {}", actual.len(), documented.len()));
            }
            for (n, (documented, actual)) in documented.iter().zip(actual).enumerate() {
                differences(documented, actual, &format!("{path}[{n}]"), found);
            }
        }
        (Value::Number(_), Value::Number(_)) if COUNTED.contains(&name) => {}
        (Value::String(documented), Value::String(actual))
            if documented.starts_with("0x") && actual.starts_with("0x") && documented.len() == actual.len() => {}
        (documented, actual) if documented == actual => {}
        (documented, actual) => found.push(format!("{path} is {actual}, not {documented}")),
    }
}

#[test]
fn a_difference_is_found() {
    let documented = json!({"a": [1, {"b": "0x01"}], "block": 3, "c": "word", "d": null});
    let check = |actual: Value| {
        let mut found = Vec::new();
        differences(&documented, &actual, "answer", &mut found);
        found
    };
    assert!(check(json!({"a": [1, {"b": "0xff"}], "block": 9, "c": "word", "d": null})).is_empty());
    let wrong = check(json!({"a": [2, {"b": "0x0"}, 3], "block": "9", "c": "words", "e": null}));
    assert_eq!(wrong.len(), 7, "{wrong:?}");
}

#[test]
fn documented_requests_get_their_answers_and_subscriptions_follow() {
    let folder = tempfile::tempdir().expect("a folder");
    let node = Node::start(folder.path(), &["--dev", "--listen-addr", "/ip4/127.0.0.1/tcp/0"]);
    let rpc = node.run["rpc"].as_str().expect("an address").to_owned();

    let mut log = WebSocket::connect(&rpc);
    let all = log.call("secureflow_subscribeAudit", json!([0]));
    let mut job = WebSocket::connect(&rpc);
    let refused = job.call("secureflow_subscribeJob", json!([0]));
    assert_eq!(refused["error"]["code"], 20_003, "{refused}");
    let mut watched = Value::Null;
    history::make(&node, || watched = job.call("secureflow_subscribeJob", json!([0])));

    let examples = examples();
    let mut wrong = Vec::new();
    for Example { request, answer } in &examples {
        // Over HTTP there are no subscriptions.
        let actual = match request["method"].as_str() {
            Some(method) if method.contains("subscribe") => subscribed(&rpc, request),
            _ => node.post(request).expect("an answer"),
        };
        let mut found = Vec::new();
        differences(answer, &actual, "answer", &mut found);
        if !found.is_empty() {
            let found = found.join("\n  ");
            wrong.push(format!("{request}\n  {found}\nwas answered with\n{actual:#}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));

    // Every method has an example.
    let methods = node.call("rpc_methods", json!([])).expect("an answer");
    for method in methods["methods"].as_array().expect("a list") {
        let method = method.as_str().expect("a name");
        let ours = method.starts_with("secureflow_") && !method.starts_with("secureflow_unsubscribe");
        let shown = examples.iter().any(|example| example.request["method"] == method);
        assert!(!ours || shown, "the page has no example of {method}");
    }

    history::conclude(&node);
    follow_job(&node, &mut job, &watched["result"]);
    follow_log(&node, &mut log, &all["result"]);
}

/// The first message that a subscription pushes.
fn subscribed(rpc: &str, request: &Value) -> Value {
    let mut socket = WebSocket::connect(rpc);
    socket.send(request);
    let answer = socket.receive();
    assert!(answer["result"].is_string(), "{answer}");
    let mut pushed = socket.receive();
    assert_eq!(pushed["params"]["subscription"], answer["result"]);
    pushed["params"]["subscription"] = "0".into();
    pushed
}

/// The job's changes until it is paid: each of a later final block, each different, each as the method gives it; the last as
/// the members have decided.
fn follow_job(node: &Node, socket: &mut WebSocket, subscription: &Value) {
    let mut changes: Vec<Value> = Vec::new();
    while changes
        .last()
        .is_none_or(|last| !last["settlement"]["claimedAt"].is_number())
    {
        let pushed = socket.receive();
        assert_eq!(pushed["method"], "secureflow_jobChanged");
        assert_eq!(&pushed["params"]["subscription"], subscription);
        let change = pushed["params"]["result"].clone();
        if let Some(last) = changes.last() {
            assert!(change["block"]["number"].as_u64() > last["block"]["number"].as_u64());
        }
        changes.push(change);
    }
    let phases: Vec<_> = changes.iter().filter_map(|change| change["phase"].as_str()).collect();
    assert_eq!(phases.first(), Some(&"proposed"));
    assert!(
        phases.contains(&"assigned") && phases.contains(&"completed"),
        "{phases:?}"
    );
    for change in &changes {
        // The same job at the same block, asked for by its hash.
        let asked = node.call("secureflow_job", json!([0, change["block"]["hash"]]));
        assert_eq!(asked.as_ref(), Some(change));
    }
    let settlement = &changes.last().expect("the last one is paid")["settlement"];
    let payouts = json!([{"organisation": 0, "amount": "63"}, {"organisation": 1, "amount": "37"}]);
    assert_eq!(settlement["payouts"], payouts);
    let dispute = &settlement["disputes"][0];
    let ruling = json!({"corrected": {"rows": 300, "computeMs": 120, "utility": "0.9"}});
    assert_eq!(dispute["ruling"], ruling);
    assert_eq!((&dispute["open"], &dispute["motions"]), (&json!(false), &json!([])));
    let ended = socket.call("secureflow_unsubscribeJob", json!([subscription]));
    assert_eq!(ended["result"], true, "{ended}");
}

/// The log from its beginning, without gaps and without repetition, to its end.
fn follow_log(node: &Node, socket: &mut WebSocket, subscription: &Value) {
    let end = node.call("secureflow_audit", json!([0])).expect("an answer")["count"]
        .as_u64()
        .expect("a count");
    let mut next = 0;
    while next < end {
        let pushed = socket.receive();
        assert_eq!(pushed["method"], "secureflow_auditEntries");
        assert_eq!(&pushed["params"]["subscription"], subscription);
        for entry in pushed["params"]["result"]["entries"].as_array().expect("entries") {
            assert_eq!(entry["index"], next);
            next += 1;
        }
    }
    assert!(next > 20, "the history left {next} entries");
    for index in [0, 7, next - 1] {
        prove_entry(node, index);
    }
    let refused = node
        .answer("secureflow_auditProof", json!([next + 1_000]))
        .expect("an answer");
    assert_eq!(refused["error"]["code"], 20_003, "{refused}");
}

/// The answer's encoded entry, siblings and peaks are a proof.
fn prove_entry(node: &Node, index: u64) {
    let answer = node.call("secureflow_auditProof", json!([index])).expect("an answer");
    let encoded = answer["encoded"].as_str().expect("hex");
    let bytes = sp_core::bytes::from_hex(encoded).expect("hex");
    let entry = Entry::decode(&mut bytes.as_slice()).expect("an entry");
    let proof: AuditProof = serde_json::from_value(json!({
        "index": index, "siblings": answer["siblings"], "peaks": answer["peaks"],
    }))
    .expect("a proof");
    assert!(proof.verify(&entry), "{answer}");
}
