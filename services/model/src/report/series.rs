//! Series of figures, and what they come to.
//!
//! A report shows figures as they were told and adds up shown figures only, so that a sum says nothing that they do not say
//! (`docs/adr/0014`). What could stand beside its own parts, or beside what it replaces, is sorted out here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::tally::{is_protected, place_at};
use super::{ReportPeriod, ReportUpdate, ToldFigures};
use crate::charter::{Charter, Counts, Indicator, Place};
use crate::handling::Use;
use crate::id::{AgencyId, IndicatorId, PlaceId, WindowId};
use crate::numbering::Numbering;
use crate::reading::{Period, Sum, Told, Value};
use crate::time::{Day, UnixMillis, day_from_number, day_number};

/// Most figures of one report: a year's days of twenty indicators, and an answer of less than two mebibytes.
pub const FIGURES_MAX: usize = 10_000;
/// Over so many days a protected origin's single hours and days are lost in their sum.
pub const SPREAD_DAYS: i32 = 28;

/// The period has more figures than one report holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the period has more than {FIGURES_MAX} figures; choose a shorter one")]
pub struct TooManyFigures;

/// One indicator at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The place.
    pub place: PlaceId,
    /// Its values, in the order of their days.
    pub values: Vec<SeriesValue>,
    /// What they come to; none where a sum would say nothing or give a small count away.
    pub sum: Option<Sum>,
    /// Figures that are in the sum and not among the values: each would tell where a protected origin's people were that day.
    pub only_in_sum: u32,
}

/// One value of a series, as it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesValue {
    /// The first day that it covers.
    pub day: Day,
    /// How much time it covers.
    pub period: Period,
    /// The value.
    pub value: Value,
}

/// The figures of a period, each in its latest state.
#[derive(Debug)]
pub(super) struct Figures<'a> {
    period: ReportPeriod,
    /// The first day whose figures are kept, in days since 1970-01-01.
    kept_from: i32,
    latest: HashMap<Number, Latest<'a>>,
}

/// What makes two figures the same one, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Number {
    indicator: u32,
    place: u32,
    day: i32,
    period: Period,
    window: Option<u32>,
    agency: u32,
}

/// The latest state of a figure.
#[derive(Debug, Clone, Copy)]
struct Latest<'a> {
    told: &'a ToldFigures,
    value: Value,
    reportable: bool,
}

/// What makes two figures the same one: an agency told the same thing of the same place and time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) indicator: IndicatorId,
    pub(super) place: PlaceId,
    pub(super) day: Day,
    pub(super) period: Period,
    pub(super) window: Option<WindowId>,
    pub(super) agency: AgencyId,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    /// Which update told it, and when: the later one counts.
    pub(super) told: (UnixMillis, [u8; 32]),
    pub(super) value: Value,
    pub(super) reportable: bool,
    /// It is shown in a sum only.
    pub(super) hidden: bool,
}

/// All figures, in the order of their words.
pub(super) type All = BTreeMap<Key, Figure>;

impl<'a> Figures<'a> {
    pub(super) fn new(period: ReportPeriod, kept_from: i32) -> Self {
        Self {
            period,
            kept_from,
            latest: HashMap::new(),
        }
    }

    /// Takes in an update's figures.
    pub(super) fn add(&mut self, update: &ReportUpdate<'a>) -> Result<(), TooManyFigures> {
        let Some(told) = update.figures else {
            return Ok(());
        };
        for figure in &told.figures {
            let Some(day) = self.covers(update.day, figure.period) else {
                continue;
            };
            let number = Number {
                indicator: figure.indicator,
                place: update.place,
                day,
                period: figure.period,
                window: match figure.period {
                    Period::Window => update.window,
                    Period::Day | Period::Month => None,
                },
                agency: update.agency,
            };
            let it = Latest {
                told,
                value: figure.value,
                reportable: update.handling.allows(Use::Report),
            };
            let latest = self.latest.entry(number).or_insert(it);
            if at(latest.told) < at(told) {
                *latest = it;
            }
        }
        if self.latest.len() > FIGURES_MAX {
            return Err(TooManyFigures);
        }
        Ok(())
    }

    /// The first day that a figure covers, if all that it covers lies in the period: half a month is not told. Nor is what the charter
    /// keeps no longer, though the update that told it may still be here.
    fn covers(&self, number: i32, period: Period) -> Option<i32> {
        if number < self.kept_from {
            return None;
        }
        if period != Period::Month {
            // The period's updates come here, and no others.
            return Some(number);
        }
        let day = day_from_number(number)?;
        let (first, last) = (day.first_of_month(), day.last_of_month());
        (self.period.contains(first) && self.period.contains(last)).then(|| day_number(first))
    }

    /// The series, by indicator and place.
    pub(super) fn series(self, charter: &Charter, words: &Numbering) -> Vec<Series> {
        let told = self.latest.iter();
        let figures = told.filter_map(|(number, latest)| named(charter, words, number, latest));
        series(charter, self.period, figures.collect())
    }
}

/// The series of these figures, by indicator and place.
pub(super) fn series(charter: &Charter, period: ReportPeriod, mut figures: All) -> Vec<Series> {
    drop_loose_parts(charter, &mut figures);
    let spread = period.days() >= SPREAD_DAYS;
    figures.retain(|_, figure| figure.reportable && (spread || !figure.hidden));
    let figures: Vec<(&Key, &Figure)> = figures.iter().collect();
    let mut series: Vec<Series> = figures
        .chunk_by(|(one, _), (other, _)| {
            one.indicator == other.indicator && one.place == other.place
        })
        .map(|figures| one(charter, figures))
        .collect();
    drop_telling_sums(charter, &mut series);
    series.retain(|it| !it.values.is_empty() || it.sum.is_some());
    series.sort_by_cached_key(|it| {
        let indicator = charter.indicators().position(|at| at.id == it.indicator);
        let place = place_at(charter, &it.place);
        (indicator.is_none(), indicator, place.is_none(), place)
    });
    series
}

/// Which version told it, and when: the later one counts.
fn at(told: &ToldFigures) -> (UnixMillis, [u8; 32]) {
    (told.created_at, told.version)
}

/// A figure by its words.
fn named(
    charter: &Charter,
    words: &Numbering,
    number: &Number,
    latest: &Latest<'_>,
) -> Option<(Key, Figure)> {
    let agency = &words.agencies.ids()[number.agency as usize];
    let place = &words.places.ids()[number.place as usize];
    let key = Key {
        indicator: words.indicators.ids()[number.indicator as usize].clone(),
        place: place.clone(),
        day: day_from_number(number.day)?,
        period: number.period,
        window: number
            .window
            .map(|it| words.windows.ids()[it as usize].clone()),
        agency: agency.clone(),
    };
    // A house has its name on its door; who was at a square on a day is what protection is about.
    let hidden = is_protected(charter, agency)
        && number.period != Period::Month
        && !charter.place(place).is_some_and(Place::is_facility);
    let figure = Figure {
        told: at(latest.told),
        value: latest.value,
        reportable: latest.reportable,
        hidden,
    };
    Some((key, figure))
}

/// Parts stand only beside the total that was told with them, with all other parts, and if they do not give each other away. A
/// total that was told again without them has said that they no longer hold.
fn drop_loose_parts(charter: &Charter, figures: &mut All) {
    let dropped: Vec<Key> = figures
        .keys()
        .filter(|key| is_loose(charter, figures, key))
        .cloned()
        .collect();
    for key in dropped {
        figures.remove(&key);
    }
}

fn is_loose(charter: &Charter, figures: &All, key: &Key) -> bool {
    let indicator = charter.indicator(&key.indicator);
    let Some(total) = indicator.and_then(|it| it.part_of.as_ref()) else {
        return false;
    };
    let told = |id: &IndicatorId| {
        let key = Key {
            indicator: id.clone(),
            ..key.clone()
        };
        let figure = figures.get(&key)?;
        Some((figure.told, single(charter, &key, figure)?))
    };
    let (Some((at, _)), Some((total_at, total_sum))) = (told(&key.indicator), told(total)) else {
        return true;
    };
    let parts: Option<Vec<Sum>> = parts_of(charter, total)
        .map(|part| told(&part.id).filter(|it| it.0 == total_at).map(|it| it.1))
        .collect();
    at != total_at || parts.is_none_or(|parts| total_sum.gives_away(&parts))
}

/// The series of these figures of one indicator and place, at least one.
fn one(charter: &Charter, figures: &[(&Key, &Figure)]) -> Series {
    let key = figures[0].0;
    let (hidden, shown): (Vec<_>, Vec<_>) = figures.iter().partition(|(_, figure)| figure.hidden);
    let value = |(key, figure): &(&Key, &Figure)| SeriesValue {
        day: key.day,
        period: key.period,
        value: figure.value,
    };
    Series {
        indicator: key.indicator.clone(),
        place: key.place.clone(),
        values: shown.iter().map(value).collect(),
        sum: sum(charter, key, figures),
        only_in_sum: u32::try_from(hidden.len()).unwrap_or(u32::MAX),
    }
}

/// What a series comes to. What one agency told of a month is not added to what it told of the month's days.
fn sum(charter: &Charter, series: &Key, figures: &[(&Key, &Figure)]) -> Option<Sum> {
    let indicator = charter.indicator(&series.indicator)?;
    let place = charter.place(&series.place)?;
    if indicator.counts == Counts::Share {
        return None;
    }
    let told: BTreeSet<(&AgencyId, Period, Day)> = figures
        .iter()
        .map(|(key, _)| (&key.agency, key.period, key.day))
        .collect();
    let is_part = |key: &Key| {
        let in_month = (&key.agency, Period::Month, key.day.first_of_month());
        let in_day = (&key.agency, Period::Day, key.day);
        (key.period != Period::Month && told.contains(&in_month))
            || (key.period == Period::Window && told.contains(&in_day))
    };
    let sum = [Period::Month, Period::Day, Period::Window]
        .into_iter()
        .map(|period| {
            let told = figures
                .iter()
                .filter(|(key, _)| key.period == period && !is_part(key))
                .map(|(_, figure)| Told {
                    period,
                    place,
                    value: figure.value,
                });
            Sum::of(charter, indicator, period, told)
        })
        .reduce(Sum::and)?;
    // A sum without some of what stands beside it would be taken for more than it is.
    (sum.figures() > 0 && sum.left_out() == 0).then_some(sum)
}

fn single(charter: &Charter, key: &Key, figure: &Figure) -> Option<Sum> {
    let told = Told {
        period: key.period,
        place: charter.place(&key.place)?,
        value: figure.value,
    };
    let indicator = charter.indicator(&key.indicator)?;
    Some(Sum::of(charter, indicator, key.period, [told]))
}

fn parts_of<'a>(
    charter: &'a Charter,
    total: &'a IndicatorId,
) -> impl Iterator<Item = &'a Indicator> {
    charter
        .indicators()
        .filter(move |it| it.part_of.as_ref() == Some(total))
}

/// Leaves out a total's sum where it gives a part away beside the parts' sums: a total that was told more often than its parts says
/// what they were when they were not told.
fn drop_telling_sums(charter: &Charter, series: &mut [Series]) {
    let telling: Vec<bool> = series
        .iter()
        .map(|total| {
            let parts: Vec<Sum> = series
                .iter()
                .filter(|it| {
                    let indicator = charter.indicator(&it.indicator);
                    it.place == total.place
                        && indicator.is_some_and(|it| it.part_of.as_ref() == Some(&total.indicator))
                })
                .filter_map(|it| it.sum)
                .collect();
            total.sum.is_some_and(|sum| sum.gives_away(&parts))
        })
        .collect();
    for (it, telling) in series.iter_mut().zip(telling) {
        if telling {
            it.sum = None;
        }
    }
}
