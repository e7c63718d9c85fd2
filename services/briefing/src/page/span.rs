//! A span of days that an address asks for: the last so many, or from one day to another.

use std::fmt;

use jiff::civil::Date;
use jiff::{Span as Days, ToSpan as _};

/// The longest span that the node answers for: a leap year.
const DAYS_MAX: i32 = 366;

/// Days from a first to a last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first day.
    pub(crate) from: Date,
    /// The last.
    pub(crate) to: Date,
}

/// Why an address asks for no span that can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSpan {
    /// A day is missing, or is none.
    NoDay,
    /// It ends before it begins.
    Backwards,
    /// It is longer than a year.
    TooLong,
}

impl NoSpan {
    /// The key of the catalogue that says so.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::NoDay => "span-no-day",
            Self::Backwards => "span-backwards",
            Self::TooLong => "span-too-long",
        }
    }
}

impl Span {
    /// The last `days` days up to `today`.
    pub(crate) fn last(days: i32, today: Date) -> Self {
        Self {
            from: before(today, (days - 1).days()),
            to: today,
        }
    }

    /// The calendar month before the one of `today`.
    pub(crate) fn last_month(today: Date) -> Self {
        Self::months_before(today.first_of_month(), 1)
    }

    /// The calendar quarter before the one of `today`.
    pub(crate) fn last_quarter(today: Date) -> Self {
        let into = i32::from((today.month() - 1) % 3);
        Self::months_before(before(today.first_of_month(), into.months()), 3)
    }

    /// The calendar year before the one of `today`.
    pub(crate) fn last_year(today: Date) -> Self {
        Self::months_before(today.first_of_year(), 12)
    }

    fn months_before(end: Date, months: i32) -> Self {
        Self {
            from: before(end, months.months()),
            to: before(end, 1.days()),
        }
    }

    /// The span between two days as an address or a form writes them.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn between(from: &str, to: &str) -> Result<Self, NoSpan> {
        let day = |text: &str| text.parse::<Date>().map_err(|_| NoSpan::NoDay);
        let span = Self {
            from: day(from)?,
            to: day(to)?,
        };
        match span.days() {
            ..1 => Err(NoSpan::Backwards),
            1..=DAYS_MAX => Ok(span),
            _ => Err(NoSpan::TooLong),
        }
    }

    /// Where the feed tells of a place in these days.
    pub(crate) fn feed_href(&self, place: &str) -> String {
        let place: String = form_urlencoded::byte_serialize(place.as_bytes()).collect();
        format!("/feed?place={place}&from={}&to={}", self.from, self.to)
    }

    /// How many days it has.
    pub(crate) fn days(&self) -> i32 {
        let until = self.from.until(self.to).map_or(0, |it| it.get_days());
        until + 1
    }
}

/// A day so much earlier; the earliest that there is where there is none.
fn before(day: Date, span: Days) -> Date {
    day.checked_sub(span).unwrap_or(Date::MIN)
}

/// As an address writes it.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "von={}&bis={}", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn span(from: Date, to: Date) -> Span {
        Span { from, to }
    }

    #[test]
    fn the_last_days_end_today() {
        let last = Span::last(7, date(2026, 3, 3));
        assert_eq!(last, span(date(2026, 2, 25), date(2026, 3, 3)));
        assert_eq!(last.days(), 7);
    }

    #[test]
    fn months_quarters_and_years_are_the_calendars() {
        let today = date(2026, 3, 31);
        assert_eq!(
            Span::last_month(today),
            span(date(2026, 2, 1), date(2026, 2, 28))
        );
        assert_eq!(
            Span::last_quarter(today),
            span(date(2025, 10, 1), date(2025, 12, 31))
        );
        assert_eq!(
            Span::last_year(today),
            span(date(2025, 1, 1), date(2025, 12, 31))
        );
        assert_eq!(
            Span::last_quarter(date(2026, 4, 1)),
            span(date(2026, 1, 1), date(2026, 3, 31))
        );
    }

    #[test]
    fn what_is_no_span_is_told() {
        assert_eq!(
            Span::between("2026-01-01", "2026-01-01").map(|it| it.days()),
            Ok(1)
        );
        assert_eq!(
            Span::between("2024-01-01", "2024-12-31").map(|it| it.days()),
            Ok(366)
        );
        assert_eq!(
            Span::between("2024-01-01", "2025-01-01"),
            Err(NoSpan::TooLong)
        );
        assert_eq!(
            Span::between("2026-01-02", "2026-01-01"),
            Err(NoSpan::Backwards)
        );
        for (from, to) in [
            ("", "2026-01-01"),
            ("2026-02-30", "2026-03-01"),
            ("1.1.2026", "2.1.2026"),
        ] {
            assert_eq!(Span::between(from, to), Err(NoSpan::NoDay));
        }
    }
}
