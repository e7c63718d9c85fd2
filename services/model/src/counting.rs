//! What reports and pictures count with.

use crate::report::{Count, ReportPeriod};
use crate::time::day_number;

/// Days since 1970-01-01, both ends included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days(pub(crate) i32, pub(crate) i32);

impl Days {
    pub(crate) fn of(period: &ReportPeriod) -> Self {
        Self(day_number(period.from()), day_number(period.to()))
    }

    pub(crate) fn contains(self, day: i32) -> bool {
        (self.0..=self.1).contains(&day)
    }
}

/// How often something was told in a period, and in the one before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pair {
    pub(crate) now: u32,
    pub(crate) before: u32,
}

impl Pair {
    pub(crate) fn add(&mut self, now: bool) {
        self.now += u32::from(now);
        self.before += u32::from(!now);
    }

    pub(crate) fn is_none(self) -> bool {
        self.now == 0 && self.before == 0
    }

    pub(crate) fn of<Id>(self, id: Id) -> Count<Id> {
        Count {
            id,
            now: self.now,
            before: self.before,
        }
    }
}
