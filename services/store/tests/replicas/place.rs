//! Where replicas stand: a database, and the folder of keys that they share.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use verbund_ledger::SystemEntropy;
use verbund_store::{FatalSignal, OpenOptions, Result, Store};
use verbund_test_postgres::{Cluster, Database};

use crate::suite::kit::{agency, federation};

pub(crate) struct Place {
    folder: TempDir,
    pub(crate) database: Database,
    cluster: Option<Cluster>,
}

impl Place {
    /// A database in the server that tests share.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: Database::new().unwrap(),
            cluster: None,
        }
    }

    /// A database in a server of its own.
    pub(crate) fn alone() -> Self {
        Self::in_cluster(Cluster::start_new().unwrap())
    }

    pub(crate) fn in_cluster(cluster: Cluster) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: cluster.database().unwrap(),
            cluster: Some(cluster),
        }
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("a server of its own")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    /// The names of the key files of each day.
    pub(crate) fn key_files(&self) -> BTreeMap<String, Vec<String>> {
        let mut days = BTreeMap::<String, Vec<String>>::new();
        for file in fs::read_dir(self.keys()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let (day, _) = name.split_once('.').unwrap();
            days.entry(day.to_owned()).or_default().push(name);
        }
        days
    }

    pub(crate) fn options(&self, replica: &str) -> OpenOptions {
        options(&self.keys(), replica)
    }

    pub(crate) async fn try_open(&self, replica: &str) -> Result<Arc<dyn Store>> {
        open(&self.database.url().to_string(), self.options(replica)).await
    }

    /// Opens the store as one of its replicas, and claims it as a node does at its start.
    pub(crate) async fn replica(&self, name: &str) -> Arc<dyn Store> {
        let store = self.try_open(name).await.unwrap();
        claim(&store).await;
        store
    }

    pub(crate) async fn replicas<const N: usize>(&self, names: [&str; N]) -> Vec<Arc<dyn Store>> {
        let mut all = Vec::new();
        for name in names {
            all.push(self.replica(name).await);
        }
        all
    }
}

pub(crate) fn options(keys: &Path, replica: &str) -> OpenOptions {
    OpenOptions {
        erasure_keys: keys.to_owned(),
        entropy: Arc::new(SystemEntropy),
        fatal: FatalSignal::new(),
        replica: replica.to_owned(),
        migrate: true,
        accept_data_loss: false,
    }
}

pub(crate) async fn open(url: &str, options: OpenOptions) -> Result<Arc<dyn Store>> {
    verbund_store::open(url, options).await
}

pub(crate) async fn claim(store: &Arc<dyn Store>) -> u64 {
    store.claim(&federation(), &agency("dhz")).await.unwrap()
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, within: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    while !is_so().await {
        assert!(since.elapsed() < within, "not within {within:?}: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
