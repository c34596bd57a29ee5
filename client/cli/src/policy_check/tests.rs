use super::*;
use crate::{network::Names, policy_file::PolicyFile, proposal};
use secureflow_primitives::{
    policy::{DatasetRegistration, RowBand},
    DatasetId, PolicyVersion, H256,
};

const JOB: &str = r#"
name = "churn"
purpose = "churn"
label = { column = "left", positive = "yes" }
model = { kind = "logistic" }
training = { rounds = 2 }
privacy = { epsilon = 4.0, delta = 1e-5, clip = 1.0 }
feature = [
    { name = "age", kind = "numeric" },
    { name = "plan", kind = "categorical" },
    { name = "region", kind = "categorical" },
]
"#;

/// The rules that refuse the job, and what is said of each.
fn refusals(policy: &str) -> Vec<(String, String)> {
    let policy = PolicyFile::parse(policy).unwrap().policy(&Names::none(), 0).unwrap();
    let template = proposal::parse(JOB).unwrap();
    let spec = proposal::Proposal::new(&template, vec![DatasetId(0), DatasetId(1)])
        .unwrap()
        .spec;
    let dataset = Dataset {
        owner: OrgId(0),
        registration: DatasetRegistration {
            name: b"customers".to_vec().try_into().unwrap(),
            schema: H256::zero(),
            rows: RowBand::Under1K,
            content_root: H256::zero(),
        },
        policy: PolicyVersion(1),
        retired: false,
        revoked: false,
    };
    let parties = [OrgId(0), OrgId(1)];
    let found = findings(&policy, &Ledger::default(), &spec, &parties, 1, &dataset);
    let allowed = policy.check(OrgId(0), &spec, &parties, 1).is_ok()
        && Ledger::default().check(&policy, &Reservation::of(&spec)).is_ok();
    assert_eq!(found.is_empty(), allowed);
    assert!(found.iter().all(|finding| !finding.hint.is_empty()), "{found:?}");
    found
        .into_iter()
        .map(|finding| (finding.rule, finding.detail))
        .collect()
}

#[test]
fn what_is_allowed_breaks_no_rule() {
    let policy = r#"
        purposes = ["research", "churn"]
        [columns]
        left = "label"
        age = [{ role = "feature", purposes = ["churn"] }, { role = "hidden", purposes = ["research"] }]
        plan = "feature"
        region = "feature"
    "#;
    assert!(refusals(policy).is_empty());
}

#[test]
fn every_broken_rule_is_named_with_its_columns() {
    let policy = r#"
        purposes = ["research", "churn"]
        operations = ["statistics"]
        min_group_size = 50
        [budget]
        epsilon = 100.0
        delta = 1e-5
        min_noise = 500.0
        [columns]
        left = "feature"
        age = { role = "feature", purposes = ["research"] }
        plan = { role = "feature", operations = ["statistics"] }
    "#;
    let found = refusals(policy);
    let said = |rule: &str| {
        let of_rule: Vec<&str> = found
            .iter()
            .filter(|(name, _)| name == rule)
            .map(|(_, detail)| detail.as_str())
            .collect();
        assert_eq!(of_rule.len(), 1, "{rule}: {found:?}");
        of_rule[0]
    };
    assert!(said("PolicyColumnRole").contains("\"left\""));
    assert!(said("PolicyColumnPurpose").contains("\"age\""));
    assert!(said("PolicyColumnOperation").contains("\"plan\""));
    assert!(said("PolicyColumnHidden").contains("\"region\""));
    assert!(said("PolicyOperation").contains("Statistics"));
    assert!(said("PolicyGroupTooSmall").contains("50"));
    assert!(said("PolicyNoiseTooLow").contains("500"));
    assert_eq!(found.len(), 7, "{found:?}");
}

#[test]
fn a_columns_own_minimum_is_named() {
    let policy = r#"
        purposes = ["churn"]
        [columns]
        left = "label"
        age = { role = "feature", min_parties = 3 }
        plan = { role = "feature", min_group_size = 1000 }
        region = "feature"
    "#;
    let found = refusals(policy);
    assert!(found
        .iter()
        .any(|(rule, detail)| rule == "PolicyTooFewParties" && detail.contains("\"age\"")));
    assert!(found
        .iter()
        .any(|(rule, detail)| rule == "PolicyGroupTooSmall" && detail.contains("\"plan\"")));
}
