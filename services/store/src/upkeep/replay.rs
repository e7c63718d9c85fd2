//! What the entries on one subject come to, said again from the beginning.
//!
//! An entry that waited may have been admitted after later ones, and is then history at once. So entries are said again in the
//! order in which they were admitted, which their versions tell, as long as they are 1, 2, 3 …; otherwise in the order in which
//! they arrived.
//!
//! An entry whose content is gone may have been a correction or a withdrawal. Where it matters which, the row that is there is
//! believed if it is possible; where there is none, what was said last and is still here counts as taken back.

use verbund_model::{AgencyId, CategoryId, PlaceId, SubjectId, WindowId};

use crate::row::state_code;
use crate::situation::{ReadingRow, SituationProjection, State, Step};
use crate::statement::{Columns, Value};

use super::tables::Row;

/// An entry on the subject.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    pub(super) position: i64,
    pub(super) lane: i64,
    pub(super) sequence: u64,
    /// As the row has it.
    pub(super) version: i64,
    /// What it says; `None` when that is gone.
    pub(super) said: Option<Box<SituationProjection>>,
}

/// What a subject's entries come to.
#[derive(Debug)]
pub(super) struct Replayed {
    /// The row of the situation.
    pub(super) situation: Row,
    /// The position of the first entry.
    pub(super) first: i64,
    /// The series; `None` where the entry that told them is gone and whatever is there stays.
    pub(super) readings: Option<Vec<ReadingRow>>,
}

/// Puts the entries into the order in which they were admitted, and says whether their versions were right.
pub(super) fn order(entries: &mut [Spoken]) -> bool {
    entries.sort_by_key(|it| (it.version, it.position));
    let right = (1..)
        .zip(&*entries)
        .all(|(version, it)| it.version == version);
    if !right {
        entries.sort_by_key(|it| it.position);
    }
    right
}

/// Says entries again that are in order; there is at least one. `row` is the situation that is there.
pub(super) fn replay(
    subject: &SubjectId,
    origin: &AgencyId,
    entries: &[Spoken],
    row: Option<&Row>,
) -> Replayed {
    // Only those count that were the latest when they came.
    let mut counting: Vec<&Spoken> = Vec::new();
    for entry in entries {
        if counting
            .last()
            .is_none_or(|latest| entry.position >= latest.position)
        {
            counting.push(entry);
        }
    }
    let (first, latest) = (counting[0], counting[counting.len() - 1]);
    let observed = observed(&counting, row);
    let after = &counting[observed + 1..];
    let observed = counting[observed];
    let erased = |it: &Spoken| {
        it.said
            .as_ref()
            .is_some_and(|said| said.kind == Step::Erased)
    };
    let state = match &observed.said {
        None => State::Erased,
        Some(_) if erased(observed) || after.iter().any(|it| erased(it)) => State::Erased,
        Some(_) if after.is_empty() => State::Current,
        Some(_) => State::Withdrawn,
    };
    let readings = match (state, &observed.said) {
        (State::Current, Some(said)) => Some(said.readings.clone()),
        // The series outlives the content, unless something took it back.
        (State::Erased, None) if after.iter().all(|it| it.said.is_none()) => None,
        _ => Some(Vec::new()),
    };
    let mut fields = Fields::default();
    if state != State::Erased {
        let upto = counting
            .iter()
            .take_while(|it| it.position <= observed.position);
        upto.filter_map(|it| it.said.as_deref())
            .for_each(|said| fields.say(said));
    }
    let versions = i64::try_from(entries.len()).expect("entries fit into memory");
    let situation = Row(vec![
        latest.position.into(),
        subject.into(),
        first.position.into(),
        observed.position.into(),
        latest.lane.into(),
        versions.into(),
        state_code(state).into(),
        origin.into(),
        Value::from(fields.category.map(CategoryId::as_str)),
        Value::from(fields.place.map(PlaceId::as_str)),
        Value::from(fields.day),
        Value::from(fields.window.map(WindowId::as_str)),
    ]);
    Replayed {
        situation,
        first: first.position,
        readings,
    }
}

/// Which of the entries carries the observation.
fn observed(counting: &[&Spoken], row: Option<&Row>) -> usize {
    let observes = |it: &&Spoken| {
        let said = it.said.as_ref();
        said.is_some_and(|said| matches!(said.kind, Step::Issued | Step::Corrected))
    };
    let known = counting.iter().rposition(observes);
    let told = row.and_then(|row| row.int(3).ok().flatten());
    let gone = counting
        .iter()
        .rposition(|it| it.said.is_none() && Some(it.position) == told);
    match (known, gone) {
        (Some(known), Some(gone)) => known.max(gone),
        (Some(known), None) => known,
        (None, Some(gone)) => gone,
        (None, None) => 0,
    }
}

/// What the lists go by.
#[derive(Default)]
struct Fields<'a> {
    category: Option<&'a CategoryId>,
    place: Option<&'a PlaceId>,
    day: Option<i32>,
    window: Option<&'a WindowId>,
}

impl<'a> Fields<'a> {
    fn say(&mut self, said: &'a SituationProjection) {
        if matches!(said.kind, Step::Issued | Step::Corrected) {
            self.category = said.category.as_ref().or(self.category);
            self.place = said.place.as_ref().or(self.place);
            self.day = said.day.or(self.day);
            self.window = said.window.as_ref();
        }
    }
}
