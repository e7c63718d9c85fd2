//! A database that is looked through, or worked on, as a whole.

use super::tables::{self, Kind, Row, Sql, Table};
use crate::error::{Error, Result};
use crate::health::Engine;
use crate::migrations::Newer;
use crate::postgres::whole::Postgres;
use crate::row::Cells;
use crate::sqlite::whole::Sqlite;
use crate::statement::Value;
use crate::{Address, limits};

/// `meta.generation` of a copy that is not whole is below zero: what it will be, with another sign.
const UNFINISHED: std::ops::Range<i64> = i64::MIN..0;
/// `meta.edition` of a store that has been moved to another place.
pub(crate) const MOVED: i64 = -1;
/// `meta.edition` of a backup.
pub(crate) const BACKUP: i64 = -2;

/// Refuses to run a node on what is not, or no longer, its store.
pub(crate) fn check_marks(generation: i64, edition: i64) -> Result<()> {
    if UNFINISHED.contains(&generation) {
        Err(Error::CopyUnfinished)
    } else if edition == MOVED {
        Err(Error::MovedAway)
    } else if edition == BACKUP {
        Err(Error::IsBackup)
    } else {
        Ok(())
    }
}

/// What has to be there before a database is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taking {
    /// A store of this release's schema.
    Store,
    /// Anything that can become one: the schema is brought up, and a file is made.
    Place { accept_data_loss: bool },
}

/// Whose store it is, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) federation: String,
    pub(crate) agency: String,
    pub(crate) generation: i64,
    pub(crate) edition: i64,
}

/// A database of either engine.
#[derive(Debug)]
pub(crate) enum Whole {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Whole {
    /// Opens a store to read one state of it, also while a node works on it.
    pub(crate) async fn look(url: &str, newer: Newer) -> Result<Self> {
        let mut whole = match Address::parse(url)? {
            Address::Sqlite(path) => Self::Sqlite(Sqlite::look(path, newer).await?),
            Address::Postgres(url) => Self::Postgres(Postgres::look(url, newer).await?),
        };
        whole.begin_read().await?;
        Ok(whole)
    }

    /// Takes a database for this process alone. One that a newer release has written is refused: it may have what this one would
    /// leave out.
    pub(crate) async fn take(url: &str, taking: Taking) -> Result<Self> {
        Ok(match Address::parse(url)? {
            Address::Sqlite(path) => Self::Sqlite(Sqlite::take(path, taking).await?),
            Address::Postgres(url) => Self::Postgres(Postgres::take(url, taking).await?),
        })
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement; gives the number of rows that it changed.
    pub(crate) async fn execute(&mut self, sql: Sql, values: Vec<Value>) -> Result<u64> {
        let sql = sql.on(self.engine());
        match self {
            Self::Sqlite(database) => database.execute(sql, values).await,
            Self::Postgres(database) => database.execute(sql, values).await,
        }
    }

    /// All rows of a statement.
    pub(crate) async fn rows(
        &mut self,
        sql: Sql,
        values: Vec<Value>,
        kinds: &[Kind],
    ) -> Result<Vec<Row>> {
        let sql = sql.on(self.engine());
        self.fetch(sql, values, kinds).await
    }

    async fn fetch(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
        kinds: &[Kind],
    ) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite(database) => database.fetch(sql, values, kinds).await,
            Self::Postgres(database) => database.fetch(sql, values, kinds).await,
        }
    }

    /// The next rows after a key.
    pub(crate) async fn page(
        &mut self,
        table: &'static Table,
        after: Option<&[Value]>,
        limit: u32,
    ) -> Result<Vec<Row>> {
        let statements = table.statements(self.engine());
        let kinds: Vec<Kind> = table.kinds().collect();
        let (sql, mut values) = match after {
            None => (&*statements.first_page, Vec::new()),
            Some(key) => (&*statements.next_page, key.to_vec()),
        };
        values.push(limit.into());
        self.fetch(sql, values, &kinds).await
    }

    /// The highest key; `None` while there are no rows.
    pub(crate) async fn last_key(&mut self, table: &'static Table) -> Result<Option<Vec<Value>>> {
        let sql = &*table.statements(self.engine()).last_key;
        let kinds: Vec<Kind> = table.kinds().take(table.key).collect();
        let last = self.fetch(sql, Vec::new(), &kinds).await?;
        Ok(last.into_iter().next().map(|row| row.0))
    }

    pub(crate) async fn count(&mut self, table: &'static Table) -> Result<u64> {
        let sql = &*table.statements(self.engine()).count;
        let rows = self.fetch(sql, Vec::new(), &[Kind::Int]).await?;
        let count = rows
            .first()
            .map(|row| Cells::new(row, table.name).u64(0, "count"));
        count.transpose().map(Option::unwrap_or_default)
    }

    pub(crate) async fn insert(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        match self {
            Self::Sqlite(database) => database.insert(table, rows).await,
            Self::Postgres(database) => database.insert(table, rows).await,
        }
    }

    /// From here on all reads see one state.
    pub(crate) async fn begin_read(&mut self) -> Result<()> {
        self.execute(tables::BEGIN_READ, Vec::new()).await?;
        Ok(())
    }

    /// Begins a transaction that nobody else writes beside.
    pub(crate) async fn begin_write(&mut self) -> Result<()> {
        self.execute(tables::BEGIN_WRITE, Vec::new()).await?;
        self.rows(tables::TURN, Vec::new(), &[Kind::Int]).await?;
        Ok(())
    }

    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.execute(tables::COMMIT, Vec::new()).await.map(drop)
    }

    pub(crate) async fn rollback(&mut self) -> Result<()> {
        self.execute(tables::ROLLBACK, Vec::new()).await.map(drop)
    }

    /// Whose store it is; `None` while it is nobody's.
    pub(crate) async fn meta(&mut self) -> Result<Option<Meta>> {
        let kinds = [Kind::Text, Kind::Text, Kind::Int, Kind::Int];
        let rows = self.rows(tables::META, Vec::new(), &kinds).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let cells = Cells::new(row, "meta");
        let meta = Meta {
            federation: cells.text(0, "federation")?,
            agency: cells.text(1, "agency")?,
            generation: cells.int(2, "generation")?,
            edition: cells.int(3, "edition")?,
        };
        Ok((!meta.agency.is_empty()).then_some(meta))
    }

    /// Whose store it is, where it is a whole one.
    pub(crate) async fn owner(&mut self) -> Result<Meta> {
        let meta = self.meta().await?.ok_or(Error::NobodysStore)?;
        if UNFINISHED.contains(&meta.generation) {
            return Err(Error::CopyUnfinished);
        }
        Ok(meta)
    }

    /// Ends the connection; what was not committed is undone.
    pub(crate) async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(database) => database.close().await,
            Self::Postgres(database) => database.close().await,
        }
    }
}

/// Goes through a table page by page.
pub(crate) struct Pages {
    table: &'static Table,
    after: Option<Vec<Value>>,
    pub(crate) done: u64,
    pub(crate) total: u64,
}

impl Pages {
    pub(crate) async fn of(whole: &mut Whole, table: &'static Table) -> Result<Self> {
        Ok(Self {
            table,
            after: None,
            done: 0,
            total: whole.count(table).await?,
        })
    }

    /// The next rows; none at the end.
    pub(crate) async fn next(&mut self, whole: &mut Whole) -> Result<Vec<Row>> {
        let rows = whole
            .page(self.table, self.after.as_deref(), limits::UPKEEP_ROWS)
            .await?;
        if let Some(last) = rows.last() {
            self.after = Some(self.table.key_of(last).to_vec());
            self.done += rows.len() as u64;
        }
        Ok(rows)
    }
}
