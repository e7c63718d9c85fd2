//! An agency's entry key as a file: 64 hex digits of its seed.

use std::fs;
use std::path::Path;

use verbund_ledger::EntryKey;
use verbund_model::Entropy;

use crate::exit::usage;
use crate::files::{self, Access};
use crate::text;

/// Reads a key.
///
/// # Errors
/// When the file holds none. What it holds is never repeated.
pub(crate) fn read(path: &Path) -> anyhow::Result<EntryKey> {
    let content = fs::read_to_string(path)
        .map_err(|error| usage(text::CANT_READ.fill(&[&path.display(), &error])))?;
    EntryKey::from_seed_hex(content.trim())
        .map_err(|error| usage(text::BAD_FILE.fill(&[&path.display(), &error])))
}

/// Makes a key and writes it for the owner alone.
///
/// # Errors
/// When there is one already.
pub(crate) fn make(path: &Path, entropy: &dyn Entropy) -> anyhow::Result<EntryKey> {
    let mut seed = [0; 32];
    entropy.fill(&mut seed);
    let key = EntryKey::from_seed(&seed)?;
    files::write_new(
        path,
        format!("{}\n", hex::encode(seed)).as_bytes(),
        Access::Secret,
    )?;
    Ok(key)
}
