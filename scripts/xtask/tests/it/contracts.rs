//! A space settles by a contract that the members have brought, on a network.

use serde_json::Value;
use std::collections::BTreeMap;
use xtask::{contract::Contract, network::Network};

const REWARD: u64 = 900;
/// Rows and what each weighs; every row beyond weighs one.
const TIERS: [(u64, u64); 2] = [(1_000, 4), (500, 2)];

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
        .to_owned()
}

/// Lets the first organisation propose and the second one, whose vote suffices, agree; returns what the proposal said.
fn decide(network: &Network, [first, second]: [&str; 2], proposal: &[&str]) -> Value {
    let motion = network.as_org(first, proposal).expect("a motion");
    assert_eq!(motion["outcome"], "open", "{motion}");
    let (hash, index) = (text(&motion, "motion"), motion["index"].to_string());
    let vote = network.as_org(second, &["org", "vote", &hash, &index, "--yes"]);
    assert_eq!(vote.expect("a vote")["outcome"], "passed");
    motion
}

/// What rows weigh by [`TIERS`].
fn weight(rows: u64) -> u64 {
    let (sum, left) = TIERS.iter().fold((0, rows), |(sum, left), (tier, weight)| {
        let here = left.min(*tier);
        (sum + here * weight, left - here)
    });
    sum + left
}

/// Settles a completed job of two parties, which are two of three members, by the project's contract.
pub fn settles_by_contract(network: &Network, members: [&str; 2], space: &str, job: &str) {
    let [first, _] = members;
    let file = Contract::built("settlement").expect("scripts/build builds it").wasm;
    let file = file.to_string_lossy().into_owned();
    let uploaded = decide(network, members, &["contract", "upload", &file]);
    let code = text(&uploaded, "code_hash");
    let again = network.as_org(first, &["contract", "upload", &file]).expect("there");
    assert_eq!(
        (text(&again, "outcome"), text(&again, "code_hash")),
        ("present".into(), code.clone())
    );

    let tiers = TIERS.map(|(rows, weight)| format!("{rows}:{weight}")).join(",");
    let terms = ["contract", "instantiate", &code, "--tiers", &tiers, "--beyond", "1"];
    let address = text(&decide(network, members, &terms), "address");
    let shown = network
        .as_org(first, &["contract", "show", &address])
        .expect("it is where it was said to be");
    assert_eq!(text(&shown, "code_hash"), code);

    let agree = |address: &str| {
        let formula = format!("contract={address}");
        let reward = REWARD.to_string();
        network.as_org(
            first,
            &["space", "agreement", space, "--formula", &formula, "--reward", &reward],
        )
    };
    let own = text(&network.as_org(first, &["org", "show"]).expect("shown"), "account");
    let refused = agree(&own).expect_err("an account is no contract").to_string();
    assert!(refused.contains("Revenue.UnknownContract"), "{refused}");
    agree(&address).expect("an agreement");
    network
        .as_org(first, &["space", "fund", space, &REWARD.to_string()])
        .expect("funded");
    network.as_org(first, &["job", "settle", job]).expect("settled");

    let result = network.as_org(first, &["job", "result", job]).expect("a result");
    let by_org = |list: &str, value: &str| -> BTreeMap<u64, u64> {
        let number = |entry: &Value, key: &str| entry[key].as_u64().unwrap_or_else(|| panic!("{key} in {entry}"));
        let entries = result[list].as_array().expect("a list");
        entries
            .iter()
            .map(|entry| (number(entry, "org"), number(entry, value)))
            .collect()
    };
    let (rows, paid) = (by_org("parties", "rows"), by_org("payouts", "points"));
    let total: u64 = rows.values().map(|rows| weight(*rows)).sum();
    // With two parties, rounding down and a point for the larger remainder is rounding to the nearest.
    let nearest = |rows: &u64| (2 * REWARD * weight(*rows) + total) / (2 * total);
    let expected = rows.iter().map(|(org, rows)| (*org, nearest(rows))).collect();
    assert_eq!(paid, expected, "{rows:?} rows");
    assert_eq!(paid.values().sum::<u64>(), REWARD);
    let tiers: u64 = TIERS.iter().map(|(rows, _)| rows).sum();
    assert!(
        rows.values().all(|rows| *rows > tiers),
        "{rows:?} do not reach every tier"
    );
}
