use super::*;
use secureflow_plan::Template;

fn sample() -> JobTemplate {
    parse(SAMPLES[0].text).unwrap()
}

fn datasets(count: u32) -> Vec<DatasetId> {
    (0..count).map(DatasetId).collect()
}

#[test]
fn every_sample_becomes_a_specification() {
    for sample in SAMPLES {
        let template = parse(sample.text).unwrap();
        let made = Proposal::new(&template, datasets(3)).unwrap();
        assert_eq!(made.spec.rounds, template.rounds());
        assert_eq!(JobPlan::from_bytes(&made.spec.plan).unwrap(), made.plan);
        match &template {
            JobTemplate::Training(template) => {
                assert_eq!(made.spec.operation, Operation::HorizontalTraining);
                assert_eq!(made.spec.columns.len(), template.features.len() + 1);
                assert_eq!(made.spec.columns[0].role, ColumnRole::Label);
                assert_eq!(made.spec.privacy, PrivacyCost::Unbounded);
            }
            JobTemplate::Statistics(template) => {
                assert_eq!(made.spec.operation, Operation::Statistics);
                assert_eq!(made.spec.steps(), 1);
                assert!(made
                    .spec
                    .columns
                    .iter()
                    .all(|column| column.role == ColumnRole::AggregateOnly));
                let PrivacyCost::PerRound { cost, .. } = made.spec.privacy else {
                    panic!("statistics have a cost")
                };
                let epsilon = cost.epsilon_micro(5) as f64 / 1e6;
                assert!(epsilon <= template.privacy.epsilon && epsilon > 0.99 * template.privacy.epsilon);
            }
        }
    }
}

/// The template of a training.
fn training(text: &str) -> Template {
    match parse(text).unwrap() {
        JobTemplate::Training(template) => *template,
        JobTemplate::Statistics(_) => panic!("a training"),
    }
}

#[test]
fn privacy_costs_what_was_asked_for_and_no_more() {
    let mut text = String::from(SAMPLES[0].text);
    text = text.replace(
        "[deadlines]",
        "[privacy]\nepsilon = 4.0\ndelta = 1e-5\nclip = 1.0\n\n[deadlines]",
    );
    let made = Proposal::new(&parse(&text).unwrap(), datasets(3)).unwrap();
    let PrivacyCost::PerRound { noise_micro, cost } = made.spec.privacy else {
        panic!("a bounded cost")
    };
    let planned = made.plan.noise().map(|(noise_micro, _)| noise_micro);
    assert_eq!(planned, Some(noise_micro));
    let epsilon = cost.times(made.spec.rounds).epsilon_micro(5);
    assert!((3_900_000..=4_000_000).contains(&epsilon), "{epsilon}");
}

/// With a sample of the rows in each round, as much ε buys less noise, and the cost on chain is that of samples.
#[test]
fn samples_need_less_noise() {
    let made = |more: &str| {
        let privacy = format!("[privacy]\nepsilon = 4.0\ndelta = 1e-5\nclip = 1.0\n{more}\n[deadlines]");
        let text = SAMPLES[0].text.replace("[deadlines]", &privacy);
        Proposal::new(&parse(&text).unwrap(), datasets(3)).unwrap()
    };
    let noise = |made: &Proposal| match made.spec.privacy {
        PrivacyCost::PerRound { noise_micro, cost } => {
            let epsilon = cost.times(made.spec.rounds).epsilon_micro(5);
            assert!((3_900_000..=4_000_000).contains(&epsilon), "{epsilon}");
            noise_micro
        }
        PrivacyCost::Unbounded => panic!("a bounded cost"),
    };
    let (all, sampled) = (
        made(""),
        made("sampling = 0.2\nunit = { column = \"branch\", most_rows = 5 }"),
    );
    assert!(noise(&sampled) * 2 < noise(&all));
    let unit = sampled
        .spec
        .columns
        .iter()
        .find(|column| column.name.as_slice() == b"branch");
    assert_eq!(unit.map(|column| column.role), Some(ColumnRole::JoinKey));
}

#[test]
fn too_few_or_repeated_datasets_are_refused() {
    assert!(Proposal::new(&sample(), datasets(1))
        .unwrap_err()
        .message
        .contains("parties"));
    let twice = vec![DatasetId(4), DatasetId(4)];
    assert!(Proposal::new(&sample(), twice).unwrap_err().message.contains("twice"));
}

#[test]
fn bad_templates_name_what_is_wrong() {
    let text = SAMPLES[0].text;
    let table = [
        (text.replace("rounds = 15", "rounds = 0"), "rounds"),
        (text.replace("rounds = 15", "rounds = 1000000"), "rounds"),
        (text.replace("[model]", "[modell]"), "modell"),
        (text.replace("min_parties = 2", "min_parties = 1"), "min_parties"),
    ];
    for (text, problem) in table {
        let error = parse(&text).unwrap_err();
        assert!(error.message.contains(problem), "{problem}: {}", error.message);
    }
}

#[test]
fn a_template_is_made_from_columns() {
    let columns: Vec<(String, String)> = [
        ("age", "numeric"),
        ("job \"x\"", "categorical"),
        ("gone", "empty"),
        ("y", "numeric"),
    ]
    .map(|(name, kind)| (name.to_string(), kind.to_string()))
    .to_vec();
    let template = training(&tabular(&columns, "y", ("1", Some("0")), "churn").unwrap());
    assert_eq!(template.features.len(), 2);
    assert_eq!(template.label.column, "y");
    assert!(tabular(&columns, "nope", ("1", None), "churn")
        .unwrap_err()
        .message
        .contains("job"));
}

#[test]
fn the_usual_positive_value_is_found() {
    let values = |a: &str, b: &str| [a.to_string(), b.to_string()];
    assert_eq!(
        label_values("y", &values("No", "Yes"), None).unwrap(),
        ("Yes".into(), Some("No".into()))
    );
    assert_eq!(
        label_values("y", &values("bad", "good"), Some("bad")).unwrap(),
        ("bad".into(), Some("good".into()))
    );
    assert!(label_values("y", &values("stayed", "left"), None).is_err());
    assert!(label_values("y", &values("0", "1"), Some("2")).is_err());
}

fn worker(byte: u8) -> AccountId {
    AccountId::new([byte; 32])
}

#[test]
fn two_workers_are_those_that_are_active_or_named() {
    let text = SAMPLES[1]
        .text
        .replace("# [bounded]\n# most_rows", "[bounded]\nmost_rows");
    let active = [(worker(1), OrgId(1)), (worker(2), OrgId(2)), (worker(3), OrgId(2))];
    let named = |text: &str, active: &[(AccountId, OrgId)]| {
        let mut template = parse(text).unwrap();
        name_workers(template.bounded_mut().unwrap(), active)?;
        Ok::<_, Failure>(
            Proposal::new(&template, datasets(3))?
                .plan
                .bounded()
                .unwrap()
                .accounts()
                .unwrap(),
        )
    };
    assert_eq!(named(&text, &active).unwrap(), [[1; 32], [2; 32], [3; 32]]);
    let choose = |list: &str| text.replace("most_rows = 1000", &format!("most_rows = 1000\nworkers = {list}"));
    let both = format!("[\"{}\", \"0x{}\"]", crate::names::account(&worker(2)), "01".repeat(32));
    assert_eq!(named(&choose(&both), &active).unwrap(), [[2; 32], [1; 32]]);

    let refused = |text: &str, active: &[(AccountId, OrgId)]| named(text, active).unwrap_err().message;
    assert!(
        refused(&text, &active[1..]).contains("different organisations"),
        "one operator"
    );
    assert!(
        refused(&choose(&both), &active[1..]).contains("different organisations"),
        "one is not active"
    );
    assert!(refused(&choose("[\"nobody\"]"), &active).contains("is no account"));
    // What a job costs does not hang on who computes it.
    assert_eq!(
        reservation(&parse(&text).unwrap()).unwrap(),
        reservation(&parse(SAMPLES[1].text).unwrap()).unwrap()
    );
}
