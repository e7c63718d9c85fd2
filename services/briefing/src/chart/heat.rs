//! A table as a heat map: rows by columns, darker where more is, with the figure in each cell.

use super::svg::{Anchor, Area, Canvas};
use super::{Figure, LETTER, NARROW, Row, Table, heat_of, wrap};
use crate::lang::Lang;

/// Width of a cell: four digits.
const CELL: f64 = 46.0;
/// Height of a row: two lines of its name.
const ROW: f64 = 30.0;
/// Letters of a name in one line.
const NAME_LETTERS: usize = 24;
/// Letters of a column's head; it rises to the right, so that long ones have room.
const HEAD_LETTERS: usize = 26;

/// Counts by rows and columns.
#[derive(Debug)]
pub(crate) struct Heat<'a> {
    /// Names it within its page.
    pub(crate) id: &'a str,
    /// How numbers are written.
    pub(crate) lang: Lang,
    /// What it shows.
    pub(crate) caption: String,
    /// What is to be seen, in a sentence.
    pub(crate) description: String,
    /// What the rows are.
    pub(crate) row_head: String,
    /// What stands over the last column, which adds up the row.
    pub(crate) total_head: String,
    /// The columns' names.
    pub(crate) columns: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<HeatRow>,
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct HeatRow {
    /// Its name.
    pub(crate) name: String,
    /// Where more of it is told; empty for nowhere.
    pub(crate) href: String,
    /// How often, a count for each column.
    pub(crate) counts: Vec<u32>,
}

impl HeatRow {
    fn total(&self) -> u64 {
        self.counts.iter().copied().map(u64::from).sum()
    }
}

/// The row, the column and the count of the largest cell, the first where several are.
pub(crate) fn peak<'a>(
    columns: &'a [String],
    rows: &'a [HeatRow],
) -> Option<(&'a str, &'a str, u32)> {
    let mut peak: Option<(&str, &str, u32)> = None;
    for row in rows {
        for (column, count) in columns.iter().zip(&row.counts) {
            if *count > peak.map_or(0, |(.., highest)| highest) {
                peak = Some((&row.name, column, *count));
            }
        }
    }
    peak
}

impl Heat<'_> {
    /// Draws it; none where nothing was counted.
    pub(crate) fn draw(self) -> Option<Figure> {
        let (.., highest) = peak(&self.columns, &self.rows)?;
        let name_width = NAME_LETTERS as f64 * LETTER;
        let longest = self
            .columns
            .iter()
            .map(|it| it.chars().count().min(HEAD_LETTERS))
            .max()?;
        let rise = longest as f64 * LETTER;
        // At 40 degrees: the height is the sine, and the last head sticks out by the cosine.
        let head = rise * 0.65 + 14.0;
        let right = (rise * 0.77 - CELL / 2.0).max(4.0);
        let columns = self.columns.len() as f64;
        let width = name_width + columns * CELL + right;
        let mut canvas = Canvas::new(width, head + ROW * self.rows.len() as f64 + 2.0);
        for (index, name) in self.columns.iter().enumerate() {
            let x = name_width + (index as f64 + 0.5) * CELL;
            let line = wrap(name, HEAD_LETTERS, 1);
            canvas.rising_text((x, head - 6.0), line.first().map_or("", String::as_str));
        }
        for (index, row) in self.rows.iter().enumerate() {
            let y = head + index as f64 * ROW;
            let lines = wrap(&row.name, NAME_LETTERS, 2);
            let first = y + ROW / 2.0 + 4.0 - 6.5 * (lines.len() as f64 - 1.0);
            for (line, text) in lines.iter().enumerate() {
                canvas.write("", Anchor::Start, (0.0, first + 13.0 * line as f64), text);
            }
            for (column, count) in row.counts.iter().enumerate() {
                let heat = heat_of(*count, highest);
                let x = name_width + column as f64 * CELL;
                let cell = Area {
                    x,
                    y,
                    width: CELL - 2.0,
                    height: ROW - 2.0,
                };
                canvas.rect(&format!("heat heat-{heat}"), cell);
                let at = (x + CELL / 2.0 - 1.0, y + ROW / 2.0 + 3.0);
                canvas.write(
                    &format!("on-heat-{heat}"),
                    Anchor::Middle,
                    at,
                    &self.lang.number((*count).into()),
                );
            }
        }
        let is_wide = canvas.width() > NARROW;
        let mut head = vec![self.row_head];
        head.extend(self.columns);
        head.push(self.total_head);
        let lang = self.lang;
        let rows = self.rows.into_iter().map(|row| {
            let total = row.total();
            let counts = row.counts.iter().map(|it| lang.number((*it).into()));
            Row {
                name: row.name,
                href: row.href,
                cells: counts.chain([lang.number(total)]).collect(),
            }
        });
        Some(Figure {
            id: self.id.to_owned(),
            svg: canvas.image_svg(self.id, &self.caption, &self.description),
            caption: self.caption,
            is_wide,
            table: Table {
                head,
                rows: rows.collect(),
            },
        })
    }
}
