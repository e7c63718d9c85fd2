//! The committee's report: which one a caller asks for, and what it says.

use std::fmt;

use verbund_model::{
    Count, Displacement, Period, PlaceChange, Report, ReportPeriod, Series, TaskCount,
};

use super::{ConversionError, day};
use crate::agency::{self, FileFormat, FileLanguage};
use crate::error::{Error, FieldViolation};

/// What a report is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CommonMark text with tables.
    Markdown,
    /// Comma-separated values.
    Csv,
    /// PDF.
    Pdf,
}

/// A report as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// The days that it tells of.
    pub period: ReportPeriod,
    /// What it is exported as.
    pub format: Format,
    /// Whether it is in English; otherwise it is in German.
    pub english: bool,
}

/// The days that a report is asked for.
///
/// # Errors
/// [`crate::error::ErrorCode::ValidationFailed`] with every field that is wrong.
pub fn period(it: &agency::GetReportRequest) -> Result<ReportPeriod, Error> {
    let mut violations = Vec::new();
    let days = days(&it.from_day, &it.to_day, &mut violations);
    days.ok_or_else(|| Error::fields(violations))
}

impl Export {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// [`crate::error::ErrorCode::ValidationFailed`] with every field that is wrong.
    pub fn from_wire(it: &agency::ExportReportRequest) -> Result<Self, Error> {
        let mut violations = Vec::new();
        let period = days(&it.from_day, &it.to_day, &mut violations);
        let format = match FileFormat::try_from(it.format) {
            Ok(FileFormat::Markdown) => Ok(Format::Markdown),
            Ok(FileFormat::Csv) => Ok(Format::Csv),
            Ok(FileFormat::Pdf) => Ok(Format::Pdf),
            Ok(FileFormat::Unspecified) => Err(ConversionError::missing("format")),
            Ok(FileFormat::Json | FileFormat::Icalendar) => Err(ConversionError::invalid(
                "format",
                "a report is exported as Markdown, CSV or PDF",
            )),
            Err(_) => Err(ConversionError::unknown("format")),
        };
        let english = match FileLanguage::try_from(it.language) {
            Ok(FileLanguage::Unspecified | FileLanguage::German) => Ok(false),
            Ok(FileLanguage::English) => Ok(true),
            Err(_) => Err(ConversionError::unknown("language")),
        };
        match (period, format, english) {
            (Some(period), Ok(format), Ok(english)) => Ok(Self {
                period,
                format,
                english,
            }),
            (_, format, english) => {
                violations.extend(format.err().map(violation));
                violations.extend(english.err().map(violation));
                Err(Error::fields(violations))
            }
        }
    }
}

/// Reads the days of a period; what is wrong goes to `violations`.
pub(super) fn days(
    from: &str,
    to: &str,
    violations: &mut Vec<FieldViolation>,
) -> Option<ReportPeriod> {
    let (from, to) = match (day(from, "from_day"), day(to, "to_day")) {
        (Ok(from), Ok(to)) => (from, to),
        (from, to) => {
            violations.extend(from.err().map(violation));
            violations.extend(to.err().map(violation));
            return None;
        }
    };
    ReportPeriod::new(from, to)
        .map_err(|it| violations.push(it.into()))
        .ok()
}

fn violation(it: ConversionError) -> FieldViolation {
    FieldViolation {
        reason: it.reason().to_owned(),
        description: it.problem().to_string(),
        field: it.path,
    }
}

/// A report as callers read it.
pub fn to_wire(it: &Report) -> agency::Report {
    agency::Report {
        from_day: it.period.from().to_string(),
        to_day: it.period.to().to_string(),
        updates: it.updates.now,
        left_out: it.left_out,
        by_category: counts(&it.by_category, ToString::to_string),
        by_place: counts(&it.by_place, ToString::to_string),
        by_measure: counts(&it.by_measure, ToString::to_string),
        by_window: counts(&it.by_window, or_empty),
        series: it.series.iter().map(series).collect(),
        displacement: it.displacement.iter().map(displacement).collect(),
        tasks: it.tasks.iter().map(tasks).collect(),
        decisions: counts(&it.decisions, or_empty),
        compared: it.compared.is_some(),
        complete: it.complete,
        updates_before: it.updates.before,
        figures_incomplete: !it.figures_complete,
    }
}

fn counts<Id>(counts: &[Count<Id>], id: impl Fn(&Id) -> String) -> Vec<agency::ReportCount> {
    counts
        .iter()
        .map(|it| agency::ReportCount {
            id: id(&it.id),
            count: it.now,
            before: it.before,
        })
        .collect()
}

fn or_empty(id: &Option<impl ToString>) -> String {
    id.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn series(it: &Series) -> agency::ReportSeries {
    agency::ReportSeries {
        indicator: it.indicator.to_string(),
        place: it.place.to_string(),
        values: it
            .values
            .iter()
            .map(|it| agency::ReportValue {
                day: it.day.to_string(),
                period: period_word(it.period).to_owned(),
                value: plain(it.value),
            })
            .collect(),
        sum: it.sum.map(plain).unwrap_or_default(),
    }
}

/// The contract's word for a period.
fn period_word(it: Period) -> &'static str {
    match it {
        Period::Window => "window",
        Period::Day => "day",
        Period::Month => "month",
    }
}

/// A figure with a hyphen where people read a dash, as the contract spells it.
fn plain(figure: impl fmt::Display) -> String {
    figure.to_string().replace('–', "-")
}

pub(super) fn displacement(it: &Displacement) -> agency::Displacement {
    agency::Displacement {
        category: it.category.to_string(),
        from_place: it.from.place.to_string(),
        from_before: it.from.before,
        from_now: it.from.now,
        to: it.to.iter().map(change).collect(),
    }
}

fn change(it: &PlaceChange) -> agency::PlaceChange {
    agency::PlaceChange {
        place: it.place.to_string(),
        before: it.before,
        now: it.now,
    }
}

fn tasks(it: &TaskCount) -> agency::ReportTasks {
    agency::ReportTasks {
        measure: it.measure.to_string(),
        opened: it.opened,
        open: it.open,
        overdue: it.overdue,
        done: it.done,
        declined: it.declined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn request() -> agency::ExportReportRequest {
        agency::ExportReportRequest {
            from_day: "2026-05-01".to_owned(),
            to_day: "2026-05-31".to_owned(),
            format: FileFormat::Csv as i32,
            language: 0,
        }
    }

    fn wrong(change: impl FnOnce(&mut agency::ExportReportRequest)) -> Vec<(String, String)> {
        let mut it = request();
        change(&mut it);
        let error = Export::from_wire(&it).expect_err("must be refused");
        assert_eq!(error.code(), ErrorCode::ValidationFailed);
        let violations = error.violations().iter();
        violations
            .map(|it| (it.field.clone(), it.reason.clone()))
            .collect()
    }

    fn told(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let one = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
        expected.iter().map(one).collect()
    }

    #[test]
    fn what_is_asked_for_is_read() {
        let it = Export::from_wire(&request()).expect("is valid");
        assert_eq!((it.format, it.english), (Format::Csv, false));
        assert_eq!(it.period.days(), 31);
        let asked = agency::GetReportRequest {
            from_day: "2026-05-01".to_owned(),
            to_day: "2026-05-31".to_owned(),
        };
        assert_eq!(period(&asked), Ok(it.period));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let all = wrong(|it| {
            it.from_day = "1.5.2026".to_owned();
            it.to_day.clear();
            it.format = 0;
            it.language = 9;
        });
        let expected = [
            ("from_day", "INVALID_VALUE"),
            ("to_day", "MISSING_FIELD"),
            ("format", "MISSING_FIELD"),
            ("language", "UNKNOWN_VALUE"),
        ];
        assert_eq!(all, told(&expected));
    }

    #[test]
    fn a_period_runs_forward_and_is_a_year_at_most() {
        for to_day in ["2026-04-30", "2027-05-02"] {
            let found = wrong(|it| it.to_day = to_day.to_owned());
            assert_eq!(found, told(&[("to_day", "INVALID_RANGE")]), "{to_day}");
        }
        let found = wrong(|it| it.from_day = "1899-12-31".to_owned());
        assert_eq!(found, told(&[("from_day", "INVALID_DAY")]));
    }

    #[test]
    fn a_report_is_no_calendar() {
        for format in [FileFormat::Json, FileFormat::Icalendar] {
            let found = wrong(|it| it.format = format as i32);
            assert_eq!(found, told(&[("format", "INVALID_VALUE")]));
        }
        let found = wrong(|it| it.format = 99);
        assert_eq!(found, told(&[("format", "UNKNOWN_VALUE")]));
    }

    #[test]
    fn figures_are_spelled_as_the_contract_spells_them() {
        use verbund_model::{Band, Value};
        assert_eq!(plain(Value::Band(Band::From5)), "5-9");
        assert_eq!(plain(Value::Band(Band::Under5)), "<5");
        assert_eq!(plain(Value::Exact(12)), "12");
    }
}
