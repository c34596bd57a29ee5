//! What this worker tells the auditors of a job's space.

use crate::job::JobInfo;
use secureflow_notes::Notes;
use secureflow_primitives::{audit::Subject, job::RoundCommitment};
use serde_json::{json, Value};

/// Writes notes; one that is written already is not written again.
pub struct Journal {
    pub notes: Notes,
}

impl Journal {
    pub async fn assigned(&self, info: &JobInfo) {
        let detail = json!({
            "event": "assigned", "job": info.id, "spec_hash": info.spec.hash(), "parties": info.parties,
        });
        self.write(info, "assigned", detail).await;
    }

    pub async fn step(&self, info: &JobInfo, commitment: &RoundCommitment) {
        let detail = json!({
            "event": "step", "job": info.id, "step": commitment.round, "output": commitment.output,
            "participants": commitment.participants,
        });
        self.write(info, &format!("step-{}", commitment.round), detail).await;
    }

    pub async fn completed(&self, info: &JobInfo) {
        self.write(info, "completed", json!({ "event": "completed", "job": info.id }))
            .await;
    }

    async fn write(&self, info: &JobInfo, event: &str, detail: Value) {
        let key = format!("job-{}-{event}", info.id);
        self.notes.queue(&key, info.space, Subject::Job(info.id), &detail).await;
    }
}
