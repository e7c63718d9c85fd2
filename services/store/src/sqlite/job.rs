//! What the writer is asked to do. A job belongs to the writer once it is queued: a caller that goes away stops nothing.

use std::sync::Arc;

use tokio::sync::oneshot;
use verbund_ledger::LaneId;
use verbund_model::{AgencyId, FederationId, SubjectId};

use crate::entry::{Seal, SealedEntry, StoredEntry};
use crate::error::Result;
use crate::lane::{LaneRecord, NewLane};
use crate::publish::{PublishItem, PublishOutcome};
use crate::receive::{Readmission, Received, ReceivedBatch};
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord};
use crate::situation::Step;

pub(super) type Reply<T> = oneshot::Sender<Result<T>>;

pub(super) enum Job {
    Claim {
        federation: FederationId,
        agency: AgencyId,
        reply: Reply<u64>,
    },
    OpenLane {
        lane: NewLane,
        opening: SealedEntry,
        reply: Reply<LaneRecord>,
    },
    Publish {
        items: Vec<PublishItem>,
        seal: Arc<dyn Seal>,
        reply: Reply<Vec<PublishOutcome>>,
    },
    Receive {
        batch: ReceivedBatch,
        reply: Reply<Received>,
    },
    StopLane {
        lane: LaneId,
        reason: String,
        alarm: Alarm,
        reply: Reply<()>,
    },
    PutReceipts {
        receipts: Vec<ReceiptRecord>,
        reply: Reply<()>,
    },
    Readmit {
        items: Vec<Readmission>,
        reply: Reply<Vec<Arc<StoredEntry>>>,
    },
    PutPending {
        pending: Pending,
        reply: Reply<()>,
    },
    DropPending {
        subject: SubjectId,
        reply: Reply<()>,
    },
    PutAlarm {
        alarm: Alarm,
        reply: Reply<()>,
    },
    PutCharter {
        charter: CharterRecord,
        reply: Reply<()>,
    },
    Erase {
        chunk: Chunk,
        reply: Reply<u32>,
    },
}

/// A piece of an erasure: one transaction, after which publishes get their turn. Each tells how many rows it changed; fewer
/// than it may take means that it was the last.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chunk {
    /// Empties entries that are due before a day.
    Due {
        /// The first day that stays.
        today: i32,
    },
    /// Forgets requests, usage, drafts and unfinished erasures that are older than their time.
    Prune {
        /// The day from which their time is counted back.
        today: i32,
    },
    /// Seals under a day's newest key what is sealed under an older one.
    Reseal {
        /// The day.
        day: i32,
    },
    /// Notes that a day's old keys are gone, unless the day has been asked for again since.
    Done {
        /// The day.
        day: i32,
        /// How often it had been asked for when its new key was made.
        times: i64,
    },
}

impl Chunk {
    /// Whether the erasure is complete with it.
    pub(super) fn is_last(self) -> bool {
        matches!(self, Self::Prune { .. } | Self::Done { .. })
    }
}

impl Job {
    /// How much it adds to a transaction.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Publish { items, .. } => items.len(),
            Self::Receive { batch, .. } => batch.entries.len(),
            Self::PutReceipts { receipts, .. } => receipts.len(),
            _ => 1,
        }
    }

    /// Whether it needs a transaction of its own, planned when everything before it is on the disk: what it reads is not
    /// worth keeping in memory for those that are under way.
    pub(super) fn is_exclusive(&self) -> bool {
        match self {
            Self::Publish { items, .. } => items
                .iter()
                .any(|item| item.projection.kind == Step::Erased || !item.erases.is_empty()),
            Self::Receive { batch, .. } => batch.entries.iter().any(|entry| {
                !entry.erases.is_empty()
                    || entry
                        .projection
                        .as_ref()
                        .is_some_and(|it| it.kind == Step::Erased)
            }),
            Self::Readmit { .. } | Self::Erase { .. } => true,
            _ => false,
        }
    }
}
