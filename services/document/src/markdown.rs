//! A document as CommonMark with the tables of GitHub's flavour.
//!
//! Every text is escaped where it stands, so that none makes a heading, a link, HTML, another cell or a list. A mail address may
//! still be turned into a link by a reader who does that with plain text.

use std::fmt::Write as _;

use crate::document::{Block, Document, Table};
use crate::text::{self, Run};

/// The document as Markdown. The title is a heading of level 1, and the document's own headings follow from level 2.
///
/// The work grows with the text; bounds are [`Document::check`]'s. Cells that a row lacks are empty, those beyond the last column
/// are left out.
pub fn markdown(document: &Document) -> String {
    let mut parts = vec![format!("# {}", plain_line(&document.title))];
    if let Some(subtitle) = &document.subtitle {
        parts.push(plain_line(subtitle));
    }
    // Two lists that follow one another would be one, were it not for another bullet.
    let mut bullet = '*';
    let facts: Vec<String> = document
        .facts
        .iter()
        .map(|(label, value)| format!("{} {}", strong(&format!("{label}:")), inner(value)))
        .collect();
    parts.push(list(facts, &mut bullet));
    for block in &document.blocks {
        parts.push(match block {
            Block::Heading { level, text } => {
                format!(
                    "{} {}",
                    "#".repeat(usize::from(*level).clamp(1, 4) + 1),
                    plain_line(text)
                )
            }
            Block::Paragraph(inlines) => lines(&text::paragraph(inlines), "\\\n"),
            Block::List(items) => list(items.iter().map(|item| plain_line(item)), &mut bullet),
            Block::Table(table) => write_table(table),
            Block::Note(text) => {
                let lines = text::lines(text);
                let quoted: Vec<String> = lines
                    .iter()
                    .map(|line| format!("> {}", escape(line, true)))
                    .collect();
                quoted.join("\\\n")
            }
        });
    }
    if !text::line(&document.footer).is_empty() {
        parts.push("---".into());
        parts.push(plain_line(&document.footer));
    }
    parts.retain(|part| !part.is_empty());
    let mut whole = parts.join("\n\n");
    whole.push('\n');
    whole
}

fn list(items: impl IntoIterator<Item = String>, bullet: &mut char) -> String {
    *bullet = if *bullet == '-' { '*' } else { '-' };
    let mut lines = Vec::new();
    for item in items {
        lines.push(format!("{bullet} {item}").trim_end().to_owned());
    }
    lines.join("\n")
}

fn write_table(table: &Table) -> String {
    let mut out = String::new();
    let caption = strong(&table.caption);
    if !caption.is_empty() {
        out.push_str(&caption);
        out.push_str("\n\n");
    }
    for column in &table.columns {
        let _ = write!(out, "| {} ", cell(&column.name, false));
    }
    out.push_str("|\n");
    for column in &table.columns {
        out.push_str(if column.numeric { "| ---: " } else { "| --- " });
    }
    out.push('|');
    for row in &table.rows {
        out.push('\n');
        for (place, _) in table.columns.iter().enumerate() {
            let text = row.get(place).map(String::as_str).unwrap_or_default();
            let _ = write!(out, "| {} ", cell(text, table.row_headers && place == 0));
        }
        out.push('|');
    }
    out
}

/// A cell's text. Readers cut rows into cells before they look for backslashes, and not all in the same way, so a bar is written
/// by its number.
fn cell(text: &str, heads: bool) -> String {
    let escaped = if heads {
        strong(text)
    } else {
        plain_line(text)
    };
    escaped.replace("\\|", "&#124;")
}

/// One line, from the line's start.
fn plain_line(text: &str) -> String {
    escape(&text::line(text), true)
}

/// One line, after something else.
fn inner(text: &str) -> String {
    escape(&text::line(text), false)
}

/// One line in strong type; nothing if there is no text.
fn strong(text: &str) -> String {
    let text = text::line(text);
    if text.is_empty() {
        return text;
    }
    lines(&[vec![Run { strong: true, text }]], "")
}

fn lines(lines: &[Vec<Run>], between: &str) -> String {
    let lines: Vec<String> = lines.iter().map(|runs| line_of_runs(runs)).collect();
    lines.join(between)
}

/// A line of plain and strong runs.
///
/// Asterisks count as strong only if what stands around them allows it (CommonMark 0.31, section 6.2): inside, a letter or digit
/// always does; where something else stands inside, punctuation or a space has to stand outside. A character that is neither is
/// then written by its number, which begins and ends with punctuation.
fn line_of_runs(runs: &[Run]) -> String {
    let mut out = String::new();
    for (place, run) in runs.iter().enumerate() {
        if run.strong {
            let _ = write!(out, "**{}**", escape(&run.text, false));
            continue;
        }
        let ends_strong = |at: Option<&Run>, edge: fn(&str) -> Option<char>| {
            at.and_then(|strong| edge(&strong.text))
                .is_some_and(|character| !is_latin(character))
        };
        let before = place.checked_sub(1).and_then(|at| runs.get(at));
        let numbered_start = ends_strong(before, |text| text.chars().next_back());
        let numbered_end = ends_strong(runs.get(place + 1), |text| text.chars().next());
        let mut text = run.text.as_str();
        let mut last = String::new();
        if numbered_start && let Some(first) = text.chars().next().and_then(numbered) {
            out.push_str(&first);
            text = text
                .split_at(text.chars().next().map_or(0, char::len_utf8))
                .1;
        }
        if numbered_end && let Some(number) = text.chars().next_back().and_then(numbered) {
            last = number;
            let length = text.chars().next_back().map_or(0, char::len_utf8);
            text = text.split_at(text.len() - length).0;
        }
        out.push_str(&escape(text, place == 0));
        out.push_str(&last);
    }
    out
}

/// Whether a character is surely a letter or digit to every reader. Others may be symbols, such as a letter in a circle.
fn is_latin(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || (('\u{C0}'..='\u{24F}').contains(&character) && character.is_alphabetic())
}

/// The character by its number, if it could keep asterisks from being markup.
fn numbered(character: char) -> Option<String> {
    if character.is_whitespace() || character.is_ascii_punctuation() {
        return None;
    }
    Some(format!("&#{};", u32::from(character)))
}

/// Escapes a line without line breaks.
///
/// Always those that mean something anywhere; the others only where they would: at the line's start, or where GitHub finds
/// addresses in plain text.
fn escape(line: &str, at_start: bool) -> String {
    let mut out = String::with_capacity(line.len() + line.len() / 8);
    // "12. text" and "12) text" begin a list.
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    for (at, character) in line.char_indices() {
        let rest = line.get(at + character.len_utf8()..).unwrap_or_default();
        let marks = match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '<' | '>' | '&' | '|' | '~' | '#'
            | '$' | '@' | '^' => true,
            '+' | '-' | '=' => at_start && at == 0,
            ':' => (at_start && at == 0) || rest.starts_with("//"),
            '.' | ')' if at_start && at > 0 && at == digits => true,
            '.' => line
                .get(at.saturating_sub(3)..at)
                .is_some_and(|w| w.eq_ignore_ascii_case("www")),
            _ => false,
        };
        if marks {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests;
