//! Whom a job's steps were begun with. The chain gives a job that has not begun to another worker where its own is lost.

use super::{Result, Store, StoreError};
use secureflow_primitives::{AccountId, JobId};
use sqlx::Row;

impl Store {
    /// Binds a job to its worker. What was begun with another one is forgotten, unless shares were revealed: a second sum
    /// over other parties would show the difference, so this organisation stays away from the job then.
    pub async fn bind_worker(&self, job: JobId, worker: &AccountId) -> Result<()> {
        let account: &[u8] = worker.as_ref();
        let mut transaction = self.pool().begin().await?;
        let row = sqlx::query("SELECT worker FROM jobs WHERE job = ?")
            .bind(job.0)
            .fetch_optional(&mut *transaction)
            .await?;
        let before: Option<Vec<u8>> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        if before.is_some_and(|before| before != account) {
            let revealed: Option<u32> =
                sqlx::query_scalar("SELECT MIN(step) FROM steps WHERE job = ? AND revealed IS NOT NULL")
                    .bind(job.0)
                    .fetch_one(&mut *transaction)
                    .await?;
            if let Some(step) = revealed {
                return Err(StoreError::RevealedBefore(step));
            }
            for table in [
                "DELETE FROM steps WHERE job = ?",
                "DELETE FROM vectors WHERE job = ?",
                "DELETE FROM directions WHERE job = ?",
            ] {
                sqlx::query(table).bind(job.0).execute(&mut *transaction).await?;
            }
        }
        sqlx::query("INSERT INTO jobs (job, worker) VALUES (?1, ?2) ON CONFLICT (job) DO UPDATE SET worker = ?2")
            .bind(job.0)
            .bind(account)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Checkpoint, StepFigures};
    use secureflow_primitives::H256;
    use zeroize::Zeroizing;

    const JOB: JobId = JobId(3);

    async fn store(folder: &tempfile::TempDir) -> Store {
        Store::open(&folder.path().join("agent.db"), H256([1; 32]))
            .await
            .unwrap()
    }

    fn worker(n: u8) -> AccountId {
        AccountId::new([n; 32])
    }

    async fn begin(store: &Store, revealed: bool) {
        let checkpoint = Checkpoint {
            machine: Zeroizing::new(b"machine".to_vec()),
            vector: Some(Zeroizing::new(b"vector".to_vec())),
            revealed,
        };
        let figures = StepFigures::default();
        store.save_step(JOB, 0, 2, &checkpoint, figures).await.unwrap();
    }

    #[tokio::test]
    async fn another_worker_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        store.bind_worker(JOB, &worker(1)).await.unwrap();
        begin(&store, false).await;
        store.bind_worker(JOB, &worker(1)).await.unwrap();
        assert_eq!(store.step_under_way(JOB).await.unwrap(), Some(0));
        store.bind_worker(JOB, &worker(2)).await.unwrap();
        assert!(store.step(JOB, 0).await.unwrap().is_none());
        // Another job's steps are nobody's business.
        store.bind_worker(JobId(4), &worker(1)).await.unwrap();
        begin(&store, false).await;
        store.bind_worker(JobId(4), &worker(2)).await.unwrap();
        assert!(store.step(JOB, 0).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn shares_are_revealed_to_one_worker() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        store.bind_worker(JOB, &worker(1)).await.unwrap();
        begin(&store, true).await;
        for _ in 0..2 {
            let refused = store.bind_worker(JOB, &worker(2)).await;
            assert!(matches!(refused, Err(StoreError::RevealedBefore(0))));
        }
        // The first one goes on.
        store.bind_worker(JOB, &worker(1)).await.unwrap();
        assert_eq!(store.step(JOB, 0).await.unwrap().unwrap().revealed, Some(2));
    }
}
