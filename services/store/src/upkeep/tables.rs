//! Every table with its columns, in one place, and the statements that read and write whole rows of them.
//!
//! Both engines have the same tables, so what differs is spelling: `?` or `$1`, rows as values or as arrays. Pages begin after a
//! key, never after a number of rows. Keys are compared by their bytes on both engines, so that rows come in one order.

use std::sync::OnceLock;

use crate::health::Engine;
use crate::statement::{Columns, Value};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Blob,
}

/// A row as it stands in its table, or as it is to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(pub(crate) Vec<Value>);

impl Columns for Row {
    fn int(&self, index: usize) -> sqlx::Result<Option<i64>> {
        match &self.0[index] {
            Value::Int(value) => Ok(*value),
            _ => Err(sqlx::Error::ColumnIndexOutOfBounds { index, len: 0 }),
        }
    }

    fn text(&self, index: usize) -> sqlx::Result<Option<&str>> {
        match &self.0[index] {
            Value::Text(value) => Ok(value.as_deref()),
            _ => Err(sqlx::Error::ColumnIndexOutOfBounds { index, len: 0 }),
        }
    }

    fn blob(&self, index: usize) -> sqlx::Result<Option<&[u8]>> {
        match &self.0[index] {
            Value::Blob(value) => Ok(value.as_deref()),
            _ => Err(sqlx::Error::ColumnIndexOutOfBounds { index, len: 0 }),
        }
    }
}

/// A table, or some of its columns.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// How many of the first columns are the key.
    pub(crate) key: usize,
    pub(crate) columns: &'static [(&'static str, Kind)],
    sqlite: OnceLock<Statements>,
    postgres: OnceLock<Statements>,
}

/// What reads a table.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) first_page: String,
    pub(crate) next_page: String,
    pub(crate) last_key: String,
    pub(crate) count: String,
}

impl Table {
    const fn new(name: &'static str, key: usize, columns: &'static [(&'static str, Kind)]) -> Self {
        Self {
            name,
            key,
            columns,
            sqlite: OnceLock::new(),
            postgres: OnceLock::new(),
        }
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.columns.iter().map(|(_, kind)| *kind)
    }

    /// The key of a row.
    pub(crate) fn key_of<'r>(&self, row: &'r Row) -> &'r [Value] {
        &row.0[..self.key]
    }

    pub(crate) fn statements(&'static self, engine: Engine) -> &'static Statements {
        match engine {
            Engine::Sqlite => self.sqlite.get_or_init(|| self.spell(|_| "?".to_owned())),
            Engine::Postgres => self
                .postgres
                .get_or_init(|| self.spell(|number| format!("${number}"))),
        }
    }

    fn spell(&self, parameter: impl Fn(usize) -> String) -> Statements {
        let (name, columns) = (self.name, self.names());
        let keys: Vec<&str> = self.columns[..self.key].iter().map(|it| it.0).collect();
        let after: Vec<String> = (1..=self.key).map(&parameter).collect();
        let (key, after) = (keys.join(", "), after.join(", "));
        let limit = |number| format!("ORDER BY {key} LIMIT {}", parameter(number));
        Statements {
            first_page: format!("SELECT {columns} FROM {name} {}", limit(1)),
            next_page: format!(
                "SELECT {columns} FROM {name} WHERE ({key}) > ({after}) {}",
                limit(self.key + 1)
            ),
            last_key: format!(
                "SELECT {key} FROM {name} ORDER BY {} DESC LIMIT 1",
                keys.join(" DESC, ")
            ),
            count: format!("SELECT count(*) FROM {name}"),
        }
    }

    /// Inserts so many rows.
    pub(crate) fn insert_sqlite(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        format!(
            "INSERT INTO {} ({}) VALUES {}",
            self.name,
            self.names(),
            vec![row; rows].join(", ")
        )
    }

    /// Inserts any number of rows, one array for each column.
    pub(crate) fn insert_postgres(&self) -> String {
        let arrays: Vec<String> = (1..)
            .zip(self.kinds())
            .map(|(number, kind)| match kind {
                Kind::Int => format!("${number}::bigint[]"),
                Kind::Text => format!("${number}::text[]"),
                Kind::Blob => format!("${number}::bytea[]"),
            })
            .collect();
        format!(
            "INSERT INTO {} ({}) SELECT * FROM unnest({})",
            self.name,
            self.names(),
            arrays.join(", ")
        )
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|it| it.0).collect();
        names.join(", ")
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident = $name:literal by $key:literal: $($column:ident $kind:ident),+;)+) => {
        $(
            $(#[$doc])*
            pub(crate) static $table: Table =
                Table::new($name, $key, &[$((stringify!($column), Kind::$kind)),+]);
        )+
    };
}

tables! {
    LANE = "lane" by 1: number Int, lane_id Blob, origin Text, epoch Int, audience Text, stopped Text;
    ENTRY = "entry" by 1: position Int, lane Int, sequence Int, outcome Int, version Int, erasure_day Int, generation Int,
        hash Blob, frame Blob, signature Blob, subject Blob, codes_salt Blob, codes Blob, text Blob, step Int;
    SITUATION = "situation" by 1: changed Int, subject Blob, first Int, observed Int, lane Int, versions Int, state Int,
        agency Text, category Text, place Text, day Int, time_window Text;
    READING = "reading" by 2: first Int, ordinal Int, agency Text, indicator Text, place Text, period Int, day Int, value Text;
    REQUEST = "request" by 3: request_id Blob, caller Text, method Text, fingerprint Blob, position Int;
    RECEIPT = "receipt" by 2: lane Int, recipient Text, generation Int, sequence Int, body Blob, signature Blob;
    PENDING = "pending" by 1: subject Blob, due Int, erasure_day Int, generation Int, body Blob;
    REVIEW = "review" by 1: review Blob, subject Blob, caller Text, method Text, request_id Blob, held_at Int, state Int,
        erasure_day Int, generation Int, body Blob;
    QUEUED = "queued" by 1: number Int, subject Blob, erasure_day Int, generation Int, refused Int, body Blob;
    AUDIT = "audit" by 1: number Int, at Int, event Text, role Text, pseudonym Blob, subject Blob, review Blob,
        guard_version Text, findings Text;
    LINK = "link" by 1: subject Blob, generalised Blob;
    USAGE = "usage" by 2: origin Text, day Int, entries Int, bytes Int;
    ALARM = "alarm" by 1: number Int, at Int, kind Text, lane_id Blob, agency Text, detail Text, evidence Blob;
    CHARTER = "charter" by 1: version Int, body Blob, signatures Blob;
    ERASING = "erasing" by 1: day Int, times Int, generation Int;

    /// What projections are made of.
    SPOKEN = "entry" by 1: position Int, lane Int, sequence Int, outcome Int, version Int, subject Blob, codes Blob,
        step Int;
}

/// What a copy carries, in the order in which rows may refer to each other. Not `meta`, which says whether the copy is whole;
/// not `migration`, which is each database's own; not `hold`, since nobody holds anything while a store is at rest;
/// not `shown`, which nobody misses for the two weeks that it would be kept.
pub(crate) static COPIED: [&Table; 15] = [
    &CHARTER, &LANE, &ENTRY, &SITUATION, &READING, &REQUEST, &RECEIPT, &PENDING, &REVIEW, &QUEUED,
    &LINK, &USAGE, &ALARM, &AUDIT, &ERASING,
];

/// A statement in both spellings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl Sql {
    const fn same(sql: &'static str) -> Self {
        Self {
            sqlite: sql,
            postgres: sql,
        }
    }

    const fn new(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }

    pub(crate) fn on(self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

/// All reads after it see one state.
pub(crate) const BEGIN_READ: Sql = Sql::new(
    "BEGIN",
    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
);
pub(crate) const BEGIN_WRITE: Sql = Sql::new(
    "BEGIN IMMEDIATE",
    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ",
);
pub(crate) const COMMIT: Sql = Sql::same("COMMIT");
pub(crate) const ROLLBACK: Sql = Sql::same("ROLLBACK");
pub(crate) const META: Sql = Sql::same("SELECT federation, agency, generation, edition FROM meta");
/// Keeps every writer out until the end of the transaction; with SQLite the lock beside the file does.
pub(crate) const TURN: Sql = Sql::new(
    "SELECT only_row FROM meta",
    "SELECT only_row FROM meta FOR UPDATE",
);
pub(crate) const META_BEGIN: Sql = Sql::new(
    "INSERT INTO meta (only_row, federation, agency, generation, edition) VALUES (1, ?, ?, ?, 0) \
     ON CONFLICT (only_row) DO UPDATE SET federation = excluded.federation, agency = excluded.agency, \
     generation = excluded.generation, edition = 0",
    "INSERT INTO meta (only_row, federation, agency, generation, edition) VALUES (1, $1, $2, $3, 0) \
     ON CONFLICT (only_row) DO UPDATE SET federation = excluded.federation, agency = excluded.agency, \
     generation = excluded.generation, edition = 0",
);
pub(crate) const META_END: Sql = Sql::new(
    "UPDATE meta SET generation = ? WHERE only_row = 1",
    "UPDATE meta SET generation = $1 WHERE only_row = 1",
);
pub(crate) const META_MARK: Sql = Sql::new(
    "UPDATE meta SET edition = ? WHERE only_row = 1",
    "UPDATE meta SET edition = $1 WHERE only_row = 1",
);
pub(crate) const HEADS: Sql = Sql::same(
    "SELECT e.lane, e.sequence, e.hash FROM lane l JOIN entry e ON e.lane = l.number \
     AND e.sequence = (SELECT max(sequence) FROM entry WHERE lane = l.number)",
);
/// Numbers of alarms, audit records and queued updates go on after those that were copied; SQLite sees to it by itself.
pub(crate) const NUMBERS_GO_ON: Sql = Sql::new(
    "SELECT 1",
    "SELECT setval(pg_get_serial_sequence('alarm', 'number'), coalesce(max(number), 1), max(number) IS NOT NULL) FROM alarm \
     UNION ALL \
     SELECT setval(pg_get_serial_sequence('audit', 'number'), coalesce(max(number), 1), max(number) IS NOT NULL) FROM audit \
     UNION ALL \
     SELECT setval(pg_get_serial_sequence('queued', 'number'), coalesce(max(number), 1), max(number) IS NOT NULL) FROM queued",
);
/// What the planner goes by, which a database that was filled at once doesn't know yet.
pub(crate) const ANALYZE: Sql = Sql::new("PRAGMA optimize", "ANALYZE");
/// SQLite's own look at its file; PostgreSQL has none that a role without rights over the server could ask for.
pub(crate) const INTEGRITY: Sql = Sql::new("PRAGMA integrity_check(20)", "SELECT 'ok'");
pub(crate) const REQUESTS_ASTRAY: Sql = Sql::new(
    "SELECT r.request_id, r.caller, r.position FROM request r LEFT JOIN entry e ON e.position = r.position \
     WHERE e.position IS NULL ORDER BY r.request_id LIMIT ?",
    "SELECT r.request_id, r.caller, r.position FROM request r LEFT JOIN entry e ON e.position = r.position \
     WHERE e.position IS NULL ORDER BY r.request_id LIMIT $1",
);
pub(crate) const HASH_AT: Sql = Sql::new(
    "SELECT hash FROM entry WHERE lane = ? AND sequence = ?",
    "SELECT hash FROM entry WHERE lane = $1 AND sequence = $2",
);
pub(crate) const SITUATION_DELETE: Sql = Sql::new(
    "DELETE FROM situation WHERE changed = ?",
    "DELETE FROM situation WHERE changed = $1",
);
pub(crate) const READING_DELETE: Sql = Sql::new(
    "DELETE FROM reading WHERE first = ?",
    "DELETE FROM reading WHERE first = $1",
);
/// One of a subject's readings of days before one.
pub(crate) const READING_BEFORE: Sql = Sql::new(
    "SELECT ordinal FROM reading WHERE first = ? AND day < ? LIMIT 1",
    "SELECT ordinal FROM reading WHERE first = $1 AND day < $2 LIMIT 1",
);
pub(crate) const ENTRY_BEARING: Sql = Sql::new(
    "UPDATE entry SET version = ?, subject = ?, step = ? WHERE position = ?",
    "UPDATE entry SET version = $1, subject = $2, step = $3 WHERE position = $4",
);

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Executor, Row as _, SqliteConnection};

    use super::*;
    use crate::migrations::{Dialect, MIGRATIONS};

    /// `tests/schema.rs` compares the engines, so one of them does.
    #[tokio::test]
    async fn no_column_is_forgotten() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for migration in &MIGRATIONS {
            connection
                .execute(migration.sql(Dialect::Sqlite))
                .await
                .unwrap();
        }
        let there = "SELECT t.name, c.name, c.type, c.pk FROM pragma_table_list t JOIN pragma_table_info(t.name) c \
             WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT IN ('meta', 'migration', 'hold', 'shown') \
             ORDER BY t.name, c.cid";
        let rows = connection.fetch_all(there).await.unwrap();
        let there: Vec<(String, String, String, bool)> = rows
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2), row.get::<i64, _>(3) > 0))
            .collect();
        let mut tables = COPIED;
        tables.sort_by_key(|table| table.name);
        let written: Vec<_> = tables
            .iter()
            .flat_map(|table| {
                table
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(at, (column, kind))| {
                        let kind = match kind {
                            Kind::Int => "INTEGER",
                            Kind::Text => "TEXT",
                            Kind::Blob => "BLOB",
                        };
                        let name = table.name.to_owned();
                        (name, (*column).to_owned(), kind.to_owned(), at < table.key)
                    })
            })
            .collect();
        assert_eq!(written, there);
    }

    #[test]
    fn pages_begin_after_a_key() {
        assert_eq!(
            READING.statements(Engine::Postgres).next_page,
            "SELECT first, ordinal, agency, indicator, place, period, day, value FROM reading \
             WHERE (first, ordinal) > ($1, $2) ORDER BY first, ordinal LIMIT $3"
        );
        assert_eq!(
            LINK.statements(Engine::Sqlite).last_key,
            "SELECT subject FROM link ORDER BY subject DESC LIMIT 1"
        );
        assert_eq!(
            LINK.insert_sqlite(2),
            "INSERT INTO link (subject, generalised) VALUES (?, ?), (?, ?)"
        );
        assert_eq!(
            LINK.insert_postgres(),
            "INSERT INTO link (subject, generalised) SELECT * FROM unnest($1::bytea[], $2::bytea[])"
        );
    }
}
