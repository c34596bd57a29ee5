//! `secureflow privacy epsilon` and `calibrate`, as a user would run them: no chain, no home.

use serde_json::Value;
use std::process::Command;

fn run(arguments: &[&str]) -> (i32, String) {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_secureflow"))
        .arg("--home")
        .arg(home.path())
        .arg("privacy")
        .args(arguments)
        .output()
        .unwrap();
    let text = if output.stdout.is_empty() {
        output.stderr
    } else {
        output.stdout
    };
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn json(arguments: &[&str]) -> (i32, Value) {
    let (code, text) = run(&[arguments, &["--json"]].concat());
    (code, serde_json::from_str(&text).unwrap())
}

const SETTING: [&str; 6] = [
    "--sampling",
    "0.004266666666666667",
    "--steps",
    "10000",
    "--delta",
    "1e-5",
];

#[test]
fn epsilon_by_both_accountants() {
    let (code, value) = json(&[&["epsilon", "--noise", "1.1"][..], &SETTING].concat());
    assert_eq!(code, 0, "{value}");
    let number = |value: &Value| value.as_f64().unwrap();
    assert!((number(&value["rdp"]) - 2.161_594_8).abs() < 1e-6, "{value}");
    let (lower, upper) = (number(&value["pld"]["lower"]), number(&value["pld"]["upper"]));
    assert!(lower <= upper && lower > 1.977 && upper < 1.978, "{value}");
    // The batch over the rows is the same.
    let quotient = [
        "epsilon",
        "--noise",
        "1.1",
        "--sampling",
        "256/60000",
        "--steps",
        "10000",
        "--delta",
        "1e-5",
    ];
    assert_eq!(json(&quotient).1["rdp"], value["rdp"]);
}

#[test]
fn people_are_told_what_it_means() {
    let (code, text) = run(&["epsilon", "--noise", "5", "--steps", "20", "--delta", "1e-5"]);
    assert_eq!(code, 0, "{text}");
    for part in [
        "ε by Rényi divergences",
        "ε by loss distributions",
        "20 steps on all rows",
        "any one row",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn calibration_keeps_the_target() {
    let mut found = Vec::new();
    for accountant in ["rdp", "pld"] {
        let arguments = [
            &["calibrate", "--epsilon", "2", "--accountant", accountant][..],
            &SETTING,
        ]
        .concat();
        let (code, value) = json(&arguments);
        assert_eq!(code, 0, "{value}");
        let epsilon = match accountant {
            "rdp" => &value["rdp"],
            _ => &value["pld"]["upper"],
        };
        assert!(epsilon.as_f64().unwrap() <= 2.0, "{value}");
        assert!(epsilon.as_f64().unwrap() > 1.999, "{value}");
        found.push(value["noise_multiplier"].as_f64().unwrap());
    }
    assert!(found[1] < found[0], "{found:?}");
}

#[test]
fn bad_input_is_told_what_to_do() {
    for (arguments, option) in [
        (["epsilon", "--noise", "1", "--steps", "1", "--delta", "2"], "--delta"),
        (
            ["epsilon", "--noise", "-1", "--steps", "1", "--delta", "1e-5"],
            "--noise",
        ),
        (
            ["epsilon", "--noise", "1", "--steps", "0", "--delta", "1e-5"],
            "--steps",
        ),
        (
            ["calibrate", "--epsilon", "0", "--steps", "1", "--delta", "1e-5"],
            "--epsilon",
        ),
        (
            ["calibrate", "--epsilon", "1e-4", "--steps", "1", "--delta", "1e-12"],
            "--delta",
        ),
    ] {
        let (code, value) = json(&arguments);
        assert_eq!((code, &value["error"]["code"]), (64, &"usage".into()), "{arguments:?}");
        assert!(value["error"]["hint"].as_str().unwrap().contains(option), "{value}");
    }
    for rate in ["1.5", "-0.1", "3/2", "0/0"] {
        let (code, value) = json(&[
            "epsilon",
            "--noise",
            "1",
            "--steps",
            "1",
            "--delta",
            "1e-5",
            "--sampling",
            rate,
        ]);
        assert_eq!(code, 64, "{value}");
        assert!(
            value["error"]["hint"].as_str().unwrap().contains("--sampling"),
            "{value}"
        );
    }
    let (code, value) = json(&[
        "epsilon",
        "--noise",
        "1",
        "--steps",
        "1",
        "--delta",
        "1e-5",
        "--sampling",
        "few",
    ]);
    assert!(
        code == 64 && value["error"]["message"].as_str().unwrap().contains("no number"),
        "{value}"
    );
}
