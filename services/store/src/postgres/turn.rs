//! A writer's turn: statements within one transaction, each with a bound on its time.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, Executor, PgConnection, Row};
use tokio::time::timeout;

use super::connect::{STATEMENT_MAX, TURN_MAX, engine_error, unavailable};
use super::sql;
use crate::error::{Error, Result};
use crate::statement::{Lookup, Read, Script, Session, Step, Value, columns};
use crate::upkeep::whole::MOVED;

columns!(PgRow);

/// A connection within its transaction.
pub(super) struct Turn<'c>(pub(super) &'c mut PgConnection);

impl Turn<'_> {
    /// Runs a statement without parameters.
    pub(super) async fn execute(&mut self, sql: &'static str) -> Result<()> {
        bounded(self.0.execute(sql)).await.map(drop)
    }

    /// Runs a statement with these parameters.
    pub(super) async fn rows(
        &mut self,
        sql: &'static str,
        args: PgArguments,
    ) -> Result<Vec<PgRow>> {
        bounded(sqlx::query_with(sql, args).fetch_all(&mut *self.0)).await
    }

    /// Begins the transaction and waits for the turn; gives the edition that it makes, and the transaction's id. `None`
    /// where there is no row to take turns at.
    pub(super) async fn take(&mut self) -> Result<Option<(i64, String)>> {
        let took = sqlx::raw_sql(sql::BEGIN_TURN).fetch_optional(&mut *self.0);
        match timeout(TURN_MAX, bounded(took)).await {
            Ok(took) => took?.as_ref().map(edition).transpose(),
            Err(_) => Err(unavailable("the turn to write does not come")),
        }
    }

    /// The same within the transaction, while nobody has claimed the store. The edition is the one that a claim makes.
    pub(super) async fn take_first(&mut self) -> Result<Option<(i64, String)>> {
        self.execute(sql::TURN_FIRST).await?;
        let mut rows = self.rows(sql::TURN, arguments([])).await?;
        if rows.is_empty() {
            rows = self.rows(sql::TURN_FIRST_ID, arguments([])).await?;
        }
        rows.first().map(edition).transpose()
    }

    /// Runs what a script says: in one round trip where it only adds.
    pub(super) async fn run(&mut self, script: Script) -> Result<()> {
        let part = |step: &Step| {
            sql::ALL_NEW_PARTS
                .iter()
                .any(|(write, _)| *write == step.write)
        };
        if script.steps.iter().all(part) {
            return self.write(sql::ALL_NEW, all_new(script)).await;
        }
        for step in script.steps {
            let (sql, args) = (sql::write(step.write), arrays(step));
            self.write(sql, args).await?;
        }
        Ok(())
    }

    async fn write(&mut self, sql: &'static str, args: PgArguments) -> Result<()> {
        let written = sqlx::query_with(sql, args).execute(&mut *self.0);
        bounded(written).await.map(drop)
    }
}

impl Session for Turn<'_> {
    type Row = PgRow;

    async fn read(&mut self, read: Read, values: Vec<Value>) -> Result<Vec<PgRow>> {
        self.rows(sql::read(read), arguments(values)).await
    }

    async fn may_know(&mut self, subjects: Vec<Value>, requests: Vec<Value>) -> Result<bool> {
        let mut args = PgArguments::default();
        for keys in [subjects, requests] {
            let mut column = Column::Blob(Vec::with_capacity(keys.len()));
            keys.into_iter().for_each(|key| column.push(key));
            column.add_to(&mut args);
        }
        let rows = self.rows(sql::MAY_KNOW, args).await?;
        let known = rows.first().map(|row| row.try_get(0)).transpose();
        known
            .map(|known| known.unwrap_or(true))
            .map_err(|error| engine_error("look up what a write depends on", error))
    }

    async fn look_up(&mut self, lookup: Lookup, keys: Vec<Value>) -> Result<Vec<PgRow>> {
        self.rows(sql::look_up(lookup), keys_of(keys)).await
    }
}

async fn bounded<T>(run: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match timeout(STATEMENT_MAX, run).await {
        Ok(done) => done.map_err(|error| engine_error("run a transaction", error)),
        Err(_) => Err(unavailable("the server does not answer")),
    }
}

/// Parameters, one for each value.
pub(super) fn arguments(values: impl IntoIterator<Item = Value>) -> PgArguments {
    let mut args = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Int(value) => args.add(value),
            Value::Text(value) => args.add(value.map(storable)),
            Value::Blob(value) => args.add(value),
        };
        added.expect("numbers, texts and bytes can always be encoded");
    }
    args
}

/// The keys of a lookup, as one array.
pub(super) fn keys_of(keys: Vec<Value>) -> PgArguments {
    let rows = keys.len();
    columns_of(rows, keys)
}

/// A statement's rows, as one array for each column.
fn arrays(step: Step) -> PgArguments {
    columns_of(step.rows, step.values)
}

pub(super) fn columns_of(rows: usize, values: Vec<Value>) -> PgArguments {
    let width = values.len().checked_div(rows).unwrap_or(0);
    let columns = values.iter().take(width);
    let columns = columns.map(|first| Column::like(first, rows)).collect();
    let mut args = PgArguments::default();
    add(&mut args, columns, values);
    args
}

/// The parameters of [`sql::ALL_NEW`]: what a script leaves out has no rows.
fn all_new(script: Script) -> PgArguments {
    let mut args = PgArguments::default();
    let mut steps = script.steps;
    for (write, kinds) in sql::ALL_NEW_PARTS {
        let at = steps.iter().position(|step| step.write == write);
        let step = at.map(|at| steps.swap_remove(at));
        let rows = step.as_ref().map_or(0, |step| step.rows);
        let columns = kinds.chars().map(|kind| Column::of(kind, rows)).collect();
        add(
            &mut args,
            columns,
            step.map_or_else(Vec::new, |step| step.values),
        );
    }
    args
}

/// Adds columns, filled with the values of one row after the other.
fn add(args: &mut PgArguments, mut columns: Vec<Column>, values: Vec<Value>) {
    let width = columns.len();
    for (index, value) in values.into_iter().enumerate() {
        columns[index % width].push(value);
    }
    columns.into_iter().for_each(|column| column.add_to(args));
}

fn edition(row: &PgRow) -> Result<(i64, String)> {
    let failed = |error| engine_error("take the turn", error);
    let edition = row.try_get(0).map_err(failed)?;
    if edition == MOVED + 1 {
        // While this replica was without a connection. A node works on the copy by now.
        return Err(Error::MovedAway);
    }
    Ok((edition, row.try_get(1).map_err(failed)?))
}

/// A column's values.
enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Blob(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn like(first: &Value, rows: usize) -> Self {
        match first {
            Value::Int(_) => Self::Int(Vec::with_capacity(rows)),
            Value::Text(_) => Self::Text(Vec::with_capacity(rows)),
            Value::Blob(_) => Self::Blob(Vec::with_capacity(rows)),
        }
    }

    /// By its letter in [`sql::ALL_NEW_PARTS`].
    fn of(kind: char, rows: usize) -> Self {
        match kind {
            'i' => Self::Int(Vec::with_capacity(rows)),
            't' => Self::Text(Vec::with_capacity(rows)),
            _ => Self::Blob(Vec::with_capacity(rows)),
        }
    }

    fn add_to(self, args: &mut PgArguments) {
        let added = match self {
            Self::Int(values) => args.add(values),
            Self::Text(values) => args.add(values),
            Self::Blob(values) => args.add(values),
        };
        added.expect("numbers, texts and bytes can always be encoded");
    }

    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Int(values), Value::Int(value)) => values.push(value),
            (Self::Text(values), Value::Text(value)) => values.push(value.map(storable)),
            (Self::Blob(values), Value::Blob(value)) => values.push(value),
            _ => unreachable!("every value has its column's kind"),
        }
    }
}

/// PostgreSQL has no place for U+0000, which SQLite keeps.
fn storable(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{FFFD}")
    } else {
        text
    }
}
