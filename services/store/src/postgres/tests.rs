//! What is this engine's own and can't be asked through the trait: plans.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use verbund_test_postgres::Database as Empty;

use super::connect::Database;
use super::{schema, sql};
use crate::migrations::Newer;

/// More than any page of a table holds: looking through one is dearer than its indexes.
const SITUATIONS: u32 = 20_000;

const FILL: &str = "
INSERT INTO meta VALUES (1, 'krefeld', 'dhz', 1, 1);
INSERT INTO lane SELECT n, decode(md5(n::text), 'hex'), 'dhz', 1, 'dhz kod', NULL FROM generate_series(1, 20) n;
INSERT INTO entry SELECT n, 1 + n % 20, 1 + n / 20, CASE WHEN n % 50 = 0 THEN 16 WHEN n % 51 = 0 THEN 64 ELSE 0 END,
    1 + n % 3, 20000 + n % 90, CASE WHEN n % 51 = 0 THEN 0 ELSE 1 + n % 2 END, sha256(n::text::bytea), sha256(n::text::bytea),
    sha256(n::text::bytea), decode(md5(n::text), 'hex'), sha256('a'), sha256('b'), sha256('c') FROM generate_series(1, SITUATIONS) n;
INSERT INTO situation SELECT n, decode(md5(n::text), 'hex'), n, n, 1 + n % 20, 1, n % 3, 'agency' || n % 6, 'category' || n % 12,
    'place' || n % 40, 20000 + n / 300, '22-06' FROM generate_series(1, SITUATIONS) n;
INSERT INTO reading SELECT n, 0, 'dhz', 'spritzenfunde', 'place', 0, 20000, '12' FROM generate_series(1, SITUATIONS) n;
INSERT INTO request SELECT decode(md5(n::text), 'hex'), 'duty-log', 'PublishSituation', sha256('a'), n
    FROM generate_series(1, SITUATIONS) n;
INSERT INTO pending SELECT decode(md5(n::text), 'hex'), 20000 + n / 300, 20000 + n % 90, 1, sha256('a')
    FROM generate_series(1, SITUATIONS) n;
INSERT INTO queued (subject, erasure_day, generation, refused, body)
    SELECT decode(md5(n::text), 'hex'), 20000 + n % 90, 1, 0, sha256('a') FROM generate_series(1, SITUATIONS) n;
INSERT INTO link SELECT decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex') FROM generate_series(1, SITUATIONS) n;
INSERT INTO usage SELECT 'agency' || n % 60, 20000 + n / 60, 1, 1 FROM generate_series(1, 2000) n;
INSERT INTO charter SELECT n, sha256('a'), sha256('a') FROM generate_series(1, 50) n;
";

/// A database with much in it, seen as the store's sessions see it: young, and as autovacuum leaves it.
struct Filled {
    _empty: Empty,
    connection: PgConnection,
}

impl Filled {
    async fn new(analyzed: bool) -> Self {
        let empty = Empty::new().unwrap();
        let database = Database::parse(&empty.url().to_string(), false).unwrap();
        let mut connection = database.connect().await.unwrap();
        schema::migrate(&mut connection, true, Newer::Refused)
            .await
            .unwrap();
        let fill = FILL.replace("SITUATIONS", &SITUATIONS.to_string());
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(fill)))
            .await
            .unwrap();
        if analyzed {
            connection.execute("VACUUM ANALYZE").await.unwrap();
        }
        // The plan that a prepared statement keeps, whatever its parameters are.
        connection
            .execute("SET plan_cache_mode = force_generic_plan")
            .await
            .unwrap();
        Self {
            _empty: empty,
            connection,
        }
    }

    /// The steps of a statement's plan, one a line, the inner ones further in.
    async fn plan(&mut self, statement: &str) -> String {
        let run = |sql: String| sqlx::raw_sql(AssertSqlSafe(sql));
        let (connection, prepare) = (&mut self.connection, format!("PREPARE it AS {statement}"));
        run(prepare).execute(&mut *connection).await.unwrap();
        let count: i32 = sqlx::query_scalar(
            "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'it'",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        let nothing = vec!["NULL"; usize::try_from(count).unwrap()].join(", ");
        let execute = match count {
            0 => "EXPLAIN EXECUTE it".to_owned(),
            _ => format!("EXPLAIN EXECUTE it ({nothing})"),
        };
        let rows = run(execute).fetch_all(&mut *connection).await.unwrap();
        run("DEALLOCATE it".to_owned())
            .execute(&mut *connection)
            .await
            .unwrap();
        let lines = rows.iter().map(|row| sqlx::Row::get::<String, _>(row, 0));
        lines.collect::<Vec<_>>().join("\n")
    }
}

const STATEMENTS: &[(&str, &str)] = &[
    ("lanes", sql::LANES),
    ("entries", sql::ENTRIES),
    ("entry at", sql::ENTRY_AT),
    ("frame hash", sql::FRAME_HASH),
    ("frame", sql::FRAME),
    ("exceptions", sql::EXCEPTIONS),
    ("unadmitted", sql::UNADMITTED),
    ("situation", sql::SITUATION),
    ("history", sql::HISTORY),
    ("subjects", sql::SUBJECTS),
    ("latest steps", sql::LATEST_STEPS),
    ("steps", sql::STEPS),
    ("steps after", sql::STEPS_AFTER),
    ("requests", sql::REQUESTS),
    ("may know", sql::MAY_KNOW),
    ("hash at", sql::HASH_AT),
    ("request prune", sql::REQUEST_PRUNE),
    ("pending", sql::PENDING),
    ("pendings", sql::PENDINGS),
    ("pending due", sql::PENDING_DUE),
    ("pending drop", sql::PENDING_DROP),
    ("link", sql::LINK),
    ("queued", sql::QUEUED),
    ("queue", sql::QUEUE),
    ("usage", sql::USAGE),
    ("charter", sql::CHARTER),
    ("charter after", sql::CHARTER_AFTER),
    ("erasable of subject", sql::ERASABLE_OF_SUBJECT),
    ("erasable of lane", sql::ERASABLE_OF_LANE),
    ("sealed before", sql::SEALED_BEFORE),
    ("due", sql::DUE),
    ("last position", sql::LAST_POSITION),
    ("last requests", sql::LAST_REQUESTS),
    ("page all", sql::PAGE_ALL),
    ("page day", sql::PAGE_DAY),
    ("page days", sql::PAGE_DAYS),
    ("page days wide", sql::PAGE_DAYS_WIDE),
    ("page agency", sql::PAGE_AGENCY),
    ("page category", sql::PAGE_CATEGORY),
    ("page place", sql::PAGE_PLACE),
    ("page day others", sql::PAGE_DAY_OTHERS),
    ("page days others", sql::PAGE_DAYS_OTHERS),
    ("situation replace", sql::SITUATION_REPLACE),
    ("situation erase", sql::SITUATION_ERASE),
    ("reading delete", sql::READING_DELETE),
    ("reading forget", sql::READING_FORGET),
    ("readings before", sql::READINGS_BEFORE),
    ("readmit", sql::READMIT),
    ("entry erase", sql::ENTRY_ERASE),
    ("reseal", sql::RESEAL),
    ("link drop", sql::LINK_DROP),
    ("lane stop", sql::LANE_STOP),
    ("turn", sql::TURN),
];

#[tokio::test]
async fn nothing_is_found_by_looking_through_a_table() {
    for analyzed in [false, true] {
        let mut filled = Filled::new(analyzed).await;
        for (name, statement) in STATEMENTS {
            let plan = filled.plan(statement).await;
            assert!(
                plan.contains("Index") || plan.contains("Bitmap"),
                "{name}:\n{plan}"
            );
            // Lanes are few, and all of them are wanted.
            let plan = plan.replace("Seq Scan on lane ", "lanes ");
            assert!(!plan.contains("Seq Scan"), "{name}:\n{plan}");
            // An index that is read from end to end is the table in another order.
            let mut steps = plan.lines().peekable();
            while let Some(step) = steps.next() {
                let large = step.contains("Scan") && step.contains(" on entry");
                let narrowed = steps.peek().is_some_and(|next| next.contains("Index Cond"));
                // Its end is all that is wanted.
                assert!(
                    !large || narrowed || *name == "unadmitted",
                    "{name}:\n{plan}"
                );
            }
        }
        filled.connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn pages_are_found_in_an_index_and_in_order() {
    let ordered = [
        (sql::PAGE_ALL, "situation_changed"),
        (sql::PAGE_DAY, "situation_day"),
        (sql::PAGE_DAYS_WIDE, "situation_changed"),
        (sql::PAGE_AGENCY, "situation_agency"),
        (sql::PAGE_CATEGORY, "situation_category"),
        (sql::PAGE_PLACE, "situation_place"),
        (sql::PAGE_DAY_OTHERS, "situation_day"),
    ];
    for analyzed in [false, true] {
        let mut filled = Filled::new(analyzed).await;
        for (statement, index) in ordered {
            let plan = filled.plan(statement).await;
            // What comes before the limit orders all that there is; what comes after it, at most one page.
            let (_, page) = plan.split_once("Limit ").unwrap();
            let page: String = below(page);
            // The key is in that order as well, and all but the erased are wanted.
            let page = match index {
                "situation_changed" => page.replace("situation_pkey", index),
                _ => page,
            };
            assert!(
                page.contains(&format!("Scan Backward using {index} ")),
                "{index}, analyzed {analyzed}:\n{plan}"
            );
            assert!(!page.contains("Sort"), "{plan}");
        }
        for statement in [sql::PAGE_DAYS, sql::PAGE_DAYS_OTHERS] {
            let plan = filled.plan(statement).await;
            assert!(
                plan.contains("Index Only Scan using situation_day "),
                "analyzed {analyzed}:\n{plan}"
            );
        }
        filled.connection.close().await.unwrap();
    }
}

/// A lane may have a million entries: a piece of it must not order them all.
#[tokio::test]
async fn a_lane_is_read_in_its_order() {
    for analyzed in [false, true] {
        let mut filled = Filled::new(analyzed).await;
        for (statement, indexes) in [
            (sql::ENTRIES, ["using entry_lane "].as_slice()),
            // Those that wait are exceptions, too.
            (
                sql::EXCEPTIONS,
                &["using entry_exception ", "using entry_lane "],
            ),
            (
                sql::UNADMITTED,
                &["using entry_waiting ", "using entry_exception "],
            ),
            (sql::STEPS_AFTER, &["using entry_step "]),
        ] {
            let plan = filled.plan(statement).await;
            assert!(
                indexes.iter().any(|index| plan.contains(index)),
                "analyzed {analyzed}:\n{plan}"
            );
            assert!(
                !plan.contains("Sort"),
                "{indexes:?}, analyzed {analyzed}:\n{plan}"
            );
        }
        filled.connection.close().await.unwrap();
    }
}

/// The steps below the one that a plan's rest begins with.
fn below(rest: &str) -> String {
    let mut lines = rest.lines();
    lines.next();
    let first = lines.next().unwrap();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let most = depth(first);
    let more = lines.take_while(|line| depth(line) > most);
    std::iter::once(first)
        .chain(more)
        .map(|line| format!("{line}\n"))
        .collect()
}
