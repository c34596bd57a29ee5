//! SQLite for checkpoints: WAL mode, synchronised writes, a file that only its owner reads.

use crate::files;
use sqlx::{
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
    AssertSqlSafe,
};
use std::{path::Path, time::Duration};

#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("cannot make the database file private")]
    File(#[from] std::io::Error),
    #[error("the database refuses")]
    Sql(#[from] sqlx::Error),
    #[error("the database has schema version {found} and this program knows {known}: use a newer program")]
    TooNew { found: i64, known: i64 },
}

/// Opens or creates a database and brings it to the newest schema. `migrations` never change once released: the n-th
/// leads from version n to n + 1. `secret` files overwrite what they delete.
pub async fn open(path: &Path, migrations: &[&'static str], secret: bool) -> Result<SqlitePool, DatabaseError> {
    // The file must be private before SQLite puts anything into it; its WAL takes over the mode.
    files::ensure_private(path)?;
    let mut options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit that was reported has reached the disk: messages are sent on the strength of it.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true);
    if secret {
        options = options.pragma("secure_delete", "ON");
    }
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?;
    migrate(&pool, migrations).await?;
    Ok(pool)
}

async fn migrate(pool: &SqlitePool, migrations: &[&'static str]) -> Result<(), DatabaseError> {
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(pool).await?;
    let known = migrations.len() as i64;
    if found > known {
        return Err(DatabaseError::TooNew { found, known });
    }
    for (version, migration) in (found..).zip(migrations.iter().skip(found as usize)) {
        let mut transaction = pool.begin().await?;
        sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
        // A pragma takes no parameters; the number is ours.
        let mark = format!("PRAGMA user_version = {}", version + 1);
        sqlx::raw_sql(AssertSqlSafe(mark)).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn migrates_once_and_refuses_the_future() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let first = ["CREATE TABLE a (x INTEGER)"];
        let both = ["CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y INTEGER"];
        open(&path, &first, true).await.unwrap().close().await;
        let pool = open(&path, &both, true).await.unwrap();
        sqlx::query("INSERT INTO a (x, y) VALUES (1, 2)")
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
        assert!(matches!(
            open(&path, &first, true).await,
            Err(DatabaseError::TooNew { found: 2, known: 1 })
        ));
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }
}
