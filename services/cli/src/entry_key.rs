//! An agency's entry key as a file.

use std::path::Path;

use verbund_ledger::{EntryKey, SystemEntropy};
use verbund_node::keyfile;

use crate::exit::usage;
use crate::files::{self, Access};
use crate::text;

/// Reads a key.
///
/// # Errors
/// When the file holds none. What it holds is never repeated.
pub(crate) fn read(path: &Path) -> anyhow::Result<EntryKey> {
    keyfile::read(path).map_err(|error| usage(text::BAD_FILE.fill(&[&path.display(), &error])))
}

/// Makes a key and writes it for the owner alone.
///
/// # Errors
/// When there is one already.
pub(crate) fn make(path: &Path) -> anyhow::Result<EntryKey> {
    let key = EntryKey::generate(&SystemEntropy);
    files::write_new(path, keyfile::text(&key).as_bytes(), Access::Secret)?;
    Ok(key)
}
