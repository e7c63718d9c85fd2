//! A writer's turn: statements within one transaction, each with a bound on its time.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, Executor, PgConnection};
use tokio::time::timeout;

use super::connect::{STATEMENT_MAX, engine_error, unavailable};
use super::sql;
use crate::error::Result;
use crate::statement::{Lookup, Read, Script, Session, Step, Value, columns};

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

    /// Runs what a script says.
    pub(super) async fn run(&mut self, script: Script) -> Result<()> {
        for step in script.steps {
            let (sql, args) = (sql::write(step.write), arrays(step));
            bounded(sqlx::query_with(sql, args).execute(&mut *self.0)).await?;
        }
        Ok(())
    }
}

impl Session for Turn<'_> {
    type Row = PgRow;

    async fn read(&mut self, read: Read, values: Vec<Value>) -> Result<Vec<PgRow>> {
        self.rows(sql::read(read), arguments(values)).await
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
    let mut columns: Vec<Column> = values
        .iter()
        .take(width)
        .map(|first| Column::like(first, rows))
        .collect();
    for (index, value) in values.into_iter().enumerate() {
        columns[index % width].push(value);
    }
    let mut args = PgArguments::default();
    for column in columns {
        let added = match column {
            Column::Int(values) => args.add(values),
            Column::Text(values) => args.add(values),
            Column::Blob(values) => args.add(values),
        };
        added.expect("numbers, texts and bytes can always be encoded");
    }
    args
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
