//! What an operator should know and can do about a partner or the own node, by what the node tells of them.

use verbund_model::{Remaining, UnixMillis, Validity};
use verbund_wire::agency::{Link, Partner};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// From when on a missing receipt is worth a word: a busy minute is none.
const LAG_WARN_MS: i64 = MINUTE_MS;
/// From when on a missing receipt is something to look after.
const LAG_BAD_MS: i64 = HOUR_MS;
/// From when on a partner that is away is something to look after.
const AWAY_BAD_MS: i64 = HOUR_MS;
/// From when on clocks differ visibly.
const CLOCK_WARN_MS: u64 = 60_000;
/// From when on a node stops erasing, since it can't know which clock is right.
const CLOCK_BAD_MS: u64 = 3_600_000;
/// A charter is renewed by a vote of several agencies, which takes its time.
const CHARTER_WARN_DAYS: i32 = 90;
const CHARTER_BAD_DAYS: i32 = 30;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// As it should be.
    Good,
    /// To be looked at.
    Warn,
    /// To be done something about.
    Bad,
}

impl Level {
    /// Its class in the style sheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    /// The key of the catalogue that says it in a word.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Good => "operations-good",
            Self::Warn => "operations-warn",
            Self::Bad => "operations-bad",
        }
    }

    fn of(amount: i64, warn: i64, bad: i64) -> Self {
        match amount {
            _ if amount >= bad => Self::Bad,
            _ if amount >= warn => Self::Warn,
            _ => Self::Good,
        }
    }
}

/// What is to be known: `operations-advice-<word>` of the catalogue, with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advice {
    pub(super) level: Level,
    pub(super) word: &'static str,
    pub(super) value: Value,
}

/// The value that an advice's text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// None.
    Nothing,
    /// How many.
    Count(u64),
    /// How long, in seconds.
    Seconds(u64),
}

fn seconds(milliseconds: i64) -> Value {
    Value::Seconds(u64::try_from(milliseconds / 1_000).unwrap_or(0))
}

/// What is to be known of a partner, the worst first.
pub(super) fn on_partner(it: &Partner, now_ms: i64) -> Vec<Advice> {
    let mut all = Vec::new();
    let mut add = |level: Level, word: &'static str, value: Value| {
        if level > Level::Good {
            all.push(Advice { level, word, value });
        }
    };
    match Link::try_from(it.link) {
        Ok(Link::Away) if it.last_heard_ms == 0 => add(Level::Bad, "never-heard", Value::Nothing),
        Ok(Link::Away) => {
            let away = now_ms - it.last_heard_ms;
            let level = Level::of(away, 0, AWAY_BAD_MS);
            add(level.max(Level::Warn), "away", seconds(away));
        }
        Ok(Link::Relayed) => add(Level::Warn, "relayed", Value::Nothing),
        _ => {}
    }
    let lag = i64::try_from(it.lag_ms).unwrap_or(i64::MAX);
    add(Level::of(lag, LAG_WARN_MS, LAG_BAD_MS), "lag", seconds(lag));
    let clock = it.clock_offset_ms.unsigned_abs();
    let clock_level = match clock {
        CLOCK_BAD_MS.. => Level::Bad,
        CLOCK_WARN_MS.. => Level::Warn,
        _ => Level::Good,
    };
    let word = if it.clock_offset_ms < 0 {
        "clock-behind"
    } else {
        "clock-ahead"
    };
    add(clock_level, word, Value::Seconds(clock / 1_000));
    let some = |count: u64, level: Level| if count > 0 { level } else { Level::Good };
    let stopped = u64::from(it.stopped_lanes);
    add(some(stopped, Level::Bad), "stopped", Value::Count(stopped));
    add(
        some(u64::from(it.throttled), Level::Warn),
        "throttled",
        Value::Nothing,
    );
    add(
        some(it.refused, Level::Warn),
        "refused",
        Value::Count(it.refused),
    );
    add(
        some(it.sealed, Level::Warn),
        "sealed",
        Value::Count(it.sealed),
    );
    add(
        some(it.exceptions, Level::Warn),
        "exceptions",
        Value::Count(it.exceptions),
    );
    if it.certificate_not_after_ms != 0 {
        let validity = validity(it.certificate_not_before_ms, it.certificate_not_after_ms);
        let (level, left) = certificate(validity, now_ms);
        add(level, "certificate", left);
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.level));
    all
}

/// From when to when a certificate is valid, by what the node tells.
pub(super) fn validity(not_before_ms: i64, not_after_ms: i64) -> Validity {
    Validity {
        not_before: UnixMillis(not_before_ms),
        not_after: UnixMillis(not_after_ms),
    }
}

/// How bad it is that so much of a certificate is left, and how long it is until its end.
pub(super) fn certificate(validity: Validity, now_ms: i64) -> (Level, Value) {
    let level = match validity.remaining(UnixMillis(now_ms)) {
        Remaining::Enough => Level::Good,
        Remaining::Third => Level::Warn,
        Remaining::Sixth | Remaining::Nothing => Level::Bad,
    };
    let left = validity.not_after.0.saturating_sub(now_ms);
    (level, seconds(left.max(0)))
}

/// How bad the end of the charter is, by the days that are left.
pub(super) fn charter(days_left: i32) -> Level {
    match days_left {
        ..CHARTER_BAD_DAYS => Level::Bad,
        CHARTER_BAD_DAYS..CHARTER_WARN_DAYS => Level::Warn,
        _ => Level::Good,
    }
}

/// How bad it is that so much is left above the disk's reserve: less than the reserve once more is little.
pub(super) fn disk(free_bytes: u64, reserve_bytes: u64) -> Level {
    match free_bytes {
        _ if free_bytes <= reserve_bytes => Level::Bad,
        _ if free_bytes < reserve_bytes.saturating_mul(2) => Level::Warn,
        _ => Level::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;
    const DAY_MS: i64 = 24 * HOUR_MS;

    fn well() -> Partner {
        Partner {
            link: Link::Connected.into(),
            last_heard_ms: NOW,
            ..Partner::default()
        }
    }

    fn words(it: &Partner) -> Vec<(&'static str, Level)> {
        on_partner(it, NOW)
            .iter()
            .map(|it| (it.word, it.level))
            .collect()
    }

    #[test]
    fn nothing_is_said_of_a_partner_that_is_well() {
        assert_eq!(words(&well()), []);
        let busy = Partner {
            lag_ms: 59_000,
            clock_offset_ms: -59_000,
            ..well()
        };
        assert_eq!(words(&busy), []);
    }

    #[test]
    fn each_thing_that_is_wrong_is_told_and_the_worst_first() {
        let away = Partner {
            link: Link::Away.into(),
            last_heard_ms: NOW - 5_000,
            ..well()
        };
        assert_eq!(words(&away), [("away", Level::Warn)]);
        let gone = Partner {
            last_heard_ms: NOW - 2 * HOUR_MS,
            ..away.clone()
        };
        assert_eq!(words(&gone), [("away", Level::Bad)]);
        assert_eq!(
            words(&Partner {
                last_heard_ms: 0,
                ..away
            }),
            [("never-heard", Level::Bad)]
        );
        let much = Partner {
            lag_ms: 120_000,
            clock_offset_ms: -7_200_000,
            throttled: true,
            stopped_lanes: 2,
            refused: 1,
            sealed: 1,
            exceptions: 1,
            certificate_not_before_ms: NOW - 70 * DAY_MS,
            certificate_not_after_ms: NOW + 20 * DAY_MS,
            ..well()
        };
        let told = words(&much);
        assert_eq!(
            told[..2],
            [("clock-behind", Level::Bad), ("stopped", Level::Bad)]
        );
        assert_eq!(told.len(), 8);
    }

    #[test]
    fn the_end_of_a_certificate_is_told_in_time() {
        let left = |days: i64| {
            let ends = NOW + days * DAY_MS;
            certificate(validity(ends - 90 * DAY_MS, ends), NOW)
        };
        assert_eq!(
            [31, 29, 14, -1].map(|days| left(days).0),
            [Level::Good, Level::Warn, Level::Bad, Level::Bad]
        );
        assert_eq!(left(-1).1, Value::Seconds(0));
    }

    #[test]
    fn strange_numbers_do_no_harm() {
        let strange = Partner {
            link: 99,
            lag_ms: u64::MAX,
            clock_offset_ms: i64::MIN,
            last_heard_ms: i64::MAX,
            ..well()
        };
        assert_eq!(words(&strange).len(), 2);
        let later = Partner {
            link: Link::Away.into(),
            last_heard_ms: NOW + 5_000,
            ..well()
        };
        assert_eq!(on_partner(&later, NOW)[0].value, Value::Seconds(0));
    }
}
