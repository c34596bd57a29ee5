//! Which rules of a policy refuse a job. The chain stops at the first; people want to see all of them.

use crate::{explain, names::shown};
use secureflow_primitives::{
    job::JobSpec,
    policy::{ColumnRole, Dataset, Policy, Violation},
    privacy::{Ledger, Reservation},
    BlockNumber, OrgId,
};
use serde::Serialize;

/// A rule that refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The chain's name for it.
    pub rule: String,
    pub detail: String,
    pub hint: String,
}

/// Every rule that refuses the job. Empty exactly where the chain's own judgement is that it may run.
pub fn findings(
    policy: &Policy,
    ledger: &Ledger,
    spec: &JobSpec,
    parties: &[OrgId],
    now: BlockNumber,
    dataset: &Dataset,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let owner = dataset.owner;
    if dataset.retired {
        found.push(finding(Violation::DatasetRetired, "the dataset is retired".into()));
    }
    if dataset.revoked {
        found.push(finding(Violation::NoPolicy, "its owner has revoked the policy".into()));
    }
    // One rule at a time: the others are made to hold.
    for relaxed in single_rules(policy, spec) {
        if let Err(violation) = relaxed.check(owner, spec, parties, now) {
            found.push(finding(violation, detail(violation, policy, spec, parties)));
        }
    }
    if let Err(violation) = ledger.check(policy, &Reservation::of(spec)) {
        found.push(finding(violation, detail(violation, policy, spec, parties)));
    }
    // Whatever single rules miss, the whole judgement has the last word.
    if let Err(violation) = policy.check(owner, spec, parties, now) {
        let rule = name(violation);
        if !found.iter().any(|finding| finding.rule == rule) {
            found.push(finding(violation, detail(violation, policy, spec, parties)));
        }
    }
    found
}

fn name(violation: Violation) -> String {
    format!("Policy{violation:?}")
}

fn finding(violation: Violation, detail: String) -> Finding {
    let rule = name(violation);
    let hint = explain::lookup("Collaborations", &rule)
        .map_or("", |entry| entry.hint)
        .to_string();
    Finding { rule, detail, hint }
}

/// The policy with all rules but one opened, for each rule.
fn single_rules(policy: &Policy, spec: &JobSpec) -> Vec<Policy> {
    let mut open = policy.clone();
    open.expires_at = None;
    open.min_parties = 0;
    open.min_group_size = 0;
    open.counterparties = None;
    open.columns = spec.columns.clone();
    // Bounded lists of one item take it.
    open.purposes.clear();
    let _ = open.purposes.try_push(spec.purpose.clone());
    open.operations.clear();
    let _ = open.operations.try_push(spec.operation);
    vec![
        Policy {
            expires_at: policy.expires_at,
            ..open.clone()
        },
        Policy {
            purposes: policy.purposes.clone(),
            ..open.clone()
        },
        Policy {
            operations: policy.operations.clone(),
            ..open.clone()
        },
        Policy {
            columns: policy.columns.clone(),
            ..open.clone()
        },
        Policy {
            min_parties: policy.min_parties,
            ..open.clone()
        },
        Policy {
            min_group_size: policy.min_group_size,
            ..open.clone()
        },
        Policy {
            counterparties: policy.counterparties.clone(),
            ..open
        },
    ]
}

fn detail(violation: Violation, policy: &Policy, spec: &JobSpec, parties: &[OrgId]) -> String {
    let names = |list: &[secureflow_primitives::bounds::Name]| {
        list.iter()
            .map(|name| format!("{:?}", shown(name)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let columns = |wrong: &dyn Fn(Option<ColumnRole>, ColumnRole) -> bool| {
        let wrong: Vec<String> = spec
            .columns
            .iter()
            .filter(|wanted| {
                let allowed = policy
                    .columns
                    .iter()
                    .find(|column| column.name == wanted.name)
                    .map(|column| column.role);
                wrong(allowed, wanted.role)
            })
            .map(|column| format!("{:?}", shown(&column.name)))
            .collect();
        wrong.join(", ")
    };
    match violation {
        Violation::Purpose => {
            format!(
                "the job's purpose is {:?}; allowed: {}",
                shown(&spec.purpose),
                names(&policy.purposes)
            )
        }
        Violation::Operation => format!(
            "the job does {:?}; allowed: {:?}",
            spec.operation,
            policy.operations.as_slice()
        ),
        Violation::ColumnHidden => format!(
            "the policy hides {}",
            columns(&|allowed, _| matches!(allowed, None | Some(ColumnRole::Hidden)))
        ),
        Violation::ColumnRole => format!(
            "the policy allows another role for {}",
            columns(&|allowed, wanted| allowed.is_some_and(|role| role != ColumnRole::Hidden && role != wanted))
        ),
        Violation::TooFewParties => format!(
            "the job guarantees {} parties of {}; the policy asks for {}",
            spec.min_parties,
            parties.len(),
            policy.min_parties
        ),
        Violation::GroupTooSmall => {
            format!(
                "the job keeps to groups of {}; the policy asks for {}",
                spec.min_group_size, policy.min_group_size
            )
        }
        Violation::Expired => format!("the policy held until block {}", policy.expires_at.unwrap_or_default()),
        other => explain::lookup("Collaborations", &name(other))
            .map_or("", |entry| entry.says)
            .to_string(),
    }
}
