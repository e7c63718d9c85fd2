//! The commands, one file each. A command reads its arguments, calls what does the work, and prints what came of it.

pub(crate) mod alarms;
pub(crate) mod audit;
pub(crate) mod charter;
pub(crate) mod check_text;
pub(crate) mod concept;
pub(crate) mod config;
pub(crate) mod confirm;
pub(crate) mod correct;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod feed;
pub(crate) mod get;
pub(crate) mod guard;
pub(crate) mod init;
pub(crate) mod node;
pub(crate) mod pki;
pub(crate) mod push;
pub(crate) mod review;
pub(crate) mod status;
pub(crate) mod store;
pub(crate) mod withdraw;

use std::io::Read as _;
use std::path::Path;

use crate::exit;
use crate::text;

/// The longest text that is read whole from a file or stdin.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

/// What a file holds, or stdin where it is `-`.
///
/// # Errors
/// When it can't be read, isn't UTF-8, or is too long.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    let cant_read = |error: &dyn std::fmt::Display| {
        exit::usage(text::CANT_READ.fill(&[&path.display(), error]))
    };
    let input: Box<dyn std::io::Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(|error| cant_read(&error))?)
    };
    let mut content = String::new();
    input
        .take(TEXT_BYTES_MAX + 1)
        .read_to_string(&mut content)
        .map_err(|error| cant_read(&error))?;
    if content.len() as u64 > TEXT_BYTES_MAX {
        return Err(cant_read(&text::INPUT_TOO_LONG));
    }
    Ok(content)
}
