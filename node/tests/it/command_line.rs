use crate::node::BINARY;
use std::{fs, process::Command};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(BINARY).args(arguments).output().expect("the node runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn wrong_usage_ends_with_64() {
    for arguments in [
        &["--no-such-flag"][..],
        &["build-spec"],
        &["build-spec", "--dev", "--consortium", "x"],
    ] {
        let (status, _, error) = run(arguments);
        assert_eq!(status, Some(64), "{error}");
    }
}

#[test]
fn help_is_not_an_error() {
    let (status, help, _) = run(&["--help"]);
    assert_eq!(status, Some(0));
    assert!(help.contains("build-spec"));
}

#[test]
fn a_wrong_consortium_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("consortium.json");
    let path = file.to_str().expect("UTF-8");

    let (status, _, error) = run(&["build-spec", "--consortium", path]);
    assert_eq!(status, Some(1));
    assert!(error.contains("cannot read") && error.contains(path), "{error}");

    let sample = include_str!("../../consortium.sample.json").replace("\"name\": \"Insurer\"", "\"name\": \"Bank\"");
    fs::write(&file, sample).expect("writes");
    let (status, spec, error) = run(&["build-spec", "--consortium", path]);
    assert_eq!((status, spec.as_str()), (Some(1), ""));
    assert!(error.contains("organisation 2 (Bank)"), "{error}");
}

#[test]
fn raw_and_plain_specifications_describe_one_chain() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/consortium.sample.json");
    let (status, raw, error) = run(&["build-spec", "--consortium", sample]);
    assert_eq!(status, Some(0), "{error}");
    let raw: serde_json::Value = serde_json::from_str(&raw).expect("JSON");
    assert_eq!((&raw["id"], &raw["protocolId"]), (&"sample".into(), &"sample".into()));
    assert!(raw["genesis"]["raw"]["top"].is_object());

    let (_, plain, _) = run(&["build-spec", "--plain", "--consortium", sample]);
    let plain: serde_json::Value = serde_json::from_str(&plain).expect("JSON");
    let patch = &plain["genesis"]["runtimeGenesis"]["patch"];
    assert_eq!(patch["consortium"]["organisations"].as_array().map(Vec::len), Some(4));
}
