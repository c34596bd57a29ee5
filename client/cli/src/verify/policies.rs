//! The policies that were pinned at the approval, judged again.

use super::{Facts, Report, STATE};
use secureflow_primitives::{
    audit::Kind,
    job::PinnedPolicy,
    policy::WorkerRequirement,
    privacy::{Ledger, Reservation},
    BlockNumber,
};

pub fn check(report: &mut Report, facts: &Facts) {
    let complete = facts.job.policies.len() == facts.spec.datasets.len()
        && facts
            .spec
            .datasets
            .iter()
            .all(|dataset| facts.job.policies.iter().any(|pinned| pinned.dataset == *dataset));
    report.check(
        "pinned policies",
        Some(STATE),
        super::require(
            complete,
            "one version for each dataset",
            "a dataset takes part without a pinned policy",
        ),
    );
    report.check("worker requirement", Some(STATE), requirement(facts));
    let now = approved_at(facts);
    for pinned in &facts.job.policies {
        let name = format!("policy {} of dataset {}", pinned.version, pinned.dataset);
        report.check(
            name,
            Some(STATE),
            allows(facts, pinned, now).map(|()| "allows the job".into()),
        );
    }
}

/// What the pinned policies together ask of the worker must be what stands in the job.
fn requirement(facts: &Facts) -> Result<String, String> {
    let pinned = facts.job.policies.iter();
    let asked = pinned.filter_map(|pinned| facts.policies.get(&(pinned.dataset, pinned.version)));
    let together = asked
        .map(|policy| &policy.worker)
        .try_fold(WorkerRequirement::default(), |sum, asked| sum.and(asked))
        .map_err(|violation| format!("the pinned policies contradict each other: {violation:?}"))?;
    super::require(
        together == facts.job.requirement,
        "is what the pinned policies together ask for",
        "is not what the pinned policies ask for",
    )
}

/// The block of the last approval, which the audit log knows; else that of the proposal.
fn approved_at(facts: &Facts) -> BlockNumber {
    let approvals = facts.audit.iter().filter(|(_, entry)| entry.kind == Kind::JobApproved);
    approvals
        .map(|(_, entry)| entry.block)
        .max()
        .unwrap_or(facts.job.proposed_at)
}

fn allows(facts: &Facts, pinned: &PinnedPolicy, now: BlockNumber) -> Result<(), String> {
    let dataset = facts
        .datasets
        .get(&pinned.dataset)
        .ok_or("the export holds no such dataset")?;
    if dataset.owner != pinned.owner {
        return Err("is pinned for another owner".into());
    }
    let policy = facts
        .policies
        .get(&(pinned.dataset, pinned.version))
        .ok_or("the export holds no such policy")?;
    policy
        .check(pinned.owner, &facts.spec, &facts.parties(), now)
        .map_err(|violation| format!("refuses the job: {violation:?}"))?;
    // What the ledger held then is not in the export; the job alone must fit the budget.
    Ledger::default()
        .check(policy, &Reservation::of(&facts.spec))
        .map_err(|violation| format!("refuses the job: {violation:?}"))?;
    match &facts.worker {
        Some((_, worker)) => policy
            .worker
            .check(worker)
            .map_err(|violation| format!("does not take the worker: {violation:?}")),
        None => Ok(()),
    }
}
