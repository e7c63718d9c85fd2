//! Closed choices of a form, as its lists offer them.

use verbund_wire::words::{Word, all, number};

use crate::frame::Frame;

/// One that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What the form sends.
    pub(crate) value: String,
    /// What people read.
    pub(crate) text: String,
    /// It is chosen.
    pub(crate) is_chosen: bool,
}

impl Choice {
    fn new(value: &str, text: String, chosen: &str) -> Self {
        Self {
            value: value.to_owned(),
            text,
            is_chosen: value == chosen,
        }
    }
}

/// Nothing is chosen, which is called so.
pub(crate) fn none(text: String, chosen: &str) -> Choice {
    Choice::new("", text, chosen)
}

/// The agencies of the charter.
pub(crate) fn agencies(frame: &Frame, chosen: &str) -> Vec<Choice> {
    let all = frame.concept.iter().flat_map(|it| it.agency_ids());
    all.map(|id| Choice::new(id, frame.agency(id), chosen))
        .collect()
}

/// The measures of the concept.
pub(crate) fn measures(frame: &Frame, chosen: &str) -> Vec<Choice> {
    let all = frame.concept.iter().flat_map(|it| &it.told.measures);
    all.map(|it| Choice::new(&it.id, frame.measure(&it.id), chosen))
        .collect()
}

/// The categories, by their names.
pub(crate) fn categories(frame: &Frame, chosen: &str) -> Vec<Choice> {
    let all = frame.concept.iter().flat_map(|it| &it.told.categories);
    by_name(
        all.map(|it| Choice::new(&it.id, frame.category(&it.id), chosen))
            .collect(),
    )
}

/// The places, by their names.
pub(crate) fn places(frame: &Frame, chosen: &str) -> Vec<Choice> {
    let all = frame.concept.iter().flat_map(|it| &it.told.places);
    by_name(
        all.map(|it| Choice::new(&it.id, frame.place(&it.id), chosen))
            .collect(),
    )
}

/// The words of an enum of the contract, by their short names.
pub(crate) fn words<W: Word>(say: impl Fn(i32) -> String, chosen: &str) -> Vec<Choice> {
    let all = all::<W>().into_iter();
    all.map(|it| Choice::new(&it, say(number::<W>(&it).unwrap_or(0)), chosen))
        .collect()
}

fn by_name(mut choices: Vec<Choice>) -> Vec<Choice> {
    choices.sort_by_cached_key(|it| it.text.to_lowercase());
    choices
}
