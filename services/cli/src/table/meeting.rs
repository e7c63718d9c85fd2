//! Meetings as people read them.

use comfy_table::Table;
use verbund_wire::agency::{Meeting, StepRecord};
use verbund_wire::federation::MeetingAnswer;

use super::step::{self, Facts};
use crate::names::Names;
use crate::output::{clean, moment, new_table};
use crate::subject::{in_full, in_short};
use crate::text::{self, words};

/// A list of meetings, one row each.
pub(crate) fn meetings(list: &[Meeting], names: &Names) -> Table {
    let mut table = new_table([
        text::COLUMN_ID,
        text::COLUMN_WHEN,
        text::COLUMN_TYPE,
        text::COLUMN_TITLE,
        text::COLUMN_STATUS,
        text::COLUMN_CHAIR,
        text::COLUMN_COMING,
    ]);
    for meeting in list {
        table.add_row(row(meeting, names));
    }
    table
}

/// One meeting in one line, for a stream that goes on.
pub(crate) fn line(meeting: &Meeting, names: &Names) -> String {
    row(meeting, names).join("  ")
}

fn row(it: &Meeting, names: &Names) -> [String; 7] {
    let coming = it.invited.iter();
    let coming = coming.filter(|it| it.answer() == MeetingAnswer::Coming);
    [
        in_short(it.key.as_ref()),
        format!("{} {}", clean(&it.day), clean(&it.start)),
        clean(&it.meeting_type),
        clean(&it.title),
        words::meeting_status(it.status()).to_string(),
        names.agency(&it.chair),
        format!("{}/{}", coming.count(), it.invited.len()),
    ]
}

/// When and where, in a line.
pub(crate) fn when_and_where(it: &Meeting, names: &Names) -> String {
    let begins = text::MEETING_BEGINS.fill(&[&clean(&it.day), &clean(&it.start), &it.minutes]);
    match it.place.as_str() {
        "" => begins,
        place => format!("{begins}, {}", names.place(place)),
    }
}

/// One meeting with all that is known of it.
fn in_full_length(it: &Meeting, names: &Names) -> String {
    let id = it.key.as_ref().map(in_full).unwrap_or_default();
    let mut facts = Facts::default();
    let status = words::meeting_status(it.status()).to_string();
    facts.add(text::COLUMN_STATUS, status);
    facts.add(text::COLUMN_TYPE, clean(&it.meeting_type));
    facts.add(text::COLUMN_WHEN, when_and_where(it, names));
    facts.add(text::COLUMN_CHAIR, names.agency(&it.chair));
    facts.add(text::FACT_DEPUTY, names.agency(&it.deputy));
    facts.add(text::FACT_INVITED, invited(it, names));
    facts.add(text::FACT_AGENDA, agenda(it));
    facts.add(text::FACT_SERIES, clean(&it.series));
    facts.add(text::FACT_CIRCLE, step::circle(it.circle.as_ref(), names));
    facts.add(text::FACT_OPENED, moment(it.created_at_ms));
    facts.add(text::FACT_CHANGED, moment(it.changed_at_ms));
    facts.add(text::FACT_ERASED_ON, clean(&it.erase_on));
    facts.add(text::FACT_DOUBTS, step::doubts(&[], it.void_steps, names));
    facts.add(text::FACT_ETAG, clean(&it.etag));
    let head = text::MEETING_HEAD.fill(&[&id, &clean(&it.title)]);
    format!("{head}\n{facts}")
}

fn invited(it: &Meeting, names: &Names) -> String {
    let lines = it.invited.iter().map(|it| {
        let answer = words::meeting_answer(it.answer());
        format!("{}: {answer}", names.agency(&it.agency))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn agenda(it: &Meeting) -> String {
    let lines = it.agenda.iter().map(|it| {
        let mut line = format!("{} {}", it.number, clean(&it.title));
        if !it.measure.is_empty() {
            line.push_str(&format!(" [{}]", clean(&it.measure).to_uppercase()));
        }
        if let Some(protocol) = &it.approves {
            line.push_str(&format!(" ({})", in_full(protocol)));
        }
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One meeting and its steps.
pub(crate) fn with_steps(it: &Meeting, steps: &[StepRecord], names: &Names) -> String {
    let meeting = in_full_length(it, names);
    format!("{meeting}\n\n{}", step::records(steps, names).trim_fmt())
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{AgendaEntry, Invitation, MeetingStatus, SubjectKey};

    use super::*;

    fn meeting() -> Meeting {
        let invitation = |agency: &str, answer: MeetingAnswer| Invitation {
            agency: agency.to_owned(),
            answer: answer.into(),
            ..Invitation::default()
        };
        Meeting {
            key: Some(SubjectKey {
                subject: "3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e".to_owned(),
                owner: "kod".to_owned(),
            }),
            meeting_type: "lagebesprechung".to_owned(),
            title: "Lage am Theaterplatz".to_owned(),
            status: MeetingStatus::Planned.into(),
            chair: "kod".to_owned(),
            deputy: "polizei".to_owned(),
            day: "2026-12-01".to_owned(),
            start: "10:00".to_owned(),
            minutes: 60,
            invited: vec![
                invitation("kod", MeetingAnswer::Coming),
                invitation("dhz", MeetingAnswer::Unspecified),
            ],
            agenda: vec![AgendaEntry {
                number: 1,
                title: "Lage".to_owned(),
                measure: "m1".to_owned(),
                ..AgendaEntry::default()
            }],
            ..Meeting::default()
        }
    }

    #[test]
    fn a_list_says_when_and_who_comes() {
        let shown = line(&meeting(), &Names::default());
        let whole = "kod/3f2a91c4  2026-12-01 10:00  lagebesprechung  Lage am Theaterplatz  geplant  kod  1/2";
        assert_eq!(shown, whole);
    }

    #[test]
    fn one_meeting_has_its_agenda_and_its_answers() {
        let shown = with_steps(&meeting(), &[], &Names::default());
        for words in [
            "1 Lage [M1]",
            "dhz: noch keine Antwort",
            "10:00, 60 Minuten",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }
}
