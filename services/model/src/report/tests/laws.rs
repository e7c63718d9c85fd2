//! What holds for any updates at all.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::reading::{ReadingDraft, Sum, Told, ValueDraft};
use crate::situation::Draft;

const AGENCIES: [&str; 4] = ["kod", "quartiersbuero", "streetwork", "dhz"];
const PLACES: [&str; 5] = [
    "theaterplatz",
    "albrechtplatz",
    "neumarkt",
    "vier-waelle",
    "dhz-schwertstrasse",
];
const INDICATORS: [(&str, Period); 5] = [
    ("platzverweise", Period::Day),
    ("cafe-pause-besuche", Period::Day),
    ("dkr-konsumvorgaenge", Period::Month),
    ("spritzenfunde", Period::Window),
    ("spritzenfunde", Period::Month),
];

/// A figure as its sender would tell it, or none where it would not.
fn told(charter: &Charter, place: &str, indicator: (&str, Period), count: u32) -> Option<Reading> {
    let draft = ReadingDraft {
        indicator: indicator.0.to_owned(),
        period: Some(indicator.1),
        value: ValueDraft::Count(count),
    };
    let place = charter.place(&PlaceId::parse(place).unwrap());
    let mut violations = Vec::new();
    draft
        .check("reading", charter, place, true, &mut violations)
        .filter(|_| violations.is_empty())
}

fn update() -> impl Strategy<Value = Update> {
    let figure = prop::option::of((select(&INDICATORS[..]), 0..60u32));
    let flags = (prop::bool::weighted(0.1), prop::bool::weighted(0.9));
    (
        select(&AGENCIES[..]),
        select(&PLACES[..]),
        select(vec!["konsumabfall", "aufenthalt"]),
        0..61i8,
        select(&Handling::ALL[..]),
        flags,
        figure,
        any::<[u8; 32]>(),
    )
        .prop_map(
            |(by, place, category, day, handling, (drill, current), figure, version)| {
                let charter = &*KREFELD;
                let day = match day {
                    0..=29 => date(2026, 4, day + 1),
                    _ => date(2026, 5, day - 29),
                };
                let mut it = Update::new().by(by).at(place).of(category).on(day);
                it.observation.exercise = drill;
                let figure = figure.and_then(|(what, count)| told(charter, place, what, count));
                it.observation.readings.extend(figure);
                Update {
                    handling,
                    current,
                    version,
                    created_at: UnixMillis(i64::from(version[0] % 4)),
                    ..it
                }
            },
        )
}

pub(super) fn updates() -> impl Strategy<Value = Vec<Update>> {
    prop::collection::vec(update(), 0..60)
}

fn total<Id>(counts: &[Count<Id>]) -> (u32, u32) {
    let add = |sum: (u32, u32), it: &Count<Id>| (sum.0 + it.now, sum.1 + it.before);
    counts.iter().fold((0, 0), add)
}

proptest! {
    #[test]
    fn the_order_of_updates_does_not_matter(
        (updates, shuffled) in updates().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))
    ) {
        prop_assert_eq!(report(&updates), report(&shuffled));
    }

    #[test]
    fn every_table_adds_up_to_the_number_of_updates(updates in updates()) {
        let it = report(&updates);
        let all = (it.updates.now, it.updates.before);
        prop_assert_eq!(total(&it.by_category), all);
        prop_assert_eq!(total(&it.by_place), all);
        prop_assert_eq!(total(&it.by_measure), all);
        prop_assert_eq!(total(&it.by_window), all);
        prop_assert_eq!(total(&it.cells), all);
    }

    /// Who has the report has nothing of what is not for reports: with other content there, it is the same report.
    #[test]
    fn what_is_not_for_reports_leaves_no_trace_in_counts(updates in updates()) {
        let mut with = report(&updates);
        let for_reports = |it: &&Update| it.handling.allows(Use::Report);
        let kept: Vec<Update> = updates.iter().filter(for_reports).cloned().collect();
        let mut without = report(&kept);
        with.left_out = 0;
        // A figure that was replaced by one that is not for reports is gone; none is added or changed.
        let series = std::mem::take(&mut with.series);
        for it in &series {
            let same = without.series.iter().find(|at| at.indicator == it.indicator && at.place == it.place);
            let same = same.expect("no series comes of what is not for reports");
            prop_assert!(it.values.iter().all(|value| same.values.contains(value)));
        }
        without.series.clear();
        prop_assert_eq!(with, without);
    }

    /// The committee, police among its readers, learns of a protected origin no more than police are told.
    #[test]
    fn police_and_others_count_alike(updates in updates()) {
        let charter = &*KREFELD;
        let police: Vec<Update> = updates
            .iter()
            .map(|it| match it.agency.as_str() {
                "streetwork" | "dhz" => it.clone().generalised(charter),
                _ => it.clone(),
            })
            .collect();
        let mut others = report_at(charter, "kod", may(), &updates);
        let mut theirs = report_at(charter, "polizei", may(), &police);
        others.series.clear();
        theirs.series.clear();
        prop_assert_eq!(others, theirs);
    }

    /// Somebody who subtracts shown values from their sum finds no small one: the sum says what they say.
    #[test]
    fn sums_say_nothing_that_their_values_do_not_say(updates in updates()) {
        let charter = &*KREFELD;
        for series in report(&updates).series {
            let Some(sum) = series.sum else { continue };
            let indicator = charter.indicator(&series.indicator).unwrap();
            let place = charter.place(&series.place).unwrap();
            let singles: Vec<Sum> = series
                .values
                .iter()
                .map(|it| {
                    let told = Told { period: it.period, place, value: it.value };
                    Sum::of(charter, indicator, it.period, [told])
                })
                .collect();
            if indicator.counts == crate::charter::Counts::Things || series.only_in_sum > 0 {
                continue;
            }
            prop_assert!(!sum.gives_away(&singles));
            let again = singles.into_iter().reduce(Sum::and).unwrap();
            prop_assert_eq!((sum.lowest(), sum.highest()), (again.lowest(), again.highest()));
        }
    }

    /// Months of a total and its two parts, as a sender that keeps the rules tells them, and told anew at times: whoever adds and
    /// subtracts what the report shows does not find a part below five.
    #[test]
    fn no_part_below_five_is_found_by_subtraction(
        months in prop::collection::vec((0..40u32, 0..40u32, any::<bool>(), 0..4i64), 1..6)
    ) {
        let charter = &*KREFELD;
        let year = ReportPeriod::new(date(2026, 1, 1), date(2026, 5, 31)).unwrap();
        let names = ["dkr-konsumvorgaenge", "dkr-konsumvorgaenge-iv", "dkr-konsumvorgaenge-inhalativ"];
        let mut updates = Vec::new();
        for (at, (iv, inhaled, again, made)) in months.iter().enumerate() {
            let tell = |iv: u32, inhaled: u32, made: i64| {
                let reading = |name: &str, count| ReadingDraft {
                    indicator: name.to_owned(),
                    period: Some(Period::Month),
                    value: ValueDraft::Count(count),
                };
                let parts = [(names[0], iv + inhaled), (names[1], iv), (names[2], inhaled)];
                let draft = |parts: &[(&str, u32)]| Draft {
                    category: "angebot".to_owned(),
                    place: "dhz-schwertstrasse".to_owned(),
                    day: format!("2026-0{}-28", at + 1),
                    window: None,
                    readings: parts.iter().map(|it| reading(it.0, it.1)).collect(),
                    ..crate::testing::draft()
                };
                let check = |parts: &[(&str, u32)]| {
                    let now = crate::testing::at("2026-06-01T12:00");
                    draft(parts).check(charter, &agency("dhz"), now)
                };
                // All three where that is allowed, else the total alone.
                let checked = check(&parts).or_else(|_| check(&parts[..1])).ok()?;
                Some(Update {
                    observation: checked.observation,
                    ..Update::new().by("dhz").made(made)
                })
            };
            updates.extend(tell(*iv, *inhaled, *made));
            if *again {
                updates.extend(tell(*inhaled / 3, *iv, *made + 1));
            }
        }
        let found = report_at(charter, "dhz", year, &updates).series;
        let place = charter.place(&PlaceId::parse("dhz-schwertstrasse").unwrap()).unwrap();
        let of = |name: &str| {
            let mut all = found.iter();
            all.find(|it| it.indicator.as_str() == name)
        };
        let single = |name: &str, day: Day| {
            let it = of(name)?.values.iter().find(|it| it.day == day)?;
            let indicator = charter.indicator(&IndicatorId::parse(name).unwrap())?;
            let told = Told { period: it.period, place, value: it.value };
            Some(Sum::of(charter, indicator, it.period, [told]))
        };
        for month in 1..=5 {
            let day = date(2026, month, 1);
            let parts: Vec<Sum> = names[1..].iter().filter_map(|it| single(it, day)).collect();
            prop_assert!(parts.is_empty() || parts.len() == 2, "parts are told together");
            let total = single(names[0], day);
            prop_assert!(parts.is_empty() || total.is_some());
            prop_assert!(total.is_none_or(|total| !total.gives_away(&parts)));
        }
        let sums: Vec<Sum> = names[1..].iter().filter_map(|it| of(it)?.sum).collect();
        let total = of(names[0]).and_then(|it| it.sum);
        prop_assert!(total.is_none_or(|total| !total.gives_away(&sums)));
    }
}
