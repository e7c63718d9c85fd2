//! The own agency's meetings and due tasks as a calendar.

use std::cmp::Reverse;

use jiff::{Timestamp, civil};

use verbund_document::{Calendar, Event, EventState, Language, Task, TaskState, calendar};
use verbund_model::{
    Charter, MeetingStatus, Names, SubjectKind, SubjectRef, TaskStatus, UnixMillis,
};
use verbund_wire::agency::{self, ExportedFile, FileLanguage};
use verbund_wire::convert::vocabulary::Word as _;
use verbund_wire::error::Error;

use super::board::Card;
use super::take;
use crate::context::Context;

/// Meetings and tasks in one calendar; the newest count where there are more.
const ENTRIES: usize = 900;
/// After how many minutes a subscriber asks again.
const REFRESH_MINUTES: u32 = 30;

/// The language that a caller wants.
pub(crate) fn language(number: i32) -> Language {
    match FileLanguage::try_from(number) {
        Ok(FileLanguage::English) => Language::English,
        _ => Language::German,
    }
}

/// A name in a language.
pub(crate) fn name(names: &Names, language: Language) -> &str {
    match language {
        Language::German => &names.de,
        Language::English => &names.en,
    }
}

/// All meetings and due tasks, or one meeting, as an iCalendar file.
///
/// # Errors
/// There is no such meeting here.
pub(crate) fn export(
    ctx: &Context,
    only: Option<&SubjectRef>,
    language_number: i32,
) -> Result<ExportedFile, Error> {
    let in_force = ctx.charter.in_force();
    let words = Words {
        charter: &in_force.charter,
        language: language(language_number),
    };
    let (meetings, _) = ctx
        .board
        .list(SubjectKind::Meeting, None, ENTRIES, |record| {
            let Card::Meeting(meeting) = &record.card else {
                return None;
            };
            let chosen = only.is_none_or(|only| *only == record.key);
            chosen.then(|| words.event(meeting)).flatten()
        });
    if only.is_some() && meetings.is_empty() {
        return Err(take::not_found(SubjectKind::Meeting));
    }
    let (mut tasks, _) = ctx.board.list(SubjectKind::Task, None, ENTRIES, |record| {
        let Card::Task(task) = &record.card else {
            return None;
        };
        let own = [
            record.key.owner.as_str(),
            task.terms.as_ref()?.assignee.as_str(),
        ];
        let chosen = only.is_none() && own.contains(&ctx.agency.as_str());
        chosen.then(|| words.task(task)).flatten()
    });
    tasks.sort_by_key(|it| Reverse(it.due));
    let agency = in_force.charter.agency(&ctx.agency);
    let agency = agency.map_or(ctx.agency.as_str(), |it| name(&it.names, words.language));
    let content = calendar(&Calendar {
        language: words.language,
        name: format!("Verbund · {agency}"),
        stamp: moment(ctx.clock.now().0),
        time_zone: in_force.charter.time_zone().clone(),
        refresh_minutes: REFRESH_MINUTES,
        events: meetings,
        tasks,
        tasks_as_days: true,
    });
    let content = content.map_err(|error| {
        tracing::error!(%error, "a calendar could not be written");
        Error::internal()
    })?;
    Ok(ExportedFile {
        name: "verbund.ics".to_owned(),
        media_type: "text/calendar; charset=utf-8".to_owned(),
        content: content.into_bytes().into(),
    })
}

fn moment(at_ms: i64) -> Timestamp {
    let UnixMillis(at_ms) = UnixMillis(at_ms);
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What words are taken from.
struct Words<'a> {
    charter: &'a Charter,
    language: Language,
}

impl Words<'_> {
    fn agency(&self, id: &str) -> String {
        let known = self.charter.agencies().find(|it| it.id.as_str() == id);
        known.map_or_else(
            || id.to_owned(),
            |it| name(&it.names, self.language).to_owned(),
        )
    }

    fn event(&self, meeting: &agency::Meeting) -> Option<Event> {
        let day: civil::Date = meeting.day.parse().ok()?;
        let start: civil::Time = meeting.start.parse().ok()?;
        let status = MeetingStatus::from_wire(meeting.status).ok().flatten()?;
        let place = self
            .charter
            .places()
            .find(|it| it.id.as_str() == meeting.place);
        let kind = self
            .charter
            .meeting_types()
            .find(|it| it.id.as_str() == meeting.meeting_type);
        let mut lines: Vec<String> = meeting
            .agenda
            .iter()
            .map(|it| format!("{}. {}", it.number, it.title))
            .collect();
        let invited = meeting.invited.iter().map(|it| self.agency(&it.agency));
        lines.push(String::new());
        lines.push(match self.language {
            Language::German => format!("Leitung: {}", self.agency(&meeting.chair)),
            Language::English => format!("Chair: {}", self.agency(&meeting.chair)),
        });
        let invited = invited.collect::<Vec<_>>().join(", ");
        lines.push(match self.language {
            Language::German => format!("Eingeladen: {invited}"),
            Language::English => format!("Invited: {invited}"),
        });
        Some(Event {
            uid: uid(meeting.key.as_ref()?),
            sequence: sequence(meeting.created_at_ms, meeting.changed_at_ms),
            state: match status {
                MeetingStatus::Cancelled => EventState::Cancelled,
                _ => EventState::Confirmed,
            },
            summary: meeting.title.clone(),
            description: lines.join("\n"),
            location: place.map_or_else(String::new, |it| it.name.clone()),
            start: day.to_datetime(start),
            duration_minutes: meeting.minutes,
            // Without a mailbox calendars know no organizer; the description names the chair.
            organizer: None,
            invited: Vec::new(),
            categories: kind
                .map(|it| name(&it.names, self.language).to_owned())
                .into_iter()
                .collect(),
            modified: moment(meeting.changed_at_ms),
        })
    }

    fn task(&self, task: &agency::Task) -> Option<Task> {
        let terms = task.terms.as_ref()?;
        let due: civil::Date = terms.due.parse().ok()?;
        let status = TaskStatus::from_wire(task.status).ok().flatten()?;
        let key = task.key.as_ref()?;
        let from = self.agency(&key.owner);
        let to = self.agency(&terms.assignee);
        Some(Task {
            uid: uid(key),
            sequence: sequence(task.created_at_ms, task.changed_at_ms),
            state: match status {
                TaskStatus::Done | TaskStatus::Verified => TaskState::Done,
                TaskStatus::Withdrawn | TaskStatus::Declined => TaskState::Withdrawn,
                TaskStatus::InProgress => TaskState::InProgress,
                TaskStatus::Proposed | TaskStatus::Assigned | TaskStatus::Accepted => {
                    TaskState::Open
                }
            },
            summary: terms.title.clone(),
            description: format!("{}\n{from} → {to}", terms.description),
            due,
            categories: vec![terms.measure.clone()],
            modified: moment(task.changed_at_ms),
        })
    }
}

/// The same in all agencies' calendars.
fn uid(key: &agency::SubjectKey) -> String {
    format!("{}@{}.verbund", key.subject, key.owner)
}

/// Rises with each change: seconds since the first step.
fn sequence(created_at_ms: i64, changed_at_ms: i64) -> u32 {
    let seconds = changed_at_ms.saturating_sub(created_at_ms) / 1000;
    u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
}
