//! Counting: updates go in one after the other, a report comes out.

use std::collections::BTreeMap;

use super::series::{Figures, TooManyFigures};
use super::{Count, DecisionFact, Report, ReportPeriod, TaskCount, TaskFact, displacement};
use crate::charter::Charter;
use crate::counting::{Days, Pair};
use crate::handling::{Handling, Use};
use crate::id::{AgencyId, CategoryId, MeasureId, PlaceId, WindowId};
use crate::numbering::Numbering;
use crate::reading::{Period, Value};
use crate::task::TaskStatus;
use crate::time::{Day, UnixMillis, day_number};

/// What the report asks of an update, in its latest state. Words are numbers of the [`Numbering`] that the tally was begun with.
#[derive(Debug, Clone, Copy)]
pub struct ReportUpdate<'a> {
    /// The agency that it comes from.
    pub agency: u32,
    /// What it is about.
    pub category: u32,
    /// Where.
    pub place: u32,
    /// The measure that it belongs to.
    pub measure: u32,
    /// The window; none for the whole day.
    pub window: Option<u32>,
    /// The day, in days since 1970-01-01.
    pub day: i32,
    /// How far it may travel.
    pub handling: Handling,
    /// Whether it holds: it was not taken back.
    pub current: bool,
    /// A drill.
    pub exercise: bool,
    /// It is what police and prosecutor are told of another update.
    pub generalised: bool,
    /// Its figures, if it has any.
    pub figures: Option<&'a ToldFigures>,
}

/// The figures of an update's latest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldFigures {
    /// When its agency made the version, by that agency's clock. Orders what *one* agency told twice, and nothing else: a wrong clock harms
    /// its owner's figures alone.
    pub created_at: UnixMillis,
    /// The version's hash; decides where two were made in one millisecond.
    pub version: [u8; 32],
    /// The figures.
    pub figures: Box<[ToldFigure]>,
}

/// A figure, its indicator as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldFigure {
    /// What was counted.
    pub indicator: u32,
    /// How much time it covers.
    pub period: Period,
    /// The value.
    pub value: Value,
}

/// A report in the making. Holds counts by words of the vocabulary and at most [`FIGURES_MAX`](super::FIGURES_MAX) figures, however
/// many updates go in. Each update goes in once, in any order.
#[derive(Debug)]
pub struct Tally<'a> {
    charter: &'a Charter,
    words: &'a Numbering,
    today: Day,
    period: ReportPeriod,
    compared: Option<ReportPeriod>,
    now: Days,
    before: Option<Days>,
    own: Own,
    /// Of each agency: whether its updates are told to police and prosecutor in a generalised form only.
    protected: Vec<bool>,
    /// The places, and after them the districts that nothing was told of.
    places: Vec<&'a PlaceId>,
    /// Of each place that something may have been told of: its district.
    districts: Vec<usize>,
    updates: Pair,
    left_out: u32,
    by_category: Vec<Pair>,
    by_place: Vec<Pair>,
    by_measure: Vec<Pair>,
    /// The whole day, then the windows.
    by_window: Vec<Pair>,
    /// For each category: the places.
    cells: Vec<Pair>,
    figures: Figures<'a>,
}

/// Who makes the report.
#[derive(Debug, Clone, Copy)]
struct Own {
    /// None where nothing has come from it.
    agency: Option<u32>,
    is_bound_to_prosecute: bool,
}

impl<'a> Tally<'a> {
    /// A report of a period, made at `own`'s node on a day; see [`Charter::operational_day`].
    pub fn new(
        charter: &'a Charter,
        words: &'a Numbering,
        own: &AgencyId,
        period: ReportPeriod,
        today: Day,
    ) -> Self {
        let compared = period.compared(charter, today);
        let told = words.places.ids();
        let mut places: Vec<&PlaceId> = told.iter().collect();
        let mut more: BTreeMap<&PlaceId, usize> = BTreeMap::new();
        let district = |id: &'a PlaceId| {
            let district = charter.place(id).map_or(id, |place| &place.district);
            let known = words.places.known(district).map(|number| number as usize);
            known.unwrap_or_else(|| {
                *more.entry(district).or_insert_with(|| {
                    places.push(district);
                    places.len() - 1
                })
            })
        };
        let districts = told.iter().map(district).collect();
        let agencies = words.agencies.ids().iter();
        Self {
            charter,
            words,
            today,
            period,
            compared,
            now: Days::of(&period),
            before: compared.as_ref().map(Days::of),
            own: Own {
                agency: words.agencies.known(own),
                is_bound_to_prosecute: charter.is_bound_to_prosecute(own),
            },
            protected: agencies.map(|id| is_protected(charter, id)).collect(),
            updates: Pair::default(),
            left_out: 0,
            by_category: vec![Pair::default(); words.categories.ids().len()],
            by_place: vec![Pair::default(); places.len()],
            by_measure: vec![Pair::default(); words.measures.ids().len()],
            by_window: vec![Pair::default(); words.windows.ids().len() + 1],
            cells: vec![Pair::default(); words.categories.ids().len() * places.len()],
            figures: Figures::new(period, charter.retention().readings_from(day_number(today))),
            districts,
            places,
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
    ///
    /// # Panics
    /// If it names a word that is not among those that this was begun with.
    pub fn add(&mut self, update: &ReportUpdate<'a>) -> Result<(), TooManyFigures> {
        let now = self.now.contains(update.day);
        let before = !now && self.before.is_some_and(|it| it.contains(update.day));
        if !(now || before) || !self.counts(update) {
            return Ok(());
        }
        if now {
            // Also of what is not for reports: it may replace a figure that is.
            self.figures.add(update)?;
        }
        if !update.handling.allows(Use::Report) {
            self.left_out += u32::from(now);
            return Ok(());
        }
        let (place, window) = self.shown(update);
        let category = update.category as usize;
        self.updates.add(now);
        self.cells[category * self.places.len() + place].add(now);
        self.by_place[place].add(now);
        self.by_window[window].add(now);
        self.by_category[category].add(now);
        self.by_measure[update.measure as usize].add(now);
        Ok(())
    }

    fn is_protected(&self, update: &ReportUpdate<'_>) -> bool {
        self.protected[update.agency as usize]
    }

    /// Whether an update is one of those that are counted, were its handling to let it.
    fn counts(&self, update: &ReportUpdate<'_>) -> bool {
        if !update.current || update.exercise {
            return false;
        }
        if update.generalised {
            // The origin has it in full too, and so has everybody but police and prosecutor.
            let is_own = Some(update.agency) == self.own.agency;
            return !is_own && self.own.is_bound_to_prosecute;
        }
        // Police and prosecutor get it on the next day; the report is not to be earlier.
        !self.is_protected(update) || update.day < day_number(self.today)
    }

    /// Where and when an update is counted: a protected origin's as police and prosecutor get it.
    fn shown(&self, update: &ReportUpdate<'_>) -> (usize, usize) {
        let place = update.place as usize;
        if !self.is_protected(update) {
            return (place, update.window.map_or(0, |window| window as usize + 1));
        }
        (self.districts[place], 0)
    }

    /// The report of the updates; see [`Report::with`] for what was agreed on.
    pub fn report(self) -> Report {
        let (charter, words) = (self.charter, self.words);
        let places = || self.places.iter().copied();
        let by_category = ordered(words.categories.ids().iter().zip(&self.by_category), |id| {
            charter.categories().position(|it| it.id == *id)
        });
        let by_place = ordered(places().zip(&self.by_place), |id| place_at(charter, id));
        let by_measure = ordered(words.measures.ids().iter().zip(&self.by_measure), |id| {
            measure_at(charter, id)
        });
        let windows = words.windows.ids().iter().cloned().map(Some);
        let windows: Vec<Option<WindowId>> = std::iter::once(None).chain(windows).collect();
        let by_window = ordered(windows.iter().zip(&self.by_window), |id| match id {
            None => Some(0),
            Some(id) => {
                let windows = charter.windows();
                windows.iter().position(|it| it == id).map(|at| at + 1)
            }
        });
        let pairs = words.categories.ids().iter();
        let pairs = pairs.flat_map(|category| places().map(move |place| (category, place)));
        let pairs = pairs.zip(&self.cells).filter(|(_, pair)| !pair.is_none());
        let cells: Vec<((CategoryId, PlaceId), &Pair)> = pairs
            .map(|((category, place), pair)| ((category.clone(), place.clone()), pair))
            .collect();
        let cells = ordered(
            cells.iter().map(|(id, pair)| (id, *pair)),
            |(category, place)| {
                let category = charter.categories().position(|it| it.id == *category);
                Some((category?, place_at(charter, place)?))
            },
        );
        let displacement = match self.compared {
            Some(_) => displacement::find(charter, &cells),
            None => Vec::new(),
        };
        let retention = charter.retention();
        Report {
            period: self.period,
            compared: self.compared,
            complete: self.period.is_kept(self.today, retention.update_days),
            figures_complete: self.period.is_kept(self.today, retention.reading_days),
            updates: self.updates.of(()),
            left_out: self.left_out,
            by_category,
            by_place,
            by_measure,
            by_window,
            cells,
            series: self.figures.series(charter, words),
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
fn ordered<'p, Id: Ord + Clone + 'p, At: Ord>(
    counts: impl Iterator<Item = (&'p Id, &'p Pair)>,
    at: impl Fn(&Id) -> Option<At>,
) -> Vec<Count<Id>> {
    let counts = counts.filter(|(_, pair)| !pair.is_none());
    let mut counts: Vec<Count<Id>> = counts.map(|(id, pair)| pair.of(id.clone())).collect();
    counts.sort_by_cached_key(|it| {
        let at = at(&it.id);
        (at.is_none(), at, it.id.clone())
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
            pair.add(now);
        }
    }
    ordered(counts.iter(), |id| {
        id.as_ref().and_then(|id| measure_at(charter, id))
    })
}
