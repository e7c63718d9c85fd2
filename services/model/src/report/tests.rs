use std::sync::LazyLock;

use jiff::civil::date;

use super::*;
use crate::charter::Charter;
use crate::handling::Use;
use crate::id::{AgencyId, IndicatorId};
use crate::numbering::Numbering;
use crate::reading::{Band, Period, Reading, Value};
use crate::situation::{Observation, SourceKind, Trend, Urgency};
use crate::testing::{agency, krefeld, krefeld_with};
use crate::time::{UnixMillis, day_number};
use crate::violation::Reason;

mod figures;
mod laws;
mod reference;

static KREFELD: LazyLock<Charter> = LazyLock::new(krefeld);

/// May of 2026, on its last day but one.
fn may() -> ReportPeriod {
    ReportPeriod::new(date(2026, 5, 1), date(2026, 5, 31)).unwrap()
}

fn today() -> Day {
    date(2026, 6, 1)
}

/// An update with its own data, so that tests can make many.
#[derive(Debug, Clone)]
struct Update {
    agency: AgencyId,
    observation: Observation,
    handling: Handling,
    current: bool,
    created_at: UnixMillis,
    version: [u8; 32],
}

impl Update {
    /// Of the municipal order service, on the theatre square in May, green.
    fn new() -> Self {
        Self {
            agency: agency("kod"),
            observation: Observation {
                category: CategoryId::parse("konsumabfall").unwrap(),
                place: PlaceId::parse("theaterplatz").unwrap(),
                day: date(2026, 5, 12),
                window: Some(WindowId::parse("14-18").unwrap()),
                trend: Trend::Steady,
                source: Some(SourceKind::OwnObservation),
                measure: MeasureId::parse("m1").unwrap(),
                urgency: Urgency::Routine,
                exercise: false,
                generalised: false,
                readings: Vec::new(),
            },
            handling: Handling::Green,
            current: true,
            created_at: UnixMillis(1_000),
            version: [0; 32],
        }
    }

    fn by(mut self, id: &str) -> Self {
        self.agency = agency(id);
        self
    }

    fn at(mut self, place: &str) -> Self {
        self.observation.place = PlaceId::parse(place).unwrap();
        self
    }

    fn of(mut self, category: &str) -> Self {
        self.observation.category = CategoryId::parse(category).unwrap();
        self
    }

    fn on(mut self, day: Day) -> Self {
        self.observation.day = day;
        self
    }

    fn reading(mut self, indicator: &str, period: Period, value: Value) -> Self {
        self.observation.readings.push(Reading {
            indicator: IndicatorId::parse(indicator).unwrap(),
            period,
            value,
        });
        self
    }

    /// A version of its own, made at this time.
    fn made(mut self, at: i64) -> Self {
        self.created_at = UnixMillis(at);
        self.version = [at as u8; 32];
        self
    }

    /// What police and prosecutor get of it.
    fn generalised(mut self, charter: &Charter) -> Self {
        let place = charter.place(&self.observation.place).unwrap();
        self.observation.place = place.district.clone();
        self.observation.window = None;
        self.observation.source = None;
        self.observation.generalised = true;
        self.observation.readings.clear();
        self
    }

    fn numbers(&self, words: &mut Numbering) -> Numbers {
        let it = &self.observation;
        let update = ReportUpdate {
            agency: words.agencies.number(&self.agency),
            category: words.categories.number(&it.category),
            place: words.places.number(&it.place),
            measure: words.measures.number(&it.measure),
            window: it.window.as_ref().map(|it| words.windows.number(it)),
            day: day_number(it.day),
            handling: self.handling,
            current: self.current,
            exercise: it.exercise,
            generalised: it.generalised,
            figures: None,
        };
        Numbers {
            update,
            figures: words.figures(&it.readings, self.created_at, self.version),
        }
    }
}

/// An update in numbers, as a node keeps it.
#[derive(Debug)]
struct Numbers {
    update: ReportUpdate<'static>,
    figures: Option<ToldFigures>,
}

impl Numbers {
    fn told(&self) -> ReportUpdate<'_> {
        ReportUpdate {
            figures: self.figures.as_ref(),
            ..self.update
        }
    }
}

fn numbers(updates: &[Update]) -> (Numbering, Vec<Numbers>) {
    let mut words = Numbering::default();
    let updates = updates.iter().map(|it| it.numbers(&mut words)).collect();
    (words, updates)
}

fn report_at(charter: &Charter, own: &str, period: ReportPeriod, updates: &[Update]) -> Report {
    let (words, updates) = numbers(updates);
    let mut tally = Tally::new(charter, &words, &agency(own), period, today());
    for update in &updates {
        tally.add(&update.told()).unwrap();
    }
    tally.report()
}

fn report(updates: &[Update]) -> Report {
    report_at(&KREFELD, "kod", may(), updates)
}

fn ids<Id: ToString>(counts: &[Count<Id>]) -> Vec<(String, u32, u32)> {
    let row = |it: &Count<Id>| (it.id.to_string(), it.now, it.before);
    counts.iter().map(row).collect()
}

#[test]
fn updates_are_counted_by_what_where_why_and_when() {
    let mut all_day = Update::new().at("neumarkt").of("aufenthalt");
    all_day.observation.window = None;
    all_day.observation.measure = MeasureId::parse("m3").unwrap();
    let updates = [
        Update::new(),
        Update::new().on(date(2026, 4, 30)),
        all_day,
        Update::new().by("quartiersbuero"),
    ];
    let it = report(&updates);
    assert_eq!((it.updates.now, it.updates.before, it.left_out), (3, 1, 0));
    let rows = |rows: &[(&str, u32, u32)]| -> Vec<(String, u32, u32)> {
        rows.iter()
            .map(|it| (it.0.to_owned(), it.1, it.2))
            .collect()
    };
    // In the charter's order, not in that of the alphabet or of the updates.
    assert_eq!(
        ids(&it.by_category),
        rows(&[("aufenthalt", 1, 0), ("konsumabfall", 2, 1)])
    );
    assert_eq!(
        ids(&it.by_place),
        rows(&[("theaterplatz", 2, 1), ("neumarkt", 1, 0)])
    );
    assert_eq!(ids(&it.by_measure), rows(&[("m1", 2, 1), ("m3", 1, 0)]));
    let windows: Vec<_> = it
        .by_window
        .iter()
        .map(|it| (it.id.as_ref().map(WindowId::as_str), it.now, it.before))
        .collect();
    assert_eq!(windows, [(None, 1, 0), (Some("14-18"), 2, 1)]);
    assert_eq!(it.cells.len(), 2);
    assert!(it.complete);
}

#[test]
fn what_its_handling_keeps_out_is_counted_as_left_out_and_as_nothing_else() {
    for handling in Handling::ALL {
        let told = Update::new().reading("spritzenfunde", Period::Day, Value::Exact(12));
        let it = report(&[Update { handling, ..told }]);
        let allowed = handling.allows(Use::Report);
        assert_eq!(it.updates.now, u32::from(allowed), "{handling}");
        assert_eq!(it.left_out, u32::from(!allowed), "{handling}");
        assert_eq!(it.by_place.len(), usize::from(allowed), "{handling}");
        assert_eq!(it.series.len(), usize::from(allowed), "{handling}");
    }
}

#[test]
fn drills_and_what_was_taken_back_count_for_nothing() {
    let nothing = report(&[]);
    let figure = || Update::new().reading("spritzenfunde", Period::Day, Value::Exact(12));
    let mut drill = figure();
    drill.observation.exercise = true;
    assert_eq!(report(&[drill.clone()]), nothing);
    drill.handling = Handling::Amber;
    assert_eq!(report(&[drill]), nothing);
    for handling in [Handling::Green, Handling::Amber] {
        let withdrawn = Update {
            current: false,
            handling,
            ..figure()
        };
        assert_eq!(report(&[withdrawn]), nothing);
    }
}

#[test]
fn days_outside_count_for_nothing() {
    let outside = [date(2026, 6, 1), date(2026, 3, 30), date(2025, 5, 12)];
    assert_eq!(
        report(&outside.map(|day| Update::new().on(day))),
        report(&[])
    );
    // As many days before as in the period.
    let it = report(&[Update::new().on(date(2026, 3, 31))]);
    assert_eq!((it.updates.now, it.updates.before), (0, 1));
}

#[test]
fn a_protected_origins_update_is_counted_as_police_get_it() {
    let charter = krefeld();
    let full = Update::new().by("streetwork").at("albrechtplatz");
    let told = full.clone().generalised(&charter);
    // Its own node has both, others the full one, police the generalised one.
    let own = report_at(&charter, "streetwork", may(), &[full.clone(), told.clone()]);
    let other = report_at(&charter, "kod", may(), std::slice::from_ref(&full));
    let police = report_at(&charter, "polizei", may(), std::slice::from_ref(&told));
    assert_eq!(own, other);
    assert_eq!(other, police);
    assert_eq!(
        ids(&other.by_place),
        [("kronprinzenviertel".to_owned(), 1, 0)]
    );
    assert_eq!(other.by_window[0].id, None);
}

#[test]
fn a_generalised_update_that_does_not_belong_here_is_not_counted_twice() {
    let charter = krefeld();
    let told = Update::new().by("streetwork").generalised(&charter);
    assert_eq!(report_at(&charter, "kod", may(), &[told]).updates.now, 0);
}

#[test]
fn a_protected_origins_day_is_not_in_the_report_before_police_may_have_it() {
    let charter = krefeld();
    let period = ReportPeriod::new(date(2026, 5, 20), today()).unwrap();
    for (by, counted) in [("streetwork", 0), ("kod", 1)] {
        let update = Update::new().by(by).on(today());
        let it = report_at(&charter, "kod", period, &[update]);
        assert_eq!(it.updates.now, counted, "{by}");
    }
}

#[test]
fn an_agency_that_has_left_is_counted_as_a_protected_one() {
    let it = report(&[Update::new().by("gone")]);
    assert_eq!(ids(&it.by_place), [("vier-waelle".to_owned(), 1, 0)]);
}

#[test]
fn what_the_charter_does_not_know_any_more_comes_last() {
    let updates = [
        Update::new().at("abgeschafft").of("aaa"),
        Update::new().at("zzz"),
        Update::new(),
    ];
    let places: Vec<String> = report(&updates)
        .by_place
        .iter()
        .map(|it| it.id.to_string())
        .collect();
    assert_eq!(places, ["theaterplatz", "abgeschafft", "zzz"]);
}

/// What fell and rose, as counts before and now for each place, in one category.
fn displaced(places: &[(&str, usize, usize)]) -> Vec<Displacement> {
    let mut updates = Vec::new();
    for (place, before, now) in places {
        let at = |day| Update::new().at(place).on(day);
        updates.extend(std::iter::repeat_n(at(date(2026, 4, 15)), *before));
        updates.extend(std::iter::repeat_n(at(date(2026, 5, 15)), *now));
    }
    report(&updates).displacement
}

#[test]
fn displacement_is_a_fall_beside_a_rise() {
    let found = displaced(&[
        ("theaterplatz", 12, 5),
        ("neumarkt", 1, 6),
        ("ostwall", 3, 3),
    ]);
    let change = |place: &str, before, now| PlaceChange {
        place: PlaceId::parse(place).unwrap(),
        before,
        now,
    };
    assert_eq!(
        found,
        [Displacement {
            category: CategoryId::parse("konsumabfall").unwrap(),
            from: change("theaterplatz", 12, 5),
            to: vec![change("neumarkt", 1, 6)],
        }]
    );
}

#[test]
fn small_changes_are_none() {
    for (places, what) in [
        ([("theaterplatz", 2, 1), ("neumarkt", 0, 6)], "fell by one"),
        (
            [("theaterplatz", 11, 9), ("neumarkt", 0, 6)],
            "fell by less than a fifth",
        ),
        ([("theaterplatz", 12, 5), ("neumarkt", 0, 1)], "rose by one"),
        (
            [("theaterplatz", 12, 5), ("neumarkt", 11, 13)],
            "rose by less than a fifth",
        ),
        (
            [("theaterplatz", 12, 12), ("neumarkt", 0, 6)],
            "did not fall",
        ),
    ] {
        assert_eq!(displaced(&places), [], "{what}");
    }
    let edges = [("theaterplatz", 10, 8), ("neumarkt", 10, 12)];
    assert_eq!(displaced(&edges).len(), 1, "two and a fifth are enough");
}

#[test]
fn a_place_is_not_compared_with_its_district_nor_with_another_category() {
    assert_eq!(
        displaced(&[("theaterplatz", 12, 5), ("vier-waelle", 0, 6)]),
        []
    );
    assert_eq!(
        displaced(&[("theaterplatz", 12, 5), ("unbekannt", 0, 6)]),
        []
    );
    assert_eq!(
        displaced(&[("suedbezirk", 12, 5), ("vier-waelle", 0, 6)]).len(),
        1
    );
    let mut updates = vec![Update::new().on(date(2026, 4, 15)); 8];
    updates.extend(vec![Update::new().at("neumarkt").of("aufenthalt"); 8]);
    assert_eq!(report(&updates).displacement, []);
}

#[test]
fn the_largest_falls_come_first_and_the_same_district_before_others() {
    let found = displaced(&[
        ("neumarkt", 4, 1),
        ("ostwall", 9, 1),
        ("hauptbahnhof", 0, 9),
        ("theaterplatz", 0, 2),
        ("luisenplatz", 1, 4),
    ]);
    let falls: Vec<&str> = found.iter().map(|it| it.from.place.as_str()).collect();
    assert_eq!(falls, ["ostwall", "neumarkt"]);
    let rises: Vec<&str> = found[0].to.iter().map(|it| it.place.as_str()).collect();
    assert_eq!(rises, ["luisenplatz", "theaterplatz", "hauptbahnhof"]);
}

#[test]
fn nothing_is_compared_with_days_whose_updates_may_be_erased() {
    let charter = krefeld_with(&[("update = 90", "update = 40")]).unwrap();
    let before = vec![Update::new().on(date(2026, 4, 25)); 9];
    let now = vec![Update::new().at("neumarkt"); 9];
    let it = report_at(&charter, "kod", may(), &[before, now].concat());
    assert_eq!(it.compared, None);
    assert_eq!((it.updates.now, it.updates.before), (9, 0));
    assert_eq!(it.displacement, []);
    assert!(it.complete);
    let kod = agency("kod");
    let wanted = Tally::new(&charter, &Numbering::default(), &kod, may(), today()).wanted();
    assert_eq!(wanted, (date(2026, 5, 1), date(2026, 5, 31)));
    // 62 days are needed: May and as many days before.
    for (kept, compared) in [("61", false), ("62", true)] {
        let update = format!("update = {kept}");
        let charter = krefeld_with(&[("update = 90", &update)]).unwrap();
        let it = report_at(&charter, "kod", may(), &[]);
        assert_eq!(it.compared.is_some(), compared, "{kept}");
    }
    let charter = krefeld_with(&[("update = 90", "update = 30")]).unwrap();
    assert!(!report_at(&charter, "kod", may(), &[]).complete);
}

#[test]
fn tasks_are_told_as_they_stand_and_decisions_as_they_were_taken() {
    let task = |measure: &str, status, opened| TaskFact {
        measure: MeasureId::parse(measure).unwrap(),
        status,
        overdue: true,
        opened,
        handling: Handling::Green,
    };
    let (april, june) = (date(2026, 4, 2), date(2026, 6, 1));
    let tasks = [
        task("m3", TaskStatus::Accepted, may().from()),
        task("m1", TaskStatus::Done, may().to()),
        task("m1", TaskStatus::Verified, april),
        task("m1", TaskStatus::Declined, april),
        task("m1", TaskStatus::Withdrawn, april),
        task("m1", TaskStatus::Assigned, june),
        TaskFact {
            handling: Handling::Amber,
            ..task("m2", TaskStatus::Assigned, april)
        },
    ];
    let decision = |measure: Option<&str>, day| DecisionFact {
        measure: measure.map(|it| MeasureId::parse(it).unwrap()),
        day,
    };
    let decisions = [
        decision(Some("m1"), may().to()),
        decision(None, may().from()),
        decision(Some("m1"), april),
        decision(Some("m1"), june),
    ];
    let (charter, own) = (krefeld(), agency("kod"));
    let it = Tally::new(&charter, &Numbering::default(), &own, may(), today())
        .report()
        .with(&charter, &tasks, &decisions);
    let counts = |it: &TaskCount| {
        (
            it.measure.to_string(),
            [it.opened, it.open, it.overdue, it.done, it.declined],
        )
    };
    assert_eq!(
        it.tasks.iter().map(counts).collect::<Vec<_>>(),
        [
            ("m1".to_owned(), [1, 0, 0, 2, 1]),
            ("m3".to_owned(), [1, 1, 1, 0, 0]),
        ]
    );
    let decisions: Vec<_> = it
        .decisions
        .iter()
        .map(|it| (it.id.as_ref().map(MeasureId::as_str), it.now, it.before))
        .collect();
    assert_eq!(decisions, [(Some("m1"), 1, 1), (None, 1, 0)]);
}

#[test]
fn a_period_has_an_end_after_its_beginning_and_a_year_at_most() {
    let new = |from, to| ReportPeriod::new(from, to).map_err(|it| (it.field, it.reason));
    let day = date(2026, 5, 12);
    assert_eq!(new(day, day).unwrap().days(), 1);
    assert_eq!(
        new(date(2024, 1, 1), date(2024, 12, 31)).unwrap().days(),
        366
    );
    let wrong = |field: &str, reason| Err((field.to_owned(), reason));
    let range = || wrong("to_day", Reason::InvalidRange);
    assert_eq!(new(day, date(2026, 5, 11)), range());
    assert_eq!(new(date(2024, 1, 1), date(2025, 1, 1)), range());
    let no_day = |field| wrong(field, Reason::InvalidDay);
    assert_eq!(new(Day::MIN, day), no_day("from_day"));
    assert_eq!(new(day, Day::MAX), no_day("to_day"));
    let first = ReportPeriod::new(date(2000, 1, 1), date(2000, 1, 2)).unwrap();
    assert_eq!(first.before().from(), date(1999, 12, 30));
    assert_eq!(first.before().to(), date(1999, 12, 31));
}
