//! What was written is read again by an independent parser; lines are looked at as bytes.

use icalendar::parser::{Component, read_calendar, unfold};
use jiff::civil::date;
use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event() -> Event {
    Event {
        uid: "0b6c3f0e-7d0c-4f7e-9a51-5d2b8f1f4a10@krefeld.verbund".into(),
        sequence: 2,
        state: EventState::Confirmed,
        summary: "Jour fixe".into(),
        description: "Tagesordnung:\n1. Lage".into(),
        location: "Rathaus, Raum 12".into(),
        start: date(2026, 12, 3).at(14, 0, 0, 0),
        duration_minutes: 90,
        organizer: Some(Agency {
            name: "Kommunaler Ordnungsdienst".into(),
            mailbox: Some("kod@krefeld.example".into()),
        }),
        invited: vec![
            Agency {
                name: "Drogenhilfezentrum".into(),
                mailbox: None,
            },
            Agency {
                name: "Polizei".into(),
                mailbox: None,
            },
        ],
        categories: vec!["Besprechung".into(), "M1, M2".into()],
        modified: at("2026-11-20T08:30:00Z"),
    }
}

fn task() -> Task {
    Task {
        uid: "task-1".into(),
        sequence: 0,
        state: TaskState::Open,
        summary: "Spritzenfunde melden".into(),
        description: String::new(),
        due: date(2026, 12, 31),
        categories: vec![],
        modified: at("2026-11-21T08:30:00Z"),
    }
}

fn example() -> Calendar {
    Calendar {
        language: Language::German,
        name: "Verbund Krefeld".into(),
        stamp: at("2026-11-27T10:00:00Z"),
        time_zone: TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap(),
        refresh_minutes: 60,
        events: vec![event()],
        tasks: vec![task()],
        tasks_as_days: true,
    }
}

fn with(event: Event) -> Result<String, DocumentError> {
    calendar(&Calendar {
        events: vec![event],
        ..example()
    })
}

/// The text of a property of the first component of a kind; a list of texts as it is written.
fn text_of(file: &str, kind: &str, name: &str) -> Option<String> {
    let unfolded = unfold(file);
    let parsed = read_calendar(&unfolded).unwrap();
    let component: &Component = parsed.components.iter().find(|c| c.name == kind)?;
    Some(
        component
            .properties
            .iter()
            .find(|p| p.name == name)?
            .val
            .as_str()
            .to_owned(),
    )
}

#[test]
fn a_calendar_reads_well() {
    let expected = "\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Verbund//Kalender//DE
CALSCALE:GREGORIAN
METHOD:PUBLISH
NAME;LANGUAGE=de:Verbund Krefeld
X-WR-CALNAME:Verbund Krefeld
X-WR-TIMEZONE:Europe/Berlin
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:20250330T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20251026T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:0b6c3f0e-7d0c-4f7e-9a51-5d2b8f1f4a10@krefeld.verbund
DTSTAMP:20261127T100000Z
LAST-MODIFIED:20261120T083000Z
SEQUENCE:2
STATUS:CONFIRMED
DTSTART;TZID=Europe/Berlin:20261203T140000
DURATION:PT1H30M
SUMMARY:Jour fixe
ORGANIZER;CN=\"Kommunaler Ordnungsdienst\":mailto:kod@krefeld.example
DESCRIPTION:Tagesordnung:\\n1. Lage\\nLeitung: Kommunaler Ordnungsdienst\\nEin
 geladen: Drogenhilfezentrum\\, Polizei
LOCATION:Rathaus\\, Raum 12
CATEGORIES:Besprechung,M1\\, M2
END:VEVENT
BEGIN:VTODO
UID:task-1
DTSTAMP:20261127T100000Z
LAST-MODIFIED:20261121T083000Z
SEQUENCE:0
STATUS:NEEDS-ACTION
DUE;VALUE=DATE:20261231
SUMMARY:Spritzenfunde melden
END:VTODO
BEGIN:VEVENT
UID:task-1/due
DTSTAMP:20261127T100000Z
LAST-MODIFIED:20261121T083000Z
SEQUENCE:0
STATUS:CONFIRMED
DTSTART;VALUE=DATE:20261231
DTEND;VALUE=DATE:20270101
TRANSP:TRANSPARENT
SUMMARY:Fällig: Spritzenfunde melden
END:VEVENT
END:VCALENDAR
";
    assert_eq!(
        calendar(&example()).unwrap(),
        expected.replace('\n', "\r\n")
    );
}

#[test]
fn an_independent_reader_finds_the_same() {
    let file = calendar(&example()).unwrap();
    let parsed: icalendar::Calendar = file.parse().unwrap();
    assert_eq!(parsed.get_name(), Some("Verbund Krefeld"));
    assert_eq!(parsed.get_timezone(), Some("Europe/Berlin"));
    let event = parsed.events().next().unwrap();
    use icalendar::{Component as _, EventLike as _};
    assert_eq!(event.get_status(), Some(icalendar::EventStatus::Confirmed));
    assert_eq!(event.get_sequence(), Some(2));
    assert_eq!(event.get_location(), Some("Rathaus, Raum 12"));
    assert_eq!(event.get_categories().unwrap(), ["Besprechung", "M1, M2"]);
    let start = icalendar::DatePerhapsTime::from(icalendar::CalendarDateTime::WithTimezone {
        date_time: "2026-12-03T14:00:00".parse().unwrap(),
        tzid: "Europe/Berlin".into(),
    });
    assert_eq!(event.get_start(), Some(start));
    assert_eq!(parsed.todos().count(), 1);
    assert_eq!(parsed.events().count(), 2);
}

#[test]
fn states_are_those_that_calendars_know() {
    for (state, told) in [
        (EventState::Confirmed, "CONFIRMED"),
        (EventState::Tentative, "TENTATIVE"),
        (EventState::Cancelled, "CANCELLED"),
    ] {
        let file = with(Event { state, ..event() }).unwrap();
        assert_eq!(text_of(&file, "VEVENT", "STATUS").unwrap(), told);
    }
    for (state, told, day, summary) in [
        (
            TaskState::Open,
            "NEEDS-ACTION",
            "CONFIRMED",
            "Due: Spritzenfunde melden",
        ),
        (
            TaskState::InProgress,
            "IN-PROCESS",
            "CONFIRMED",
            "Due: Spritzenfunde melden",
        ),
        (
            TaskState::Done,
            "COMPLETED",
            "CONFIRMED",
            "Done: Spritzenfunde melden",
        ),
        (
            TaskState::Withdrawn,
            "CANCELLED",
            "CANCELLED",
            "Due: Spritzenfunde melden",
        ),
    ] {
        let tasks = vec![Task { state, ..task() }];
        let language = Language::English;
        let only = Calendar {
            events: vec![],
            tasks,
            language,
            ..example()
        };
        let file = calendar(&only).unwrap();
        assert_eq!(text_of(&file, "VTODO", "STATUS").unwrap(), told);
        assert_eq!(text_of(&file, "VEVENT", "STATUS").unwrap(), day);
        assert_eq!(text_of(&file, "VEVENT", "SUMMARY").unwrap(), summary);
        // A calendar of days needs no clock.
        assert!(!file.contains("VTIMEZONE"));
        let without_days = calendar(&Calendar {
            tasks_as_days: false,
            ..only
        })
        .unwrap();
        assert!(!without_days.contains("VEVENT"));
    }
}

#[test]
fn a_meeting_in_the_week_of_the_change_is_at_its_hour() {
    // The Wednesdays before and after the clock is put forward and back, and the hours that don't exist or come twice.
    for (local, minutes) in [
        ("2026-03-25T14:00:00", 60),
        ("2026-04-01T14:00:00", 120),
        ("2026-10-21T14:00:00", 120),
        ("2026-10-28T14:00:00", 60),
        ("2026-03-29T02:30:00", 60),
        ("2026-10-25T02:30:00", 120),
    ] {
        let start: DateTime = local.parse().unwrap();
        let file = with(Event {
            start,
            duration_minutes: 0,
            ..event()
        })
        .unwrap();
        let line = format!(
            "DTSTART;TZID=Europe/Berlin:{}\r\n",
            start.strftime("%Y%m%dT%H%M%S")
        );
        assert!(file.contains(&line), "{file}");
        assert!(file.contains("\r\nDURATION:PT0M\r\n"));
        let zone = TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        let instant = zone.to_timestamp(start).unwrap();
        // RFC 5545, section 3.3.5: what doesn't exist is told by the clock before, what comes twice is the first.
        let utc = start - jiff::Span::new().minutes(minutes);
        assert_eq!(Offset::UTC.to_datetime(instant), utc, "{local}");
    }
}

#[test]
fn no_line_is_longer_than_75_octets_or_breaks_a_character() {
    for shift in 0..8 {
        let summary = format!("{}{}", "x".repeat(shift), "Größenwahn 漢😀".repeat(40));
        let file = with(Event {
            summary: summary.clone(),
            ..event()
        })
        .unwrap();
        for line in file.split_terminator("\r\n") {
            assert!(line.len() <= 75, "{line}");
            assert!(!line.contains(['\r', '\n']));
        }
        assert_eq!(text_of(&file, "VEVENT", "SUMMARY").unwrap(), summary);
    }
}

#[test]
fn no_text_leaves_its_property() {
    let hostile = "a\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nATTACH;X=\"y\":z\n\\n\\;,\u{0}\u{2028}\u{1b}";
    let shown = "a END:VEVENT BEGIN:VALARM ATTACH;X=\"y\":z \\n\\;,\u{FFFD} \u{FFFD}";
    let organizer = Agency {
        name: format!("\";X=\"{hostile}"),
        mailbox: Some("kod@krefeld.example".into()),
    };
    let full = Event {
        summary: hostile.into(),
        description: hostile.into(),
        location: hostile.into(),
        organizer: Some(organizer.clone()),
        invited: vec![organizer],
        categories: vec![hostile.into(), " ".into()],
        uid: "a;b,c:d\"\\e".into(),
        ..event()
    };
    let file = with(full).unwrap();
    let parsed = unfold(&file);
    let parsed = read_calendar(&parsed).unwrap();
    let kinds: Vec<_> = parsed
        .components
        .iter()
        .map(|c| c.name.as_str().to_owned())
        .collect();
    assert_eq!(kinds, ["VTIMEZONE", "VEVENT", "VTODO", "VEVENT"]);
    assert!(parsed.components.get(1).unwrap().components.is_empty());
    for name in ["SUMMARY", "LOCATION"] {
        assert_eq!(text_of(&file, "VEVENT", name).unwrap(), shown, "{name}");
    }
    assert_eq!(
        text_of(&file, "VEVENT", "CATEGORIES").unwrap(),
        escape(shown)
    );
    assert_eq!(text_of(&file, "VEVENT", "UID").unwrap(), "a;b,c:d\"\\e");
    let description = text_of(&file, "VEVENT", "DESCRIPTION").unwrap();
    assert!(
        description.starts_with("a\nEND:VEVENT\nBEGIN:VALARM\n"),
        "{description}"
    );
    let organizer = file.split("ORGANIZER").nth(1).unwrap().replace("\r\n ", "");
    let organizer = organizer.split("\r\n").next().unwrap();
    assert_eq!(
        organizer,
        format!(
            ";CN=\"';X='{}\":mailto:kod@krefeld.example",
            shown.replace('"', "'")
        )
    );
}

#[test]
fn who_has_no_mailbox_is_named_but_organizes_nothing() {
    let organizer = Some(Agency {
        name: "Quartiersbüro".into(),
        mailbox: None,
    });
    let file = with(Event {
        organizer,
        ..event()
    })
    .unwrap();
    assert!(!file.contains("ORGANIZER") && !file.contains("ATTENDEE"));
    let description = text_of(&file, "VEVENT", "DESCRIPTION").unwrap();
    assert!(
        description.contains("Leitung: Quartiersbüro\nEingeladen: Drogenhilfezentrum, Polizei")
    );
}

#[test]
fn a_mailbox_is_one_address_and_nothing_else() {
    for good in ["kod@krefeld.example", "a.b+c@x.de", "o'neil@x"] {
        assert!(is_mailbox(good), "{good}");
    }
    let long = format!("{}@x.de", "a".repeat(250));
    for bad in [
        "",
        "kod",
        "@x.de",
        "a@",
        "a@b@c",
        "a b@x.de",
        "a@x.de?cc=b@x.de",
        "a@x.de\r\nX:y",
        "a..b@x.de",
        "\"a\"@x.de",
        "ä@x.de",
        "a%40b@x.de",
        "a@x.de,b@x.de",
        long.as_str(),
    ] {
        assert!(!is_mailbox(bad), "{bad}");
        let organizer = Some(Agency {
            name: "x".into(),
            mailbox: Some(bad.into()),
        });
        let error = with(Event {
            organizer,
            ..event()
        })
        .unwrap_err();
        assert_eq!(error, DocumentError::Mailbox { uid: event().uid });
    }
}

#[test]
fn every_bound_holds() {
    let too_many = |what, max| Err(DocumentError::TooMany { what, max });
    let uid = |entry: usize| Task {
        uid: format!("t{entry}"),
        ..task()
    };
    let tasks = |count| Calendar {
        tasks: (0..count).map(uid).collect(),
        ..example()
    };
    assert!(calendar(&tasks(ENTRIES_MAX - 1)).is_ok());
    assert_eq!(
        calendar(&tasks(ENTRIES_MAX)),
        too_many("entries", ENTRIES_MAX)
    );
    let summary = "ü".repeat(TEXT_MAX + 1);
    assert_eq!(
        with(Event { summary, ..event() }),
        too_many("characters in a text", TEXT_MAX)
    );
    let duration_minutes = DURATION_MINUTES_MAX + 1;
    assert_eq!(
        with(Event {
            duration_minutes,
            ..event()
        }),
        too_many("minutes", 10_080)
    );
    let invited = vec![
        Agency {
            name: "x".into(),
            mailbox: None
        };
        AGENCIES_MAX + 1
    ];
    assert_eq!(
        with(Event { invited, ..event() }),
        too_many("agencies", AGENCIES_MAX)
    );
    let categories = vec!["x".to_owned(); CATEGORIES_MAX + 1];
    assert_eq!(
        with(Event {
            categories,
            ..event()
        }),
        too_many("categories", CATEGORIES_MAX)
    );
    let error = with(Event {
        start: date(1999, 12, 31).at(0, 0, 0, 0),
        ..event()
    });
    assert_eq!(error, Err(DocumentError::Date { uid: event().uid }));
    for bad in ["", "a b", "ä", "a\n", &"x".repeat(UID_MAX + 1)] {
        assert_eq!(
            with(Event {
                uid: bad.into(),
                ..event()
            }),
            Err(DocumentError::Uid { entry: 0 }),
            "{bad:?}"
        );
    }
    let twice = |uid: &str| Err(DocumentError::UidTwice { uid: uid.into() });
    assert_eq!(
        with(Event {
            uid: "task-1".into(),
            ..event()
        }),
        twice("task-1")
    );
    assert_eq!(
        with(Event {
            uid: "task-1/due".into(),
            ..event()
        }),
        twice("task-1/due")
    );
    let time_zone = TimeZone::fixed(Offset::constant(1));
    assert_eq!(
        calendar(&Calendar {
            time_zone,
            ..example()
        }),
        Err(DocumentError::TimeZone)
    );
    let never = calendar(&Calendar {
        refresh_minutes: 0,
        ..example()
    })
    .unwrap();
    assert!(never.contains("\r\nX-PUBLISHED-TTL:PT1M\r\n"));
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_the_same(text in "([\\\\;:,nN\"\r\n\tä ]|\\PC){1,200}") {
        let shown = text::line(&text);
        prop_assume!(!shown.is_empty());
        let file = with(Event { summary: text.clone(), location: text.clone(), ..event() }).unwrap();
        prop_assert!(file.split_terminator("\r\n").all(|line| line.len() <= 75));
        prop_assert_eq!(text_of(&file, "VEVENT", "SUMMARY").unwrap(), shown.clone());
        prop_assert_eq!(text_of(&file, "VEVENT", "LOCATION").unwrap(), shown);
    }
}
