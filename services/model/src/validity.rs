//! How long a certificate lives, and how much of that is left: the one rule for when somebody has to be told.

use crate::time::UnixMillis;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// How far a new certificate begins in the past, for partners whose clock is behind.
const BACKDATE_MS: i64 = 3600 * 1000;

/// From when to when something is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before: UnixMillis,
    /// The last moment.
    pub not_after: UnixMillis,
}

/// What is left of a validity, as far as it is anybody's business. In shares of the whole, since a certificate of a week is
/// as usual as one of a year: whoever renews by itself does so at two thirds, so that less than a third says that it did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remaining {
    /// A third and more.
    Enough,
    /// Less than a third: to be renewed.
    Third,
    /// Less than a sixth: nobody has renewed it, and time is short.
    Sixth,
    /// Nothing: it is over.
    Nothing,
}

impl Validity {
    /// From an hour ago until a number of days from now.
    #[must_use]
    pub fn days(now: UnixMillis, days: u32) -> Self {
        Self {
            not_before: now.saturating_add_ms(-BACKDATE_MS),
            not_after: now.saturating_add_ms(i64::from(days) * DAY_MS),
        }
    }

    /// The share of the whole that is left: 1 before it begins, 0 from its end on.
    #[must_use]
    pub fn remaining_ratio(&self, now: UnixMillis) -> f64 {
        let left = self.not_after.0.saturating_sub(now.0).max(0);
        let whole = self.not_after.0.saturating_sub(self.not_before.0);
        // What ends before it begins is over at its end, whatever a share of it would be.
        if whole <= 0 {
            return if left > 0 { 1.0 } else { 0.0 };
        }
        (left as f64 / whole as f64).min(1.0)
    }

    /// What is to be said of that.
    #[must_use]
    pub fn remaining(&self, now: UnixMillis) -> Remaining {
        let ratio = self.remaining_ratio(now);
        match () {
            () if ratio <= 0.0 => Remaining::Nothing,
            () if ratio < 1.0 / 6.0 => Remaining::Sixth,
            () if ratio < 1.0 / 3.0 => Remaining::Third,
            () => Remaining::Enough,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_and_a_sixth_of_the_whole_count_however_long_it_is() {
        for days in [6, 90, 365] {
            let validity = Validity {
                not_before: UnixMillis(0),
                not_after: UnixMillis(days * DAY_MS),
            };
            let at = |sixths: i64, more: i64| {
                validity.remaining(UnixMillis(sixths * days * DAY_MS / 6 + more))
            };
            assert_eq!(at(-1, 0), Remaining::Enough);
            assert_eq!([at(4, 0), at(4, 1)], [Remaining::Enough, Remaining::Third]);
            assert_eq!([at(5, 0), at(5, 1)], [Remaining::Third, Remaining::Sixth]);
            assert_eq!(
                [at(6, -1), at(6, 0)],
                [Remaining::Sixth, Remaining::Nothing]
            );
            assert!((validity.remaining_ratio(UnixMillis(days * DAY_MS / 2)) - 0.5).abs() < 1e-9);
        }
    }

    #[test]
    fn strange_dates_are_shares_too() {
        for (not_before, not_after) in [(5, 5), (9, 2), (i64::MIN, i64::MAX), (i64::MAX, i64::MIN)]
        {
            let validity = Validity {
                not_before: UnixMillis(not_before),
                not_after: UnixMillis(not_after),
            };
            for now in [i64::MIN, 0, i64::MAX] {
                let ratio = validity.remaining_ratio(UnixMillis(now));
                assert!(
                    (0.0..=1.0).contains(&ratio),
                    "{validity:?} at {now}: {ratio}"
                );
            }
        }
    }
}
