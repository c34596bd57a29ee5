//! Receipts, contributions and payouts.

use super::{require, Facts, Folder, Report, STATE};
use crate::proposal;
use secureflow_plan::{artefact, Step};
use secureflow_primitives::{
    bounds::{PerParty, MAX_ROUND_UTILITY},
    job::{Contribution, JobResult, Receipt},
    merkle,
    revenue::{corrected, Prices, Ruling, Settlement},
    OrgId, H256,
};
use std::collections::{BTreeMap, BTreeSet};

pub fn check(report: &mut Report, facts: &Facts, folder: &Folder) {
    let Some((result, _)) = &facts.result else { return };
    match read(folder, result) {
        Ok(receipts) => {
            let text = format!("{} receipts lead to the root in the result", receipts.len());
            report.check("receipts", Some(artefact::RECEIPTS), Ok(text));
            report.check(
                "contributions",
                Some(artefact::RECEIPTS),
                sums(facts, result, &receipts),
            );
        }
        Err(problem) => {
            report.check("receipts", Some(artefact::RECEIPTS), Err(problem));
        }
    }
    if let Some(settlement) = &facts.settlement {
        settled(report, facts, result, settlement);
    }
}

/// The payouts must follow from the policies' prices, the agreement, the result's contributions and what the members have
/// corrected in them.
fn settled(report: &mut Report, facts: &Facts, result: &JobResult, settlement: &Settlement) {
    report.check(
        "prices",
        Some(STATE),
        require(
            settlement.prices == asked(facts),
            "are those that the pinned policies ask for",
            "are not those that the pinned policies ask for",
        ),
    );
    let contributions = corrected(result.contributions.clone(), &facts.disputes);
    match settlement.payouts_of(&contributions) {
        None => report
            .not_checked
            .push("that the payouts are what the space's contract gives: only the chain runs it".into()),
        Some(expected) => {
            let found = require(
                expected == settlement.payouts.as_slice() && settlement.space == facts.job.space,
                &format!("{} points, shared as was agreed", settlement.amount()),
                "are not what the agreement gives",
            );
            report.check("payouts", Some(STATE), found);
        }
    }
    for dispute in &facts.disputes {
        report.notes.push(match dispute.ruling {
            Some(Ruling::Rejected) => format!("organisation {} disputed its figures; rejected", dispute.party),
            Some(Ruling::Corrected(_)) => {
                format!("the members corrected the figures of organisation {}", dispute.party)
            }
            None if dispute.is_open(facts.block_number) => format!(
                "organisation {} disputes its figures: the payouts may change",
                dispute.party
            ),
            None => format!("organisation {} disputed its figures; nobody decided", dispute.party),
        });
    }
}

/// What the pinned policies ask for, in the order of the datasets.
fn asked(facts: &Facts) -> Prices {
    let priced = facts.job.policies.iter().filter_map(|pinned| {
        let policy = facts.policies.get(&(pinned.dataset, pinned.version))?;
        (policy.price > 0).then_some((pinned.owner, policy.price))
    });
    // A job has no more parties than fit.
    Prices(PerParty::truncate_from(priced.collect()))
}

/// The receipts in a job's folder, where they lead to the root in its result.
pub fn read(folder: &Folder, result: &JobResult) -> Result<Vec<Receipt>, String> {
    let bytes = folder.read(artefact::RECEIPTS)?;
    let receipts: Vec<Receipt> = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    // One form only, so that every changed byte shows.
    if serde_json::to_vec(&receipts).ok().as_deref() != Some(bytes.as_slice()) {
        return Err("are not in canonical form".into());
    }
    let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
    if merkle::root(&leaves) == result.receipts_root {
        Ok(receipts)
    } else {
        Err("do not lead to the root in the result".into())
    }
}

/// The largest utility that a party can have in a step: one where its update is in the training round before, else none.
pub(super) fn most_utility(facts: &Facts, receipt: &Receipt) -> u64 {
    let before = receipt
        .round
        .0
        .checked_sub(1)
        .filter(|step| matches!(proposal::steps(&facts.spec).at(*step), Some(Step::Train(_))));
    let counted = before
        .and_then(|step| facts.rounds.get(step as usize))
        .is_some_and(|(commitment, _)| commitment.participants.contains(&receipt.party));
    match counted {
        true => MAX_ROUND_UTILITY,
        false => 0,
    }
}

/// One receipt per participant and step, and their sums as contributions.
fn sums(facts: &Facts, result: &JobResult, receipts: &[Receipt]) -> Result<String, String> {
    let mut given = BTreeSet::new();
    let mut sums: BTreeMap<OrgId, Contribution> = BTreeMap::new();
    for receipt in receipts {
        if receipt.job != facts.id || !given.insert((receipt.round.0, receipt.party)) {
            return Err("a receipt is for another job, or stands there twice".into());
        }
        if receipt.utility > most_utility(facts, receipt) {
            return Err(format!(
                "organisation {} has a utility in step {} that it cannot have",
                receipt.party, receipt.round
            ));
        }
        let step = proposal::steps(&facts.spec).at(receipt.round.0);
        let training = matches!(step, Some(Step::Train(_)));
        let empty = Contribution {
            party: receipt.party,
            rows: 0,
            compute_ms: 0,
            utility: 0,
            steps: 0,
        };
        let sum = sums.entry(receipt.party).or_insert(empty);
        sum.rows = sum.rows.saturating_add(if training { receipt.rows } else { 0 });
        sum.compute_ms = sum.compute_ms.saturating_add(receipt.compute_ms);
        sum.utility = sum.utility.saturating_add(receipt.utility);
        sum.steps += 1;
    }
    let expected: BTreeSet<(u32, OrgId)> = facts
        .rounds
        .iter()
        .flat_map(|(commitment, _)| commitment.participants.iter().map(|party| (commitment.round.0, *party)))
        .collect();
    if given != expected {
        return Err("receipts and participants of the steps differ".into());
    }
    let claimed: BTreeMap<OrgId, Contribution> = result.contributions.iter().map(|part| (part.party, *part)).collect();
    let sums: BTreeMap<OrgId, Contribution> = sums.into_iter().collect();
    let same = claimed.len() == result.contributions.len()
        && sums.iter().all(|(party, sum)| claimed.get(party) == Some(sum))
        && claimed
            .iter()
            .all(|(party, claim)| sums.contains_key(party) || claim.steps == 0);
    require(same, "are the sums of the receipts", "are not the sums of the receipts")
}
