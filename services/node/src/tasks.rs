//! Work with an owner: every task has a name, and somebody who sees how it ends.
//!
//! **Promise.** Nothing that fails here fails silently: an error does what its task's [`OnError`] says, a panic stops the node.
//! When the node stops, tasks are asked first, waited for as long as the drain allows, and then dropped at their next
//! `await`; what does not even react to that is told by name.
//!
//! Stopping goes in this order, each step before the next:
//! readiness off, [`Tasks::accepting`] cancelled (listeners take no more), [`Tasks::stop_token`] cancelled (loops and streams end
//! what they do), the drain, the hard cancel. What must outlive the others, such as the admin port, which says that the node is
//! stopping, belongs to [`Tasks`] of its own that are stopped last.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

use crate::admin::Readiness;
use crate::text::chain;

/// How long tasks may take to react to the hard cancel. They are dropped at their next `await`, so that only one that never
/// awaits needs longer.
const ABORT_MAX: Duration = Duration::from_secs(2);

/// A task's name, such as `steward` or `dial polizei`.
pub type Name = Cow<'static, str>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What becomes of the node when a task ends with an error. A panic stops it in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The node can't go on without it.
    StopNode,
    /// It is logged; others do the work, or it can wait.
    Log,
}

/// The end of a task that stops the node.
#[derive(Debug, thiserror::Error)]
#[error("task {task} {end}")]
pub struct Failure {
    /// The task.
    pub task: Name,
    /// How it ended.
    end: End,
    /// The error, where there was one.
    source: Option<BoxError>,
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Failed,
    Panicked(Option<&'static str>),
    Early,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed => f.write_str("failed"),
            Self::Panicked(None) => f.write_str("panicked"),
            Self::Panicked(Some(message)) => write!(f, "panicked: {message}"),
            Self::Early => f.write_str("ended, though the node can't do without it"),
        }
    }
}

/// How stopping went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Tasks that did not end within the drain and were dropped.
    pub aborted: Vec<Name>,
    /// Tasks that did not even react to that.
    pub stuck: Vec<Name>,
}

impl Stopped {
    /// All ended by themselves.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.aborted.is_empty() && self.stuck.is_empty()
    }
}

/// The tasks of a node. Clones are the same tasks.
#[derive(Clone, Debug)]
pub struct Tasks {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    tracker: TaskTracker,
    accepting: CancellationToken,
    stop: CancellationToken,
    abort: CancellationToken,
    running: Mutex<BTreeMap<u64, Name>>,
    next_id: AtomicU64,
    failure: watch::Sender<Option<Arc<Failure>>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

impl Tasks {
    /// No tasks yet.
    #[must_use]
    pub fn new() -> Self {
        let inner = Inner {
            tracker: TaskTracker::new(),
            accepting: CancellationToken::new(),
            stop: CancellationToken::new(),
            abort: CancellationToken::new(),
            running: Mutex::default(),
            next_id: AtomicU64::new(0),
            failure: watch::Sender::new(None),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Cancelled first when the node stops: listeners take no more connections and streams no more requests.
    #[must_use]
    pub fn accepting(&self) -> CancellationToken {
        self.inner.accepting.clone()
    }

    /// The soft cancel: end what you do, then return. Cancelled after [`Tasks::accepting`].
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.inner.stop.clone()
    }

    /// Starts a task that may end whenever it is done.
    pub fn spawn<F, E>(&self, name: impl Into<Name>, on_error: OnError, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let tasks = self.clone();
        self.supervise(name.into(), move |name| async move {
            if let Err(source) = future.await {
                tasks.erred(name, on_error, source.into());
            }
        });
    }

    /// Starts a task that the node can't do without: an error stops the node, and so does an end before the soft cancel.
    pub fn spawn_essential<F, E>(&self, name: impl Into<Name>, future: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let tasks = self.clone();
        self.supervise(name.into(), move |name| async move {
            match future.await {
                Err(source) => tasks.erred(name, OnError::StopNode, source.into()),
                Ok(()) if tasks.is_stopping() => {}
                Ok(()) => tasks.fail(Failure {
                    task: name,
                    end: End::Early,
                    source: None,
                }),
            }
        });
    }

    /// Waits for the first failure that stops the node; never ends where there is none.
    pub async fn failed(&self) -> Arc<Failure> {
        let mut failure = self.inner.failure.subscribe();
        let found = failure.wait_for(Option::is_some).await;
        let found = found.ok().and_then(|failure| failure.clone());
        found.expect("the sender lives as long as these tasks, and waited for a failure")
    }

    /// Whether the soft cancel has been given.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.inner.stop.is_cancelled()
    }

    /// The names of the tasks that run, in the order in which they were started.
    #[must_use]
    pub fn running(&self) -> Vec<Name> {
        self.inner.running().values().cloned().collect()
    }

    /// Stops all tasks, in the order that the module's head tells, and waits `drain` for them to end what they do.
    ///
    /// Returns after `drain` and two seconds at most. A task that was started meanwhile is stopped with the others.
    pub async fn stop(&self, readiness: &Readiness, drain: Duration) -> Stopped {
        readiness.stopping();
        self.inner.accepting.cancel();
        self.inner.stop.cancel();
        self.inner.tracker.close();
        let mut stopped = Stopped::default();
        if timeout(drain, self.inner.tracker.wait()).await.is_ok() {
            return stopped;
        }
        stopped.aborted = self.running();
        warn!(tasks = %stopped.aborted.join(", "), "tasks did not end in time and are dropped");
        self.inner.abort.cancel();
        if timeout(ABORT_MAX, self.inner.tracker.wait()).await.is_err() {
            stopped.stuck = self.running();
            error!(tasks = %stopped.stuck.join(", "), "tasks are stuck");
        }
        stopped
    }

    fn supervise<B, F>(&self, name: Name, body: B)
    where
        B: FnOnce(Name) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let tasks = self.clone();
        let registered = self.register(name.clone());
        // A panic leaves nothing behind that others use: the node stops on it.
        let body = AssertUnwindSafe(body(name.clone())).catch_unwind();
        self.inner.tracker.spawn(async move {
            let _registered = registered;
            let ended = tokio::select! {
                biased;
                () = tasks.inner.abort.cancelled() => return,
                ended = body => ended,
            };
            if let Err(payload) = ended {
                tasks.fail(Failure {
                    task: name,
                    end: End::Panicked(words(&*payload)),
                    source: None,
                });
            }
        });
    }

    fn register(&self, name: Name) -> Registered {
        let id = self.inner.next_id.fetch_add(1, Ordering::Relaxed);
        self.inner.running().insert(id, name);
        Registered {
            inner: self.inner.clone(),
            id,
        }
    }

    fn erred(&self, task: Name, on_error: OnError, source: BoxError) {
        match on_error {
            OnError::StopNode => self.fail(Failure {
                task,
                end: End::Failed,
                source: Some(source),
            }),
            OnError::Log => warn!(%task, error = %chain(&*source), "task failed"),
        }
    }

    /// Only the first failure is told to [`Tasks::failed`]; those behind it are mostly its consequences, and logged.
    fn fail(&self, failure: Failure) {
        error!(task = %failure.task, error = %chain(&failure), "task stops the node");
        self.inner.failure.send_if_modified(|first| {
            let is_first = first.is_none();
            if is_first {
                *first = Some(Arc::new(failure));
            }
            is_first
        });
    }
}

impl Inner {
    fn running(&self) -> MutexGuard<'_, BTreeMap<u64, Name>> {
        self.running
            .lock()
            .expect("no code panics while it holds the names")
    }
}

/// Takes the name away when the task is gone, however it went.
struct Registered {
    inner: Arc<Inner>,
    id: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.inner.running().remove(&self.id);
    }
}

/// The words of a panic, where they are part of the program. Put together at run time they might hold content.
pub(crate) fn words(payload: &(dyn Any + Send)) -> Option<&'static str> {
    payload.downcast_ref::<&'static str>().copied()
}

#[cfg(test)]
mod tests;
