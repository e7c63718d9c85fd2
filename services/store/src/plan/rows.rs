//! Rows of entries, and what they do to their subjects.

use std::collections::HashSet;
use std::sync::Arc;

use verbund_ledger::{Entry, FrameHash, Outcome};
use verbund_model::SubjectId;

use super::batch::{Batch, EntryRow, LatestStep, Readings, Subject};
use super::lookup::Found;
use super::{Memory, Placed};
use crate::entry::{Position, StoredEntry};
use crate::error::Result;
use crate::situation::{SituationProjection, State, Step};

/// What an entry is to its subject.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bearing {
    pub(crate) subject: Option<SubjectId>,
    /// 0: none.
    pub(crate) version: u32,
    pub(crate) step: bool,
}

impl Bearing {
    /// Of an entry that has been stored.
    pub(super) fn of(entry: &StoredEntry) -> Self {
        Self {
            subject: entry.subject,
            version: entry.version,
            step: entry.step,
        }
    }
}

impl Memory {
    /// The next position, and the next place in a lane.
    pub(super) fn advance(&mut self, lane: i64, hash: FrameHash) -> Placed {
        self.position += 1;
        let head = &mut self.lanes.get_mut(lane).head;
        head.sequence += 1;
        head.hash = hash;
        Placed {
            position: self.position,
            lane,
            hash,
        }
    }

    /// Of an entry that has just become its lane's head.
    pub(super) fn place_of(&self, placed: &Placed) -> Position {
        let lane = self.lanes.get(placed.lane);
        Position {
            lane: lane.id,
            sequence: lane.head.sequence,
            hash: placed.hash,
        }
    }

    pub(super) fn stored(
        &self,
        placed: &Placed,
        entry: Entry,
        outcome: Outcome,
        erasure_day: i32,
        bearing: Bearing,
    ) -> StoredEntry {
        let Position {
            lane,
            sequence,
            hash,
        } = self.place_of(placed);
        StoredEntry {
            lane,
            sequence,
            position: placed.position,
            hash,
            entry,
            outcome,
            erasure_day,
            subject: bearing.subject,
            version: bearing.version,
            step: bearing.step,
        }
    }

    /// Seals the text and makes the row.
    pub(super) fn row(&self, lane: i64, stored: StoredEntry) -> Result<EntryRow> {
        let day = stored.erasure_day;
        let mut row = EntryRow {
            stored: Arc::new(stored),
            lane,
            text: None,
            generation: 0,
        };
        let it = &row.stored;
        if it.entry.codes.is_some() || it.entry.text.is_some() {
            let key = match self.keys.sealing_at_hand(day) {
                Some(key) => key,
                None => self.keys.sealing(day)?,
            };
            row.generation = key.generation;
            let text = it.entry.text.as_ref();
            row.text = text.map(|text| key.seal_text(&*self.entropy, &it.lane, it.sequence, text));
        }
        Ok(row)
    }

    pub(super) fn push(
        &self,
        lane: i64,
        stored: StoredEntry,
        batch: &mut Batch,
    ) -> Result<Arc<StoredEntry>> {
        let row = self.row(lane, stored)?;
        let stored = Arc::clone(&row.stored);
        batch.entries.push(row);
        Ok(stored)
    }

    /// Brings a subject to where an entry puts it; gives the entry's version. Whether it may has been decided.
    pub(super) fn apply(
        &self,
        placed: &Placed,
        id: SubjectId,
        projection: SituationProjection,
        erases: bool,
        found: &Found,
        batch: &mut Batch,
    ) -> u32 {
        let key = (id, self.lanes.get(placed.lane).origin.clone());
        let existing = self.find_subject(&key, found, batch).cloned();
        let replace = existing.is_some();
        if !replace && let Some(seen) = &self.seen {
            seen.subjects.add(&id);
        }
        let mut subject = existing.unwrap_or(Subject {
            is_new: true,
            first: placed.position,
            latest: placed.position,
            latest_lane: placed.lane,
            latest_hash: placed.hash,
            observed: placed.position,
            versions: 0,
            state: State::Current,
            agency: projection.agency.clone(),
            category: None,
            place: None,
            day: None,
            window: None,
        });
        subject.versions += 1;
        let version = subject.versions;
        // An entry that was held may be admitted after later ones: then it is history at once.
        if placed.position >= subject.latest {
            subject.latest = placed.position;
            subject.latest_lane = placed.lane;
            subject.latest_hash = placed.hash;
            let mut readings = Vec::new();
            let kind = if erases {
                Step::Erased
            } else {
                projection.kind
            };
            match kind {
                Step::Issued | Step::Corrected => {
                    subject.state = State::Current;
                    subject.observed = placed.position;
                    // The subject stays its origin's.
                    subject.agency = projection.agency;
                    subject.category = projection.category.or(subject.category);
                    subject.place = projection.place.or(subject.place);
                    subject.day = projection.day.or(subject.day);
                    subject.window = projection.window;
                    readings = projection.readings;
                }
                Step::Withdrawn => subject.state = State::Withdrawn,
                Step::Erased => {
                    subject.state = State::Erased;
                    (subject.category, subject.place) = (None, None);
                    (subject.day, subject.window) = (None, None);
                }
            }
            if replace || !readings.is_empty() {
                let readings = Readings {
                    replace,
                    agency: subject.agency.clone(),
                    rows: readings,
                };
                batch.readings.insert(subject.first, readings);
            }
        }
        batch.subjects.insert(key, subject);
        version
    }

    /// Notes a step on a subject.
    pub(super) fn take_step(&self, placed: &Placed, id: SubjectId, batch: &mut Batch) {
        let key = (id, self.lanes.get(placed.lane).origin.clone());
        let step = LatestStep {
            position: placed.position,
            hash: placed.hash,
        };
        let latest = batch.steps.entry(key).or_insert(step);
        if latest.position < step.position {
            *latest = step;
        }
    }

    /// Takes away what a withdrawal because of personal data names: a situation's, with all of its versions; a step's
    /// (`kind` is `None`), nothing but what it names of its agency's steps on the subject and of what waits in its lane.
    pub(super) fn erase(
        &self,
        subject: &SubjectId,
        lane: i64,
        kind: Option<Step>,
        hashes: &[FrameHash],
        found: &Found,
        batch: &mut Batch,
    ) {
        if kind != Some(Step::Erased) && hashes.is_empty() {
            return;
        }
        let same_origin = |of: i64| self.lanes.get(of).origin == self.lanes.get(lane).origin;
        let takes = |bearing: Bearing, of: i64, hash: &FrameHash| {
            let of_subject = bearing.subject.as_ref() == Some(subject);
            let named = hashes.contains(hash);
            if kind.is_none() {
                let of_own = of_subject && bearing.step && same_origin(of);
                let waits = of == lane && bearing.version == 0 && !bearing.step;
                return named && (of_own || waits);
            }
            let of_situation = of_subject && !bearing.step;
            let of_situation =
                of_situation && (of == lane || bearing.version > 0 && same_origin(of));
            of_situation || (of == lane && named)
        };
        for it in &found.erasable {
            if takes(it.bearing, it.lane, &it.hash) {
                batch.erased.push(it.position);
                batch.erasing.extend(it.has_content.then_some(it.day));
            }
        }
        for row in batch.entries.iter_mut().chain(&mut batch.readmitted) {
            let it = &row.stored;
            if takes(Bearing::of(it), row.lane, &it.hash) {
                row.erase();
            }
        }
    }
}

/// Takes the content of steps on a subject away; gives how many had some.
pub(super) fn erase_steps(
    subject: &SubjectId,
    frames: &[FrameHash],
    found: &Found,
    batch: &mut Batch,
) -> u32 {
    let frames: HashSet<&FrameHash> = frames.iter().collect();
    let mut erased = 0;
    for it in &found.erasable {
        let of_subject = it.bearing.step && it.bearing.subject.as_ref() == Some(subject);
        if of_subject && it.has_content && frames.contains(&it.hash) {
            batch.erased.push(it.position);
            batch.erasing.insert(it.day);
            erased += 1;
        }
    }
    erased
}
