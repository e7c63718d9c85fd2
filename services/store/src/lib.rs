//! The store: everything a node keeps, behind one trait that no engine shows through.
//!
//! What it promises:
//!
//! - **Answered means flushed.** `publish`, `receive` and every other write answer after their transaction is on stable
//!   storage. After the first I/O error nothing is answered any more: [`FatalSignal`] is raised and the process must stop.
//! - **A write that was begun is finished**, also when its caller has gone: jobs belong to the writer.
//! - **A lane has no gaps and one history.** Heads only move in the transaction that stores the entry, and only from where
//!   the caller saw them.
//! - **Forgetting is real.** Text is kept only sealed under its erasure day's key, and keys are kept outside the database,
//!   its journal and its backups; destroying the key is the erasure.
//!
//! It leaves to others: whether an entry is valid (`ledger`), admissible (`node`), or free of personal data (`guard`).

mod entry;
mod erasure;
mod error;
mod fatal;
mod lane;
pub mod limits;
mod publish;
mod receive;
mod record;
mod situation;
mod sqlite;

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use verbund_ledger::{FrameHash, LaneId, Outcome};
use verbund_model::{AgencyId, Entropy, FederationId, SubjectId};

pub use entry::{FrameBytes, Limit, Position, Seal, SealedEntry, StoredEntry, Unsealed};
pub use error::{Error, Result};
pub use fatal::FatalSignal;
pub use lane::{LaneRecord, NewLane};
pub use publish::{Condition, PublishItem, PublishOutcome, RequestKey, RequestRecord};
pub use receive::{Readmission, Received, ReceivedBatch, ReceivedEntry};
pub use record::{Alarm, CharterRecord, Pending, ReceiptRecord, Usage};
pub use situation::{
    Filter, Page, PageKey, ReadingRow, SituationProjection, SituationRecord, State, Step,
};
pub use verbund_ledger::SealedFrame;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// The folder for the keys of the erasure days; made if it is missing. It belongs into no backup.
    pub erasure_keys: PathBuf,
    /// Where keys and nonces come from.
    pub entropy: Arc<dyn Entropy>,
    /// Raised when the store fails.
    pub fatal: FatalSignal,
}

/// Opens the store at `url`, makes it if it isn't there, and brings its schema up to this release.
///
/// `sqlite:<path>` is the only form so far.
///
/// # Errors
/// [`Error::BadUrl`], [`Error::InUse`], [`Error::NewerSchema`], [`Error::ChangedMigration`], [`Error::Unsuitable`], or
/// [`Error::Fatal`] with what the system said.
pub async fn open(url: &str, options: OpenOptions) -> Result<Arc<dyn Store>> {
    match url.split_once(':') {
        Some(("sqlite", path)) => Ok(sqlite::SqliteStore::open(path, options).await?),
        _ => Err(Error::BadUrl {
            url: url
                .split_once(':')
                .map_or(url, |(scheme, _)| scheme)
                .to_owned(),
            reason: "it must begin with `sqlite:`",
        }),
    }
}

/// Everything a node keeps. All calls may be made at once from anywhere; a dropped call does not stop a write.
///
/// Every call can give [`Error::Fatal`], [`Error::DiskFull`], [`Error::Poisoned`] and [`Error::Closed`]; further errors
/// are named where they occur.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// Makes the store this agency's, or makes sure that it is. Gives the generation, raised by one with each call: call
    /// it once with each start.
    ///
    /// # Errors
    /// [`Error::WrongNode`].
    async fn claim(&self, federation: &FederationId, agency: &AgencyId) -> Result<u64>;

    /// All lanes, own and foreign, in the order in which they came to be here.
    async fn lanes(&self) -> Result<Vec<LaneRecord>>;

    /// Opens an own lane with its first entry. If the origin already has a lane for this epoch and audience that is not
    /// stopped, gives that one and stores nothing.
    async fn open_lane(&self, lane: NewLane, opening: SealedEntry) -> Result<LaneRecord>;

    /// Publishes own entries: one outcome for each item, in their order, after the flush. All items share one
    /// transaction with whatever else waits; items of one call see the effects of the ones before them.
    ///
    /// # Errors
    /// [`Error::LaneUnknown`], [`Error::LaneStopped`], [`Error::TooMany`], [`Error::TooManyErasureDays`]: nothing of the
    /// call is stored.
    async fn publish(
        &self,
        items: Vec<PublishItem>,
        seal: Arc<dyn Seal>,
    ) -> Result<Vec<PublishOutcome>>;

    /// Stores others' entries that continue a lane, or open it. Entries that are here already are skipped.
    ///
    /// # Errors
    /// [`Error::HeadMoved`] when the batch does not continue the lane as it stands, [`Error::LaneUnknown`],
    /// [`Error::LaneStopped`], [`Error::TooMany`], [`Error::TooManyErasureDays`]: nothing of the batch is stored.
    async fn receive(&self, batch: ReceivedBatch) -> Result<Received>;

    /// Stops a lane for good and raises the alarm in the same transaction. The first reason stays.
    ///
    /// # Errors
    /// [`Error::LaneUnknown`].
    async fn stop_lane(&self, lane: &LaneId, reason: &str, alarm: Alarm) -> Result<()>;

    /// A lane's entries after a sequence, ascending; none for a lane that is not known.
    async fn entries(&self, lane: &LaneId, after: u64, limit: Limit) -> Result<Vec<StoredEntry>>;

    /// The hash of one frame.
    async fn frame_hash(&self, lane: &LaneId, sequence: u64) -> Result<Option<FrameHash>>;

    /// One frame and its signature, for evidence.
    async fn frame(&self, lane: &LaneId, sequence: u64) -> Result<Option<FrameBytes>>;

    /// A subject with its latest word.
    async fn situation(&self, subject: &SubjectId) -> Result<Option<SituationRecord>>;

    /// All entries that have spoken on a subject, oldest first; at most 17.
    async fn history(&self, subject: &SubjectId) -> Result<Vec<StoredEntry>>;

    /// Subjects, the last changed first, beginning before a key. `limit` is at most [`limits::PAGE_ROWS`].
    async fn situations(
        &self,
        filter: &Filter,
        before: Option<PageKey>,
        limit: u32,
    ) -> Result<Page<SituationRecord>>;

    /// The answer that a request got, for [`limits::REQUEST_DAYS`].
    async fn request(&self, key: &RequestKey) -> Result<Option<RequestRecord>>;

    /// Keeps receipts that are newer than those that are here, by generation, then sequence; an equal one replaces.
    /// Those on lanes that are not known here are left out.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn put_receipts(&self, receipts: Vec<ReceiptRecord>) -> Result<()>;

    /// The latest receipt for each lane and recipient.
    async fn receipts(&self) -> Result<Vec<ReceiptRecord>>;

    /// The entries of a lane that are not plainly stored here, ascending; the newest [`limits::EXCEPTIONS`].
    async fn exceptions(&self, lane: &LaneId) -> Result<Vec<(u64, Outcome)>>;

    /// Entries that wait (held or not understood), in the order of lane and sequence.
    async fn unadmitted(
        &self,
        after: Option<(LaneId, u64)>,
        limit: u32,
    ) -> Result<Vec<StoredEntry>>;

    /// Second judgements on entries that waited; those that no longer wait are left alone. Gives those that changed.
    ///
    /// # Errors
    /// [`Error::TooMany`], [`Error::TooManyErasureDays`]: nothing is changed.
    async fn readmit(&self, items: Vec<Readmission>) -> Result<Vec<Arc<StoredEntry>>>;

    /// A subject's pending draft.
    async fn pending(&self, subject: &SubjectId) -> Result<Option<Pending>>;

    /// Pending drafts that are due on or before a day, the longest due first.
    async fn pending_due(&self, day: i32, limit: u32) -> Result<Vec<Pending>>;

    /// Keeps a draft, in place of the one that the subject may have.
    ///
    /// # Errors
    /// [`Error::TooMany`] for a body beyond [`limits::PENDING_BYTES`], [`Error::TooManyErasureDays`].
    async fn put_pending(&self, pending: Pending) -> Result<()>;

    /// Drops a subject's draft, if there is one.
    async fn drop_pending(&self, subject: &SubjectId) -> Result<()>;

    /// How many drafts wait.
    async fn pending_count(&self) -> Result<u64>;

    /// The subject of a subject's generalised second entry.
    async fn generalised_of(&self, subject: &SubjectId) -> Result<Option<SubjectId>>;

    /// Finishes what withdrawals because of personal data began: gives the days of the hidden texts new keys, seals under
    /// them what stays, and destroys the old keys. Answers, once those are gone, with the number of days. Call it after
    /// each [`publish`](Self::publish) or [`receive`](Self::receive) with `erases`, and at start.
    async fn finish_erasures(&self) -> Result<u32>;

    /// Destroys the keys of all days before `today`, then everything that depends on them; also drops requests and usage
    /// that are older than their time. Answers with the number of entries that still had content.
    async fn erase_due(&self, today: i32) -> Result<u32>;

    /// What an origin has used of its quota on a day; counted by `receive`.
    async fn usage(&self, origin: &AgencyId, day: i32) -> Result<Usage>;

    /// Raises an alarm. The newest [`limits::ALARMS`] are kept.
    async fn put_alarm(&self, alarm: Alarm) -> Result<()>;

    /// Alarms, the newest first.
    async fn alarms(&self, limit: u32) -> Result<Vec<Alarm>>;

    /// The newest charter that was adopted.
    async fn charter(&self) -> Result<Option<CharterRecord>>;

    /// Adopts a charter. The one that is here already is taken again without effect.
    ///
    /// # Errors
    /// [`Error::CharterNotNewer`].
    async fn put_charter(&self, charter: CharterRecord) -> Result<()>;

    /// Bytes that are free for the node on the disk that holds the store.
    async fn disk_free(&self) -> Result<u64>;

    /// Ticks after every commit that added or readmitted entries, also another replica's. The value is opaque and grows.
    fn commits(&self) -> watch::Receiver<u64>;

    /// Resolves when the store has failed; see [`FatalSignal`].
    fn fatal(&self) -> FatalSignal;

    /// Finishes what is queued, writes the journal back, and releases the lock. Later calls give [`Error::Closed`].
    async fn close(&self);
}
