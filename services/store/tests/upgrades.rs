//! A store of every released schema can be brought up to this release, and tells the same as before.
//!
//! `fixtures/` holds the stores, each as its release wrote it.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

#[path = "fixtures/content.rs"]
#[expect(dead_code, reason = "what fills a store is for the next fixture")]
mod content;
#[expect(dead_code, reason = "only its kit is needed here")]
mod suite;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::{Connection, SqliteConnection};
use suite::holds;
use suite::kit::{Origin, TODAY, agency, audience, federation, item};
use tempfile::TempDir;
use verbund_ledger::SystemEntropy;
use verbund_store::{Error, FatalSignal, OpenOptions, Result, Store, migrate};

fn fixtures() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = fs::read_dir(all).unwrap().map(|file| file.unwrap().path());
    let mut folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// A copy of a fixture's store, to be opened and changed.
struct Copy {
    folder: TempDir,
    told: String,
}

impl Copy {
    fn of(fixture: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(fixture.join("verbund.db"), folder.path().join("verbund.db")).unwrap();
        fs::create_dir(folder.path().join("keys")).unwrap();
        for key in fs::read_dir(fixture.join("keys")).unwrap() {
            let key = key.unwrap();
            let to = folder.path().join("keys").join(key.file_name());
            fs::copy(key.path(), to).unwrap();
        }
        let told = fs::read_to_string(fixture.join("told.txt")).unwrap();
        Self { folder, told }
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("verbund.db").display())
    }

    async fn open(&self, migrate: bool) -> Result<Arc<dyn Store>> {
        let options = OpenOptions {
            erasure_keys: self.folder.path().join("keys"),
            entropy: Arc::new(SystemEntropy),
            fatal: FatalSignal::new(),
            replica: "upgraded".to_owned(),
            migrate,
            accept_data_loss: false,
        };
        verbund_store::open(&self.url(), options).await
    }

    async fn ask(&self, question: &'static str) -> i64 {
        let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
        let answer = sqlx::query_scalar(question)
            .fetch_one(&mut connection)
            .await;
        connection.close().await.unwrap();
        answer.unwrap()
    }
}

#[test]
fn there_is_a_store_of_every_schema_but_this_one() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    let migrations = fs::read_dir(migrations).unwrap().count();
    let wanted: Vec<_> = (1..migrations)
        .map(|number| format!("sqlite-{number:04}"))
        .collect();
    let there = fixtures();
    let there: Vec<_> = there
        .iter()
        .map(|it| it.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(there, wanted, "see fixtures/README.md");
}

#[tokio::test]
async fn an_upgraded_store_tells_the_same() {
    for fixture in fixtures() {
        let copy = Copy::of(&fixture);
        let store = copy.open(true).await.unwrap();
        assert_eq!(
            content::told(&store).await,
            copy.told,
            "{}",
            fixture.display()
        );
        store.close().await;
        // Once more, without anything left to be done.
        let store = copy.open(false).await.unwrap();
        assert_eq!(
            content::told(&store).await,
            copy.told,
            "{}",
            fixture.display()
        );
        store.close().await;
    }
}

#[tokio::test]
async fn rows_that_nobody_reads_yet_are_kept() {
    let count = "SELECT count(*) FROM reading";
    for fixture in fixtures() {
        let copy = Copy::of(&fixture);
        let before = copy.ask(count).await;
        assert!(before > 0);
        copy.open(true).await.unwrap().close().await;
        assert_eq!(copy.ask(count).await, before);
    }
}

#[tokio::test]
async fn an_older_schema_is_changed_only_by_those_who_mean_to() {
    for (number, fixture) in (1..).zip(fixtures()) {
        let copy = Copy::of(&fixture);
        let before = fs::read(copy.folder.path().join("verbund.db")).unwrap();
        match copy.open(false).await {
            Err(Error::SchemaBehind { found, known }) => {
                assert_eq!(found, number);
                assert!(known > found);
            }
            other => panic!("{other:?}"),
        }
        let after = fs::read(copy.folder.path().join("verbund.db")).unwrap();
        assert!(before == after, "it was left as it was");
        let migrated = migrate(&copy.url()).await.unwrap();
        assert_eq!(migrated.from, number);
        let again = migrate(&copy.url()).await.unwrap();
        assert_eq!((again.from, again.to), (migrated.to, migrated.to));
        let store = copy.open(false).await.unwrap();
        assert_eq!(content::told(&store).await, copy.told);
        store.close().await;
    }
}

#[tokio::test]
async fn an_upgraded_store_goes_on() {
    for fixture in fixtures() {
        let copy = Copy::of(&fixture);
        let bytes = || fs::read(copy.folder.path().join("verbund.db")).unwrap();
        assert!(holds(&bytes(), content::CODES));
        let store = copy.open(true).await.unwrap();
        let generation = store.claim(&federation(), &agency(content::OWNER)).await;
        assert_eq!(generation.unwrap(), 2, "it was started once before");
        // The erasure that its release began.
        assert_eq!(store.finish_erasures().await.unwrap(), 1);
        assert_eq!(store.finish_erasures().await.unwrap(), 0);
        // A lane of the release before is continued.
        let own = Origin::new(content::OWNER);
        let before = store.lanes().await.unwrap();
        let mut newest = 0;
        for lane in &before {
            let entries = store.entries(&lane.id, 0, content::ALL).await.unwrap();
            newest = newest.max(entries.last().unwrap().position);
        }
        let lane = own.open(&store, &audience(&["dhz", "kod"])).await;
        assert_eq!(lane, before[0].id);
        let entry = own.store(&store, item(&lane, &own)).await;
        assert_eq!(entry.sequence, before[0].head.sequence + 1);
        assert!(entry.position > newest, "after all that were there");
        assert!(store.erase_due(TODAY + 1000).await.unwrap() > 0);
        store.close().await;
        assert!(!holds(&bytes(), content::CODES), "not even in free pages");
        assert_eq!(
            fs::read_dir(copy.folder.path().join("keys"))
                .unwrap()
                .count(),
            0
        );
    }
}
