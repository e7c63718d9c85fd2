//! What the report's page shows, made of what the node counted.

use verbund_wire::agency::{Report, ReportCount, ReportSeries, ReportTasks, ReportValue};

use crate::chart::{Bar, Figure, Series, Told, shown, signed};
use crate::frame::Frame;
use crate::page::span::Span;
use crate::page::{concept, figure, kept};

/// The most series that are drawn; all of them are in the table, and their values in the file.
const SERIES_MAX: usize = 24;
/// Fewer values than this are no series to draw.
const VALUES_MIN: usize = 2;

/// The report as it is shown.
#[derive(Debug)]
pub(super) struct ReportView {
    pub(super) period: String,
    pub(super) updates: u32,
    pub(super) left_out: u32,
    /// How it changed against the period before; none where nothing is compared.
    pub(super) change: Option<String>,
    /// What of the period is kept no longer, in sentences.
    pub(super) gone: Vec<String>,
    pub(super) counts: Vec<Figure>,
    pub(super) shifts: Vec<Figure>,
    pub(super) series: Vec<SeriesRow>,
    pub(super) drawn: Vec<Figure>,
    pub(super) tasks: Vec<TasksRow>,
    pub(super) decisions: Vec<DecisionsRow>,
}

/// A series in a row.
#[derive(Debug)]
pub(super) struct SeriesRow {
    pub(super) indicator: String,
    pub(super) place: String,
    pub(super) values: usize,
    pub(super) latest: String,
    /// What they come to; a dash where a sum would say nothing.
    pub(super) sum: String,
}

/// What became of a measure's tasks.
#[derive(Debug)]
pub(super) struct TasksRow {
    pub(super) measure: String,
    pub(super) href: String,
    pub(super) counts: ReportTasks,
}

/// A measure's decisions.
#[derive(Debug)]
pub(super) struct DecisionsRow {
    pub(super) measure: String,
    pub(super) count: u32,
    pub(super) before: u32,
}

impl ReportView {
    pub(super) fn new(frame: &Frame, report: &Report, span: Span) -> Self {
        let by = i64::from(report.updates) - i64::from(report.updates_before);
        let counted = |id,
                       [caption, head]: [&str; 2],
                       counts: &[ReportCount],
                       name: &dyn Fn(&str) -> String| {
            let bar = |it: &ReportCount| Bar {
                name: name(&it.id),
                href: String::new(),
                now: it.count,
                before: it.before,
            };
            let bars = counts.iter().map(bar).collect();
            figure::counts(frame, id, [caption, head], report.compared, bars)
        };
        let category = |id: &str| frame.category(id);
        let place = |id: &str| frame.place(id);
        let measure = |id: &str| frame.measure(id);
        let window = |id: &str| frame.window(id).into_owned();
        let counts = [
            counted(
                "categories",
                ["report-by-category", "chart-category"],
                &report.by_category,
                &category,
            ),
            counted(
                "places",
                ["report-by-place", "chart-place"],
                &report.by_place,
                &place,
            ),
            counted(
                "measures",
                ["report-by-measure", "chart-measure"],
                &report.by_measure,
                &measure,
            ),
            counted(
                "windows",
                ["report-by-window", "chart-window"],
                &report.by_window,
                &window,
            ),
        ];
        let shifts = report.displacement.iter().enumerate();
        let shifts = shifts.filter_map(|(index, it)| {
            figure::shift(frame, index, it, |place| span.feed_href(place))
        });
        Self {
            period: frame
                .t2(
                    "picture-period",
                    "from",
                    frame.lang.day(span.from),
                    "to",
                    frame.lang.day(span.to),
                )
                .into_owned(),
            updates: report.updates,
            left_out: report.left_out,
            change: report.compared.then(|| signed(by, frame.lang)),
            gone: [
                (!report.complete).then(|| kept::updates(frame)),
                report.figures_incomplete.then(|| kept::figures(frame)),
            ]
            .into_iter()
            .flatten()
            .collect(),
            counts: counts.into_iter().flatten().collect(),
            shifts: shifts.collect(),
            series: report
                .series
                .iter()
                .map(|it| series_row(frame, it))
                .collect(),
            drawn: drawn(frame, &report.series),
            tasks: report.tasks.iter().map(|it| tasks_row(frame, it)).collect(),
            decisions: report
                .decisions
                .iter()
                .map(|it| decisions_row(frame, it))
                .collect(),
        }
    }
}

fn series_row(frame: &Frame, it: &ReportSeries) -> SeriesRow {
    let dash = || "–".to_owned();
    let latest = it
        .values
        .last()
        .map(|last| format!("{} ({})", shown(&last.value), time(frame, last)));
    SeriesRow {
        indicator: frame.indicator(&it.indicator),
        place: frame.place(&it.place),
        values: it.values.len(),
        latest: latest.unwrap_or_else(dash),
        sum: if it.sum.is_empty() {
            dash()
        } else {
            shown(&it.sum)
        },
    }
}

/// The time that a value covers: a day, or a month by its name's number and year.
fn time(frame: &Frame, it: &ReportValue) -> String {
    match (it.period.as_str(), it.day.parse::<jiff::civil::Date>()) {
        ("month", Ok(day)) => frame
            .t2(
                "report-month",
                "month",
                format!("{:02}", day.month()),
                "year",
                day.year().to_string(),
            )
            .into_owned(),
        _ => frame.day(&it.day),
    }
}

fn drawn(frame: &Frame, series: &[ReportSeries]) -> Vec<Figure> {
    let long = series.iter().filter(|it| it.values.len() >= VALUES_MIN);
    let draw = |(index, it): (usize, &ReportSeries)| {
        let told = |it: &ReportValue| Told {
            short: frame.day_short(&it.day),
            name: time(frame, it),
            value: it.value.clone(),
        };
        let last = it.values.last()?;
        let description = frame.t2(
            "report-last-value",
            "day",
            time(frame, last),
            "value",
            shown(&last.value),
        );
        Series {
            id: &format!("series-{index}"),
            lang: frame.lang,
            caption: format!(
                "{}: {}",
                frame.indicator(&it.indicator),
                frame.place(&it.place)
            ),
            description: description.into_owned(),
            row_head: frame.t("report-time").into_owned(),
            value_head: frame.t("chart-value").into_owned(),
            values: it.values.iter().map(told).collect(),
        }
        .draw()
    };
    long.take(SERIES_MAX).enumerate().filter_map(draw).collect()
}

fn tasks_row(frame: &Frame, it: &ReportTasks) -> TasksRow {
    TasksRow {
        measure: frame.measure(&it.measure),
        href: concept::href(&it.measure),
        counts: it.clone(),
    }
}

fn decisions_row(frame: &Frame, it: &ReportCount) -> DecisionsRow {
    DecisionsRow {
        measure: if it.id.is_empty() {
            frame.t("report-no-measure").into_owned()
        } else {
            frame.measure(&it.id)
        },
        count: it.count,
        before: it.before,
    }
}
