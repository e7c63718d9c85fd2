//! What was said before: a correction less what it corrects, a figure that is withdrawn and told anew.

use std::collections::BTreeSet;

use verbund_model::{Period, ValueDraft};

use crate::attacker::{Attack, POSSIBLE, SMALL, Tables};
use crate::federation::{FACILITY, Federation, Figure, SQUARE};

/// Beyond it all bands and roundings are wide.
const UP_TO: u32 = 130;

/// Each correction by fewer than five: how many came to be counted besides, or were taken off, must not show.
pub(crate) fn corrections() -> Vec<Attack> {
    let federation = Federation::new();
    let tables = Tables::of(&federation);
    let mut attacks = Vec::new();
    for (place, indicator) in [(SQUARE, "platzverweise"), (FACILITY, "cafe-pause-besuche")] {
        let span = |count| {
            let figure = Figure::count(place, indicator, Period::Day, count);
            tables.span(place, federation.told(&figure).unwrap())
        };
        for first in 0..UP_TO {
            for later in first + 1..first + SMALL {
                let (less, more) = (span(first), span(later));
                // "Nobody" corrected to "a few" leaves all four.
                let left = differences(less, more);
                let won = (left.len() < POSSIBLE).then(|| format!("{left:?} are left"));
                attacks.push(Attack::new(
                    format!("{first} and {later} at {place}, one corrected to the other"),
                    won,
                ));
            }
        }
    }
    attacks
}

/// All differences between two spans that are not negative.
fn differences(less: (u32, u32), more: (u32, u32)) -> BTreeSet<u32> {
    let bound = UP_TO + 40;
    (less.0..=less.1.min(bound))
        .flat_map(|x| (more.0..=more.1.min(bound)).filter_map(move |y| y.checked_sub(x)))
        .collect()
}

/// One count has one form, whoever tells it, when, to whom and how often: nothing can be cut out of two.
pub(crate) fn reissues() -> Vec<Attack> {
    let federation = Federation::new();
    let mut attacks = Vec::new();
    for (place, indicator) in [
        (SQUARE, "platzverweise"),
        ("hauptbahnhof", "platzverweise"),
        (FACILITY, "cafe-pause-besuche"),
        ("kontaktpunkt-city", "buergeranliegen"),
    ] {
        for count in [0, 1, 2, 3, 4, 5, 9, 10, 19, 20, 22, 23, 49, 50, 99, 100] {
            let figure = Figure::count(place, indicator, Period::Day, count);
            let told = federation.told(&figure).unwrap();
            let needles = Figure {
                indicator: "spritzenfunde".to_owned(),
                value: ValueDraft::Count(3),
                ..figure.clone()
            };
            let beside = federation.publish(&[&figure, &needles]).unwrap()[0];
            let again = [
                federation.told(&figure.clone().by("polizei")).unwrap(),
                federation.told(&figure.clone().on(30)).unwrap(),
                federation.told(&figure.clone().within("22-06")).unwrap(),
                beside,
            ];
            let differ = again.iter().any(|value| *value != told);
            attacks.push(Attack::new(
                format!("{count} at {place} told anew"),
                differ.then(|| format!("{told:?} and {again:?}")),
            ));
        }
    }
    attacks
}
