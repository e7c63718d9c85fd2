//! What tasks, meetings and protocols have in common, as people read it.

use std::fmt;

use comfy_table::Table;
use verbund_wire::agency::{
    Circle, DecisionKey, StepReceipt, StepRecord, StepStanding, Terms, terms,
};

use crate::names::Names;
use crate::output::{clean, moment, new_table};
use crate::subject::{in_full, step_in_short};
use crate::text::{self, Text, words};

/// Labels and what there is to say to each, one line each; nothing is said of what is empty.
#[derive(Debug, Default)]
pub(crate) struct Facts(Vec<(String, String)>);

impl Facts {
    pub(crate) fn add(&mut self, label: Text, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((label.to_string(), value));
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signs = |(label, _): &(String, String)| label.chars().count();
        let widest = self.0.iter().map(signs).max().unwrap_or_default();
        for (index, (label, value)) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let value = value.replace('\n', &format!("\n  {:widest$}  ", ""));
            write!(f, "  {label:widest$}  {value}")?;
        }
        Ok(())
    }
}

/// What became of a step, in a line.
pub(crate) fn receipt(it: &StepReceipt, names: &Names) -> String {
    let subject = it.subject.as_ref().map(in_full).unwrap_or_default();
    let audience = names.agencies(&it.audience);
    let mut line = text::STEP_STORED.fill(&[&subject, &step_in_short(&it.step), &audience]);
    if it.repeated_request {
        line.push_str(&text::ANSWER_REPEATED.to_string());
    }
    line
}

/// All steps, in their order.
pub(crate) fn records(steps: &[StepRecord], names: &Names) -> Table {
    let mut table = new_table([
        text::COLUMN_STEP,
        text::COLUMN_MADE,
        text::COLUMN_AGENCY,
        text::COLUMN_MOVE,
        text::COLUMN_STANDING,
        text::COLUMN_TEXT,
    ]);
    for it in steps {
        let made = words::made(&it.r#move).map_or_else(|| clean(&it.r#move), |it| it.to_string());
        table.add_row([
            step_in_short(&it.step),
            moment(it.created_at_ms),
            names.agency(&it.agency),
            made,
            standing(it),
            said(it),
        ]);
    }
    table
}

fn standing(it: &StepRecord) -> String {
    let standing = words::standing(it.standing());
    if it.standing() != StepStanding::Void || it.void_reason.is_empty() {
        return standing.to_string();
    }
    let why = words::void(&it.void_reason);
    let why = why.map_or_else(|| clean(&it.void_reason), |it| it.to_string());
    format!("{standing}: {why}")
}

fn said(it: &StepRecord) -> String {
    let said = clean(&it.text);
    match (it.reviewed, said.is_empty()) {
        (true, true) => format!("[{}]", text::REVIEWED),
        (true, false) => format!("[{}] {said}", text::REVIEWED),
        (false, _) => said,
    }
}

/// Who has it, and how far it may travel.
pub(crate) fn circle(it: Option<&Circle>, names: &Names) -> String {
    let Some(it) = it else {
        return String::new();
    };
    let handling = words::handling(it.handling());
    match it.audience.is_empty() {
        true => handling.to_owned(),
        false => text::CIRCLE.fill(&[&handling, &names.agencies(&it.audience)]),
    }
}

/// Agencies that contradict themselves, and steps that count for nothing.
pub(crate) fn doubts(contradicting: &[String], void_steps: u32, names: &Names) -> String {
    let mut doubts = Vec::new();
    if !contradicting.is_empty() {
        doubts.push(text::CONTRADICTING.fill(&[&names.agencies(contradicting)]));
    }
    if void_steps > 0 {
        doubts.push(text::VOID_STEPS.fill(&[&void_steps]));
    }
    doubts.join("\n")
}

/// What is asked of whom, in a line.
pub(crate) fn terms_line(it: &Terms, names: &Names) -> String {
    let mut more = vec![clean(&it.measure).to_uppercase()];
    if !it.place.is_empty() {
        more.push(names.place(&it.place));
    }
    if !it.due.is_empty() {
        more.push(text::DUE_ON.fill(&[&clean(&it.due)]));
    }
    let (to, title) = (names.agency(&it.assignee), clean(&it.title));
    text::ASKED_OF.fill(&[&to, &title, &more.join(", ")])
}

/// What something that is asked comes from.
pub(crate) fn origin(it: Option<&terms::Origin>) -> String {
    match it {
        None => String::new(),
        Some(terms::Origin::Update(key)) => text::FROM_UPDATE.fill(&[&in_full(key)]),
        Some(terms::Origin::Decision(DecisionKey { meeting, decision })) => {
            let meeting = meeting.as_ref().map(in_full).unwrap_or_default();
            text::FROM_DECISION.fill(&[&step_in_short(decision), &meeting])
        }
    }
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::SubjectKey;

    use super::*;

    fn key() -> SubjectKey {
        SubjectKey {
            subject: "3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e".to_owned(),
            owner: "kod".to_owned(),
        }
    }

    #[test]
    fn facts_stand_below_each_other_and_the_empty_ones_are_left_out() {
        let mut facts = Facts::default();
        facts.add(Text::new("Ort", "Place"), "Lutherplatz");
        facts.add(Text::new("Notiz", "Note"), "");
        facts.add(Text::new("Schritte", "Steps"), "eins\nzwei");
        assert_eq!(
            facts.to_string(),
            "  Ort       Lutherplatz\n  Schritte  eins\n            zwei"
        );
    }

    #[test]
    fn a_step_that_counts_for_nothing_says_why() {
        let step = StepRecord {
            standing: StepStanding::Void.into(),
            void_reason: "not-yours".to_owned(),
            r#move: "accept".to_owned(),
            text: "ja\u{1b}[2J".to_owned(),
            reviewed: true,
            ..StepRecord::default()
        };
        assert_eq!(standing(&step), "zählt nicht: nicht Sache dieser Stelle");
        assert_eq!(said(&step), "[durchgesehen] ja\u{fffd}[2J");
        let table = records(&[step], &Names::default()).to_string();
        assert!(table.contains("angenommen"), "{table}");
    }

    #[test]
    fn a_receipt_names_the_subject_in_full() {
        let told = receipt(
            &StepReceipt {
                subject: Some(key()),
                step: "ab".repeat(32),
                audience: vec!["dhz".to_owned(), "kod".to_owned()],
                repeated_request: true,
                ..StepReceipt::default()
            },
            &Names::default(),
        );
        let whole = "gespeichert kod/3f2a91c4-0d4e-4f6b-8a53-5f0e6b1c2d3e, Schritt abababababab, für dhz, kod (schon einmal gesendet)";
        assert_eq!(told, whole);
    }

    #[test]
    fn terms_are_told_in_a_line() {
        let terms = Terms {
            assignee: "kod".to_owned(),
            measure: "m1".to_owned(),
            due: "2026-12-01".to_owned(),
            title: "Glas räumen".to_owned(),
            origin: Some(terms::Origin::Update(key())),
            ..Terms::default()
        };
        let line = terms_line(&terms, &Names::default());
        assert_eq!(line, "an kod: Glas räumen (M1, fällig 2026-12-01)");
        assert!(origin(terms.origin.as_ref()).starts_with("Meldung kod/3f2a91c4"));
    }
}
