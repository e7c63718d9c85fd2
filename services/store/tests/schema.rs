//! The two engines have one schema, and the roles of the second can do what they have to and no more: on real databases,
//! with the files that operators get.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, Connection, Executor, Row, SqliteConnection};
use verbund_test_postgres::{Database, Roles};

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

fn folder(engine: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(engine)
}

/// An engine's migrations, in the order of their names.
fn migrations(engine: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(folder(engine)).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let mut found: Vec<(String, String)> = files
        .map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(file).unwrap())
        })
        .filter(|(name, _)| name != "roles.sql")
        .collect();
    found.sort();
    found
}

#[test]
fn both_engines_have_the_same_migrations() {
    let [sqlite, postgres] = ENGINES.map(|engine| {
        let all = migrations(engine).into_iter();
        all.map(|(name, _)| name).collect::<Vec<_>>()
    });
    assert_eq!(sqlite, postgres);
    for (number, name) in (1..).zip(&sqlite) {
        let rest = name.strip_prefix(&format!("{number:04}_"));
        assert!(
            rest.is_some_and(|rest| rest.ends_with(".sql")),
            "{name} should be {number:04}_NAME.sql"
        );
    }
}

/// Of each table its columns in their order, each as `name type null|not null key default`; of each index its columns.
#[derive(Debug, PartialEq)]
struct Schema {
    tables: BTreeMap<String, Vec<String>>,
    indexes: BTreeMap<String, String>,
}

async fn sqlite_schema() -> Schema {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for (_, sql) in migrations("sqlite") {
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    let columns = "SELECT t.name, c.name, c.type, c.\"notnull\" OR c.pk > 0, c.pk, coalesce(c.dflt_value, '') \
         FROM pragma_table_list t JOIN pragma_table_info(t.name) c WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' \
         ORDER BY t.name, c.cid";
    for row in connection.fetch_all(columns).await.unwrap() {
        let mapped = match row.get(2) {
            "INTEGER" => "bigint",
            "TEXT" => "text",
            "BLOB" => "bytea",
            other => panic!("{other} has no type beside it"),
        };
        let column = column(
            row.get(1),
            mapped,
            row.get(3),
            row.get::<i64, _>(4),
            row.get(5),
        );
        tables.entry(row.get(0)).or_default().push(column);
    }
    let mut indexes = BTreeMap::new();
    let all = "SELECT i.name, i.\"unique\", i.partial, t.name, group_concat(c.name, ', ' ORDER BY c.seqno) \
         FROM pragma_table_list t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c \
         WHERE t.schema = 'main' AND i.origin = 'c' GROUP BY 1, 2, 3, 4";
    for row in connection.fetch_all(all).await.unwrap() {
        let shown = index(row.get(1), row.get(2), row.get(3), row.get(4));
        indexes.insert(row.get(0), shown);
    }
    Schema { tables, indexes }
}

fn postgres_schema() -> Schema {
    let database = Database::new().unwrap();
    for (name, sql) in migrations("postgres") {
        // As the store applies them: a whole file in one transaction.
        let done = database.psql(&format!("BEGIN; {sql}; COMMIT;"));
        assert!(done.is_ok(), "{name}: {done:?}");
    }
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    let columns = "SELECT t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
         coalesce(array_position(k.indkey::int[], a.attnum::int) + 1, 0), \
         coalesce(pg_get_expr(d.adbin, d.adrelid), ''), coalesce(c.collname, '') \
         FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 \
         LEFT JOIN pg_index k ON k.indrelid = t.oid AND k.indisprimary \
         LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum \
         LEFT JOIN pg_collation c ON c.oid = a.attcollation \
         WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' ORDER BY t.relname, a.attnum";
    for row in database.psql(columns).unwrap().lines() {
        let cells: Vec<&str> = row.split('|').collect();
        let [table, name, kind, not_null, key, default, collation] = cells[..] else {
            panic!("{row}")
        };
        assert_eq!(
            collation == "C",
            kind == "text",
            "{table}.{name} is compared by {collation:?}"
        );
        let column = column(name, kind, not_null == "t", key.parse().unwrap(), default);
        tables.entry(table.to_owned()).or_default().push(column);
    }
    let mut indexes = BTreeMap::new();
    let all = "SELECT i.relname, x.indisunique, x.indpred IS NOT NULL, t.relname, \
         (SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(x.indkey::int[]) WITH ORDINALITY AS k (at, n) \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.at) \
         FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
         LEFT JOIN pg_constraint o ON o.conindid = i.oid AND o.contype IN ('p', 'u') \
         WHERE t.relnamespace = 'public'::regnamespace AND o.oid IS NULL";
    for row in database.psql(all).unwrap().lines() {
        let cells: Vec<&str> = row.split('|').collect();
        let shown = index(cells[1] == "t", cells[2] == "t", cells[3], cells[4]);
        indexes.insert(cells[0].to_owned(), shown);
    }
    Schema { tables, indexes }
}

fn column(name: &str, kind: &str, not_null: bool, key: i64, default: &str) -> String {
    let null = if not_null { "not null" } else { "null" };
    format!("{name} {kind} {null}, key {key}, default {default:?}")
}

fn index(unique: bool, partial: bool, table: &str, columns: &str) -> String {
    format!("on {table} ({columns}), unique {unique}, partial {partial}")
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let (sqlite, postgres) = (sqlite_schema().await, postgres_schema());
    assert!(sqlite.tables.len() > 10 && sqlite.indexes.len() > 10);
    assert_eq!(sqlite, postgres);
}

fn roles_file() -> PathBuf {
    folder("postgres").join("roles.sql")
}

/// A database as an operator makes it: roles, migrations by the one, roles again.
fn with_roles() -> (Database, Roles) {
    let database = Database::new().unwrap();
    let roles = database.roles(&roles_file()).unwrap();
    for (_, sql) in migrations("postgres") {
        roles
            .migrate
            .psql(&format!("BEGIN; {sql}; COMMIT;"))
            .unwrap();
    }
    database.roles(&roles_file()).unwrap();
    (database, roles)
}

/// All that anybody may do, by the server's own account of it.
fn rights(database: &Database) -> String {
    let all = "SELECT name, owner::regrole, ARRAY(SELECT one::text FROM unnest(acl) AS one ORDER BY 1) FROM (\
         SELECT relname, relowner, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace \
         UNION ALL SELECT attrelid::regclass || '.' || attname, NULL, attacl FROM pg_attribute \
         WHERE attacl IS NOT NULL AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace) \
         UNION ALL SELECT nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = 'public' \
         UNION ALL SELECT 'database', NULL, datacl FROM pg_database WHERE datname = current_database() \
         UNION ALL SELECT 'default', defaclrole, defaclacl FROM pg_default_acl) AS rights (name, owner, acl) ORDER BY name";
    let told = database.psql(all).unwrap();
    assert!(told.lines().count() > 20, "{told}");
    told.replace(database.name(), "NAME")
}

#[test]
fn roles_can_be_made_again_at_any_time() {
    let (database, _roles) = with_roles();
    let before = rights(&database);
    database.roles(&roles_file()).unwrap();
    assert_eq!(rights(&database), before);

    // Also where an administrator migrated before there were roles.
    let late = Database::new().unwrap();
    for (_, sql) in migrations("postgres") {
        late.psql(&sql).unwrap();
    }
    late.roles(&roles_file()).unwrap();
    assert_eq!(rights(&late), before);
}

#[test]
fn the_role_that_runs_can_t_touch_the_schema_or_what_is_signed() {
    let (database, roles) = with_roles();
    let allowed = [
        "INSERT INTO meta (only_row, federation, agency, generation) VALUES (1, 'krefeld', 'dhz', 1)",
        "UPDATE meta SET edition = edition + 1, generation = 2 WHERE only_row = 1",
        "INSERT INTO lane (number, lane_id, origin, epoch, audience) VALUES (1, decode(repeat('07', 16), 'hex'), 'dhz', 1, 'dhz')",
        "UPDATE lane SET stopped = 'why'",
        "SELECT number FROM lane FOR UPDATE",
        "INSERT INTO entry VALUES (1, 1, 1, 0, 0, 20900, 1, 'h', 'f', 's', NULL, 'c', 'c', 't')",
        "UPDATE entry SET outcome = 64, generation = 0, codes_salt = NULL, codes = NULL, text = NULL",
        "INSERT INTO alarm (at, kind, detail) VALUES (1, 'K', 'd')",
        "DELETE FROM alarm",
        "INSERT INTO audit (at, event, role, guard_version, findings) VALUES (1, 'review-held', 'node', '', '')",
        "DELETE FROM audit",
        "INSERT INTO hold VALUES ('link/kod', 'one', 1, 0) ON CONFLICT (name) DO UPDATE SET generation = hold.generation + 1",
        "SELECT number, name, sha256 FROM migration",
        "LISTEN commits; NOTIFY commits",
    ];
    for statement in allowed {
        let done = roles.run.psql(statement);
        assert!(done.is_ok(), "{statement}: {done:?}");
    }
    let denied = [
        "CREATE TABLE mine (n INT)",
        "CREATE TEMP TABLE mine (n INT)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE entry ADD COLUMN more TEXT",
        "DROP TABLE link",
        "DROP INDEX entry_lane",
        "TRUNCATE reading",
        "INSERT INTO migration VALUES (99, 'x', 'x')",
        "DELETE FROM meta",
        "UPDATE meta SET agency = 'kod'",
        "DELETE FROM lane",
        "UPDATE lane SET origin = 'kod'",
        "DELETE FROM entry",
        "UPDATE entry SET frame = 'forged'",
        "UPDATE entry SET hash = 'forged'",
        "UPDATE entry SET sequence = 9",
        "UPDATE entry SET erasure_day = 30000",
        "UPDATE charter SET body = 'other'",
        "DELETE FROM charter",
        "UPDATE audit SET event = 'review-confirmed'",
        "DELETE FROM hold",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "COPY entry TO PROGRAM 'cat'",
    ];
    for statement in denied {
        let error = roles.run.psql(statement).expect_err(statement).to_string();
        let why = ["permission denied", "must be owner", "must be superuser"];
        assert!(
            why.iter().any(|why| error.contains(why)),
            "{statement}: {error}"
        );
    }
    let become_it = format!("SET ROLE {}_migrate", database.name());
    assert!(roles.run.psql(&become_it).is_err());
    // The server takes this with a warning and does nothing.
    let before = rights(&database);
    roles.run.psql("GRANT ALL ON entry TO PUBLIC").unwrap();
    assert_eq!(rights(&database), before);
}

#[test]
fn nobody_else_gets_in() {
    let (database, _roles) = with_roles();
    let stranger = format!("{}_stranger", database.name());
    database
        .psql(&format!("CREATE ROLE {stranger} LOGIN PASSWORD 'known'"))
        .unwrap();
    let error = database.url().role(&stranger, "known").psql("SELECT 1");
    database.psql(&format!("DROP ROLE {stranger}")).unwrap();
    let error = error.unwrap_err().to_string();
    assert!(error.contains("permission denied for database"), "{error}");
}

#[test]
fn a_role_that_is_too_much_is_refused_and_nothing_changes() {
    let database = Database::new().unwrap();
    let name = format!("{}_run", database.name());
    database
        .psql(&format!("CREATE ROLE {name} LOGIN CREATEDB"))
        .unwrap();
    let error = database.roles(&roles_file()).unwrap_err().to_string();
    assert!(error.contains("rights over the whole server"), "{error}");
    let made = database
        .psql("SELECT count(*) FROM pg_default_acl")
        .unwrap();
    assert_eq!(made, "0");
    database
        .psql(&format!("ALTER ROLE {name} NOCREATEDB"))
        .unwrap();
    database.roles(&roles_file()).unwrap();
    database
        .psql(&format!("GRANT {0}_migrate TO {0}_run", database.name()))
        .unwrap();
    let error = database.roles(&roles_file()).unwrap_err().to_string();
    assert!(error.contains("could change the schema"), "{error}");
}

#[test]
fn a_table_of_a_later_release_can_be_used_before_anybody_comes() {
    let (database, roles) = with_roles();
    roles.migrate.psql("CREATE TABLE later (n BIGINT)").unwrap();
    let work = "INSERT INTO later VALUES (1); UPDATE later SET n = 2; DELETE FROM later";
    roles.run.psql(work).unwrap();
    database.roles(&roles_file()).unwrap();
    roles.run.psql(work).unwrap();
    assert!(roles.run.psql("TRUNCATE later").is_err());
}
