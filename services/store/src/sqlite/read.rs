//! Everything that only reads. No read sees half a transaction: each is one statement.

use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Encode, Sqlite, SqlitePool, Type};
use verbund_ledger::{FrameHash, LaneId, Outcome};
use verbund_model::{AgencyId, SubjectId};

use std::sync::Arc;

use super::row::{self, Cells, ENTRY_COLUMNS};
use super::writer::{Shared, engine_error};
use super::{lookup, sql};
use crate::entry::{FrameBytes, Limit, StoredEntry};
use crate::erasure::ErasureKeys;
use crate::error::Result;
use crate::lane::LaneRecord;
use crate::limits;
use crate::publish::{RequestKey, RequestRecord};
use crate::record::{Alarm, CharterRecord, Pending, ReceiptRecord, Usage};
use crate::situation::{Filter, Page, PageKey, SituationRecord};

/// Up to how many days a range is looked up by day alone; beyond, going back from the last change is faster.
const NARROW_DAYS: i64 = 100;
/// The same where another filter narrows, too.
const NARROW_DAYS_OTHERS: i64 = 31;

/// Reads over a pool of connections.
#[derive(Debug)]
pub(super) struct Reader {
    pool: SqlitePool,
    shared: Arc<Shared>,
}

/// A statement with its parameters.
#[derive(Clone)]
struct Query {
    sql: &'static str,
    args: SqliteArguments,
}

impl Query {
    fn new(sql: &'static str) -> Self {
        let args = SqliteArguments::default();
        Self { sql, args }
    }

    fn put<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(mut self, value: T) -> Self {
        self.args
            .add(value)
            .expect("numbers, texts and bytes can always be encoded");
        self
    }
}

impl Reader {
    pub(super) fn new(pool: SqlitePool, shared: Arc<Shared>) -> Self {
        Self { pool, shared }
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) async fn lanes(&self) -> Result<Vec<LaneRecord>> {
        self.all(Query::new(sql::LANES), |row, _| Ok(row::lane(row)?.1))
            .await
    }

    pub(super) async fn entries(
        &self,
        lane: &LaneId,
        after: u64,
        limit: Limit,
    ) -> Result<Vec<StoredEntry>> {
        let query = Query::new(sql::ENTRIES)
            .put(&lane.0[..])
            .put(int(after))
            .put(i64::from(limit.count.max(1)));
        let (mut bytes, most) = (0, limit.bytes as usize);
        let enough = |entry: &StoredEntry| {
            bytes += entry.entry.bytes();
            bytes >= most
        };
        self.until(query, |row, keys| row::entry(row, 0, keys), enough)
            .await
    }

    pub(super) async fn frame_hash(
        &self,
        lane: &LaneId,
        sequence: u64,
    ) -> Result<Option<FrameHash>> {
        let query = Query::new(sql::FRAME_HASH)
            .put(&lane.0[..])
            .put(int(sequence));
        self.one(query, |row, _| {
            Ok(FrameHash(Cells::new(row, "entry").bytes(0, "hash")?))
        })
        .await
    }

    pub(super) async fn frame(&self, lane: &LaneId, sequence: u64) -> Result<Option<FrameBytes>> {
        let query = Query::new(sql::FRAME).put(&lane.0[..]).put(int(sequence));
        let frame = |row: &SqliteRow, _: &ErasureKeys| {
            let cells = Cells::new(row, "entry");
            Ok((cells.get(0, "frame")?, cells.bytes(1, "signature")?))
        };
        self.one(query, frame).await
    }

    pub(super) async fn situation(&self, subject: &SubjectId) -> Result<Option<SituationRecord>> {
        self.one(
            Query::new(sql::SITUATION).put(&subject.as_bytes()[..]),
            situation,
        )
        .await
    }

    pub(super) async fn history(&self, subject: &SubjectId) -> Result<Vec<StoredEntry>> {
        let query = Query::new(sql::HISTORY).put(&subject.as_bytes()[..]);
        self.all(query, |row, keys| row::entry(row, 0, keys)).await
    }

    pub(super) async fn situations(
        &self,
        filter: &Filter,
        before: Option<PageKey>,
        limit: u32,
    ) -> Result<Page<SituationRecord>> {
        let limit = limit.max(1);
        let query = Query::new(page(filter))
            .put(before.map_or(i64::MAX, |key| key.0))
            .put(filter.agency.as_ref().map(|id| id.as_str().to_owned()))
            .put(filter.category.as_ref().map(|id| id.as_str().to_owned()))
            .put(filter.place.as_ref().map(|id| id.as_str().to_owned()))
            .put(i64::from(filter.from_day.unwrap_or(i32::MIN)))
            .put(i64::from(filter.to_day.unwrap_or(i32::MAX)))
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

    pub(super) async fn request(&self, key: &RequestKey) -> Result<Option<RequestRecord>> {
        let query = Query::new(sql::REQUESTS.at_most(1).0).put(&key.id.as_bytes()[..]);
        let found = self.all(query, lookup::request).await?;
        let found = found.into_iter().find(|(found, _)| found == key);
        Ok(found.map(|(_, answer)| RequestRecord {
            position: answer.position,
            subject: answer.subject,
            mac: answer.mac,
            salt: answer.salt,
        }))
    }

    pub(super) async fn receipts(&self) -> Result<Vec<ReceiptRecord>> {
        self.all(Query::new(sql::RECEIPTS), |row, _| row::receipt(row))
            .await
    }

    pub(super) async fn exceptions(&self, lane: &LaneId) -> Result<Vec<(u64, Outcome)>> {
        let query = Query::new(sql::EXCEPTIONS)
            .put(&lane.0[..])
            .put(i64::from(limits::EXCEPTIONS));
        let exception = |row: &SqliteRow, _: &ErasureKeys| {
            let cells = Cells::new(row, "entry");
            Ok((
                cells.u64(0, "sequence")?,
                cells.parse(1, "outcome", row::outcome)?,
            ))
        };
        let mut exceptions = self.all(query, exception).await?;
        exceptions.reverse();
        Ok(exceptions)
    }

    pub(super) async fn unadmitted(
        &self,
        after: Option<(LaneId, u64)>,
        limit: u32,
    ) -> Result<Vec<StoredEntry>> {
        let (lane, sequence) = match after {
            Some((lane, sequence)) => (Some(lane.0.to_vec()), int(sequence)),
            None => (None, 0),
        };
        let query = Query::new(sql::UNADMITTED)
            .put(lane)
            .put(sequence)
            .put(i64::from(limit));
        self.all(query, |row, keys| row::entry(row, 0, keys)).await
    }

    pub(super) async fn pending(&self, subject: &SubjectId) -> Result<Option<Pending>> {
        let query = Query::new(sql::PENDING).put(&subject.as_bytes()[..]);
        Ok(self.one(query, row::pending).await?.flatten())
    }

    pub(super) async fn pending_due(&self, day: i32, limit: u32) -> Result<Vec<Pending>> {
        let query = Query::new(sql::PENDING_DUE)
            .put(i64::from(day))
            .put(i64::from(limit));
        Ok(self
            .all(query, row::pending)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    pub(super) async fn pending_count(&self) -> Result<u64> {
        let count = |row: &SqliteRow, _: &ErasureKeys| Cells::new(row, "pending").u64(0, "count");
        Ok(self
            .one(Query::new(sql::PENDING_COUNT), count)
            .await?
            .unwrap_or(0))
    }

    pub(super) async fn generalised_of(&self, subject: &SubjectId) -> Result<Option<SubjectId>> {
        let query = Query::new(sql::LINK).put(&subject.as_bytes()[..]);
        let id = |row: &SqliteRow, _: &ErasureKeys| {
            Ok(SubjectId::from_bytes(
                Cells::new(row, "link").bytes(0, "generalised")?,
            ))
        };
        self.one(query, id).await
    }

    /// Days whose keys have to be renewed, and how often that has been asked for.
    pub(super) async fn erasing(&self) -> Result<Vec<(i32, i64)>> {
        let day = |row: &SqliteRow, _: &ErasureKeys| {
            let cells = Cells::new(row, "erasing");
            Ok((cells.day(0, "day")?, cells.get(1, "times")?))
        };
        self.all(Query::new(sql::ERASING), day).await
    }

    pub(super) async fn usage(&self, origin: &AgencyId, day: i32) -> Result<Usage> {
        let query = Query::new(sql::USAGE)
            .put(origin.as_str().to_owned())
            .put(i64::from(day));
        let usage = |row: &SqliteRow, _: &ErasureKeys| {
            let cells = Cells::new(row, "usage");
            Ok(Usage {
                entries: cells.u64(0, "entries")?,
                bytes: cells.u64(1, "bytes")?,
            })
        };
        Ok(self.one(query, usage).await?.unwrap_or_default())
    }

    pub(super) async fn alarms(&self, limit: u32) -> Result<Vec<Alarm>> {
        self.all(Query::new(sql::ALARMS).put(i64::from(limit)), |row, _| {
            row::alarm(row)
        })
        .await
    }

    pub(super) async fn charter(&self) -> Result<Option<CharterRecord>> {
        self.one(Query::new(sql::CHARTER), |row, _| row::charter(row))
            .await
    }

    async fn one<T>(
        &self,
        query: Query,
        record: impl Fn(&SqliteRow, &ErasureKeys) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.all(query, record).await?.pop())
    }

    async fn all<T>(
        &self,
        query: Query,
        record: impl Fn(&SqliteRow, &ErasureKeys) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.until(query, record, |_| false).await
    }

    /// Records up to and with the first one that is enough.
    async fn until<T>(
        &self,
        query: Query,
        record: impl Fn(&SqliteRow, &ErasureKeys) -> Result<T>,
        mut enough: impl FnMut(&T) -> bool,
    ) -> Result<Vec<T>> {
        if self.shared.has_failed() {
            return Err(self.shared.gone());
        }
        let keys = &*self.shared.keys;
        let failed = |error| self.shared.fail(engine_error("read", error));
        loop {
            // What is read as sealed under a key that is destroyed meanwhile is sealed under a new one by now.
            let before = keys.destructions();
            let mut records = Vec::new();
            let Query { sql, args } = query.clone();
            let mut rows = sqlx::query_with(sql, args).fetch(&self.pool);
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                let record = record(&row, keys).map_err(|error| self.shared.fail(error))?;
                let last = enough(&record);
                records.push(record);
                if last {
                    break;
                }
            }
            if keys.destructions() == before {
                return Ok(records);
            }
        }
    }
}

/// The statement whose index leaves least to look through.
fn page(filter: &Filter) -> &'static str {
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
            None => sql::PAGE_ALL,
            Some(0) => sql::PAGE_DAY,
            Some(_) if narrow(NARROW_DAYS) => sql::PAGE_DAYS,
            Some(_) => sql::PAGE_DAYS_WIDE,
        },
        _ if days == Some(0) => sql::PAGE_DAY_OTHERS,
        _ if narrow(NARROW_DAYS_OTHERS) => sql::PAGE_DAYS_OTHERS,
        Filter { place: Some(_), .. } => sql::PAGE_PLACE,
        Filter {
            category: Some(_), ..
        } => sql::PAGE_CATEGORY,
        Filter { .. } => sql::PAGE_AGENCY,
    }
}

/// A situation with its latest entry and the one that carries its observation, in the columns of `SITUATION`.
fn situation(row: &SqliteRow, keys: &ErasureKeys) -> Result<SituationRecord> {
    let cells = Cells::new(row, "situation");
    let at = 2 * ENTRY_COLUMNS;
    let latest = row::entry(row, 0, keys)?;
    let (changed, observed): (i64, i64) =
        (cells.get(at, "changed")?, cells.get(at + 1, "observed")?);
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

fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
