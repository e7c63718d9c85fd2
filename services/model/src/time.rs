//! Days, milliseconds, and the two things that the domain never fetches for itself: the time and randomness.

use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar day in the charter's time zone.
pub type Day = Date;

const EPOCH: Day = jiff::civil::date(1970, 1, 1);

/// Days since 1970-01-01, negative before. The form in which frames and rows keep a day.
pub fn day_number(day: Day) -> i32 {
    // jiff's days span -9999 to 9999, fewer than four million either way.
    day.duration_since(EPOCH).as_hours().div_euclid(24) as i32
}

/// The day with this number, unless it lies outside the years -9999 to 9999.
pub fn day_from_number(number: i32) -> Option<Day> {
    EPOCH
        .checked_add(jiff::SignedDuration::from_hours(i64::from(number) * 24))
        .ok()
}

/// Exactly `YYYY-MM-DD`: jiff alone would also take basic and week formats.
pub(crate) fn parse_day(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, b)| match at {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    text.parse().ok()
}

/// Whether a day lies in the years 2000 to 2199. A partner's typing error must not stay at the top of every list for ever.
pub(crate) fn has_sense(day: Day) -> bool {
    (2000..=2199).contains(&day.year())
}

/// Milliseconds since 1970-01-01T00:00:00Z. Information only: nothing in the system is ordered by it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// This time moved by a number of milliseconds, at most to the ends of the range.
    #[must_use]
    pub fn saturating_add_ms(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

/// Tells the time. Passed in everywhere, so that tests and simulations own it.
pub trait Clock: Send + Sync + Debug {
    /// The time now.
    fn now(&self) -> UnixMillis;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        let now = SystemTime::now();
        // A clock before 1970 is a broken clock; it must show as one, not panic.
        let ms = match now.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        UnixMillis(ms)
    }
}

/// Gives random bytes for keys, salts and ids. Passed in everywhere, for the same reason as [`Clock`].
pub trait Entropy: Send + Sync + Debug {
    /// Fills the whole buffer with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_days_have_their_numbers() {
        for (day, number) in [
            (date(1970, 1, 1), 0),
            (date(1969, 12, 31), -1),
            (date(2000, 3, 1), 11_017),
            (date(2026, 11, 23), 20_780),
        ] {
            assert_eq!(day_number(day), number, "{day}");
            assert_eq!(day_from_number(number), Some(day));
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_days_and_beyond_them_is_none() {
        for day in [Day::MIN, Day::MAX] {
            assert_eq!(day_from_number(day_number(day)), Some(day));
        }
        assert_eq!(day_from_number(day_number(Day::MAX) + 1), None);
        assert_eq!(day_from_number(day_number(Day::MIN) - 1), None);
        assert_eq!(day_from_number(i32::MAX), None);
        assert_eq!(day_from_number(i32::MIN), None);
    }

    #[test]
    fn the_machine_has_a_clock() {
        // Later than this program was written: it reads the real clock and not the epoch.
        assert!(SystemClock.now() > UnixMillis(1_700_000_000_000));
    }

    proptest! {
        #[test]
        fn a_number_is_its_day(number in -4_371_587i32..=2_932_896) {
            let day = day_from_number(number).unwrap();
            prop_assert_eq!(day_number(day), number);
            if let Ok(next) = day.tomorrow() {
                prop_assert_eq!(day_number(next), number + 1);
            }
        }
    }
}
