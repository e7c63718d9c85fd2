//! Bars beside names: how often now, and how often before.

use super::svg::{Anchor, Area, Canvas};
use super::{Figure, LETTER, Row, Table, wrap};
use crate::lang::Lang;

/// Width of the whole: a phone's.
const WIDTH: f64 = 400.0;
/// What is left for bars: a figure of ten digits stands behind the longest one.
const BARS: f64 = WIDTH - 76.0;
/// Height of a bar.
const BAR: f64 = 11.0;
/// Letters of a name, which stands above its bars.
const NAME_LETTERS: usize = 58;

/// Counts by names.
#[derive(Debug)]
pub(crate) struct Bars<'a> {
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
    /// What the counts are called.
    pub(crate) now_head: String,
    /// What the counts before are called; none where nothing is compared.
    pub(crate) before_head: Option<String>,
    /// The rows.
    pub(crate) bars: Vec<Bar>,
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    /// Its name.
    pub(crate) name: String,
    /// Where more of it is told; empty for nowhere.
    pub(crate) href: String,
    /// How often.
    pub(crate) now: u32,
    /// How often before.
    pub(crate) before: u32,
}

impl Bars<'_> {
    /// Draws it; none where nothing was counted.
    pub(crate) fn draw(self) -> Option<Figure> {
        let lang = self.lang;
        let compares = self.before_head.is_some();
        let of_bar = |it: &Bar| {
            if compares {
                it.now.max(it.before)
            } else {
                it.now
            }
        };
        let highest = self.bars.iter().map(of_bar).max().filter(|it| *it > 0)?;
        let step = if compares { 48.0 } else { 34.0 };
        let legend = if compares { 22.0 } else { 0.0 };
        let mut canvas = Canvas::new(WIDTH, legend + step * self.bars.len() as f64);
        if let Some(before) = &self.before_head {
            let mut x = 0.0;
            for (class, text) in [("bar-now", &self.now_head), ("bar-before", before)] {
                let sign = Area {
                    x: x + 1.0,
                    y: 3.0,
                    width: 14.0,
                    height: BAR,
                };
                canvas.rect(class, sign);
                canvas.write("", Anchor::Start, (x + 20.0, 13.0), text);
                x += 36.0 + text.chars().count() as f64 * LETTER;
            }
        }
        for (index, bar) in self.bars.iter().enumerate() {
            let y = legend + index as f64 * step;
            let name = wrap(&bar.name, NAME_LETTERS, 1);
            canvas.write(
                "",
                Anchor::Start,
                (0.0, y + 12.0),
                name.first().map_or("", String::as_str),
            );
            let mut lane = |class: &str, count: u32, y: f64| {
                let width = f64::from(count) / f64::from(highest) * BARS;
                let area = Area {
                    x: 1.0,
                    y,
                    width,
                    height: BAR,
                };
                canvas.rect(class, area);
                canvas.write(
                    "",
                    Anchor::Start,
                    (width + 7.0, y + BAR - 1.0),
                    &lang.number(count.into()),
                );
            };
            lane("bar-now", bar.now, y + 17.0);
            if compares {
                lane("bar-before", bar.before, y + 31.0);
            }
        }
        let mut head = vec![self.row_head, self.now_head];
        head.extend(self.before_head);
        let rows = self.bars.into_iter().map(|bar| {
            let mut cells = vec![lang.number(bar.now.into())];
            cells.extend(compares.then(|| lang.number(bar.before.into())));
            Row {
                name: bar.name,
                href: bar.href,
                cells,
            }
        });
        Some(Figure {
            id: self.id.to_owned(),
            svg: canvas.image_svg(self.id, &self.caption, &self.description),
            caption: self.caption,
            is_wide: false,
            table: Table {
                head,
                rows: rows.collect(),
            },
        })
    }
}
