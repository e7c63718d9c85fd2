//! Opaque texts that callers hand back unchanged: a version byte and a payload, in URL-safe base64 without padding.
//!
//! They are no secrets and prove nothing: whoever changes one only changes what it itself gets to see.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The payload as opaque text.
pub(super) fn write(version: u8, payload: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(1 + payload.len());
    bytes.push(version);
    bytes.extend_from_slice(payload);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The payload of an opaque text of this version, which is at most `max` characters long.
pub(super) fn read(version: u8, text: &str, max: usize) -> Option<Vec<u8>> {
    if text.len() > max {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (first, payload) = bytes.split_first()?;
    (*first == version).then(|| payload.to_vec())
}
