//! Reads and writes the entry key's file: the 32-byte seed in hex, and nothing else.

use std::path::Path;

use verbund_ledger::EntryKey;

/// Reads an entry key.
///
/// # Errors
/// Says in words what is wrong with the file; never what is in it.
pub fn read(path: &Path) -> Result<EntryKey, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    EntryKey::from_seed_hex(text.trim()).map_err(|error| error.to_string())
}

/// An entry key as its file holds it.
#[must_use]
pub fn text(key: &EntryKey) -> String {
    format!("{}\n", hex::encode(key.seed().as_slice()))
}
