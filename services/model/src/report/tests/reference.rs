//! The report as it was counted before updates were numbers: straight from their words, one map for each table. Whatever updates there
//! are, both come to the same.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::laws::updates;
use super::*;
use crate::report::displacement;
use crate::report::series::{All, Figure, Key, series};
use crate::report::tally::is_protected;

/// In the charter's order; what it does not know comes last, in the order of ids.
fn ordered<Id: Ord, At: Ord>(
    counts: BTreeMap<Id, (u32, u32)>,
    at: impl Fn(&Id) -> Option<At>,
) -> Vec<Count<Id>> {
    let counts = counts.into_iter();
    let count = |(id, (now, before))| Count { id, now, before };
    let mut counts: Vec<Count<Id>> = counts.map(count).collect();
    counts.sort_by_cached_key(|it| {
        let at = at(&it.id);
        (at.is_none(), at)
    });
    counts
}

fn add<Id: Ord>(counts: &mut BTreeMap<Id, (u32, u32)>, id: Id, now: bool) {
    let count = counts.entry(id).or_default();
    count.0 += u32::from(now);
    count.1 += u32::from(!now);
}

/// The figures of these updates of the period, each as it was told last.
fn figures(charter: &Charter, period: ReportPeriod, updates: &[&Update]) -> All {
    let mut figures = All::new();
    let from = charter.retention().readings_from(day_number(today()));
    for update in updates {
        let it = &update.observation;
        for reading in &it.readings {
            let (first, last) = match reading.period {
                Period::Window | Period::Day => (it.day, it.day),
                Period::Month => (it.day.first_of_month(), it.day.last_of_month()),
            };
            if !period.contains(first) || !period.contains(last) || day_number(it.day) < from {
                continue;
            }
            let is_facility = charter.place(&it.place).is_some_and(|it| it.is_facility());
            let is_window = reading.period == Period::Window;
            let key = Key {
                indicator: reading.indicator.clone(),
                place: it.place.clone(),
                day: first,
                period: reading.period,
                window: it.window.clone().filter(|_| is_window),
                agency: update.agency.clone(),
            };
            let figure = Figure {
                told: (update.created_at, update.version),
                value: reading.value,
                reportable: update.handling.allows(Use::Report),
                hidden: is_protected(charter, &update.agency)
                    && reading.period != Period::Month
                    && !is_facility,
            };
            let latest = figures.entry(key).or_insert(figure);
            if latest.told < figure.told {
                *latest = figure;
            }
        }
    }
    figures
}

fn reference(charter: &Charter, own: &str, period: ReportPeriod, updates: &[Update]) -> Report {
    let own = agency(own);
    let compared = period.compared(charter, today());
    let is_now = |it: &&Update| period.contains(it.observation.day);
    let is_counted = |it: &&Update| {
        let observation = &it.observation;
        let is_before = compared.is_some_and(|at| at.contains(observation.day));
        let is_known = match observation.generalised {
            true => it.agency != own && charter.is_bound_to_prosecute(&own),
            false => !is_protected(charter, &it.agency) || observation.day < today(),
        };
        (is_now(it) || is_before) && it.current && !observation.exercise && is_known
    };
    let counted: Vec<&Update> = updates.iter().filter(is_counted).collect();
    let now: Vec<&Update> = counted.iter().copied().filter(is_now).collect();
    let (mut categories, mut places) = (BTreeMap::new(), BTreeMap::new());
    let (mut measures, mut windows) = (BTreeMap::new(), BTreeMap::new());
    let (mut cells, mut all) = (BTreeMap::new(), BTreeMap::new());
    let for_reports = counted.iter().filter(|it| it.handling.allows(Use::Report));
    for it in for_reports {
        let (observation, now) = (&it.observation, is_now(it));
        let (place, window) = match is_protected(charter, &it.agency) {
            false => (observation.place.clone(), observation.window.clone()),
            true => {
                let place = charter.place(&observation.place);
                let district = place.map_or(&observation.place, |it| &it.district);
                (district.clone(), None)
            }
        };
        let category = observation.category.clone();
        add(&mut all, (), now);
        add(&mut cells, (category.clone(), place.clone()), now);
        add(&mut categories, category, now);
        add(&mut places, place, now);
        add(&mut windows, window, now);
        add(&mut measures, observation.measure.clone(), now);
    }
    let category_at = |id: &CategoryId| charter.categories().position(|it| it.id == *id);
    let place_at = |id: &PlaceId| charter.places().position(|it| it.id == *id);
    let cells = ordered(cells, |(category, place)| {
        Some((category_at(category)?, place_at(place)?))
    });
    let left_out = now.iter().filter(|it| !it.handling.allows(Use::Report));
    let age = day_number(today()) - day_number(period.from());
    let is_kept = |days: u32| age <= i32::try_from(days).unwrap();
    Report {
        period,
        compared,
        complete: is_kept(charter.retention().update_days),
        figures_complete: is_kept(charter.retention().reading_days),
        updates: ordered(all, |()| Some(0)).pop().unwrap_or_default(),
        left_out: u32::try_from(left_out.count()).unwrap(),
        by_category: ordered(categories, category_at),
        by_place: ordered(places, place_at),
        by_measure: ordered(measures, |id| {
            charter.measures().position(|it| it.id == *id)
        }),
        by_window: ordered(windows, |id| match id {
            None => Some(0),
            Some(id) => {
                let at = charter.windows().iter().position(|it| it == id);
                at.map(|at| at + 1)
            }
        }),
        series: series(charter, period, figures(charter, period, &now)),
        displacement: compared.map_or_else(Vec::new, |_| displacement::find(charter, &cells)),
        cells,
        tasks: Vec::new(),
        decisions: Vec::new(),
    }
}

/// Some of them as police get them, and some with words that the charter does not have (any more).
fn odd(updates: Vec<Update>) -> Vec<Update> {
    let odd = |(at, it): (usize, Update)| match at % 7 {
        0 => it.generalised(&KREFELD),
        1 => it.by("ehemalige"),
        2 => it.at("abgerissen").by("streetwork"),
        3 => it.of("abgeschafft"),
        4 => it.on(today()),
        5 => {
            let mut it = it.reading("abgeschafft", Period::Day, Value::Exact(3));
            it.observation.window = WindowId::parse("22-06").ok().filter(|_| at % 2 == 0);
            it.observation.measure = MeasureId::parse("m9").unwrap();
            it
        }
        _ => it,
    };
    updates.into_iter().enumerate().map(odd).collect()
}

proptest! {
    #[test]
    fn counting_numbers_comes_to_what_counting_words_came_to(
        updates in updates(),
        own in proptest::sample::select(vec!["kod", "polizei", "streetwork"]),
        kept in proptest::sample::select(vec!["reading = 3650", "reading = 20"]),
    ) {
        let charter = krefeld_with(&[("reading = 3650", kept)]).unwrap();
        let june = ReportPeriod::new(date(2026, 5, 3), date(2026, 6, 1)).unwrap();
        let updates = odd(updates);
        for period in [may(), june] {
            let expected = reference(&charter, own, period, &updates);
            prop_assert_eq!(report_at(&charter, own, period, &updates), expected);
        }
    }
}
