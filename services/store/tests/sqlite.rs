//! The suite on SQLite, and what is SQLite's own: the lock, the schema's version, crashes.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod suite;

use std::fs;
use std::io::{BufRead, BufReader, Write, stdout};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use rustix::process::{Resource, Rlimit, setrlimit};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use suite::Engine;
use suite::kit::{Origin, agency, audience, federation, item};
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};
use verbund_ledger::{Frame, LaneHead, LaneId, SealedFrame, SystemEntropy};
use verbund_store::{Error, FatalSignal, Limit, OpenOptions, Result, Seal, Store, Unsealed};

struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    fn database(&self) -> PathBuf {
        self.folder.path().join("data/verbund.db")
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.database().display())
    }

    fn key_folder(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    fn options(&self, fatal: FatalSignal) -> OpenOptions {
        OpenOptions {
            erasure_keys: self.key_folder(),
            entropy: Arc::new(SystemEntropy),
            fatal,
            replica: "one".to_owned(),
            migrate: true,
            accept_data_loss: false,
        }
    }
}

#[async_trait::async_trait]
impl Engine for Sqlite {
    async fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    async fn open_with(&self, fatal: FatalSignal) -> Result<Arc<dyn Store>> {
        verbund_store::open(&self.url(), self.options(fatal)).await
    }

    fn bytes(&self) -> Vec<u8> {
        let files = fs::read_dir(self.folder.path().join("data")).unwrap();
        let files = files.map(|file| fs::read(file.unwrap().path()).unwrap());
        files.collect::<Vec<_>>().concat()
    }

    fn keys(&self) -> Vec<Vec<u8>> {
        let files = fs::read_dir(self.key_folder()).unwrap();
        files
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect()
    }

    async fn fill_queue(&self, rows: u64) {
        let statement = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
             INSERT INTO queued (subject, erasure_day, generation, refused, body) SELECT randomblob(16), 20900, 1, 0, x'00' FROM n"
        );
        tamper(self, &statement).await;
    }
}

suite!(Sqlite);

/// The database's own connection, past the store.
async fn tamper(engine: &Sqlite, statement: &str) {
    let url = engine.url();
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_second_opener_is_told_who_has_it() {
    let engine = Sqlite::new().await;
    let store = engine.open().await;
    match engine.open_with(FatalSignal::new()).await {
        Err(Error::InUse { pid, .. }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{other:?}"),
    }
    store.close().await;
    engine.open().await.close().await;
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let engine = Sqlite::new().await;
    engine.open().await.close().await;
    tamper(&engine, "PRAGMA user_version = 99").await;
    match engine.open_with(FatalSignal::new()).await {
        Err(Error::NewerSchema {
            found: 99, known, ..
        }) => assert!(known < 99),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_migration_that_was_another_one_is_noticed() {
    let engine = Sqlite::new().await;
    engine.open().await.close().await;
    tamper(&engine, "UPDATE migration SET sha256 = x'00'").await;
    let opened = engine.open_with(FatalSignal::new()).await;
    assert!(
        matches!(opened, Err(Error::ChangedMigration { number: 1 })),
        "{opened:?}"
    );
}

#[tokio::test]
async fn only_files_are_stores() {
    let engine = Sqlite::new().await;
    for url in ["sqlite:", "sqlite::memory:", "sqlite:a.db?mode=ro", "a.db"] {
        match verbund_store::open(url, engine.options(FatalSignal::new())).await {
            Err(error @ Error::BadUrl { .. }) => assert!(!error.to_string().contains("secret")),
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_files_are_the_owner_s_alone() {
    let engine = Sqlite::new().await;
    let store = engine.open().await;
    store.claim(&federation(), &agency("dhz")).await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{suffix}", engine.database().display()));
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    store.close().await;
    assert!(
        !engine.database().with_extension("db-wal").exists(),
        "written back"
    );
}

#[tokio::test]
async fn a_row_that_can_t_be_true_is_named() {
    let engine = Sqlite::new().await;
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    dhz.store(&store, item(&lane, &dhz)).await;
    store.close().await;
    tamper(&engine, "UPDATE entry SET outcome = 3 WHERE sequence = 2").await;
    let store = engine.open().await;
    let limit = Limit {
        count: 9,
        bytes: 1 << 20,
    };
    match store.entries(&lane, 0, limit).await {
        Err(Error::BadRow { table, column, id }) => {
            assert_eq!((table, column, id.as_str()), ("entry", "outcome", "2"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        store.entries(&lane, 2, limit).await.unwrap().len(),
        0,
        "the rest goes on"
    );
    store.close().await;
}

#[tokio::test]
async fn a_text_in_another_place_is_not_opened() {
    let engine = Sqlite::new().await;
    let store = engine.open().await;
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    dhz.store(&store, item(&lane, &dhz)).await;
    dhz.store(&store, item(&lane, &dhz)).await;
    store.close().await;
    let swap =
        "UPDATE entry SET text = (SELECT text FROM entry WHERE sequence = 2) WHERE sequence = 3";
    tamper(&engine, swap).await;
    let store = engine.open().await;
    let read = store.entries(&lane, 2, Limit { count: 9, bytes: 9 }).await;
    assert!(
        matches!(read, Err(Error::BadRow { column: "text", .. })),
        "{read:?}"
    );
    store.close().await;
}

/// Can't sign.
struct Broken;

impl Seal for Broken {
    fn seal(&self, _: &LaneId, _: LaneHead, _: &[Unsealed<'_>]) -> Vec<SealedFrame> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_failed_store_stays_failed() {
    let engine = Sqlite::new().await;
    let fatal = FatalSignal::new();
    let store = engine.open_with(fatal.clone()).await.unwrap();
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    let failed = store
        .publish(vec![item(&lane, &dhz)], Arc::new(Broken))
        .await;
    assert!(
        matches!(failed, Err(Error::Fatal { .. } | Error::Poisoned)),
        "{failed:?}"
    );
    assert!(fatal.fatal().await.contains("0 frames for 1 items"));
    let publish = store.publish(vec![item(&lane, &dhz)], dhz.signer()).await;
    assert!(matches!(publish, Err(Error::Poisoned)), "{publish:?}");
    assert!(matches!(store.lanes().await, Err(Error::Poisoned)));
    store.close().await;
    assert!(matches!(store.lanes().await, Err(Error::Poisoned)));
    drop(store);
    let store = engine.open().await;
    assert_eq!(dhz.store(&store, item(&lane, &dhz)).await.sequence, 2);
    store.close().await;
}

// --- processes of their own

/// What a process of its own does: names the role and the folder.
const ROLE: &str = "VERBUND_STORE_TEST_ROLE";
const FOLDER: &str = "VERBUND_STORE_TEST_FOLDER";

/// Tells the parent, past the test harness.
fn say(line: &str) {
    let mut stdout = stdout().lock();
    stdout.write_all(line.as_bytes()).unwrap();
    stdout.write_all(b"\n").unwrap();
}

/// This test again, in a process of its own.
fn process(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "a_process_of_its_own", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdout(Stdio::piped());
    command
}

/// Does nothing unless [`process`] has started it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_of_its_own() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let folder = PathBuf::from(std::env::var(FOLDER).unwrap());
    let url = format!("sqlite:{}", folder.join("data/verbund.db").display());
    let options = OpenOptions {
        erasure_keys: folder.join("keys"),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: "one".to_owned(),
        migrate: true,
        accept_data_loss: false,
    };
    let store = verbund_store::open(&url, options).await.unwrap();
    let dhz = Origin::new("dhz");
    let lane = dhz.open(&store, &audience(&["dhz", "kod"])).await;
    match role.as_str() {
        "publish until killed" => publish_for_ever(&store, &dhz, lane).await,
        "publish until the disk fails" => publish_to_the_end(&store, &dhz, lane).await,
        role => panic!("{role}"),
    }
}

/// Tells each answer on a line of its own.
async fn publish_for_ever(store: &Arc<dyn Store>, dhz: &Origin, lane: LaneId) {
    loop {
        let calls = (1..20).map(|items| {
            let items = (0..items).map(|_| item(&lane, dhz)).collect();
            store.publish(items, dhz.signer())
        });
        for outcomes in futures_util::future::join_all(calls).await {
            for outcome in outcomes.unwrap() {
                let entry = suite::kit::stored(outcome);
                say(&format!("stored {} {}", entry.sequence, entry.hash));
            }
        }
    }
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let engine = Sqlite::new().await;
    let mut answered = Vec::new();
    // Killed in the middle of writing, and again in the middle of what follows a recovery.
    for lines in [40, 400, 1500] {
        let mut child = process("publish until killed", engine.folder.path())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let stored = output.lines().map_while(std::result::Result::ok);
        let mut stored = stored.filter_map(|line| line.strip_prefix("stored ").map(str::to_owned));
        answered.extend(stored.by_ref().take(lines));
        child.kill().unwrap();
        child.wait().unwrap();
        answered.extend(stored);
        let store = engine.open().await;
        let lane = store.lanes().await.unwrap().remove(0);
        let mut all = Vec::new();
        let mut previous = LaneHead::ORIGIN;
        while previous.sequence < lane.head.sequence {
            let page = store.entries(
                &lane.id,
                previous.sequence,
                Limit {
                    count: 1000,
                    bytes: 1 << 24,
                },
            );
            for entry in page.await.unwrap() {
                let frame = Frame::decode(&entry.entry.frame).unwrap();
                assert_eq!(
                    (frame.sequence, frame.previous),
                    (previous.sequence + 1, previous.hash)
                );
                assert!(entry.sequence == 1 || entry.entry.text.is_some());
                previous = LaneHead {
                    sequence: entry.sequence,
                    hash: entry.hash,
                };
                all.push(format!("{} {}", entry.sequence, entry.hash));
            }
        }
        assert_eq!(previous, lane.head);
        assert!(answered.len() >= lines);
        let all: std::collections::HashSet<_> = all.into_iter().collect();
        let lost: Vec<_> = answered
            .iter()
            .filter(|answer| !all.contains(*answer))
            .collect();
        assert!(
            lost.is_empty(),
            "of {} answered, lost: {lost:?}",
            answered.len()
        );
        store.close().await;
    }
}

/// Lets no file grow beyond a megabyte, and tells how the store takes it.
async fn publish_to_the_end(store: &Arc<dyn Store>, dhz: &Origin, lane: LaneId) {
    // Without a handler the signal would end the process instead of failing the write.
    let _too_large = signal(SignalKind::from_raw(25)).unwrap();
    let most = Rlimit {
        current: Some(1 << 20),
        maximum: Some(1 << 20),
    };
    setrlimit(Resource::Fsize, most).unwrap();
    let mut stored = 0;
    let failed = loop {
        match store
            .publish((0..20).map(|_| item(&lane, dhz)).collect(), dhz.signer())
            .await
        {
            Ok(outcomes) => stored += outcomes.len(),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(failed, Error::Fatal { .. } | Error::DiskFull),
        "{failed:?}"
    );
    assert!(
        store
            .fatal()
            .fatal()
            .await
            .contains("the store failed while it tried to commit")
    );
    let after = store.publish(vec![item(&lane, dhz)], dhz.signer()).await;
    assert!(matches!(after, Err(Error::Poisoned)), "{after:?}");
    assert!(matches!(store.lanes().await, Err(Error::Poisoned)));
    store.close().await;
    say(&format!("stored {stored}"));
}

#[tokio::test]
async fn after_a_failed_write_nothing_is_answered_any_more() {
    let engine = Sqlite::new().await;
    let output = process("publish until the disk fails", engine.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let stored = said
        .lines()
        .find_map(|line| line.strip_prefix("stored "))
        .unwrap();
    let stored: u64 = stored.parse().unwrap();
    assert!(stored > 0);
    let store = engine.open().await;
    let head = store.lanes().await.unwrap()[0].head.sequence;
    // The transaction that failed may be there or not, whole.
    assert!(
        head == stored + 1 || head == stored + 21,
        "{head} after {stored}"
    );
    store.close().await;
}
