//! What workers run and what is asked of their hardware, decided by the members. On the network of the members' test: another
//! one would take minutes to come up.

use crate::members::decide;
use serde_json::{json, Value};
use xtask::network::Network;

const REVISION: &str = "9fceb02d0ae598e95dc970b74767f19372d61af8";

fn ask(network: &Network, args: &[&str]) -> Value {
    network.as_org("bank", args).expect("an answer")
}

fn refused(network: &Network, args: &[&str]) -> String {
    network.as_org("bank", args).expect_err("refused").to_string()
}

fn worker(network: &Network) -> Value {
    ask(network, &["worker", "show", &network.worker_account])
}

/// What the members say of a measurement; null where they do not accept it.
fn measurement(network: &Network, wanted: &str) -> Value {
    let list = ask(network, &["measurement", "list"]);
    let all = list["measurements"].as_array().expect("a list");
    let found = all.iter().find(|one| one["measurement"] == wanted);
    found.cloned().unwrap_or_default()
}

/// A release comes in the place of what the worker runs, hardware is asked for more, and what the worker runs is dropped.
pub(crate) fn members_decide(network: &Network) {
    let running = worker(network)["measurement"].as_str().expect("hex").to_owned();
    accept(network, &running);
    set_policy(network);
    assert_eq!(worker(network)["status"], "active");
    drop_running(network, &running);
}

fn accept(network: &Network, running: &str) {
    let release = format!("0x{}", "77".repeat(48));
    let recipe = format!("0x{}", "1f".repeat(32));
    let known = refused(network, &["measurement", "accept", running, "--development"]);
    assert!(known.contains("MeasurementKnown"), "{known}");
    let accept = [
        "measurement",
        "accept",
        &release,
        "--revision",
        REVISION,
        "--recipe",
        &recipe,
        "--replaces",
        running,
    ];
    assert_eq!(decide(network, &accept), "passed");

    let accepted = measurement(network, &release);
    assert_eq!(
        (&accepted["revision"], &accepted["recipe"], &accepted["replaced_by"]),
        (&json!(REVISION), &json!(recipe), &Value::Null)
    );
    let replaced = measurement(network, running);
    assert_eq!(replaced["replaced_by"], release);
    assert!(
        replaced["ends_at"].as_u64() > accepted["accepted_at"].as_u64(),
        "{replaced}"
    );
}

fn set_policy(network: &Network) {
    let sample = xtask::checks::root().join("docs/samples/evidence-policy.toml");
    let rules: toml::Table = std::fs::read_to_string(&sample)
        .expect("a sample")
        .parse()
        .expect("TOML");
    let rules = serde_json::to_value(rules).expect("rules");
    assert_ne!(ask(network, &["evidence", "policy"]), rules);
    let sample = sample.to_string_lossy().into_owned();
    let set = ["evidence", "set-policy", &sample, "--grace", "100"];
    assert_eq!(decide(network, &set), "passed");
    assert_eq!(ask(network, &["evidence", "policy"]), rules);
    let again = refused(network, &set);
    assert!(again.contains("nothing_to_do"), "{again}");
}

fn drop_running(network: &Network, running: &str) {
    let drop = ["measurement", "drop", running];
    assert_eq!(decide(network, &drop), "passed");
    assert_eq!(measurement(network, running), Value::Null);
    let worker = worker(network);
    assert_eq!(
        (&worker["status"], &worker["measurement_accepted"]),
        (&json!("revoked"), &json!(false))
    );
    let again = refused(network, &drop);
    assert!(again.contains("MeasurementUnknown"), "{again}");
}
