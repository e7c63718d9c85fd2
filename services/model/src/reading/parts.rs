//! A total and its parts. With a rounding edge they can pin down a count that each of them hides: "about 25 in all, 10–19 of
//! them so, fewer than 5 of them otherwise" leaves only 19 and 4. To leave out the last of the three does not help, since
//! who is used to all three knows why it is missing.
//!
//! So parts are told in one update with their total and with each other, where one check sees them all, and only if none of
//! them is small. Parts that are missing then say that one of them is below five, and nothing of which or how far.

use super::{Band, Reading, Value};
use crate::charter::Charter;
use crate::id::IndicatorId;
use crate::violation::{Reason, Violation};

/// Refuses parts that stand without their family, and parts of a family of which one is small.
pub(crate) fn check_parts(readings: &[Reading], charter: &Charter, found: &mut Vec<Violation>) {
    for (index, part) in readings.iter().enumerate() {
        let indicator = charter.indicator(&part.indicator);
        let Some(total) = indicator.and_then(|it| it.part_of.as_ref()) else {
            continue;
        };
        let told = |id: &IndicatorId| {
            readings
                .iter()
                .any(|it| it.indicator == *id && it.period == part.period)
        };
        let mut family = charter
            .indicators()
            .filter(|it| it.part_of.as_ref() == Some(total))
            .map(|it| &it.id)
            .chain([total]);
        // "Nobody" is told of public places alone, and there it may be told of a part too.
        let detail = if part.value == Value::Band(Band::Under5) {
            "a part below five is not told beside its total: tell the total alone"
        } else if !family.all(told) {
            "parts are told in one update with their total and with each other, or not at all"
        } else {
            continue;
        };
        found.push(Violation::new(
            format!("readings[{index}].value"),
            Reason::SmallCountShows,
            detail,
        ));
    }
}
