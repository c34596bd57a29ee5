//! The demonstration's last entry in the audit log, proven without a node.

use super::*;

/// Writes the proof of the entry of the job's completion, and lets the script that has no dependencies check it.
pub(super) fn prove_completion(network: &Network, job: u32) -> Result<()> {
    let listed = network.as_org(SUPERVISOR, &["audit", "list", "--job", &job.to_string()])?;
    let entries = shell::field(&listed, "entries")?.as_array().into_iter().flatten();
    let completed = entries.clone().find(|entry| entry["kind"] == "JobCompleted");
    let completed = completed.with_context(|| format!("the log holds no completion of job {job}"))?;
    let index = shell::number(completed, "index")?.to_string();
    let file = path(&network.dir.join("audit-entry.json"));
    let proof = network.as_org(SUPERVISOR, &["audit", "proof", &index, "--out", &file])?;
    let block = shell::text(&proof, "block_hash")?;
    let script = path(&checks::root().join("scripts/audit-proof.py"));
    network.shell.text(Path::new("python3"), &[&script, &file, &block])?;
    println!("  entry {index} of the log is proven to a script that knows the block's hash and nothing else");
    Ok(())
}
