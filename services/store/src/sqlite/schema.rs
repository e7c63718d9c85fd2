//! Opening the database file: settings that the promises need, and migrations.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, SqliteConnection};

use super::sql;
use super::writer::engine_error;
use crate::Migrated;
use crate::error::{Error, Result};
use crate::migrations::{self, Dialect, KNOWN, Migration, Newer};

/// Before 3.51.3 a journal that starts again while a checkpoint runs could corrupt the database.
const VERSION_LEAST: [u32; 3] = [3, 51, 3];
/// How long a connection waits for another one's lock. Only checkpoints ever take one that others need.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The writer waits for nobody's write lock, there is no other; and a checkpoint that readers stand in the way of is tried
/// again later.
const WRITER_BUSY_TIMEOUT: Duration = Duration::from_millis(50);
/// Prepared statements that the writer keeps.
const WRITER_STATEMENTS: usize = 128;
/// KiB of pages that the writer keeps: enough for the hot ends of all trees.
const WRITER_CACHE_KIB: u32 = 8192;

fn options(database: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database)
        .journal_mode(SqliteJournalMode::Wal)
        // Before every commit is answered the journal is flushed; NORMAL loses answered ones in a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

/// How the writer connects.
pub(super) fn writer_options(database: &Path) -> SqliteConnectOptions {
    options(database)
        .busy_timeout(WRITER_BUSY_TIMEOUT)
        .statement_cache_capacity(WRITER_STATEMENTS)
        // Checkpoints are another connection's work, off the writer's path.
        .pragma("wal_autocheckpoint", "0")
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
        .thread_name(|_| "store-writer".to_owned())
}

/// How readers connect.
pub(super) fn reader_options(database: &Path) -> SqliteConnectOptions {
    options(database)
        .pragma("wal_autocheckpoint", "0")
        .pragma("query_only", "ON")
        .thread_name(|id| format!("store-read-{id}"))
}

/// How the checkpointer connects.
pub(super) fn checkpointer_options(database: &Path) -> SqliteConnectOptions {
    options(database)
        .pragma("wal_autocheckpoint", "0")
        .thread_name(|_| "store-journal".to_owned())
}

/// Makes the database file, readable by its owner only, if it isn't there.
pub(super) fn make_file(database: &Path) -> Result<()> {
    let make = || -> io::Result<()> {
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(database);
        match made {
            Ok(file) => {
                file.sync_all()?;
                let folder = database
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty());
                std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    };
    make().map_err(|error| Error::fatal("make the database file", error))
}

/// Makes sure that the engine is one that keeps what it says.
pub(super) async fn check_engine(connection: &mut SqliteConnection) -> Result<()> {
    let failed = |error| engine_error("ask for the engine's settings", error);
    let version: String = sqlx::query_scalar(sql::VERSION)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if !is_recent(&version) {
        let [a, b, c] = VERSION_LEAST;
        return Err(Error::Unsuitable(format!(
            "SQLite {version} is older than {a}.{b}.{c}"
        )));
    }
    let (journal, synchronous, foreign_keys): (String, i64, i64) = sqlx::query_as(sql::SETTINGS)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    if (journal.as_str(), synchronous, foreign_keys) != ("wal", 2, 1) {
        return Err(Error::Unsuitable(format!(
            "journal mode {journal}, synchronous {synchronous}, foreign keys {foreign_keys}: the disk or its file system \
             does not take a write-ahead log with full flushes"
        )));
    }
    Ok(())
}

fn is_recent(version: &str) -> bool {
    let numbers: Option<Vec<u32>> = version
        .split('.')
        .map(|number| number.parse().ok())
        .collect();
    numbers.is_some_and(|numbers| numbers.as_slice() >= VERSION_LEAST.as_slice())
}

/// Brings the schema up to this release, or refuses to where it may not; leaves one that a newer release has written as it is, or
/// refuses it.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    may: bool,
    newer: Newer,
) -> Result<Migrated> {
    let failed = |error| engine_error("bring the schema up to date", error);
    let found: i64 = sqlx::query_scalar(sql::USER_VERSION)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    let mut applied: Vec<(u32, Vec<u8>)> = Vec::new();
    if found > 0 {
        applied = sqlx::query_as(sql::MIGRATIONS)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
    }
    if found > KNOWN {
        let floor = sqlx::query_scalar(sql::FLOOR)
            .bind(found)
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed)?;
        newer.judge(found, floor)?;
    }
    let missing = migrations::missing(&applied, Dialect::Sqlite)?;
    if found < KNOWN && !may {
        return Err(Error::SchemaBehind {
            found,
            known: KNOWN,
        });
    }
    for (number, migration) in missing {
        apply(connection, number, migration).await.map_err(failed)?;
        tracing::info!(number, name = migration.name, "applied a migration");
    }
    Ok(Migrated {
        from: found,
        to: found.max(KNOWN),
    })
}

async fn apply(
    connection: &mut SqliteConnection,
    number: u32,
    migration: &Migration,
) -> sqlx::Result<()> {
    connection.execute(sql::BEGIN).await?;
    connection.execute(migration.sql(Dialect::Sqlite)).await?;
    let insert = sqlx::query(sql::MIGRATION_INSERT)
        .bind(number)
        .bind(migration.name)
        .bind(migration.sha256(Dialect::Sqlite));
    insert.execute(&mut *connection).await?;
    if let Some(floor) = migration.floor {
        let put = sqlx::query(sql::FLOOR_PUT).bind(floor).bind(number);
        put.execute(&mut *connection).await?;
    }
    // Takes no parameter; the number is this program's own.
    connection
        .execute(AssertSqlSafe(format!("PRAGMA user_version = {number}")))
        .await?;
    connection.execute(sql::COMMIT).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        for (version, recent) in [
            ("3.51.3", true),
            ("3.51.10", true),
            ("3.100.0", true),
            ("4.0.0", true),
            ("3.51.2", false),
            ("3.9.9", false),
        ] {
            assert_eq!(is_recent(version), recent, "{version}");
        }
        assert!(!is_recent("unknown"));
    }
}
