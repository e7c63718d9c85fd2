//! A transaction's statements with their parameters, ready to run.

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, Executor, Sqlite, SqliteConnection, Type};

use super::sql::{self, Rows};

/// Statements from `BEGIN` to `COMMIT`.
///
/// A short one is run as a whole, in a single round trip to the engine's thread, since each costs a lone publish more than
/// its statements do. A long one is run statement by statement, since every new composition would have to be prepared anew.
pub(super) struct Script {
    whole: bool,
    statements: usize,
    commands: Vec<Command>,
}

struct Command {
    sql: String,
    args: SqliteArguments,
}

impl Script {
    /// Begins a transaction that is run as a whole, or not.
    pub(super) fn begin(whole: bool) -> Self {
        let mut script = Self {
            whole,
            statements: 0,
            commands: Vec::new(),
        };
        script.add(sql::BEGIN);
        script
    }

    /// Adds a statement; its parameters are put into what is given back, in their order.
    pub(super) fn add(&mut self, sql: &'static str) -> Args<'_> {
        self.statements += 1;
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
        Args(
            &mut self
                .commands
                .last_mut()
                .expect("just made sure that there is one")
                .args,
        )
    }

    /// Adds a statement over rows, in as few pieces as its sizes allow.
    pub(super) fn add_rows<T>(
        &mut self,
        rows: &'static Rows,
        mut items: Vec<T>,
        put: impl Fn(&mut Args<'_>, T),
    ) {
        let mut rest = items.drain(..);
        while rest.len() > 0 {
            let (sql, size) = rows.at_most(rest.len());
            let mut args = self.add(sql);
            for item in rest.by_ref().take(size) {
                put(&mut args, item);
            }
        }
    }

    /// How many statements there are.
    pub(super) fn len(&self) -> usize {
        self.statements
    }

    /// How often the engine's thread is asked, the commit included.
    #[cfg(test)]
    pub(super) fn round_trips(&self) -> usize {
        if self.whole {
            1
        } else {
            self.commands.len() + 1
        }
    }

    /// Commits; gives back when everything is on stable storage.
    pub(super) async fn commit(mut self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        self.add(sql::COMMIT);
        for Command { sql, args } in self.commands {
            // Safe: put together from the constants of `sql` alone.
            connection
                .execute(sqlx::query_with(AssertSqlSafe(sql), args))
                .await?;
        }
        Ok(())
    }
}

/// The parameters of a statement.
pub(super) struct Args<'a>(&'a mut SqliteArguments);

impl Args<'_> {
    /// Puts the next parameter.
    pub(super) fn put<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        self.0
            .add(value)
            .expect("numbers, texts and bytes can always be encoded");
        self
    }
}

/// Looks several keys up, in as few round trips as the sizes allow.
pub(super) fn lookups<'k, K, T>(
    rows: &'static Rows,
    keys: &'k [K],
    key: impl Fn(&'k K) -> T,
) -> Vec<(&'static str, SqliteArguments)>
where
    T: Encode<'k, Sqlite> + Type<Sqlite>,
{
    let mut lookups = Vec::new();
    let mut rest = keys;
    while !rest.is_empty() {
        let (sql, size) = rows.at_most(rest.len());
        let (now, later) = rest.split_at(size);
        let mut args = SqliteArguments::default();
        for item in now {
            Args(&mut args).put(key(item));
        }
        lookups.push((sql, args));
        rest = later;
    }
    lookups
}
