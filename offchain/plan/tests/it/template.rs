use crate::{plan, TEMPLATE};
use secureflow_plan::{DatasetRef, Plan, PlanError, Template, MAX_PLAN_BYTES};

const PRIVACY: &str = "\n[privacy]\nepsilon = 8.0\ndelta = 1e-5\nclip = 1.0\n";

#[test]
fn a_template_gives_a_plan_with_canonical_bytes() {
    let template = Template::parse(TEMPLATE).unwrap();
    assert_eq!(template.datasets, [DatasetRef::Name("bank".into()), DatasetRef::Id(7)]);
    let bytes = plan().to_bytes().unwrap();
    assert_eq!(Plan::from_bytes(&bytes).unwrap(), plan());
    // Golden: a change of these bytes is a change of the plan's version.
    let golden = r#"{"features":[{"kind":"numeric","name":"income"},{"kind":"categorical","name":"job"}],"label":{"column":"default","positive":"1"},"min_group_size":10,"min_parties":2,"model":{"kind":"logistic"},"name":"credit-risk","step_timeout_s":60,"training":{"batch_size":32,"clip_norm":10.0,"holdout":0.2,"learning_rate":0.25,"local_epochs":1,"rounds":20,"seed":1,"server_momentum":0.0,"weight_decay":0.0},"version":1}"#;
    assert_eq!(String::from_utf8(bytes).unwrap(), golden);
}

#[test]
fn privacy_needs_its_noise() {
    let template = Template::parse(&format!("{TEMPLATE}{PRIVACY}")).unwrap();
    assert!(template.plan(None).is_err());
    let plan = template.plan(Some(3.0000001)).unwrap();
    let privacy = plan.privacy.clone().unwrap();
    assert_eq!((privacy.noise_multiplier_micro, privacy.delta_exponent), (3_000_001, 5));
    assert_eq!(Plan::from_bytes(&plan.to_bytes().unwrap()).unwrap(), plan);
}

#[test]
fn bad_templates_are_refused_with_the_reason() {
    let check = |from: &str, to: &str, reason: &str| {
        let text = format!("{TEMPLATE}{PRIVACY}").replacen(from, to, 1);
        assert!(text.contains(to), "the replacement was made");
        let error = Template::parse(&text).unwrap_err().to_string();
        assert!(error.contains(reason), "{to}: {error}");
    };
    check(
        "rounds = 20",
        "rounds = 0",
        "training.rounds: is 0 and must lie between 1 and 1000",
    );
    check("rounds = 20", "rounds = 1000000", "training.rounds");
    check("rounds = 20", "rounds = -1", "rounds");
    check("rounds = 20", "", "missing field `rounds`");
    check("rounds = 20", "rounds = 20\nspeed = 3", "unknown field `speed`");
    check("name = \"job\"", "name = \"income\"", "stands there twice");
    check("name = \"job\"", "name = \"default\"", "is the label");
    check("kind = \"numeric\"", "kind = \"number\"", "unknown variant");
    check("positive = 1", "positive = \"churned\"", "label.negative");
    check("positive = 1", "positive = 2", "label.negative");
    check("delta = 1e-5", "delta = 3e-5", "power of ten");
    check("epsilon = 8.0", "epsilon = 0.0", "privacy.epsilon");
    check("min_parties = 2", "min_parties = 3", "only 2 datasets");
    check("min_parties = 2", "min_parties = 1", "min_parties");
    check("learning_rate = 0.25", "learning_rate = nan", "training.learning_rate");
    check(
        "learning_rate = 0.25",
        "learning_rate = 0.123456789012",
        "nine decimals",
    );
    check("datasets = [\"bank\", 7]", "datasets = [7, 7]", "twice");
    let none: String = TEMPLATE.split("[[feature]]").next().unwrap().into();
    let error = Template::parse(&format!("{none}\n[model]\nkind=\"logistic\"\n[training]\nrounds=1")).unwrap_err();
    assert!(error.to_string().contains("add at least one [[feature]]"), "{error}");
}

#[test]
fn other_bytes_are_no_plan() {
    let bytes = plan().to_bytes().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert_eq!(
        Plan::from_bytes(text.replacen(':', ": ", 1).as_bytes()),
        Err(PlanError::NotCanonical)
    );
    assert!(Plan::from_bytes(text.replace("\"version\":1", "\"version\":2").as_bytes()).is_err());
    assert!(Plan::from_bytes(text.replace("\"rounds\":20", "\"rounds\":0").as_bytes()).is_err());
    assert!(matches!(
        Plan::from_bytes(&[b' '; MAX_PLAN_BYTES + 1]),
        Err(PlanError::TooLarge { .. })
    ));
    assert!(Plan::from_bytes(b"").is_err());
    for end in 0..bytes.len() {
        assert!(Plan::from_bytes(&bytes[..end]).is_err());
    }
}

#[test]
fn too_many_long_names_do_not_fit_the_chain() {
    let mut plan = plan();
    plan.features = (0..250)
        .map(|i| secureflow_plan::Feature {
            kind: secureflow_plan::FeatureKind::Numeric,
            name: format!("{i:0>60}"),
        })
        .collect();
    assert!(matches!(plan.to_bytes(), Err(PlanError::TooLarge { .. })));
}
