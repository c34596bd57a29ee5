//! The light script against real headers and proofs.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use codec::Decode;
use secureflow_chain::{Chain, ChainExt, H256};
use secureflow_primitives::audit::Kind;
use serde_json::{json, Value};

use crate::{audit::audited, network::Network};

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/audit-proof.py")
}

fn hash(hash: H256) -> String {
    format!("{hash:?}")
}

/// Proofs of all entries, and the hash of the block that they were made at.
async fn bundles(network: &Network) -> (Vec<Value>, String) {
    let state = network.chain.finalized_state().await.unwrap();
    let mut bundles = Vec::new();
    for index in 0..state.audit_count().await.unwrap() {
        let bundle = state.audit_bundle(index).await.unwrap().unwrap();
        bundles.push(serde_json::to_value(bundle).unwrap());
    }
    assert!(state.audit_bundle(bundles.len() as u64).await.unwrap().is_none());
    (bundles, hash(state.block().hash))
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new("python3")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What the script says of many proofs: nothing where it is convinced, else the reason.
fn verdicts(bundles: &[Value], block: &str) -> Vec<Option<String>> {
    let driver = "\
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location('script', sys.argv[1])
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)
said = []
for bundle in json.load(sys.stdin):
    try:
        script.check(bundle, bytes.fromhex(sys.argv[2][2:]))
        said.append(None)
    except script.NotProven as error:
        said.append(str(error))
print(json.dumps(said))
";
    let script = script();
    let output = run(
        &["-c", driver, script.to_str().unwrap(), block],
        &json!(bundles).to_string(),
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn the_script_is_convinced_by_every_entry() {
    let (network, _) = audited().await;
    for round in 0..3 {
        let call = network.round(round);
        network
            .chain
            .submit_detailed(&network.worker, call, Default::default())
            .await
            .unwrap();
    }
    let (bundles, block) = bundles(&network).await;
    assert!(bundles.len() > 8);
    for (index, verdict) in verdicts(&bundles, &block).into_iter().enumerate() {
        assert_eq!(verdict, None, "entry {index}");
    }
}

/// Every value of the proof is changed, and so is every byte of what is short; fields are taken away and added.
#[tokio::test]
async fn the_script_finds_every_change() {
    let (network, _) = audited().await;
    let call = network.round(0);
    network
        .chain
        .submit_detailed(&network.worker, call, Default::default())
        .await
        .unwrap();
    let (bundles, block) = bundles(&network).await;
    let honest = bundles
        .iter()
        .rev()
        .find(|bundle| bundle["siblings"].as_array().unwrap().len() > 1);
    let honest = honest.expect("a log of some entries has one under a higher peak");
    let mut changed: Vec<(String, Value)> = Vec::new();
    let mut paths = Vec::new();
    leaves("", honest, &mut paths);
    for path in &paths {
        for value in changes(honest.pointer(path).unwrap()) {
            let mut bundle = honest.clone();
            *bundle.pointer_mut(path).unwrap() = value.clone();
            changed.push((format!("{path} = {value}"), bundle));
        }
    }
    for name in honest.as_object().unwrap().keys() {
        let mut bundle = honest.clone();
        bundle.as_object_mut().unwrap().remove(name);
        changed.push((format!("without {name}"), bundle));
        if let Some(list) = honest[name].as_array() {
            let mut shorter = honest.clone();
            shorter[name].as_array_mut().unwrap().pop();
            changed.push((format!("a shorter {name}"), shorter));
            let mut longer = honest.clone();
            longer[name].as_array_mut().unwrap().push(list[0].clone());
            changed.push((format!("a longer {name}"), longer));
        }
    }
    let mut bundle = honest.clone();
    bundle["more"] = json!(1);
    changed.push(("another field".into(), bundle));
    // A node that is genuine and of no use could smuggle anything.
    let mut bundle = honest.clone();
    bundle["nodes"].as_array_mut().unwrap().push(json!("0x00"));
    changed.push(("a node of no use".into(), bundle));
    assert!(changed.len() > 400, "{} changes only", changed.len());
    let (what, bundles): (Vec<_>, Vec<_>) = changed.into_iter().unzip();
    for (what, verdict) in what.iter().zip(verdicts(&bundles, &block)) {
        assert!(verdict.is_some(), "{what} went unnoticed");
    }
    // Nor is another block's hash taken.
    assert!(verdicts(std::slice::from_ref(honest), &hash(network.chain.genesis()))[0].is_some());
}

/// The places of all values that hold no others.
fn leaves(at: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| leaves(&format!("{at}/{name}"), value, found)),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, value)| leaves(&format!("{at}/{index}"), value, found));
        }
        _ => found.push(at.into()),
    }
}

fn changes(value: &Value) -> Vec<Value> {
    let mut changes = vec![Value::Null, json!([]), json!("")];
    match value {
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            changes.extend([json!(number + 1), json!(number.to_string()), json!(-1), json!(true)]);
            changes.extend(number.checked_sub(1).map(|less| json!(less)));
        }
        Value::String(text) => {
            // Every digit of a hash; some of what is longer.
            let step = (text.len() / 70).max(1);
            for at in (0..text.len()).step_by(step) {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
                changes.push(json!(String::from_utf8(bytes).unwrap()));
            }
            changes.push(json!(format!("{text}00")));
            changes.push(json!(format!("{text} ")));
            changes.push(json!(text.to_uppercase()));
        }
        _ => {}
    }
    changes.retain(|change| change != value);
    changes
}

#[tokio::test]
async fn the_script_speaks_to_people_and_to_other_programs() {
    let (network, _) = audited().await;
    let (bundles, block) = bundles(&network).await;
    let folder = tempfile::tempdir().unwrap();
    let (file, script) = (folder.path().join("proof.json"), script());
    let (path, script) = (file.to_str().unwrap(), script.to_str().unwrap());
    let last = bundles.last().unwrap();
    std::fs::write(&file, last.to_string()).unwrap();
    let genesis = hash(network.chain.genesis());
    let proven = run(&[script, path, &block, "--genesis", &genesis], "");
    assert!(proven.status.success(), "{}", String::from_utf8_lossy(&proven.stderr));
    let said: Value = serde_json::from_slice(&proven.stdout).unwrap();
    assert_eq!((&said["index"], &said["genesis"]), (&last["index"], &json!(genesis)));
    assert_eq!(said["entry"]["kind"], "AuditorGranted");
    assert_eq!(said["entry"]["space"], 0);

    let refused = |arguments: &[&str], code: i32, says: &str| {
        let output = run(arguments, "");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(says), "{text}");
        assert!(output.stdout.is_empty());
    };
    refused(
        &[script, path, &genesis],
        1,
        "NOT PROVEN: the header is not that of this block",
    );
    refused(
        &[script, path, &block, "--genesis", &block],
        1,
        "NOT PROVEN: the proof is for another chain",
    );
    refused(&[script, path, "0x12"], 64, "does not have 32 bytes");
    refused(&[script, path], 64, "usage");
    refused(&[script, "/nonexistent", &block], 64, "No such file");
    std::fs::write(&file, "{").unwrap();
    refused(&[script, path, &block], 1, "no JSON");
}

/// The script's names for what happens are the chain's.
#[test]
fn the_script_knows_every_kind() {
    let text = std::fs::read_to_string(script()).unwrap();
    let kinds = text
        .split("KINDS = \"\"\"")
        .nth(1)
        .unwrap()
        .split("\"\"\"")
        .next()
        .unwrap();
    let known: Vec<&str> = kinds.split_whitespace().collect();
    let real: Vec<String> = (0..=u8::MAX)
        .map_while(|byte| Kind::decode(&mut &[byte][..]).ok())
        .map(|kind| format!("{kind:?}"))
        .collect();
    assert_eq!(known, real);
}
