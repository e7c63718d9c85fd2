//! What figures tell together. A total, its other parts and a rounding edge can pin down a count that each of them hides:
//! "about 25 in all, 10–19 of them so, fewer than 5 of them otherwise" leaves only 19 and 4.

use super::{Band, COUNT_MAX, Reading, Value};
use crate::charter::{Charter, Counts, Place, Thresholds};
use crate::violation::{Reason, Violation};

/// A count below it points at persons.
const SMALL: u32 = 5;
/// So many counts must remain possible for a small one.
const POSSIBLE: u32 = 3;

/// All counts that are told as one value; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) lowest: u32,
    pub(super) highest: u32,
}

impl Span {
    /// The counts that are told as this value at this place. None where it is no value of persons or acts.
    pub(super) fn of(value: Value, place: &Place, thresholds: &Thresholds) -> Option<Self> {
        match value {
            Value::Band(band) => {
                let next = Band::ALL.iter().find(|other| **other > band);
                let highest = next.map_or(COUNT_MAX, |next| next.lowest() - 1);
                let lowest = if band == Band::Under5 && place.is_facility() {
                    0
                } else {
                    band.lowest()
                };
                Some(Self { lowest, highest })
            }
            Value::Rounded(told) => {
                let below = thresholds.rounding / 2;
                let lowest = told
                    .saturating_sub(below)
                    .max(thresholds.facility_rounded_from);
                let highest = told
                    .saturating_add(thresholds.rounding - 1 - below)
                    .min(COUNT_MAX);
                Some(Self { lowest, highest })
            }
            Value::SharePercent(_) | Value::Exact(_) => None,
        }
    }
}

/// Refuses figures of one update that together leave fewer than three possible values of a small part.
pub(crate) fn check_parts(
    readings: &[Reading],
    charter: &Charter,
    place: &Place,
    found: &mut Vec<Violation>,
) {
    let span = |reading: &Reading| Span::of(reading.value, place, charter.thresholds());
    for total in readings {
        let Some(whole) = span(total) else { continue };
        let parts: Vec<(usize, Span)> = readings
            .iter()
            .enumerate()
            .filter(|(_, part)| part.period == total.period && is_part(part, total, charter))
            .filter_map(|(index, part)| Some((index, span(part)?)))
            .collect();
        // With a part untold, the rest of the total may be all in it.
        let told = parts.len();
        let complete = charter
            .indicators()
            .filter(|it| it.part_of.as_ref() == Some(&total.indicator))
            .count()
            == told;
        for (index, part) in &parts {
            let others = parts
                .iter()
                .filter(|(other, _)| other != index)
                .map(|(_, span)| *span);
            let left = remaining(*part, whole, others, complete);
            // Where nothing is left the parts do not add up, and so tell nothing of each other.
            if (1..SMALL).contains(&part.highest) && (1..POSSIBLE).contains(&left) {
                let detail = "its total and the other parts would give this small count away: leave one of them out";
                found.push(Violation::new(
                    format!("readings[{index}].value"),
                    Reason::SmallCountShows,
                    detail,
                ));
            }
        }
    }
}

/// How many values of a part fit with its total and the other parts.
fn remaining(part: Span, whole: Span, others: impl Iterator<Item = Span>, complete: bool) -> u32 {
    let (lowest, highest) = others.fold((0u32, 0u32), |(lowest, highest), other| {
        (
            lowest.saturating_add(other.lowest),
            highest.saturating_add(other.highest),
        )
    });
    let needed = if complete {
        whole.lowest.saturating_sub(highest)
    } else {
        0
    };
    let at_least = part.lowest.max(needed);
    match whole.highest.checked_sub(lowest) {
        Some(room) => (part.highest.min(room) + 1).saturating_sub(at_least),
        None => 0,
    }
}

fn is_part(part: &Reading, total: &Reading, charter: &Charter) -> bool {
    charter.indicator(&part.indicator).is_some_and(|indicator| {
        indicator.part_of.as_ref() == Some(&total.indicator)
            && matches!(indicator.counts, Counts::Persons | Counts::Acts)
    })
}
