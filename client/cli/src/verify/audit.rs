//! The job's entries in the audit log.

use super::{require, Facts, Report, STATE};
use secureflow_primitives::audit::Kind;

pub fn check(report: &mut Report, facts: &Facts) {
    let count = |kind: Kind| facts.audit.iter().filter(|(_, entry)| entry.kind == kind).count();
    let approvals = facts.spec.datasets.len();
    let steps = facts.spec.steps() as usize;
    let claimed = facts
        .settlement
        .as_ref()
        .is_some_and(|settlement| settlement.claimed_at.is_some());
    let ruled = facts.disputes.iter().filter(|dispute| dispute.ruling.is_some()).count();
    let complete = count(Kind::JobProposed) == 1
        && count(Kind::JobApproved) == approvals
        && count(Kind::JobAssigned) >= 1
        && count(Kind::RoundCommitted) == steps
        && count(Kind::JobCompleted) == 1
        && count(Kind::Settled) == usize::from(facts.settlement.is_some())
        && count(Kind::ReceiptDisputed) == facts.disputes.len()
        && count(Kind::DisputeResolved) == ruled
        && count(Kind::PayoutClaimed) == usize::from(claimed);
    report.check(
        "audit entries",
        Some(STATE),
        require(
            complete,
            &format!(
                "the log holds the proposal, {approvals} approvals, {steps} steps, the completion and what followed"
            ),
            "the log lacks entries of this job, or holds too many",
        ),
    );
}
