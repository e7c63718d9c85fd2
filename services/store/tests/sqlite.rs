//! The suite on SQLite, and what is SQLite's own: the lock, the schema's version, crashes.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod suite;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use suite::Engine;
use tempfile::TempDir;
use verbund_ledger::SystemEntropy;
use verbund_store::{Error, FatalSignal, OpenOptions, Result, Store};

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
}

suite!(Sqlite);

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
