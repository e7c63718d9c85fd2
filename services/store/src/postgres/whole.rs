//! A database as a whole: for copies, checks and repairs.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use tokio::time::{Instant, sleep, timeout};

use super::connect::{Database, engine_error, unavailable};
use super::turn::{arguments, columns_of};
use super::{PAUSE, patiently, schema, sql};
use crate::error::{Error, Result};
use crate::limits;
use crate::migrations::Newer;
use crate::statement::{Columns, Value};
use crate::upkeep::tables::{Kind, Row, Table};
use crate::upkeep::whole::Taking;

/// How long a statement may take: a page of rows, or counting those of a large table.
const STATEMENT_MAX: Duration = Duration::from_mins(10);

#[derive(Debug)]
pub(crate) struct Postgres {
    connection: PgConnection,
}

impl Postgres {
    pub(crate) async fn look(url: &str, newer: Newer) -> Result<Self> {
        // Nothing is written, so that nothing can be lost.
        let database = Database::parse(url, true)?.for_upkeep();
        let mut connection = patiently(|| database.connect()).await?;
        connection
            .execute(sql::UPKEEP_SESSION)
            .await
            .map_err(|error| engine_error("set the session", error))?;
        schema::migrate(&mut connection, false, newer).await?;
        Ok(Self { connection })
    }

    /// Takes the database for this process alone: no node may be connected to it.
    pub(crate) async fn take(url: &str, taking: Taking) -> Result<Self> {
        let failed = |error| engine_error("take the database", error);
        let (migrate, accept_data_loss) = match taking {
            Taking::Store => (false, true),
            Taking::Place { accept_data_loss } => (true, accept_data_loss),
        };
        let database = Database::parse(url, accept_data_loss)?.for_upkeep();
        let (mut connection, _) = patiently(|| database.connect_to_write()).await?;
        connection
            .execute(sql::UPKEEP_SESSION)
            .await
            .map_err(failed)?;
        let alone: bool = sqlx::query_scalar(sql::UPKEEP_LOCK)
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        if !alone {
            return Err(Error::Occupied { sessions: 1 });
        }
        // A node that has just ended takes leave of the server a moment later.
        let since = Instant::now();
        loop {
            let sessions: i64 = sqlx::query_scalar(sql::NODE_SESSIONS)
                .fetch_one(&mut connection)
                .await
                .map_err(failed)?;
            match sessions {
                0 => break,
                _ if since.elapsed() < limits::UNAVAILABLE_WAIT => sleep(PAUSE).await,
                sessions => {
                    return Err(Error::Occupied {
                        sessions: sessions.unsigned_abs(),
                    });
                }
            }
        }
        schema::migrate(&mut connection, migrate, Newer::Refused).await?;
        if migrate {
            let owner: bool = sqlx::query_scalar(sql::MAY_FILL)
                .fetch_one(&mut connection)
                .await
                .map_err(failed)?;
            if !owner {
                return Err(Error::Unsuitable(
                    "a copy is made by the role that owns the tables, the one that migrates"
                        .to_owned(),
                ));
            }
        }
        Ok(Self { connection })
    }

    pub(crate) async fn execute(&mut self, sql: &'static str, values: Vec<Value>) -> Result<u64> {
        let run = sqlx::query_with(sql, arguments(values)).execute(&mut self.connection);
        let done = bounded("work on the store", run).await?;
        Ok(done.rows_affected())
    }

    pub(crate) async fn fetch(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
        kinds: &[Kind],
    ) -> Result<Vec<Row>> {
        let run = sqlx::query_with(sql, arguments(values)).fetch_all(&mut self.connection);
        let rows: Vec<PgRow> = bounded("look through the store", run).await?;
        rows.iter()
            .map(|row| {
                read(row, kinds).map_err(|error| engine_error("look through the store", error))
            })
            .collect()
    }

    pub(crate) async fn insert(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        // Put together from the names of tables and columns alone.
        let sql = AssertSqlSafe(table.insert_postgres());
        let count = rows.len();
        let values = rows.into_iter().flat_map(|row| row.0).collect();
        let run = sqlx::query_with(sql, columns_of(count, values)).execute(&mut self.connection);
        bounded("copy rows", run).await.map(drop)
    }

    pub(crate) async fn close(self) -> Result<()> {
        let closed = sqlx::Connection::close(self.connection).await;
        closed.map_err(|error| engine_error("close", error))
    }
}

async fn bounded<T>(doing: &'static str, run: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match timeout(STATEMENT_MAX, run).await {
        Ok(done) => done.map_err(|error| engine_error(doing, error)),
        Err(_) => Err(unavailable("the server does not answer")),
    }
}

/// Takes a row's values out of it.
fn read(row: &PgRow, kinds: &[Kind]) -> sqlx::Result<Row> {
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
