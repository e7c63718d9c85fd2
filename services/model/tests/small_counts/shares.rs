//! Shares: how many they are of a base that is known from elsewhere, and of overlapping periods and places.

use verbund_model::{Period, Reason, Value, ValueDraft};

use crate::attacker::{Attack, POSSIBLE, SMALL};
use crate::federation::{FACILITY, Federation, Figure, SQUARE, ZONE};

const INDICATOR: &str = "ortsansaessig-anteil";

fn share(place: &'static str, period: Period, percent: u32, base: u32) -> Figure {
    Figure {
        value: ValueDraft::Share { percent, base },
        ..Figure::count(place, INDICATOR, period, 0)
    }
}

/// The nearest per cent, as somebody with a calculator would give it, and the one below it.
fn percents(part: u32, base: u32) -> [u32; 2] {
    [(part * 100 + base / 2) / base, part * 100 / base]
}

/// Few of a base that the attacker knows, and all but few of it; the sender's calculator rounds or cuts off.
pub(crate) fn bases() -> Vec<Attack> {
    let federation = Federation::new();
    let steps: Vec<Value> = (0..=100)
        .map(|percent| {
            federation
                .told(&share(SQUARE, Period::Month, percent, 50))
                .unwrap()
        })
        .collect();
    let told = |percent: u32| steps[percent as usize];
    let mut attacks = Vec::new();
    for base in 50..=120_u32 {
        for small in 1..SMALL {
            for (side, part) in [("are", small), ("are not", base - small)] {
                for (way, at) in [("rounded", 0), ("cut off", 1)] {
                    let seen = told(percents(part, base)[at]);
                    let left: Vec<u32> = (0..=base)
                        .filter(|it| told(percents(*it, base)[at]) == seen)
                        .collect();
                    let won = (left.len() < POSSIBLE).then(|| format!("{left:?} are left"));
                    attacks.push(Attack::new(format!("{small} of {base} {side}, {way}"), won));
                }
            }
        }
    }
    for base in 0..50 {
        let refused = federation
            .told(&share(SQUARE, Period::Month, 50, base))
            .is_err();
        attacks.push(Attack::new(
            format!("a share of {base}"),
            (!refused).then(|| "it is told".to_owned()),
        ));
    }
    attacks
}

/// A month's share less its days', a zone's less its squares': eighteen days of fifty with ten per cent and one with none leave
/// nobody for it in a month with under ten.
pub(crate) fn overlaps() -> Vec<Attack> {
    let federation = Federation::new();
    let mut attacks = Vec::new();
    for percent in [0, 4, 10, 50, 96] {
        for base in [50, 51, 200, 1000] {
            for (place, period, reason) in [
                (SQUARE, Period::Window, Reason::PeriodNotAllowed),
                (SQUARE, Period::Day, Reason::PeriodNotAllowed),
                (FACILITY, Period::Day, Reason::PeriodNotAllowed),
                (ZONE, Period::Month, Reason::PlaceNotAllowed),
                ("suedbezirk", Period::Month, Reason::PlaceNotAllowed),
            ] {
                let refused = federation.told(&share(place, period, percent, base));
                let refused =
                    refused.is_err_and(|found| found.iter().any(|it| it.reason == reason));
                attacks.push(Attack::new(
                    format!("{percent} % of {base} at {place} for {period}"),
                    (!refused).then(|| "it is told beside the month of a place".to_owned()),
                ));
            }
        }
    }
    attacks
}
