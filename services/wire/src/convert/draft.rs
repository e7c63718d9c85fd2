//! Updates as callers send them. Nothing is checked here: the domain tells everything that is wrong at once.

use verbund_model::{Draft, ReadingDraft, ValueDraft};

use super::vocabulary::drafted;
use crate::agency;
use crate::agency::reading_draft::Value as WireValue;

/// A draft in the domain's terms.
pub fn from_wire(it: agency::SituationDraft) -> Draft {
    Draft {
        category: it.category,
        place: it.place,
        day: it.day,
        window: Some(it.window).filter(|it| !it.is_empty()),
        trend: drafted(it.trend),
        source: drafted(it.source),
        measure: it.measure,
        urgency: drafted(it.urgency),
        handling: drafted(it.handling),
        audience: it.audience,
        note: it.note,
        readings: it.readings.into_iter().map(reading).collect(),
        exercise: it.exercise,
        generalised_note: it.generalised_note,
    }
}

fn reading(it: agency::ReadingDraft) -> ReadingDraft {
    ReadingDraft {
        indicator: it.indicator,
        period: drafted(it.period),
        value: match it.value {
            None => ValueDraft::Missing,
            Some(WireValue::Count(count)) => ValueDraft::Count(count),
            Some(WireValue::Share(it)) => ValueDraft::Share {
                percent: it.percent,
                base: it.base,
            },
        },
    }
}
