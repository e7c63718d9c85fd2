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

/// The free texts of an entry, each in the state `T`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<T> {
    /// The note of a situation update; empty where there is none.
    pub note: T,
}

impl<T> Texts<T> for Text<T> {
    type Of<U> = Text<U>;

    fn map<U>(self, at: &Path<'_>, each: &mut impl FnMut(&Path<'_>, T) -> U) -> Text<U> {
        let Self { note } = self;
        Text {
            note: each(&at.field("note"), note),
        }
    }
}

impl Text<Cleared> {
    /// No texts: for entries that say all in codes.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            note: Cleared::none(),
        }
    }
}

/// The text part as it is committed to, stored and sent. Without texts it is empty, and committed to like any other.
///
/// ```compile_fail
/// use verbund_guard::gate::Unguarded;
/// use verbund_wire::convert::text::{Text, encode};
/// // What nobody has looked at can't be encoded:
/// encode(Text { note: Unguarded::new("Treffen um acht") });
/// ```
///
/// ```compile_fail
/// // Nor can the guard be gone round by the message itself:
/// let text = verbund_wire::federation::Text { note: "Treffen um acht".to_owned() };
/// ```
pub fn encode(text: Text<Cleared>) -> Vec<u8> {
    let Text { note } = text;
    // No `..Default::default()`: a new field must not be left out by accident.
    federation::Text {
        note: note.into_string(),
    }
    .encode_to_vec()
}

/// The texts of a text part. How long they may be is asked of `model`, what may be in them of the guard.
///
/// # Errors
/// Whether another release may understand it, or none can.
pub fn decode(bytes: &[u8]) -> Result<Text<Unguarded>, ContentError> {
    let federation::Text { note } = decode_exactly(bytes, "text")?;
    Ok(Text {
        note: Unguarded::new(note),
    })
}
