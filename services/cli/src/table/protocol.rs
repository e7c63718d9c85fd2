//! Protocols as people read them.

use comfy_table::Table;
use verbund_wire::agency::{
    AttendingAgency, CopiedUpdate, Protocol, ProtocolItem, ProtocolStatus, ProtocolWord, Situation,
    SubjectKey, TextProposal,
};

use super::step::{self, Facts};
use crate::names::Names;
use crate::output::{clean, moment, new_table};
use crate::paragraphs::Paragraphs;
use crate::subject::{in_full, in_short, step_in_short};
use crate::text::{self, words};

/// A list of protocols, one row each.
pub(crate) fn protocols(list: &[Protocol], names: &Names) -> Table {
    let mut table = new_table([
        text::COLUMN_ID,
        text::COLUMN_PROTOCOL,
        text::COLUMN_TITLE,
        text::COLUMN_STATUS,
        text::COLUMN_WRITER,
        text::COLUMN_SIGNED_OFF,
        text::COLUMN_REVISION,
    ]);
    for protocol in list {
        table.add_row(row(protocol, names));
    }
    table
}

/// One protocol in one line, for a stream that goes on.
pub(crate) fn line(protocol: &Protocol, names: &Names) -> String {
    row(protocol, names).join("  ")
}

fn row(it: &Protocol, names: &Names) -> [String; 7] {
    let attended = it.attendance.iter().filter(|it| attended(it));
    let signed = (attended.clone()).filter(|it| it.word() == ProtocolWord::SignedOff);
    [
        in_short(it.key.as_ref()),
        clean(&it.number),
        clean(&it.title),
        words::protocol_status(it.status()).to_string(),
        names.agency(&it.writer),
        format!("{}/{}", signed.count(), attended.count()),
        step_in_short(&it.revision),
    ]
}

fn attended(it: &AttendingAgency) -> bool {
    use verbund_wire::federation::Attendance::{Chair, Deputy, Participant};
    matches!(it.attendance(), Chair | Deputy | Participant)
}

/// One protocol with all that it says.
pub(crate) fn in_full_length(it: &Protocol, names: &Names, width: usize) -> String {
    let id = it.key.as_ref().map(in_full).unwrap_or_default();
    let mut facts = Facts::default();
    facts.add(text::COLUMN_ID, id.clone());
    let status = words::protocol_status(it.status()).to_string();
    facts.add(text::COLUMN_STATUS, status);
    facts.add(text::COLUMN_WRITER, names.agency(&it.writer));
    facts.add(text::FACT_MEETING, key(it.meeting.as_ref()));
    facts.add(text::COLUMN_REVISION, clean(&it.revision));
    facts.add(text::FACT_CIRCULATED, circulated(it));
    facts.add(text::FACT_APPROVED_BY, key(it.approved_by.as_ref()));
    facts.add(text::FACT_CIRCLE, step::circle(it.circle.as_ref(), names));
    facts.add(text::FACT_CHANGED, moment(it.changed_at_ms));
    facts.add(text::FACT_DOUBTS, step::doubts(&[], it.void_steps, names));
    facts.add(text::FACT_ETAG, clean(&it.etag));
    let attendance = attendance(it, names);

    let mut body = Paragraphs::new(width);
    for item in &it.items {
        put_item(&mut body, item, names);
    }
    if !it.proposals.is_empty() {
        body.heading(text::PROPOSED_TEXTS.now());
    }
    for proposal in &it.proposals {
        body.put(2, &proposed(proposal, names));
    }
    if !it.corrections.is_empty() {
        body.heading(text::CORRECTIONS.now());
    }
    for correction in &it.corrections {
        let step = step_in_short(&correction.step);
        let (part, said) = (part(correction.item), clean(&correction.text));
        body.put(2, &format!("{step} {part}: {said}"));
    }
    let head = text::PROTOCOL_HEAD.fill(&[&clean(&it.number), &clean(&it.title)]);
    let mut shown = format!(
        "{head}\n{facts}\n\n{}\n{}",
        attendance.trim_fmt(),
        body.text()
    );
    let waits = matches!(
        it.status(),
        ProtocolStatus::Circulating | ProtocolStatus::Objected
    );
    if waits && !it.circulated.is_empty() {
        let revision = step_in_short(&it.circulated);
        shown.push_str(&format!(
            "\n\n{}",
            text::HOW_TO_SIGN_OFF.fill(&[&id, &revision])
        ));
    }
    shown
}

fn key(key: Option<&SubjectKey>) -> String {
    key.map(in_full).unwrap_or_default()
}

fn circulated(it: &Protocol) -> String {
    match (it.circulated.as_str(), it.circulated_on.as_str()) {
        ("", _) => String::new(),
        (revision, "") => clean(revision),
        (revision, day) => text::CIRCULATED_ON.fill(&[&clean(revision), &clean(day)]),
    }
}

fn attendance(it: &Protocol, names: &Names) -> Table {
    let mut table = new_table([
        text::COLUMN_AGENCY,
        text::COLUMN_ATTENDANCE,
        text::COLUMN_WORD,
        text::COLUMN_BOUND,
        text::COLUMN_TEXT,
    ]);
    for it in &it.attendance {
        let mut word = String::new();
        if attended(it) || it.word() != ProtocolWord::Unspecified {
            word = words::protocol_word(it.word()).to_string();
        }
        if it.acknowledged {
            let comma = if word.is_empty() { "" } else { ", " };
            word.push_str(&format!("{comma}{}", text::ACKNOWLEDGED));
        }
        let objection = match it.objection.as_str() {
            "" => String::new(),
            said => format!("{}: {}", part(it.objection_item), clean(said)),
        };
        let bound = if it.bound { text::YES } else { text::NO };
        table.add_row([
            names.agency(&it.agency),
            words::attendance(it.attendance()).to_string(),
            word,
            bound.to_string(),
            objection,
        ]);
    }
    table
}

/// The item, or all of it.
fn part(item: u32) -> String {
    match item {
        0 => text::ALL_OF_IT.to_string(),
        number => text::ITEM_N.fill(&[&number]),
    }
}

fn put_item(body: &mut Paragraphs, it: &ProtocolItem, names: &Names) {
    let mut head = format!("{}  {}", it.number, clean(&it.title));
    if !it.measure.is_empty() {
        head.push_str(&format!(" [{}]", clean(&it.measure).to_uppercase()));
    }
    body.heading(&head);
    if !it.affairs.is_empty() {
        body.put(
            2,
            &format!("{}: {}", text::FACT_AFFAIRS, clean(&it.affairs)),
        );
    }
    for copy in &it.copies {
        body.put(2, &copied(copy, names));
    }
    // Before it circulates nothing is copied, and afterwards the copies name the updates.
    for update in it.updates.iter().filter(|_| it.copies.is_empty()) {
        body.put(2, &text::RESTS_ON.fill(&[&in_full(update)]));
    }
    for assessment in &it.assessments {
        let label = text::ASSESSMENT_OF.fill(&[&names.agency(&assessment.agency)]);
        body.put(2, &format!("{label}: {}", clean(&assessment.text)));
    }
    for (index, decision) in (1..).zip(&it.decisions) {
        let label = text::DECISION_N.fill(&[&index]);
        body.put(2, &format!("{label}: {}", clean(&decision.text)));
        if !decision.dissent.is_empty() {
            let agencies = names.agencies(&decision.dissent);
            body.put(4, &text::NOT_AGREED.fill(&[&agencies]));
        }
    }
    for task in &it.tasks {
        body.put(2, &text::TASK_HEAD.fill(&[&in_full(task), &""]));
    }
}

/// What an update said when the protocol circulated.
fn copied(it: &CopiedUpdate, names: &Names) -> String {
    let update = it.update.clone().unwrap_or_default();
    let situation = Situation {
        subject: update.subject,
        agency: update.owner,
        observation: it.observation.clone(),
        note: it.note.clone(),
        handling: it.handling,
        ..Situation::default()
    };
    let line = super::situation_line(&situation, names);
    match it.blocked {
        true => format!("{line} [{}]", text::BLOCKED),
        false => line,
    }
}

fn proposed(it: &TextProposal, names: &Names) -> String {
    let stale = match it.stale {
        true => text::PROPOSAL_IS_STALE.fill(&[&step_in_short(&it.revision)]),
        false => String::new(),
    };
    let part = text::ITEM_PART.fill(&[&it.item, &words::proposed_part(it.part())]);
    let (step, agency) = (step_in_short(&it.step), names.agency(&it.agency));
    format!("{step} {agency}, {part}: {}{stale}", clean(&it.text))
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Assessment, Correction, DecisionDraft};
    use verbund_wire::federation::{Attendance, Observation, ProposedPart};

    use super::*;

    fn protocol() -> Protocol {
        let key = |owner: &str| SubjectKey {
            subject: "3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e".to_owned(),
            owner: owner.to_owned(),
        };
        let attending =
            |agency: &str, attendance: Attendance, word: ProtocolWord| AttendingAgency {
                agency: agency.to_owned(),
                attendance: attendance.into(),
                word: word.into(),
                ..AttendingAgency::default()
            };
        let objecting = AttendingAgency {
            objection: "So war es nicht.".to_owned(),
            objection_item: 1,
            acknowledged: true,
            ..attending("dhz", Attendance::Participant, ProtocolWord::Objected)
        };
        Protocol {
            key: Some(key("kod")),
            number: "lagebesprechung-2026-kod-3".to_owned(),
            title: "Lage".to_owned(),
            status: ProtocolStatus::Objected.into(),
            writer: "kod".to_owned(),
            revision: "ab".repeat(32),
            circulated: "cd".repeat(32),
            circulated_on: "2026-12-02".to_owned(),
            attendance: vec![
                attending("kod", Attendance::Chair, ProtocolWord::SignedOff),
                objecting,
                attending("polizei", Attendance::Absent, ProtocolWord::Unspecified),
            ],
            items: vec![ProtocolItem {
                number: 1,
                title: "Platz".to_owned(),
                affairs: "Weniger Glas.".to_owned(),
                copies: vec![CopiedUpdate {
                    update: Some(key("dhz")),
                    observation: Some(Observation {
                        place: "theaterplatz".to_owned(),
                        ..Observation::default()
                    }),
                    note: "Ruhig.".to_owned(),
                    blocked: true,
                    ..CopiedUpdate::default()
                }],
                assessments: vec![Assessment {
                    agency: "dhz".to_owned(),
                    text: "Besser als zuvor.".to_owned(),
                }],
                decisions: vec![DecisionDraft {
                    text: "Weiter so.".to_owned(),
                    dissent: vec!["dhz".to_owned()],
                    ..DecisionDraft::default()
                }],
                tasks: vec![key("kod")],
                ..ProtocolItem::default()
            }],
            proposals: vec![TextProposal {
                step: "ef".repeat(32),
                agency: "dhz".to_owned(),
                revision: "ab".repeat(32),
                item: 1,
                part: ProposedPart::Affairs.into(),
                text: "Kaum Glas.".to_owned(),
                stale: true,
            }],
            corrections: vec![Correction {
                text: "Es war Montag.".to_owned(),
                ..Correction::default()
            }],
            ..Protocol::default()
        }
    }

    #[test]
    fn a_list_counts_the_words_of_those_who_attended() {
        let whole =
            "kod/3f2a91c4  lagebesprechung-2026-kod-3  Lage  mit Einwand  kod  1/2  abababababab";
        assert_eq!(line(&protocol(), &Names::default()), whole);
    }

    #[test]
    fn a_protocol_shows_words_objections_and_what_is_blocked() {
        let shown = in_full_length(&protocol(), &Names::default(), 400);
        for words in [
            "TOP 1: So war es nicht.",
            "Einwand, zur Kenntnis genommen",
            "nicht dabei",
            "Sachstand: Weniger Glas.",
            "theaterplatz",
            "[gesperrt: die Stelle erhebt Einwand]",
            "Bewertung dhz: Besser als zuvor.",
            "Beschluss 1: Weiter so.",
            "nicht einverstanden: dhz",
            "TOP 1, Sachstand: Kaum Glas.",
            "alles: Es war Montag.",
            "seit 2026-12-02",
            "--revision cdcdcdcdcdcd",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }
}
