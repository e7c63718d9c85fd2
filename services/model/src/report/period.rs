//! The days that a report tells of.

use crate::charter::Charter;
use crate::time::{Day, day_from_number, day_number, has_sense};
use crate::violation::{Reason, Violation};

/// Most days of one report: a leap year.
pub const REPORT_DAYS_MAX: i32 = 366;

/// Days one after the other, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportPeriod {
    from: Day,
    to: Day,
}

impl ReportPeriod {
    /// The days from one to another.
    ///
    /// # Errors
    /// Which of `from_day` and `to_day` is wrong: a year outside 2000 to 2199, an end before the beginning, or more than
    /// [`REPORT_DAYS_MAX`] days.
    pub fn new(from: Day, to: Day) -> Result<Self, Violation> {
        let no_sense = |field: &str| {
            let detail = "a day lies in the years 2000 to 2199";
            Violation::new(field, Reason::InvalidDay, detail)
        };
        let wrong = |detail: String| Violation::new("to_day", Reason::InvalidRange, detail);
        let period = Self { from, to };
        match () {
            () if !has_sense(from) => Err(no_sense("from_day")),
            () if !has_sense(to) => Err(no_sense("to_day")),
            () if to < from => Err(wrong("lies before from_day".to_owned())),
            () if period.days() > REPORT_DAYS_MAX => Err(wrong(format!(
                "a report tells of at most {REPORT_DAYS_MAX} days"
            ))),
            () => Ok(period),
        }
    }

    /// The first day.
    pub fn from(&self) -> Day {
        self.from
    }

    /// The last day, included.
    pub fn to(&self) -> Day {
        self.to
    }

    /// How many days, at least one.
    pub fn days(&self) -> i32 {
        day_number(self.to) - day_number(self.from) + 1
    }

    /// Whether a day is one of them.
    pub fn contains(&self, day: Day) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// As many days right before.
    #[must_use]
    pub fn before(&self) -> Self {
        let shifted = |day| {
            day_from_number(day_number(day) - self.days())
                .expect("a year before 2000 is in the calendar")
        };
        Self {
            from: shifted(self.from),
            to: shifted(self.to),
        }
    }

    /// The days that it is compared with: those before, unless updates of them may have been erased already.
    pub(crate) fn compared(&self, charter: &Charter, today: Day) -> Option<Self> {
        let before = self.before();
        let kept = before.is_kept(today, charter.retention().update_days);
        kept.then_some(before)
    }

    /// Whether what belongs to any of its days is kept still, when it is kept for so many days.
    pub(crate) fn is_kept(&self, today: Day, days: u32) -> bool {
        let age = i64::from(day_number(today)) - i64::from(day_number(self.from));
        age <= i64::from(days)
    }
}
