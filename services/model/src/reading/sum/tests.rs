use proptest::prelude::*;

use super::*;
use crate::id::{IndicatorId, PlaceId};
use crate::reading::{ValueDraft, coarsen};
use crate::testing::{krefeld, krefeld_with};

const SQUARE: &str = "theaterplatz";
const FACILITY: &str = "dhz-schwertstrasse";

fn place<'a>(charter: &'a Charter, id: &str) -> &'a Place {
    charter.place(&PlaceId::parse(id).unwrap()).unwrap()
}

fn indicator<'a>(charter: &'a Charter, id: &str) -> &'a Indicator {
    charter.indicator(&IndicatorId::parse(id).unwrap()).unwrap()
}

/// What the counts come to when they are told of this place and added up again.
fn sum(charter: &Charter, id: &str, at: &str, counts: &[u32]) -> Sum {
    let (indicator, place) = (indicator(charter, id), place(charter, at));
    let period = indicator.periods[0];
    let told = counts.iter().map(|count| Told {
        period,
        place,
        value: coarsen(
            ValueDraft::Count(*count),
            indicator,
            place,
            charter.thresholds(),
        )
        .unwrap(),
    });
    Sum::of(charter, indicator, period, told)
}

#[test]
fn a_sum_is_told_as_what_it_can_be() {
    let charter = krefeld();
    let square = |counts: &[u32]| sum(&charter, "platzverweise", SQUARE, counts).to_string();
    let house = |counts: &[u32]| sum(&charter, "cafe-pause-besuche", FACILITY, counts).to_string();
    assert_eq!(square(&[]), "–");
    assert_eq!(square(&[0]), "0");
    assert_eq!(square(&[0, 0, 0]), "0");
    assert_eq!(square(&[3]), "<5");
    assert_eq!(square(&[0, 3, 0]), "<5");
    assert_eq!(square(&[3, 2]), "2–8");
    assert_eq!(square(&[9, 13]), "15–28");
    assert_eq!(square(&[120]), "100+");
    assert_eq!(square(&[120, 7]), "105+");
    assert_eq!(house(&[0]), "<5");
    assert_eq!(house(&[0, 4]), "0–8");
    assert_eq!(house(&[79, 38]), "116–124");
    assert_eq!(
        sum(&charter, "spritzenfunde", SQUARE, &[14, 3]).to_string(),
        "17"
    );
    assert_eq!(
        sum(&charter, "spritzenfunde", SQUARE, &[3]).to_string(),
        "3"
    );
}

#[test]
fn what_must_not_be_added_is_left_out_and_counted() {
    let charter = krefeld();
    let of = |id: &str, period, told: &[(Period, &str, Value)]| {
        let told = told.iter().map(|(period, at, value)| Told {
            period: *period,
            place: place(&charter, at),
            value: *value,
        });
        let sum = Sum::of(&charter, indicator(&charter, id), period, told);
        (sum.figures(), sum.left_out())
    };
    let few = Value::Band(Band::From5);
    let (day, month) = (Period::Day, Period::Month);
    // A month beside its days, and a quarter beside its squares, as an older charter may have had them.
    assert_eq!(
        of(
            "platzverweise",
            day,
            &[(day, SQUARE, few), (month, SQUARE, few)]
        ),
        (1, 1)
    );
    assert_eq!(
        of(
            "platzverweise",
            month,
            &[(day, SQUARE, few), (month, SQUARE, few)]
        ),
        (0, 2)
    );
    assert_eq!(
        of(
            "platzverweise",
            day,
            &[(day, SQUARE, few), (day, "vier-waelle", few)]
        ),
        (1, 1)
    );
    assert_eq!(
        of("obv-verstoesse-lagern", month, &[(month, SQUARE, few)]),
        (0, 1)
    );
    // Days beside their windows: needles would be counted twice.
    let needles = [
        (day, SQUARE, Value::Exact(9)),
        (Period::Window, SQUARE, Value::Exact(4)),
    ];
    assert_eq!(of("spritzenfunde", day, &needles), (1, 1));
    // What no honest sender makes, and what has no sum.
    assert_eq!(
        of("platzverweise", day, &[(day, SQUARE, Value::Exact(3))]),
        (0, 1)
    );
    assert_eq!(
        of(
            "cafe-pause-besuche",
            day,
            &[(day, FACILITY, Value::Rounded(21))]
        ),
        (0, 1)
    );
    assert_eq!(
        of(
            "ortsansaessig-anteil",
            month,
            &[(month, SQUARE, Value::SharePercent(40))]
        ),
        (0, 1)
    );
}

/// A total that was told by itself, beside figures that add up to it.
#[test]
fn a_total_that_narrows_a_small_part_gives_it_away() {
    let charter = krefeld();
    for (at, id, counts, away) in [
        // Four parts of which each is at least one, and which are four at most.
        (SQUARE, "platzverweise", &[1, 1, 1, 1][..], true),
        (SQUARE, "platzverweise", &[2, 1, 1], true),
        (SQUARE, "platzverweise", &[2, 2], false),
        // All others lie at the very top of their bands, and the total in the next one.
        (SQUARE, "platzverweise", &[4, 9, 9, 9, 19], true),
        (SQUARE, "platzverweise", &[3, 9, 9, 9, 19], false),
        // Twice about 25 and few are about 60: 27, 27 and 4.
        (FACILITY, "cafe-pause-besuche", &[4, 27, 27], true),
        (FACILITY, "cafe-pause-besuche", &[4, 26, 27], false),
        // Twice about 25 and few are about 45: 23, 23 and one at most.
        (FACILITY, "cafe-pause-besuche", &[1, 23, 23], true),
        (FACILITY, "cafe-pause-besuche", &[1, 25, 25], false),
        // Nothing small is in it.
        (SQUARE, "platzverweise", &[5, 9, 9, 19], false),
        (SQUARE, "spritzenfunde", &[1, 1, 1, 1], false),
        (SQUARE, "platzverweise", &[4, 120], false),
        (SQUARE, "platzverweise", &[0, 0], false),
    ] {
        let total = sum(&charter, id, at, &[counts.iter().sum()]);
        let parts: Vec<Sum> = counts
            .iter()
            .map(|it| sum(&charter, id, at, &[*it]))
            .collect();
        assert_eq!(total.gives_away(&parts), away, "{counts:?}");
    }
}

#[test]
fn parts_that_do_not_add_up_give_nothing_away() {
    let charter = krefeld();
    let of = |count| sum(&charter, "platzverweise", SQUARE, &[count]);
    assert!(!of(3).gives_away(&[of(3), of(30)]));
    assert!(!of(3).gives_away(&[]));
}

#[test]
fn sums_follow_the_thresholds_of_the_charter() {
    let charter = krefeld_with(&[
        ("facility_rounded_from = 20", "facility_rounded_from = 50"),
        ("rounding = 5", "rounding = 10"),
    ])
    .unwrap();
    let told = |counts: &[u32]| sum(&charter, "cafe-pause-besuche", FACILITY, counts).to_string();
    assert_eq!(told(&[38]), "20–49");
    assert_eq!(told(&[79]), "75–84");
}

fn counts() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(
        prop_oneof![0..5u32, 0..30u32, 0..2_000u32, Just(COUNT_MAX)],
        0..40,
    )
}

proptest! {
    /// The true sum is among what is told, and the width is that of the figures: nothing is rounded on the way.
    #[test]
    fn the_true_sum_is_always_possible(counts in counts(), facility in any::<bool>()) {
        let charter = krefeld();
        let (id, at) = match facility {
            true => ("cafe-pause-besuche", FACILITY),
            false => ("platzverweise", SQUARE),
        };
        let sum = sum(&charter, id, at, &counts);
        let truth: u64 = counts.iter().map(|it| u64::from(*it)).sum();
        prop_assert!(sum.lowest() <= truth);
        prop_assert!(sum.highest().is_none_or(|highest| truth <= highest));
        prop_assert_eq!(sum.figures() as usize, counts.len());
        prop_assert_eq!(sum.left_out(), 0);
    }

    /// No sum says more than "nobody anywhere" or three counts and more.
    #[test]
    fn no_sum_of_persons_is_a_single_count(counts in counts(), facility in any::<bool>()) {
        let charter = krefeld();
        let (id, at) = match facility {
            true => ("cafe-pause-besuche", FACILITY),
            false => ("platzverweise", SQUARE),
        };
        let sum = sum(&charter, id, at, &counts);
        let nobody = !facility && counts.iter().all(|count| *count == 0);
        let width = sum.highest().map(|highest| highest - sum.lowest() + 1);
        prop_assert!(nobody || counts.is_empty() || width.is_none_or(|width| width >= POSSIBLE));
    }

    /// Rows added up are the figures added up, in any order and grouping; and such a total gives none of them away.
    #[test]
    fn a_total_made_of_its_parts_gives_nothing_away(
        rows in prop::collection::vec(counts(), 1..12),
        facility in any::<bool>(),
    ) {
        let charter = krefeld();
        let (id, at) = match facility {
            true => ("cafe-pause-besuche", FACILITY),
            false => ("platzverweise", SQUARE),
        };
        let parts: Vec<Sum> = rows.iter().map(|row| sum(&charter, id, at, row)).collect();
        let total = parts.iter().copied().reduce(Sum::and).unwrap();
        let backwards = parts.iter().rev().copied().reduce(Sum::and).unwrap();
        prop_assert_eq!(total, backwards);
        prop_assert_eq!(total, sum(&charter, id, at, &rows.concat()));
        prop_assert!(!total.gives_away(&parts));
    }

    /// Somebody who tries every count of a part comes to what the formula says.
    #[test]
    fn giving_away_is_what_an_attacker_would_find(
        counts in prop::collection::vec(0..30u32, 1..6),
        off in 0..3u32,
        facility in any::<bool>(),
    ) {
        let charter = krefeld();
        let (id, at) = match facility {
            true => ("cafe-pause-besuche", FACILITY),
            false => ("platzverweise", SQUARE),
        };
        let total = sum(&charter, id, at, &[counts.iter().sum::<u32>() + off]);
        let parts: Vec<Sum> = counts.iter().map(|it| sum(&charter, id, at, &[*it])).collect();
        let found = (0..parts.len()).any(|target| {
            let ends = |it: &Sum| (it.lowest(), it.highest().unwrap_or(u64::MAX));
            let (lowest, highest) = ends(&parts[target]);
            if highest == 0 || highest >= SMALL {
                return false;
            }
            let others = parts.iter().enumerate().filter(|(index, _)| *index != target);
            let (low, high) = others.fold((0u64, 0u64), |sum, (_, it)| {
                let (low, high) = ends(it);
                (sum.0 + low, sum.1.saturating_add(high))
            });
            let (from, to) = ends(&total);
            let left = (lowest..=highest)
                .filter(|count| count + low <= to && count.saturating_add(high) >= from)
                .count();
            (1..3).contains(&left)
        });
        prop_assert_eq!(total.gives_away(&parts), found);
    }
}
