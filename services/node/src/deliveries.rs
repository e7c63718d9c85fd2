//! Tells those who watch of entries whose delivery has changed: a receipt said something new of them, or an agency told that they were
//! on a screen. Whether a caller is shown anything of them is for those who watch to see to.

use tokio::sync::broadcast;

use crate::replicate::receipts::Spoken;

/// Changes that a slow watcher may be behind before it is told that everything may have changed.
const BEHIND_MAX: usize = 256;

/// Changes as they come.
#[derive(Debug)]
pub(crate) struct Deliveries {
    changes: broadcast::Sender<Spoken>,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            changes: broadcast::channel(BEHIND_MAX).0,
        }
    }
}

impl Deliveries {
    /// Tells of entries.
    pub(crate) fn changed(&self, entries: Spoken) {
        // Nobody listening is no error.
        let _ = self.changes.send(entries);
    }

    /// Everything from now on.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Spoken> {
        self.changes.subscribe()
    }
}
