//! What the writer is asked to do. A job belongs to the writer once it is queued: a caller that goes away stops nothing.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::oneshot;
use verbund_ledger::{FrameHash, LaneId};
use verbund_model::{AgencyId, FederationId, SubjectId};

use crate::audit::AuditRecord;
use crate::entry::{Seal, SealedEntry, StoredEntry};
use crate::error::{Error, Result};
use crate::hold::{Hold, Take};
use crate::lane::{LaneRecord, NewLane};
use crate::limits;
use crate::publish::{PublishItem, PublishOutcome};
use crate::queue::{NewQueued, QueueOutcome};
use crate::receive::{Readmission, Received, ReceivedBatch};
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord, ShownRecord};
use crate::review::{Decision, HoldOutcome, NewReview};
use crate::situation::Step;

/// Where a job's answer goes. Only the first one is given, so that a transaction which has to be run again answers once.
pub(crate) struct Reply<T>(Arc<Mutex<Option<oneshot::Sender<Result<T>>>>>);

impl<T> Clone for Reply<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Reply<T> {
    pub(crate) fn new(reply: oneshot::Sender<Result<T>>) -> Self {
        Self(Arc::new(Mutex::new(Some(reply))))
    }

    /// Answers, if that has not been done. A caller that has gone away needs no answer.
    pub(crate) fn send(&self, answer: Result<T>) {
        let reply = self.lock().take();
        drop(reply.map(|reply| reply.send(answer)));
    }

    fn lock(&self) -> MutexGuard<'_, Option<oneshot::Sender<Result<T>>>> {
        self.0
            .lock()
            .expect("nothing panics while it holds a reply")
    }
}

#[derive(Clone)]
pub(crate) enum Job {
    Claim {
        federation: FederationId,
        agency: AgencyId,
        above: u64,
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
    PutShown {
        shown: Vec<ShownRecord>,
        reply: Reply<()>,
    },
    Readmit {
        items: Vec<Readmission>,
        reply: Reply<Vec<Arc<StoredEntry>>>,
    },
    EraseSteps {
        subject: SubjectId,
        frames: Vec<FrameHash>,
        reply: Reply<u32>,
    },
    PutPending {
        pending: Pending,
        reply: Reply<()>,
    },
    DropPending {
        subject: SubjectId,
        reply: Reply<()>,
    },
    HoldReview {
        review: NewReview,
        audit: AuditRecord,
        reply: Reply<HoldOutcome>,
    },
    DecideReview {
        decision: Decision,
        reply: Reply<bool>,
    },
    Enqueue {
        queued: NewQueued,
        reply: Reply<QueueOutcome>,
    },
    RefuseQueued {
        subject: SubjectId,
        reply: Reply<bool>,
    },
    DropQueued {
        subject: SubjectId,
        reply: Reply<bool>,
    },
    PutAudit {
        record: AuditRecord,
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
    TakeHold {
        name: Arc<str>,
        take: Take,
        reply: Reply<Option<Hold>>,
    },
    ReleaseHold {
        hold: Hold,
        reply: Reply<()>,
    },
    Erase {
        chunk: Chunk,
        reply: Reply<u32>,
    },
}

/// A piece of an erasure: one transaction, after which publishes get their turn. Each tells how many rows it changed; fewer
/// than it may take means that it was the last.
#[derive(Debug, Clone)]
pub(crate) enum Chunk {
    /// Empties entries that are due before a day.
    Due {
        /// The first day that stays.
        today: i32,
    },
    /// Forgets readings of days before a day.
    Readings {
        /// The first entries of the subjects that have told them, in their order; as many as one piece may change, or it is the last.
        firsts: Vec<i64>,
        /// The first day that stays.
        before: i32,
    },
    /// Forgets requests, usage, showings, drafts, decided reviews, audit records and unfinished erasures that are older than their time.
    Prune {
        /// The day from which their time is counted back.
        today: i32,
    },
    /// Notes that a day has a new key, before anything is sealed again: whoever plans from now on seals under it.
    Renewed {
        /// The day.
        day: i32,
        /// The new key's generation.
        generation: u32,
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
    pub(crate) fn is_last(&self) -> bool {
        match self {
            Self::Readings { firsts, .. } => firsts.len() < limits::ERASE_ROWS as usize,
            _ => matches!(self, Self::Prune { .. } | Self::Done { .. }),
        }
    }
}

impl Job {
    /// How much it adds to a transaction.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Publish { items, .. } => items.len(),
            Self::Receive { batch, .. } => batch.entries.len(),
            Self::PutReceipts { receipts, .. } => receipts.len(),
            Self::PutShown { shown, .. } => shown.len(),
            _ => 1,
        }
    }

    /// Whether it needs a transaction of its own, planned when everything before it is on the disk: what it reads is not
    /// worth keeping in memory for those that are under way.
    pub(crate) fn is_exclusive(&self) -> bool {
        match self {
            Self::Publish { items, .. } => items.iter().any(|item| {
                item.projection
                    .as_ref()
                    .is_some_and(|it| it.kind == Step::Erased)
                    || !item.erases.is_empty()
                    || item.consumes_pending.is_some()
                    || item.confirms.is_some()
                    || item.dequeues
            }),
            Self::Receive { batch, .. } => batch.entries.iter().any(|entry| {
                !entry.erases.is_empty()
                    || entry
                        .projection
                        .as_ref()
                        .is_some_and(|it| it.kind == Step::Erased)
            }),
            Self::Readmit { .. }
            | Self::EraseSteps { .. }
            | Self::TakeHold { .. }
            | Self::HoldReview { .. }
            | Self::DecideReview { .. }
            | Self::Enqueue { .. }
            | Self::RefuseQueued { .. }
            | Self::DropQueued { .. }
            | Self::Erase { .. } => true,
            _ => false,
        }
    }

    /// Whether whoever asked has been answered, or does not listen any more for another reason.
    pub(crate) fn is_answered(&self) -> bool {
        self.with_reply(|reply| reply.is_answered())
    }

    /// Tells whoever asked that it can't be done.
    pub(crate) fn refuse(&self, error: &Error) {
        self.with_reply(|reply| reply.refuse(error));
    }

    fn with_reply<R>(&self, run: impl FnOnce(&dyn AnyReply) -> R) -> R {
        run(match self {
            Self::Claim { reply, .. } => reply,
            Self::OpenLane { reply, .. } => reply,
            Self::Publish { reply, .. } => reply,
            Self::Receive { reply, .. } => reply,
            Self::Readmit { reply, .. } => reply,
            Self::TakeHold { reply, .. } => reply,
            Self::HoldReview { reply, .. } => reply,
            Self::DecideReview { reply, .. }
            | Self::RefuseQueued { reply, .. }
            | Self::DropQueued { reply, .. } => reply,
            Self::Enqueue { reply, .. } => reply,
            Self::EraseSteps { reply, .. } | Self::Erase { reply, .. } => reply,
            Self::StopLane { reply, .. }
            | Self::PutReceipts { reply, .. }
            | Self::PutShown { reply, .. }
            | Self::PutPending { reply, .. }
            | Self::DropPending { reply, .. }
            | Self::PutAudit { reply, .. }
            | Self::PutAlarm { reply, .. }
            | Self::PutCharter { reply, .. }
            | Self::ReleaseHold { reply, .. } => reply,
        })
    }
}

/// A reply whatever its answer is.
trait AnyReply {
    fn is_answered(&self) -> bool;
    fn refuse(&self, error: &Error);
}

impl<T> AnyReply for Reply<T> {
    fn is_answered(&self) -> bool {
        self.lock().is_none()
    }

    fn refuse(&self, error: &Error) {
        self.send(Err(error.clone()));
    }
}
