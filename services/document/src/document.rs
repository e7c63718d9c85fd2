//! What a document holds, and the bounds that keep rendering it a matter of seconds.

use crate::error::DocumentError;
use crate::text;

/// Most facts under a title.
pub const FACTS_MAX: usize = 40;
/// Most blocks; a protocol of 40 agenda items with six blocks each is far below.
pub const BLOCKS_MAX: usize = 2_000;
/// Most rows of all tables together, and most items of all lists together.
pub const ROWS_MAX: usize = 3_000;
/// Most columns of a table: more can't be read on a portrait page.
pub const COLUMNS_MAX: usize = 12;
/// Longest title, subtitle, footer, fact, heading or caption, in characters.
pub const LINE_MAX: usize = 500;
/// Longest paragraph, notice, list item or cell, in characters: about four pages.
pub const PARAGRAPH_MAX: usize = 16_000;
/// Most characters of all texts together: about 150 pages.
pub const CHARACTERS_MAX: usize = 400_000;

/// The language of a document or a calendar: that of its texts, which come from the caller, and of the few words that this crate
/// adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// German as it is written in Germany.
    German,
    /// English as it is written in Britain.
    English,
}

/// A document: a title with facts about it, and blocks of text.
///
/// In all texts control characters and characters that reverse the direction of writing are shown as U+FFFD, and spaces are
/// collapsed. Line breaks are kept in paragraphs and notices; everywhere else they are spaces. What the fonts of a PDF don't hold
/// (they hold Latin, Greek and Cyrillic) is shown there as an empty box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The language of the texts.
    pub language: Language,
    /// The title; must not be empty.
    pub title: String,
    /// A line below the title.
    pub subtitle: Option<String>,
    /// What is known about the document, as label and value: number, state, chair.
    pub facts: Vec<(String, String)>,
    /// The text.
    pub blocks: Vec<Block>,
    /// What stands at the foot of each page, beside the page's number; may be empty.
    pub footer: String,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading. The first is of level 1, and none is more than one level below the one before it.
    Heading {
        /// 1 to 4.
        level: u8,
        /// Its text; must not be empty.
        text: String,
    },
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list with bullets.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// A notice in a box, such as "Mit Vorbehalt freigegeben".
    Note(String),
}

/// A stretch of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Text.
    Plain(String),
    /// Text that matters more.
    Strong(String),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the table shows; empty for none.
    pub caption: String,
    /// The columns, at least one.
    pub columns: Vec<Column>,
    /// The rows, each with a cell for each column.
    pub rows: Vec<Vec<String>>,
    /// Whether the first cell of a row says what the row is about.
    pub row_headers: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub name: String,
    /// Whether it holds numbers, which are aligned to the right.
    pub numeric: bool,
}

impl Column {
    /// A column of text.
    pub fn text(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            numeric: false,
        }
    }

    /// A column of numbers.
    pub fn number(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            numeric: true,
        }
    }
}

impl Block {
    /// A paragraph of plain text.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph(vec![Inline::Plain(text.into())])
    }

    /// A heading of `level` 1 to 4.
    pub fn heading(level: u8, text: impl Into<String>) -> Self {
        Self::Heading {
            level,
            text: text.into(),
        }
    }
}

impl Inline {
    /// The text and whether it is strong.
    pub(crate) fn parts(&self) -> (&str, bool) {
        match self {
            Self::Plain(text) => (text, false),
            Self::Strong(text) => (text, true),
        }
    }
}

impl Document {
    /// Whether the document is within its bounds and well formed. [`crate::pdf`] asks this itself.
    ///
    /// # Errors
    ///
    /// [`DocumentError::TooMany`], [`DocumentError::Empty`], [`DocumentError::HeadingLevel`] or [`DocumentError::Row`].
    pub fn check(&self) -> Result<(), DocumentError> {
        at_most("facts", self.facts.len(), FACTS_MAX)?;
        at_most("blocks", self.blocks.len(), BLOCKS_MAX)?;
        let mut sum = Sum::default();
        sum.line(&self.title)?;
        if text::is_blank(&self.title) {
            return Err(DocumentError::Empty("the title"));
        }
        sum.line(self.subtitle.as_deref().unwrap_or_default())?;
        sum.line(&self.footer)?;
        for (label, value) in &self.facts {
            sum.line(label)?;
            sum.line(value)?;
        }
        let mut level_before = 0;
        for (place, block) in self.blocks.iter().enumerate() {
            match block {
                Block::Heading { level, text } => {
                    if !(1..=4).contains(level) || *level > level_before + 1 {
                        return Err(DocumentError::HeadingLevel {
                            block: place,
                            level: *level,
                            before: level_before,
                        });
                    }
                    level_before = *level;
                    sum.line(text)?;
                    if text::is_blank(text) {
                        return Err(DocumentError::Empty("a heading"));
                    }
                }
                Block::Paragraph(inlines) => {
                    sum.paragraph(inlines.iter().map(|inline| inline.parts().0))?;
                }
                Block::Note(text) => sum.paragraph([text.as_str()])?,
                Block::List(items) => {
                    sum.rows(items.len())?;
                    for item in items {
                        sum.paragraph([item.as_str()])?;
                    }
                }
                Block::Table(table) => table.check(place, &mut sum)?,
            }
        }
        Ok(())
    }
}

impl Table {
    fn check(&self, block: usize, sum: &mut Sum) -> Result<(), DocumentError> {
        if self.columns.is_empty() {
            return Err(DocumentError::Empty("a table"));
        }
        at_most("columns", self.columns.len(), COLUMNS_MAX)?;
        sum.rows(self.rows.len())?;
        sum.line(&self.caption)?;
        for column in &self.columns {
            sum.line(&column.name)?;
        }
        for (row, cells) in self.rows.iter().enumerate() {
            if cells.len() != self.columns.len() {
                return Err(DocumentError::Row {
                    block,
                    row,
                    cells: cells.len(),
                    columns: self.columns.len(),
                });
            }
            for cell in cells {
                sum.paragraph([cell.as_str()])?;
            }
        }
        Ok(())
    }
}

/// What was counted so far, over the whole document.
#[derive(Default)]
struct Sum {
    characters: usize,
    rows: usize,
}

impl Sum {
    fn line(&mut self, text: &str) -> Result<(), DocumentError> {
        self.text([text], "characters in a line", LINE_MAX)
    }

    fn paragraph<'a>(
        &mut self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), DocumentError> {
        self.text(texts, "characters in a paragraph", PARAGRAPH_MAX)
    }

    fn text<'a>(
        &mut self,
        texts: impl IntoIterator<Item = &'a str>,
        what: &'static str,
        max: usize,
    ) -> Result<(), DocumentError> {
        let characters = texts.into_iter().map(|text| text.chars().count()).sum();
        at_most(what, characters, max)?;
        self.characters += characters;
        at_most("characters", self.characters, CHARACTERS_MAX)
    }

    fn rows(&mut self, rows: usize) -> Result<(), DocumentError> {
        self.rows += rows;
        at_most("rows and list items", self.rows, ROWS_MAX)
    }
}

/// `count` if it is within `max`.
pub(crate) fn at_most(what: &'static str, count: usize, max: usize) -> Result<(), DocumentError> {
    if count > max {
        return Err(DocumentError::TooMany { what, max });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small protocol that has every kind of block.
    pub(crate) fn protocol() -> Document {
        Document {
            language: Language::German,
            title: "Protokoll der Sicherheitsbesprechung".into(),
            subtitle: Some("Jour fixe am Theaterplatz, 27. November 2026".into()),
            facts: vec![
                ("Nummer".into(), "jour-fixe-2026-kod-3".into()),
                ("Stand".into(), "Freigegeben, Fassung 4".into()),
                ("Leitung".into(), "Kommunaler Ordnungsdienst".into()),
            ],
            blocks: vec![
                Block::Note(
                    "Mit Vorbehalt freigegeben.\nDie Polizei hat sich nicht geäußert.".into(),
                ),
                Block::heading(1, "Lage"),
                Block::Paragraph(vec![
                    Inline::Plain("Die Zahl der Fundstellen ist ".into()),
                    Inline::Strong("gestiegen".into()),
                    Inline::Plain("; größere Straßenzüge sind nicht betroffen.".into()),
                ]),
                Block::heading(2, "Aufgaben"),
                Block::List(vec![
                    "Spritzenfunde melden".into(),
                    "Rundgänge abstimmen".into(),
                ]),
                Block::Table(Table {
                    caption: "Meldungen im November".into(),
                    columns: vec![
                        Column::text("Ort"),
                        Column::number("Anzahl"),
                        Column::text("Trend"),
                    ],
                    rows: vec![
                        vec!["Theaterplatz".into(), "17".into(), "steigend".into()],
                        vec!["Südbahnhof".into(), "5".into(), "gleich".into()],
                    ],
                    row_headers: true,
                }),
            ],
            footer: "Protokoll jour-fixe-2026-kod-3 · Freigegeben · Fingerabdruck 4f2a".into(),
        }
    }

    fn with(blocks: Vec<Block>) -> Result<(), DocumentError> {
        Document {
            blocks,
            ..protocol()
        }
        .check()
    }

    fn table(columns: usize, rows: Vec<Vec<String>>) -> Block {
        Block::Table(Table {
            caption: String::new(),
            columns: vec![Column::text("x"); columns],
            rows,
            row_headers: false,
        })
    }

    #[test]
    fn a_protocol_is_well_formed() {
        assert_eq!(protocol().check(), Ok(()));
    }

    #[test]
    fn what_has_no_text_is_refused() {
        let untitled = Document {
            title: " \u{85}\n ".into(),
            ..protocol()
        };
        assert_eq!(untitled.check(), Err(DocumentError::Empty("the title")));
        assert_eq!(
            with(vec![Block::heading(1, "\t")]),
            Err(DocumentError::Empty("a heading"))
        );
        assert_eq!(
            with(vec![table(0, vec![])]),
            Err(DocumentError::Empty("a table"))
        );
    }

    #[test]
    fn no_level_is_left_out() {
        let level = |block, level, before| {
            Err(DocumentError::HeadingLevel {
                block,
                level,
                before,
            })
        };
        let headings = |levels: &[u8]| {
            with(
                levels
                    .iter()
                    .map(|&level| Block::heading(level, "x"))
                    .collect(),
            )
        };
        assert_eq!(headings(&[1, 2, 3, 4, 1, 2, 2]), Ok(()));
        assert_eq!(headings(&[2]), level(0, 2, 0));
        assert_eq!(headings(&[1, 3]), level(1, 3, 1));
        assert_eq!(headings(&[1, 2, 3, 4, 5]), level(4, 5, 4));
        assert_eq!(headings(&[0]), level(0, 0, 0));
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let error = with(vec![table(
            2,
            vec![vec!["a".into(); 2], vec!["a".into(); 3]],
        )]);
        assert_eq!(
            error,
            Err(DocumentError::Row {
                block: 0,
                row: 1,
                cells: 3,
                columns: 2
            })
        );
    }

    #[test]
    fn every_bound_holds() {
        let too_many = |what, max| Err(DocumentError::TooMany { what, max });
        let text = |characters| "ü".repeat(characters);
        assert_eq!(with(vec![Block::Note("x".into()); BLOCKS_MAX]), Ok(()));
        assert_eq!(
            with(vec![Block::Note("x".into()); BLOCKS_MAX + 1]),
            too_many("blocks", BLOCKS_MAX)
        );
        assert_eq!(with(vec![Block::paragraph(text(PARAGRAPH_MAX))]), Ok(()));
        assert_eq!(
            with(vec![Block::paragraph(text(PARAGRAPH_MAX + 1))]),
            too_many("characters in a paragraph", PARAGRAPH_MAX)
        );
        assert_eq!(
            with(vec![
                Block::paragraph(text(PARAGRAPH_MAX));
                CHARACTERS_MAX / PARAGRAPH_MAX + 1
            ]),
            too_many("characters", CHARACTERS_MAX)
        );
        assert_eq!(
            with(vec![Block::heading(1, text(LINE_MAX + 1))]),
            too_many("characters in a line", LINE_MAX)
        );
        assert_eq!(
            with(vec![
                Block::List(vec![text(1); ROWS_MAX]),
                table(1, vec![vec![text(1)]])
            ]),
            too_many("rows and list items", ROWS_MAX)
        );
        assert_eq!(
            with(vec![table(COLUMNS_MAX + 1, vec![])]),
            too_many("columns", COLUMNS_MAX)
        );
        let facts = vec![(text(1), text(1)); FACTS_MAX + 1];
        assert_eq!(
            Document {
                facts,
                ..protocol()
            }
            .check(),
            too_many("facts", FACTS_MAX)
        );
    }
}
