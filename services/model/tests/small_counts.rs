//! Attacks on small counts by subtraction: a total less its parts, a month less its days, a zone less its squares, a correction
//! less what it corrects, a share of a known base. `docs/guard.md` states the rule that they are tried against.
//!
//! The attacker knows the charter and the rules, sees all that was told, and computes which counts are possible still. He has
//! won when fewer than three are left for a count below five. Thousands of cases are tried, the same in each run.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::collections::BTreeSet;

use verbund_model::{
    AgencyId, Charter, Draft, EntryKeyText, Handling, MemberKeys, Period, Reading, ReadingDraft,
    SourceKind, Trend, UnixMillis, Urgency, Value, ValueDraft, Violation,
};

const VOCABULARY: &str = include_str!("../../../deploy/charter/krefeld.toml");

/// So many counts must remain possible for a small one.
const POSSIBLE: usize = 3;
/// Counts below it point at persons.
const SMALL: u32 = 5;

const SQUARE: &str = "theaterplatz";
const FACILITY: &str = "dhz-schwertstrasse";

struct Federation(Charter);

impl Federation {
    fn new() -> Self {
        let agencies = Charter::vocabulary_agencies(VOCABULARY).unwrap();
        let members = agencies
            .into_iter()
            .enumerate()
            .map(|(at, agency)| MemberKeys {
                endpoint: format!("{agency}.example:7443"),
                tls_roots_pem: format!(
                    "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                    "QUJD".repeat(1 + at)
                ),
                entry_keys: vec![EntryKeyText::from_bytes(&[at as u8; 32])],
                agency,
            });
        let text = Charter::compose(
            VOCABULARY,
            members.collect(),
            1,
            None,
            jiff::civil::date(2028, 12, 31),
        )
        .unwrap();
        Self(Charter::parse(text.as_bytes()).unwrap())
    }

    /// What a node would store of these figures.
    fn publish(
        &self,
        place: &str,
        figures: &[(&str, Period, ValueDraft)],
    ) -> Result<Vec<Value>, Vec<Violation>> {
        let readings = figures
            .iter()
            .map(|(indicator, period, value)| ReadingDraft {
                indicator: (*indicator).to_owned(),
                period: Some(*period),
                value: *value,
            });
        let draft = Draft {
            category: "angebot".into(),
            place: place.into(),
            day: "2026-05-12".into(),
            trend: Some(Trend::Steady),
            source: Some(SourceKind::OwnObservation),
            measure: "m1".into(),
            urgency: Some(Urgency::Soon),
            handling: Some(Handling::Amber),
            readings: readings.collect(),
            ..Draft::default()
        };
        // 2026-05-12, three in the afternoon in Krefeld.
        let now = UnixMillis(1_778_590_800_000);
        let checked = draft.check(&self.0, &AgencyId::parse("kod").unwrap(), now)?;
        Ok(checked
            .observation
            .readings
            .iter()
            .map(|it: &Reading| it.value)
            .collect())
    }

    fn told(&self, place: &str, indicator: &str, period: Period, count: u32) -> Value {
        self.publish(place, &[(indicator, period, ValueDraft::Count(count))])
            .unwrap()[0]
    }
}

/// Which counts are told as which value at a place: the attacker's table.
struct Table(Vec<Value>);

impl Table {
    const HIGHEST: u32 = 600;

    fn of(federation: &Federation, place: &str, indicator: &str, period: Period) -> Self {
        Self(
            (0..=Self::HIGHEST)
                .map(|count| federation.told(place, indicator, period, count))
                .collect(),
        )
    }

    fn told(&self, count: u32) -> Value {
        self.0[count as usize]
    }

    /// Lowest and highest count that are told as this value.
    fn span(&self, value: Value) -> (u32, u32) {
        let first = self.0.iter().position(|it| *it == value).unwrap();
        let last = self.0.iter().rposition(|it| *it == value).unwrap();
        (first as u32, last as u32)
    }
}

/// The counts of the first part that fit with the spans of the others and of the sum.
fn possible(part: (u32, u32), others: &[(u32, u32)], total: (u32, u32)) -> Vec<u32> {
    let lowest: u32 = others.iter().map(|it| it.0).sum();
    let highest: u32 = others.iter().map(|it| it.1).sum();
    (part.0..=part.1)
        .filter(|it| it + highest >= total.0 && it + lowest <= total.1)
        .collect()
}

/// Numbers that look like chance and are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(end)) as u32
    }
}

#[test]
fn no_single_figure_tells_a_small_count() {
    let federation = Federation::new();
    for (place, indicator, period) in [
        (SQUARE, "platzverweise", Period::Day),
        (FACILITY, "cafe-pause-besuche", Period::Day),
    ] {
        let table = Table::of(&federation, place, indicator, period);
        for count in 1..SMALL {
            let (lowest, highest) = table.span(table.told(count));
            assert!(
                (highest - lowest + 1) as usize >= POSSIBLE,
                "{place}: {count} is told as one of {lowest} to {highest}"
            );
        }
    }
}

#[test]
fn a_facility_never_tells_none_from_few() {
    let federation = Federation::new();
    let table = Table::of(&federation, FACILITY, "cafe-pause-besuche", Period::Day);
    for count in 1..SMALL {
        assert_eq!(table.told(0), table.told(count));
    }
}

#[test]
fn a_correction_less_what_it_corrects_tells_no_small_difference() {
    let federation = Federation::new();
    let mut attacks = 0;
    for (place, indicator) in [(SQUARE, "platzverweise"), (FACILITY, "cafe-pause-besuche")] {
        let table = Table::of(&federation, place, indicator, Period::Day);
        for first in 1..200 {
            for later in first + 1..first + SMALL {
                let (a, b) = (table.span(table.told(first)), table.span(table.told(later)));
                // How many came to be counted besides: all differences between the two spans that are not negative.
                let differences: BTreeSet<u32> = (a.0..=a.1.min(300))
                    .flat_map(|x| (b.0..=b.1.min(300)).filter_map(move |y| y.checked_sub(x)))
                    .collect();
                assert!(
                    differences.len() >= POSSIBLE,
                    "{place}: {first} corrected to {later} leaves {differences:?}"
                );
                attacks += 1;
            }
        }
    }
    assert!(attacks >= 1_500, "{attacks}");
}

#[test]
fn a_total_less_its_other_part_tells_no_small_part_or_is_refused() {
    let federation = Federation::new();
    let table = Table::of(&federation, FACILITY, "dkr-konsumvorgaenge", Period::Month);
    let (mut attacks, mut refused) = (0, 0);
    for small in 1..SMALL {
        for other in 0..300 {
            let figures = [
                (
                    "dkr-konsumvorgaenge",
                    Period::Month,
                    ValueDraft::Count(small + other),
                ),
                (
                    "dkr-konsumvorgaenge-iv",
                    Period::Month,
                    ValueDraft::Count(small),
                ),
                (
                    "dkr-konsumvorgaenge-inhalativ",
                    Period::Month,
                    ValueDraft::Count(other),
                ),
            ];
            attacks += 1;
            let Ok(values) = federation.publish(FACILITY, &figures) else {
                refused += 1;
                continue;
            };
            let left = possible(
                table.span(values[1]),
                &[table.span(values[2])],
                table.span(values[0]),
            );
            assert!(
                left.contains(&small) && left.len() >= POSSIBLE,
                "{small} and {other}: {left:?} are left"
            );
        }
    }
    assert!(attacks >= 1_000, "{attacks}");
    assert!(
        refused < attacks / 4,
        "{refused} of {attacks} are refused: who can work with that?"
    );
}

#[test]
fn a_total_less_one_part_does_not_tell_the_part_that_is_held_back() {
    let federation = Federation::new();
    let table = Table::of(&federation, FACILITY, "dkr-konsumvorgaenge", Period::Month);
    for small in 1..SMALL {
        for other in 20..400 {
            let total = table.span(table.told(small + other));
            let part = table.span(table.told(other));
            let left: BTreeSet<u32> = (total.0..=total.1)
                .flat_map(|sum| (part.0..=part.1).filter_map(move |it| sum.checked_sub(it)))
                .collect();
            assert!(
                left.len() >= POSSIBLE,
                "{small} and {other}: {left:?} are left"
            );
        }
    }
}

#[test]
fn a_month_less_its_days_tells_no_day_of_a_facility() {
    let federation = Federation::new();
    let days = Table::of(&federation, FACILITY, "cafe-pause-besuche", Period::Day);
    let mut chance = Chance(4);
    let mut attacks = 0;
    for scenario in 0..400 {
        // Some centres are busy, some are not; one day is always small.
        let busy = [6, 15, 25, 60][scenario % 4];
        let mut counts: Vec<u32> = (0..30).map(|_| chance.below(busy)).collect();
        counts[0] = 1 + chance.below(4);
        let sum: u32 = counts.iter().sum();
        let month = federation.told(FACILITY, "cafe-pause-besuche", Period::Month, sum);
        let month = match month {
            Value::Rounded(told) => (told - 2, told + 2),
            _ => days.span(month),
        };
        let spans: Vec<(u32, u32)> = counts.iter().map(|it| days.span(days.told(*it))).collect();
        let left = possible(spans[0], &spans[1..], month);
        assert!(
            left.contains(&counts[0]) && left.len() >= POSSIBLE,
            "scenario {scenario}: {counts:?}: {left:?} are left"
        );
        attacks += 1;
    }
    assert!(attacks >= 300);
}

#[test]
fn a_week_less_six_of_its_days_tells_no_seventh() {
    let federation = Federation::new();
    let mut chance = Chance(7);
    let mut attacks = 0;
    for (place, indicator) in [(SQUARE, "platzverweise"), (FACILITY, "cafe-pause-besuche")] {
        let table = Table::of(&federation, place, indicator, Period::Day);
        for scenario in 0..500 {
            let busy = [4, 9, 14, 30, 70][scenario % 5];
            let mut counts: Vec<u32> = (0..7).map(|_| chance.below(busy)).collect();
            counts[6] = 1 + chance.below(4);
            let sum: u32 = counts.iter().sum();
            if sum < SMALL {
                // A small sum of small parts is the known limit below.
                continue;
            }
            attacks += 1;
            // No week is told by the charter; somebody who adds up a month's figures may have one all the same.
            let week = table.span(table.told(sum));
            let spans: Vec<(u32, u32)> = counts
                .iter()
                .map(|it| table.span(table.told(*it)))
                .collect();
            let left = possible(spans[6], &spans[..6], week);
            assert!(
                left.contains(&counts[6]) && left.len() >= POSSIBLE,
                "{place}, scenario {scenario}: {counts:?}: {left:?} are left"
            );
        }
    }
    assert!(attacks >= 800, "{attacks}");
}

#[test]
fn a_zone_less_its_squares_tells_no_square() {
    let federation = Federation::new();
    let squares = Table::of(&federation, SQUARE, "platzverweise", Period::Day);
    let zone = Table::of(&federation, "vier-waelle", "platzverweise", Period::Day);
    let mut chance = Chance(9);
    for scenario in 0..500 {
        let mut counts: Vec<u32> = (0..2 + chance.below(6)).map(|_| chance.below(25)).collect();
        counts[0] = 1 + chance.below(4);
        let total = zone.span(zone.told(counts.iter().sum()));
        let spans: Vec<(u32, u32)> = counts
            .iter()
            .map(|it| squares.span(squares.told(*it)))
            .collect();
        // The squares may be all there is of the zone.
        let left = possible(spans[0], &spans[1..], total);
        assert!(
            left.contains(&counts[0]) && left.len() >= POSSIBLE,
            "scenario {scenario}: {counts:?}: {left:?} are left"
        );
    }
}

/// The known limits, so that nobody writes that there are none. Both are of public places, where a total and its parts are all
/// told in bands by updates of different days: `docs/guard.md` says what a charter does about it.
#[test]
fn a_small_total_of_small_parts_tells_them() {
    let federation = Federation::new();
    let table = Table::of(&federation, SQUARE, "platzverweise", Period::Day);
    for (counts, left_over) in [
        // Four parts of which each is at least one and which are four at most.
        (vec![1, 1, 1, 1], vec![1]),
        (vec![2, 1, 1], vec![1, 2]),
        // All others lie at the very top of their bands, and the total in the next one.
        (vec![4, 9, 9, 9, 19], vec![4]),
    ] {
        let spans: Vec<(u32, u32)> = counts
            .iter()
            .map(|it| table.span(table.told(*it)))
            .collect();
        let total = table.span(table.told(counts.iter().sum()));
        assert_eq!(
            possible(spans[0], &spans[1..], total),
            left_over,
            "{counts:?}"
        );
    }
}

#[test]
fn a_share_of_a_known_base_tells_no_small_part() {
    let federation = Federation::new();
    let share = |percent, base| {
        federation.publish(
            SQUARE,
            &[(
                "ortsansaessig-anteil",
                Period::Month,
                ValueDraft::Share { percent, base },
            )],
        )
    };
    let mut attacks = 0;
    for base in 50..=200_u32 {
        for small in 1..SMALL {
            for part in [small, base - small] {
                let percent = |part: u32| (part * 100 + base / 2) / base;
                let told = share(percent(part), base).unwrap()[0];
                let left = (0..=base)
                    .filter(|it| share(percent(*it), base).unwrap()[0] == told)
                    .count();
                assert!(left >= POSSIBLE, "{part} of {base}: {left} are left");
                attacks += 1;
            }
        }
    }
    assert!(attacks >= 1_000, "{attacks}");
}

#[test]
fn a_share_of_few_is_not_told() {
    let federation = Federation::new();
    for base in 0..50 {
        let figure = (
            "ortsansaessig-anteil",
            Period::Month,
            ValueDraft::Share { percent: 50, base },
        );
        assert!(federation.publish(SQUARE, &[figure]).is_err(), "{base}");
    }
}

/// The figures that the press and the centre's own reports have (`figures.csv` of the concept) can be told.
#[test]
fn the_centres_true_monthly_figures_can_be_published() {
    let federation = Federation::new();
    let month =
        |indicator: &'static str, count| (indicator, Period::Month, ValueDraft::Count(count));
    for (figures, told) in [
        (
            vec![month("dkr-konsumvorgaenge", 1332)],
            vec![Value::Rounded(1330)],
        ),
        (vec![month("nutzende", 136)], vec![Value::Rounded(135)]),
        (vec![month("beratungen", 870)], vec![Value::Rounded(870)]),
        (vec![month("vermittlungen", 77)], vec![Value::Rounded(75)]),
        (
            vec![
                month("dkr-konsumvorgaenge", 929),
                month("dkr-konsumvorgaenge-iv", 166),
                month("dkr-konsumvorgaenge-inhalativ", 763),
            ],
            vec![
                Value::Rounded(930),
                Value::Rounded(165),
                Value::Rounded(765),
            ],
        ),
    ] {
        assert_eq!(federation.publish(FACILITY, &figures).unwrap(), told);
    }
}
