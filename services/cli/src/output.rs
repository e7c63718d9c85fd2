//! Where words go: data to stdout, everything else to stderr. A closed pipe ends the program quietly.
//!
//! Whatever came from a node is shown through [`clean`]: a terminal must never obey what a partner wrote.

use std::io::{self, IsTerminal as _, Write as _};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::Value;

/// The form of what goes to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For machines: free of any language, one object for each line.
    Json,
}

/// Writes a line of data to stdout.
///
/// # Errors
/// When stdout is gone; `main` takes a broken pipe for a quiet end.
pub(crate) fn line(text: impl AsRef<str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_ref().as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes one JSON object as a line to stdout.
pub(crate) fn json(value: &Value) -> io::Result<()> {
    line(value.to_string())
}

/// Writes a table to stdout.
pub(crate) fn table(table: &Table) -> io::Result<()> {
    line(table.trim_fmt())
}

/// Writes a line for the one who watches, to stderr. That nobody reads it is no reason to fail.
pub(crate) fn note(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
}

/// A rule below the header and nothing else: rows are read, not framed.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// A table as all commands print it, as wide as the terminal, or as its content where there is none.
pub(crate) fn new_table<T: ToString>(header: impl IntoIterator<Item = T>) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    if let Some(width) = terminal_width() {
        table.set_width(width);
    }
    table
}

/// Columns of the terminal on stdout, or else on stderr.
pub(crate) fn terminal_width() -> Option<u16> {
    let width = match (io::stdout().is_terminal(), io::stderr().is_terminal()) {
        (true, _) => rustix::termios::tcgetwinsize(io::stdout()),
        (_, true) => rustix::termios::tcgetwinsize(io::stderr()),
        _ => return None,
    };
    width
        .ok()
        .map(|size| size.ws_col)
        .filter(|columns| *columns >= 40)
}

/// The text without anything that a terminal would obey.
pub(crate) fn clean(text: &str) -> String {
    let harmless = |c: char| {
        let direction = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !c.is_control() && !direction
    };
    text.chars()
        .map(|c| if harmless(c) { c } else { '\u{fffd}' })
        .collect()
}

/// A day and a minute in the machine's zone, for people.
pub(crate) fn moment(unix_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(unix_ms) {
        Ok(time) => time
            .to_zoned(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        Err(_) => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nobody() {
        assert_eq!(
            clean("ruhig\u{1b}[2J \u{202e}x\n"),
            "ruhig\u{fffd}[2J \u{fffd}x\u{fffd}"
        );
        assert_eq!(clean("Südwall – „ruhig“"), "Südwall – „ruhig“");
    }
}
