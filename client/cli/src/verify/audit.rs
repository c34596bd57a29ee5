//! The job's entries in the audit log.

use super::{require, Facts, Report, STATE};
use secureflow_primitives::audit::Kind;

pub fn check(report: &mut Report, facts: &Facts) {
    let count = |kind: Kind| facts.audit.iter().filter(|(_, entry)| entry.kind == kind).count();
    let approvals = facts.spec.datasets.len();
    let steps = facts.spec.steps() as usize;
    let complete = count(Kind::JobProposed) == 1
        && count(Kind::JobApproved) == approvals
        && count(Kind::JobAssigned) >= 1
        && count(Kind::RoundCommitted) == steps
        && count(Kind::JobCompleted) == 1
        && count(Kind::Settled) == usize::from(facts.settlement.is_some());
    report.check(
        "audit entries",
        Some(STATE),
        require(
            complete,
            &format!("the log holds the proposal, {approvals} approvals, {steps} steps and the completion"),
            "the log lacks entries of this job, or holds too many",
        ),
    );
}
