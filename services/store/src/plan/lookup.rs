//! What the planner has to read before it can decide.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use verbund_ledger::{FrameHash, LaneId};
use verbund_model::{AgencyId, CategoryId, PlaceId, RequestId, ReviewId, SubjectId, WindowId};

use super::Memory;
use super::batch::{HeldRow, LatestStep, Subject};
use super::job::Job;
use super::rows::Bearing;
use crate::entry::{Position, StoredEntry};
use crate::erasure::ErasureKeys;
use crate::error::{Error, Result};
use crate::publish::RequestKey;
use crate::queue::QueuedRecord;
use crate::record::Pending;
use crate::review::ReviewRecord;
use crate::row::{self, Cells, ENTRY_COLUMNS};
use crate::situation::Step;
use crate::statement::{Columns, Lookup, Read, Session, Value};

/// A request that has been answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) position: Position,
    pub(crate) subject: SubjectId,
    pub(crate) mac: [u8; 32],
    /// `None` when the text is erased.
    pub(crate) salt: Option<[u8; 32]>,
}

/// An entry that a withdrawal may take with it.
#[derive(Debug, Clone)]
pub(crate) struct Erasable {
    pub(crate) position: i64,
    pub(crate) day: i32,
    pub(crate) hash: FrameHash,
    pub(crate) bearing: Bearing,
    pub(crate) lane: i64,
    pub(crate) has_content: bool,
}

/// What is to be read.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) subjects: HashSet<SubjectId>,
    /// Subjects on which steps are taken.
    steps: HashSet<SubjectId>,
    requests: HashSet<RequestId>,
    erasable_subjects: HashSet<SubjectId>,
    erasable_lanes: HashSet<LaneId>,
    entries: Vec<(LaneId, u64)>,
    pendings: HashSet<SubjectId>,
    reviews: HashSet<ReviewId>,
    review_count: bool,
    queued: HashSet<SubjectId>,
    queue_count: bool,
    holds: bool,
}

/// What was read.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) subjects: HashMap<(SubjectId, AgencyId), Subject>,
    pub(crate) steps: HashMap<(SubjectId, AgencyId), LatestStep>,
    pub(crate) requests: HashMap<RequestKey, Answer>,
    pub(crate) erasable: Vec<Erasable>,
    pub(crate) entries: HashMap<(LaneId, u64), StoredEntry>,
    pub(crate) pendings: HashMap<SubjectId, Pending>,
    pub(crate) reviews: HashMap<ReviewId, ReviewRecord>,
    /// How many drafts wait for review.
    pub(crate) review_count: u64,
    pub(crate) queued: HashMap<SubjectId, QueuedRecord>,
    /// How many updates are queued.
    pub(crate) queue_count: u64,
    pub(crate) holds: HashMap<String, HeldRow>,
}

impl Wanted {
    /// What the decisions on a job depend on, and what memory alone can't tell.
    pub(crate) fn add(&mut self, job: &Job, memory: &Memory) {
        match job {
            Job::Publish { items, .. } => {
                for item in items {
                    let kind = item.projection.as_ref().map(|projection| projection.kind);
                    match kind {
                        Some(_) => self.add_subject(item.subject, memory),
                        None => drop(self.steps.insert(item.subject)),
                    }
                    let request = item.request.as_ref().map(|request| request.id);
                    self.requests
                        .extend(request.filter(|id| memory.may_have_answered(id)));
                    if item.consumes_pending.is_some() {
                        self.pendings.insert(item.subject);
                    }
                    self.reviews.extend(item.confirms);
                    self.queued.extend(item.dequeues.then_some(item.subject));
                    let erases = !item.erases.is_empty();
                    self.add_erasure(&item.lane, Some(item.subject), kind, erases);
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
            Job::EraseSteps { subject, .. } => {
                self.erasable_subjects.insert(*subject);
            }
            Job::TakeHold { .. } => self.holds = true,
            Job::HoldReview { review, .. } => {
                self.reviews.insert(review.id);
                self.review_count = true;
            }
            Job::DecideReview { decision, .. } => {
                self.reviews.insert(decision.review);
            }
            Job::Enqueue { queued, .. } => {
                self.add_subject(queued.subject, memory);
                self.queued.insert(queued.subject);
                self.queue_count = true;
            }
            Job::RefuseQueued { subject, .. } | Job::DropQueued { subject, .. } => {
                self.queued.insert(*subject);
            }
            _ => {}
        }
    }

    fn add_subject(&mut self, subject: SubjectId, memory: &Memory) {
        if memory.may_know(&subject) {
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
    pub(crate) fn len(&self) -> usize {
        self.subjects.len() + self.requests.len()
    }

    /// Reads it.
    pub(crate) async fn read<S: Session>(
        self,
        session: &mut S,
        keys: &Arc<ErasureKeys>,
        memory: &Memory,
    ) -> Result<Found> {
        let mut found = Found::default();
        let subjects: Vec<Value> = self.subjects.iter().map(Value::from).collect();
        let requests = self.requests.iter().map(|request| &request.as_bytes()[..]);
        let requests: Vec<Value> = requests.map(Value::from).collect();
        // Nearly all are new.
        let any = !(subjects.is_empty() && requests.is_empty());
        if any && session.may_know(subjects.clone(), requests.clone()).await? {
            for row in look_up(session, Lookup::Subjects, subjects).await? {
                let (id, subject) = subject(&row)?;
                found.subjects.insert((id, subject.agency.clone()), subject);
            }
            for row in look_up(session, Lookup::Requests, requests).await? {
                let (key, answer) = request(&row, keys)?;
                found.requests.insert(key, answer);
            }
        }
        let steps = self.steps.iter().map(Value::from).collect();
        for row in look_up(session, Lookup::LatestSteps, steps).await? {
            let cells = Cells::new(&row, "entry");
            let subject = SubjectId::from_bytes(cells.bytes(1, "subject")?);
            let latest = LatestStep {
                position: cells.int(0, "position")?,
                hash: FrameHash(cells.bytes(3, "hash")?),
            };
            found
                .steps
                .insert((subject, cells.agency(2, "origin")?), latest);
        }
        let pendings = self.pendings.iter().map(Value::from).collect();
        for row in look_up(session, Lookup::Pendings, pendings).await? {
            let pending = row::pending(&row, keys)?;
            found
                .pendings
                .extend(pending.map(|pending| (pending.subject, pending)));
        }
        for review in &self.reviews {
            for row in session.read(Read::Review, vec![review.into()]).await? {
                found.reviews.insert(*review, row::review(&row, keys)?);
            }
        }
        if self.review_count {
            for row in session.read(Read::ReviewCount, Vec::new()).await? {
                found.review_count = Cells::new(&row, "review").u64(0, "count")?;
            }
        }
        for subject in &self.queued {
            for row in session.read(Read::Queued, vec![subject.into()]).await? {
                found.queued.insert(*subject, row::queued(&row, keys)?);
            }
        }
        if self.queue_count {
            for row in session.read(Read::QueueCounts, Vec::new()).await? {
                found.queue_count = Cells::new(&row, "queued").u64(0, "count")?;
            }
        }
        for subject in &self.erasable_subjects {
            let rows = session.read(Read::ErasableOfSubject, vec![subject.into()]);
            for row in rows.await? {
                found.erasable.push(erasable(&row)?);
            }
        }
        let lanes = self.erasable_lanes.iter();
        for lane in lanes.filter_map(|lane| memory.lanes.number(lane)) {
            let rows = session.read(Read::ErasableOfLane, vec![lane.into()]);
            for row in rows.await? {
                found.erasable.push(erasable(&row)?);
            }
        }
        for (lane, sequence) in self.entries {
            let rows = session.read(Read::EntryAt, vec![(&lane).into(), sequence.into()]);
            for row in rows.await? {
                found
                    .entries
                    .insert((lane, sequence), row::entry(&row, 0, keys)?);
            }
        }
        if self.holds {
            for row in session.read(Read::Holds, Vec::new()).await? {
                let (name, hold) = row::hold(&row)?;
                found.holds.insert(name, hold);
            }
        }
        Ok(found)
    }
}

async fn look_up<S: Session>(
    session: &mut S,
    lookup: Lookup,
    keys: Vec<Value>,
) -> Result<Vec<S::Row>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    session.look_up(lookup, keys).await
}

fn subject(row: &impl Columns) -> Result<(SubjectId, Subject)> {
    let cells = Cells::new(row, "situation");
    let id = SubjectId::from_bytes(cells.bytes(0, "subject")?);
    let subject = Subject {
        is_new: false,
        latest: cells.int(1, "changed")?,
        first: cells.int(2, "first")?,
        observed: cells.int(3, "observed")?,
        versions: cells.u32(4, "versions")?,
        state: cells.state(5)?,
        agency: cells.agency(6, "agency")?,
        category: cells.optional(7, "category", |id| CategoryId::parse(id).ok())?,
        place: cells.optional(8, "place", |id| PlaceId::parse(id).ok())?,
        day: cells.optional_day(9, "day")?,
        window: cells.optional(10, "time_window", |id| WindowId::parse(id).ok())?,
        latest_lane: cells.int(11, "lane")?,
        latest_hash: FrameHash(cells.bytes(13, "hash")?),
    };
    Ok((id, subject))
}

/// A request's key and its answer.
pub(crate) fn request(row: &impl Columns, keys: &ErasureKeys) -> Result<(RequestKey, Answer)> {
    let entry = row::entry(row, 0, keys)?;
    let cells = Cells::new(row, "request");
    let key = RequestKey {
        id: RequestId::from_bytes(cells.bytes(ENTRY_COLUMNS, "request_id")?)
            .map_err(|_| cells.bad("request_id"))?,
        caller: cells.text(ENTRY_COLUMNS + 1, "caller")?,
        method: cells.text(ENTRY_COLUMNS + 2, "method")?,
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

fn erasable(row: &impl Columns) -> Result<Erasable> {
    let cells = Cells::new(row, "entry");
    Ok(Erasable {
        position: cells.int(0, "position")?,
        day: cells.day(1, "erasure_day")?,
        hash: FrameHash(cells.bytes(2, "hash")?),
        bearing: Bearing {
            subject: cells
                .optional_bytes(3, "subject")?
                .map(SubjectId::from_bytes),
            version: cells.u32(4, "version")?,
            step: cells.flag(7, "step")?,
        },
        lane: cells.int(5, "lane")?,
        has_content: cells.u32(6, "generation")? > 0,
    })
}
