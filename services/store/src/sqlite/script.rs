//! Runs a transaction's statements.

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Executor, SqliteConnection};

use super::sql::{self, Form, Rows};
use crate::statement::{Script, Step, Value, Write};

/// Rows of each statement up to which a transaction is run as a whole: few enough for its compositions to stay prepared.
const WHOLE_ROWS: usize = 2;

/// A statement, or several, with all their parameters.
struct Command {
    sql: String,
    args: SqliteArguments,
}

/// Commits what a script says; gives back when everything is on stable storage.
///
/// A short one is run as a whole, in a single round trip to the engine's thread, since each costs a lone publish more than
/// its statements do. A long one is run statement by statement, since every new composition would have to be prepared anew.
pub(super) async fn commit(script: Script, connection: &mut SqliteConnection) -> sqlx::Result<()> {
    for Command { sql, args } in commands(script) {
        // Safe: put together from the constants of `sql` alone.
        connection
            .execute(sqlx::query_with(AssertSqlSafe(sql), args))
            .await?;
    }
    Ok(())
}

fn commands(script: Script) -> Vec<Command> {
    let few = |step: &Step| step.rows <= WHOLE_ROWS || step.write == Write::ReadingInsert;
    let whole = script.steps.iter().all(few);
    let mut commands = Commands {
        whole,
        commands: Vec::new(),
    };
    commands.add(sql::BEGIN, std::iter::empty());
    for step in script.steps {
        let width = step.values.len() / step.rows;
        let mut values = step.values.into_iter();
        let mut rest = step.rows;
        while rest > 0 {
            let (sql, rows) = match sql::write(step.write) {
                Form::Each(sql) => (sql, 1),
                Form::Many(rows) => rows.at_most(rest),
            };
            commands.add(sql, values.by_ref().take(rows * width));
            rest -= rows;
        }
    }
    commands.add(sql::COMMIT, std::iter::empty());
    commands.commands
}

struct Commands {
    whole: bool,
    commands: Vec<Command>,
}

impl Commands {
    fn add(&mut self, sql: &'static str, values: impl Iterator<Item = Value>) {
        match self.commands.last_mut() {
            Some(command) if self.whole => {
                command.sql.push_str("; ");
                command.sql.push_str(sql);
            }
            _ => self.commands.push(Command {
                sql: sql.to_owned(),
                args: SqliteArguments::default(),
            }),
        }
        let command = self.commands.last_mut();
        let args = &mut command.expect("just made sure that there is one").args;
        values.for_each(|value| add(args, value));
    }
}

/// How often the engine's thread is asked for a script.
#[cfg(test)]
pub(super) fn round_trips(script: Script) -> usize {
    commands(script).len()
}

/// Parameters as the engine takes them.
pub(super) fn arguments(values: impl IntoIterator<Item = Value>) -> SqliteArguments {
    let mut args = SqliteArguments::default();
    values.into_iter().for_each(|value| add(&mut args, value));
    args
}

fn add(args: &mut SqliteArguments, value: Value) {
    let added = match value {
        Value::Int(value) => args.add(value),
        Value::Text(value) => args.add(value),
        Value::Blob(value) => args.add(value),
    };
    added.expect("numbers, texts and bytes can always be encoded");
}

/// Looks several keys up, in as few round trips as the sizes allow.
pub(super) fn lookups(
    rows: &'static Rows,
    keys: Vec<Value>,
) -> Vec<(&'static str, SqliteArguments)> {
    let mut lookups = Vec::new();
    let mut rest = keys.len();
    let mut keys = keys.into_iter();
    while rest > 0 {
        let (sql, size) = rows.at_most(rest);
        lookups.push((sql, arguments(keys.by_ref().take(size))));
        rest -= size;
    }
    lookups
}
