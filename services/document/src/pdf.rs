//! A document as PDF/UA-1: tagged, with a language and a title, so that a screen reader reads it as it is meant.
//!
//! The layout is a template in this crate. What a user wrote reaches it as values and is never read as markup.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::Offset;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Array, Bytes, Datetime, Dict, Duration, IntoValue, Smart, Value};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::attachment::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, Attachment};
use crate::document::{Block, Document, Language, Table, at_most};
use crate::error::DocumentError;
use crate::font::{FAMILY, FONTS};
use crate::text;

/// Longest stretch of signs without a place to break a line; longer ones, such as fingerprints, may break after as many.
const UNBROKEN_MAX: usize = 28;
/// The same in the title, whose letters are twice as large.
const UNBROKEN_TITLE_MAX: usize = 20;
/// Longest title at the head of a page, in characters.
const RUNNING_MAX: usize = 80;
/// Longest word that is left to hyphenation; no German one that people write is longer.
const WORD_MAX: usize = 36;

/// The document as PDF/UA-1 on A4 pages. `created` is the only date in the file.
///
/// Measured with the workspace's `opt-level = 1` for dependencies: a protocol takes some tens of milliseconds, a document at its
/// bounds up to four seconds of one processor and 420 MB. What the typesetter worked out is forgotten at the end, so it should
/// not be called for several documents at once where memory is short.
///
/// # Errors
///
/// Those of [`Document::check`]; [`DocumentError::Typesetting`] would be a fault of this crate.
pub fn pdf(document: &Document, created: Timestamp) -> Result<Vec<u8>, DocumentError> {
    pdf_with(document, created, &[])
}

/// The same with files attached to it, which readers of PDF list beside the pages. [`attachment`](crate::attachment) takes one out again.
///
/// # Errors
///
/// Those of [`pdf`], and [`DocumentError::TooMany`] for more attachments or more bytes than are taken.
pub fn pdf_with(
    document: &Document,
    created: Timestamp,
    attachments: &[Attachment],
) -> Result<Vec<u8>, DocumentError> {
    document.check()?;
    at_most("attachments", attachments.len(), ATTACHMENTS_MAX)?;
    for it in attachments {
        at_most(
            "bytes in an attachment",
            it.content.len(),
            ATTACHMENT_BYTES_MAX,
        )?;
    }
    let file = set(document, created, attachments);
    // The typesetter keeps what it worked out for the next time, without a bound; no two documents here have much in common.
    typst::comemo::evict(0);
    file
}

fn set(
    document: &Document,
    created: Timestamp,
    attachments: &[Attachment],
) -> Result<Vec<u8>, DocumentError> {
    let world = Template::new(document, attachments);
    let pages: PagedDocument = typst::compile(&world)
        .output
        .map_err(|errors| told(&errors))?;
    let at = Offset::UTC.to_datetime(created);
    let standards = PdfStandards::new(&[PdfStandard::Ua_1])
        .map_err(|error| DocumentError::Typesetting(error.message().to_string()))?;
    let part = |number: i8| number.unsigned_abs();
    let date = Datetime::from_ymd_hms(
        i32::from(at.year()),
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
    );
    let options = PdfOptions {
        creator: Smart::Custom(Some("Verbund".into())),
        timestamp: date.map(typst_pdf::Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&pages, &options).map_err(|errors| told(&errors))
}

fn told(errors: &[SourceDiagnostic]) -> DocumentError {
    let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
    DocumentError::Typesetting(messages.join("; "))
}

/// All that the typesetter may ask for: the template, the document's values and the fonts. There are no other files, and it is
/// no day.
struct Template {
    library: LazyHash<Library>,
    source: Source,
}

impl Template {
    fn new(document: &Document, attachments: &[Attachment]) -> Self {
        // Cells that head a row can't be told without this feature of the typesetter.
        let features = [Feature::A11yExtras].into_iter().collect();
        let mut inputs = Dict::new();
        inputs.insert("document".into(), values(document).into_value());
        let attached = attachments.iter().map(attached);
        inputs.insert("attachments".into(), array(attached));
        let library = Library::builder()
            .with_inputs(inputs)
            .with_features(features)
            .build();
        let path = VirtualPath::new("document.typ").expect("it is a plain name");
        let id = FileId::new(RootedPath::new(VirtualRoot::Project, path));
        let source = Source::new(id, include_str!("document.typ").into());
        Self {
            library: LazyHash::new(library),
            source,
        }
    }
}

impl World for Template {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.source.id() {
            Ok(self.source.clone())
        } else {
            absent(id)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        absent(id)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.font(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn absent<T>(id: FileId) -> FileResult<T> {
    Err(FileError::NotFound(
        Path::new(id.get().vpath().get_without_slash()).into(),
    ))
}

/// The document as the template reads it.
fn values(document: &Document) -> Dict {
    let (lang, region, page, of) = match document.language {
        Language::German => ("de", "DE", "Seite", "von"),
        Language::English => ("en", "GB", "Page", "of"),
    };
    let line = |text: &str| settable(&text::line(text), UNBROKEN_MAX);
    let facts = document
        .facts
        .iter()
        .map(|(label, value)| array([line(label), line(value)]));
    dict([
        ("family", FAMILY.into_value()),
        ("lang", lang.into_value()),
        ("region", region.into_value()),
        ("page", page.into_value()),
        ("of", of.into_value()),
        // The file's metadata need no places to break.
        (
            "name",
            FONTS.settable(&text::line(&document.title)).into_value(),
        ),
        (
            "title",
            settable(&text::line(&document.title), UNBROKEN_TITLE_MAX),
        ),
        (
            "running",
            settable(&shortened(&text::line(&document.title)), UNBROKEN_MAX),
        ),
        (
            "subtitle",
            line(document.subtitle.as_deref().unwrap_or_default()),
        ),
        ("footer", line(&document.footer)),
        ("facts", array(facts)),
        ("blocks", array(document.blocks.iter().map(block))),
    ])
}

/// As much of the title as one line at the head of a page holds.
fn shortened(title: &str) -> String {
    match title.char_indices().nth(RUNNING_MAX) {
        Some((end, _)) => format!("{}…", title.split_at(end).0.trim_end()),
        None => title.to_owned(),
    }
}

fn attached(it: &Attachment) -> Value {
    dict([
        ("name", it.name.as_str().into_value()),
        ("media_type", it.media_type.as_str().into_value()),
        ("description", it.description.as_str().into_value()),
        ("content", Bytes::new(it.content.clone()).into_value()),
    ])
    .into_value()
}

fn block(block: &Block) -> Value {
    let line = |text: &str| settable(&text::line(text), UNBROKEN_MAX);
    match block {
        Block::Heading { level, text } => dict([
            ("kind", "heading".into_value()),
            ("level", i64::from(*level).into_value()),
            ("text", line(text)),
        ])
        .into_value(),
        Block::Paragraph(inlines) => {
            let lines = text::paragraph(inlines).into_iter().map(|runs| {
                array(runs.into_iter().map(|run| {
                    dict([
                        ("strong", run.strong.into_value()),
                        ("text", settable(&run.text, UNBROKEN_MAX)),
                    ])
                    .into_value()
                }))
            });
            dict([("kind", "paragraph".into_value()), ("lines", array(lines))]).into_value()
        }
        Block::List(items) => dict([
            ("kind", "list".into_value()),
            ("items", array(items.iter().map(|item| line(item)))),
        ])
        .into_value(),
        Block::Note(text) => {
            let lines = text::lines(text);
            dict([
                ("kind", "note".into_value()),
                (
                    "lines",
                    array(lines.iter().map(|line| settable(line, UNBROKEN_MAX))),
                ),
            ])
            .into_value()
        }
        Block::Table(table) => table_values(table).into_value(),
    }
}

fn table_values(table: &Table) -> Dict {
    // A twelfth of the page's width holds seven digits in the smaller type of wide tables.
    let unbroken = match table.columns.len() {
        0..=4 => 14,
        5..=8 => 9,
        _ => 6,
    };
    let cell = |text: &str| settable(&text::line(text), unbroken);
    let shares = (0..table.columns.len()).map(|place| share(table, place).into_value());
    dict([
        ("kind", "table".into_value()),
        (
            "caption",
            settable(&text::line(&table.caption), UNBROKEN_MAX),
        ),
        (
            "names",
            array(table.columns.iter().map(|column| cell(&column.name))),
        ),
        (
            "numeric",
            array(
                table
                    .columns
                    .iter()
                    .map(|column| column.numeric.into_value()),
            ),
        ),
        ("shares", array(shares)),
        (
            "rows",
            array(
                table
                    .rows
                    .iter()
                    .map(|row| array(row.iter().map(|text| cell(text)))),
            ),
        ),
        ("row_headers", table.row_headers.into_value()),
    ])
}

/// A column's share of the page's width, by what it holds: the longest word in full, since a broken word reads badly, and the
/// longest text up to half a line. No share is more than six times another.
fn share(table: &Table, place: usize) -> i64 {
    let (mut longest_word, mut longest) = (0, 0);
    let cells = table.rows.iter().filter_map(|row| row.get(place));
    for text in cells.chain(table.columns.get(place).map(|column| &column.name)) {
        let text = text::line(text);
        longest = longest.max(text.chars().count());
        longest_word = text
            .split(' ')
            .map(|word| word.chars().count())
            .fold(longest_word, usize::max);
    }
    // Three for the space beside it.
    let share = longest_word.clamp(3, 21).max(longest.min(64) / 2) + 3;
    i64::try_from(share).unwrap_or(i64::MAX)
}

/// The text with glyphs for all of it, and places to break in what is longer than `unbroken`.
fn settable(text: &str, unbroken: usize) -> Value {
    let text = FONTS.settable(text);
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(' ') {
        // Words are hyphenated; digits and signs are not.
        let is_word = word
            .chars()
            .all(|c| c.is_alphabetic() || c == ' ' || ".,;:!?-".contains(c));
        let length = word.chars().count();
        if length <= unbroken || (is_word && length <= WORD_MAX) {
            out.push_str(word);
            continue;
        }
        for (place, character) in word.chars().enumerate() {
            if place > 0 && place % unbroken == 0 && character != ' ' {
                out.push('\u{200B}');
            }
            out.push(character);
        }
    }
    out.into_value()
}

fn dict<const N: usize>(pairs: [(&'static str, Value); N]) -> Dict {
    pairs
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect()
}

fn array(values: impl IntoIterator<Item = Value>) -> Value {
    values.into_iter().collect::<Array>().into_value()
}

#[cfg(test)]
mod tests;
