//! Everything that only reads. No read sees half a transaction: each is one statement.

use std::cmp::Reverse;
use std::sync::Arc;

use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use tokio::time::Instant;
use verbund_ledger::{FrameHash, LaneId, Outcome};
use verbund_model::{AgencyId, ReviewId, SubjectId};

use crate::audit::AuditRecord;
use crate::entry::{FrameBytes, Limit, StoredEntry};
use crate::erasure::ErasureKeys;
use crate::error::Result;
use crate::hold::HoldRecord;
use crate::lane::LaneRecord;
use crate::limits;
use crate::marker::Standing;
use crate::plan::lookup;
use crate::publish::{RequestKey, RequestRecord};
use crate::queue::{QueueCounts, QueuedRecord};
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord, ShownRecord, Usage};
use crate::review::ReviewRecord;
use crate::row::{self, Cells, ENTRY_COLUMNS};
use crate::shared::Shared;
use crate::situation::{Filter, Page, PageKey, SituationRecord, StepCursor};
use crate::statement::{Columns, Lookup, Read, Value};

/// Up to how many days a range is looked up by day alone; beyond, going back from the last change is faster.
const NARROW_DAYS: i64 = 100;
/// The same where another filter narrows, too.
const NARROW_DAYS_OTHERS: i64 = 31;

/// What reads come from: an engine's connections.
pub(crate) trait Source: std::fmt::Debug + Send + Sync + 'static {
    type Row: Columns;

    /// Runs a statement.
    fn fetch<'s>(&'s self, read: Read, values: &[Value]) -> BoxStream<'s, sqlx::Result<Self::Row>>;

    /// Runs a lookup.
    fn look_up<'s>(
        &'s self,
        lookup: Lookup,
        keys: &[Value],
    ) -> BoxStream<'s, sqlx::Result<Self::Row>>;

    /// Whether a read that was begun at `since` and failed `times` times may be made again, and when: returns then.
    /// Otherwise what it failed with.
    fn again(
        &self,
        error: sqlx::Error,
        since: Instant,
        times: u32,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Ends all connections once they are not used any more.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// Reads over an engine's connections.
#[derive(Debug)]
pub(crate) struct Reader<S> {
    source: S,
    shared: Arc<Shared>,
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Statement {
    Read(Read),
    LookUp(Lookup),
}

/// A statement with its parameters.
struct Query {
    statement: Statement,
    values: Vec<Value>,
}

impl Query {
    fn new(read: Read) -> Self {
        Self {
            statement: Statement::Read(read),
            values: Vec::new(),
        }
    }

    fn put(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }
}

/// Why an attempt at reading failed.
enum Failed {
    Engine(sqlx::Error),
    Row(crate::Error),
}

impl<S: Source> Reader<S> {
    pub(crate) fn new(source: S, shared: Arc<Shared>) -> Self {
        Self { source, shared }
    }

    pub(crate) async fn close(&self) {
        self.source.close().await;
    }

    pub(crate) async fn lanes(&self) -> Result<Vec<LaneRecord>> {
        self.all(Query::new(Read::Lanes), |row, _| Ok(row::lane(row)?.1))
            .await
    }

    pub(crate) async fn entries(
        &self,
        lane: &LaneId,
        after: u64,
        limit: Limit,
    ) -> Result<Vec<StoredEntry>> {
        let query = Query::new(Read::Entries)
            .put(lane)
            .put(after)
            .put(limit.count.max(1));
        let (mut bytes, most) = (0, limit.bytes as usize);
        let enough = |entry: &StoredEntry| {
            bytes += entry.entry.bytes();
            bytes >= most
        };
        self.until(query, |row, keys| row::entry(row, 0, keys), enough)
            .await
    }

    pub(crate) async fn frame_hash(
        &self,
        lane: &LaneId,
        sequence: u64,
    ) -> Result<Option<FrameHash>> {
        let query = Query::new(Read::FrameHash).put(lane).put(sequence);
        self.one(query, |row, _| {
            Ok(FrameHash(Cells::new(row, "entry").bytes(0, "hash")?))
        })
        .await
    }

    pub(crate) async fn frame(&self, lane: &LaneId, sequence: u64) -> Result<Option<FrameBytes>> {
        let query = Query::new(Read::Frame).put(lane).put(sequence);
        let frame = |row: &S::Row, _: &ErasureKeys| {
            let cells = Cells::new(row, "entry");
            Ok((cells.blob(0, "frame")?, cells.bytes(1, "signature")?))
        };
        self.one(query, frame).await
    }

    pub(crate) async fn situation(
        &self,
        subject: &SubjectId,
        origin: Option<&AgencyId>,
    ) -> Result<Option<SituationRecord>> {
        let query = Query::new(Read::Situation).put(subject).put(origin);
        self.one(query, situation).await
    }

    pub(crate) async fn history(
        &self,
        subject: &SubjectId,
        origin: Option<&AgencyId>,
    ) -> Result<Vec<StoredEntry>> {
        let query = Query::new(Read::History).put(subject).put(origin);
        self.all(query, |row, keys| row::entry(row, 0, keys)).await
    }

    pub(crate) async fn steps(&self, subject: &SubjectId) -> Result<Vec<StoredEntry>> {
        let query = Query::new(Read::Steps)
            .put(subject)
            .put(limits::STEPS_OF_LANE)
            .put(limits::STEPS);
        let mut steps = self
            .all(query, |row, keys| row::entry(row, 0, keys))
            .await?;
        steps.retain(has_content);
        Ok(steps)
    }

    pub(crate) async fn steps_on(&self, subjects: &[SubjectId]) -> Result<Vec<StoredEntry>> {
        let mut steps = self
            .looked_up(Lookup::StepsOn, subjects, |row, keys| {
                row::entry(row, 0, keys)
            })
            .await?;
        steps.retain(has_content);
        Ok(steps)
    }

    pub(crate) async fn steps_after(
        &self,
        after: Option<StepCursor>,
        limit: u32,
    ) -> Result<Vec<(StepCursor, StoredEntry)>> {
        let mut after = after.map_or(i64::MIN, |cursor| cursor.0);
        loop {
            let query = Query::new(Read::StepsAfter).put(after).put(limit.max(1));
            let page = self
                .all(query, |row, keys| row::entry(row, 0, keys))
                .await?;
            let Some(last) = page.last().map(|last| last.position) else {
                return Ok(Vec::new());
            };
            let steps = page.into_iter().filter(has_content);
            let steps: Vec<_> = steps.map(|it| (StepCursor(it.position), it)).collect();
            // Nothing may be left of a page while keys are destroyed, and more come after it.
            if !steps.is_empty() {
                return Ok(steps);
            }
            after = last;
        }
    }

    pub(crate) async fn situations(
        &self,
        filter: &Filter,
        before: Option<PageKey>,
        limit: u32,
    ) -> Result<Page<SituationRecord>> {
        let limit = limit.max(1);
        let query = Query::new(page(filter))
            .put(before.map_or(i64::MAX, |key| key.0))
            .put(filter.agency.as_ref())
            .put(filter.category.as_ref().map(|id| id.as_str()))
            .put(filter.place.as_ref().map(|id| id.as_str()))
            .put(filter.from_day.unwrap_or(i32::MIN))
            .put(filter.to_day.unwrap_or(i32::MAX))
            // One more tells whether there is another page.
            .put(i64::from(limit) + 1);
        let mut items = self.all(query, situation).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| PageKey(last.changed));
        Ok(Page { items, next })
    }

    pub(crate) async fn situations_at(&self, keys: &[PageKey]) -> Result<Vec<SituationRecord>> {
        let keys = keys.iter().map(|key| key.0);
        let mut found = self.looked_up(Lookup::Situations, keys, situation).await?;
        found.sort_unstable_by_key(|record| Reverse(record.changed));
        Ok(found)
    }

    pub(crate) async fn request(&self, key: &RequestKey) -> Result<Option<RequestRecord>> {
        let query = Query {
            statement: Statement::LookUp(Lookup::Requests),
            values: vec![Value::from(&key.id.as_bytes()[..])],
        };
        let found = self.all(query, lookup::request).await?;
        let found = found.into_iter().find(|(found, _)| found == key);
        Ok(found.map(|(_, answer)| RequestRecord {
            position: answer.position,
            subject: answer.subject,
            mac: answer.mac,
            salt: answer.salt,
        }))
    }

    pub(crate) async fn receipts(&self) -> Result<Vec<ReceiptRecord>> {
        self.all(Query::new(Read::Receipts), |row, _| row::receipt(row))
            .await
    }

    pub(crate) async fn shown(&self, lane: &LaneId, sequence: u64) -> Result<Vec<ShownRecord>> {
        let query = Query::new(Read::Shown).put(lane).put(sequence);
        self.all(query, |row, _| row::shown(row)).await
    }

    pub(crate) async fn shown_of(&self, positions: &[i64]) -> Result<Vec<ShownRecord>> {
        let positions = positions.iter().copied();
        self.looked_up(Lookup::ShownOf, positions, |row, _| row::shown(row))
            .await
    }

    pub(crate) async fn shown_at(
        &self,
        agency: &AgencyId,
        from_day: i32,
        after: Option<(LaneId, u64)>,
        limit: u32,
    ) -> Result<Vec<ShownRecord>> {
        let (lane, sequence) = match &after {
            Some((lane, sequence)) => (Some(lane), *sequence),
            None => (None, 0),
        };
        let query = Query::new(Read::ShownAt)
            .put(agency)
            .put(from_day)
            .put(lane)
            .put(sequence)
            .put(limit);
        self.all(query, |row, _| row::shown(row)).await
    }

    pub(crate) async fn exceptions(&self, lane: &LaneId) -> Result<Vec<(u64, Outcome)>> {
        let query = Query::new(Read::Exceptions)
            .put(lane)
            .put(limits::EXCEPTIONS);
        let exception = |row: &S::Row, _: &ErasureKeys| {
            let cells = Cells::new(row, "entry");
            Ok((cells.u64(0, "sequence")?, cells.outcome(1)?))
        };
        let mut exceptions = self.all(query, exception).await?;
        exceptions.reverse();
        Ok(exceptions)
    }

    pub(crate) async fn unadmitted(
        &self,
        after: Option<(LaneId, u64)>,
        limit: u32,
    ) -> Result<Vec<StoredEntry>> {
        let (lane, sequence) = match &after {
            Some((lane, sequence)) => (Some(lane), *sequence),
            None => (None, 0),
        };
        let query = Query::new(Read::Unadmitted)
            .put(lane)
            .put(sequence)
            .put(limit);
        self.all(query, |row, keys| row::entry(row, 0, keys)).await
    }

    pub(crate) async fn pending(&self, subject: &SubjectId) -> Result<Option<Pending>> {
        let query = Query::new(Read::Pending).put(subject);
        Ok(self.one(query, row::pending).await?.flatten())
    }

    pub(crate) async fn pending_due(&self, day: i32, limit: u32) -> Result<Vec<Pending>> {
        let query = Query::new(Read::PendingDue).put(day).put(limit);
        Ok(self
            .all(query, row::pending)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    pub(crate) async fn pending_held(&self, limit: u32) -> Result<Vec<Pending>> {
        let query = Query::new(Read::PendingHeld).put(limit);
        let held = self.all(query, row::pending).await?;
        Ok(held.into_iter().flatten().collect())
    }

    pub(crate) async fn pending_count(&self) -> Result<u64> {
        let count = |row: &S::Row, _: &ErasureKeys| Cells::new(row, "pending").u64(0, "count");
        Ok(self
            .one(Query::new(Read::PendingCount), count)
            .await?
            .unwrap_or(0))
    }

    pub(crate) async fn generalised_of(&self, subject: &SubjectId) -> Result<Option<SubjectId>> {
        let query = Query::new(Read::Link).put(subject);
        let id = |row: &S::Row, _: &ErasureKeys| {
            Ok(SubjectId::from_bytes(
                Cells::new(row, "link").bytes(0, "generalised")?,
            ))
        };
        self.one(query, id).await
    }

    pub(crate) async fn review(&self, id: &ReviewId) -> Result<Option<ReviewRecord>> {
        self.one(Query::new(Read::Review).put(id), row::review)
            .await
    }

    pub(crate) async fn reviews(&self) -> Result<Vec<ReviewRecord>> {
        self.all(Query::new(Read::Reviews), row::review).await
    }

    pub(crate) async fn review_count(&self) -> Result<u64> {
        let count = |row: &S::Row, _: &ErasureKeys| Cells::new(row, "review").u64(0, "count");
        let count = self.one(Query::new(Read::ReviewCount), count).await?;
        Ok(count.unwrap_or(0))
    }

    pub(crate) async fn queued(&self, subject: &SubjectId) -> Result<Option<QueuedRecord>> {
        self.one(Query::new(Read::Queued).put(subject), row::queued)
            .await
    }

    pub(crate) async fn queue(&self, after: i64, limit: u32) -> Result<Vec<QueuedRecord>> {
        let query = Query::new(Read::Queue).put(after).put(limit);
        self.all(query, row::queued).await
    }

    pub(crate) async fn queue_counts(&self) -> Result<QueueCounts> {
        let counts = |row: &S::Row, _: &ErasureKeys| {
            let cells = Cells::new(row, "queued");
            Ok(QueueCounts {
                all: cells.u64(0, "count")?,
                refused: cells.u64(1, "count")?,
            })
        };
        let counts = self.one(Query::new(Read::QueueCounts), counts).await?;
        Ok(counts.unwrap_or_default())
    }

    pub(crate) async fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditRecord>> {
        let query = Query::new(Read::Audit)
            .put(before.unwrap_or(i64::MAX))
            .put(limit);
        self.all(query, |row, _| row::audit(row)).await
    }

    /// Days whose keys have to be renewed, and how often that has been asked for.
    pub(crate) async fn erasing(&self) -> Result<Vec<(i32, i64)>> {
        let day = |row: &S::Row, _: &ErasureKeys| {
            let cells = Cells::new(row, "erasing");
            Ok((cells.day(0, "day")?, cells.int(1, "times")?))
        };
        self.all(Query::new(Read::Erasing), day).await
    }

    /// The first entries of subjects with readings of days before one, after one of them, in their order; as many as one piece of an
    /// erasure may change.
    pub(crate) async fn readings_before(&self, day: i32, after: i64) -> Result<Vec<i64>> {
        let query = Query::new(Read::ReadingsBefore)
            .put(after)
            .put(day)
            .put(limits::ERASE_ROWS);
        let first = |row: &S::Row, _: &ErasureKeys| Cells::new(row, "reading").int(0, "first");
        self.all(query, first).await
    }

    pub(crate) async fn usage(&self, origin: &AgencyId, day: i32) -> Result<Usage> {
        let query = Query::new(Read::Usage).put(origin).put(day);
        let usage = |row: &S::Row, _: &ErasureKeys| {
            let cells = Cells::new(row, "usage");
            Ok(Usage {
                entries: cells.u64(0, "entries")?,
                bytes: cells.u64(1, "bytes")?,
            })
        };
        Ok(self.one(query, usage).await?.unwrap_or_default())
    }

    pub(crate) async fn alarms(&self, limit: u32) -> Result<Vec<Alarm>> {
        self.all(Query::new(Read::Alarms).put(limit), |row, _| {
            row::alarm(row)
        })
        .await
    }

    pub(crate) async fn charter(&self) -> Result<Option<CharterRecord>> {
        self.one(Query::new(Read::Charter), |row, _| row::charter(row))
            .await
    }

    pub(crate) async fn charter_after(&self, version: u32) -> Result<Option<CharterRecord>> {
        let query = Query::new(Read::CharterAfter).put(version);
        self.one(query, |row, _| row::charter(row)).await
    }

    /// Where the database stands.
    pub(crate) async fn standing(&self) -> Result<Standing> {
        let standing = |row: &S::Row, _: &ErasureKeys| {
            let cells = Cells::new(row, "meta");
            Ok(Standing {
                generation: cells.u64(0, "generation")?,
                position: cells.u64(1, "position")?,
                timeline: cells.optional_text(2, "timeline")?,
            })
        };
        let found = self.one(Query::new(Read::Standing), standing).await?;
        Ok(found.unwrap_or_default())
    }

    /// The node's generation; 0 before the first claim.
    pub(crate) async fn generation(&self) -> Result<u64> {
        let generation =
            |row: &S::Row, _: &ErasureKeys| Cells::new(row, "meta").u64(2, "generation");
        Ok(self
            .one(Query::new(Read::Meta), generation)
            .await?
            .unwrap_or(0))
    }

    pub(crate) async fn holds(&self) -> Result<Vec<HoldRecord>> {
        self.all(Query::new(Read::Holds), |row, _| {
            let (name, hold) = row::hold(row)?;
            Ok(HoldRecord {
                name,
                holder: hold.holder,
                generation: hold.generation,
                in_force: hold.in_force,
            })
        })
        .await
    }

    /// What is found by any of several keys.
    async fn looked_up<K: Into<Value>, T>(
        &self,
        lookup: Lookup,
        keys: impl IntoIterator<Item = K>,
        record: impl Fn(&S::Row, &ErasureKeys) -> Result<T>,
    ) -> Result<Vec<T>> {
        let query = Query {
            statement: Statement::LookUp(lookup),
            values: keys.into_iter().map(Into::into).collect(),
        };
        if query.values.is_empty() {
            return Ok(Vec::new());
        }
        self.all(query, record).await
    }

    async fn one<T>(
        &self,
        query: Query,
        record: impl Fn(&S::Row, &ErasureKeys) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.all(query, record).await?.pop())
    }

    async fn all<T>(
        &self,
        query: Query,
        record: impl Fn(&S::Row, &ErasureKeys) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.until(query, record, |_| false).await
    }

    /// Records up to and with the first one that is enough.
    async fn until<T>(
        &self,
        query: Query,
        record: impl Fn(&S::Row, &ErasureKeys) -> Result<T>,
        mut enough: impl FnMut(&T) -> bool,
    ) -> Result<Vec<T>> {
        if self.shared.has_failed() || self.shared.is_closed() {
            return Err(self.shared.gone());
        }
        let keys = &*self.shared.keys;
        let (since, mut failures, mut missed) = (Instant::now(), 0, false);
        loop {
            // What is read as sealed under a key that is destroyed meanwhile is sealed under a new one by now.
            let (destructions, misses) = (keys.destructions(), keys.misses());
            let read = self.attempt(&query, &record, &mut enough).await;
            match read {
                Ok(records) if keys.destructions() == destructions => {
                    // The same, where another replica destroys keys; one that is not there the second time is gone for good.
                    if keys.misses() == misses || missed {
                        return Ok(records);
                    }
                    missed = true;
                }
                Ok(_) => {}
                Err(Failed::Row(error)) => return Err(self.shared.fail(error)),
                Err(Failed::Engine(error)) => {
                    failures += 1;
                    self.source.again(error, since, failures).await?;
                }
            }
        }
    }

    async fn attempt<T>(
        &self,
        query: &Query,
        record: &impl Fn(&S::Row, &ErasureKeys) -> Result<T>,
        enough: &mut impl FnMut(&T) -> bool,
    ) -> Result<Vec<T>, Failed> {
        let mut rows = match query.statement {
            Statement::Read(read) => self.source.fetch(read, &query.values),
            Statement::LookUp(lookup) => self.source.look_up(lookup, &query.values),
        };
        let mut records = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(Failed::Engine)? {
            let record = record(&row, &self.shared.keys).map_err(Failed::Row)?;
            let last = enough(&record);
            records.push(record);
            if last {
                break;
            }
        }
        Ok(records)
    }
}

/// Whether both parts are here: of one whose key has been destroyed the codes are left until its row is emptied.
fn has_content(entry: &StoredEntry) -> bool {
    entry.entry.codes.is_some() && entry.entry.text.is_some()
}

/// The statement whose index leaves least to look through.
fn page(filter: &Filter) -> Read {
    let days = match (filter.from_day, filter.to_day) {
        (None, None) => None,
        (Some(from), Some(to)) => Some(i64::from(to) - i64::from(from)),
        _ => Some(i64::MAX),
    };
    let narrow = |most| days.is_some_and(|days| days < most);
    match filter {
        Filter {
            agency: None,
            category: None,
            place: None,
            ..
        } => match days {
            None => Read::PageAll,
            Some(0) => Read::PageDay,
            Some(_) if narrow(NARROW_DAYS) => Read::PageDays,
            Some(_) => Read::PageDaysWide,
        },
        _ if days == Some(0) => Read::PageDayOthers,
        _ if narrow(NARROW_DAYS_OTHERS) => Read::PageDaysOthers,
        Filter { place: Some(_), .. } => Read::PagePlace,
        Filter {
            category: Some(_), ..
        } => Read::PageCategory,
        Filter { .. } => Read::PageAgency,
    }
}

/// A situation with its latest entry and the one that carries its observation, in the columns of `SITUATION`.
fn situation(row: &impl Columns, keys: &ErasureKeys) -> Result<SituationRecord> {
    let cells = Cells::new(row, "situation");
    let at = 2 * ENTRY_COLUMNS;
    let latest = row::entry(row, 0, keys)?;
    let (changed, observed) = (cells.int(at, "changed")?, cells.int(at + 1, "observed")?);
    let observed = if observed == changed {
        latest.clone()
    } else {
        row::entry(row, ENTRY_COLUMNS, keys)?
    };
    Ok(SituationRecord {
        subject: SubjectId::from_bytes(cells.bytes(at + 2, "subject")?),
        lane: latest.lane,
        origin: cells.agency(at + 3, "origin")?,
        versions: cells.u32(at + 4, "versions")?,
        state: cells.state(at + 5)?,
        latest,
        observed,
        changed,
    })
}
