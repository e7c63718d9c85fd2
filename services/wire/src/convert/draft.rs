//! Updates as callers send them. Nothing is checked here: the domain tells everything that is wrong at once.

use verbund_guard::gate::{Path, Texts};
use verbund_model::{Draft, ReadingDraft, ValueDraft};

use super::vocabulary::drafted;
use crate::agency;
use crate::agency::reading_draft::Value as WireValue;

/// Where a draft stands in the requests that bring one.
pub const PATH: Path<'static> = Path::root("situation");

/// The free texts of a draft, each in the state `T`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftTexts<T> {
    /// The note.
    pub note: T,
    /// What police and prosecutor may be told beyond district and day.
    pub generalised_note: T,
}

impl<T> Texts<T> for DraftTexts<T> {
    type Of<U> = DraftTexts<U>;

    fn map<U>(self, at: &Path<'_>, each: &mut impl FnMut(&Path<'_>, T) -> U) -> DraftTexts<U> {
        let Self {
            note,
            generalised_note,
        } = self;
        DraftTexts {
            note: each(&at.field("note"), note),
            generalised_note: each(&at.field("generalised_note"), generalised_note),
        }
    }
}

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
