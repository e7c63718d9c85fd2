use jiff::civil::date;
use verbund_wire::agency::{Report, ReportCount, ReportSeries, ReportTasks, ReportValue};

use super::*;
use crate::page::testing::{check, frame};

fn count(id: &str, count: u32, before: u32) -> ReportCount {
    ReportCount {
        id: id.to_owned(),
        count,
        before,
    }
}

fn report() -> Report {
    let value = |day: &str, period: &str, value: &str| ReportValue {
        day: day.to_owned(),
        period: period.to_owned(),
        value: value.to_owned(),
    };
    Report {
        updates: 5,
        updates_before: 4,
        left_out: 2,
        compared: true,
        complete: true,
        by_category: vec![count("sauberkeit", 5, 4)],
        by_place: vec![count("neumarkt", 4, 0), count("theaterplatz", 1, 4)],
        by_measure: vec![count("m2", 5, 4)],
        by_window: vec![count("", 5, 4)],
        series: vec![
            ReportSeries {
                indicator: "spritzenfunde".to_owned(),
                place: "neumarkt".to_owned(),
                values: vec![
                    value("2026-10-05", "day", "5-9"),
                    value("2026-10-06", "day", "12"),
                ],
                sum: "17-21".to_owned(),
            },
            ReportSeries {
                indicator: "nutzende".to_owned(),
                place: "neumarkt".to_owned(),
                values: vec![value("2026-10-01", "month", "100+")],
                sum: String::new(),
            },
        ],
        tasks: vec![ReportTasks {
            measure: "m1".to_owned(),
            opened: 1,
            open: 1,
            ..ReportTasks::default()
        }],
        decisions: vec![count("", 2, 1)],
        ..Report::default()
    }
}

fn page(lang: Lang, report: &Report) -> String {
    let frame = frame(lang);
    let span = Span::last_month(date(2026, 11, 27));
    let page = ReportPage {
        presets: presets(&frame, span),
        from: span.from.to_string(),
        to: span.to.to_string(),
        wrong: None,
        files: files(&frame, span),
        view: ReportView::new(&frame, report, span),
        frame,
    };
    page.render().unwrap()
}

#[test]
fn the_report_shows_counts_series_tasks_and_decisions() {
    for lang in Lang::ALL {
        let html = page(lang, &report());
        check(&html);
        for figure in ["categories", "places", "measures", "windows", "series-0"] {
            assert!(
                html.contains(&format!("id=\"{figure}-figure\"")),
                "{figure}"
            );
        }
        assert!(!html.contains("series-1-figure"), "one value is no series");
        assert!(html.contains("5–9") && html.contains("17–21") && html.contains("100+"));
        assert!(html.contains("/bericht/datei?von=2026-10-01&#38;bis=2026-10-31&#38;format=pdf"));
    }
}

#[test]
fn what_is_not_whole_or_not_compared_is_said() {
    let html = page(Lang::De, &Report::default());
    check(&html);
    assert!(html.contains("reicht weiter zurück") && html.contains("Kein Vergleich"));
    assert!(html.contains("Meldungen werden 90 Tage aufbewahrt."));
    assert!(!html.contains("Kennzahlen werden"));
    let forgotten = Report {
        figures_incomplete: true,
        ..report()
    };
    let html = page(Lang::De, &forgotten);
    check(&html);
    assert!(html.contains("Kennzahlen werden einen Tag aufbewahrt."));
    assert!(!html.contains("Meldungen werden 90"));
    let html = page(Lang::En, &forgotten);
    assert!(html.contains("Indicators are kept for one day."));
    assert!(page(Lang::De, &report()).contains("2</span> weitere Meldungen gehören"));
}

#[test]
fn each_format_is_one_of_the_contracts() {
    for format in FORMATS {
        assert!(number::<FileFormat>(format).is_some(), "{format}");
    }
}
