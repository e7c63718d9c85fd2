//! The days of a series of meetings.

use super::Meeting;
use crate::time::Day;
use crate::violation::{Reason, Violation};

/// Most meetings of one series: a year of weekly ones and some to spare. Each is a meeting of its own.
pub const SERIES_MAX: usize = 60;

words! {
    /// How often a meeting comes again.
    Rhythm {
        /// Every week.
        Weekly = "weekly",
        /// Every second week.
        Fortnightly = "fortnightly",
        /// Every month, on the same weekday of it: the second Tuesday, say.
        Monthly = "monthly",
        /// Every second month, likewise.
        TwoMonthly = "two-monthly",
    }
}

impl Rhythm {
    /// The day so many meetings after the first; `None` beyond the calendar's end.
    fn day(self, first: Day, meetings: i32) -> Option<Day> {
        match self {
            Self::Weekly => first.checked_add(jiff::Span::new().weeks(meetings)).ok(),
            Self::Fortnightly => first
                .checked_add(jiff::Span::new().weeks(2 * meetings))
                .ok(),
            Self::Monthly => same_weekday(first, meetings),
            Self::TwoMonthly => same_weekday(first, 2 * meetings),
        }
    }
}

impl Meeting {
    /// The days of so many meetings, the first among them. Not every month has a fifth Tuesday: a series that begins on one is on the
    /// last.
    ///
    /// # Errors
    /// A violation of `count` when it isn't 1 to [`SERIES_MAX`], and of `day` when the series goes beyond the calendar's end.
    pub fn series(first: Day, rhythm: Rhythm, count: usize) -> Result<Vec<Day>, Violation> {
        if !(1..=SERIES_MAX).contains(&count) {
            let detail = format!("a series has 1 to {SERIES_MAX} meetings");
            return Err(Violation::new("count", Reason::InvalidRange, detail));
        }
        (0..)
            .take(count)
            .map(|meetings| rhythm.day(first, meetings))
            .collect::<Option<Vec<Day>>>()
            .ok_or_else(|| {
                let detail = "the series goes beyond the calendar's end";
                Violation::new("day", Reason::InvalidDay, detail)
            })
    }
}

/// The same weekday of a later month: the second Tuesday for a second Tuesday, the last one for a fifth.
fn same_weekday(first: Day, months: i32) -> Option<Day> {
    let nth = match (first.day() - 1) / 7 + 1 {
        5 => -1,
        nth => nth,
    };
    first
        .first_of_month()
        .checked_add(jiff::Span::new().months(months))
        .and_then(|month| month.nth_weekday_of_month(nth, first.weekday()))
        .ok()
}
