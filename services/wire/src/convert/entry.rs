//! Entries as nodes hand them on. Frame, codes and text stay the bytes that they are.

use bytes::Bytes;
use verbund_ledger::{Committed, Entry};

use super::{ConversionError, fixed};
use crate::federation;

/// An entry as it travels.
pub fn to_wire(it: &Entry) -> federation::Entry {
    federation::Entry {
        frame: Bytes::copy_from_slice(&it.frame),
        signature: Bytes::copy_from_slice(&it.signature),
        codes: it.codes.as_ref().map(committed_to_wire),
        text: it.text.as_ref().map(committed_to_wire),
    }
}

/// An entry as the ledger examines it. Nothing about it is believed yet.
///
/// # Errors
/// A signature or a salt of another length than they have.
pub fn from_wire(it: federation::Entry) -> Result<Entry, ConversionError> {
    Ok(Entry {
        signature: fixed(&it.signature, "signature", "is not 64 bytes")?,
        codes: it
            .codes
            .map(committed_from_wire)
            .transpose()
            .map_err(|error| error.within("codes"))?,
        text: it
            .text
            .map(committed_from_wire)
            .transpose()
            .map_err(|error| error.within("text"))?,
        frame: it.frame.into(),
    })
}

fn committed_to_wire(it: &Committed) -> federation::Committed {
    federation::Committed {
        salt: Bytes::copy_from_slice(&it.salt),
        content: Bytes::copy_from_slice(&it.content),
    }
}

fn committed_from_wire(it: federation::Committed) -> Result<Committed, ConversionError> {
    Ok(Committed {
        salt: fixed(&it.salt, "salt", "is not 32 bytes")?,
        content: it.content.into(),
    })
}
