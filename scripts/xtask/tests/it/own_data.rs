use crate::{contracts::settles_by_contract, shell, statistics::answers_together, Folder};
use serde_json::Value;
use std::{fmt::Write as _, fs, path::Path};
use xtask::{devnet, network::Network};

/// A small generator whose numbers are the same everywhere (Steele et al. 2014, SplitMix64).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Rows of a made-up churn table: numeric and categorical columns, missing values of both kinds, a yes/no label.
fn churn(rows: usize, seed: u64) -> String {
    let mut random = SplitMix(seed);
    let mut csv = String::from("customer,monthly fee,balance,region,plan,churned\n");
    for row in 0..rows {
        let fee = 5.0 + 60.0 * random.next();
        let balance = (random.next() - 0.5) * 2e6;
        let region = ["north", "south", "east", "\"west, coast\""][(random.next() * 4.0) as usize];
        let plan = ["basic", "plus", "pro"][(random.next() * 3.0) as usize];
        let score = (fee - 35.0) / 12.0 + if plan == "basic" { 0.8 } else { -0.6 } + balance / 1e6;
        let label = if random.next() < 1.0 / (1.0 + (-score).exp()) {
            "yes"
        } else {
            "no"
        };
        let fee = if random.next() < 0.05 {
            String::new()
        } else {
            format!("{fee:.2}")
        };
        let region = if random.next() < 0.05 { "NA" } else { region };
        let _ = writeln!(csv, "{row},{fee},{balance:.1},{region},{plan},{label}");
    }
    csv
}

const POLICY: &str = r#"
purposes = ["churn prevention"]
operations = ["horizontal-training", "statistics"]
min_parties = 2
min_group_size = 10

[worker]
kinds = ["simulated"]

[columns]
"monthly fee" = "feature"
balance = [{ role = "feature" }, { role = "aggregate-only", operations = ["statistics"] }]
region = [{ role = "feature" }, { role = "aggregate-only", operations = ["statistics"] }]
plan = "feature"
churned = "label"
"#;

fn template(names: &[String]) -> String {
    let datasets: Vec<String> = names.iter().map(|n| format!("\"{n}-customers\"")).collect();
    format!(
        r#"
name = "churn"
purpose = "churn prevention"
datasets = [{}]
min_parties = 2
min_group_size = 10

[label]
column = "churned"
positive = "yes"

[[feature]]
name = "monthly fee"
kind = "numeric"

[[feature]]
name = "balance"
kind = "numeric"

[[feature]]
name = "region"
kind = "categorical"

[[feature]]
name = "plan"
kind = "categorical"

[model]
kind = "perceptron"
hidden = 8

[training]
rounds = 6
"#,
        datasets.join(", ")
    )
}

pub fn write(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, text).expect("writable");
    file.to_string_lossy().into_owned()
}

/// A job that has ended, with its space.
struct Done {
    space: String,
    job: String,
    result: Value,
}

fn run_job(network: &Network, folder: &Path, rows: &[usize]) -> Done {
    let names: Vec<String> = network.owners().map(|o| o.name.clone()).collect();
    let first = &names[0];
    let policy = write(folder, "policy.toml", POLICY);
    for (i, name) in names.iter().enumerate() {
        let file = write(folder, &format!("{name}.csv"), &churn(rows[i], 100 + i as u64));
        let dataset = format!("{name}-customers");
        let registered = network
            .as_org(name, &["dataset", "register", &file, "--name", &dataset])
            .expect("registered");
        network
            .as_org(name, &["policy", "set", &registered["dataset"].to_string(), &policy])
            .expect("a policy");
    }
    let space = network.as_org(first, &["space", "create", "churn"]).expect("a space")["space"].to_string();
    for owner in network.owners().filter(|o| o.name != *first) {
        network
            .as_org(first, &["space", "invite", &space, &owner.id.to_string()])
            .expect("invited");
        network
            .as_org(&owner.name, &["space", "accept", &space])
            .expect("accepted");
    }
    let file = write(folder, "churn.toml", &template(&names));
    let job = network
        .as_org(first, &["job", "propose", &space, &file])
        .expect("proposed")["job"]
        .to_string();
    for name in &names {
        network.as_org(name, &["job", "approve", &job]).expect("approved");
    }
    network
        .as_org(first, &["job", "watch", &job, "--timeout", "300"])
        .expect("the job ends well");
    let result = network.as_org(first, &["job", "result", &job]).expect("a result");
    Done { space, job, result }
}

/// Five organisations with tables of their own, from 500 to 50,000 rows, train a perceptron, ask for statistics under one
/// worker and under two, and settle what they disagree on.
#[test]
fn five_organisations_train_on_tables_of_their_own() {
    let folder = Folder::new("own-data");
    let owners: Vec<String> = devnet::NAMES[..5].iter().map(|n| (*n).to_owned()).collect();
    let mut network = devnet::bring_up(&folder.0, &owners, shell(&folder)).expect("the network comes up");
    let rows = [500, 900, 2_000, 5_000, 50_000];
    let Done { space, result, .. } = run_job(&network, &folder.0, &rows);
    // The label is drawn from a logistic model whose own AUC is about 0.83.
    assert!(result["auc"].as_f64().is_some_and(|auc| auc > 0.75), "{result}");
    assert_eq!(result["parties"].as_array().map(Vec::len), Some(5));
    answers_together(&network, &folder.0, &space, rows.iter().sum(), None);
    network.add_worker(&owners[0]).expect("a second worker");
    answers_together(&network, &folder.0, &space, rows.iter().sum(), Some(50_000));
    disputed(&network, &folder.0, &owners, &result);
}

/// With two organisations both are needed, and two are enough. They share the reward by a contract.
#[test]
fn two_organisations_are_enough() {
    let folder = Folder::new("two");
    let owners: Vec<String> = devnet::NAMES[..2].iter().map(|n| (*n).to_owned()).collect();
    let network = devnet::bring_up(&folder.0, &owners, shell(&folder)).expect("the network comes up");
    let Done { space, job, result } = run_job(&network, &folder.0, &[600, 700]);
    assert!(result["auc"].as_f64().is_some_and(|auc| auc > 0.7), "{result}");
    settles_by_contract(&network, [&owners[0], &owners[1]], &space, &job);
}

/// The second organisation contests its receipt, the council finds for it, and the reward is shared anew.
fn disputed(network: &Network, folder: &Path, owners: &[String], result: &Value) {
    let (first, second) = (owners[0].as_str(), owners[1].as_str());
    let ask = |name: &str, args: &[&str]| {
        network
            .as_org(name, args)
            .unwrap_or_else(|error| panic!("{args:?}: {error}"))
    };
    let refused = |name: &str, args: &[&str]| network.as_org(name, args).expect_err("refused").to_string();
    let terms = ["--formula", "rows", "--reward", "900", "--dispute-window", "25"];
    ask(first, &[&["space", "agreement", "churn"][..], &terms].concat());
    ask(first, &["space", "fund", "churn", "900"]);
    // Waits until the agent has fetched the receipts.
    ask(second, &["job", "result", "0"]);
    let settled = ask(first, &["job", "settle", "0"]);
    assert_eq!(settled["settlement"]["status"], "window", "{settled}");
    assert!(refused(first, &["job", "claim", "0"]).contains("WindowOpen"));

    // It says that it trained on as many rows as the one with the most.
    let parties = result["parties"].as_array().expect("parties");
    let rows = parties.iter().filter_map(|party| party["rows"].as_u64()).max();
    let rows = rows.expect("somebody trained").to_string();
    let evidence = write(folder, "evidence.txt", "what the log of our own training says");
    let contest = [
        "job",
        "dispute",
        "0",
        "--step",
        "2",
        "--rows",
        &rows,
        "--evidence",
        &evidence,
    ];
    ask(second, &contest);
    assert!(refused(second, &contest).contains("AlreadyDisputed"));
    assert!(refused(first, &["job", "claim", "0", "--wait", "60"]).contains("DisputeOpen"));

    let motion = ask(first, &["job", "resolve", "0", second, "--accept"]);
    let hash = motion["motion"].as_str().expect("a motion is open");
    let index = motion["index"].to_string();
    // Two thirds of six seats; the motion was the first vote.
    let votes: Vec<String> = owners[1..4]
        .iter()
        .map(|name| ask(name, &["org", "vote", hash, &index, "--yes"])["outcome"].to_string())
        .collect();
    assert_eq!(votes, ["\"open\"", "\"open\"", "\"passed\""]);
    let claimed = ask(second, &["job", "claim", "0"]);
    assert_eq!(claimed["settlement"]["status"], "claimed", "{claimed}");
    let points = |answer: &Value, name: &str| -> u64 {
        let payouts = answer["payouts"].as_array().into_iter().flatten();
        let of_name = payouts.filter(|payout| payout["name"] == name);
        of_name.filter_map(|payout| payout["points"].as_u64()).sum()
    };
    let sum: u64 = owners.iter().map(|name| points(&claimed, name)).sum();
    assert_eq!(sum, 900, "{claimed}");
    assert!(
        points(&claimed, second) > 10 * points(&settled, second),
        "{settled} became {claimed}"
    );

    let export = folder.join("dispute").to_string_lossy().into_owned();
    ask(second, &["job", "export", "0", "--out", &export]);
    let verified = ask(first, &["verify", "job", "0", "--artefacts", &export]);
    assert!(verified["notes"].to_string().contains("corrected"), "{verified}");
}
