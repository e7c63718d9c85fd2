//! Figures of an indicator as they were told: exact ones, and bands, of which nobody knows where in them the figure is.

use super::svg::{Anchor, Area, Canvas};
use super::{Figure, LETTER, NARROW, Row, Table, steps};
use crate::lang::Lang;

/// Height of the tallest bar.
const HEIGHT: f64 = 110.0;
/// Room above the bars.
const TOP: f64 = 16.0;
/// Room below the bars for the days.
const BELOW: f64 = 22.0;
/// Up to so many values each carries its figure.
const FIGURES_MAX: usize = 16;
/// A figure beyond this is no count of a city's; it is drawn as this.
const COUNT_MAX: u32 = 1_000_000_000;

/// Values of an indicator at a place, in the order of their days.
#[derive(Debug)]
pub(crate) struct Series<'a> {
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
    /// What the values are called.
    pub(crate) value_head: String,
    /// The values.
    pub(crate) values: Vec<Told>,
}

/// A value.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// Its day on the axis.
    pub(crate) short: String,
    /// Its time in the table.
    pub(crate) name: String,
    /// The value as the contract writes it, such as `12`, `5-9`, `<5`, `100+`, `≈120` or `40 %`.
    pub(crate) value: String,
}

/// What a value says at least and at most; without an end for `100+`.
fn range(value: &str) -> Option<(u32, Option<u32>)> {
    let (text, is_share) = match value.strip_suffix('%') {
        Some(text) => (text.trim_end(), true),
        None => (value, false),
    };
    let number = |text: &str| text.parse::<u32>().ok().map(|it| it.min(COUNT_MAX));
    if let Some(below) = text.strip_prefix('<') {
        return Some((0, Some(number(below)?.saturating_sub(1))));
    }
    if let Some(above) = text.strip_prefix('>') {
        return Some((number(above)?, is_share.then_some(100)));
    }
    if let Some(from) = text.strip_suffix('+') {
        return Some((number(from)?, None));
    }
    if let Some((from, to)) = text.split_once(['-', '–']) {
        return Some((number(from)?, Some(number(to)?)));
    }
    let exact = number(text.strip_prefix('≈').unwrap_or(text))?;
    Some((exact, Some(exact)))
}

/// How far the axis reaches beyond a value without an end, so that one sees that there may be more.
fn beyond(from: u32) -> u32 {
    from.saturating_add(from / 4).saturating_add(1)
}

/// A value as people read it, with a dash between the ends of a band.
pub(crate) fn shown(value: &str) -> String {
    value.replace('-', "–")
}

impl Series<'_> {
    /// Draws it; none where no value can be.
    pub(crate) fn draw(self) -> Option<Figure> {
        let ranges: Vec<_> = self.values.iter().map(|it| range(&it.value)).collect();
        let highest = ranges
            .iter()
            .flatten()
            .map(|(from, to)| to.unwrap_or_else(|| beyond(*from)))
            .max()?;
        let count = self.values.len();
        let pitch = match count {
            0..=8 => 42.0,
            9..=16 => 34.0,
            17..=60 => 12.0,
            _ => 4.0,
        };
        let steps = steps(highest);
        let top = steps.last().copied().unwrap_or(1);
        let axis = self.lang.number(top).len() as f64 * LETTER + 10.0;
        let width = (axis + pitch * count as f64 + 20.0).max(240.0);
        let mut canvas = Canvas::new(width, TOP + HEIGHT + BELOW);
        let level = |count: u64| TOP + HEIGHT - count.min(top) as f64 / top as f64 * HEIGHT;
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
                &self.lang.number(step),
            );
        }
        let every = ((6.5 * LETTER) / pitch).ceil().max(1.0) as usize;
        for (index, (told, range)) in self.values.iter().zip(ranges).enumerate() {
            let x = axis + pitch * index as f64;
            if let Some((from, to)) = range {
                let (low, high) = (level(u64::from(from)), level(to.map_or(top, u64::from)));
                let part = |y: f64, height: f64| Area {
                    x: x + pitch * 0.15,
                    y,
                    width: pitch * 0.7,
                    height,
                };
                canvas.rect("bar-now", part(low, TOP + HEIGHT - low));
                if high < low {
                    canvas.rect("bar-range", part(high, low - high));
                }
                if count <= FIGURES_MAX {
                    let at = (x + pitch / 2.0, high - 3.0);
                    canvas.write("small", Anchor::Middle, at, &shown(&told.value));
                }
            }
            if index % every == 0 {
                let at = (x + pitch / 2.0, TOP + HEIGHT + 16.0);
                canvas.write("quiet", Anchor::Middle, at, &told.short);
            }
        }
        let rows = self.values.into_iter().map(|it| Row {
            name: it.name,
            href: String::new(),
            cells: vec![shown(&it.value)],
        });
        Some(Figure {
            id: self.id.to_owned(),
            svg: canvas.image_svg(self.id, &self.caption, &self.description),
            caption: self.caption,
            is_wide: width > NARROW,
            table: Table {
                head: vec![self.row_head, self.value_head],
                rows: rows.collect(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_telling_a_figure_is_understood() {
        for (value, expected) in [
            ("0", Some((0, Some(0)))),
            ("12", Some((12, Some(12)))),
            ("<5", Some((0, Some(4)))),
            ("5-9", Some((5, Some(9)))),
            ("100+", Some((100, None))),
            ("≈120", Some((120, Some(120)))),
            ("40 %", Some((40, Some(40)))),
            ("<10 %", Some((0, Some(9)))),
            (">90 %", Some((90, Some(100)))),
            ("4000000000", Some((COUNT_MAX, Some(COUNT_MAX)))),
            ("", None),
            ("viel", None),
        ] {
            assert_eq!(range(value), expected, "{value}");
        }
    }
}
