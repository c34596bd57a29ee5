//! Which rules of a policy refuse a job. The chain stops at the first; people want to see all of them.

use crate::{
    explain,
    names::{micro, shown},
};
use secureflow_primitives::{
    bounds::PerColumn,
    job::JobSpec,
    policy::{ColumnRule, Dataset, Policy, Violation},
    privacy::{Ledger, PrivacyCost, Reservation},
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

impl Finding {
    /// A refusal in general words.
    pub fn of(violation: Violation) -> Self {
        finding(violation, says(violation))
    }
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
    let columns = Policy {
        columns: policy.columns.clone(),
        purposes: policy.purposes.clone(),
        ..open(policy, spec)
    };
    for (violation, names) in by_violation(spec, |alone| columns.check(owner, alone, parties, now)) {
        if !found.iter().any(|finding| finding.rule == name(violation)) {
            found.push(finding(violation, column_detail(violation, &names.join(", "))));
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

fn says(violation: Violation) -> String {
    explain::lookup("Collaborations", &name(violation))
        .map_or("", |entry| entry.says)
        .to_string()
}

fn finding(violation: Violation, detail: String) -> Finding {
    let rule = name(violation);
    let hint = explain::lookup("Collaborations", &rule)
        .map_or("", |entry| entry.hint)
        .to_string();
    Finding { rule, detail, hint }
}

/// The columns that each violation is about, judged one by one.
fn by_violation(spec: &JobSpec, judge: impl Fn(&JobSpec) -> Result<(), Violation>) -> Vec<(Violation, Vec<String>)> {
    let mut found: Vec<(Violation, Vec<String>)> = Vec::new();
    let mut alone = spec.clone();
    for column in &spec.columns {
        alone.columns = PerColumn::truncate_from(vec![column.clone()]);
        let Err(violation) = judge(&alone) else { continue };
        let name = format!("{:?}", shown(&column.name));
        match found.iter_mut().find(|(other, _)| *other == violation) {
            Some((_, names)) => names.push(name),
            None => found.push((violation, vec![name])),
        }
    }
    found
}

/// The policy with every rule opened that the job could break.
fn open(policy: &Policy, spec: &JobSpec) -> Policy {
    let mut open = policy.clone();
    open.expires_at = None;
    open.min_parties = 0;
    open.min_group_size = 0;
    open.counterparties = None;
    open.columns = PerColumn::truncate_from(spec.columns.iter().cloned().map(ColumnRule::from).collect());
    // Bounded lists of one item take it.
    open.purposes.clear();
    let _ = open.purposes.try_push(spec.purpose.clone());
    open.operations.clear();
    let _ = open.operations.try_push(spec.operation);
    open
}

/// The policy with all rules but one opened, for each rule but those for columns.
fn single_rules(policy: &Policy, spec: &JobSpec) -> Vec<Policy> {
    let open = open(policy, spec);
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
        Violation::NoiseTooLow => {
            let claimed = match spec.privacy {
                PrivacyCost::PerRound { noise_micro, .. } => noise_micro,
                PrivacyCost::Unbounded => 0,
            };
            let asked = policy.budget.and_then(|budget| budget.min_noise_micro);
            format!(
                "the job's noise multiplier is {}; the policy asks for {}",
                micro(claimed),
                micro(asked.unwrap_or_default())
            )
        }
        Violation::Expired => format!("the policy held until block {}", policy.expires_at.unwrap_or_default()),
        other => says(other),
    }
}

fn column_detail(violation: Violation, columns: &str) -> String {
    match violation {
        Violation::ColumnHidden => format!("the policy hides {columns}"),
        Violation::ColumnRole => format!("the policy allows another role for {columns}"),
        Violation::ColumnOperation => format!("the policy allows {columns} in that role for other operations only"),
        Violation::ColumnPurpose => format!("the policy allows {columns} in that role for other purposes only"),
        Violation::TooFewParties => format!("the policy asks for more parties where {columns} are used"),
        Violation::GroupTooSmall => format!("the policy asks for larger groups where {columns} are used"),
        other => format!("{columns}: {other:?}"),
    }
}

#[cfg(test)]
mod tests;
