//! The picture (Lage): how often something was told of where, when and what, as those who coordinate see it.
//!
//! Promises: counted are updates that hold, each once, in their latest state; exercises are counted apart and nowhere else; the same
//! updates give the same picture in whatever order they come. It tells what the feed tells, and so is not for those who may not read
//! the feed: what leaves the agencies is the [report](crate::Report), which asks how far each update may travel.
//!
//! It leaves to others where updates come from and how a picture looks.

use std::collections::HashMap;
use std::hash::Hash;

use crate::charter::Charter;
use crate::id::{AgencyId, CategoryId, PlaceId, WindowId};
use crate::report::{Count, Displacement, ReportPeriod, displacement, place_at};
use crate::situation::Trend;
use crate::time::{Day, day_from_number, day_number};

/// What the picture asks of an update that holds, in its latest state.
#[derive(Debug, Clone, Copy)]
pub struct PictureUpdate<'a> {
    /// The agency that it comes from.
    pub agency: &'a AgencyId,
    /// What it is about.
    pub category: &'a CategoryId,
    /// Where.
    pub place: &'a PlaceId,
    /// The day, in days since 1970-01-01.
    pub day: i32,
    /// The window; none for the whole day.
    pub window: Option<&'a WindowId>,
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

/// A picture in the making. Each update goes in once, in any order. It is asked for while people look at a screen, so ids become
/// numbers at once, and counting is by number.
#[derive(Debug)]
pub struct Drawing<'a> {
    charter: &'a Charter,
    own: &'a AgencyId,
    period: ReportPeriod,
    compared: Option<ReportPeriod>,
    now: Days,
    before: Option<Days>,
    updates: Pair,
    exercises: u32,
    places: Numbers<'a, PlaceId>,
    windows: Numbers<'a, WindowId>,
    categories: Numbers<'a, CategoryId>,
    by_place: Vec<Tally>,
    by_window: HashMap<(u32, Option<u32>), Pair>,
    cells: HashMap<(u32, u32), Pair>,
    by_day: Vec<u32>,
}

/// Days since 1970-01-01, both ends included.
#[derive(Debug, Clone, Copy)]
struct Days(i32, i32);

impl Days {
    fn of(period: &ReportPeriod) -> Self {
        Self(day_number(period.from()), day_number(period.to()))
    }

    fn contains(self, day: i32) -> bool {
        (self.0..=self.1).contains(&day)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    now: u32,
    before: u32,
}

impl Pair {
    fn add(&mut self, now: bool) {
        self.now += u32::from(now);
        self.before += u32::from(!now);
    }

    fn of<Id>(self, id: Id) -> Count<Id> {
        Count {
            id,
            now: self.now,
            before: self.before,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    pair: Pair,
    trends: Trends,
    latest: Option<i32>,
}

/// Ids with a number each, in the order in which they were first met.
#[derive(Debug)]
struct Numbers<'a, Id> {
    ids: Vec<&'a Id>,
    known: HashMap<&'a Id, u32>,
}

impl<'a, Id: Eq + Hash> Numbers<'a, Id> {
    fn new() -> Self {
        Self {
            ids: Vec::new(),
            known: HashMap::new(),
        }
    }

    fn of(&mut self, id: &'a Id) -> u32 {
        let next = u32::try_from(self.ids.len()).expect("a vocabulary is small");
        *self.known.entry(id).or_insert_with(|| {
            self.ids.push(id);
            next
        })
    }

    fn id(&self, number: u32) -> &'a Id {
        self.ids[number as usize]
    }
}

impl<'a> Drawing<'a> {
    /// A picture of a period, as `own`'s node has it on a day; see [`Charter::operational_day`].
    pub fn new(charter: &'a Charter, own: &'a AgencyId, period: ReportPeriod, today: Day) -> Self {
        let compared = period.compared(charter, today);
        Self {
            charter,
            own,
            period,
            compared,
            now: Days::of(&period),
            before: compared.as_ref().map(Days::of),
            updates: Pair::default(),
            exercises: 0,
            places: Numbers::new(),
            windows: Numbers::new(),
            categories: Numbers::new(),
            by_place: Vec::new(),
            by_window: HashMap::new(),
            cells: HashMap::new(),
            by_day: vec![0; usize::try_from(period.days()).unwrap_or(0)],
        }
    }

    /// The days whose updates are wanted: those of the period, and those that it is compared with.
    pub fn wanted(&self) -> (Day, Day) {
        let from = self.compared.map_or(self.period.from(), |it| it.from());
        (from, self.period.to())
    }

    /// Takes in an update; what does not count counts for nothing.
    pub fn add(&mut self, update: &PictureUpdate<'a>) {
        let now = self.now.contains(update.day);
        if !now && !self.before.is_some_and(|it| it.contains(update.day)) {
            return;
        }
        // The origin has it in full too.
        if update.generalised && update.agency == self.own {
            return;
        }
        if update.exercise {
            self.exercises += u32::from(now);
            return;
        }
        self.updates.add(now);
        let place = self.places.of(update.place);
        let window = update.window.map(|it| self.windows.of(it));
        let category = self.categories.of(update.category);
        self.by_window.entry((place, window)).or_default().add(now);
        self.cells.entry((category, place)).or_default().add(now);
        if self.by_place.len() <= place as usize {
            self.by_place.resize(place as usize + 1, Tally::default());
        }
        let tally = &mut self.by_place[place as usize];
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
        let places = (0..).zip(&self.by_place).map(|(number, tally)| {
            let id = self.places.id(number).clone();
            PlacePicture {
                count: tally.pair.of(id),
                trends: tally.trends,
                latest: tally.latest.and_then(day_from_number),
            }
        });
        let places = ordered(places, |it| (place_at(charter, &it.count.id), &it.count.id));
        let windows = self.by_window.iter().map(|((place, window), pair)| {
            let window = window.map(|it| self.windows.id(it).clone());
            pair.of((self.places.id(*place).clone(), window))
        });
        let windows = ordered(windows, |it| {
            let (place, window) = &it.id;
            let at = place_at(charter, place).zip(window_at(charter, window.as_ref()));
            (at, &it.id)
        });
        let cells = self.cells.iter().map(|((category, place), pair)| {
            let category = self.categories.id(*category).clone();
            pair.of((category, self.places.id(*place).clone()))
        });
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
