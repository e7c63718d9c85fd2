//! Meetings and due tasks as an iCalendar object (RFC 5545) that is published, not negotiated (RFC 5546, section 3.2.1).
//!
//! Written for what Outlook and Thunderbird make of it:
//!
//! - Who is invited stands in the description. A published event must not list attendees (RFC 5545, section 3.8.4.1), Outlook
//!   offers to answer one that does, and an agency's answer belongs into its node.
//! - An organizer needs a mailbox: both read nothing but `mailto:`. An agency without one is named in the description only, and
//!   the event has no organizer. RFC 5546 asks for one, RFC 5545, section 3.8.4.3 forbids one where nobody is asked to answer;
//!   calendars take both.
//! - Outlook ignores tasks in calendars, so [`Calendar::tasks_as_days`] repeats each as an event that lasts the whole day and
//!   leaves it free.
//! - The times of a zone are told by rules, see [`crate::zone`].

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use crate::document::{Language, at_most};
use crate::error::DocumentError;
use crate::text;
use crate::zone::observances;

/// Most events and tasks together.
pub const ENTRIES_MAX: usize = 2_000;
/// Longest text, in characters.
pub const TEXT_MAX: usize = 4_000;
/// Most agencies that are invited to one event.
pub const AGENCIES_MAX: usize = 64;
/// Most categories of one entry.
pub const CATEGORIES_MAX: usize = 16;
/// Longest event, in minutes: a week.
pub const DURATION_MINUTES_MAX: u32 = 7 * 24 * 60;
/// Longest wait until a subscriber asks again, in minutes: a week.
pub const REFRESH_MINUTES_MAX: u32 = 7 * 24 * 60;
/// The years that an entry may lie in.
pub const YEARS: RangeInclusive<i16> = 2000..=2100;

/// Longest identifier, in characters; RFC 7986, section 5.3 advises 255 octets at most, and a suffix is added for tasks as days.
const UID_MAX: usize = 200;
/// Longest mailbox, in characters (RFC 5321, section 4.5.3.1.3).
const MAILBOX_MAX: usize = 254;
/// Longest line without its end, in octets (RFC 5545, section 3.1).
const LINE_OCTETS_MAX: usize = 75;

/// A calendar for import or subscription.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The language of the texts.
    pub language: Language,
    /// What a subscriber sees as the calendar's name.
    pub name: String,
    /// When the calendar was made (`DTSTAMP`).
    pub stamp: Timestamp,
    /// The zone that the events' times are told in; has to have an IANA name.
    pub time_zone: TimeZone,
    /// After how many minutes a subscriber should ask again; taken as 1 to [`REFRESH_MINUTES_MAX`].
    pub refresh_minutes: u32,
    /// The meetings.
    pub events: Vec<Event>,
    /// The due tasks.
    pub tasks: Vec<Task>,
    /// Whether each task is repeated as an event of the whole day on which it is due.
    pub tasks_as_days: bool,
}

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The identifier, for ever the same and the same in all agencies' calendars: 1 to 200 printable ASCII characters.
    pub uid: String,
    /// Which version of the meeting this is, from 0; a calendar keeps the highest.
    pub sequence: u32,
    /// Whether it takes place.
    pub state: EventState,
    /// What it is.
    pub summary: String,
    /// More about it; line breaks are kept.
    pub description: String,
    /// Where it is; empty if that isn't known.
    pub location: String,
    /// When it begins, by the clock of the calendar's time zone.
    pub start: DateTime,
    /// How long it lasts, in minutes; at most [`DURATION_MINUTES_MAX`].
    pub duration_minutes: u32,
    /// Who holds the chair.
    pub organizer: Option<Agency>,
    /// Who is invited.
    pub invited: Vec<Agency>,
    /// The categories.
    pub categories: Vec<String>,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// Whether a meeting takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventState {
    /// It does.
    Confirmed,
    /// It is only proposed.
    Tentative,
    /// It does not.
    Cancelled,
}

/// A task with a day on which it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The identifier, as in [`Event::uid`].
    pub uid: String,
    /// Which version of the task this is, from 0.
    pub sequence: u32,
    /// How far it is.
    pub state: TaskState,
    /// What is to be done.
    pub summary: String,
    /// More about it; line breaks are kept.
    pub description: String,
    /// The day on which it is due.
    pub due: Date,
    /// The categories.
    pub categories: Vec<String>,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Nobody has begun.
    Open,
    /// Somebody has.
    InProgress,
    /// It is done.
    Done,
    /// It need not be done any more.
    Withdrawn,
}

/// An agency as a calendar names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Its name.
    pub name: String,
    /// The mailbox that answers go to, `name@host`. Without it the agency is no organizer that calendars understand, which is the
    /// safer choice for a file that people import: there Outlook may take an event with an organizer for an invitation.
    pub mailbox: Option<String>,
}

/// The calendar as an iCalendar object.
///
/// Texts are treated as those of a [`crate::Document`]; line breaks are kept in descriptions.
///
/// # Errors
///
/// [`DocumentError::TooMany`], [`DocumentError::TimeZone`], [`DocumentError::Date`], [`DocumentError::Uid`],
/// [`DocumentError::UidTwice`] or [`DocumentError::Mailbox`].
pub fn calendar(calendar: &Calendar) -> Result<String, DocumentError> {
    let zone = check(calendar)?;
    let mut file = File::default();
    file.raw("BEGIN", "VCALENDAR");
    file.raw("VERSION", "2.0");
    let (product, language) = match calendar.language {
        Language::German => ("-//Verbund//Kalender//DE", "de"),
        Language::English => ("-//Verbund//Calendar//EN", "en"),
    };
    file.raw("PRODID", product);
    file.raw("CALSCALE", "GREGORIAN");
    file.raw("METHOD", "PUBLISH");
    // RFC 7986 has a name for the name; Outlook, Google and Apple know the older one.
    file.text(
        &format!("NAME;LANGUAGE={language}"),
        &text::line(&calendar.name),
    );
    file.text("X-WR-CALNAME", &text::line(&calendar.name));
    file.text("X-WR-TIMEZONE", zone);
    let refresh = duration(calendar.refresh_minutes.clamp(1, REFRESH_MINUTES_MAX));
    file.raw("REFRESH-INTERVAL;VALUE=DURATION", &refresh);
    file.raw("X-PUBLISHED-TTL", &refresh);
    file.zone(calendar, zone);
    for event in &calendar.events {
        file.event(calendar, event, zone);
    }
    for task in &calendar.tasks {
        file.task(calendar, task);
        if calendar.tasks_as_days {
            file.task_as_day(calendar, task);
        }
    }
    file.raw("END", "VCALENDAR");
    Ok(file.0)
}

/// The name of the time zone, if all is within bounds.
fn check(calendar: &Calendar) -> Result<&str, DocumentError> {
    // The name stands where nothing can be escaped.
    let named = |name: &&str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte))
    };
    let zone = calendar
        .time_zone
        .iana_name()
        .filter(named)
        .ok_or(DocumentError::TimeZone)?;
    at_most(
        "entries",
        calendar.events.len() + calendar.tasks.len(),
        ENTRIES_MAX,
    )?;
    at_most_text([&calendar.name])?;
    let events = calendar
        .events
        .iter()
        .map(|event| (&event.uid, event.start.year()));
    let tasks = calendar
        .tasks
        .iter()
        .map(|task| (&task.uid, task.due.year()));
    let mut seen = BTreeSet::new();
    for (entry, (uid, year)) in events.chain(tasks).enumerate() {
        if !(1..=UID_MAX).contains(&uid.len()) || !uid.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(DocumentError::Uid { entry });
        }
        if !seen.insert(uid.clone()) {
            return Err(DocumentError::UidTwice { uid: uid.clone() });
        }
        if !YEARS.contains(&year) {
            return Err(DocumentError::Date { uid: uid.clone() });
        }
    }
    for task in calendar.tasks.iter().filter(|_| calendar.tasks_as_days) {
        let uid = day_uid(task);
        if !seen.insert(uid.clone()) {
            return Err(DocumentError::UidTwice { uid });
        }
    }
    for event in &calendar.events {
        at_most_text([&event.summary, &event.description, &event.location])?;
        at_most("categories", event.categories.len(), CATEGORIES_MAX)?;
        at_most_text(&event.categories)?;
        at_most("agencies", event.invited.len(), AGENCIES_MAX)?;
        let (minutes, max) = (event.duration_minutes, DURATION_MINUTES_MAX);
        if minutes > max {
            return Err(DocumentError::TooMany {
                what: "minutes",
                max: max as usize,
            });
        }
        for agency in event.organizer.iter().chain(&event.invited) {
            at_most_text([&agency.name])?;
            if !agency.mailbox.as_deref().is_none_or(is_mailbox) {
                return Err(DocumentError::Mailbox {
                    uid: event.uid.clone(),
                });
            }
        }
    }
    for task in &calendar.tasks {
        at_most_text([&task.summary, &task.description])?;
        at_most("categories", task.categories.len(), CATEGORIES_MAX)?;
        at_most_text(&task.categories)?;
    }
    Ok(zone)
}

fn at_most_text<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<(), DocumentError> {
    texts
        .into_iter()
        .try_for_each(|text| at_most("characters in a text", text.chars().count(), TEXT_MAX))
}

/// The characters that need no quotes in a mailbox (RFC 5322, section 3.2.3) and mean nothing in a `mailto:` URI.
fn is_mailbox(mailbox: &str) -> bool {
    let atoms = |part: &str, more: &[u8]| {
        part.split('.').all(|atom| {
            !atom.is_empty()
                && atom
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        })
    };
    mailbox.len() <= MAILBOX_MAX
        && mailbox
            .split_once('@')
            .is_some_and(|(name, host)| atoms(name, b"!$'*+-_~") && atoms(host, b"-"))
}

/// What is written so far.
#[derive(Default)]
struct File(String);

impl File {
    /// A property whose value holds nothing of a user's.
    fn raw(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{value}"));
    }

    /// A property whose value is text (RFC 5545, section 3.3.11).
    fn text(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{}", escape(value)));
    }

    /// A property that is left out if there is no text.
    fn some_text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.text(name, value);
        }
    }

    /// A line, folded where it gets too long, but never within a character.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > LINE_OCTETS_MAX {
                self.0.push_str("\r\n ");
                // The space counts.
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    fn zone(&mut self, calendar: &Calendar, zone: &str) {
        let years = || calendar.events.iter().map(|event| event.start.year());
        let (Some(first), Some(last)) = (years().min(), years().max()) else {
            return;
        };
        self.raw("BEGIN", "VTIMEZONE");
        self.text("TZID", zone);
        for observance in observances(&calendar.time_zone, first..=last) {
            let kind = if observance.daylight {
                "DAYLIGHT"
            } else {
                "STANDARD"
            };
            self.raw("BEGIN", kind);
            self.raw("DTSTART", &local(observance.starts));
            self.raw("TZOFFSETFROM", &offset(observance.from));
            self.raw("TZOFFSETTO", &offset(observance.to));
            self.text("TZNAME", &observance.name);
            if let Some(rule) = &observance.rule {
                self.raw("RRULE", rule);
            }
            self.raw("END", kind);
        }
        self.raw("END", "VTIMEZONE");
    }

    fn event(&mut self, calendar: &Calendar, event: &Event, zone: &str) {
        self.raw("BEGIN", "VEVENT");
        self.text("UID", &event.uid);
        self.versions(calendar, event.sequence, event.modified);
        self.raw(
            "STATUS",
            match event.state {
                EventState::Confirmed => "CONFIRMED",
                EventState::Tentative => "TENTATIVE",
                EventState::Cancelled => "CANCELLED",
            },
        );
        self.raw(&format!("DTSTART;TZID={zone}"), &local(event.start));
        self.raw("DURATION", &duration(event.duration_minutes));
        self.text("SUMMARY", &text::line(&event.summary));
        let mut description = text::lines(&event.description);
        let (chair, invited) = match calendar.language {
            Language::German => ("Leitung", "Eingeladen"),
            Language::English => ("Chair", "Invited"),
        };
        if let Some(organizer) = &event.organizer {
            let name = text::line(&organizer.name);
            description.push(format!("{chair}: {name}"));
            if let Some(mailbox) = &organizer.mailbox {
                // A parameter's value can't hold quotes (RFC 5545, section 3.2).
                let name = name.replace('"', "'");
                self.raw(
                    &format!("ORGANIZER;CN=\"{name}\""),
                    &format!("mailto:{mailbox}"),
                );
            }
        }
        if !event.invited.is_empty() {
            let names: Vec<_> = event.invited.iter().map(|a| text::line(&a.name)).collect();
            description.push(format!("{invited}: {}", names.join(", ")));
        }
        self.some_text("DESCRIPTION", &description.join("\n"));
        self.some_text("LOCATION", &text::line(&event.location));
        self.categories(&event.categories);
        self.raw("END", "VEVENT");
    }

    fn task(&mut self, calendar: &Calendar, task: &Task) {
        self.raw("BEGIN", "VTODO");
        self.text("UID", &task.uid);
        self.versions(calendar, task.sequence, task.modified);
        self.raw(
            "STATUS",
            match task.state {
                TaskState::Open => "NEEDS-ACTION",
                TaskState::InProgress => "IN-PROCESS",
                TaskState::Done => "COMPLETED",
                TaskState::Withdrawn => "CANCELLED",
            },
        );
        self.raw("DUE;VALUE=DATE", &day(task.due));
        self.text("SUMMARY", &text::line(&task.summary));
        self.some_text("DESCRIPTION", &text::lines(&task.description).join("\n"));
        self.categories(&task.categories);
        self.raw("END", "VTODO");
    }

    fn task_as_day(&mut self, calendar: &Calendar, task: &Task) {
        let done = task.state == TaskState::Done;
        let word = match (calendar.language, done) {
            (Language::German, false) => "Fällig",
            (Language::German, true) => "Erledigt",
            (Language::English, false) => "Due",
            (Language::English, true) => "Done",
        };
        self.raw("BEGIN", "VEVENT");
        self.text("UID", &day_uid(task));
        self.versions(calendar, task.sequence, task.modified);
        let withdrawn = task.state == TaskState::Withdrawn;
        self.raw("STATUS", if withdrawn { "CANCELLED" } else { "CONFIRMED" });
        self.raw("DTSTART;VALUE=DATE", &day(task.due));
        self.raw(
            "DTEND;VALUE=DATE",
            &day(task.due.saturating_add(jiff::Span::new().days(1))),
        );
        self.raw("TRANSP", "TRANSPARENT");
        self.text("SUMMARY", &format!("{word}: {}", text::line(&task.summary)));
        self.some_text("DESCRIPTION", &text::lines(&task.description).join("\n"));
        self.categories(&task.categories);
        self.raw("END", "VEVENT");
    }

    fn versions(&mut self, calendar: &Calendar, sequence: u32, modified: Timestamp) {
        self.raw("DTSTAMP", &utc(calendar.stamp));
        self.raw("LAST-MODIFIED", &utc(modified));
        self.raw("SEQUENCE", &sequence.to_string());
    }

    fn categories(&mut self, categories: &[String]) {
        let texts: Vec<_> = categories
            .iter()
            .map(|category| text::line(category))
            .filter(|category| !category.is_empty())
            .map(|category| escape(&category))
            .collect();
        if !texts.is_empty() {
            self.raw("CATEGORIES", &texts.join(","));
        }
    }
}

/// The identifier of a task's day.
fn day_uid(task: &Task) -> String {
    format!("{}/due", task.uid)
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            _ => out.push(character),
        }
    }
    out
}

fn local(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

fn utc(at: Timestamp) -> String {
    format!("{}Z", local(Offset::UTC.to_datetime(at)))
}

fn day(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let mut out = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if !seconds.is_multiple_of(60) {
        let _ = write!(out, "{:02}", seconds % 60);
    }
    out
}

fn duration(minutes: u32) -> String {
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match (hours, minutes) {
        (0, minutes) => format!("PT{minutes}M"),
        (hours, 0) => format!("PT{hours}H"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

#[cfg(test)]
mod tests;
