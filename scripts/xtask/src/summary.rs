//! What the demonstration ends with.

use anyhow::Result;
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Debug, Serialize)]
pub struct Job {
    pub id: u32,
    pub phase: String,
}

/// Areas under the curve.
#[derive(Debug, Serialize)]
pub struct Auc {
    /// Of the job's model.
    pub joint: f64,
    /// Of what the same parties' job without differential privacy would give, computed in one process; `null` where the job
    /// itself ran without.
    pub joint_without_privacy: Option<f64>,
    pub pooled: f64,
    pub solo: Vec<f64>,
}

/// What a dataset's privacy ledger on chain says, in ε at the δ of its policy; `null` where there is no bound.
#[derive(Debug, Serialize)]
pub struct Ledger {
    pub spent: Option<f64>,
    pub left: Option<f64>,
    pub budget: Option<f64>,
}

/// What the same job would meet at the bank's dataset if it were proposed once more.
#[derive(Debug, Serialize)]
pub struct OnceMore {
    /// The rule that it would break; `null` where it would be allowed.
    pub refused_by: Option<String>,
    /// ε of the largest job that there is room for; `null` where there is no budget.
    pub room: Option<f64>,
}

/// A step whose sum is over fewer than all parties.
#[derive(Debug, Serialize)]
pub struct Absence {
    pub step: String,
    pub parties: Vec<String>,
}

/// The summary, as `--json` writes it.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub job: Job,
    /// Training rounds.
    pub rounds: u32,
    /// On the test set that no organisation trained on.
    pub auc: Auc,
    /// Privacy spent by the job; `null` when it ran without differential privacy.
    pub epsilon: Option<f64>,
    /// Organisation to the ledger of its dataset.
    pub ledgers: BTreeMap<String, Ledger>,
    pub once_more: OnceMore,
    pub absences: Vec<Absence>,
    /// Account to points.
    pub payouts: BTreeMap<String, u64>,
    /// Points left in the space's escrow.
    pub escrow: u64,
    pub trust_label: String,
    pub best_block: u64,
    pub finalized_block: u64,
    /// From the first process to the verified result.
    pub seconds: f64,
    /// Organisation to payload bytes that it sent to the worker.
    pub bytes_per_party: BTreeMap<String, u64>,
    pub artefacts: PathBuf,
}

impl Summary {
    pub fn write(&self, file: &std::path::Path) -> Result<()> {
        std::fs::write(file, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }

    /// The same for people. `names` gives the organisation behind an account.
    pub fn print(&self, owners: &[String], names: &BTreeMap<String, String>) {
        self.print_auc(owners);
        println!("\n\x1b[1mWhat it took\x1b[0m");
        println!(
            "  job {} {}, {} training rounds, {:.0} s in all",
            self.job.id, self.job.phase, self.rounds, self.seconds
        );
        for Absence { step, parties } in &self.absences {
            println!(
                "  {step:<28} without the {}; the others' sum sufficed",
                parties.join(", ")
            );
        }
        for (name, bytes) in &self.bytes_per_party {
            println!("  {name:<28} sent {:.1} kB of masked numbers", *bytes as f64 / 1000.0);
        }
        self.print_privacy();
        println!("\n\x1b[1mWho was paid\x1b[0m  (points, by the agreed formula)");
        for (account, points) in &self.payouts {
            println!("  {:<28} {points}", names.get(account).unwrap_or(account));
        }
        println!("  left in escrow               {}", self.escrow);
        println!(
            "\n\x1b[1mOn chain\x1b[0m  best block {}, finalised block {}",
            self.best_block, self.finalized_block
        );
        println!("\n\x1b[1mWhom you trust\x1b[0m");
        for line in self.trust_label.lines() {
            println!("  {line}");
        }
        println!("\nArtefacts: {}", self.artefacts.display());
    }

    fn print_auc(&self, owners: &[String]) {
        println!("\n\x1b[1mHow well the model tells good from bad credit\x1b[0m  (AUC on a test set that nobody trained on; 0.5 is a coin)");
        let line = |name: &str, auc: f64| {
            let bar = "█".repeat(((auc - 0.5).max(0.0) * 60.0).round() as usize);
            println!("  {name:<28} {auc:.3}  {bar}");
        };
        for (name, auc) in owners.iter().zip(&self.auc.solo) {
            line(&format!("{name} alone"), *auc);
        }
        match self.epsilon {
            Some(epsilon) => line(&format!("together, ε = {epsilon:.2}"), self.auc.joint),
            None => line("together, data kept apart", self.auc.joint),
        }
        if let Some(without) = self.auc.joint_without_privacy {
            line("together, without privacy", without);
        }
        line("all data in one place", self.auc.pooled);
        if self.auc.joint_without_privacy.is_some() {
            println!("  \x1b[2mThe one without privacy was no job: one process averaged the updates of the three parts, without noise.\x1b[0m");
        }
    }

    fn print_privacy(&self) {
        println!("\n\x1b[1mWhat it cost in privacy\x1b[0m  (ε in each dataset's ledger on chain)");
        let units = |epsilon: f64| format!("{epsilon:.2}");
        for (name, ledger) in &self.ledgers {
            let spent = ledger
                .spent
                .map_or_else(|| "no bound: there was no noise".to_owned(), units);
            let left = ledger
                .left
                .zip(ledger.budget)
                .map_or_else(String::new, |(left, budget)| format!(", {left:.2} of {budget:.2} left"));
            println!("  {name:<28} spent {spent}{left}");
        }
        if let Some(rule) = &self.once_more.refused_by {
            println!("  the same job once more       refused: {rule}");
        }
        if let Some(room) = self.once_more.room {
            println!("  room for another job         of ε = {room:.2} alone: together jobs cost less than the sum of their ε");
        }
    }
}
