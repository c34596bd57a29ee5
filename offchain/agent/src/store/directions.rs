//! Which way this party's updates pointed, kept until the utility is reported. As secret as a machine.

use super::{Result, Store};
use secureflow_primitives::JobId;
use zeroize::Zeroizing;

impl Store {
    /// Keeps the direction of a training step's update, in place of what an earlier attempt at the step left. The step
    /// before it stays too, because its utility is not on disk before this step's machine is; what is older goes.
    pub async fn keep_direction(&self, job: JobId, step: u32, direction: &[f32]) -> Result<()> {
        let bytes: Zeroizing<Vec<u8>> =
            Zeroizing::new(direction.iter().flat_map(|value| value.to_le_bytes()).collect());
        let mut transaction = self.pool().begin().await?;
        sqlx::query("DELETE FROM directions WHERE job = ? AND step + 1 < ?")
            .bind(job.0)
            .bind(step)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT OR REPLACE INTO directions (job, step, direction) VALUES (?, ?, ?)")
            .bind(job.0)
            .bind(step)
            .bind(bytes.as_slice())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The direction of a training step's update. `None` where it is lost, or is no row of numbers.
    pub async fn direction(&self, job: JobId, step: u32) -> Result<Option<Zeroizing<Vec<f32>>>> {
        let bytes: Option<Vec<u8>> = sqlx::query_scalar("SELECT direction FROM directions WHERE job = ? AND step = ?")
            .bind(job.0)
            .bind(step)
            .fetch_optional(self.pool())
            .await?;
        let bytes = bytes.map(Zeroizing::new);
        Ok(bytes.and_then(|bytes| {
            let (values, rest) = bytes.as_chunks::<4>();
            rest.is_empty()
                .then(|| Zeroizing::new(values.iter().map(|four| f32::from_le_bytes(*four)).collect()))
        }))
    }

    pub(super) async fn forget_directions(&self, job: JobId) -> Result<()> {
        sqlx::query("DELETE FROM directions WHERE job = ?")
            .bind(job.0)
            .execute(self.pool())
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{schema, JobState, StepFigures};
    use secureflow_primitives::H256;
    use secureflow_service::database::Database;

    const JOB: JobId = JobId(3);

    async fn store(folder: &tempfile::TempDir) -> Store {
        let store = Store::open(&folder.path().join("agent.db"), H256([1; 32]))
            .await
            .unwrap();
        store.set_job(JOB, JobState::Running, None).await.unwrap();
        store
    }

    async fn kept(store: &Store) -> Vec<u32> {
        let mut steps = Vec::new();
        for step in 0..20 {
            if store.direction(JOB, step).await.unwrap().is_some() {
                steps.push(step);
            }
        }
        steps
    }

    /// The last two are kept over a start, an attempt replaces the one before it, and the job's end takes all.
    #[tokio::test]
    async fn directions_stay_until_they_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let first = store(&folder).await;
        for step in 2..6 {
            first.keep_direction(JOB, step, &[step as f32, -0.5]).await.unwrap();
        }
        first.keep_direction(JOB, 5, &[7.0, 0.25]).await.unwrap();
        first.close().await;
        drop(first);

        let second = store(&folder).await;
        assert_eq!(kept(&second).await, [4, 5]);
        assert_eq!(second.direction(JOB, 4).await.unwrap().unwrap().as_slice(), [4.0, -0.5]);
        assert_eq!(second.direction(JOB, 5).await.unwrap().unwrap().as_slice(), [7.0, 0.25]);
        assert!(second.direction(JobId(4), 5).await.unwrap().is_none());
        second.set_job(JOB, JobState::Done, None).await.unwrap();
        assert_eq!(kept(&second).await, [0; 0]);
    }

    #[tokio::test]
    async fn a_damaged_direction_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        store.keep_direction(JOB, 2, &[1.0]).await.unwrap();
        sqlx::query("UPDATE directions SET direction = x'010203'")
            .execute(store.pool())
            .await
            .unwrap();
        assert!(store.direction(JOB, 2).await.unwrap().is_none());
    }

    /// A database of the release before directions: its steps are there, and have no utility. The one under way begins
    /// anew: its machine is of a form that is not read any more.
    #[tokio::test]
    async fn an_older_database_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.db");
        let older = Database::open(&path, &schema::MIGRATIONS[..2], [1; 32]).await.unwrap();
        sqlx::raw_sql(
            "INSERT INTO jobs (job) VALUES (3);
             INSERT INTO steps (job, step, attempt, machine, row_count, compute_ms, bytes) VALUES (3, 4, 1, x'aa', 5, 6, 7)",
        )
        .execute(older.pool())
        .await
        .unwrap();
        older.close().await;
        drop(older);

        let store = Store::open(&path, H256([1; 32])).await.unwrap();
        let record = store.step(JOB, 4).await.unwrap().unwrap();
        let figures = StepFigures {
            rows: 5,
            compute_ms: 6,
            bytes: 7,
            utility: 0,
        };
        assert_eq!((record.attempt, record.figures), (1, figures));
        assert!(record.machine.is_none());
        assert!(store.direction(JOB, 3).await.unwrap().is_none());
        store.keep_direction(JOB, 4, &[1.0]).await.unwrap();
        assert_eq!(kept(&store).await, [4]);
    }
}
