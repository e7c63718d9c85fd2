//! Bars side by side, one for each day.

use super::svg::{Anchor, Area, Canvas};
use super::{Figure, LETTER, NARROW, Row, Table, steps};
use crate::lang::Lang;

/// Height of the tallest bar.
const HEIGHT: f64 = 130.0;
/// Room above the bars for a figure.
const TOP: f64 = 16.0;
/// Room below the bars for the days.
const BELOW: f64 = 22.0;
/// Up to so many days each bar carries its figure.
const FIGURES_MAX: usize = 31;

/// Counts by days, without a gap.
#[derive(Debug)]
pub(crate) struct Days<'a> {
    /// Names it within its page.
    pub(crate) id: &'a str,
    /// How numbers are written.
    pub(crate) lang: Lang,
    /// What it shows.
    pub(crate) caption: String,
    /// What is to be seen, in a sentence.
    pub(crate) description: String,
    /// What the rows of its table are.
    pub(crate) row_head: String,
    /// What the counts are called.
    pub(crate) count_head: String,
    /// The days.
    pub(crate) days: Vec<DayCount>,
}

/// A day.
#[derive(Debug, Clone)]
pub(crate) struct DayCount {
    /// The day on the axis: `27.11.`.
    pub(crate) short: String,
    /// The day in the table.
    pub(crate) name: String,
    /// How often.
    pub(crate) count: u32,
}

impl Days<'_> {
    /// Draws it; none where nothing was counted.
    pub(crate) fn draw(self) -> Option<Figure> {
        let highest = self
            .days
            .iter()
            .map(|it| it.count)
            .max()
            .filter(|it| *it > 0)?;
        let count = self.days.len();
        let pitch = match count {
            0..=10 => 40.0,
            11..=31 => 17.0,
            32..=100 => 7.0,
            _ => 2.5,
        };
        let steps = steps(highest);
        let top = steps.last().copied().unwrap_or(1);
        let lang = self.lang;
        let axis = lang.number(top).len() as f64 * LETTER + 10.0;
        let width = (axis + pitch * count as f64 + 20.0).max(240.0);
        let mut canvas = Canvas::new(width, TOP + HEIGHT + BELOW);
        let level = |count: u64| TOP + HEIGHT - count as f64 / top as f64 * HEIGHT;
        for step in steps {
            let y = level(step);
            canvas.line(
                if step == 0 { "axis" } else { "grid" },
                (axis, y),
                (width, y),
            );
            canvas.write(
                "quiet",
                Anchor::End,
                (axis - 5.0, y + 4.0),
                &lang.number(step),
            );
        }
        // As many days are written as have room beside each other.
        let every = ((6.5 * LETTER) / pitch).ceil().max(1.0) as usize;
        for (index, day) in self.days.iter().enumerate() {
            let x = axis + pitch * index as f64;
            let y = level(u64::from(day.count));
            let area = Area {
                x: x + pitch * 0.1,
                y,
                width: pitch * 0.8,
                height: TOP + HEIGHT - y,
            };
            canvas.rect("bar-now", area);
            if count <= FIGURES_MAX && day.count > 0 {
                canvas.write(
                    "small",
                    Anchor::Middle,
                    (x + pitch / 2.0, y - 3.0),
                    &lang.number(day.count.into()),
                );
            }
            if index % every == 0 {
                let at = (x + pitch / 2.0, TOP + HEIGHT + 16.0);
                canvas.write("quiet", Anchor::Middle, at, &day.short);
            }
        }
        let rows = self.days.into_iter().map(|day| Row {
            name: day.name,
            href: String::new(),
            cells: vec![lang.number(day.count.into())],
        });
        Some(Figure {
            id: self.id.to_owned(),
            svg: canvas.image_svg(self.id, &self.caption, &self.description),
            caption: self.caption,
            is_wide: width > NARROW,
            table: Table {
                head: vec![self.row_head, self.count_head],
                rows: rows.collect(),
            },
        })
    }
}
