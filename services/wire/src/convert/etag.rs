//! Etags: the name of an update's version is the hash of the frame that made it, in lower-case hex.

use verbund_ledger::FrameHash;

use super::ConversionError;

/// The etag of the version that this frame made.
pub fn to_wire(version: &FrameHash) -> String {
    version.to_string()
}

/// The version that an etag names; `None` when none was given.
///
/// # Errors
/// A text that no node gave out as an etag.
pub fn from_wire(etag: &str) -> Result<Option<FrameHash>, ConversionError> {
    if etag.is_empty() {
        return Ok(None);
    }
    etag.parse()
        .map(Some)
        .map_err(|_| ConversionError::invalid("etag", "is not an etag that a node gave out"))
}
