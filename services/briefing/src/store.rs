//! The application's own database: accounts, sessions, sign-in links, notifications, calendar addresses. An SQLite file, apart from
//! the node's store.
//!
//! **Promise.** What was answered is on the disk. Tokens are kept as their hashes. A row that can't be true is an error that
//! names it. Each aggregate has a file of its own; SQL is written out there and nowhere else.

mod calendar;
mod device;
mod notify;
mod person;
mod session;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub(crate) use notify::{Order, Pending, Route, Subject, Target};
pub(crate) use person::NAME_CHARS_MAX;
pub use person::{NewPerson, Person};
pub use session::{Session, SessionRow};

/// Connections at the same time. Queries here take microseconds.
const CONNECTIONS_MAX: u32 = 4;
/// How long a query waits for another process, such as `verbund user add`, to finish writing.
const BUSY_MAX: Duration = Duration::from_secs(5);

/// The migrations, in their order; each is applied once, in a transaction of its own.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/briefing/0001_accounts.sql"),
    include_str!("../../../migrations/briefing/0002_notifications.sql"),
    include_str!("../../../migrations/briefing/0003_calendar.sql"),
];

/// Why something was not stored or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not do it.
    #[error("the application's database failed")]
    Database(#[from] sqlx::Error),
    /// A row that can't be true.
    #[error("{table} {id}: {what}")]
    Row {
        /// Which table.
        table: &'static str,
        /// Which row.
        id: String,
        /// What is wrong.
        what: &'static str,
    },
    /// The name is taken.
    #[error("there is an account of this name already")]
    NameTaken,
    /// Nobody would be left who looks after the accounts.
    #[error("this is the last account of an operator that can sign in; make another one first")]
    LastOperator,
    /// The provider that vouches for a person says what they may do, and has their password.
    #[error("the provider of this account decides that, not the application")]
    Provider,
    /// The account is gone.
    #[error("there is no such account")]
    Gone,
    /// The database was made by a newer release.
    #[error("the database is of schema {0}, which this release does not know")]
    Newer(i64),
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the file, makes it where it is not there, and brings it to this release's schema.
    ///
    /// # Errors
    /// When the file can't be used, or comes from a newer release.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_MAX);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .connect_with(options)
            .await?;
        let store = Self { pool };
        store.migrate().await?;
        Ok(store)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let (done,): (i64,) = sqlx::query_as("PRAGMA user_version")
            .fetch_one(&mut *transaction)
            .await?;
        let known = MIGRATIONS.len() as i64;
        if done > known {
            return Err(StoreError::Newer(done));
        }
        for (index, migration) in MIGRATIONS.iter().enumerate().skip(done as usize) {
            sqlx::raw_sql(sqlx::AssertSqlSafe(*migration))
                .execute(&mut *transaction)
                .await?;
            // A pragma takes no parameters; the number is ours.
            let version = format!("PRAGMA user_version = {}", index + 1);
            sqlx::raw_sql(sqlx::AssertSqlSafe(version))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{NewPerson, Person, Store};

    /// A database in a folder that goes with the test.
    pub(crate) async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("briefing.db"))
            .await
            .unwrap();
        (folder, store)
    }

    /// An account that reads.
    pub(crate) async fn person(store: &Store, name: &str) -> Person {
        let new = NewPerson {
            name: name.to_owned(),
            roles: "reader".parse().unwrap(),
            openid: None,
        };
        store.add_person(new).await.unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_of_a_newer_release_is_left_alone() {
        let (folder, store) = testing::store().await;
        sqlx::raw_sql("PRAGMA user_version = 99")
            .execute(&store.pool)
            .await
            .unwrap();
        let error = Store::open(&folder.path().join("briefing.db"))
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Newer(99)), "{error}");
    }

    #[tokio::test]
    async fn a_database_opens_again() {
        let (folder, _store) = testing::store().await;
        Store::open(&folder.path().join("briefing.db"))
            .await
            .unwrap();
    }
}
