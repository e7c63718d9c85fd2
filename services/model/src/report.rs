//! The report to the council's committee: what was told in a period, in figures alone.
//!
//! Promises: only what its handling lets into reports is in it; no drill, nothing that was taken back, nothing twice. What a protected
//! origin told is counted in the form in which police and prosecutor get it, so that the report tells them no more. Figures of
//! persons are shown as they were told, and sums are made of shown figures alone. The same updates give the same report in whatever order
//! they come. What all this means for readers is in `docs/report.md`.
//!
//! It leaves to others where updates, tasks and decisions come from, and how a report looks.

pub(crate) mod displacement;
mod period;
mod series;
mod tally;

pub use displacement::{DISPLACEMENTS_MAX, Displacement, FELL_BY, PlaceChange, TO_PLACES_MAX};
pub use period::{REPORT_DAYS_MAX, ReportPeriod};
pub use series::{FIGURES_MAX, SPREAD_DAYS, Series, SeriesValue, TooManyFigures};
pub(crate) use tally::place_at;
pub use tally::{ReportUpdate, Tally, ToldFigure, ToldFigures};

use crate::handling::Handling;
use crate::id::{CategoryId, MeasureId, PlaceId, WindowId};
use crate::task::TaskStatus;
use crate::time::Day;

/// What happened in a period. Everything stands in the charter's order; what the charter in force does not know comes last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The days that it tells of.
    pub period: ReportPeriod,
    /// The days that it compares them with; none when updates of those days may have been erased already, and then every
    /// `before` of updates is 0 and nothing is compared.
    pub compared: Option<ReportPeriod>,
    /// Whether no update of the period can have been erased yet.
    pub complete: bool,
    /// Whether the charter keeps the figures of all days of the period still; those of others are in no series.
    pub figures_complete: bool,
    /// Updates that it rests on: in the period, and before.
    pub updates: Count<()>,
    /// Updates of the period that their handling keeps out of reports.
    pub left_out: u32,
    /// Updates by what they are about.
    pub by_category: Vec<Count<CategoryId>>,
    /// Updates by where.
    pub by_place: Vec<Count<PlaceId>>,
    /// Updates by the measure of the concept.
    pub by_measure: Vec<Count<MeasureId>>,
    /// Updates by time window; none for the whole day.
    pub by_window: Vec<Count<Option<WindowId>>>,
    /// Updates by what they are about and where.
    pub cells: Vec<Count<(CategoryId, PlaceId)>>,
    /// Series of figures.
    pub series: Vec<Series>,
    /// What fell at one place while it rose at others, the largest first.
    pub displacement: Vec<Displacement>,
    /// Tasks by measure.
    pub tasks: Vec<TaskCount>,
    /// Decisions by measure; none for those that belong to no measure.
    pub decisions: Vec<Count<Option<MeasureId>>>,
}

/// How often something was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count<Id> {
    /// What.
    pub id: Id,
    /// How often in the period.
    pub now: u32,
    /// How often in the period of the same length before.
    pub before: u32,
}

impl<Id> Count<Id> {
    /// By how much it rose; negative where it fell.
    pub fn change(&self) -> i64 {
        i64::from(self.now) - i64::from(self.before)
    }
}

/// What the report asks of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFact {
    /// The measure of the concept that it belongs to.
    pub measure: MeasureId,
    /// Where it stands now.
    pub status: TaskStatus,
    /// Whether it should have been done by now.
    pub overdue: bool,
    /// The day on which it was opened.
    pub opened: Day,
    /// How far it may travel.
    pub handling: Handling,
}

/// What the report asks of a decision. Nobody chooses how far a meeting may travel, and no word of it does here: the report tells how many
/// decisions there were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionFact {
    /// The measure of the concept that it belongs to, if it belongs to one.
    pub measure: Option<MeasureId>,
    /// The day of its meeting.
    pub day: Day,
}

/// What became of the tasks of a measure that were opened by the end of the period, as they stand now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskCount {
    /// The measure.
    pub measure: MeasureId,
    /// Opened in the period.
    pub opened: u32,
    /// Still to be done.
    pub open: u32,
    /// Of those, overdue.
    pub overdue: u32,
    /// Done or verified.
    pub done: u32,
    /// Declined.
    pub declined: u32,
}

#[cfg(test)]
mod tests;
