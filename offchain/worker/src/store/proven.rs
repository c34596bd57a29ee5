//! Parts of vectors that are proven to be bounded, and what a second worker has said.

use super::{Result, Store, StoreError};
use codec::{Decode, Encode};
use secureflow_primitives::{JobId, OrgId};
use secureflow_validity::Contribution;
use sqlx::{sqlite::SqliteRow, Row};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// A party's part, and what became of it.
#[derive(Clone)]
pub struct Part {
    pub contribution: Contribution,
    /// The other worker's message about it.
    pub peer: Option<Vec<u8>>,
    /// Whether it holds, once it was judged.
    pub holds: Option<bool>,
}

/// What a second worker has agreed to for a step.
pub struct Seconded {
    pub attempt: u32,
    pub length: usize,
    pub key: Zeroizing<[u8; 32]>,
    /// Whose parts are in the sum, and this worker's share of it with its noise, once it was asked for.
    pub finished: Option<(BTreeSet<OrgId>, Vec<u8>)>,
}

impl Store {
    /// Keeps a party's part in the place of those of earlier steps and attempts. `false` where another one is there for this
    /// attempt, or one for a later.
    pub async fn keep_part(
        &self,
        job: JobId,
        (step, attempt): (u32, u32),
        party: OrgId,
        part: &Contribution,
    ) -> Result<bool> {
        let mut transaction = self.pool().begin().await?;
        sqlx::query("DELETE FROM parts WHERE job = ? AND party = ? AND (step, attempt) < (?, ?)")
            .bind(job.0)
            .bind(party.0)
            .bind(step)
            .bind(attempt)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT OR IGNORE INTO parts (job, party, step, attempt, public, share) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(job.0)
            .bind(party.0)
            .bind(step)
            .bind(attempt)
            .bind(part.public.as_slice())
            .bind(part.share.as_slice())
            .execute(&mut *transaction)
            .await?;
        let kept: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM parts WHERE job = ? AND party = ? AND step = ? AND attempt = ?
             AND public = ? AND share = ?",
        )
        .bind(job.0)
        .bind(party.0)
        .bind(step)
        .bind(attempt)
        .bind(part.public.as_slice())
        .bind(part.share.as_slice())
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(kept == 1)
    }

    pub async fn part(&self, job: JobId, (step, attempt): (u32, u32), party: OrgId) -> Result<Option<Part>> {
        let row = sqlx::query(
            "SELECT public, share, peer, holds FROM parts WHERE job = ? AND party = ? AND step = ? AND attempt = ?",
        )
        .bind(job.0)
        .bind(party.0)
        .bind(step)
        .bind(attempt)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| part(&row)).transpose()
    }

    /// A part was judged with this message of the other worker. `false` where it was judged with another one before.
    pub async fn judge_part(
        &self,
        job: JobId,
        (step, attempt): (u32, u32),
        party: OrgId,
        peer: &[u8],
        holds: bool,
    ) -> Result<bool> {
        let judged = sqlx::query(
            "UPDATE parts SET peer = ?1, holds = ?2 WHERE job = ?3 AND party = ?4 AND step = ?5 AND attempt = ?6
             AND (peer IS NULL OR peer = ?1)",
        )
        .bind(peer)
        .bind(holds)
        .bind(job.0)
        .bind(party.0)
        .bind(step)
        .bind(attempt)
        .execute(self.pool())
        .await?;
        Ok(judged.rows_affected() == 1)
    }

    /// What this worker has agreed to as the second of a step.
    pub async fn seconded(&self, job: JobId, step: u32) -> Result<Option<Seconded>> {
        let row = sqlx::query("SELECT attempt, length, key, parties, sum FROM seconded WHERE job = ? AND step = ?")
            .bind(job.0)
            .bind(step)
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let damaged = || StoreError::Damaged("a second worker's step");
        let key = Zeroizing::new(row.try_get::<Vec<u8>, _>(2)?);
        let parties: Option<Vec<u8>> = row.try_get(3)?;
        let finished = match (parties, row.try_get::<Option<Vec<u8>>, _>(4)?) {
            (Some(parties), Some(sum)) => {
                let parties = Vec::<OrgId>::decode(&mut parties.as_slice()).map_err(|_| damaged())?;
                Some((parties.into_iter().collect(), sum))
            }
            _ => None,
        };
        Ok(Some(Seconded {
            attempt: row.try_get(0)?,
            length: row.try_get::<i64, _>(1)?.unsigned_abs() as usize,
            key: Zeroizing::new(<[u8; 32]>::try_from(key.as_slice()).map_err(|_| damaged())?),
            finished,
        }))
    }

    /// Agrees to an attempt, in the place of earlier ones that no sum was made of. `false` where something else was agreed to.
    pub async fn second(&self, job: JobId, (step, attempt): (u32, u32), length: usize, key: &[u8; 32]) -> Result<bool> {
        let mut transaction = self.pool().begin().await?;
        sqlx::query(
            "INSERT INTO seconded (job, step, attempt, length, key) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (job, step) DO UPDATE SET attempt = ?3, length = ?4, key = ?5
             WHERE parties IS NULL AND attempt < ?3",
        )
        .bind(job.0)
        .bind(step)
        .bind(attempt)
        .bind(length as i64)
        .bind(key.as_slice())
        .execute(&mut *transaction)
        .await?;
        let agreed: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM seconded WHERE job = ? AND step = ? AND attempt = ? AND length = ? AND key = ?",
        )
        .bind(job.0)
        .bind(step)
        .bind(attempt)
        .bind(length as i64)
        .bind(key.as_slice())
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(agreed == 1)
    }

    /// This worker's share of a step's sum, for good: there is no second one.
    pub async fn finish_seconded(&self, job: JobId, step: u32, parties: &BTreeSet<OrgId>, sum: &[u8]) -> Result<()> {
        let parties: Vec<OrgId> = parties.iter().copied().collect();
        sqlx::query("UPDATE seconded SET parties = ?, sum = ? WHERE job = ? AND step = ? AND parties IS NULL")
            .bind(parties.encode())
            .bind(sum)
            .bind(job.0)
            .bind(step)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// The job has ended: what this worker kept as its second is of no use any more.
    pub async fn forget_seconded(&self, job: JobId) -> Result<()> {
        for query in ["DELETE FROM seconded WHERE job = ?", "DELETE FROM parts WHERE job = ?"] {
            sqlx::query(query).bind(job.0).execute(self.pool()).await?;
        }
        Ok(())
    }
}

fn part(row: &SqliteRow) -> Result<Part> {
    Ok(Part {
        contribution: Contribution {
            public: row.try_get(0)?,
            share: row.try_get(1)?,
        },
        peer: row.try_get(2)?,
        holds: row.try_get(3)?,
    })
}
