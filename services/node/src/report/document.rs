//! A report as a document, for Markdown and PDF.

use std::collections::BTreeMap;

use verbund_document::{Block, Column, Document, Table};
use verbund_model::{
    AgencyId, CategoryId, Charter, Count, Displacement, IndicatorId, MeasureId, PlaceChange,
    PlaceId, Report, Series, WindowId,
};

use super::words::Words;

/// Values of a series that are written out; of more, only how many there are. Twelve are a year's months.
const VALUES_MAX: usize = 12;
/// Kinds beside each other in the table of places and kinds: more are too narrow to read.
const KINDS_ABREAST: usize = 5;

/// The document.
pub(super) fn of(charter: &Charter, own: &AgencyId, words: &Words, report: &Report) -> Document {
    let names = Names { charter, words };
    let days = |from, to| format!("{} {} {}", words.day(from), words.to, words.day(to));
    let period = days(report.period.from(), report.period.to());
    let made_by = charter
        .agency(own)
        .map_or(own.as_str(), |it| words.name(&it.names));
    let mut facts = vec![
        (words.federation, words.name(charter.names()).to_owned()),
        (words.made_by, made_by.to_owned()),
        (words.period, period.clone()),
        (words.updates, report.updates.now.to_string()),
        (words.left_out, report.left_out.to_string()),
        (words.charter, charter.version().to_string()),
    ];
    if let Some(compared) = report.compared {
        let compared = days(compared.from(), compared.to());
        let before = format!("{compared} ({})", report.updates.before);
        facts.insert(3, (words.compared, before));
    }
    let mut blocks = Vec::new();
    if !report.complete {
        blocks.push(Block::Note(words.incomplete(charter)));
    } else if report.compared.is_none() {
        blocks.push(Block::Note(words.not_compared.to_owned()));
    }
    if !report.figures_complete {
        blocks.push(Block::Note(words.figures_incomplete(charter)));
    }
    blocks.push(Block::paragraph(words.how_to_read));
    let compares = report.compared.is_some();
    let mut section = |heading: &str, about: Option<&str>, tables: Vec<Block>| {
        blocks.push(Block::heading(1, heading));
        blocks.extend(about.map(Block::paragraph));
        if tables.is_empty() {
            blocks.push(Block::paragraph(words.none));
        }
        blocks.extend(tables);
    };
    let counted = |what: &str, rows: Vec<(String, u32, u32)>, compares| {
        counts(words, what, rows, compares).into_iter().collect()
    };
    let rows = named(&report.by_category, |id| names.category(id));
    section(
        words.by_category,
        None,
        counted(words.category, rows, compares),
    );
    let rows = named(&report.by_place, |id| names.place(id));
    section(words.by_place, None, counted(words.place, rows, compares));
    let rows = named(&report.by_measure, |id| names.measure(id));
    section(
        words.by_measure,
        None,
        counted(words.measure, rows, compares),
    );
    let rows = named(&report.by_window, |id| names.window(id.as_ref()));
    section(words.by_window, None, counted(words.window, rows, compares));
    if compares {
        let about = Some(words.about_displacement);
        section(
            words.displacement,
            about,
            displacement(&names, &report.displacement),
        );
        section(words.cells, None, matrix(&names, &report.cells));
    }
    section(
        words.series,
        Some(words.about_series),
        series(&names, &report.series),
    );
    section(words.tasks, Some(words.about_tasks), tasks(&names, report));
    let rows = named(&report.decisions, |id| names.decision(id.as_ref()));
    section(words.decisions, None, counted(words.measure, rows, true));
    Document {
        language: words.language,
        title: words.title.to_owned(),
        subtitle: Some(period.clone()),
        facts: facts
            .into_iter()
            .map(|(label, value)| (label.to_owned(), value))
            .collect(),
        blocks,
        footer: format!("{} · {period}", words.footer),
    }
}

/// Names of the charter; an id that it does not know any more is its own name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) charter: &'a Charter,
    pub(super) words: &'a Words,
}

impl Names<'_> {
    pub(super) fn category(&self, id: &CategoryId) -> String {
        let term = self.charter.category(id);
        term.map_or(id.as_str(), |it| self.words.name(&it.names))
            .to_owned()
    }

    pub(super) fn place(&self, id: &PlaceId) -> String {
        let place = self.charter.place(id);
        place.map_or(id.as_str(), |it| &it.name).to_owned()
    }

    pub(super) fn measure(&self, id: &MeasureId) -> String {
        let term = self.charter.measure(id);
        term.map_or(id.as_str(), |it| self.words.name(&it.names))
            .to_owned()
    }

    pub(super) fn indicator(&self, id: &IndicatorId) -> String {
        let indicator = self.charter.indicator(id);
        indicator
            .map_or(id.as_str(), |it| self.words.name(&it.names))
            .to_owned()
    }

    pub(super) fn window(&self, id: Option<&WindowId>) -> String {
        id.map_or(self.words.whole_day, WindowId::as_str).to_owned()
    }

    pub(super) fn decision(&self, id: Option<&MeasureId>) -> String {
        id.map_or_else(|| self.words.no_measure.to_owned(), |id| self.measure(id))
    }
}

fn named<Id>(counts: &[Count<Id>], name: impl Fn(&Id) -> String) -> Vec<(String, u32, u32)> {
    let row = |it: &Count<Id>| (name(&it.id), it.now, it.before);
    counts.iter().map(row).collect()
}

fn table(caption: &str, columns: Vec<Column>, rows: Vec<Vec<String>>) -> Block {
    Block::Table(Table {
        caption: caption.to_owned(),
        columns,
        rows,
        row_headers: true,
    })
}

/// Counts, with what was before where that is known.
fn counts(
    words: &Words,
    what: &str,
    rows: Vec<(String, u32, u32)>,
    compares: bool,
) -> Option<Block> {
    if rows.is_empty() {
        return None;
    }
    let mut columns = vec![Column::text(what), Column::number(words.now)];
    if compares {
        columns.push(Column::number(words.before));
        columns.push(Column::number(words.change));
    }
    let row = |(name, now, before): (String, u32, u32)| {
        let mut row = vec![name, now.to_string()];
        if compares {
            row.extend([before.to_string(), change(now, before)]);
        }
        row
    };
    Some(table("", columns, rows.into_iter().map(row).collect()))
}

/// A change with its sign; the minus is the one of typesetters.
fn change(now: u32, before: u32) -> String {
    match i64::from(now) - i64::from(before) {
        0 => "0".to_owned(),
        up @ 1.. => format!("+{up}"),
        down => format!("\u{2212}{}", down.unsigned_abs()),
    }
}

fn displacement(names: &Names<'_>, found: &[Displacement]) -> Vec<Block> {
    if found.is_empty() {
        return Vec::new();
    }
    let words = names.words;
    let at = |it: &PlaceChange| format!("{}: {} → {}", names.place(&it.place), it.before, it.now);
    let rows = found
        .iter()
        .map(|it| {
            let rose: Vec<String> = it.to.iter().map(at).collect();
            vec![names.category(&it.category), at(&it.from), rose.join("; ")]
        })
        .collect();
    let columns = [words.category, words.fell_at, words.rose_at];
    vec![table("", columns.map(Column::text).into(), rows)]
}

/// Places below each other, kinds beside each other, in as many tables as it takes.
fn matrix(names: &Names<'_>, cells: &[Count<(CategoryId, PlaceId)>]) -> Vec<Block> {
    let mut changes = BTreeMap::new();
    let (mut kinds, mut places) = (Vec::new(), Vec::new());
    for cell in cells {
        let (category, place) = &cell.id;
        changes.insert((category, place), change(cell.now, cell.before));
        if !kinds.contains(&category) {
            kinds.push(category);
        }
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let at = |id: &PlaceId| names.charter.places().position(|it| it.id == *id);
    places.sort_by_key(|id| (at(id).is_none(), at(id)));
    kinds
        .chunks(KINDS_ABREAST)
        .map(|kinds| {
            let mut columns = vec![Column::text(names.words.place)];
            columns.extend(kinds.iter().map(|id| Column::number(names.category(id))));
            let rows = places
                .iter()
                .filter(|place| {
                    kinds
                        .iter()
                        .any(|kind| changes.contains_key(&(*kind, **place)))
                })
                .map(|place| {
                    let cell = |kind: &&CategoryId| {
                        changes.get(&(*kind, *place)).cloned().unwrap_or_default()
                    };
                    let changes = kinds.iter().map(cell);
                    std::iter::once(names.place(place)).chain(changes).collect()
                })
                .collect();
            table("", columns, rows)
        })
        .collect()
}

/// A table for each indicator.
fn series(names: &Names<'_>, series: &[Series]) -> Vec<Block> {
    let words = names.words;
    series
        .chunk_by(|one, other| one.indicator == other.indicator)
        .map(|series| {
            let rows = series
                .iter()
                .map(|it| {
                    let sum = it.sum.map_or_else(|| "–".to_owned(), |sum| sum.to_string());
                    vec![names.place(&it.place), values(names, it), sum]
                })
                .collect();
            let columns = vec![
                Column::text(words.place),
                Column::text(words.values),
                Column::number(words.sum),
            ];
            table(&names.indicator(&series[0].indicator), columns, rows)
        })
        .collect()
}

fn values(names: &Names<'_>, series: &Series) -> String {
    let words = names.words;
    let mut told: Vec<String> = match series.values.len() {
        0..=VALUES_MAX => series
            .values
            .iter()
            .map(|it| {
                let day = words.day(it.day);
                format!("{} ({} {day})", it.value, words.period(it.period))
            })
            .collect(),
        more => vec![format!("{more} {}", words.in_csv)],
    };
    if series.only_in_sum > 0 {
        told.push(format!("{} {}", series.only_in_sum, words.only_in_sum));
    }
    told.join("; ")
}

fn tasks(names: &Names<'_>, report: &Report) -> Vec<Block> {
    if report.tasks.is_empty() {
        return Vec::new();
    }
    let words = names.words;
    let rows = report
        .tasks
        .iter()
        .map(|it| {
            let counts = [it.opened, it.open, it.overdue, it.done, it.declined];
            let counts = counts.iter().map(ToString::to_string);
            std::iter::once(names.measure(&it.measure))
                .chain(counts)
                .collect()
        })
        .collect();
    let numbers = [
        words.opened,
        words.open,
        words.overdue,
        words.done,
        words.declined,
    ];
    let mut columns = vec![Column::text(words.measure)];
    columns.extend(numbers.map(Column::number));
    vec![table("", columns, rows)]
}
