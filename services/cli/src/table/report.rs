//! The committee's report as people read it: what there was, beside what there was before.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use comfy_table::Table;
use verbund_wire::agency::{Displacement, Report, ReportCount, ReportSeries, ReportTasks};

use crate::names::Names;
use crate::output::{clean, new_table};
use crate::text::{self, Text};

/// The whole report: a table for each part that has something to say.
pub(crate) fn report(it: &Report, names: &Names) -> String {
    let mut head = text::REPORT_HEAD.fill(&[&clean(&it.from_day), &clean(&it.to_day), &it.updates]);
    if it.left_out > 0 {
        head.push_str(&text::REPORT_LEFT_OUT.fill(&[&it.left_out]));
    }
    if !it.complete {
        head.push_str(&text::REPORT_INCOMPLETE.to_string());
    }
    if it.figures_incomplete {
        head.push_str(&text::REPORT_FIGURES_INCOMPLETE.to_string());
    }
    let mut parts = vec![head];
    let mut add = |heading: Text, table: Option<Table>| {
        if let Some(table) = table {
            parts.push(format!("{heading}\n{}", table.trim_fmt()));
        }
    };
    let window = |id: &str| match id {
        "" => text::WHOLE_DAY.to_string(),
        id => clean(id),
    };
    let category = |id: &str| names.category(id);
    let place = |id: &str| names.place(id);
    let measure = |id: &str| names.measure(id);
    add(text::PART_CATEGORIES, counts(&it.by_category, category));
    add(text::PART_PLACES, counts(&it.by_place, place));
    add(text::PART_MEASURES, counts(&it.by_measure, measure));
    add(text::PART_WINDOWS, counts(&it.by_window, window));
    add(text::DISPLACEMENT, displacement(&it.displacement, names));
    add(text::DISPLACEMENT_MATRIX, matrix(&it.displacement, names));
    add(text::SERIES, series(&it.series, names));
    add(text::TASKS_BY_MEASURE, tasks(&it.tasks, names));
    add(text::DECISIONS_BY_MEASURE, counts(&it.decisions, measure));
    parts.join("\n\n")
}

fn arrow(before: u32, now: u32) -> &'static str {
    match now.cmp(&before) {
        Ordering::Less => "↘",
        Ordering::Equal => "→",
        Ordering::Greater => "↗",
    }
}

fn counts(all: &[ReportCount], name: impl Fn(&str) -> String) -> Option<Table> {
    if all.is_empty() {
        return None;
    }
    let mut table = new_table([
        text::COLUMN_NAME.now(),
        text::COLUMN_BEFORE.now(),
        text::COLUMN_NOW.now(),
        "",
    ]);
    for it in all {
        table.add_row([
            name(&it.id),
            it.before.to_string(),
            it.count.to_string(),
            arrow(it.before, it.count).to_owned(),
        ]);
    }
    Some(table)
}

fn displacement(all: &[Displacement], names: &Names) -> Option<Table> {
    if all.is_empty() {
        return None;
    }
    let mut table = new_table([
        text::COLUMN_CATEGORY,
        text::COLUMN_FELL_AT,
        text::COLUMN_ROSE_AT,
    ]);
    for it in all {
        let change = |place: &str, before: u32, now: u32| {
            let arrow = arrow(before, now);
            format!("{} {before} {arrow} {now}", names.place(place))
        };
        let to = it.to.iter().map(|it| change(&it.place, it.before, it.now));
        table.add_row([
            names.category(&it.category),
            change(&it.from_place, it.from_before, it.from_now),
            to.collect::<Vec<_>>().join("\n"),
        ]);
    }
    Some(table)
}

/// The same as a matrix: places down, categories across, the change in each.
fn matrix(all: &[Displacement], names: &Names) -> Option<Table> {
    if all.is_empty() {
        return None;
    }
    let mut changes: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for it in all {
        let mut note = |place, before: u32, now: u32| {
            let change = i64::from(now) - i64::from(before);
            // A place may be named in several displacements of one category; its change is one.
            changes.insert((place, it.category.as_str()), change);
        };
        note(it.from_place.as_str(), it.from_before, it.from_now);
        for to in &it.to {
            note(to.place.as_str(), to.before, to.now);
        }
    }
    let places: BTreeSet<_> = changes.keys().map(|(place, _)| *place).collect();
    let categories: BTreeSet<_> = changes.keys().map(|(_, category)| *category).collect();
    let header = categories.iter().map(|id| names.category(id));
    let mut table = new_table([text::COLUMN_PLACE.to_string()].into_iter().chain(header));
    for place in places {
        let cells = categories.iter().map(|category| {
            let change = changes.get(&(place, *category));
            change.map(|it| format!("{it:+}")).unwrap_or_default()
        });
        table.add_row([names.place(place)].into_iter().chain(cells));
    }
    Some(table)
}

fn series(all: &[ReportSeries], names: &Names) -> Option<Table> {
    if all.is_empty() {
        return None;
    }
    let mut table = new_table([
        text::COLUMN_INDICATOR,
        text::COLUMN_PLACE,
        text::COLUMN_VALUES,
        text::COLUMN_SUM,
    ]);
    for it in all {
        let values = it.values.iter();
        let values = values.map(|it| format!("{}: {}", clean(&it.day), clean(&it.value)));
        table.add_row([
            names.indicator(&it.indicator),
            names.place(&it.place),
            values.collect::<Vec<_>>().join("\n"),
            clean(&it.sum),
        ]);
    }
    Some(table)
}

fn tasks(all: &[ReportTasks], names: &Names) -> Option<Table> {
    if all.is_empty() {
        return None;
    }
    let mut table = new_table([
        text::COLUMN_MEASURE,
        text::COLUMN_OPENED,
        text::COLUMN_OPEN,
        text::COLUMN_OVERDUE,
        text::COLUMN_DONE,
        text::COLUMN_DECLINED,
    ]);
    for it in all {
        let numbers = [it.opened, it.open, it.overdue, it.done, it.declined];
        let numbers = numbers.iter().map(u32::to_string);
        table.add_row([names.measure(&it.measure)].into_iter().chain(numbers));
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{PlaceChange, ReportValue};

    use super::*;

    fn sample() -> Report {
        let count = |id: &str, before, count| ReportCount {
            id: id.to_owned(),
            count,
            before,
        };
        let change = |place: &str, before, now| PlaceChange {
            place: place.to_owned(),
            before,
            now,
        };
        let displacement = |category: &str, to: Vec<PlaceChange>| Displacement {
            category: category.to_owned(),
            from_place: "theaterplatz".to_owned(),
            from_before: 12,
            from_now: 4,
            to,
        };
        Report {
            from_day: "2026-10-01".to_owned(),
            to_day: "2026-10-31".to_owned(),
            updates: 42,
            left_out: 3,
            complete: true,
            by_category: vec![count("sauberkeit", 5, 9), count("ordnung", 4, 4)],
            by_window: vec![count("", 7, 2)],
            displacement: vec![
                displacement("ordnung", vec![change("lutherplatz", 1, 6)]),
                displacement("sauberkeit", vec![change("neumarkt", 0, 3)]),
            ],
            series: vec![ReportSeries {
                indicator: "spritzenfunde".to_owned(),
                place: "lutherplatz".to_owned(),
                values: vec![ReportValue {
                    day: "2026-10-05".to_owned(),
                    period: "day".to_owned(),
                    value: "12".to_owned(),
                }],
                sum: "12".to_owned(),
            }],
            tasks: vec![ReportTasks {
                measure: "m1".to_owned(),
                opened: 4,
                open: 1,
                overdue: 1,
                done: 2,
                declined: 1,
            }],
            ..Report::default()
        }
    }

    fn words(text: &str) -> Vec<Vec<&str>> {
        text.lines()
            .map(|line| line.split_whitespace().collect())
            .collect()
    }

    #[test]
    fn before_and_now_stand_beside_each_other_with_an_arrow() {
        let shown = report(&sample(), &Names::default());
        let lines = words(&shown);
        for row in [
            &["sauberkeit", "5", "9", "↗"][..],
            &["ordnung", "4", "4", "→"],
            &["ganzer", "Tag", "7", "2", "↘"],
            &["M1", "4", "1", "1", "2", "1"],
            &["spritzenfunde", "lutherplatz", "2026-10-05:", "12", "12"],
        ] {
            assert!(lines.iter().any(|line| line == row), "{row:?}: {shown}");
        }
        assert!(shown.contains("42") && shown.contains('3'), "{shown}");
        assert!(!shown.contains("Beschlüsse"), "{shown}");
    }

    #[test]
    fn displacement_is_a_table_and_a_matrix() {
        let shown = report(&sample(), &Names::default());
        let lines = words(&shown);
        let table = [
            "ordnung",
            "theaterplatz",
            "12",
            "↘",
            "4",
            "lutherplatz",
            "1",
            "↗",
            "6",
        ];
        assert!(lines.iter().any(|line| *line == table), "{shown}");
        // Places down, categories across; what was not displaced is left empty.
        for row in [
            &["Ort", "ordnung", "sauberkeit"][..],
            &["lutherplatz", "+5"],
            &["neumarkt", "+3"],
            &["theaterplatz", "-8", "-8"],
        ] {
            assert!(lines.iter().any(|line| line == row), "{row:?}: {shown}");
        }
    }

    #[test]
    fn an_empty_period_says_so_and_no_more() {
        let empty = Report {
            complete: true,
            ..Report::default()
        };
        let shown = report(&empty, &Names::default());
        assert_eq!(shown.lines().count(), 1, "{shown}");
    }

    #[test]
    fn what_is_kept_no_longer_is_said() {
        let gone = Report {
            figures_incomplete: true,
            ..Report::default()
        };
        let shown = report(&gone, &Names::default());
        assert_eq!(shown.lines().count(), 3, "{shown}");
    }
}
