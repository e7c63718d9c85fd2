//! Tells feed watchers of entries as they are committed. Whoever falls behind reads the store from its cursor instead.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use verbund_store::StoredEntry;

/// Commits that a slow watcher may be behind before it has to go back to the store.
const BEHIND_MAX: usize = 256;

/// What one commit brought.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) entries: Arc<[Arc<StoredEntry>]>,
    /// They were here before and waited; only now they say something.
    pub(crate) readmitted: bool,
}

/// What watchers are told.
#[derive(Debug, Clone)]
pub(crate) enum News {
    /// A commit of this replica.
    Commit(Commit),
    /// Another replica has committed: the store has what is new.
    Behind,
}

/// Entries as they are committed.
#[derive(Debug)]
pub(crate) struct Hub {
    sender: broadcast::Sender<News>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BEHIND_MAX).0,
        }
    }
}

impl Hub {
    /// Tells of new entries.
    pub(crate) fn committed(&self, entries: Vec<Arc<StoredEntry>>) {
        self.tell(entries, false);
    }

    /// Tells of entries that had waited.
    pub(crate) fn readmitted(&self, entries: Vec<Arc<StoredEntry>>) {
        self.tell(entries, true);
    }

    fn tell(&self, entries: Vec<Arc<StoredEntry>>, readmitted: bool) {
        if self.sender.receiver_count() > 0 && !entries.is_empty() {
            // Nobody listening any more is no error.
            let _ = self.sender.send(News::Commit(Commit {
                entries: entries.into(),
                readmitted,
            }));
        }
    }

    /// Tells that the store has more than was told here.
    pub(crate) fn behind(&self) {
        // Nobody listening is no error.
        let _ = self.sender.send(News::Behind);
    }

    /// Everything from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<News> {
        self.sender.subscribe()
    }
}

/// Places for feed watchers: each may hold some messages that its reader has not taken yet.
#[derive(Debug)]
pub(crate) struct Watchers {
    places: Arc<Semaphore>,
    bound: usize,
}

impl Watchers {
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(bound)),
            bound,
        }
    }

    /// A place until it is dropped; `None` where all are taken.
    pub(crate) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }

    /// How many watch.
    pub(crate) fn len(&self) -> usize {
        self.bound - self.places.available_permits()
    }
}
