//! `secureflow evidence check` on evidence that vendors published, as a user would run it.

use serde_json::Value;
use std::{path::PathBuf, process::Command};

fn vector(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../pallets/evidence/tests/vectors");
    folder.join(name).display().to_string()
}

fn check(arguments: &[&str]) -> (i32, Value) {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_secureflow"))
        .args(["--json", "--home"])
        .arg(home.path())
        .args(["evidence", "check"])
        .args(arguments)
        .output()
        .unwrap();
    let value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), value)
}

#[test]
fn a_genuine_report_is_accepted_and_a_changed_one_refused() {
    let (report, vcek) = (vector("snp/milan-report.bin"), vector("snp/milan-vcek.der"));
    let arguments = ["--report", &report, "--certificate", &vcek, "--at", "1788220800"];
    let (code, value) = check(&arguments);
    assert_eq!(
        (code, &value["accepted"], &value["kind"]),
        (0, &true.into(), &"sev-snp".into())
    );
    assert_eq!(value["tcb"]["product"], "Milan");

    let folder = tempfile::tempdir().unwrap();
    let changed = folder.path().join("report.bin");
    let mut bytes = std::fs::read(&report).unwrap();
    bytes[0x50] ^= 1;
    std::fs::write(&changed, bytes).unwrap();
    let changed = changed.display().to_string();
    let (code, value) = check(&["--report", &changed, "--certificate", &vcek, "--at", "1788220800"]);
    assert_eq!((code, &value["error"]["code"]), (1, &"Signature".into()));

    // A genuine report beside the certificate of another chip.
    let other = vector("snp/milan-debug-vcek.der");
    let (code, value) = check(&["--report", &report, "--certificate", &other, "--at", "1788220800"]);
    assert_eq!((code, &value["error"]["code"]), (1, &"Mismatch".into()));
}

#[test]
fn quotes_are_judged_by_collateral_at_a_time() {
    let (quote, collateral) = (vector("dcap/tdx-quote.bin"), vector("dcap/tdx-quote-collateral.json"));
    let at = |time| check(&["--quote", &quote, "--collateral", &collateral, "--at", time]);
    let (code, value) = at("1750329207");
    assert_eq!((code, &value["kind"]), (0, &"tdx".into()));
    let (code, value) = at("1800000000");
    assert_eq!((code, &value["error"]["code"]), (1, &"Expired".into()));

    let outdated = vector("dcap/tdx-quote-outdated.bin");
    let collateral = vector("dcap/tdx-quote-outdated-collateral.json");
    let mut arguments = vec!["--quote", &outdated, "--collateral", &collateral, "--at", "1773000000"];
    let (code, value) = check(&arguments);
    assert_eq!((code, &value["error"]["code"]), (1, &"TcbStatus".into()));
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.contains("OutOfDate: "), "{message}");
    arguments.extend(["--accept", "OutOfDate"]);
    assert_eq!(check(&arguments).0, 0);
}

#[test]
fn wrong_usage_is_told_apart_from_refused_evidence() {
    let report = vector("snp/milan-report.bin");
    assert_eq!(check(&["--report", &report]).0, 64);
    assert_eq!(check(&[]).0, 64);
    let vcek = vector("snp/milan-vcek.der");
    let (code, value) = check(&["--report", &vcek, "--certificate", &vcek]);
    assert_eq!((code, &value["error"]["code"]), (1, &"evidence_report".into()));
    assert_eq!(check(&["--report", "/nowhere", "--certificate", &vcek]).0, 1);
}
