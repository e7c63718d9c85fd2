//! Situation updates as the feed lists them: what a subject's entries come to.

use verbund_ledger::LaneId;
use verbund_model::{AgencyId, CategoryId, IndicatorId, PlaceId, SubjectId, WindowId};

use crate::entry::StoredEntry;

/// What an entry does to its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is the first word on the subject.
    Issued,
    /// It replaces what was said before.
    Corrected,
    /// It takes back what was said; the content stays readable until its erasure day.
    Withdrawn,
    /// It takes back what was said because of personal data: all contents of the subject go at once.
    Erased,
}

/// What the feed and the series need of an entry's content. Fields that are `None` stay as they were (a withdrawal says
/// nothing about place and time).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SituationProjection {
    /// What the entry does.
    pub kind: Step,
    /// The agency whose observation it is.
    pub agency: AgencyId,
    /// The category.
    pub category: Option<CategoryId>,
    /// The place.
    pub place: Option<PlaceId>,
    /// The day of the observation, in days since 1970-01-01.
    pub day: Option<i32>,
    /// The time window.
    pub window: Option<WindowId>,
    /// The readings; they replace those of the subject's earlier versions.
    pub readings: Vec<ReadingRow>,
}

/// One value of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingRow {
    /// What was counted.
    pub indicator: IndicatorId,
    /// Where.
    pub place: PlaceId,
    /// Over which kind of period; the code is the caller's.
    pub period: u8,
    /// The day, or the first day of the period, in days since 1970-01-01.
    pub day: i32,
    /// The value in the caller's spelling, already coarsened.
    pub value: String,
}

/// Where a subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its latest observation holds.
    Current,
    /// Taken back.
    Withdrawn,
    /// Its content has been destroyed. Not listed any more.
    Erased,
}

/// A subject with its latest word.
#[derive(Debug, Clone)]
pub struct SituationRecord {
    /// The subject.
    pub subject: SubjectId,
    /// The lane of its latest entry.
    pub lane: LaneId,
    /// The origin of that lane.
    pub origin: AgencyId,
    /// Where it stands.
    pub state: State,
    /// How many entries have spoken on it.
    pub versions: u32,
    /// The latest entry.
    pub latest: StoredEntry,
    /// The latest entry that carries an observation; the same as `latest` unless that takes it back.
    pub observed: StoredEntry,
    /// Orders subjects by their last change at this node; see [`PageKey`].
    pub changed: i64,
}

/// Which situations are listed; `None` means any. Erased ones never are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this agency.
    pub agency: Option<AgencyId>,
    /// In this category.
    pub category: Option<CategoryId>,
    /// At this place.
    pub place: Option<PlaceId>,
    /// On or after this day (days since 1970-01-01).
    pub from_day: Option<i32>,
    /// On or before this day.
    pub to_day: Option<i32>,
}

/// Where a page of steps ends: they come in the order in which they arrived here. Opaque to callers outside the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepCursor(pub i64);

/// Where a page ends: the next one begins with what changed before it. Opaque to callers outside the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageKey(pub i64);

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// At most as many as were asked for.
    pub items: Vec<T>,
    /// Where to go on; `None` on the last page.
    pub next: Option<PageKey>,
}
