//! What is this engine's own and can't be asked through the trait: plans, round trips, the journal's size.

use std::path::Path;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use tokio::sync::oneshot;
use verbund_ledger::{
    Committed, Entry, FrameHash, LaneHead, LaneId, Outcome, SealedFrame, SystemEntropy,
};
use verbund_model::{AgencyId, Audience, CategoryId, IndicatorId, PlaceId, RequestId, SubjectId};

use super::{schema, script, sql};
use crate::entry::{Seal, Unsealed};
use crate::erasure::{ErasureKeys, Sharing};
use crate::lane::LaneRecord;
use crate::migrations::Newer;
use crate::plan::batch::{Batch, EntryRow};
use crate::plan::job::{Chunk, Job, Reply};
use crate::plan::lookup::{Found, Wanted};
use crate::plan::seen::{Seen, SeenRequests, SeenSubjects};
use crate::plan::{Memory, erase};
use crate::publish::{Condition, PublishItem, RequestKey};
use crate::situation::{ReadingRow, SituationProjection, Step};

async fn database(folder: &Path) -> SqliteConnection {
    let mut connection =
        super::connect(schema::writer_options(&folder.join("plans.db")).create_if_missing(true))
            .await
            .unwrap();
    schema::migrate(&mut connection, true, Newer::Refused)
        .await
        .unwrap();
    connection
}

/// The steps of a statement's plan, one a line.
async fn plan(connection: &mut SqliteConnection, statement: &str) -> String {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::query(explain).fetch_all(connection).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    steps.join("\n")
}

#[tokio::test]
async fn nothing_is_found_by_looking_through_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = database(folder.path()).await;
    let rows = |rows: &'static sql::Rows| rows.at_most(4).0;
    let statements = [
        ("entries", sql::ENTRIES),
        ("entry at", sql::ENTRY_AT),
        ("frame hash", sql::FRAME_HASH),
        ("frame", sql::FRAME),
        ("exceptions", sql::EXCEPTIONS),
        ("unadmitted", sql::UNADMITTED),
        ("situation", sql::SITUATION),
        ("history", sql::HISTORY),
        ("subjects", rows(&sql::SUBJECTS)),
        ("latest steps", rows(&sql::LATEST_STEPS)),
        ("steps", sql::STEPS),
        ("steps after", sql::STEPS_AFTER),
        ("requests", rows(&sql::REQUESTS)),
        ("request prune", sql::REQUEST_PRUNE),
        ("shown", sql::SHOWN),
        ("shown at", sql::SHOWN_AT),
        ("shown put", rows(&sql::SHOWN_PUT)),
        ("shown erase", rows(&sql::SHOWN_ERASE)),
        ("shown prune", sql::SHOWN_PRUNE),
        ("pending", sql::PENDING),
        ("pending due", sql::PENDING_DUE),
        ("link", sql::LINK),
        ("queued", sql::QUEUED),
        ("queue", sql::QUEUE),
        ("usage", sql::USAGE),
        ("erasable of subject", sql::ERASABLE_OF_SUBJECT),
        ("erasable of lane", sql::ERASABLE_OF_LANE),
        ("sealed before", sql::SEALED_BEFORE),
        ("due", sql::DUE),
        ("last position", sql::LAST_POSITION),
        ("some subjects", sql::SOME_SUBJECTS),
        ("page all", sql::PAGE_ALL),
        ("page day", sql::PAGE_DAY),
        ("page days", sql::PAGE_DAYS),
        ("page agency", sql::PAGE_AGENCY),
        ("page category", sql::PAGE_CATEGORY),
        ("page place", sql::PAGE_PLACE),
        ("page day others", sql::PAGE_DAY_OTHERS),
        ("page days others", sql::PAGE_DAYS_OTHERS),
        ("readings", rows(&sql::READING_DELETE)),
        ("forget readings", rows(&sql::READING_FORGET)),
        ("readings before", sql::READINGS_BEFORE),
        ("erase entries", rows(&sql::ENTRY_ERASE)),
        ("erase situations", rows(&sql::SITUATION_ERASE)),
        ("reseal", rows(&sql::RESEAL)),
        ("drop links", rows(&sql::LINK_DROP)),
    ];
    for (name, statement) in statements {
        let plan = plan(&mut connection, statement).await;
        let scans = plan.lines().filter(|step| step.starts_with("SCAN"));
        // The page that was found, the steps of a subject, the rows of a VALUES: these are small.
        let large: Vec<_> = scans
            .filter(|step| {
                let found = step.contains("VALUES") || step.contains("subquery");
                *step != "SCAN p" && *step != "SCAN e" && !found && !step.contains("CONSTANT")
            })
            .collect();
        assert!(large.is_empty(), "{name}:\n{plan}");
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn pages_are_found_in_an_index_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = database(folder.path()).await;
    let ordered = [
        (sql::PAGE_ALL, "situation_changed"),
        (sql::PAGE_DAY, "situation_day"),
        (sql::PAGE_DAYS_WIDE, "situation_changed"),
        (sql::PAGE_AGENCY, "situation_agency"),
        (sql::PAGE_CATEGORY, "situation_category"),
        (sql::PAGE_PLACE, "situation_place"),
        (sql::PAGE_DAY_OTHERS, "situation_day"),
    ];
    for (statement, index) in ordered {
        let plan = plan(&mut connection, statement).await;
        // Everything before the page is complete; what comes after orders at most one page.
        let (page, _) = plan.split_once("SCAN p").unwrap();
        assert!(
            page.contains(&format!("USING COVERING INDEX {index} ")),
            "{plan}"
        );
        assert!(!page.contains("TEMP B-TREE"), "{plan}");
    }
    for statement in [sql::PAGE_DAYS, sql::PAGE_DAYS_OTHERS] {
        let plan = plan(&mut connection, statement).await;
        assert!(
            plan.contains("USING COVERING INDEX situation_day (day>? AND day<?)"),
            "{plan}"
        );
    }
    connection.close().await.unwrap();
}

/// Frames of nothing: what a batch comes to doesn't depend on them.
struct Blank;

impl Seal for Blank {
    fn seal(&self, _: &LaneId, _: LaneHead, items: &[Unsealed<'_>]) -> Vec<SealedFrame> {
        let frame = SealedFrame {
            frame: Vec::new(),
            signature: [0; 64],
            hash: FrameHash([1; 32]),
        };
        vec![frame; items.len()]
    }
}

fn memory(folder: &Path) -> Memory {
    let entropy = Arc::new(SystemEntropy);
    let keys = ErasureKeys::open(folder.join("keys"), entropy.clone(), Sharing::Alone).unwrap();
    let seen = Seen {
        subjects: Arc::new(SeenSubjects::new(0)),
        requests: SeenRequests::new(std::collections::BTreeSet::new()),
    };
    let mut memory = Memory::new(Arc::new(keys), entropy, "one".into(), true, Some(seen));
    memory.lanes.add(LaneRecord {
        id: LaneId([1; 16]),
        origin: AgencyId::parse("dhz").unwrap(),
        epoch: 1,
        audience: Audience::new([AgencyId::parse("dhz").unwrap()]).unwrap(),
        head: LaneHead::ORIGIN,
        stopped: None,
    });
    memory
}

fn item(readings: usize) -> PublishItem {
    let place = PlaceId::parse("theaterplatz").unwrap();
    let reading = ReadingRow {
        indicator: IndicatorId::parse("spritzenfunde").unwrap(),
        place: place.clone(),
        period: 0,
        day: 1,
        value: "12".to_owned(),
    };
    PublishItem {
        request: Some(RequestKey {
            caller: "duty-log".to_owned(),
            method: "PublishSituation".to_owned(),
            id: RequestId::new(uuid::Uuid::now_v7()).unwrap(),
        }),
        fingerprint: [0; 32],
        lane: LaneId([1; 16]),
        subject: SubjectId::new(uuid::Uuid::new_v4()),
        condition: Condition::New,
        codes: Committed::new(Vec::new(), &SystemEntropy),
        text: Committed::new(Vec::new(), &SystemEntropy),
        erasure_day: 1,
        projection: Some(SituationProjection {
            kind: Step::Issued,
            agency: AgencyId::parse("dhz").unwrap(),
            category: CategoryId::parse("konsum").ok(),
            place: Some(place),
            day: Some(1),
            window: None,
            readings: vec![reading; readings],
        }),
        erases: Vec::new(),
        pending: None,
        generalised: None,
        consumes_pending: None,
        confirms: None,
        dequeues: false,
        audit: Vec::new(),
    }
}

fn round_trips(memory: &mut Memory, items: Vec<PublishItem>) -> usize {
    let mut batch = Batch::default();
    let (reply, _answer) = oneshot::channel();
    let job = Job::Publish {
        items,
        seal: Arc::new(Blank),
        reply: Reply::new(reply),
    };
    memory
        .plan(vec![job], &Found::default(), &mut batch)
        .unwrap();
    memory.handed_over(&batch);
    script::round_trips(batch.into_script())
}

#[test]
fn a_lone_publish_is_one_round_trip_and_a_batch_few() {
    let folder = tempfile::tempdir().unwrap();
    let mut memory = memory(folder.path());
    assert_eq!(round_trips(&mut memory, vec![item(3)]), 1);
    assert_eq!(round_trips(&mut memory, vec![item(0), item(3)]), 1);
    // Entries, situations, readings and requests, 64 at a time, and what begins and ends it.
    assert_eq!(
        round_trips(&mut memory, (0..256).map(|_| item(1)).collect()),
        4 * 4 + 2
    );
}

#[test]
fn whatever_is_new_for_certain_is_not_looked_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut memory = memory(folder.path());
    memory.seen.as_ref().unwrap().subjects.set_complete();
    let wants = |memory: &Memory, item: &PublishItem| {
        let (reply, _answer) = oneshot::channel();
        let mut wanted = Wanted::default();
        let job = Job::Publish {
            items: vec![item.clone()],
            seal: Arc::new(Blank),
            reply: Reply::new(reply),
        };
        wanted.add(&job, memory);
        wanted.len()
    };
    let first = item(0);
    assert_eq!(wants(&memory, &first), 0);
    round_trips(&mut memory, vec![first.clone()]);
    assert_eq!(wants(&memory, &first), 2, "its subject and its request");
}

#[test]
fn rows_say_what_their_entry_says() {
    let entry = Entry {
        frame: vec![1],
        signature: [2; 64],
        codes: Some(Committed::new(vec![3], &SystemEntropy)),
        text: Some(Committed::new(vec![4], &SystemEntropy)),
    };
    let mut row = EntryRow {
        stored: Arc::new(crate::StoredEntry {
            lane: LaneId([1; 16]),
            sequence: 1,
            position: 1,
            hash: FrameHash([1; 32]),
            entry,
            outcome: Outcome::Stored,
            erasure_day: 1,
            subject: None,
            version: 0,
            step: false,
        }),
        lane: 1,
        text: Some(vec![5]),
        generation: 1,
    };
    row.erase();
    assert!(row.stored.entry.codes.is_none() && row.stored.entry.text.is_none());
    assert_eq!(
        (row.text, row.generation, row.stored.outcome),
        (None, 0, Outcome::Erased)
    );
}

#[tokio::test]
async fn a_full_disk_has_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = database(folder.path()).await;
    sqlx::raw_sql("PRAGMA max_page_count = 1")
        .execute(&mut connection)
        .await
        .unwrap();
    let large = sqlx::query(
        "INSERT INTO charter (version, body, signatures) VALUES (1, zeroblob(1000000), x'')",
    );
    let full = large.execute(&mut connection).await.unwrap_err();
    assert!(matches!(
        super::engine_error("commit", full),
        crate::Error::DiskFull
    ));
    let other = sqlx::query("SELECT nothing")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert!(matches!(
        super::engine_error("read", other),
        crate::Error::Fatal { doing: "read", .. }
    ));
    connection.close().await.unwrap();
}

#[tokio::test]
async fn an_engine_that_does_not_flush_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = database(folder.path()).await;
    schema::check_engine(&mut connection).await.unwrap();
    for setting in ["synchronous = NORMAL", "foreign_keys = OFF"] {
        let options = schema::writer_options(&folder.path().join("plans.db"));
        let mut connection = super::connect(options).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA {setting}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let checked = schema::check_engine(&mut connection).await;
        assert!(
            matches!(checked, Err(crate::Error::Unsuitable(_))),
            "{setting}: {checked:?}"
        );
        connection.close().await.unwrap();
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_day_that_was_asked_for_again_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = database(folder.path()).await;
    let keys = ErasureKeys::open(
        folder.path().join("keys"),
        Arc::new(SystemEntropy),
        Sharing::Alone,
    )
    .unwrap();
    for _ in 0..2 {
        sqlx::query(sql::ERASING_PUT)
            .bind(7)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    for (times, left) in [(1, vec![(7, 2)]), (2, vec![])] {
        let (_, script) = erase::plan(&mut connection, &keys, Chunk::Done { day: 7, times })
            .await
            .unwrap();
        script::commit(script, &mut connection).await.unwrap();
        let days: Vec<(i64, i64)> = sqlx::query_as(sql::ERASING)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(days, left);
    }
    connection.close().await.unwrap();
}
