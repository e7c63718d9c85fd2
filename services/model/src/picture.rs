//! The picture (Lage): how often something was told of where, when and what, as those who coordinate see it.
//!
//! Promises: counted are updates that hold, each once, in their latest state; exercises are counted apart and nowhere else; the same
//! updates give the same picture in whatever order they come. It tells what the feed tells, and so is not for those who may not read
//! the feed: what leaves the agencies is the [report](crate::Report), which asks how far each update may travel.
//!
//! It leaves to others where updates come from and how a picture looks.

use crate::charter::Charter;
use crate::counting::{Days, Pair};
use crate::id::{CategoryId, PlaceId, WindowId};
use crate::numbering::Numbering;
use crate::report::{Count, Displacement, ReportPeriod, displacement, place_at};
use crate::situation::Trend;
use crate::time::{Day, day_from_number};

/// What the picture asks of an update that holds, in its latest state.
#[derive(Debug, Clone, Copy)]
pub struct PictureUpdate {
    /// It comes from the own agency.
    pub own: bool,
    /// What it is about, by its number of the [`Numbering`].
    pub category: u32,
    /// Where, likewise.
    pub place: u32,
    /// The day, in days since 1970-01-01.
    pub day: i32,
    /// The window, likewise; none for the whole day.
    pub window: Option<u32>,
    /// Where it is going.
    pub trend: Trend,
    /// A drill.
    pub exercise: bool,
    /// It is what police and prosecutor are told of another update.
    pub generalised: bool,
}

/// How often something was told of where, when and what. Everything stands in the charter's order; what the charter in force does
/// not know comes last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The days that it tells of.
    pub period: ReportPeriod,
    /// Whether it compares; otherwise every `before` is 0, since updates of those days may have been erased already.
    pub compared: bool,
    /// Whether no update of the period can have been erased yet.
    pub complete: bool,
    /// Updates that it rests on: in the period, and before.
    pub updates: Count<()>,
    /// Exercises of the period.
    pub exercises: u32,
    /// By place.
    pub places: Vec<PlacePicture>,
    /// By place and window; none for the whole day.
    pub windows: Vec<Count<(PlaceId, Option<WindowId>)>>,
    /// By category and place.
    pub cells: Vec<Count<(CategoryId, PlaceId)>>,
    /// Every day of the period, and how often something was told of it.
    pub days: Vec<(Day, u32)>,
    /// What fell at one place while it rose at others, the largest first.
    pub displacement: Vec<Displacement>,
}

/// What was told of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacePicture {
    /// How often.
    pub count: Count<PlaceId>,
    /// In the period, by trend.
    pub trends: Trends,
    /// The last day of the period of which something was told.
    pub latest: Option<Day>,
}

/// How often each trend was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trends {
    /// It rises.
    pub rising: u32,
    /// It stays.
    pub steady: u32,
    /// It falls.
    pub falling: u32,
    /// Nobody knows.
    pub unknown: u32,
}

impl Trends {
    fn add(&mut self, trend: Trend) {
        let count = match trend {
            Trend::Rising => &mut self.rising,
            Trend::Steady => &mut self.steady,
            Trend::Falling => &mut self.falling,
            Trend::Unknown => &mut self.unknown,
        };
        *count += 1;
    }
}

/// A picture in the making. Each update goes in once, in any order.
#[derive(Debug)]
pub struct Drawing<'a> {
    charter: &'a Charter,
    words: &'a Numbering,
    period: ReportPeriod,
    compared: Option<ReportPeriod>,
    complete: bool,
    now: Days,
    before: Option<Days>,
    updates: Pair,
    exercises: u32,
    by_place: Vec<Tally>,
    /// For each place: the whole day, then the windows.
    by_window: Vec<Pair>,
    /// For each category: the places.
    cells: Vec<Pair>,
    by_day: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    pair: Pair,
    trends: Trends,
    latest: Option<i32>,
}

impl<'a> Drawing<'a> {
    /// A picture of a period, as the own node has it on a day; see [`Charter::operational_day`].
    pub fn new(
        charter: &'a Charter,
        words: &'a Numbering,
        period: ReportPeriod,
        today: Day,
    ) -> Self {
        let compared = period.compared(charter, today);
        let places = words.places.ids().len();
        Self {
            charter,
            words,
            period,
            compared,
            complete: period.is_kept(today, charter.retention().update_days),
            now: Days::of(&period),
            before: compared.as_ref().map(Days::of),
            updates: Pair::default(),
            exercises: 0,
            by_place: vec![Tally::default(); places],
            by_window: vec![Pair::default(); places * (words.windows.ids().len() + 1)],
            cells: vec![Pair::default(); words.categories.ids().len() * places],
            by_day: vec![0; usize::try_from(period.days()).unwrap_or(0)],
        }
    }

    /// The days whose updates are wanted: those of the period, and those that it is compared with.
    pub fn wanted(&self) -> (Day, Day) {
        let from = self.compared.map_or(self.period.from(), |it| it.from());
        (from, self.period.to())
    }

    /// Takes in an update; what does not count counts for nothing.
    ///
    /// # Panics
    /// If it names a word that is not among those that this was begun with.
    pub fn add(&mut self, update: &PictureUpdate) {
        let now = self.now.contains(update.day);
        if !now && !self.before.is_some_and(|it| it.contains(update.day)) {
            return;
        }
        // The origin has it in full too.
        if update.generalised && update.own {
            return;
        }
        if update.exercise {
            self.exercises += u32::from(now);
            return;
        }
        let (place, category) = (update.place as usize, update.category as usize);
        let window = update.window.map_or(0, |window| window as usize + 1);
        self.updates.add(now);
        self.by_window[place * (self.words.windows.ids().len() + 1) + window].add(now);
        self.cells[category * self.words.places.ids().len() + place].add(now);
        let tally = &mut self.by_place[place];
        tally.pair.add(now);
        if now {
            tally.trends.add(update.trend);
            tally.latest = tally.latest.max(Some(update.day));
            let at = usize::try_from(update.day - self.now.0).expect("it is a day of the period");
            self.by_day[at] += 1;
        }
    }

    /// The picture of all that was taken in.
    #[must_use]
    pub fn picture(self) -> Picture {
        let charter = self.charter;
        let words = self.words;
        let (all, categories) = (words.places.ids(), words.categories.ids());
        let windows = words.windows.ids();
        let places = all.iter().zip(&self.by_place);
        let places = places.filter(|(_, tally)| !tally.pair.is_none());
        let places = places.map(|(id, tally)| PlacePicture {
            count: tally.pair.of(id.clone()),
            trends: tally.trends,
            latest: tally.latest.and_then(day_from_number),
        });
        let places = ordered(places, |it| (place_at(charter, &it.count.id), &it.count.id));
        let whole_day_first = || std::iter::once(None).chain(windows.iter().map(Some));
        let pairs = all
            .iter()
            .flat_map(|place| whole_day_first().map(move |window| (place, window)));
        let pairs = pairs.zip(&self.by_window);
        let pairs = pairs.filter(|(_, pair)| !pair.is_none());
        let windows =
            pairs.map(|((place, window), pair)| pair.of((place.clone(), window.cloned())));
        let windows = ordered(windows, |it| {
            let (place, window) = &it.id;
            let at = place_at(charter, place).zip(window_at(charter, window.as_ref()));
            (at, &it.id)
        });
        let pairs = categories
            .iter()
            .flat_map(|category| all.iter().map(move |place| (category, place)));
        let pairs = pairs.zip(&self.cells);
        let pairs = pairs.filter(|(_, pair)| !pair.is_none());
        let cells =
            pairs.map(|((category, place), pair)| pair.of((category.clone(), place.clone())));
        let cells = ordered(cells, |it| {
            let (category, place) = &it.id;
            let category = charter.categories().position(|it| it.id == *category);
            (category.zip(place_at(charter, place)), &it.id)
        });
        let displacement = match self.compared {
            Some(_) => displacement::find(charter, &cells),
            None => Vec::new(),
        };
        Picture {
            period: self.period,
            compared: self.compared.is_some(),
            complete: self.complete,
            updates: self.updates.of(()),
            exercises: self.exercises,
            places,
            windows,
            cells,
            days: (self.now.0..)
                .filter_map(day_from_number)
                .zip(self.by_day)
                .collect(),
            displacement,
        }
    }
}

/// In the charter's order, and what has no place in it after that, in the order of its ids.
fn ordered<T, At: Ord, Id: Ord + Clone>(
    found: impl Iterator<Item = T>,
    at: impl Fn(&T) -> (Option<At>, &Id),
) -> Vec<T> {
    let mut found: Vec<T> = found.collect();
    found.sort_by_cached_key(|it| {
        let (at, id) = at(it);
        (at.is_none(), at, id.clone())
    });
    found
}

/// The whole day comes before its windows.
fn window_at(charter: &Charter, id: Option<&WindowId>) -> Option<usize> {
    let Some(id) = id else {
        return Some(0);
    };
    let at = charter.windows().iter().position(|it| it == id);
    at.map(|at| at + 1)
}

#[cfg(test)]
mod tests;
