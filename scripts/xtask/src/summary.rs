//! What the demonstration ends with.

use anyhow::Result;
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Debug, Serialize)]
pub struct Job {
    pub id: u32,
    pub phase: String,
}

#[derive(Debug, Serialize)]
pub struct Auc {
    pub joint: f64,
    pub pooled: f64,
    pub solo: Vec<f64>,
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
        let bar = |auc: f64| "█".repeat(((auc - 0.5).max(0.0) * 60.0).round() as usize);
        println!("\n\x1b[1mHow well the model tells good from bad credit\x1b[0m  (AUC on a test set that nobody trained on; 0.5 is a coin)");
        for (name, auc) in owners.iter().zip(&self.auc.solo) {
            println!("  {:<28} {auc:.3}  {}", format!("{name} alone"), bar(*auc));
        }
        println!(
            "  {:<28} \x1b[1m{:.3}\x1b[0m  {}",
            "together, data kept apart",
            self.auc.joint,
            bar(self.auc.joint)
        );
        println!(
            "  {:<28} {:.3}  {}",
            "all data in one place",
            self.auc.pooled,
            bar(self.auc.pooled)
        );
        println!("\n\x1b[1mWhat it took\x1b[0m");
        println!(
            "  job {} {}, {} training rounds, {:.0} s in all",
            self.job.id, self.job.phase, self.rounds, self.seconds
        );
        for (name, bytes) in &self.bytes_per_party {
            println!("  {name:<28} sent {:.1} kB of masked numbers", *bytes as f64 / 1000.0);
        }
        match self.epsilon {
            Some(epsilon) => println!("  privacy spent                ε = {epsilon:.2}"),
            None => println!("  privacy spent                no differential privacy in this job: ε has no bound"),
        }
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
}
