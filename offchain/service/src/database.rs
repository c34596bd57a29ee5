//! SQLite for checkpoints: WAL mode, synchronised writes, a file that only its owner reads and one process uses.

use crate::files;
use sqlx::{
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
    AssertSqlSafe,
};
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a process that is about to end may keep the one that follows it waiting.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    #[error("cannot make the database file private")]
    File(#[from] std::io::Error),
    #[error("the database refuses")]
    Sql(#[from] sqlx::Error),
    #[error("the database has schema version {found} and this program knows {known}: use a newer program")]
    TooNew { found: i64, known: i64 },
    #[error("another process works with {}: stop it first, or give this one a home of its own", .0.display())]
    InUse(PathBuf),
    #[error("{} belongs to another chain: move it away, or correct the chain's url", .0.display())]
    OtherChain(PathBuf),
}

/// A database that belongs to one chain and, while it is open, to one process. Clones share it.
#[derive(Clone, Debug)]
pub struct Database {
    pool: SqlitePool,
    /// The lock goes with the last clone, or with the process, however it ends.
    _held: Arc<File>,
}

impl Database {
    /// Opens or creates a database and brings it to the newest schema. `migrations` never change once released: the
    /// n-th leads from version n to n + 1. Two processes that took the same steps with the same records would break what
    /// those promise, so the second waits a moment for the first to end, and is then refused.
    pub async fn open(path: &Path, migrations: &[&'static str], genesis: [u8; 32]) -> Result<Self, DatabaseError> {
        let held = hold(path, PATIENCE).await?;
        let pool = connect(path).await?;
        migrate(&pool, migrations).await?;
        let known = owner(&pool, genesis).await?;
        if known != genesis {
            return Err(DatabaseError::OtherChain(path.to_owned()));
        }
        let _held = Arc::new(held);
        Ok(Self { pool, _held })
    }

    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Takes the lock beside the database. SQLite's own locks come and go with its transactions.
async fn hold(path: &Path, patience: Duration) -> Result<File, DatabaseError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    files::ensure_private(&beside)?;
    let file = File::options().append(true).open(&beside)?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error.into()),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= patience => {
                return Err(DatabaseError::InUse(path.to_owned()));
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connect(path: &Path) -> Result<SqlitePool, DatabaseError> {
    // The file must be private before SQLite puts anything into it; its WAL takes over the mode.
    files::ensure_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit that was reported has reached the disk: messages are sent on the strength of it.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true)
        // Checkpoints hold keys and inputs: what is deleted is overwritten.
        .pragma("secure_delete", "ON");
    Ok(SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await?)
}

/// The chain that the database belongs to: the one it was first opened for.
async fn owner(pool: &SqlitePool, genesis: [u8; 32]) -> Result<Vec<u8>, sqlx::Error> {
    sqlx::query("CREATE TABLE IF NOT EXISTS chain (id INTEGER PRIMARY KEY CHECK (id = 0), genesis BLOB NOT NULL)")
        .execute(pool)
        .await?;
    sqlx::query("INSERT OR IGNORE INTO chain (id, genesis) VALUES (0, ?)")
        .bind(genesis.as_slice())
        .execute(pool)
        .await?;
    sqlx::query_scalar("SELECT genesis FROM chain WHERE id = 0")
        .fetch_one(pool)
        .await
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
        Database::open(&path, &first, [1; 32]).await.unwrap().close().await;
        let database = Database::open(&path, &both, [1; 32]).await.unwrap();
        sqlx::query("INSERT INTO a (x, y) VALUES (1, 2)")
            .execute(database.pool())
            .await
            .unwrap();
        database.close().await;
        drop(database);
        assert!(matches!(
            Database::open(&path, &first, [1; 32]).await,
            Err(DatabaseError::TooNew { found: 2, known: 1 })
        ));
        assert!(matches!(
            Database::open(&path, &both, [2; 32]).await,
            Err(DatabaseError::OtherChain(_))
        ));
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }

    #[tokio::test]
    async fn a_second_process_waits_for_the_first_or_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let first = hold(&path, Duration::ZERO).await.unwrap();
        assert!(matches!(
            hold(&path, Duration::ZERO).await,
            Err(DatabaseError::InUse(_))
        ));
        let (second, ()) = tokio::join!(hold(&path, PATIENCE), async { drop(first) });
        assert!(second.is_ok());
    }
}
