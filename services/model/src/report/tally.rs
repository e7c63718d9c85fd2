//! Counting: updates go in one after the other, a report comes out.

use std::collections::BTreeMap;

use super::series::{Figures, TooManyFigures};
use super::{Count, DecisionFact, Report, ReportPeriod, TaskCount, TaskFact, displacement};
use crate::charter::Charter;
use crate::handling::{Handling, Use};
use crate::id::{AgencyId, CategoryId, MeasureId, PlaceId, WindowId};
use crate::situation::Observation;
use crate::task::TaskStatus;
use crate::time::{Day, UnixMillis, day_number};

/// What the report asks of an update, in its latest state.
#[derive(Debug, Clone, Copy)]
pub struct ReportUpdate<'a> {
    /// The agency that it comes from.
    pub agency: &'a AgencyId,
    /// What it tells.
    pub observation: &'a Observation,
    /// How far that may travel.
    pub handling: Handling,
    /// Whether it holds: it was not taken back.
    pub current: bool,
    /// When its agency made the latest version, by that agency's clock. Orders what *one* agency told twice, and nothing else: a
    /// wrong clock harms its owner's figures alone.
    pub created_at: UnixMillis,
    /// The hash of the latest version; decides where two were made in one millisecond.
    pub version: [u8; 32],
}

/// A report in the making. Holds counts by ids of the vocabulary and at most [`FIGURES_MAX`](super::FIGURES_MAX) figures, however
/// many updates go in. Each update goes in once, in any order.
#[derive(Debug)]
pub struct Tally<'a> {
    charter: &'a Charter,
    own: &'a AgencyId,
    today: Day,
    period: ReportPeriod,
    compared: Option<ReportPeriod>,
    updates: Count<()>,
    left_out: u32,
    categories: BTreeMap<CategoryId, Pair>,
    places: BTreeMap<PlaceId, Pair>,
    measures: BTreeMap<MeasureId, Pair>,
    windows: BTreeMap<Option<WindowId>, Pair>,
    cells: BTreeMap<(CategoryId, PlaceId), Pair>,
    figures: Figures,
}

#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    now: u32,
    before: u32,
}

impl<'a> Tally<'a> {
    /// A report of a period, made at `own`'s node on a day; see [`Charter::operational_day`].
    pub fn new(charter: &'a Charter, own: &'a AgencyId, period: ReportPeriod, today: Day) -> Self {
        Self {
            charter,
            own,
            today,
            period,
            compared: period.compared(charter, today),
            updates: Count::default(),
            left_out: 0,
            categories: BTreeMap::new(),
            places: BTreeMap::new(),
            measures: BTreeMap::new(),
            windows: BTreeMap::new(),
            cells: BTreeMap::new(),
            figures: Figures::new(period, charter.retention().readings_from(day_number(today))),
        }
    }

    /// The days whose updates are wanted: those of the period, and those that it is compared with.
    pub fn wanted(&self) -> (Day, Day) {
        let from = self.compared.map_or(self.period.from(), |it| it.from());
        (from, self.period.to())
    }

    /// Takes in an update; what does not count counts for nothing.
    ///
    /// # Errors
    /// [`TooManyFigures`]: no report can be made of so much.
    pub fn add(&mut self, update: &ReportUpdate<'_>) -> Result<(), TooManyFigures> {
        let now = self.period.contains(update.observation.day);
        let before = !now
            && self
                .compared
                .is_some_and(|it| it.contains(update.observation.day));
        if !(now || before) || !self.counts(update) {
            return Ok(());
        }
        if now {
            // Also of what is not for reports: it may replace a figure that is.
            self.figures.add(self.charter, update)?;
        }
        if !update.handling.allows(Use::Report) {
            self.left_out += u32::from(now);
            return Ok(());
        }
        let add = |pair: &mut Pair| {
            pair.now += u32::from(now);
            pair.before += u32::from(before);
        };
        let (place, window) = self.shown(update);
        let category = &update.observation.category;
        self.updates.now += u32::from(now);
        self.updates.before += u32::from(before);
        add(self
            .cells
            .entry((category.clone(), place.clone()))
            .or_default());
        add(self.places.entry(place).or_default());
        add(self.windows.entry(window).or_default());
        add(self.categories.entry(category.clone()).or_default());
        let measure = update.observation.measure.clone();
        add(self.measures.entry(measure).or_default());
        Ok(())
    }

    /// Whether an update is one of those that are counted, were its handling to let it.
    fn counts(&self, update: &ReportUpdate<'_>) -> bool {
        let observation = update.observation;
        if !update.current || observation.exercise {
            return false;
        }
        if observation.generalised {
            // The origin has it in full too, and so has everybody but police and prosecutor.
            return update.agency != self.own && self.charter.is_bound_to_prosecute(self.own);
        }
        // Police and prosecutor get it on the next day; the report is not to be earlier.
        !is_protected(self.charter, update.agency) || observation.day < self.today
    }

    /// Where and when an update is counted: a protected origin's as police and prosecutor get it.
    fn shown(&self, update: &ReportUpdate<'_>) -> (PlaceId, Option<WindowId>) {
        let observation = update.observation;
        if !is_protected(self.charter, update.agency) {
            return (observation.place.clone(), observation.window.clone());
        }
        let district = self
            .charter
            .place(&observation.place)
            .map_or(&observation.place, |place| &place.district);
        (district.clone(), None)
    }

    /// The report of the updates; see [`Report::with`] for what was agreed on.
    pub fn report(self) -> Report {
        let charter = self.charter;
        let by_category = ordered(self.categories, |id| {
            charter.categories().position(|it| it.id == *id)
        });
        let by_place = ordered(self.places, |id| place_at(charter, id));
        let by_measure = ordered(self.measures, |id| measure_at(charter, id));
        let by_window = ordered(self.windows, |id| match id {
            None => Some(0),
            Some(id) => {
                let windows = charter.windows();
                windows.iter().position(|it| it == id).map(|at| at + 1)
            }
        });
        let cells = ordered(self.cells, |(category, place)| {
            let category = charter.categories().position(|it| it.id == *category);
            Some((category?, place_at(charter, place)?))
        });
        let displacement = match self.compared {
            Some(_) => displacement::find(charter, &cells),
            None => Vec::new(),
        };
        Report {
            period: self.period,
            compared: self.compared,
            complete: self
                .period
                .is_kept(self.today, charter.retention().update_days),
            figures_complete: self
                .period
                .is_kept(self.today, charter.retention().reading_days),
            updates: self.updates,
            left_out: self.left_out,
            by_category,
            by_place,
            by_measure,
            by_window,
            cells,
            series: self.figures.series(charter),
            displacement,
            tasks: Vec::new(),
            decisions: Vec::new(),
        }
    }
}

impl Report {
    /// The report with the tasks and decisions that a node knows, and with no others.
    #[must_use]
    pub fn with(
        mut self,
        charter: &Charter,
        tasks: &[TaskFact],
        decisions: &[DecisionFact],
    ) -> Self {
        self.tasks = tasks_by_measure(charter, self.period, tasks);
        self.decisions = decisions_by_measure(charter, self.period, decisions);
        self
    }
}

/// Whether an agency's updates are told to police and prosecutor in a generalised form only. One that has left the federation may have
/// been such a one.
pub(super) fn is_protected(charter: &Charter, agency: &AgencyId) -> bool {
    charter.agency(agency).is_none_or(|it| it.protected)
}

pub(crate) fn place_at(charter: &Charter, id: &PlaceId) -> Option<usize> {
    charter.places().position(|it| it.id == *id)
}

fn measure_at(charter: &Charter, id: &MeasureId) -> Option<usize> {
    charter.measures().position(|it| it.id == *id)
}

/// Counts in the charter's order, and those without a place in it after them, in the order of their ids.
fn ordered<Id: Ord, At: Ord>(
    counts: BTreeMap<Id, Pair>,
    at: impl Fn(&Id) -> Option<At>,
) -> Vec<Count<Id>> {
    let mut counts: Vec<Count<Id>> = counts
        .into_iter()
        .map(|(id, Pair { now, before })| Count { id, now, before })
        .collect();
    counts.sort_by_cached_key(|it| {
        let at = at(&it.id);
        (at.is_none(), at)
    });
    counts
}

fn tasks_by_measure(charter: &Charter, period: ReportPeriod, tasks: &[TaskFact]) -> Vec<TaskCount> {
    let mut counts: BTreeMap<&MeasureId, TaskCount> = BTreeMap::new();
    let known = tasks
        .iter()
        .filter(|it| it.opened <= period.to() && it.handling.allows(Use::Report));
    for task in known {
        let count = counts.entry(&task.measure).or_insert_with(|| TaskCount {
            measure: task.measure.clone(),
            opened: 0,
            open: 0,
            overdue: 0,
            done: 0,
            declined: 0,
        });
        let done = matches!(task.status, TaskStatus::Done | TaskStatus::Verified);
        count.opened += u32::from(period.contains(task.opened));
        count.open += u32::from(task.status.is_open());
        count.overdue += u32::from(task.status.is_open() && task.overdue);
        count.done += u32::from(done);
        count.declined += u32::from(task.status == TaskStatus::Declined);
    }
    let mut counts: Vec<TaskCount> = counts.into_values().collect();
    counts.sort_by_cached_key(|it| {
        let at = measure_at(charter, &it.measure);
        (at.is_none(), at)
    });
    counts
}

fn decisions_by_measure(
    charter: &Charter,
    period: ReportPeriod,
    decisions: &[DecisionFact],
) -> Vec<Count<Option<MeasureId>>> {
    let mut counts: BTreeMap<Option<MeasureId>, Pair> = BTreeMap::new();
    for decision in decisions {
        let now = period.contains(decision.day);
        let before = period.before().contains(decision.day);
        if now || before {
            let pair = counts.entry(decision.measure.clone()).or_default();
            pair.now += u32::from(now);
            pair.before += u32::from(before);
        }
    }
    ordered(counts, |id| {
        id.as_ref().and_then(|id| measure_at(charter, id))
    })
}
