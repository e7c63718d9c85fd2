//! A briefing as it stands on the wall of the meeting room: who takes part and who is behind, and to each item what is on the table,
//! what was found, proposed and decided.
//!
//! Guests may sit in the room. What may not be on a projector is named without its content, unless the reader says that nobody else looks.

use std::collections::HashMap;
use std::fmt;

use verbund_model::Use;
use verbund_wire::agency::{
    AgendaEntry, Contribution, Invitation, Meeting, MeetingStatus, Pin, RecordedDecision, Situation,
};
use verbund_wire::federation::Handling;

use super::step::terms_line;
use crate::names::Names;
use crate::output::clean;
use crate::paragraphs::Paragraphs;
use crate::subject::{in_full, step_in_short};
use crate::table::meeting::when_and_where;
use crate::text::{self, Text, words};

/// Updates by origin and id; none for one that the own node does not have.
pub(crate) type Pinned = HashMap<(String, String), Option<Situation>>;

/// One page, as wide as it may be.
pub(crate) struct Page<'a> {
    pub(crate) meeting: &'a Meeting,
    pub(crate) pinned: Pinned,
    pub(crate) names: &'a Names,
    /// Signs in a line.
    pub(crate) width: usize,
    /// Nobody else looks: the projector's rule does not apply.
    pub(crate) here: bool,
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().text())
    }
}

impl Page<'_> {
    fn lines(&self) -> Paragraphs {
        let it = self.meeting;
        let mut lines = Paragraphs::new(self.width);
        let status = words::meeting_status(it.status());
        lines.put(0, &format!("{} – {status}", clean(&it.title)));
        let id = it.key.as_ref().map(in_full).unwrap_or_default();
        lines.put(0, &id);
        lines.put(0, &when_and_where(it, self.names));
        let owner = it.key.as_ref().map(|key| key.owner.as_str());
        let deputy = self.names.agency(&it.deputy);
        let chair = match owner {
            Some(owner) if owner != it.chair => text::CHAIR_TAKEN_OVER
                .fill(&[&self.names.agency(&it.chair), &self.names.agency(owner)]),
            _ => text::CHAIR_AND_DEPUTY.fill(&[&self.names.agency(&it.chair), &deputy]),
        };
        lines.put(0, &chair);
        self.participants(&mut lines);
        for item in &it.agenda {
            self.item(&mut lines, item);
        }
        lines
    }

    /// Who takes part, and who does not see all yet. Before it begins, who answered what.
    fn participants(&self, lines: &mut Paragraphs) {
        let begun = matches!(
            self.meeting.status(),
            MeetingStatus::Running | MeetingStatus::Closed
        );
        let agency = |it: &Invitation| {
            let mut marks = Vec::new();
            if !begun {
                marks.push(words::meeting_answer(it.answer()).to_string());
            }
            if it.behind {
                marks.push(text::BEHIND.to_string());
            }
            if it.supports_deputy {
                marks.push(text::SUPPORTS_DEPUTY.to_string());
            }
            match marks.as_slice() {
                [] => format!("✓ {}", self.names.agency(&it.agency)),
                marks => format!("{} ({})", self.names.agency(&it.agency), marks.join(", ")),
            }
        };
        let shown = self.meeting.invited.iter();
        let shown = shown.filter(|it| it.participates || !begun).map(agency);
        let shown = shown.collect::<Vec<_>>().join(" · ");
        let label = if begun {
            text::PARTICIPANTS
        } else {
            text::FACT_INVITED
        };
        lines.put(0, &format!("{label}: {shown}"));
    }

    fn item(&self, lines: &mut Paragraphs, it: &AgendaEntry) {
        let mut head = format!("{}  {}", it.number, clean(&it.title));
        if !it.measure.is_empty() {
            head.push_str(&format!(" [{}]", clean(&it.measure).to_uppercase()));
        }
        lines.heading(&head);
        if let Some(protocol) = &it.approves {
            lines.put(2, &text::TO_APPROVE.fill(&[&in_full(protocol)]));
        }
        if !it.pins.is_empty() {
            lines.put(2, text::ON_THE_TABLE.now());
        }
        for pin in &it.pins {
            lines.put(4, &self.pin(pin));
        }
        self.contributions(lines, text::FINDINGS, &it.findings);
        self.contributions(lines, text::PROPOSED, &it.proposed_decisions);
        if !it.proposed_tasks.is_empty() {
            lines.put(2, text::PROPOSED_TASKS.now());
        }
        for task in &it.proposed_tasks {
            let terms = task.terms.as_ref();
            let terms = terms.map(|it| terms_line(it, self.names));
            let said = terms.unwrap_or_default();
            lines.put(4, &self.said(&task.step, &task.agency, &said, task.late));
        }
        if !it.decisions.is_empty() {
            lines.put(2, text::DECISIONS.now());
        }
        for decision in &it.decisions {
            self.decision(lines, decision);
        }
    }

    fn contributions(&self, lines: &mut Paragraphs, label: Text, all: &[Contribution]) {
        if !all.is_empty() {
            lines.put(2, label.now());
        }
        for it in all {
            lines.put(
                4,
                &self.said(&it.step, &it.agency, &clean(&it.text), it.late),
            );
        }
    }

    fn said(&self, step: &str, agency: &str, said: &str, late: bool) -> String {
        let late = if late {
            format!(" [{}]", text::LATE)
        } else {
            String::new()
        };
        let (step, agency) = (step_in_short(step), self.names.agency(agency));
        format!("{step} {agency}: {said}{late}")
    }

    fn decision(&self, lines: &mut Paragraphs, it: &RecordedDecision) {
        let mut said = clean(&it.text);
        if !it.proposal.is_empty() {
            let proposal = step_in_short(&it.proposal);
            said.push_str(&format!(" ({})", text::AS_PROPOSED.fill(&[&proposal])));
        }
        lines.put(4, &self.said(&it.step, &it.agency, &said, it.late));
        for dissent in &it.dissent {
            let agencies = self.names.agencies(&dissent.agencies);
            let mut line = text::NOT_AGREED.fill(&[&agencies]);
            if !dissent.text.is_empty() {
                line.push_str(&format!(" – {}", clean(&dissent.text)));
            }
            lines.put(6, &line);
        }
    }

    /// An update on the table: what, where, when and where it goes, as the own node has it.
    fn pin(&self, pin: &Pin) -> String {
        let update = pin.update.clone().unwrap_or_default();
        let by = self.names.agency(&pin.agency);
        let mut line = match self
            .pinned
            .get(&(update.owner.clone(), update.subject.clone()))
        {
            Some(Some(situation)) => self.update(situation),
            _ => text::NOT_HERE.fill(&[&in_full(&update)]),
        };
        line.push_str(&format!(" ({})", text::PINNED_BY.fill(&[&by])));
        if pin.late {
            line.push_str(&format!(" [{}]", text::LATE));
        }
        line
    }

    fn update(&self, situation: &Situation) -> String {
        if self.here || for_projector(situation.handling()) {
            return super::situation_line(situation, self.names);
        }
        let handling = words::handling(situation.handling());
        let agency = self.names.agency(&situation.agency);
        text::NOT_FOR_PROJECTOR.fill(&[&agency, &handling, &clean(&situation.subject)])
    }
}

fn for_projector(handling: Handling) -> bool {
    let colour = match handling {
        Handling::Unspecified => return false,
        Handling::Clear => verbund_model::Handling::Clear,
        Handling::Green => verbund_model::Handling::Green,
        Handling::Amber => verbund_model::Handling::Amber,
        Handling::AmberStrict => verbund_model::Handling::AmberStrict,
    };
    colour.allows(Use::Projector)
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Dissent, SubjectKey};
    use verbund_wire::federation::{Observation, Trend};

    use super::*;

    const ID: &str = "3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e";

    fn key(owner: &str) -> SubjectKey {
        SubjectKey {
            subject: ID.to_owned(),
            owner: owner.to_owned(),
        }
    }

    fn meeting() -> Meeting {
        let invitation = |agency: &str, behind, participates| Invitation {
            agency: agency.to_owned(),
            behind,
            participates,
            ..Invitation::default()
        };
        let item = AgendaEntry {
            number: 1,
            title: "Theaterplatz".to_owned(),
            measure: "m1".to_owned(),
            pins: vec![
                Pin {
                    agency: "kod".to_owned(),
                    update: Some(key("dhz")),
                    ..Pin::default()
                },
                Pin {
                    agency: "kod".to_owned(),
                    update: Some(key("polizei")),
                    late: true,
                    ..Pin::default()
                },
            ],
            findings: vec![Contribution {
                step: "ab".repeat(32),
                agency: "dhz".to_owned(),
                text: "Ruhiger als im Vormonat.".to_owned(),
                late: false,
            }],
            decisions: vec![RecordedDecision {
                step: "cd".repeat(32),
                agency: "kod".to_owned(),
                text: "Weiter täglich reinigen.".to_owned(),
                proposal: "ef".repeat(32),
                dissent: vec![Dissent {
                    agencies: vec!["polizei".to_owned()],
                    recorded_by: "kod".to_owned(),
                    text: "Jeden zweiten Tag reicht.".to_owned(),
                }],
                late: false,
            }],
            ..AgendaEntry::default()
        };
        Meeting {
            key: Some(key("kod")),
            title: "Lage".to_owned(),
            status: MeetingStatus::Running.into(),
            chair: "kod".to_owned(),
            deputy: "polizei".to_owned(),
            day: "2026-12-01".to_owned(),
            start: "10:00".to_owned(),
            minutes: 60,
            invited: vec![
                invitation("kod", false, true),
                invitation("dhz", true, true),
                invitation("streetwork", false, false),
            ],
            agenda: vec![item],
            ..Meeting::default()
        }
    }

    fn page(handling: Handling, here: bool, width: usize) -> String {
        let situation = Situation {
            agency: "dhz".to_owned(),
            subject: ID.to_owned(),
            note: "Weniger Glas.".to_owned(),
            handling: handling.into(),
            observation: Some(Observation {
                category: "sauberkeit".to_owned(),
                place: "theaterplatz".to_owned(),
                day: "2026-11-30".to_owned(),
                trend: Trend::Falling.into(),
                ..Observation::default()
            }),
            ..Situation::default()
        };
        let key = ("dhz".to_owned(), ID.to_owned());
        Page {
            meeting: &meeting(),
            pinned: HashMap::from([(key, Some(situation))]),
            names: &Names::default(),
            width,
            here,
        }
        .to_string()
    }

    #[test]
    fn the_room_sees_who_is_behind_and_what_was_said() {
        let shown = page(Handling::Amber, false, 400);
        for words in [
            "Lage – läuft",
            "✓ kod · dhz (hängt zurück)",
            "1  Theaterplatz [M1]",
            "2026-11-30  dhz  sauberkeit  theaterplatz  ↘ sinkend",
            "Weniger Glas.",
            "abababababab dhz: Ruhiger als im Vormonat.",
            "cdcdcdcdcdcd kod: Weiter täglich reinigen. (wie vorgeschlagen efefefefefef)",
            "nicht einverstanden: polizei – Jeden zweiten Tag reicht.",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let missing = format!("polizei/{ID}");
        assert!(shown.contains(&missing) && !shown.contains("streetwork"));
        assert_eq!(shown.matches("nach dem Schluss").count(), 1);
    }

    #[test]
    fn what_is_not_for_guests_is_named_and_not_shown() {
        let shown = page(Handling::AmberStrict, false, 400);
        assert!(!shown.contains("Weniger Glas."), "{shown}");
        assert!(shown.contains("TLP:AMBER+STRICT"), "{shown}");
        assert!(page(Handling::AmberStrict, true, 400).contains("Weniger Glas."));
        assert!(!page(Handling::Unspecified, false, 400).contains("Weniger Glas."));
    }

    #[test]
    fn lines_are_no_wider_than_the_room_allows() {
        let shown = page(Handling::Amber, false, 48);
        let widest = shown.lines().map(|it| it.chars().count()).max();
        assert!(widest <= Some(52), "{widest:?}: {shown}");
        assert!(shown.lines().count() > page(Handling::Amber, false, 400).lines().count());
    }
}
