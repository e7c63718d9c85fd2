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
