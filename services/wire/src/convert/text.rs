//! The free-text part of an entry. It decodes as strictly as the [codes](super::codes).
//!
//! Only what has come through the guard's [gate](verbund_guard::gate) can be encoded, and what is decoded has to go through it
//! before it can be encoded again. A field that is added to the contract's `Text` does not compile until it is a field of
//! [`Text`] here, and with that a field that the gate checks.

use prost::Message;
use verbund_guard::gate::{Cleared, Path, Texts, Unguarded};

pub use super::codes::ContentError;
use super::codes::decode_exactly;
use crate::federation;

/// The free texts of an entry, each in the state `T`. Which of them an entry has is told by its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<T> {
    /// The note of a situation update, a step or a remark; empty where there is none.
    pub note: T,
    /// The title of a task, a meeting or a protocol.
    pub title: T,
    /// What is to be done, was found, is decided or objected.
    pub description: T,
    /// What is written of each item of an agenda.
    pub items: Vec<ItemText<T>>,
}

/// What is written of one item of an agenda.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemText<T> {
    /// Its title.
    pub title: T,
    /// The state of affairs.
    pub affairs: T,
    /// The assessments.
    pub assessments: Vec<T>,
    /// The decisions.
    pub decisions: Vec<T>,
    /// The notes of the copied updates.
    pub notes: Vec<T>,
}

impl<T> Texts<T> for Text<T> {
    type Of<U> = Text<U>;

    fn map<U>(self, at: &Path<'_>, each: &mut impl FnMut(&Path<'_>, T) -> U) -> Text<U> {
        let Self {
            note,
            title,
            description,
            items,
        } = self;
        Text {
            note: each(&at.field("note"), note),
            title: each(&at.field("title"), title),
            description: each(&at.field("description"), description),
            items: items
                .into_iter()
                .enumerate()
                .map(|(index, item)| item.map(&at.item("items", index), each))
                .collect(),
        }
    }
}

impl<T> Texts<T> for ItemText<T> {
    type Of<U> = ItemText<U>;

    fn map<U>(self, at: &Path<'_>, each: &mut impl FnMut(&Path<'_>, T) -> U) -> ItemText<U> {
        let Self {
            title,
            affairs,
            assessments,
            decisions,
            notes,
        } = self;
        let mut list = |name, texts: Vec<T>| -> Vec<U> {
            let texts = texts.into_iter().enumerate();
            texts
                .map(|(index, text)| each(&at.item(name, index), text))
                .collect()
        };
        let assessments = list("assessments", assessments);
        let decisions = list("decisions", decisions);
        let notes = list("notes", notes);
        ItemText {
            title: each(&at.field("title"), title),
            affairs: each(&at.field("affairs"), affairs),
            assessments,
            decisions,
            notes,
        }
    }
}

impl<T: Default> Text<T> {
    /// A note and nothing else.
    pub fn of_note(note: T) -> Self {
        Self {
            note,
            ..Self::default()
        }
    }
}

impl<T> Text<T> {
    /// Takes every text in turn, in the order of the contract.
    pub fn each<U>(self, mut each: impl FnMut(T) -> U) -> Text<U> {
        self.map(&Path::root("text"), &mut |_, text| each(text))
    }
}

impl Text<Cleared> {
    /// No texts: for entries that say all in codes.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            note: Cleared::none(),
            title: Cleared::none(),
            description: Cleared::none(),
            items: Vec::new(),
        }
    }
}

/// The text part as it is committed to, stored and sent. Without texts it is empty, and committed to like any other.
///
/// ```compile_fail
/// use verbund_guard::gate::Unguarded;
/// use verbund_wire::convert::text::{Text, encode};
/// // What nobody has looked at can't be encoded:
/// encode(Text::of_note(Unguarded::new("Treffen um acht")));
/// ```
///
/// ```compile_fail
/// // Nor can the guard be gone round by the message itself:
/// let text = verbund_wire::federation::Text::default();
/// ```
pub fn encode(text: Text<Cleared>) -> Vec<u8> {
    to_wire(text).encode_to_vec()
}

/// The texts of a text part. How long they may be is asked of `model`, what may be in them of the guard.
///
/// # Errors
/// Whether another release may understand it, or none can.
pub fn decode(bytes: &[u8]) -> Result<Text<Unguarded>, ContentError> {
    Ok(from_wire(decode_exactly(bytes, "text")?))
}

// No `..Default::default()` in these: a new field must not be left out by accident.

fn to_wire(text: Text<Cleared>) -> federation::Text {
    let Text {
        note,
        title,
        description,
        items,
    } = text;
    federation::Text {
        note: note.into_string(),
        title: title.into_string(),
        description: description.into_string(),
        items: items.into_iter().map(item_to_wire).collect(),
    }
}

fn item_to_wire(item: ItemText<Cleared>) -> federation::ItemText {
    let ItemText {
        title,
        affairs,
        assessments,
        decisions,
        notes,
    } = item;
    let all = |texts: Vec<Cleared>| texts.into_iter().map(Cleared::into_string).collect();
    federation::ItemText {
        title: title.into_string(),
        affairs: affairs.into_string(),
        assessments: all(assessments),
        decisions: all(decisions),
        notes: all(notes),
    }
}

fn from_wire(text: federation::Text) -> Text<Unguarded> {
    let federation::Text {
        note,
        title,
        description,
        items,
    } = text;
    Text {
        note: Unguarded::new(note),
        title: Unguarded::new(title),
        description: Unguarded::new(description),
        items: items.into_iter().map(item_from_wire).collect(),
    }
}

/// What is written of an item, as somebody sent it.
#[must_use]
pub fn item_from_wire(item: federation::ItemText) -> ItemText<Unguarded> {
    let federation::ItemText {
        title,
        affairs,
        assessments,
        decisions,
        notes,
    } = item;
    let all = |texts: Vec<String>| texts.into_iter().map(Unguarded::new).collect();
    ItemText {
        title: Unguarded::new(title),
        affairs: Unguarded::new(affairs),
        assessments: all(assessments),
        decisions: all(decisions),
        notes: all(notes),
    }
}
