//! What can go wrong, one variant for each thing that a caller can do about it.

use std::path::PathBuf;
use std::sync::Arc;

use verbund_ledger::{LaneHead, LaneId};

/// The result of everything the store does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The engine or the disk failed. The store takes nothing more, [`FatalSignal`](crate::FatalSignal) is raised, and the
    /// process must stop: whatever was not acknowledged may or may not be there after the restart.
    #[error("the store failed while it tried to {doing}")]
    Fatal {
        /// What was being done, for the log; never content.
        doing: &'static str,
        /// The engine's or the system's own error.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The disk is full. Treated like [`Error::Fatal`]: the node's disk reserve exists so that this is never reached.
    #[error("the disk that holds the store is full")]
    DiskFull,
    /// An earlier call failed; nothing is taken until the process has been started again.
    #[error("the store has failed before and takes nothing more")]
    Poisoned,
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// A newer release has written this store; this one would not understand it, or not all of it.
    #[error(
        "the store has schema {found}, this release knows up to {known}: {}",
        if *.opens {
            "a node of this release may run on it, but what works on the whole of it is for the newer release"
        } else {
            "this release can't go on with it. Start the newer release again, or restore a backup that was made before"
        }
    )]
    NewerSchema {
        /// The schema version on disk.
        found: u32,
        /// The newest one that this release knows.
        known: u32,
        /// Whether a node of this release may run on it all the same: then it was to be copied, backed up or rebuilt.
        opens: bool,
    },
    /// The schema is older than this release needs, and opening was not to change it.
    #[error(
        "the store has schema {found}, this release needs {known}: run `verbund store migrate`"
    )]
    SchemaBehind {
        /// The schema version of the store; 0 when it is empty.
        found: u32,
        /// The one that this release needs.
        known: u32,
    },
    /// A migration that has been applied is not the one that this release carries.
    #[error("migration {number} was applied in another form than this release has it")]
    ChangedMigration {
        /// The migration's number.
        number: u32,
    },
    /// Another process has the store open.
    #[error("{} is in use by {}", .path.display(), pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}")))]
    InUse {
        /// The lock file.
        path: PathBuf,
        /// The process that holds it, if it could be read.
        pid: Option<u32>,
    },
    /// A node works on the database; the copy or repair needs it alone.
    #[error("{sessions} sessions work on the database: stop all replicas of the node first")]
    Occupied {
        /// How many there are.
        sessions: u64,
    },
    /// A copy was begun here and is not whole.
    #[error(
        "the store is a copy that is not whole: run `verbund store copy` or `verbund restore store` again, whichever it was; \
         it goes on where it stopped"
    )]
    CopyUnfinished,
    /// The store has been copied to another place, and is a node's store there.
    #[error(
        "the store was moved to another place by `verbund store copy`; if no node has been started there, \
         `verbund store copy --undo` makes it the node's store again"
    )]
    MovedAway,
    /// It is a backup, on which no node may run.
    #[error("this is a backup: `verbund restore` makes a store from it")]
    IsBackup,
    /// What is to be restored is a store, or anything else.
    #[error("this is no backup that `verbund backup` has made")]
    NotABackup,
    /// No node has ever used the store, or the mark that is to be taken away is not there.
    #[error("no node has used this store yet")]
    NobodysStore,
    /// What was to become a copy is something else already.
    #[error("the target is not empty: {0}")]
    NotACopy(String),
    /// What is to be copied is damaged.
    #[error("the store is damaged and can't be copied: {0}; `verbund store check` tells all")]
    Damaged(Box<crate::Finding>),
    /// A row is not in the copy as it is in the store.
    #[error("the copy differs in table {table} at {row}: empty the target and copy again")]
    CopyDiffers {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
    },
    /// The store belongs to another agency or federation.
    #[error("the store belongs to {found}, not to {expected}")]
    WrongNode {
        /// `agency.federation` of the node that was started.
        expected: String,
        /// `agency.federation` that the store was made for.
        found: String,
    },
    /// A row that can't be true.
    #[error("table {table}, column {column}, row {id} holds what can't be true")]
    BadRow {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key, as far as it is known.
        id: String,
    },
    /// The database does not answer, or takes nothing now. Nothing of the call was stored, or whether it was is not known:
    /// asking again with the same request id tells.
    #[error("the database can't be used now: {reason}")]
    Unavailable {
        /// What was said last; never content, never a password.
        reason: Arc<str>,
    },
    /// Another replica has taken what this batch came through. Nothing of it was stored.
    #[error("another replica has taken over this partner's stream")]
    HoldLost,
    /// There is no such lane here.
    #[error("lane {0} is not known here")]
    LaneUnknown(LaneId),
    /// The lane has been stopped by a ledger fault and takes no more entries.
    #[error("lane {0} has been stopped")]
    LaneStopped(LaneId),
    /// An item's condition is that of a step and the item is none, or the other way round. The caller is wrong.
    #[error("a condition of steps goes with steps, and any other with situations")]
    ConditionUnfit,
    /// The batch does not continue the lane as it stands by now; examine it against this head again.
    #[error("lane {lane} has moved to {}", head.sequence)]
    HeadMoved {
        /// The lane.
        lane: LaneId,
        /// Where it stands.
        head: LaneHead,
    },
    /// The batch or page is larger than the store takes at once; see [`limits`](crate::limits).
    #[error("{what} takes at most {limit} at once")]
    TooMany {
        /// Which call.
        what: &'static str,
        /// Its bound.
        limit: usize,
    },
    /// More erasure days are in use than [`limits::ERASURE_DAYS`](crate::limits::ERASURE_DAYS).
    #[error("erasure day {day} is one too many")]
    TooManyErasureDays {
        /// The day that would have needed one more key, in days since 1970-01-01.
        day: i32,
    },
    /// A charter is only ever followed by a newer one.
    #[error("charter version {0} or a newer one is already stored")]
    CharterNotNewer(u32),
    /// The address names no engine that this release has, or has a form that the engine doesn't take.
    #[error("`{url}` is not the address of a store: {reason}")]
    BadUrl {
        /// The address without any password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The engine or its settings are not what promises need (version, journal mode, synchronous).
    #[error("the engine can't keep its promises: {0}")]
    Unsuitable(String),
}

impl Error {
    pub(crate) fn fatal(
        doing: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Fatal {
            doing,
            source: Arc::new(source),
        }
    }
}
