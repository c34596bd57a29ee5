//! A queue in the database for what must reach somebody exactly once, whatever happens to this process.

use sqlx::{Row, SqlitePool};

/// The queue's table, for the migrations of a database that has one.
pub const MIGRATION: &str = "
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    payload BLOB NOT NULL,
    mark INTEGER,
    sent INTEGER NOT NULL DEFAULT 0
);
";

/// What waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: i64,
    pub payload: Vec<u8>,
    /// Set before the first attempt to send: where the receiver stood then. An item with a mark may have arrived.
    pub mark: Option<u64>,
}

#[derive(Clone)]
pub struct Outbox {
    pool: SqlitePool,
}

impl Outbox {
    pub fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }

    /// Whether something was ever queued under this key.
    pub async fn has(&self, key: &str) -> sqlx::Result<bool> {
        let found: Option<i64> = sqlx::query_scalar("SELECT id FROM outbox WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.is_some())
    }

    /// Queues a payload; the first one under a key stays.
    pub async fn push(&self, key: &str, payload: &[u8]) -> sqlx::Result<()> {
        sqlx::query("INSERT OR IGNORE INTO outbox (key, payload) VALUES (?, ?)")
            .bind(key)
            .bind(payload)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The oldest items that are not known to have arrived, at most `limit`.
    pub async fn oldest(&self, limit: u32) -> sqlx::Result<Vec<Item>> {
        let rows = sqlx::query("SELECT id, payload, mark FROM outbox WHERE sent = 0 ORDER BY id LIMIT ?")
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Item {
                    id: row.try_get(0)?,
                    payload: row.try_get(1)?,
                    mark: row.try_get::<Option<i64>, _>(2)?.map(i64::unsigned_abs),
                })
            })
            .collect()
    }

    /// Puts another payload in an item's place, for a receiver that takes the first no more.
    pub async fn replace(&self, id: i64, payload: &[u8]) -> sqlx::Result<()> {
        sqlx::query("UPDATE outbox SET payload = ? WHERE id = ? AND sent = 0")
            .bind(payload)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Sets an item's mark; the first one stays.
    pub async fn set_mark(&self, id: i64, mark: u64) -> sqlx::Result<()> {
        sqlx::query("UPDATE outbox SET mark = ? WHERE id = ? AND mark IS NULL")
            .bind(i64::try_from(mark).unwrap_or(i64::MAX))
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The item has arrived. Its key stays, so that it is not queued again.
    pub async fn sent(&self, id: i64) -> sqlx::Result<()> {
        sqlx::query("UPDATE outbox SET sent = 1, payload = x'' WHERE id = ?")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Database;

    #[tokio::test]
    async fn items_come_in_order_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("a.db"), &[MIGRATION], [1; 32])
            .await
            .unwrap();
        let outbox = Outbox::new(database.pool().clone());
        outbox.push("a", b"1").await.unwrap();
        outbox.push("b", b"2").await.unwrap();
        outbox.push("a", b"3").await.unwrap();
        let first = outbox.oldest(1).await.unwrap().remove(0);
        assert_eq!((first.payload.as_slice(), first.mark), (&b"1"[..], None));
        outbox.set_mark(first.id, 7).await.unwrap();
        assert_eq!(outbox.oldest(9).await.unwrap().len(), 2);
        outbox.set_mark(first.id, 9).await.unwrap();
        assert_eq!(outbox.oldest(1).await.unwrap()[0].mark, Some(7));
        outbox.replace(first.id, b"1 again").await.unwrap();
        assert_eq!(outbox.oldest(1).await.unwrap()[0].payload, b"1 again");
        outbox.sent(first.id).await.unwrap();
        outbox.replace(first.id, b"late").await.unwrap();
        assert_eq!(outbox.oldest(1).await.unwrap()[0].payload, b"2");
        outbox.push("a", b"4").await.unwrap();
        assert!(outbox.has("a").await.unwrap() && !outbox.has("c").await.unwrap());
        assert_eq!(outbox.oldest(1).await.unwrap()[0].payload, b"2");
    }
}
