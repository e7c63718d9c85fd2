//! The suite on PostgreSQL. What is its own (several replicas, lost connections, settings that lose data) is in `replicas/`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod suite;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use verbund_ledger::SystemEntropy;
use verbund_store::{FatalSignal, OpenOptions, Result, Store};
use verbund_test_postgres::{Cluster, Database};

use suite::Engine;

/// A database of a server that others use as well, or of one of its own.
struct Postgres {
    keys: TempDir,
    database: Database,
    cluster: Option<Cluster>,
}

impl Postgres {
    fn options(&self, replica: &str, fatal: FatalSignal) -> OpenOptions {
        OpenOptions {
            erasure_keys: self.keys.path().join("keys"),
            entropy: Arc::new(SystemEntropy),
            fatal,
            replica: replica.to_owned(),
            migrate: true,
            accept_data_loss: false,
        }
    }

    fn files(&self, folder: &str) -> Vec<u8> {
        let cluster = self.cluster.as_ref().expect("a server of its own");
        cluster.psql("CHECKPOINT").unwrap();
        let mut bytes = Vec::new();
        for file in files_under(&cluster.data().join(folder)) {
            bytes.extend(fs::read(file).unwrap_or_default());
        }
        bytes
    }
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[async_trait::async_trait]
impl Engine for Postgres {
    async fn new() -> Self {
        Self {
            keys: tempfile::tempdir().unwrap(),
            database: Database::new().unwrap(),
            cluster: None,
        }
    }

    async fn alone() -> Self {
        let cluster = Cluster::start_new().unwrap();
        Self {
            keys: tempfile::tempdir().unwrap(),
            database: cluster.database().unwrap(),
            cluster: Some(cluster),
        }
    }

    async fn open_with(&self, fatal: FatalSignal) -> Result<Arc<dyn Store>> {
        let options = self.options("one", fatal);
        verbund_store::open(&self.database.url().to_string(), options).await
    }

    /// Tables, indexes and the write-ahead log.
    fn bytes(&self) -> Vec<u8> {
        self.files("")
    }

    /// The log keeps what was deleted until it is recycled, and so do its archives: that is why texts are sealed, and what
    /// codes say is nothing free. Tables let go of it when they are vacuumed.
    fn settled_bytes(&self) -> Vec<u8> {
        self.database.psql("VACUUM FULL").unwrap();
        self.files("base")
    }

    fn keys(&self) -> Vec<Vec<u8>> {
        let files = fs::read_dir(self.keys.path().join("keys")).unwrap();
        files
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect()
    }

    async fn fill_queue(&self, rows: u64) {
        let statement = format!(
            "INSERT INTO queued (subject, erasure_day, generation, refused, body) \
             SELECT decode(md5(i::text), 'hex'), 20900, 1, 0, '\\x00' FROM generate_series(1, {rows}) AS n (i)"
        );
        self.database.psql(&statement).unwrap();
    }
}

suite!(Postgres);
