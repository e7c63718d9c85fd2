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

pub mod age;
mod audit;
mod entry;
mod erasure;
mod error;
mod fatal;
mod front;
mod health;
mod hold;
mod lane;
pub mod limits;
pub mod marker;
mod migrations;
mod plan;
mod postgres;
mod publish;
mod queue;
mod read;
mod receive;
mod record;
mod review;
mod row;
mod shared;
mod situation;
mod sqlite;
mod statement;
mod upkeep;

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use verbund_ledger::{FrameHash, LaneId, Outcome};
use verbund_model::{AgencyId, Entropy, FederationId, ReviewId, SubjectId};

pub use audit::AuditRecord;
pub use entry::{FrameBytes, Limit, Position, Seal, SealedEntry, StoredEntry, Unsealed};
pub use error::{Error, Result};
pub use fatal::FatalSignal;
pub use health::{Engine, Health, Traits};
pub use hold::{Hold, HoldRecord, Take};
pub use lane::{LaneRecord, NewLane};
pub use marker::Standing;
pub use publish::{Condition, PublishItem, PublishOutcome, RequestKey, RequestRecord};
pub use queue::{NewQueued, QueueCounts, QueueOutcome, QueuedRecord};
pub use receive::{Readmission, Received, ReceivedBatch, ReceivedEntry};
pub use record::{Alarm, CharterRecord, Pending, ReceiptRecord, ShownRecord, Usage};
pub use review::{Decision, HoldOutcome, NewReview, ReviewRecord, ReviewState};
pub use situation::{
    Filter, Page, PageKey, ReadingRow, SituationProjection, SituationRecord, State, Step,
    StepCursor,
};
pub use upkeep::{
    Checked, Copied, Finding, FindingKind, Progress, Projected, Projector, Rebuilt, Signers, Stage,
    Upkeep, backup, check, copy, rebuild, reopen, restore,
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
    /// This replica's name: no other process that has the store open at the same time may have it.
    pub replica: String,
    /// Brings the schema up to this release; otherwise an older one is refused. A newer one is opened where its floor allows that, and
    /// never changed.
    pub migrate: bool,
    /// Opens also a database that is set to lose what has been acknowledged; [`Store::traits`] tells of it.
    pub accept_data_loss: bool,
}

/// Opens the store at `url`: `sqlite:<path>`, made if it isn't there, or `postgres://<user>@<host>/<database>`, whose
/// database must be there.
///
/// # Errors
/// [`Error::BadUrl`], [`Error::InUse`], [`Error::NewerSchema`], [`Error::SchemaBehind`], [`Error::ChangedMigration`],
/// [`Error::Unsuitable`], [`Error::Unavailable`], or [`Error::Fatal`] with what the system said.
pub async fn open(url: &str, options: OpenOptions) -> Result<Arc<dyn Store>> {
    match Address::parse(url)? {
        Address::Sqlite(path) => sqlite::open(path, options).await,
        Address::Postgres(url) => postgres::open(url, options).await,
    }
}

/// Brings the schema of the store at `url` up to this release, and opens nothing. On PostgreSQL one process at a time does
/// it, and the others wait.
///
/// # Errors
/// As [`open`].
pub async fn migrate(url: &str) -> Result<Migrated> {
    match Address::parse(url)? {
        Address::Sqlite(path) => sqlite::migrate(path).await,
        Address::Postgres(url) => postgres::migrate(url).await,
    }
}

/// What [`migrate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The schema that was found; 0: an empty store.
    pub from: u32,
    /// The schema that is there now: this release's, or a newer one that was found.
    pub to: u32,
}

/// Makes an empty database on the PostgreSQL server of another one, and gives its address; for measurements and rehearsals.
/// `name` has lower-case letters and underscores only.
///
/// # Errors
/// [`Error::BadUrl`], [`Error::Unavailable`], or [`Error::Fatal`] when the role may not.
pub async fn make_scratch(url: &str, name: &str) -> Result<String> {
    postgres::scratch::make(url, name).await
}

/// Removes what [`make_scratch`] made, whoever is still connected to it.
///
/// # Errors
/// As [`make_scratch`].
pub async fn remove_scratch(url: &str, name: &str) -> Result<()> {
    postgres::scratch::remove(url, name).await
}

/// Where a store is.
enum Address<'a> {
    /// A file.
    Sqlite(&'a str),
    /// The whole address of a database on a server.
    Postgres(&'a str),
}

impl<'a> Address<'a> {
    fn parse(url: &'a str) -> Result<Self> {
        match url.split_once(':') {
            Some(("sqlite", path)) => Ok(Self::Sqlite(path)),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url)),
            _ => Err(Error::BadUrl {
                url: url
                    .split_once(':')
                    .map_or(url, |(scheme, _)| scheme)
                    .to_owned(),
                reason: "it must begin with `sqlite:` or `postgres:`".to_owned(),
            }),
        }
    }
}

/// Everything a node keeps. All calls may be made at once from anywhere; a dropped call does not stop a write.
///
/// Every call can give [`Error::Fatal`], [`Error::DiskFull`], [`Error::Poisoned`], [`Error::Closed`] and, on a server,
/// [`Error::Unavailable`]; further errors are named where they occur.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// Makes the store this agency's, or makes sure that it is. Gives the generation, raised by one with each call: call
    /// it once with each start.
    ///
    /// # Errors
    /// [`Error::WrongNode`].
    async fn claim(&self, federation: &FederationId, agency: &AgencyId) -> Result<u64> {
        self.claim_above(federation, agency, 0).await
    }

    /// The same with a generation above this one as well: partners may have heard of higher ones than a restored store knows.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    async fn claim_above(
        &self,
        federation: &FederationId,
        agency: &AgencyId,
        above: u64,
    ) -> Result<u64>;

    /// Where the database stands, for the [`marker`].
    async fn standing(&self) -> Result<Standing>;

    /// The generation now: another replica's start raises it. 0 before the first [`claim`](Self::claim).
    async fn generation(&self) -> Result<u64>;

    /// All lanes, own and foreign, in the order in which they came to be here.
    async fn lanes(&self) -> Result<Vec<LaneRecord>>;

    /// Opens an own lane with its first entry. If the origin already has a lane for this epoch and audience that is not
    /// stopped, gives that one and stores nothing.
    async fn open_lane(&self, lane: NewLane, opening: SealedEntry) -> Result<LaneRecord>;

    /// Publishes own entries: one outcome for each item, in their order, after the flush. All items share one
    /// transaction with whatever else waits; items of one call see the effects of the ones before them.
    ///
    /// # Errors
    /// [`Error::LaneUnknown`], [`Error::LaneStopped`], [`Error::ConditionUnfit`], [`Error::TooMany`],
    /// [`Error::TooManyErasureDays`]: nothing of the call is stored.
    async fn publish(
        &self,
        items: Vec<PublishItem>,
        seal: Arc<dyn Seal>,
    ) -> Result<Vec<PublishOutcome>>;

    /// Stores others' entries that continue a lane, or open it. Entries that are here already are skipped.
    ///
    /// # Errors
    /// [`Error::HoldLost`], [`Error::HeadMoved`] when the batch does not continue the lane as it stands, [`Error::LaneUnknown`],
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

    /// A subject with its latest word. Subjects are unique for each origin: where none is given and several have used the
    /// same, the one that came first.
    async fn situation(
        &self,
        subject: &SubjectId,
        origin: Option<&AgencyId>,
    ) -> Result<Option<SituationRecord>>;

    /// All versions of a subject's situation, oldest first; at most 17. Steps on it are not among them. `origin` as in
    /// [`situation`](Self::situation).
    async fn history(
        &self,
        subject: &SubjectId,
        origin: Option<&AgencyId>,
    ) -> Result<Vec<StoredEntry>>;

    /// The steps on a subject whose content is here, whoever took them, in the order in which they arrived: the first
    /// [`limits::STEPS_OF_LANE`] of each lane, which are the same at every node, and no more than [`limits::STEPS`].
    async fn steps(&self, subject: &SubjectId) -> Result<Vec<StoredEntry>>;

    /// The same on several subjects; at most [`limits::PAGE_ROWS`].
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn steps_on(&self, subjects: &[SubjectId]) -> Result<Vec<StoredEntry>>;

    /// The steps on all subjects whose content is here, in the order in which they arrived, after a cursor. None only when
    /// there are none any more: what comes or is admitted meanwhile, is told by [`publish`](Self::publish),
    /// [`receive`](Self::receive) and [`readmit`](Self::readmit). `limit` is at most [`limits::PAGE_ROWS`].
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn steps_after(
        &self,
        after: Option<StepCursor>,
        limit: u32,
    ) -> Result<Vec<(StepCursor, StoredEntry)>>;

    /// Hides the content of steps on a subject, whoever took them, before their day: of a closed subject, which goes whole.
    /// Frames that are no steps of the subject are left alone. Gives the number of entries that still had content;
    /// [`finish_erasures`](Self::finish_erasures) destroys it.
    ///
    /// # Errors
    /// [`Error::TooMany`] beyond [`limits::STEPS`] frames.
    async fn erase_entries(&self, subject: &SubjectId, frames: Vec<FrameHash>) -> Result<u32>;

    /// Subjects, the last changed first, beginning before a key. `limit` is at most [`limits::PAGE_ROWS`].
    async fn situations(
        &self,
        filter: &Filter,
        before: Option<PageKey>,
        limit: u32,
    ) -> Result<Page<SituationRecord>>;

    /// Subjects by the keys that their last change gave them, the last changed first. What has changed since, or is erased, is left
    /// out. At most [`limits::PAGE_ROWS`].
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn situations_at(&self, keys: &[PageKey]) -> Result<Vec<SituationRecord>>;

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

    /// Notes in which windows entries were first shown. What is noted of an entry and agency stays as it is; entries that are not here,
    /// or are erased, are left out.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn put_shown(&self, shown: Vec<ShownRecord>) -> Result<()>;

    /// In which window one entry was first shown at each agency, by agency.
    async fn shown(&self, lane: &LaneId, sequence: u64) -> Result<Vec<ShownRecord>>;

    /// The same for several entries, by their [positions](StoredEntry::position); at most [`limits::PAGE_ROWS`].
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn shown_of(&self, positions: &[i64]) -> Result<Vec<ShownRecord>>;

    /// What was first shown at one agency on a day or later, in the order of lane and sequence, after one of them. `limit` is at most
    /// [`limits::PAGE_ROWS`].
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn shown_at(
        &self,
        agency: &AgencyId,
        from_day: i32,
        after: Option<(LaneId, u64)>,
        limit: u32,
    ) -> Result<Vec<ShownRecord>>;

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

    /// Pending drafts that wait until somebody acts, those with the latest erasure day first. `limit` is at most
    /// [`limits::PAGE_ROWS`].
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn pending_held(&self, limit: u32) -> Result<Vec<Pending>>;

    /// Keeps a draft, in place of the one that the subject may have.
    ///
    /// # Errors
    /// [`Error::TooMany`] for a body beyond [`limits::PENDING_BYTES`], [`Error::TooManyErasureDays`].
    async fn put_pending(&self, pending: Pending) -> Result<()>;

    /// Drops a subject's draft, if there is one.
    async fn drop_pending(&self, subject: &SubjectId) -> Result<()>;

    /// How many drafts wait.
    async fn pending_count(&self) -> Result<u64>;

    /// Holds a draft for review, with what the audit log tells of it, unless its request brought one before.
    ///
    /// # Errors
    /// [`Error::TooMany`] for a body beyond [`limits::PENDING_BYTES`], [`Error::TooManyErasureDays`].
    async fn hold_review(&self, review: NewReview, audit: AuditRecord) -> Result<HoldOutcome>;

    /// Decides on a held draft, with what the audit log tells of it. `false`: it does not wait, and nothing was done.
    ///
    /// # Errors
    /// As [`put_pending`](Self::put_pending), for what it waits as from now on.
    async fn decide_review(&self, decision: Decision) -> Result<bool>;

    /// A held draft, or for [`limits::REQUEST_DAYS`] what became of it.
    async fn review(&self, id: &ReviewId) -> Result<Option<ReviewRecord>>;

    /// The drafts that wait for review, the oldest first.
    async fn reviews(&self) -> Result<Vec<ReviewRecord>>;

    /// How many drafts wait for review.
    async fn review_count(&self) -> Result<u64>;

    /// Queues an own update that can't be signed now, unless its subject is queued or published.
    ///
    /// # Errors
    /// [`Error::TooMany`] for a body beyond [`limits::QUEUED_BYTES`], [`Error::TooManyErasureDays`].
    async fn enqueue(&self, queued: NewQueued) -> Result<QueueOutcome>;

    /// A subject's queued update.
    async fn queued(&self, subject: &SubjectId) -> Result<Option<QueuedRecord>>;

    /// Queued updates after a number, in their order. `limit` is at most [`limits::PAGE_ROWS`].
    ///
    /// # Errors
    /// [`Error::TooMany`].
    async fn queue(&self, after: i64, limit: u32) -> Result<Vec<QueuedRecord>>;

    /// How many are queued.
    async fn queue_counts(&self) -> Result<QueueCounts>;

    /// Notes that a queued update could not be signed as it is. `false`: that is known, or it is not queued.
    async fn refuse_queued(&self, subject: &SubjectId) -> Result<bool>;

    /// Drops a queued update; the next [`finish_erasures`](Self::finish_erasures) destroys its text. `false`: it is not queued.
    async fn drop_queued(&self, subject: &SubjectId) -> Result<bool>;

    /// Adds a record to the audit log. The newest [`limits::AUDIT_RECORDS`] are kept, each for [`limits::AUDIT_DAYS`].
    async fn put_audit(&self, record: AuditRecord) -> Result<()>;

    /// Records of the audit log, the newest first, beginning before a number. `limit` is at most [`limits::PAGE_ROWS`].
    async fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditRecord>>;

    /// The subject of a subject's generalised second entry.
    async fn generalised_of(&self, subject: &SubjectId) -> Result<Option<SubjectId>>;

    /// Finishes what withdrawals because of personal data and [`erase_entries`](Self::erase_entries) began: gives the days of the hidden texts new keys, seals under
    /// them what stays, and destroys the old keys. Answers, once those are gone, with the number of days. Call it after
    /// each of them, and at start.
    async fn finish_erasures(&self) -> Result<u32>;

    /// Destroys the keys of all days before `today`, then everything that depends on them; also drops requests, usage,
    /// showings, decided reviews and audit records that are older than their time. Answers with the number of entries that still had content.
    async fn erase_due(&self, today: i32) -> Result<u32>;

    /// Drops the readings of days before `before`. Answers with the number of subjects that had some. What comes later and tells of such a
    /// day is kept until the next call.
    async fn forget_readings(&self, before: i32) -> Result<u64>;

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

    /// The first charter that was adopted after a version.
    async fn charter_after(&self, version: u32) -> Result<Option<CharterRecord>>;

    /// Takes a hold for this replica, under a new generation. `None`: another replica's is in force, and it was to be taken
    /// only if free. On an engine with one process holds end when they are released, or at the next [`claim`](Self::claim).
    async fn take_hold(&self, name: &str, take: Take) -> Result<Option<Hold>>;

    /// Keeps a hold in force for [`limits::HOLD_SECONDS`] more; `false` when it has been lost. Call it each second.
    async fn keep_hold(&self, hold: &Hold) -> Result<bool>;

    /// Gives a hold back. One that has been lost stays its holder's.
    async fn release_hold(&self, hold: &Hold) -> Result<()>;

    /// All holds that were ever taken.
    async fn holds(&self) -> Result<Vec<HoldRecord>>;

    /// Ticks after commits of other replicas: what a caller remembers of lanes, receipts, charter and generation may be
    /// older than the store. The value is opaque and grows. Never ticks on an engine with one process.
    fn elsewhere(&self) -> watch::Receiver<u64>;

    /// Whether the database answers.
    fn health(&self) -> watch::Receiver<Health>;

    /// What a status shows.
    fn traits(&self) -> Traits;

    /// Resolves when the store has failed; see [`FatalSignal`].
    fn fatal(&self) -> FatalSignal;

    /// Finishes what is queued, writes the journal back, and releases the lock. Later calls give [`Error::Closed`].
    async fn close(&self);
}
