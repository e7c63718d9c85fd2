//! What files of a report say, and that no text in them is taken for more than text.

use std::sync::LazyLock;

use jiff::civil::date;
use verbund_model::{
    AgencyId, CategoryId, Charter, EntryKeyText, Handling, IndicatorId, MeasureId, MemberKeys,
    Numbering, Period, PlaceId, Reading, Report, ReportPeriod, ReportUpdate, Tally, TaskFact,
    TaskStatus, UnixMillis, Value, WindowId, day_number,
};

use super::words::{ENGLISH, GERMAN, Words};
use super::{csv, document};

const VOCABULARY: &str = include_str!("../../../../deploy/charter/krefeld.toml");

static KREFELD: LazyLock<Charter> = LazyLock::new(|| charter(VOCABULARY));

fn charter(vocabulary: &str) -> Charter {
    let member = |(at, agency): (usize, AgencyId)| MemberKeys {
        endpoint: format!("{agency}.example:7443"),
        tls_roots_pem: format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            "QUJD".repeat(1 + at)
        ),
        entry_keys: vec![EntryKeyText::from_bytes(&[at as u8; 32])],
        agency,
    };
    let agencies = Charter::vocabulary_agencies(vocabulary).unwrap();
    let members = agencies.into_iter().enumerate().map(member).collect();
    let text = Charter::compose(vocabulary, members, 1, None, date(2028, 12, 31)).unwrap();
    Charter::parse(text.as_bytes()).unwrap()
}

fn own() -> AgencyId {
    AgencyId::parse("kod").unwrap()
}

/// Drug litter went from the theatre square to the new market, and needles were counted on two days.
fn report(charter: &Charter) -> Report {
    let period = ReportPeriod::new(date(2026, 5, 1), date(2026, 5, 31)).unwrap();
    let kod = own();
    let mut words = Numbering::default();
    let mut tell = |place: &str, day, needles: Option<u32>| {
        let reading = |count| Reading {
            indicator: IndicatorId::parse("spritzenfunde").unwrap(),
            period: Period::Day,
            value: Value::Exact(count),
        };
        let readings: Vec<Reading> = needles.map(reading).into_iter().collect();
        let update = ReportUpdate {
            agency: words.agencies.number(&kod),
            category: words
                .categories
                .number(&CategoryId::parse("konsumabfall").unwrap()),
            place: words.places.number(&PlaceId::parse(place).unwrap()),
            measure: words.measures.number(&MeasureId::parse("m1").unwrap()),
            window: Some(words.windows.number(&WindowId::parse("14-18").unwrap())),
            day: day_number(day),
            handling: Handling::Green,
            current: true,
            exercise: false,
            generalised: false,
            figures: None,
        };
        (update, words.figures(&readings, UnixMillis(0), [0; 32]))
    };
    let mut told = Vec::new();
    for day in 1..=5 {
        told.push(tell("theaterplatz", date(2026, 4, day), None));
        told.push(tell("neumarkt", date(2026, 5, day), (day < 3).then_some(7)));
    }
    told.push(tell("theaterplatz", date(2026, 5, 9), None));
    let mut tally = Tally::new(charter, &words, &kod, period, date(2026, 6, 1));
    for (update, figures) in &told {
        let figures = figures.as_ref();
        tally.add(&ReportUpdate { figures, ..*update }).unwrap();
    }
    let task = TaskFact {
        measure: MeasureId::parse("m3").unwrap(),
        status: TaskStatus::Accepted,
        overdue: true,
        opened: date(2026, 5, 2),
        handling: Handling::Green,
    };
    tally.report().with(charter, &[task], &[])
}

fn markdown(charter: &Charter, words: &Words) -> String {
    let document = document::of(charter, &own(), words, &report(charter));
    document.check().unwrap();
    verbund_document::markdown(&document)
}

/// The cells of a CSV, read as RFC 4180 says.
fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut rest = text.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '"' if quoted && rest.peek() == Some(&'"') => cell.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {
                assert_eq!(rest.next(), Some('\n'));
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            it => cell.push(it),
        }
    }
    assert!(
        !quoted && row.is_empty() && cell.is_empty(),
        "it ends with a line"
    );
    rows
}

#[test]
fn a_document_says_it_in_german_and_in_english() {
    let german = markdown(&KREFELD, &GERMAN);
    for part in [
        "# Bericht an den Ausschuss",
        "01.05.2026 bis 31.05.2026",
        "Kommunaler Ordnungsdienst",
        "## Verlagerung",
        "Theaterplatz: 5 → 1",
        "Neumarkt: 0 → 5",
        "Spritzen- und Utensilienfund",
        "Sicherung des Spielplatzes Albrechtplatz",
    ] {
        assert!(german.contains(part), "{part}\n{german}");
    }
    let english = markdown(&KREFELD, &ENGLISH);
    for part in [
        "# Report to the committee",
        "1 May 2026 to 31 May 2026",
        "Municipal order service",
        "## Displacement",
        "Drug litter",
        "Needles found",
    ] {
        assert!(english.contains(part), "{part}\n{english}");
    }
}

#[test]
fn a_table_has_every_number_once() {
    let text = csv::file(&KREFELD, &ENGLISH, &report(&KREFELD));
    let rows = cells(&text);
    assert!(rows.iter().all(|row| row.len() == 10), "{text}");
    assert_eq!(rows[0], ENGLISH.columns);
    let has = |row: [&str; 10]| assert!(rows.iter().any(|it| *it == row), "{row:?}\n{text}");
    has([
        "Period",
        "",
        "",
        "",
        "",
        "2026-05-01",
        "",
        "",
        "",
        "2026-05-31",
    ]);
    has(["Situation updates", "", "", "", "", "", "", "6", "5", ""]);
    has([
        "Updates by place",
        "neumarkt",
        "Neumarkt",
        "",
        "",
        "",
        "",
        "5",
        "0",
        "",
    ]);
    let (place, name) = ("neumarkt", "Neumarkt");
    let needles = ["Indicators", "spritzenfunde", "Needles found", place, name];
    let figure = |day, covers, value| -> [&str; 10] {
        let [section, id, term, place, name] = needles;
        [section, id, term, place, name, day, covers, "", "", value]
    };
    has(figure("2026-05-01", "day", "7"));
    has(figure("2026-05-02", "day", "7"));
    has(figure("", "Sum", "14"));
    let litter = ["Displacement", "konsumabfall", "Drug litter", place, name];
    let [section, id, term, place, name] = litter;
    has([
        section,
        id,
        term,
        place,
        name,
        "",
        "Rose",
        "5",
        "0",
        "fell at Theaterplatz",
    ]);
    let measure = "Secure the Albrechtplatz playground";
    has(["Tasks", "m3", measure, "", "", "", "Overdue", "1", "", ""]);
}

#[test]
fn no_cell_is_a_formula_or_another_cell() {
    for (text, written) in [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (
            "=HYPERLINK(\"x\",\"y\")",
            "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
        ),
        ("a,b", "\"a,b\""),
        ("a\r\nb", "\"a\r\nb\""),
        ("5–9", "5–9"),
        ("", ""),
    ] {
        assert_eq!(csv::cell(text), written);
    }
}

#[test]
fn a_name_of_a_charter_breaks_no_file() {
    let hostile = VOCABULARY
        .replace("\"Neumarkt\"", "\"=cmd|' /C calc'!A0, | <b>x</b> [x](y)\"")
        .replace(
            "de = \"Spritzen- und Utensilienfund\"",
            "de = \"# | \\\"Fund\\\"\"",
        );
    let charter = charter(&hostile);
    let rows = cells(&csv::file(&charter, &GERMAN, &report(&charter)));
    assert!(rows.iter().all(|row| row.len() == 10));
    let name = "'=cmd|' /C calc'!A0, | <b>x</b> [x](y)";
    assert!(rows.iter().any(|row| row[2] == name));
    let text = markdown(&charter, &GERMAN);
    assert!(!text.contains("<b>") && !text.contains("[x]("), "{text}");
}

#[test]
fn what_can_not_be_compared_is_not() {
    let charter = charter(&VOCABULARY.replace("update = 90", "update = 31"));
    let text = markdown(&charter, &GERMAN);
    assert!(text.contains(GERMAN.not_compared), "{text}");
    assert!(!text.contains("## Verlagerung"), "{text}");
    let rows = cells(&csv::file(&charter, &GERMAN, &report(&charter)));
    assert!(rows.iter().skip(1).all(|row| row[8].is_empty()));
    let charter = self::charter(&VOCABULARY.replace("update = 90", "update = 30"));
    let text = markdown(&charter, &GERMAN);
    assert!(text.contains("unvollständig"), "{text}");
    assert!(text.contains("Lagemeldungen in Tagen: 30."), "{text}");
}

#[test]
fn figures_that_are_kept_no_longer_are_said_to_be_gone() {
    let charter = charter(&VOCABULARY.replace("reading = 3650", "reading = 30"));
    for (words, sentence) in [
        (&GERMAN, "Aufbewahrungsfrist für Kennzahlen in Tagen: 30."),
        (&ENGLISH, "Days for which indicators are kept: 30."),
    ] {
        let text = markdown(&charter, words);
        assert!(text.contains(sentence), "{text}");
        assert!(!markdown(&KREFELD, words).contains(sentence));
        let rows = cells(&csv::file(&charter, words, &report(&charter)));
        let said = rows.iter().find(|row| row[9].contains(sentence)).unwrap();
        assert_eq!(said[0], words.series);
    }
}

#[test]
fn a_report_can_be_set() {
    let created = "2026-06-01T10:00:00Z".parse().unwrap();
    for words in [&GERMAN, &ENGLISH] {
        let document = document::of(&KREFELD, &own(), words, &report(&KREFELD));
        let pdf = verbund_document::pdf(&document, created).unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
    }
}
