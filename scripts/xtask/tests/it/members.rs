//! Members decide together: admission, an owner's revocation, session keys, an upgrade's refusal, removal, what workers run and
//! what is asked of them, on a network.

use crate::{network, workers, Folder};
use serde_json::Value;
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};
use xtask::{
    demo,
    network::{Network, SUPERVISOR},
};

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
        .to_owned()
}

/// Lets the bank propose and the others vote until it is decided; returns what the last vote said.
pub(crate) fn decide(network: &Network, proposal: &[&str]) -> String {
    let motion = network.as_org("bank", proposal).expect("a motion");
    assert_eq!(motion["outcome"], "open", "{motion}");
    let (hash, index) = (text(&motion, "motion"), motion["index"].to_string());
    let vote = |name: &str| {
        let said = network.as_org(name, &["org", "vote", &hash, &index, "--yes"]);
        text(&said.expect("a vote"), "outcome")
    };
    // Two thirds of four or of five seats: the bank's vote is not enough with one more.
    assert_eq!(vote("financier"), "open");
    match vote("insurer").as_str() {
        "open" => vote(SUPERVISOR),
        decided => decided.to_owned(),
    }
}

fn refused(network: &Network, home: &Path, args: &[&str]) -> String {
    network.cli(home, args).expect_err("refused").to_string()
}

#[test]
fn members_come_decide_and_leave() {
    let folder = Folder::new("members");
    let network = network(&folder);
    let url = network.rpc(0).expect("a validator's address");
    let home = folder.0.join("newcomer");
    let keys = network
        .cli(&home, &["keys", "init", "--name", "newcomer"])
        .expect("keys");
    let account = text(&keys, "account");
    let register = ["--url", &url, "org", "register"];
    assert!(refused(&network, &home, &register).contains("not_a_member"));

    let admit = ["org", "admit", "--name", "newcomer", "--account", &account];
    assert_eq!(decide(&network, &admit), "passed");
    network.cli(&home, &register).expect("a member registers its keys");

    // Session keys: made by the node that is asked, registered with its proof.
    let bank = network
        .as_org("bank", &["org", "session-keys"])
        .expect("the bank's node makes keys");
    assert!(text(&bank, "keys").starts_with("0x"), "{bank}");

    // Code that the members have authorised is tried; this is the running one, and an upgrade goes forward only.
    let built = network
        .binaries
        .cli
        .parent()
        .expect("a folder")
        .join("wbuild/secureflow-runtime");
    let code = built.join("secureflow_runtime.compact.compressed.wasm");
    let code = code.to_string_lossy().into_owned();
    let upgrade = ["org", "upgrade-runtime", &code];
    assert_eq!(decide(&network, &upgrade), "passed");
    let home_of_bank = network.organisation("bank").expect("there").home.clone();
    let said = refused(&network, &home_of_bank, &upgrade);
    assert!(said.contains("upgrade_refused"), "{said}");

    // An owner takes its consent back; the job that waits ends and says who.
    let prepared = demo::prepare(&network, 1).expect("data, policies and a space");
    let template = prepared.template.to_string_lossy().into_owned();
    let space = prepared.space.to_string();
    let job = network
        .as_org("bank", &["job", "propose", &space, &template])
        .expect("a job");
    let job = job["job"].to_string();
    let datasets = network.as_org("insurer", &["dataset", "list"]).expect("datasets");
    let owned = |dataset: &&Value| dataset["owner_name"] == "insurer";
    let dataset = datasets["datasets"]
        .as_array()
        .into_iter()
        .flatten()
        .find(owned)
        .expect("one");
    let dataset = dataset["id"].to_string();
    let revoked = network
        .as_org("insurer", &["policy", "revoke", &dataset])
        .expect("revoked");
    assert_eq!(revoked["jobs_stopped"], 1);
    let begun = Instant::now();
    loop {
        let shown = network.as_org("bank", &["job", "show", &job]).expect("the job");
        if shown["phase"] == "failed" {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{shown}");
        thread::sleep(Duration::from_secs(1));
    }

    assert_eq!(decide(&network, &["org", "remove", "newcomer"]), "passed");
    assert!(refused(&network, &home, &register).contains("not_a_member"));

    workers::members_decide(&network);
}
