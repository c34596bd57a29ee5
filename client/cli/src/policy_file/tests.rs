use super::*;
use crate::network::Names;

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
        .replace("# max_uses", "max_uses")
        .replace("# expires_in", "expires_in")
        .replace("# [budget]\n# epsilon = 8.0\n# delta", "[budget]\nepsilon = 8.0\ndelta");
    let policy = policy(&full).unwrap();
    assert_eq!(policy.expires_at, Some(86_500));
    assert_eq!(
        policy.budget,
        Some(PrivacyBudget {
            epsilon_micro: 8_000_000,
            delta_exponent: 5
        })
    );
    assert_eq!(policy.columns[1].name.as_slice(), b"pay \"now\" = #");
}

#[test]
fn a_policy_reads_back_as_it_was_written() {
    let written = policy(&template(&[])).unwrap();
    let file = PolicyFile::of(&written, &Names::none());
    let text = toml::to_string(&file).unwrap();
    assert_eq!(policy(&text).unwrap(), written);
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
    ];
    for (text, problem) in table {
        let error = policy(&text).unwrap_err();
        assert!(error.message.contains(problem), "{problem}: {}", error.message);
    }
}
