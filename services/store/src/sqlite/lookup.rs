//! What the planner has to read before it can decide.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::SqliteConnection;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use verbund_ledger::{FrameHash, LaneId};
use verbund_model::{CategoryId, PlaceId, RequestId, SubjectId, WindowId};

use super::batch::Subject;
use super::job::Job;
use super::plan::Memory;
use super::row::{self, Cells, ENTRY_COLUMNS};
use super::script::lookups;
use super::sql;
use crate::entry::{Position, StoredEntry};
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::publish::RequestKey;
use crate::situation::Step;

/// A request that has been answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) position: Position,
    pub(super) subject: SubjectId,
    pub(super) mac: [u8; 32],
    /// `None` when the text is erased.
    pub(super) salt: Option<[u8; 32]>,
}

/// An entry that a withdrawal may take with it.
#[derive(Debug, Clone)]
pub(super) struct Erasable {
    pub(super) position: i64,
    pub(super) day: i32,
    pub(super) hash: FrameHash,
    pub(super) subject: Option<SubjectId>,
    pub(super) version: u32,
    pub(super) lane: i64,
    pub(super) has_content: bool,
}

/// What is to be read.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) subjects: HashSet<SubjectId>,
    requests: HashSet<RequestId>,
    erasable_subjects: HashSet<SubjectId>,
    erasable_lanes: HashSet<LaneId>,
    entries: Vec<(LaneId, u64)>,
}

/// What was read.
#[derive(Default)]
pub(super) struct Found {
    pub(super) subjects: HashMap<SubjectId, Subject>,
    pub(super) requests: HashMap<RequestKey, Answer>,
    pub(super) erasable: Vec<Erasable>,
    pub(super) entries: HashMap<(LaneId, u64), StoredEntry>,
}

impl Wanted {
    /// What the decisions on a job depend on, and what memory alone can't tell.
    pub(super) fn add(&mut self, job: &Job, memory: &Memory) {
        match job {
            Job::Publish { items, .. } => {
                for item in items {
                    self.add_subject(item.subject, memory);
                    let request = item.request.as_ref().map(|request| request.id);
                    self.requests
                        .extend(request.filter(|id| memory.seen_requests.may_hold(id)));
                    let kind = item.projection.kind;
                    self.add_erasure(
                        &item.lane,
                        Some(item.subject),
                        Some(kind),
                        !item.erases.is_empty(),
                    );
                }
            }
            Job::Receive { batch, .. } => {
                for entry in &batch.entries {
                    let kind = entry.projection.as_ref().map(|projection| projection.kind);
                    if let Some(subject) = entry.subject.filter(|_| kind.is_some()) {
                        self.add_subject(subject, memory);
                    }
                    self.add_erasure(&batch.lane, entry.subject, kind, !entry.erases.is_empty());
                }
            }
            Job::Readmit { items, .. } => {
                for item in items {
                    let kind = item.projection.as_ref().map(|projection| projection.kind);
                    self.entries.push((item.lane, item.sequence));
                    if let Some(subject) = item.subject.filter(|_| kind.is_some()) {
                        self.add_subject(subject, memory);
                    }
                    self.add_erasure(&item.lane, item.subject, kind, !item.erases.is_empty());
                }
            }
            _ => {}
        }
    }

    fn add_subject(&mut self, subject: SubjectId, memory: &Memory) {
        if memory.seen_subjects.may_hold(&subject) {
            self.subjects.insert(subject);
        }
    }

    fn add_erasure(
        &mut self,
        lane: &LaneId,
        subject: Option<SubjectId>,
        kind: Option<Step>,
        erases: bool,
    ) {
        if erases || kind == Some(Step::Erased) {
            self.erasable_subjects.extend(subject);
            self.erasable_lanes.insert(*lane);
        }
    }

    /// How many keys are looked up.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.subjects.len() + self.requests.len()
    }

    /// Reads it. `number` gives the number of a lane.
    pub(super) async fn read(
        self,
        connection: &mut SqliteConnection,
        keys: &Arc<ErasureKeys>,
        number: impl Fn(&LaneId) -> Option<i64>,
    ) -> Result<Found> {
        let mut found = Found::default();
        let subjects: Vec<_> = self.subjects.into_iter().collect();
        for query in lookups(&sql::SUBJECTS, &subjects, |subject| &subject.as_bytes()[..]) {
            for row in fetch(connection, query).await? {
                let (id, subject) = subject(&row)?;
                found.subjects.insert(id, subject);
            }
        }
        let requests: Vec<_> = self.requests.into_iter().collect();
        for query in lookups(&sql::REQUESTS, &requests, |request| &request.as_bytes()[..]) {
            for row in fetch(connection, query).await? {
                let (key, answer) = request(&row, keys)?;
                found.requests.insert(key, answer);
            }
        }
        for subject in &self.erasable_subjects {
            let mut args = SqliteArguments::default();
            put(&mut args, &subject.as_bytes()[..]);
            for row in fetch(connection, (sql::ERASABLE_OF_SUBJECT, args)).await? {
                found.erasable.push(erasable(&row)?);
            }
        }
        for lane in self.erasable_lanes.iter().filter_map(number) {
            let mut args = SqliteArguments::default();
            put(&mut args, lane);
            for row in fetch(connection, (sql::ERASABLE_OF_LANE, args)).await? {
                found.erasable.push(erasable(&row)?);
            }
        }
        for (lane, sequence) in self.entries {
            let mut args = SqliteArguments::default();
            put(&mut args, &lane.0[..]);
            put(&mut args, i64::try_from(sequence).unwrap_or(i64::MAX));
            for row in fetch(connection, (sql::ENTRY_AT, args)).await? {
                found
                    .entries
                    .insert((lane, sequence), row::entry(&row, 0, keys)?);
            }
        }
        Ok(found)
    }
}

fn put<'t, T>(args: &mut SqliteArguments, value: T)
where
    T: sqlx::Encode<'t, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    use sqlx::Arguments;
    args.add(value)
        .expect("numbers, texts and bytes can always be encoded");
}

async fn fetch(
    connection: &mut SqliteConnection,
    (sql, args): (&'static str, SqliteArguments),
) -> Result<Vec<SqliteRow>> {
    let rows = sqlx::query_with(sql, args)
        .fetch(connection)
        .try_collect()
        .await;
    rows.map_err(|error| Error::fatal("look up what a write depends on", error))
}

fn subject(row: &SqliteRow) -> Result<(SubjectId, Subject)> {
    let cells = Cells::new(row, "situation");
    let id = SubjectId::from_bytes(cells.bytes(0, "subject")?);
    let subject = Subject {
        is_new: false,
        latest: cells.get(1, "changed")?,
        first: cells.get(2, "first")?,
        observed: cells.get(3, "observed")?,
        versions: cells.u32(4, "versions")?,
        state: cells.state(5)?,
        agency: cells.agency(6, "agency")?,
        category: cells.parse(7, "category", |id: Option<&str>| {
            id.map(CategoryId::parse).transpose().ok()
        })?,
        place: cells.parse(8, "place", |id: Option<&str>| {
            id.map(PlaceId::parse).transpose().ok()
        })?,
        day: cells.get(9, "day")?,
        window: cells.parse(10, "time_window", |id: Option<&str>| {
            id.map(WindowId::parse).transpose().ok()
        })?,
        latest_lane: cells.get(11, "lane")?,
        latest_hash: FrameHash(cells.bytes(13, "hash")?),
    };
    Ok((id, subject))
}

/// A request's key and its answer.
pub(super) fn request(row: &SqliteRow, keys: &ErasureKeys) -> Result<(RequestKey, Answer)> {
    let entry = row::entry(row, 0, keys)?;
    let cells = Cells::new(row, "request");
    let key = RequestKey {
        id: cells.parse(ENTRY_COLUMNS, "request_id", |id: &[u8]| {
            RequestId::from_bytes(id.try_into().ok()?).ok()
        })?,
        caller: cells.get(ENTRY_COLUMNS + 1, "caller")?,
        method: cells.get(ENTRY_COLUMNS + 2, "method")?,
    };
    let subject = entry.subject.ok_or(Error::BadRow {
        table: "entry",
        column: "subject",
        id: entry.position.to_string(),
    })?;
    let answer = Answer {
        position: entry.place(),
        subject,
        mac: cells.bytes(ENTRY_COLUMNS + 3, "fingerprint")?,
        salt: entry.entry.text.map(|text| text.salt),
    };
    Ok((key, answer))
}

fn erasable(row: &SqliteRow) -> Result<Erasable> {
    let cells = Cells::new(row, "entry");
    Ok(Erasable {
        position: cells.get(0, "position")?,
        day: cells.day(1, "erasure_day")?,
        hash: FrameHash(cells.bytes(2, "hash")?),
        subject: cells
            .optional_bytes(3, "subject")?
            .map(SubjectId::from_bytes),
        version: cells.u32(4, "version")?,
        lane: cells.get(5, "lane")?,
        has_content: cells.u32(6, "generation")? > 0,
    })
}
