//! A report as one long table of comma-separated values (RFC 4180), for whoever counts on.
//!
//! No cell can be taken for a formula by a spreadsheet.

use verbund_model::{Charter, Count, Report, Series};

use super::document::Names;
use super::words::Words;

/// Columns of the table; the first line names them.
const COLUMNS: usize = 10;

/// The file.
pub(super) fn file(charter: &Charter, words: &Words, report: &Report) -> String {
    let names = Names { charter, words };
    let mut file = File {
        words,
        compares: report.compared.is_some(),
        text: String::new(),
    };
    file.line(&words.columns.map(str::to_owned));
    head(&mut file, charter, report);
    file.counts(words.by_category, &report.by_category, |id| {
        (id.to_string(), names.category(id))
    });
    file.counts(words.by_place, &report.by_place, |id| {
        (id.to_string(), names.place(id))
    });
    file.counts(words.by_measure, &report.by_measure, |id| {
        (id.to_string(), names.measure(id))
    });
    file.counts(words.by_window, &report.by_window, |id| {
        let own = id.as_ref().map(ToString::to_string);
        (own.unwrap_or_default(), names.window(id.as_ref()))
    });
    for cell in &report.cells {
        let (category, place) = &cell.id;
        file.row(Row {
            section: words.cells,
            id: category.to_string(),
            name: names.category(category),
            place: Some((place.to_string(), names.place(place))),
            count: Some(cell.now),
            before: file.compares.then_some(cell.before),
            ..Row::default()
        });
    }
    for found in &report.displacement {
        let rose = found.to.iter().map(|it| (words.rose_at, it));
        let from = format!("{} {}", words.from, names.place(&found.from.place));
        for (direction, change) in std::iter::once((words.fell_at, &found.from)).chain(rose) {
            file.row(Row {
                section: words.displacement,
                id: found.category.to_string(),
                name: names.category(&found.category),
                place: Some((change.place.to_string(), names.place(&change.place))),
                covers: direction,
                count: Some(change.now),
                before: Some(change.before),
                value: if direction == words.rose_at {
                    from.clone()
                } else {
                    String::new()
                },
                ..Row::default()
            });
        }
    }
    for series in &report.series {
        figures(&mut file, &names, series);
    }
    for it in &report.tasks {
        let counts = [
            (words.opened, it.opened),
            (words.open, it.open),
            (words.overdue, it.overdue),
            (words.done, it.done),
            (words.declined, it.declined),
        ];
        for (what, count) in counts {
            file.row(Row {
                section: words.tasks,
                id: it.measure.to_string(),
                name: names.measure(&it.measure),
                covers: what,
                count: Some(count),
                ..Row::default()
            });
        }
    }
    // Decisions are kept for years: they can be compared when updates can't.
    file.compares = true;
    file.counts(words.decisions, &report.decisions, |id| {
        let own = id.as_ref().map(ToString::to_string);
        (own.unwrap_or_default(), names.decision(id.as_ref()))
    });
    file.text
}

fn head(file: &mut File<'_>, charter: &Charter, report: &Report) {
    let words = file.words;
    let days = [
        (words.period, Some(report.period)),
        (words.compared, report.compared),
    ];
    for (section, period) in days {
        if let Some(period) = period {
            file.row(Row {
                section,
                day: period.from().to_string(),
                value: period.to().to_string(),
                ..Row::default()
            });
        }
    }
    file.row(Row {
        section: words.updates,
        count: Some(report.updates.now),
        before: file.compares.then_some(report.updates.before),
        value: if report.complete {
            String::new()
        } else {
            words.incomplete(charter)
        },
        ..Row::default()
    });
    if !report.figures_complete {
        file.row(Row {
            section: words.series,
            value: words.figures_incomplete(charter),
            ..Row::default()
        });
    }
    file.row(Row {
        section: words.left_out,
        count: Some(report.left_out),
        ..Row::default()
    });
}

fn figures(file: &mut File<'_>, names: &Names<'_>, series: &Series) {
    let words = file.words;
    let row = Row {
        section: words.series,
        id: series.indicator.to_string(),
        name: names.indicator(&series.indicator),
        place: Some((series.place.to_string(), names.place(&series.place))),
        ..Row::default()
    };
    for it in &series.values {
        file.row(Row {
            day: it.day.to_string(),
            covers: words.period(it.period),
            value: it.value.to_string(),
            ..row.clone()
        });
    }
    if let Some(sum) = series.sum {
        file.row(Row {
            covers: words.sum,
            value: sum.to_string(),
            ..row
        });
    }
}

/// What a line holds; the rest is empty.
#[derive(Debug, Clone, Default)]
struct Row<'a> {
    section: &'a str,
    id: String,
    name: String,
    place: Option<(String, String)>,
    day: String,
    covers: &'a str,
    count: Option<u32>,
    before: Option<u32>,
    value: String,
}

struct File<'a> {
    words: &'a Words,
    /// Whether what was before is known.
    compares: bool,
    text: String,
}

impl File<'_> {
    fn counts<Id>(
        &mut self,
        section: &str,
        counts: &[Count<Id>],
        name: impl Fn(&Id) -> (String, String),
    ) {
        for it in counts {
            let (id, name) = name(&it.id);
            self.row(Row {
                section,
                id,
                name,
                count: Some(it.now),
                before: self.compares.then_some(it.before),
                ..Row::default()
            });
        }
    }

    fn row(&mut self, row: Row<'_>) {
        let number = |it: Option<u32>| it.map(|it| it.to_string()).unwrap_or_default();
        let (place, place_name) = row.place.unwrap_or_default();
        self.line(&[
            row.section.to_owned(),
            row.id,
            row.name,
            place,
            place_name,
            row.day,
            row.covers.to_owned(),
            number(row.count),
            number(row.before),
            row.value,
        ]);
    }

    fn line(&mut self, cells: &[String; COLUMNS]) {
        for (at, text) in cells.iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            self.text.push_str(&cell(text));
        }
        self.text.push_str("\r\n");
    }
}

/// A cell as RFC 4180 writes it. What a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises.
pub(super) fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) {
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    format!("{guard}{text}")
}
