//! What fell at one place while it rose at others: boxes with what was and what is, and an arrow for each way.

use super::svg::{Anchor, Area, Canvas};
use super::{Figure, Row, Table, wrap};
use crate::lang::Lang;

/// Width of the whole: a phone's.
const WIDTH: f64 = 400.0;
/// Width of a box; arrows have what is between two of them.
const BOX: f64 = 158.0;
/// Height of a box: two lines of a name, and a line of figures.
const BOX_HEIGHT: f64 = 56.0;
/// Space below a box.
const SPACE: f64 = 10.0;
/// Letters of a name in one line.
const NAME_LETTERS: usize = 22;
/// The widest arrow.
const ARROW_MAX: f64 = 7.0;

/// A fall, and what rose beside it.
#[derive(Debug)]
pub(crate) struct Shift<'a> {
    /// Names it within its page.
    pub(crate) id: &'a str,
    /// How numbers are written.
    pub(crate) lang: Lang,
    /// What it shows.
    pub(crate) caption: String,
    /// What is to be seen, in a sentence.
    pub(crate) description: String,
    /// The heads of its table: the place, before, now, change.
    pub(crate) heads: [String; 4],
    /// Where it fell.
    pub(crate) from: Change,
    /// Where it rose.
    pub(crate) to: Vec<Change>,
}

/// What was told of a place, and what is.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The place's name.
    pub(crate) name: String,
    /// Where more of it is told; empty for nowhere.
    pub(crate) href: String,
    /// Before.
    pub(crate) before: u32,
    /// Now.
    pub(crate) now: u32,
}

impl Change {
    fn by(&self) -> i64 {
        i64::from(self.now) - i64::from(self.before)
    }
}

/// A change with its sign, and a minus as wide as a plus: `+3`, `−2`, `±0`.
pub(crate) fn signed(change: i64, lang: Lang) -> String {
    let count = lang.number(change.unsigned_abs());
    match change {
        0 => "±0".to_owned(),
        1.. => format!("+{count}"),
        _ => format!("−{count}"),
    }
}

impl Shift<'_> {
    /// Draws it; none where it rose nowhere.
    pub(crate) fn draw(self) -> Option<Figure> {
        let most = self.to.iter().map(Change::by).max()?.max(1);
        let rows = self.to.len() as f64;
        let height = rows * (BOX_HEIGHT + SPACE) - SPACE + 2.0;
        let mut canvas = Canvas::new(WIDTH, height);
        let from_y = (height - BOX_HEIGHT) / 2.0;
        self.place(
            &mut canvas,
            &self.from,
            "place-box is-falling",
            (1.0, from_y),
        );
        for (index, change) in self.to.iter().enumerate() {
            let y = 1.0 + index as f64 * (BOX_HEIGHT + SPACE);
            let width = change.by().max(0) as f64 / most as f64 * ARROW_MAX;
            let start = (BOX + 4.0, from_y + BOX_HEIGHT / 2.0);
            canvas.arrow(
                start,
                (WIDTH - BOX - 5.0, y + BOX_HEIGHT / 2.0),
                width.max(1.5),
            );
            self.place(
                &mut canvas,
                change,
                "place-box is-rising",
                (WIDTH - BOX - 1.0, y),
            );
        }
        let lang = self.lang;
        let row = |it: Change| Row {
            cells: vec![
                lang.number(it.before.into()),
                lang.number(it.now.into()),
                signed(it.by(), lang),
            ],
            name: it.name,
            href: it.href,
        };
        Some(Figure {
            id: self.id.to_owned(),
            svg: canvas.image_svg(self.id, &self.caption, &self.description),
            caption: self.caption,
            is_wide: false,
            table: Table {
                head: self.heads.into(),
                rows: std::iter::once(self.from).chain(self.to).map(row).collect(),
            },
        })
    }

    fn place(&self, canvas: &mut Canvas, change: &Change, class: &str, (x, y): (f64, f64)) {
        let area = Area {
            x,
            y,
            width: BOX,
            height: BOX_HEIGHT,
        };
        canvas.rect(class, area);
        for (line, text) in wrap(&change.name, NAME_LETTERS, 2).iter().enumerate() {
            canvas.write(
                "",
                Anchor::Start,
                (x + 8.0, y + 17.0 + 14.0 * line as f64),
                text,
            );
        }
        let sign = if change.by() < 0 { '▼' } else { '▲' };
        let [before, now] = [change.before, change.now].map(|it| self.lang.number(it.into()));
        let figures = format!("{sign} {before} → {now}");
        canvas.write(
            "strong",
            Anchor::Start,
            (x + 8.0, y + BOX_HEIGHT - 8.0),
            &figures,
        );
    }
}
