use super::*;
use crate::network::Names;
use secureflow_primitives::policy::WorkerRequirement;

fn policy(text: &str) -> Result<Policy> {
    PolicyFile::parse(text)?.policy(&Names::none(), 100)
}

#[test]
fn the_template_is_a_policy() {
    let columns = [
        ("age".to_string(), RoleName::Feature),
        ("pay \"now\" = #".to_string(), RoleName::Label),
    ];
    for text in [template(&[]), template(&columns)] {
        let policy = policy(&text).unwrap();
        assert_eq!(policy.min_parties, 2);
        assert!(policy.budget.is_none());
    }
    // With every comment that holds a rule opened.
    let full = template(&columns)
        .replace("# min_noise", "min_noise")
        .replace("# max_uses", "max_uses")
        .replace("# expires_in", "expires_in")
        .replace("# [budget]\n# epsilon = 8.0\n# delta", "[budget]\nepsilon = 8.0\ndelta");
    let policy = policy(&full).unwrap();
    assert_eq!(policy.expires_at, Some(86_500));
    assert_eq!(
        policy.budget,
        Some(PrivacyBudget {
            epsilon_micro: 8_000_000,
            delta_exponent: 5,
            min_noise_micro: Some(1_000_000),
        })
    );
    assert_eq!(policy.columns[1].name.as_slice(), b"pay \"now\" = #");
}

/// The template with its examples of longer rules in place of the columns.
fn with_examples() -> String {
    let text = template(&[]);
    let (head, columns) = text.split_once("[columns]").unwrap();
    let examples = head.lines().filter_map(|line| line.strip_prefix("#   "));
    let first = columns.lines().nth(1).unwrap();
    format!(
        "{head}[columns]\n{first}\n{}\n",
        examples.collect::<Vec<_>>().join("\n")
    )
}

#[test]
fn a_policy_reads_back_as_it_was_written() {
    let limited = with_examples()
        .replace(
            "# measurements = [\"0x…\"]",
            &format!("measurements = [\"0x{}\"]", "ab".repeat(48)),
        )
        .replace(
            "# [budget]\n# epsilon = 8.0\n# delta",
            "[budget]\nepsilon = 8.0\nmin_noise = 0.5\ndelta",
        );
    for text in [template(&[]), limited] {
        let written = policy(&text).unwrap();
        let file = PolicyFile::of(&written, &Names::none());
        let text = toml::to_string(&file).unwrap();
        assert_eq!(policy(&text).unwrap(), written, "{text}");
    }
}

#[test]
fn a_column_may_have_several_rules() {
    let policy = policy(&with_examples()).unwrap();
    let rules: Vec<_> = policy
        .columns
        .iter()
        .map(|rule| {
            (
                rule.name.to_vec(),
                rule.role,
                rule.for_operations.to_vec(),
                rule.for_purposes.to_vec(),
            )
        })
        .collect();
    let training = vec![Operation::HorizontalTraining];
    assert_eq!(
        rules,
        [
            (b"age".to_vec(), ColumnRole::Feature, training, vec![]),
            (b"default".to_vec(), ColumnRole::Label, vec![], vec![]),
            (b"income".to_vec(), ColumnRole::Feature, vec![], vec![0]),
            (b"income".to_vec(), ColumnRole::AggregateOnly, vec![], vec![]),
        ]
    );
    assert_eq!(
        (policy.columns[0].min_group_size, policy.columns[3].min_parties),
        (50, 3)
    );
}

#[test]
fn workers_are_on_hardware_unless_it_says_otherwise() {
    let text = template(&[]).replace("kinds = [", "# kinds = [");
    assert_eq!(policy(&text).unwrap().worker, WorkerRequirement::hardware());
    assert_eq!(policy(&template(&[])).unwrap().worker, WorkerRequirement::default());
    let said = |requirement| WorkerFile::of(&requirement).to_string();
    assert_eq!(said(WorkerRequirement::hardware()), "sev-snp, tdx, sgx");
    assert!(said(WorkerRequirement::default()).starts_with("SIMULATED evidence, "));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let base = template(&[]);
    let table = [
        (base.replace("[\"credit-scoring\"]", "[]"), "at least one purpose"),
        (base.replace("price = 0", "prize = 0"), "prize"),
        (base.replace("horizontal-training\"]", "mining\"]"), "mining"),
        (base.replace("# expires_at = 500000", "expires_at = 7"), "block 7"),
        (
            base.replace(
                "# counterparties = [\"bank\", \"insurer\"]",
                "counterparties = [\"nobody\"]",
            ),
            "nobody",
        ),
        (
            base.replace("[columns]", "[budget]\nepsilon = 1.0\ndelta = 0.3\n[columns]"),
            "power of ten",
        ),
        (base.replace("\"feature\"", "\"target\""), "target"),
        (base.replace("\"feature\"", "7"), "a list of rules"),
        (base.replace("\"feature\"", "[]"), "income"),
        (
            base.replace("\"feature\"", "{ role = \"feature\", max_parties = 3 }"),
            "max_parties",
        ),
        (
            base.replace("\"feature\"", "{ role = \"feature\", operations = [\"inference\"] }"),
            "inference is none",
        ),
        (
            base.replace("\"feature\"", "{ role = \"feature\", purposes = [\"churn\"] }"),
            "\"churn\" is none",
        ),
        (base.replace("\"sev-snp\"", "\"sev\""), "sev"),
        (
            base.replace("# measurements = [\"0x…\"]", "measurements = [\"0x12\"]"),
            "0x12",
        ),
        (
            base.replace("# measurements = [\"0x…\"]", "measurements = []"),
            "nobody",
        ),
        (
            base.replace(
                "[columns]",
                "[budget]\nepsilon = 1.0\ndelta = 1e-5\nmin_noise = 0.0\n[columns]",
            ),
            "min_noise",
        ),
    ];
    for (text, problem) in table {
        let error = policy(&text).unwrap_err();
        assert!(error.message.contains(problem), "{problem}: {}", error.message);
    }
}
