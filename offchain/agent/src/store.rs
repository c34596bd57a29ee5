//! The agent's checkpoints. The machines in it hold inputs and keys, so the file is as secret as the data.

mod directions;
mod schema;
#[cfg(test)]
mod tests;
mod worker;

use secureflow_primitives::{DatasetId, JobId, H256};
use secureflow_service::{
    database::{Database, DatabaseError},
    outbox::Outbox,
};
use sqlx::{Row, SqlitePool};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Open(#[from] DatabaseError),
    #[error("the database refuses")]
    Sql(#[from] sqlx::Error),
    #[error("the record of {0} in the database is damaged")]
    Damaged(&'static str),
    #[error("shares of this step were revealed in another attempt")]
    Revealed,
    #[error("shares of step {0} were revealed to the worker that had the job before: propose the job again")]
    RevealedBefore(u32),
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

#[derive(Clone)]
pub struct Store {
    database: Database,
}

/// Where this agent stands with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    Running,
    /// Its artefacts are here and checked.
    Done,
    /// This agent does not take part.
    Refused,
    /// The chain has ended it without a result, or its files could not be had.
    Ended,
}

impl JobState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    fn read(name: &str) -> Result<Self> {
        [Self::Running, Self::Done, Self::Refused, Self::Ended]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or(StoreError::Damaged("a job"))
    }
}

#[derive(Clone, Debug)]
pub struct JobRecord {
    pub state: JobState,
    pub reason: Option<String>,
}

/// What the agent did in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepFigures {
    pub rows: u64,
    pub compute_ms: u64,
    /// Payload bytes sent, repeats included.
    pub bytes: u64,
    /// Reported with this step, of the training round before it; millionths.
    pub utility: u64,
}

/// A step's machine, for the disk. No `Debug`: it holds secrets.
pub struct Checkpoint {
    pub machine: Zeroizing<Vec<u8>>,
    /// The vector that it was saved apart from, empty where there is none; `None` where that has been saved already.
    pub vector: Option<Zeroizing<Vec<u8>>>,
    /// Whether the machine has given out its shares, or is about to. That happens in one attempt only, since two sums over
    /// different parties would show the difference.
    pub revealed: bool,
}

/// A step's record. No `Debug`: the machine holds secrets.
pub struct StepRecord {
    pub attempt: u32,
    pub machine: Option<Zeroizing<Vec<u8>>>,
    /// The vector that the machine was saved apart from; empty where there is none.
    pub vector: Zeroizing<Vec<u8>>,
    /// The attempt in which shares left this agent.
    pub revealed: Option<u32>,
    pub figures: StepFigures,
}

impl Store {
    pub async fn open(path: &Path, genesis: H256) -> Result<Self> {
        let database = Database::open(path, schema::MIGRATIONS, genesis.0).await?;
        Ok(Self { database })
    }

    fn pool(&self) -> &SqlitePool {
        self.database.pool()
    }

    pub async fn close(&self) {
        self.database.close().await;
    }

    /// The audit notes that wait to be sent.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.pool().clone())
    }

    pub async fn bind_dataset(&self, dataset: DatasetId, path: &str) -> Result<()> {
        sqlx::query("INSERT OR REPLACE INTO datasets (dataset, path) VALUES (?, ?)")
            .bind(dataset.0)
            .bind(path)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// The files bound to datasets.
    pub async fn datasets(&self) -> Result<Vec<(DatasetId, PathBuf)>> {
        let rows = sqlx::query("SELECT dataset, path FROM datasets ORDER BY dataset")
            .fetch_all(self.pool())
            .await?;
        rows.into_iter()
            .map(|row| Ok((DatasetId(row.try_get(0)?), PathBuf::from(row.try_get::<String, _>(1)?))))
            .collect()
    }

    pub async fn dataset(&self, dataset: DatasetId) -> Result<Option<PathBuf>> {
        let path: Option<String> = sqlx::query_scalar("SELECT path FROM datasets WHERE dataset = ?")
            .bind(dataset.0)
            .fetch_optional(self.pool())
            .await?;
        Ok(path.map(PathBuf::from))
    }

    pub async fn set_job(&self, job: JobId, state: JobState, reason: Option<&str>) -> Result<()> {
        sqlx::query(
            "INSERT INTO jobs (job, state, reason) VALUES (?1, ?2, ?3)
             ON CONFLICT (job) DO UPDATE SET state = ?2, reason = ?3",
        )
        .bind(job.0)
        .bind(state.name())
        .bind(reason)
        .execute(self.pool())
        .await?;
        if state != JobState::Running {
            // What a machine holds is of no use any more.
            for query in [
                "UPDATE steps SET machine = NULL WHERE job = ?",
                "DELETE FROM vectors WHERE job = ?",
            ] {
                sqlx::query(query).bind(job.0).execute(self.pool()).await?;
            }
            self.forget_directions(job).await?;
        }
        Ok(())
    }

    pub async fn job(&self, job: JobId) -> Result<Option<JobRecord>> {
        let row = sqlx::query("SELECT state, reason FROM jobs WHERE job = ?")
            .bind(job.0)
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| {
            Ok(JobRecord {
                state: JobState::read(&row.try_get::<String, _>(0)?)?,
                reason: row.try_get(1)?,
            })
        })
        .transpose()
    }

    pub async fn jobs(&self) -> Result<Vec<(JobId, JobRecord)>> {
        let rows = sqlx::query("SELECT job, state, reason FROM jobs ORDER BY job")
            .fetch_all(self.pool())
            .await?;
        rows.into_iter()
            .map(|row| {
                let record = JobRecord {
                    state: JobState::read(&row.try_get::<String, _>(1)?)?,
                    reason: row.try_get(2)?,
                };
                Ok((JobId(row.try_get(0)?), record))
            })
            .collect()
    }

    pub async fn step(&self, job: JobId, step: u32) -> Result<Option<StepRecord>> {
        let row = sqlx::query(
            "SELECT attempt, machine, revealed, row_count, compute_ms, bytes, utility, vector
             FROM steps LEFT JOIN vectors USING (job, step) WHERE job = ? AND step = ?",
        )
        .bind(job.0)
        .bind(step)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(StepRecord {
                attempt: row.try_get(0)?,
                machine: row.try_get::<Option<_>, _>(1)?.map(Zeroizing::new),
                vector: Zeroizing::new(row.try_get::<Option<_>, _>(7)?.unwrap_or_default()),
                revealed: row.try_get(2)?,
                figures: figures(&row, 3)?,
            })
        })
        .transpose()
    }

    /// The newest step that has a machine.
    pub async fn step_under_way(&self, job: JobId) -> Result<Option<u32>> {
        let step: Option<u32> = sqlx::query_scalar(
            "SELECT step FROM steps WHERE job = ? AND machine IS NOT NULL ORDER BY step DESC LIMIT 1",
        )
        .bind(job.0)
        .fetch_optional(self.pool())
        .await?;
        Ok(step)
    }

    /// What was done in each step of a job.
    pub async fn figures(&self, job: JobId) -> Result<Vec<(u32, StepFigures)>> {
        let rows =
            sqlx::query("SELECT step, row_count, compute_ms, bytes, utility FROM steps WHERE job = ? ORDER BY step")
                .bind(job.0)
                .fetch_all(self.pool())
                .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, figures(row, 1)?))).collect()
    }

    /// The checkpoint of a step.
    pub async fn save_step(
        &self,
        job: JobId,
        step: u32,
        attempt: u32,
        checkpoint: &Checkpoint,
        figures: StepFigures,
    ) -> Result<()> {
        let mut transaction = self.pool().begin().await?;
        let saved = sqlx::query(
            "INSERT INTO steps (job, step, attempt, machine, revealed, row_count, compute_ms, bytes, utility)
             VALUES (?1, ?2, ?3, ?4, CASE WHEN ?5 THEN ?3 END, ?6, ?7, ?8, ?9)
             ON CONFLICT (job, step) DO UPDATE SET
                 attempt = ?3, machine = ?4, revealed = CASE WHEN ?5 THEN ?3 ELSE revealed END,
                 row_count = ?6, compute_ms = ?7, bytes = ?8, utility = ?9
             WHERE revealed IS NULL OR revealed = ?3",
        )
        .bind(job.0)
        .bind(step)
        .bind(attempt)
        .bind(checkpoint.machine.as_slice())
        .bind(checkpoint.revealed)
        .bind(clamped(figures.rows))
        .bind(clamped(figures.compute_ms))
        .bind(clamped(figures.bytes))
        .bind(clamped(figures.utility))
        .execute(&mut *transaction)
        .await?;
        if saved.rows_affected() == 0 {
            return Err(StoreError::Revealed);
        }
        if let Some(vector) = &checkpoint.vector {
            let query = match vector.is_empty() {
                true => sqlx::query("DELETE FROM vectors WHERE job = ? AND step = ?")
                    .bind(job.0)
                    .bind(step),
                false => sqlx::query("INSERT OR REPLACE INTO vectors (job, step, vector) VALUES (?, ?, ?)")
                    .bind(job.0)
                    .bind(step)
                    .bind(vector.as_slice()),
            };
            query.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The step is over: its machine is forgotten.
    pub async fn end_step(&self, job: JobId, step: u32) -> Result<()> {
        let mut transaction = self.pool().begin().await?;
        for query in [
            "UPDATE steps SET machine = NULL WHERE job = ? AND step = ?",
            "DELETE FROM vectors WHERE job = ? AND step = ?",
        ] {
            sqlx::query(query)
                .bind(job.0)
                .bind(step)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

fn figures(row: &sqlx::sqlite::SqliteRow, first: usize) -> Result<StepFigures> {
    let figure = |at: usize| -> Result<u64> { Ok(row.try_get::<i64, _>(at)?.unsigned_abs()) };
    Ok(StepFigures {
        rows: figure(first)?,
        compute_ms: figure(first + 1)?,
        bytes: figure(first + 2)?,
        utility: figure(first + 3)?,
    })
}

/// SQLite's integers end at 2^63 - 1.
fn clamped(figure: u64) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}
