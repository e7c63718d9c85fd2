//! When somebody is told: digests, gathering, quiet hours. All times are those of the charter's time zone.

use jiff::civil::{Time, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};

use super::matter::{Matter, Urgencies, Urgency};
use crate::lang::Lang;

/// What is not immediate waits so long for more of its kind, so that one busy minute is one message.
const GATHERED: SignedDuration = SignedDuration::from_mins(5);
/// When digests go, from Monday to Friday: before the day begins, before and after its middle.
const DIGESTS: [Time; 3] = [time(7, 30, 0, 0), time(11, 30, 0, 0), time(15, 30, 0, 0)];

/// By which kind of way somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// An e-mail.
    Mail,
    /// A push to a browser.
    Push,
}

impl Channel {
    /// The word for it in the database.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Push => "push",
        }
    }
}

/// Hours in which nobody wants to be told; from one time of the day to another, over midnight where the end is the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quiet {
    /// The first quiet minute.
    pub(crate) from: Time,
    /// The first minute that is not quiet any more.
    pub(crate) to: Time,
}

/// What a person wants to hear of, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// In which language.
    pub(crate) lang: Lang,
    /// What is told by e-mail.
    pub(crate) mail: Urgencies,
    /// What is told by push.
    pub(crate) push: Urgencies,
    /// When not.
    pub(crate) quiet: Option<Quiet>,
    /// What is immediate is told in quiet hours, too.
    pub(crate) is_woken: bool,
}

impl Default for Choice {
    /// Everything by e-mail, what has haste by push, and the night is quiet. Nothing is sent as long as there is no way to the
    /// person.
    fn default() -> Self {
        Self {
            lang: Lang::De,
            mail: Urgencies::ALL,
            push: [Urgency::Soon, Urgency::Immediate].into_iter().collect(),
            quiet: Some(Quiet {
                from: time(20, 0, 0, 0),
                to: time(6, 30, 0, 0),
            }),
            is_woken: false,
        }
    }
}

impl Choice {
    /// Whether a matter is told by a channel.
    pub(crate) const fn wants(&self, channel: Channel, matter: Matter) -> bool {
        match channel {
            Channel::Mail => self.mail.has(matter.urgency()),
            Channel::Push => self.push.has(matter.urgency()),
        }
    }

    /// Until when a matter has to wait for the end of quiet hours; `None` where it may be told now.
    pub(crate) fn held_until(
        &self,
        matter: Matter,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        if self.is_woken && matter.urgency() == Urgency::Immediate {
            return None;
        }
        self.quiet.and_then(|quiet| quiet.end_of(now, zone))
    }
}

impl Quiet {
    /// The end of the quiet hours that `now` is in; `None` where it is in none.
    fn end_of(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let here = now.to_zoned(zone.clone());
        let (clock, today) = (here.time(), here.date());
        let is_over_midnight = self.to < self.from;
        let has_begun = is_over_midnight || self.from <= clock;
        let day = if has_begun && clock < self.to {
            today
        } else if is_over_midnight && self.from <= clock {
            today.tomorrow().ok()?
        } else {
            return None;
        };
        // Where the clocks are set back, the end comes twice: the later one is the end of all that is quiet. Where they are set
        // forward over it, it is as long after the jump as it would have been after its beginning.
        let end = zone.to_ambiguous_zoned(day.to_datetime(self.to)).later();
        end.ok().map(|end| end.timestamp())
    }
}

/// When a matter that comes up now is told at the latest, quiet hours aside.
pub(crate) fn due(matter: Matter, now: Timestamp, zone: &TimeZone) -> Timestamp {
    match matter.urgency() {
        Urgency::Immediate => now,
        Urgency::Soon => now + GATHERED,
        Urgency::Routine => next_digest(&now.to_zoned(zone.clone())),
    }
}

/// The next digest after a moment.
fn next_digest(now: &Zoned) -> Timestamp {
    // Over a weekend it is three days away at most.
    let days = (0..4_i64).filter_map(|ahead| now.date().checked_add(ahead.days()).ok());
    days.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
        .flat_map(|day| DIGESTS.map(|clock| day.to_datetime(clock)))
        .filter_map(|digest| digest.to_zoned(now.time_zone().clone()).ok())
        .find(|digest| digest > now)
        .map_or(now.timestamp(), |digest| digest.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse::<jiff::civil::DateTime>()
            .unwrap()
            .to_zoned(berlin())
            .unwrap()
            .timestamp()
    }

    fn quiet(from: &str, to: &str) -> Choice {
        let quiet = Quiet {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        };
        Choice {
            quiet: Some(quiet),
            ..Choice::default()
        }
    }

    fn held(choice: &Choice, matter: Matter, now: Timestamp) -> Option<String> {
        let until = choice.held_until(matter, now, &berlin())?;
        Some(
            until
                .to_zoned(berlin())
                .strftime("%d %H:%M %:z")
                .to_string(),
        )
    }

    #[test]
    fn quiet_hours_go_over_midnight() {
        let choice = quiet("22:00", "06:30");
        let held = |now: &str| held(&choice, Matter::UpdateSoon, at(now));
        assert_eq!(held("2026-11-27T21:59:59"), None);
        assert_eq!(held("2026-11-27T22:00").as_deref(), Some("28 06:30 +01:00"));
        assert_eq!(held("2026-11-28T00:00").as_deref(), Some("28 06:30 +01:00"));
        assert_eq!(
            held("2026-11-28T06:29:59").as_deref(),
            Some("28 06:30 +01:00")
        );
        assert_eq!(held("2026-11-28T06:30"), None);
        let midday = quiet("12:00", "13:00");
        assert!(
            midday
                .held_until(Matter::Alarm, at("2026-11-27T12:30"), &berlin())
                .is_some()
        );
        assert!(
            midday
                .held_until(Matter::Alarm, at("2026-11-27T13:00"), &berlin())
                .is_none()
        );
    }

    #[test]
    fn quiet_hours_end_by_the_clock_on_the_wall_when_the_clocks_change() {
        // Forward on 29 March 2026 at 02:00, back on 25 October 2026 at 03:00.
        let choice = quiet("22:00", "06:30");
        let spring = at("2026-03-28T23:00");
        assert_eq!(
            held(&choice, Matter::UpdateSoon, spring).as_deref(),
            Some("29 06:30 +02:00")
        );
        let autumn = at("2026-10-24T23:00");
        assert_eq!(
            held(&choice, Matter::UpdateSoon, autumn).as_deref(),
            Some("25 06:30 +01:00")
        );
        // An end that the clocks leap over, and one that comes twice.
        let odd = quiet("22:00", "02:30");
        assert_eq!(
            held(&odd, Matter::UpdateSoon, spring).as_deref(),
            Some("29 03:30 +02:00")
        );
        assert_eq!(
            held(&odd, Matter::UpdateSoon, autumn).as_deref(),
            Some("25 02:30 +01:00")
        );
    }

    #[test]
    fn an_end_is_never_in_the_past() {
        let choice = quiet("22:00", "02:30");
        let start = at("2026-10-24T20:00");
        for minutes in 0..24 * 60 {
            let now = start + SignedDuration::from_mins(minutes);
            if let Some(end) = choice.held_until(Matter::UpdateSoon, now, &berlin()) {
                assert!(end > now, "{now}");
            }
        }
    }

    #[test]
    fn only_what_is_immediate_wakes_and_only_who_wants_it() {
        let night = at("2026-11-28T03:00");
        let mut choice = quiet("22:00", "06:30");
        assert!(held(&choice, Matter::UpdateImmediate, night).is_some());
        choice.is_woken = true;
        for matter in Matter::ALL {
            let wakes = matter.urgency() == Urgency::Immediate;
            assert_eq!(held(&choice, matter, night).is_none(), wakes, "{matter:?}");
        }
        assert_ne!(
            Matter::Drill.urgency(),
            Urgency::Immediate,
            "a drill wakes nobody"
        );
        choice.quiet = None;
        assert_eq!(held(&choice, Matter::UpdateRoutine, night), None);
    }

    #[test]
    fn routine_is_gathered_for_digests_of_working_days() {
        let due = |matter, now: &str| {
            due(matter, at(now), &berlin())
                .to_zoned(berlin())
                .strftime("%a %d %H:%M")
                .to_string()
        };
        // 27 November 2026 is a Friday.
        assert_eq!(
            due(Matter::UpdateRoutine, "2026-11-27T06:00"),
            "Fri 27 07:30"
        );
        assert_eq!(
            due(Matter::UpdateRoutine, "2026-11-27T07:30"),
            "Fri 27 11:30"
        );
        assert_eq!(due(Matter::Invitation, "2026-11-27T12:00"), "Fri 27 15:30");
        assert_eq!(
            due(Matter::UpdateRoutine, "2026-11-27T15:30"),
            "Mon 30 07:30"
        );
        assert_eq!(
            due(Matter::UpdateRoutine, "2026-11-28T12:00"),
            "Mon 30 07:30"
        );
        assert_eq!(due(Matter::TaskAsked, "2026-11-28T12:00"), "Sat 28 12:05");
        assert_eq!(
            due(Matter::UpdateImmediate, "2026-11-28T12:00"),
            "Sat 28 12:00"
        );
        // A digest keeps its hour over a change of the clocks: Friday before, Monday after.
        assert_eq!(
            due(Matter::UpdateRoutine, "2026-10-23T16:00"),
            "Mon 26 07:30"
        );
    }

    #[test]
    fn nothing_is_told_by_a_channel_that_is_not_chosen() {
        let choice = Choice::default();
        assert!(choice.wants(Channel::Mail, Matter::UpdateRoutine));
        assert!(!choice.wants(Channel::Push, Matter::UpdateRoutine));
        assert!(choice.wants(Channel::Push, Matter::TaskAsked));
    }
}
