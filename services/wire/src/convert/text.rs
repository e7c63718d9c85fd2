//! The free-text part of an entry. It decodes as strictly as the [codes](super::codes).

use prost::Message;

pub use super::codes::ContentError;
use super::codes::decode_exactly;
use crate::federation;

/// The text part with this note as it is committed to, stored and sent. An empty note has an empty text part, which is
/// committed to like any other.
pub fn encode(note: &str) -> Vec<u8> {
    federation::Text {
        note: note.to_owned(),
    }
    .encode_to_vec()
}

/// The note of a text part. How long it may be and what may be in it is asked of `model` and of the guard.
///
/// # Errors
/// Whether another release may understand it, or none can.
pub fn decode(bytes: &[u8]) -> Result<String, ContentError> {
    decode_exactly::<federation::Text>(bytes, "text").map(|it| it.note)
}
