use std::sync::LazyLock;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::id::AgencyId;
use crate::testing::{agency, krefeld};
use crate::time::day_number;

static KREFELD: LazyLock<Charter> = LazyLock::new(krefeld);

/// An update with its own data.
#[derive(Debug, Clone)]
struct Update {
    agency: AgencyId,
    category: CategoryId,
    place: PlaceId,
    day: Day,
    window: Option<WindowId>,
    trend: Trend,
    exercise: bool,
    generalised: bool,
}

impl Update {
    /// Of the municipal order service, on the theatre square in May.
    fn new() -> Self {
        Self {
            agency: agency("kod"),
            category: CategoryId::parse("konsumabfall").unwrap(),
            place: PlaceId::parse("theaterplatz").unwrap(),
            day: date(2026, 5, 12),
            window: Some(WindowId::parse("14-18").unwrap()),
            trend: Trend::Steady,
            exercise: false,
            generalised: false,
        }
    }

    fn at(place: &str) -> Self {
        Self {
            place: PlaceId::parse(place).unwrap(),
            ..Self::new()
        }
    }

    fn on(self, day: Day) -> Self {
        Self { day, ..self }
    }
}

/// The picture of May 2026 at the order service's node.
fn may(updates: &[Update]) -> Picture {
    at(&agency("kod"), updates)
}

fn at(own: &AgencyId, updates: &[Update]) -> Picture {
    on(date(2026, 6, 1), own, updates)
}

/// The same, drawn on a day.
fn on(today: Day, own: &AgencyId, updates: &[Update]) -> Picture {
    let mut words = Numbering::default();
    let told: Vec<PictureUpdate> = updates
        .iter()
        .map(|it| PictureUpdate {
            own: it.agency == *own,
            category: words.categories.number(&it.category),
            place: words.places.number(&it.place),
            day: day_number(it.day),
            window: it.window.as_ref().map(|it| words.windows.number(it)),
            trend: it.trend,
            exercise: it.exercise,
            generalised: it.generalised,
        })
        .collect();
    let period = ReportPeriod::new(date(2026, 5, 1), date(2026, 5, 31)).unwrap();
    let mut drawing = Drawing::new(&KREFELD, &words, period, today);
    for update in &told {
        drawing.add(update);
    }
    drawing.picture()
}

#[test]
fn places_windows_categories_and_days_are_counted() {
    let before = Update::new().on(date(2026, 4, 20));
    let rising = Update {
        trend: Trend::Rising,
        window: None,
        ..Update::new().on(date(2026, 5, 31))
    };
    let elsewhere = Update {
        category: CategoryId::parse("laerm").unwrap(),
        trend: Trend::Unknown,
        ..Update::at("neumarkt").on(date(2026, 5, 1))
    };
    let picture = may(&[Update::new(), before, rising, elsewhere]);
    assert!(picture.compared);
    assert_eq!((picture.updates.now, picture.updates.before), (3, 1));

    let theatre = &picture.places[0];
    assert_eq!(theatre.count.id.as_str(), "theaterplatz");
    assert_eq!((theatre.count.now, theatre.count.before), (2, 1));
    let trends = Trends {
        rising: 1,
        steady: 1,
        ..Trends::default()
    };
    assert_eq!(theatre.trends, trends, "those of the period alone");
    assert_eq!(theatre.latest, Some(date(2026, 5, 31)));
    assert_eq!(picture.places[1].trends.unknown, 1);

    let windows: Vec<_> = picture
        .windows
        .iter()
        .map(|it| {
            let window = it.id.1.as_ref().map_or("", |it| it.as_str());
            (it.id.0.as_str(), window, it.now, it.before)
        })
        .collect();
    assert_eq!(
        windows,
        [
            ("theaterplatz", "", 1, 0),
            ("theaterplatz", "14-18", 1, 1),
            ("neumarkt", "14-18", 1, 0),
        ]
    );
    let cells: Vec<_> = picture
        .cells
        .iter()
        .map(|it| (it.id.0.as_str(), it.id.1.as_str(), it.now, it.before))
        .collect();
    assert!(cells.contains(&("konsumabfall", "theaterplatz", 2, 1)));
    assert!(cells.contains(&("laerm", "neumarkt", 1, 0)));

    assert_eq!(picture.days.len(), 31);
    let told: Vec<_> = picture
        .days
        .iter()
        .filter(|(_, count)| *count > 0)
        .collect();
    let expected = [
        (date(2026, 5, 1), 1),
        (date(2026, 5, 12), 1),
        (date(2026, 5, 31), 1),
    ];
    assert_eq!(told, expected.iter().collect::<Vec<_>>());
}

#[test]
fn exercises_are_counted_apart() {
    let drill = Update {
        exercise: true,
        ..Update::new()
    };
    let before = drill.clone().on(date(2026, 4, 20));
    let picture = may(&[drill, before]);
    assert_eq!(picture.exercises, 1);
    assert_eq!(picture.updates.now, 0);
    assert!(picture.places.is_empty() && picture.cells.is_empty() && picture.windows.is_empty());
    assert!(picture.days.iter().all(|(_, count)| *count == 0));
}

#[test]
fn what_stands_for_an_own_update_counts_only_where_that_is_not() {
    let generalised = Update {
        agency: agency("streetwork"),
        generalised: true,
        ..Update::at("vier-waelle")
    };
    let updates = [generalised];
    assert_eq!(at(&agency("streetwork"), &updates).updates.now, 0);
    assert_eq!(at(&agency("polizei"), &updates).updates.now, 1);
}

#[test]
fn what_fell_here_and_rose_there_is_told() {
    let mut updates = vec![Update::at("theaterplatz").on(date(2026, 4, 20)); 6];
    updates.extend(vec![Update::at("neumarkt"); 5]);
    let picture = may(&updates);
    let [found] = &picture.displacement[..] else {
        panic!("{:?}", picture.displacement);
    };
    assert_eq!(found.from.place.as_str(), "theaterplatz");
    assert_eq!(found.to[0].place.as_str(), "neumarkt");
}

#[test]
fn nothing_is_compared_with_what_may_be_erased() {
    let days = i64::from(KREFELD.retention().update_days);
    let late = date(2026, 5, 1).checked_add(jiff::Span::new().days(days - 30));
    let update = Update::new().on(date(2026, 4, 20));
    let picture = on(late.unwrap(), &agency("kod"), &[update]);
    assert!(!picture.compared);
    assert_eq!(picture.updates.before, 0);
}

#[test]
fn what_the_charter_does_not_know_comes_last() {
    let picture = may(&[
        Update::at("zz-unknown"),
        Update::at("aa-unknown"),
        Update::new(),
    ]);
    let places: Vec<_> = picture
        .places
        .iter()
        .map(|it| it.count.id.as_str())
        .collect();
    assert_eq!(places, ["theaterplatz", "aa-unknown", "zz-unknown"]);
}

fn update() -> impl Strategy<Value = Update> {
    let places = prop::sample::select(vec!["theaterplatz", "neumarkt", "ostwall", "unknown"]);
    let windows = prop::option::of(prop::sample::select(vec!["14-18", "18-22"]));
    let trends = prop::sample::select(Trend::ALL);
    let days = -40..40_i32;
    (places, windows, trends, days, any::<bool>()).prop_map(
        |(place, window, trend, days, exercise)| Update {
            window: window.map(|it| WindowId::parse(it).unwrap()),
            trend,
            exercise,
            ..Update::at(place).on(day_from_number(day_number(date(2026, 5, 1)) + days).unwrap())
        },
    )
}

proptest! {
    #[test]
    fn order_is_no_matter_and_everything_adds_up(
        updates in prop::collection::vec(update(), 0..60),
        seed in any::<u64>(),
    ) {
        let picture = may(&updates);
        let mut other = updates.clone();
        other.sort_by_key(|it| (day_number(it.day) as u64).wrapping_mul(seed | 1));
        prop_assert_eq!(&picture, &may(&other));

        let now = |counts: &mut dyn Iterator<Item = u32>| counts.sum::<u32>();
        let total = picture.updates.now;
        prop_assert_eq!(now(&mut picture.places.iter().map(|it| it.count.now)), total);
        prop_assert_eq!(now(&mut picture.windows.iter().map(|it| it.now)), total);
        prop_assert_eq!(now(&mut picture.cells.iter().map(|it| it.now)), total);
        prop_assert_eq!(now(&mut picture.days.iter().map(|it| it.1)), total);
        prop_assert_eq!(
            now(&mut picture.places.iter().map(|it| {
                let Trends { rising, steady, falling, unknown } = it.trends;
                rising + steady + falling + unknown
            })),
            total
        );
    }
}

#[test]
fn a_period_of_which_updates_may_be_erased_is_told_from_a_quiet_one() {
    // The first of May and ninety days.
    for (today, complete) in [(date(2026, 7, 30), true), (date(2026, 7, 31), false)] {
        assert_eq!(on(today, &agency("kod"), &[]).complete, complete);
    }
}
