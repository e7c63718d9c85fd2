//! A time zone in the words of iCalendar: which clock holds from when on (RFC 5545, section 3.6.5).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday, date};
use jiff::tz::{Offset, TimeZone};

/// Years that are looked at to tell "the last Sunday" from "the fourth": within eleven, each date of the month's last week comes up.
const YEARS_SEEN: i16 = 11;

/// A clock and when it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observance {
    /// Whether the clock is put forward to it.
    pub(crate) daylight: bool,
    /// When it begins, by the clock before.
    pub(crate) starts: DateTime,
    /// The clock before.
    pub(crate) from: Offset,
    /// The clock from then on.
    pub(crate) to: Offset,
    /// What it is called, such as CEST.
    pub(crate) name: String,
    /// When it begins again, as a recurrence rule.
    pub(crate) rule: Option<String>,
}

/// The zone's observances for all times within `years`.
///
/// A zone that has kept one rule over the years and ten more is told by rules, which is what calendars read best and what
/// Outlook asks for; any other by its single changes.
pub(crate) fn observances(zone: &TimeZone, years: RangeInclusive<i16>) -> Vec<Observance> {
    // The year before, so that each of the two clocks has begun once when the first entry does.
    let first = years.start() - 1;
    let last = (years.end() + 1).max(first + YEARS_SEEN);
    let start = instant(first);
    let changes = changes(zone, start, instant(last + 1));
    if let Some(rules) = rules(&changes, first..=last) {
        return rules;
    }
    let info = zone.to_offset_info(start);
    let mut all = vec![Observance {
        daylight: false,
        starts: info.offset().to_datetime(start),
        from: info.offset(),
        to: info.offset(),
        name: info.abbreviation().to_owned(),
        rule: None,
    }];
    all.extend(changes);
    all
}

fn instant(year: i16) -> Timestamp {
    Offset::UTC
        .to_timestamp(date(year, 1, 1).at(0, 0, 0, 0))
        .expect("a calendar's years are far within what a timestamp holds")
}

fn changes(zone: &TimeZone, start: Timestamp, end: Timestamp) -> Vec<Observance> {
    let info = zone.to_offset_info(start);
    let mut from = (info.offset(), info.abbreviation().to_owned());
    let mut changes = Vec::new();
    for change in zone
        .following(start)
        .take_while(|change| change.timestamp() < end)
    {
        let to = (change.offset(), change.abbreviation().to_owned());
        if to == from {
            continue;
        }
        changes.push(Observance {
            daylight: to.0 > from.0,
            starts: from.0.to_datetime(change.timestamp()),
            from: from.0,
            to: to.0,
            name: to.1.clone(),
            rule: None,
        });
        from = to;
    }
    changes
}

/// The first change of each kind with its rule, if each of the two came in each year by one rule.
fn rules(changes: &[Observance], years: RangeInclusive<i16>) -> Option<Vec<Observance>> {
    let mut found = Vec::new();
    for daylight in [true, false] {
        let same: Vec<_> = changes.iter().filter(|c| c.daylight == daylight).collect();
        if !same
            .iter()
            .map(|change| change.starts.year())
            .eq(years.clone())
        {
            return None;
        }
        let first = same.first()?;
        let shape = |change: &Observance| {
            let starts = change.starts;
            (
                starts.month(),
                starts.weekday(),
                starts.time(),
                change.from,
                change.to,
            )
        };
        if same
            .iter()
            .any(|c| shape(c) != shape(first) || c.name != first.name)
        {
            return None;
        }
        let weeks: BTreeSet<i8> = same.iter().map(|c| (c.starts.day() - 1) / 7 + 1).collect();
        let week = if same
            .iter()
            .all(|c| c.starts.day() + 7 > c.starts.days_in_month())
        {
            -1
        } else if let [week] = weeks.into_iter().collect::<Vec<_>>()[..] {
            week
        } else {
            return None;
        };
        found.push(Observance {
            rule: Some(format!(
                "FREQ=YEARLY;BYMONTH={};BYDAY={week}{}",
                first.starts.month(),
                weekday(first.starts.weekday())
            )),
            ..(*first).clone()
        });
    }
    Some(found)
}

fn weekday(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    /// The zone as this build knows it, whatever the machine does.
    fn bundled(zone: &str) -> TimeZone {
        TimeZoneDatabase::bundled().get(zone).unwrap()
    }

    fn shown(zone: &str, years: RangeInclusive<i16>) -> Vec<String> {
        let zone = bundled(zone);
        observances(&zone, years)
            .into_iter()
            .map(|o| {
                let rule = o.rule.unwrap_or_default();
                format!(
                    "{} {} {}→{} {} {rule}",
                    o.daylight, o.starts, o.from, o.to, o.name
                )
            })
            .collect()
    }

    #[test]
    fn berlin_has_two_rules() {
        assert_eq!(
            shown("Europe/Berlin", 2026..=2026),
            [
                "true 2025-03-30T02:00:00 +01→+02 CEST FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
                "false 2025-10-26T03:00:00 +02→+01 CET FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            ]
        );
    }

    #[test]
    fn a_rule_may_count_from_the_months_start() {
        assert_eq!(
            shown("America/New_York", 2026..=2027),
            [
                "true 2025-03-09T02:00:00 -05→-04 EDT FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
                "false 2025-11-02T02:00:00 -04→-05 EST FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
            ]
        );
    }

    #[test]
    fn a_zone_without_changes_has_one_clock() {
        assert_eq!(
            shown("UTC", 2026..=2026),
            ["false 2025-01-01T00:00:00 +00→+00 UTC "]
        );
        assert_eq!(
            shown("Asia/Tokyo", 2026..=2026),
            ["false 2025-01-01T09:00:00 +09→+09 JST "]
        );
    }

    #[test]
    fn a_zone_that_changed_its_rule_is_told_by_its_changes() {
        let istanbul = shown("Europe/Istanbul", 2015..=2016);
        assert_eq!(
            istanbul.first().unwrap(),
            "false 2014-01-01T02:00:00 +02→+02 EET "
        );
        assert!(istanbul.iter().all(|line| !line.contains("FREQ")));
        // The last time that its clocks were changed.
        assert!(istanbul.last().unwrap().contains("2016-"), "{istanbul:?}");
    }

    #[test]
    fn every_hour_of_a_year_has_the_clock_that_it_should_have() {
        // What a calendar does with rules: the latest observance that has begun holds.
        let zone = bundled("Europe/Berlin");
        let all = observances(&zone, 2026..=2028);
        for hour in 0..(3 * 365 * 24) {
            let at = instant(2026) + jiff::SignedDuration::from_hours(hour);
            let year = Offset::UTC.to_datetime(at).year();
            let begun = all
                .iter()
                .flat_map(|o| (year - 1..=year).map(move |year| (o, year)));
            let latest = begun
                .map(|(o, year)| {
                    let first = date(year, o.starts.month(), 1);
                    let day = first.nth_weekday_of_month(-1, Weekday::Sunday).unwrap();
                    (
                        o.from
                            .to_timestamp(day.to_datetime(o.starts.time()))
                            .unwrap(),
                        o.to,
                    )
                })
                .filter(|(start, _)| *start <= at)
                .max_by_key(|(start, _)| *start)
                .unwrap();
            assert_eq!(latest.1, zone.to_offset(at), "{at}");
        }
    }
}
