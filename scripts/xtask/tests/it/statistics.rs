//! Statistics over the rows of several owners, from the template to the verified answers.

use crate::own_data::write;
use serde_json::Value;
use std::path::Path;
use xtask::network::Network;

const STATISTICS: &str = r#"
purpose = "churn prevention"
min_parties = 2
min_group_size = 10
privacy = { epsilon = 1.0, delta = 1e-6 }
statistic = [
    { kind = "count", column = "balance" },
    { kind = "mean", column = "balance", lower = -1e6, upper = 1e6 },
    { kind = "quantiles", column = "balance", lower = -1e6, upper = 1e6, at = [0.5] },
    { kind = "categories", column = "region", categories = ["north", "south", "east", "west, coast", "nowhere"] },
]
"#;

/// All owners of the network answer over their tables of so many rows in all; where none may count for more than `most_rows`,
/// with proofs for two workers.
pub fn answers_together(network: &Network, folder: &Path, space: &str, rows: usize, most_rows: Option<usize>) {
    let names: Vec<String> = network.owners().map(|owner| owner.name.clone()).collect();
    let first = names[0].as_str();
    let ask = |name: &str, args: &[&str]| {
        network
            .as_org(name, args)
            .unwrap_or_else(|error| panic!("{args:?}: {error}"))
    };
    let datasets: Vec<String> = names.iter().map(|name| format!("{name}-customers")).collect();
    let bounded = most_rows.map_or_else(String::new, |most| format!("bounded = {{ most_rows = {most} }}\n"));
    let template = format!("name = \"customers\"\ndatasets = {datasets:?}\n{bounded}{STATISTICS}");
    let file = write(folder, "statistics.toml", &template);
    let job = ask(first, &["job", "propose", space, &file])["job"].to_string();
    for name in &names {
        ask(name, &["job", "approve", &job]);
    }
    ask(first, &["job", "watch", &job, "--timeout", "120"]);
    let result = ask(first, &["job", "result", &job]);
    let shown = ask(first, &["job", "show", &job]);
    assert_eq!(shown["second_worker"].is_string(), most_rows.is_some(), "{shown}");
    let estimate = |statistic: usize, at: usize| {
        let value = &result["answers"]["statistics"][statistic]["values"][at]["estimate"];
        let part = |name: &str| value[name].as_f64().unwrap_or_else(|| panic!("{result}"));
        (part("value"), part("low"), part("high"))
    };
    // Noise of a few dozen rows; a hundred rows are at least ten of its deviations.
    let near = |(value, low, high): (f64, f64, f64), expected: f64, within: f64| {
        assert!(low < value && value < high, "{result}");
        assert!((value - expected).abs() < within, "{value} for {expected}: {result}");
    };
    let rows = rows as f64;
    near(estimate(0, 0), rows, 300.0);
    // Drawn evenly from -1e6 to 1e6: three deviations of the rows' own mean, and the noise.
    near(estimate(1, 0), 0.0, 20_000.0);
    near(estimate(2, 0), 0.0, 30_000.0);
    let regions: f64 = (0..4).map(|at| estimate(3, at).0).sum();
    assert!((regions - 0.95 * rows).abs() < 600.0, "{regions}: {result}");
    // How many rows each owner has is in no receipt.
    let parties = result["parties"].as_array().into_iter().flatten();
    assert!(parties.clone().count() == names.len(), "{result}");
    assert!(parties.clone().all(|party| party["rows"] == 0), "{result}");

    let export = folder.join(format!("statistics-{job}")).to_string_lossy().into_owned();
    ask(first, &["job", "export", &job, "--out", &export]);
    let verified = ask(first, &["verify", "job", &job, "--artefacts", &export]);
    let mut checks = verified["checks"].as_array().into_iter().flatten();
    let answers = checks.find(|check| check["name"] == "answers follow from the sum");
    assert_eq!(
        answers.map(|check| &check["ok"]),
        Some(&Value::Bool(true)),
        "{verified}"
    );
    assert_eq!(verified["verified"], true, "{verified}");
}
