use super::*;

const SAMPLE: &str = include_str!("../../consortium.sample.json");

/// The sample with one piece of text replaced.
fn check(from: &str, to: &str) -> Result<Consortium, Error> {
    assert!(from.is_empty() || SAMPLE.contains(from), "the sample holds {from}");
    let json = if from.is_empty() {
        SAMPLE.into()
    } else {
        SAMPLE.replacen(from, to, 1)
    };
    serde_json::from_str::<File>(&json)
        .map_err(|error| Error::Syntax("test".into(), error))?
        .check()
}

#[test]
fn the_sample_is_a_consortium() {
    let consortium = check("", "").expect("the sample is right");
    assert_eq!(consortium.parties.len(), 4);
    assert_eq!(
        consortium
            .parties
            .iter()
            .filter(|party| party.validator.is_some())
            .count(),
        3
    );
    let nodes: Vec<_> = consortium.parties.iter().map(|party| party.nodes.len()).collect();
    assert_eq!(nodes, [1, 0, 1, 0]);
    assert!(consortium.simulated_root.is_some());
}

#[test]
fn mistakes_are_named_with_their_place() {
    let twice_aura = SAMPLE
        .match_indices("\"aura\": \"")
        .nth(1)
        .map(|(at, _)| &SAMPLE[at..at + 76])
        .expect("a second");
    let first_aura = SAMPLE
        .match_indices("\"aura\": \"")
        .next()
        .map(|(at, _)| &SAMPLE[at..at + 76])
        .expect("a first");
    for (from, to, expected) in [
        ("\"id\": \"sample\"", "\"id\": \"Sample Net\"", "`id` is \"Sample Net\""),
        ("\"name\": \"Bank\"", "\"name\": \"\"", "organisation 0 (): `name`"),
        (
            "\"name\": \"Insurer\"",
            "\"name\": \"Bank\"",
            "`name` stands in another organisation",
        ),
        (
            "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
            "5Grw",
            "organisation 0 (Bank): `account` is \"5Grw\"",
        ),
        (
            twice_aura,
            first_aura,
            "`validator.aura` stands in another organisation",
        ),
        ("\"grandpa\": \"0x", "\"grandpa\": \"0", "`validator.grandpa`"),
        (
            "\"simulated_root\": \"0x",
            "\"simulated_root\": \"0x00",
            "`simulated_root` holds",
        ),
        (
            "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD",
            "12D3KooW",
            "`nodes` holds \"12D3KooW\"",
        ),
        (
            "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD",
            "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
            "`nodes` holds \"Qm",
        ),
        (
            "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD",
            "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp",
            "`nodes` stands in another organisation",
        ),
        (
            "\"bootnodes\": []",
            "\"bootnodes\": [\"127.0.0.1:1\"]",
            "`bootnodes` holds",
        ),
    ] {
        let error = check(from, to).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error} does not say {expected}");
    }
}

#[test]
fn unknown_fields_are_refused() {
    assert!(matches!(check("\"points\":", "\"pionts\":"), Err(Error::Syntax(..))));
}

/// A measurement that hardware reports says what was built to get it.
#[test]
fn a_measurement_stands_for_a_source() {
    let root = SAMPLE.find("  \"simulated_root\"").expect("the sample has one");
    let end = SAMPLE[root..].find('\n').expect("a line") + root + 1;
    let real = SAMPLE.replace(&SAMPLE[root..end], "");
    let from = real.find("    \"0x0000").expect("a measurement");
    let to = real[from..].find('\n').expect("a line") + from;
    let with = |entry: &str| {
        let json = real.replace(&real[from..to], entry);
        serde_json::from_str::<File>(&json)
            .map_err(|error| error.to_string())?
            .check()
            .map_err(|error| error.to_string())
    };
    let entry = |revision: &str, recipe: &str| {
        let measurement = "07".repeat(48);
        format!("{{\"measurement\": \"0x{measurement}\", \"revision\": \"{revision}\", \"recipe\": \"{recipe}\"}}")
    };
    let good = with(&entry(&"01".repeat(20), &"02".repeat(32))).expect("it names its source");
    let source = Source {
        revision: Revision::Sha1([1; 20]),
        recipe: H256([2; 32]),
    };
    assert_eq!(good.measurements, [(Measurement([7; 48]), source)]);
    assert!(with(&entry(&"01".repeat(32), &"02".repeat(32))).is_ok());
    for (entry, expected) in [
        (real[from..to].to_string(), "by itself"),
        (
            entry(&"01".repeat(21), &"02".repeat(32)),
            "`measurements.revision` holds",
        ),
        (entry(&"01".repeat(20), &"02".repeat(31)), "`measurements.recipe` holds"),
    ] {
        let error = with(&entry).expect_err(expected);
        assert!(error.contains(expected), "{error} does not say {expected}");
    }
}

#[test]
fn somebody_must_validate() {
    let json = r#"{"name": "n", "id": "n", "organisations": [{"name": "a", "account":
        "0x0101010101010101010101010101010101010101010101010101010101010101"}]}"#;
    let file: File = serde_json::from_str(json).expect("parses");
    let error = file.check().expect_err("no validator").to_string();
    assert!(error.contains("nobody could make blocks"));
}
