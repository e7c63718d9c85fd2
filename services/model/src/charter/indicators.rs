//! What is counted: whether it fits together, and what of it may be told.
//!
//! Persons, acts and shares are told for one period and of one level of places. No figure is then ever a sum of others that
//! are told, and nobody can subtract: `docs/guard.md` has the argument. A charter of an earlier release may list more; it is
//! read, the longest period counts, and [`super::Charter::untold`] names the rest.

use std::collections::{HashMap, HashSet};

use super::parse::Problems;
use super::{Counts, Indicator, ToldOf, Untold, raw};
use crate::id::IndicatorId;
use crate::reading::Period;

pub(super) fn check(indicators: &[raw::Indicator], problems: &mut Problems) {
    problems.not_too_many("indicator", indicators.len());
    problems.unique(
        "indicator",
        indicators.iter().map(|indicator| &indicator.id),
    );
    for (index, indicator) in indicators.iter().enumerate() {
        let path = format!("indicator[{index}]");
        problems.names(&format!("{path}.name"), &indicator.name);
        problems.name(&format!("{path}.unit"), &indicator.unit);
        let distinct: HashSet<&Period> = indicator.period.iter().collect();
        let fine = !indicator.period.is_empty() && distinct.len() == indicator.period.len();
        problems.unless(
            fine,
            format!("{path}.period"),
            "names at least one period, each once",
        );
        problems.unless(
            indicator.told_of.is_none() || indicator.counts != Counts::Things,
            format!("{path}.told_of"),
            "is for persons, acts and shares: things are told of any place",
        );
        if let Some(total) = &indicator.part_of {
            // A total of its own, of the same class: what is a part of a part can't be checked against the whole.
            let fits = |other: &raw::Indicator| {
                other.id == *total
                    && other.part_of.is_none()
                    && other.counts == indicator.counts
                    && matches!(other.counts, Counts::Persons | Counts::Acts)
            };
            let total = indicators.iter().find(|other| fits(other));
            problems.unless(
                total.is_some(),
                format!("{path}.part_of"),
                "names a total of persons or acts, of the same class",
            );
            // The total of a district less the parts of its places would be a place's part.
            let level = |it: &raw::Indicator| it.told_of.unwrap_or(ToldOf::Places);
            problems.unless(
                total.is_none_or(|total| level(total) == level(indicator)),
                format!("{path}.told_of"),
                "is that of its total",
            );
        }
    }
}

/// The indicators with what may be told of each, and what is listed beyond.
pub(super) fn narrow(listed: Vec<raw::Indicator>) -> (Vec<Indicator>, Vec<Untold>) {
    let main: HashMap<IndicatorId, Period> = listed
        .iter()
        .filter_map(|it| Some((it.id.clone(), *it.period.iter().max()?)))
        .collect();
    let mut untold = Vec::new();
    let indicators = listed.into_iter().map(|it| {
        let mut periods = it.period;
        if it.counts != Counts::Things {
            // A part goes with its total: the days of the one would be subtracted from the month of the other.
            let one = main.get(it.part_of.as_ref().unwrap_or(&it.id)).copied();
            let (told, beyond): (Vec<_>, Vec<_>) =
                periods.into_iter().partition(|period| Some(*period) == one);
            if !beyond.is_empty() {
                untold.push(Untold {
                    indicator: it.id.clone(),
                    periods: beyond,
                });
            }
            periods = told;
        }
        Indicator {
            id: it.id,
            names: it.name,
            unit: it.unit,
            told_of: match it.counts {
                Counts::Things => None,
                Counts::Persons | Counts::Acts | Counts::Share => {
                    Some(it.told_of.unwrap_or(ToldOf::Places))
                }
            },
            counts: it.counts,
            periods,
            part_of: it.part_of,
        }
    });
    (indicators.collect(), untold)
}
