//! A database file as a whole: for copies, checks and repairs.

use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::lock::Lock;
use super::script::arguments;
use super::writer::engine_error;
use super::{connect, lock_file, parse_path, schema};
use crate::error::{Error, Result};
use crate::migrations::Newer;
use crate::statement::{Columns, Value};
use crate::upkeep::tables::{Kind, Row, Table};
use crate::upkeep::whole::Taking;

/// Rows of one statement: SQLite takes 32,766 parameters, and a statement is prepared anew for each number of rows.
const ROWS: usize = 64;

#[derive(Debug)]
pub(crate) struct Sqlite {
    connection: SqliteConnection,
    /// Not where it is only looked at: readers see one state beside a node's writer.
    _lock: Option<Lock>,
}

impl Sqlite {
    pub(crate) async fn look(path: &str, newer: Newer) -> Result<Self> {
        let database = parse_path(path)?;
        there(path, &database)?;
        Self::open(schema::reader_options(&database), None, false, newer).await
    }

    pub(crate) async fn take(path: &str, taking: Taking) -> Result<Self> {
        let database = parse_path(path)?;
        if taking == Taking::Store {
            there(path, &database)?;
        }
        let lock = lock_file(&database).await?;
        // Much is written at once, by nobody but this connection: it keeps its journal short itself.
        let options = schema::writer_options(&database).pragma("wal_autocheckpoint", "1000");
        Self::open(options, Some(lock), taking != Taking::Store, Newer::Refused).await
    }

    async fn open(
        options: SqliteConnectOptions,
        lock: Option<Lock>,
        migrate: bool,
        newer: Newer,
    ) -> Result<Self> {
        let mut connection = connect(options).await?;
        schema::check_engine(&mut connection).await?;
        schema::migrate(&mut connection, migrate, newer).await?;
        Ok(Self {
            connection,
            _lock: lock,
        })
    }

    pub(crate) async fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Result<u64> {
        sqlx::query_with(sql, arguments(values))
            .execute(&mut self.connection)
            .await
            .map(|done| done.rows_affected())
            .map_err(|error| engine_error("work on the store", error))
    }

    pub(crate) async fn fetch(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
        kinds: &[Kind],
    ) -> Result<Vec<Row>> {
        let failed = |error| engine_error("look through the store", error);
        let rows: Vec<SqliteRow> = sqlx::query_with(sql, arguments(values))
            .fetch_all(&mut self.connection)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| read(row, kinds).map_err(failed))
            .collect()
    }

    pub(crate) async fn insert(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let some: Vec<Row> = rows.by_ref().take(ROWS).collect();
            // Put together from the names of tables and columns alone.
            let sql = AssertSqlSafe(table.insert_sqlite(some.len()));
            let values = some.into_iter().flat_map(|row| row.0);
            sqlx::query_with(sql, arguments(values))
                .execute(&mut self.connection)
                .await
                .map_err(|error| engine_error("copy rows", error))?;
        }
        Ok(())
    }

    pub(crate) async fn close(self) -> Result<()> {
        let closed = sqlx::Connection::close(self.connection).await;
        closed.map_err(|error| engine_error("close", error))
    }
}

fn there(path: &str, database: &std::path::Path) -> Result<()> {
    if database.exists() {
        Ok(())
    } else {
        Err(Error::BadUrl {
            url: format!("sqlite:{path}"),
            reason: "there is no such file".to_owned(),
        })
    }
}

/// Takes a row's values out of it.
fn read(row: &SqliteRow, kinds: &[Kind]) -> sqlx::Result<Row> {
    let value = |(index, kind): (usize, &Kind)| {
        Ok(match kind {
            Kind::Int => Value::Int(row.int(index)?),
            Kind::Text => Value::Text(row.text(index)?.map(str::to_owned)),
            Kind::Blob => Value::Blob(row.blob(index)?.map(<[u8]>::to_vec)),
        })
    };
    let values = kinds.iter().enumerate().map(value);
    Ok(Row(values.collect::<sqlx::Result<_>>()?))
}
