//! The worker's checkpoints. What a party or the chain was told rests on what stands here.

mod proven;
mod schema;
#[cfg(test)]
mod tests;

pub use proven::{Part, Seconded};

use crate::step::{Checkpoint, PartyRecord};
use codec::{Decode, Encode};
use secureflow_primitives::{
    job::{JobResult, RoundCommitment},
    JobId, OrgId, Round, H256,
};
use secureflow_service::{
    database::{Database, DatabaseError},
    outbox::Outbox,
};
use sqlx::{Row, SqlitePool};
use std::{collections::BTreeMap, path::Path};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Open(#[from] DatabaseError),
    #[error("the database refuses")]
    Sql(#[from] sqlx::Error),
    #[error("the record of {0} in the database is damaged")]
    Damaged(&'static str),
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

#[derive(Clone)]
pub struct Store {
    database: Database,
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    Running,
    Done,
    Failed,
}

pub struct JobRecord {
    pub spec_hash: H256,
    pub state: JobState,
    /// The first step whose output is not known.
    pub next_step: u32,
    pub momentum: Option<Vec<u8>>,
    pub reason: Option<String>,
    pub result: Option<JobResult>,
}

pub struct StepRecord {
    pub attempt: u32,
    /// `None` once the step has its output.
    pub machine: Option<Vec<u8>>,
    /// The sum that the machine was saved apart from; empty where there is none.
    pub sum: Vec<u8>,
    pub commitment: Option<RoundCommitment>,
}

impl Store {
    pub async fn open(path: &Path, genesis: H256) -> Result<Self> {
        let database = Database::open(path, schema::MIGRATIONS, genesis.0).await?;
        Ok(Self { database })
    }

    fn pool(&self) -> &SqlitePool {
        self.database.pool()
    }

    /// The audit notes that wait to be sent.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.pool().clone())
    }

    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Writes a job down; one that is there stays as it is.
    pub async fn begin_job(&self, job: JobId, spec_hash: H256) -> Result<()> {
        sqlx::query("INSERT OR IGNORE INTO jobs (job, spec_hash) VALUES (?, ?)")
            .bind(job.0)
            .bind(spec_hash.as_bytes())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    pub async fn job(&self, job: JobId) -> Result<Option<JobRecord>> {
        let row = sqlx::query("SELECT spec_hash, state, next_step, momentum, reason, result FROM jobs WHERE job = ?")
            .bind(job.0)
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let spec_hash: Vec<u8> = row.try_get(0)?;
        let state: String = row.try_get(1)?;
        let result: Option<Vec<u8>> = row.try_get(5)?;
        Ok(Some(JobRecord {
            spec_hash: <[u8; 32]>::try_from(spec_hash)
                .map(H256)
                .map_err(|_| StoreError::Damaged("a job"))?,
            state: match state.as_str() {
                "running" => JobState::Running,
                "done" => JobState::Done,
                "failed" => JobState::Failed,
                _ => return Err(StoreError::Damaged("a job")),
            },
            next_step: row.try_get(2)?,
            momentum: row.try_get(3)?,
            reason: row.try_get(4)?,
            result: decoded(result, "a result")?,
        }))
    }

    /// Jobs that are neither done nor failed.
    pub async fn running(&self) -> Result<Vec<JobId>> {
        let jobs: Vec<u32> = sqlx::query_scalar("SELECT job FROM jobs WHERE state = 'running' ORDER BY job")
            .fetch_all(self.pool())
            .await?;
        Ok(jobs.into_iter().map(JobId).collect())
    }

    pub async fn step(&self, job: JobId, step: u32) -> Result<Option<StepRecord>> {
        let query = "SELECT attempt, machine, output, sum FROM steps LEFT JOIN sums USING (job, step)
                     WHERE job = ? AND step = ?";
        let row = sqlx::query(query)
            .bind(job.0)
            .bind(step)
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(StepRecord {
            attempt: row.try_get(0)?,
            machine: row.try_get(1)?,
            commitment: decoded(row.try_get(2)?, "a commitment")?,
            sum: row.try_get::<Option<_>, _>(3)?.unwrap_or_default(),
        }))
    }

    /// The checkpoint of a step under way.
    pub async fn save_step(&self, job: JobId, step: u32, attempt: u32, checkpoint: &Checkpoint) -> Result<()> {
        let mut transaction = self.pool().begin().await?;
        let saved = sqlx::query(
            "INSERT INTO steps (job, step, attempt, machine) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (job, step) DO UPDATE SET attempt = ?3, machine = ?4 WHERE output IS NULL",
        )
        .bind(job.0)
        .bind(step)
        .bind(attempt)
        .bind(checkpoint.machine.as_slice())
        .execute(&mut *transaction)
        .await?;
        if let (1.., Some(sum)) = (saved.rows_affected(), &checkpoint.sum) {
            let query = match sum.is_empty() {
                true => sqlx::query("DELETE FROM sums WHERE job = ? AND step = ?")
                    .bind(job.0)
                    .bind(step),
                false => sqlx::query("INSERT OR REPLACE INTO sums (job, step, sum) VALUES (?, ?, ?)")
                    .bind(job.0)
                    .bind(step)
                    .bind(sum.as_slice()),
            };
            query.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// A step has its output: the machine is forgotten, the receipts and the commitment stay.
    pub async fn finish_step(
        &self,
        job: JobId,
        commitment: &RoundCommitment,
        records: &BTreeMap<OrgId, PartyRecord>,
        momentum: Option<&[u8]>,
    ) -> Result<()> {
        let step = commitment.round.0;
        let mut transaction = self.pool().begin().await?;
        sqlx::query("UPDATE steps SET machine = NULL, output = ? WHERE job = ? AND step = ?")
            .bind(commitment.encode())
            .bind(job.0)
            .bind(step)
            .execute(&mut *transaction)
            .await?;
        for query in [
            "DELETE FROM sums WHERE job = ? AND step = ?",
            "DELETE FROM parts WHERE job = ? AND step = ?",
        ] {
            sqlx::query(query)
                .bind(job.0)
                .bind(step)
                .execute(&mut *transaction)
                .await?;
        }
        for (org, record) in records {
            sqlx::query(
                "INSERT OR REPLACE INTO receipts (job, step, party, row_count, compute_ms, bytes, utility)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(job.0)
            .bind(step)
            .bind(org.0)
            .bind(clamped(record.rows))
            .bind(clamped(record.compute_ms))
            .bind(clamped(record.bytes))
            .bind(clamped(record.utility))
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query("UPDATE jobs SET next_step = ?, momentum = ? WHERE job = ?")
            .bind(step + 1)
            .bind(momentum)
            .bind(job.0)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The receipts' figures, by step and party.
    pub async fn receipts(&self, job: JobId) -> Result<BTreeMap<(Round, OrgId), PartyRecord>> {
        let rows = sqlx::query("SELECT step, party, row_count, compute_ms, bytes, utility FROM receipts WHERE job = ?")
            .bind(job.0)
            .fetch_all(self.pool())
            .await?;
        rows.into_iter()
            .map(|row| {
                let figure = |at: usize| -> Result<u64> { Ok(row.try_get::<i64, _>(at)?.unsigned_abs()) };
                let record = PartyRecord {
                    rows: figure(2)?,
                    compute_ms: figure(3)?,
                    bytes: figure(4)?,
                    utility: figure(5)?,
                };
                Ok(((Round(row.try_get(0)?), OrgId(row.try_get(1)?)), record))
            })
            .collect()
    }

    /// What is about to be signed and sent as the job's result. The first one stays.
    pub async fn save_result(&self, job: JobId, result: &JobResult) -> Result<()> {
        sqlx::query("UPDATE jobs SET result = ? WHERE job = ? AND result IS NULL")
            .bind(result.encode())
            .bind(job.0)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    pub async fn end_job(&self, job: JobId, state: JobState, reason: Option<&str>) -> Result<()> {
        let state = match state {
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
        };
        let mut transaction = self.pool().begin().await?;
        sqlx::query("UPDATE jobs SET state = ?, reason = ? WHERE job = ?")
            .bind(state)
            .bind(reason)
            .bind(job.0)
            .execute(&mut *transaction)
            .await?;
        for query in [
            "UPDATE steps SET machine = NULL WHERE job = ?",
            "DELETE FROM sums WHERE job = ?",
            "DELETE FROM parts WHERE job = ?",
        ] {
            sqlx::query(query).bind(job.0).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// SQLite's integers end at 2^63 - 1.
fn clamped(figure: u64) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}

fn decoded<T: Decode>(bytes: Option<Vec<u8>>, what: &'static str) -> Result<Option<T>> {
    bytes
        .map(|bytes| T::decode(&mut bytes.as_slice()).map_err(|_| StoreError::Damaged(what)))
        .transpose()
}
