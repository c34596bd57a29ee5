//! Checking a job's result from files alone: what the chain held of it (an export with its proof) and the artefacts.
//!
//! Nothing here opens a connection. What files cannot show is listed beside what was checked.

mod audit;
mod evidence;
mod facts;
mod folder;
mod policies;
mod receipts;
mod steps;

pub use facts::Facts;
pub use folder::Folder;
pub use receipts::read as read_receipts;

use secureflow_plan::{artefact, threshold, JobPlan};
use secureflow_primitives::{job::JobPhase, policy::Operation, privacy::PrivacyCost};
use serde::Serialize;

/// The chain's part of a job's folder.
pub const STATE: &str = "state.scale";

/// One check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    /// What was found, or what is wrong.
    pub detail: String,
    /// The file that the check is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artefact: Option<String>,
}

/// All checks of a job.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub checks: Vec<Check>,
    /// What no file can show.
    pub not_checked: Vec<String>,
    /// What is worth knowing and no failure.
    pub notes: Vec<String>,
}

impl Report {
    /// Files that failed a check.
    pub fn bad_artefacts(&self) -> Vec<&str> {
        let mut bad: Vec<&str> = self
            .checks
            .iter()
            .filter(|check| !check.ok)
            .filter_map(|check| check.artefact.as_deref())
            .collect();
        bad.sort_unstable();
        bad.dedup();
        bad
    }

    pub fn ok(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.ok)
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let mark = if check.ok { '✓' } else { '✗' };
            let file = check
                .artefact
                .as_ref()
                .map_or_else(String::new, |file| format!(" [{file}]"));
            text.push_str(&format!("{mark} {}{file}: {}\n", check.name, check.detail));
        }
        for note in &self.notes {
            text.push_str(&format!("note: {note}\n"));
        }
        if !self.not_checked.is_empty() {
            text.push_str("Could not be checked from files:\n");
            for thing in &self.not_checked {
                text.push_str(&format!("  - {thing}\n"));
            }
        }
        let failed = self.checks.iter().filter(|check| !check.ok).count();
        match failed {
            0 => text.push_str(&format!("All {} checks passed.\n", self.checks.len())),
            _ => text.push_str(&format!(
                "{failed} of {} checks FAILED: {}\n",
                self.checks.len(),
                self.bad_artefacts().join(", ")
            )),
        }
        text
    }

    /// Books a check. `found` is the detail where it holds, or what is wrong.
    fn check(&mut self, name: impl Into<String>, artefact: Option<&str>, found: Result<String, String>) -> bool {
        let (ok, detail) = match found {
            Ok(detail) => (true, detail),
            Err(detail) => (false, detail),
        };
        self.checks.push(Check {
            name: name.into(),
            ok,
            detail,
            artefact: artefact.map(String::from),
        });
        ok
    }
}

/// `Ok(good)` where it holds.
fn require(holds: bool, good: &str, bad: &str) -> Result<String, String> {
    if holds {
        Ok(good.into())
    } else {
        Err(bad.into())
    }
}

/// Checks a job's folder against what an export says.
pub fn verify(facts: &Facts, folder: &Folder) -> Report {
    let mut report = Report::default();
    report.check(
        "export proof",
        Some(STATE),
        Ok(format!(
            "every value is proven under the state root of block {}",
            facts.block_number
        )),
    );
    report.check(
        "job completed",
        Some(STATE),
        require(
            facts.job.phase == JobPhase::Completed,
            "the chain holds it as completed",
            "the chain does not hold it as completed",
        ),
    );
    steps::check(&mut report, facts, folder);
    evidence::check(&mut report, facts, folder);
    policies::check(&mut report, facts);
    receipts::check(&mut report, facts, folder);
    audit::check(&mut report, facts);
    label(&mut report, facts, folder);
    leftovers(&mut report, facts, folder);
    report.not_checked.extend(open_questions(facts));
    report
}

/// The report where the export itself does not hold.
pub fn broken_export(problem: String) -> Report {
    let mut report = Report::default();
    report.check("export proof", Some(STATE), Err(problem));
    report
        .not_checked
        .push("everything else, since it rests on the export".into());
    report
}

/// The trust label is written for those who open the folder; where it is there, it must say what the chain says.
fn label(report: &mut Report, facts: &Facts, folder: &Folder) {
    let Ok(bytes) = folder.read(artefact::TRUST_LABEL) else {
        return;
    };
    let mut parties: Vec<u32> = facts.parties().iter().map(|org| org.0).collect();
    parties.sort_unstable();
    let plan = match JobPlan::from_bytes(&facts.spec.plan) {
        Ok(plan) => plan,
        Err(error) => {
            report.check("trust label", Some(artefact::TRUST_LABEL), Err(error.to_string()));
            return;
        }
    };
    let epsilon = match (plan.noise(), &facts.spec.privacy) {
        (Some((_, delta_exponent)), PrivacyCost::PerRound { cost, .. }) => {
            Some(cost.times(facts.spec.rounds).epsilon_micro(delta_exponent as u8) as f64 / 1e6)
        }
        _ => None,
    };
    let threshold = threshold(parties.len(), facts.spec.min_parties);
    let expected = artefact::trust_label(&plan, facts.id.0, facts.job.simulated, &parties, threshold, epsilon);
    let found = require(
        bytes == expected,
        "says what follows from the chain",
        "says something else than the chain",
    );
    report.check("trust label", Some(artefact::TRUST_LABEL), found);
}

fn leftovers(report: &mut Report, facts: &Facts, folder: &Folder) {
    let mut known = artefact::all(crate::proposal::steps(&facts.spec));
    known.extend([STATE.to_string(), artefact::TRUST_LABEL.to_string()]);
    for name in folder.names() {
        if !known.contains(&name) {
            report
                .notes
                .push(format!("{name} is no artefact of this job; nothing vouches for it"));
        }
    }
}

fn open_questions(facts: &Facts) -> Vec<String> {
    let mut open = vec![
        format!(
            "that block {} ({}) was finalised by the validators: ask a node that you trust for it",
            facts.block_number,
            crate::names::hash(&facts.block_hash)
        ),
        "that the owners computed with true rows, and with the registered data".into(),
        "computing times, which the worker reports from what the parties say".into(),
    ];
    if facts.spec.operation != Operation::Statistics {
        open.push(
            "that each round's model follows from the parties' updates: nobody but the worker saw their sum".into(),
        );
    }
    if facts.job.simulated {
        open.push("the worker's hardware: its evidence is SIMULATED and stands for none".into());
    } else {
        open.push("whether the hardware maker has since revoked the platform".into());
    }
    match &facts.settlement {
        None => open.push("payouts: the job was not settled when the state was exported".into()),
        Some(settlement) if settlement.claimed_at.is_none() => {
            open.push("that the payouts were paid: they were not claimed when the state was exported".into());
        }
        Some(_) => {}
    }
    if !facts.disputes.is_empty() {
        open.push(
            "that the members decided rightly on the disputes: their evidence is on chain by its hash only".into(),
        );
    }
    open
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
