//! What the parts of an open store share: the keys, and whether it still goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::fatal::FatalSignal;

/// What the store's tasks and its callers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) keys: Arc<ErasureKeys>,
    fatal: FatalSignal,
    failed: OnceLock<()>,
    closed: AtomicBool,
}

impl Shared {
    pub(crate) fn new(keys: Arc<ErasureKeys>, fatal: FatalSignal) -> Self {
        Self {
            keys,
            fatal,
            failed: OnceLock::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Ends the store, if an error is the end of it; gives the error back.
    pub(crate) fn fail(&self, error: Error) -> Error {
        let reason = match &error {
            Error::Fatal { source, .. } => format!("{error}: {source}"),
            Error::DiskFull => error.to_string(),
            _ => return error,
        };
        if self.failed.set(()).is_ok() {
            tracing::error!(reason, "the store has failed");
            self.fatal.raise(&reason);
        }
        error
    }

    /// Why nothing is taken any more.
    pub(crate) fn gone(&self) -> Error {
        match self.failed.get() {
            Some(()) => Error::Poisoned,
            None => Error::Closed,
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.get().is_some()
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(crate) fn fatal(&self) -> FatalSignal {
        self.fatal.clone()
    }
}

/// Ends the store when a task of it ends in any other way than by its own decision.
pub(crate) struct Watchdog(pub(crate) Arc<Shared>);

impl Drop for Watchdog {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let panicked = std::io::Error::other("a task of the store panicked");
            drop(self.0.fail(Error::fatal("go on", panicked)));
        }
    }
}

/// Runs something that touches the disk off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    doing: &'static str,
    run: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(run).await;
    done.map_err(|error| Error::fatal(doing, error))?
}
