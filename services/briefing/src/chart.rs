//! Charts: plain figures as SVG, drawn here and not in the browser, so that screen, paper and a page without script show the same.
//!
//! **Promise.** A chart is a picture with a name and a description in words, and a table of all its figures stands behind it.
//! Every figure that is drawn is also printed or in that table; nothing is told by colour alone. Colours are classes of the style
//! sheet, never values. The same figures give the same bytes. Where there is nothing to draw there is no chart.
//!
//! Which words stand on it is up to who asks for it: charts know how a language writes numbers, and nothing of the vocabulary.

mod bars;
mod days;
mod heat;
mod map;
mod series;
mod shift;
mod svg;

pub(crate) use bars::{Bar, Bars};
pub(crate) use days::{DayCount, Days};
pub(crate) use heat::{Heat, HeatRow, peak};
pub(crate) use map::{District, Map, Spot};
pub(crate) use series::{Series, Told, shown};
pub(crate) use shift::{Change, Shift, signed};

/// A chart as a page shows it: `parts/chart.html`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// Names it within its page; what is in it begins with it.
    pub(crate) id: String,
    /// What it shows, above it.
    pub(crate) caption: String,
    /// The picture.
    pub(crate) svg: String,
    /// It is wider than a phone, and scrolls there.
    pub(crate) is_wide: bool,
    /// The figures.
    pub(crate) table: Table,
}

impl Figure {
    /// Pictures of another address are in it.
    pub(crate) fn has_pictures(&self) -> bool {
        self.svg.contains("<image ")
    }
}

/// The table behind a chart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// The heads of its columns; the first is that of the rows' names.
    pub(crate) head: Vec<String>,
    /// Its rows.
    pub(crate) rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// What it is about.
    pub(crate) name: String,
    /// Where more of it is told; empty for nowhere.
    pub(crate) href: String,
    /// The figures.
    pub(crate) cells: Vec<String>,
}

/// Width from which a chart scrolls on a phone instead of shrinking until nobody can read it.
const NARROW: f64 = 420.0;
/// The average width of a letter at the size of the charts' text, in user units; wide ones stand beside narrow ones.
const LETTER: f64 = 6.6;

/// How dark a cell is: 0 for nothing, 1 to 5 for the rest.
fn heat_of(count: u32, highest: u32) -> u32 {
    match (count, highest) {
        (0, _) | (_, 0) => 0,
        _ => u32::try_from((u64::from(count) * 5).div_ceil(u64::from(highest)))
            .unwrap_or(5)
            .min(5),
    }
}

/// Steps of an axis from zero up to at least `highest`: at most five, each 1, 2 or 5 times a power of ten.
fn steps(highest: u32) -> Vec<u64> {
    let highest = u64::from(highest.max(1));
    let mut unit = 1;
    let step = loop {
        if let Some(step) = [1, 2, 5]
            .into_iter()
            .map(|it| it * unit)
            .find(|step| highest.div_ceil(*step) <= 4)
        {
            break step;
        }
        unit *= 10;
    };
    (0..=highest.div_ceil(step)).map(|it| it * step).collect()
}

/// Breaks a name into at most `lines` lines of about `letters` letters, at spaces, hyphens and slashes; what is left over is an
/// ellipsis. The whole name is in the table.
fn wrap(name: &str, letters: usize, lines: usize) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in name.split_inclusive([' ', '-', '/', '–']) {
        if !line.is_empty() && line.chars().count() + piece.trim_end().chars().count() > letters {
            done.push(std::mem::take(&mut line));
        }
        line.push_str(piece);
    }
    done.push(line);
    let is_cut = done.len() > lines;
    done.truncate(lines);
    let last = done.len().saturating_sub(1);
    for (index, line) in done.iter_mut().enumerate() {
        let is_last_and_cut = is_cut && index == last;
        let kept = line.trim_end();
        *line = if kept.chars().count() > letters || is_last_and_cut {
            let short: String = kept.chars().take(letters.saturating_sub(1)).collect();
            format!("{}…", short.trim_end())
        } else {
            kept.to_owned()
        };
    }
    done
}

#[cfg(test)]
mod tests;
