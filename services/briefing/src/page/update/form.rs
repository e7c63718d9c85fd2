//! The form of an update as it is shown: its choices, what was typed, what is wrong with it and where.

use std::borrow::Cow;

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use verbund_wire::agency::{Situation, SituationState};
use verbund_wire::error::{ErrorCode, FieldViolation};

use super::draft::{Draft, READINGS_MAX, Row, Wrong};
use super::shape::{Choice, Habits, Shape};
use crate::concept::Concept;
use crate::error::Failure;
use crate::frame::Frame;
use crate::page::guard::Findings;
use crate::page::html;
use crate::refusal::Refusal;

/// Where each field of the contract is on the page, and what it is called there.
const FIELDS: [(&str, &str, &str); 13] = [
    ("place", "f-place", "field-place"),
    ("category", "f-category", "field-category"),
    ("day", "f-day", "field-day"),
    ("window", "f-window", "field-window"),
    ("trend", "f-trend", "field-trend"),
    ("source", "f-source", "field-source"),
    ("measure", "measure", "field-measure"),
    ("urgency", "f-urgency", "field-urgency"),
    ("handling", "f-handling", "field-handling"),
    ("audience", "f-to", "field-audience"),
    ("note", "note", "field-note"),
    (
        "generalised_note",
        "generalised-note",
        "field-generalised-note",
    ),
    ("readings", "f-readings", "field-readings"),
];

/// What the form is for.
#[derive(Clone, Debug)]
pub(crate) enum Aim {
    /// A new update.
    New,
    /// A better version of this one.
    Correction(Box<Situation>),
}

impl Aim {
    /// Where the form is sent.
    fn action(&self) -> Cow<'static, str> {
        match self {
            Self::New => Cow::Borrowed("/meldung/neu"),
            Self::Correction(it) => Cow::Owned(format!(
                "{}/berichtigen",
                super::path(&it.agency, &it.subject)
            )),
        }
    }
}

/// Something that is wrong, beside its field and at the top of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The field's element.
    pub(crate) anchor: String,
    /// What the field is called.
    pub(crate) name: Cow<'static, str>,
    /// What is wrong.
    pub(crate) text: Cow<'static, str>,
}

/// What became of an attempt to send the form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempt {
    pub(crate) wrong: Vec<Wrong>,
    /// What the guard found in the note.
    pub(crate) note: Option<Findings>,
    /// What it found in what police and prosecutor are told.
    pub(crate) generalised_note: Option<Findings>,
    /// Why the node did not take it.
    pub(crate) refusal: Option<Box<Refusal>>,
}

impl Attempt {
    /// The node refused it. Fields are told one by one; what the guard found is asked for by the caller.
    pub(crate) fn refused(refusal: Refusal, draft: &Draft) -> Self {
        let is_guarded = refusal.is_of_guard();
        let fields = refusal.fields.iter().filter(|_| !is_guarded);
        let wrong = fields.map(|it| placed(it, draft)).collect();
        Self {
            wrong,
            refusal: Some(Box::new(refusal)),
            ..Self::default()
        }
    }

    /// Nothing was tried yet, or a row was asked for.
    fn is_none(&self) -> bool {
        self.wrong.is_empty()
            && self.refusal.is_none()
            && self.note.is_none()
            && self.generalised_note.is_none()
    }

    fn findings(&self) -> impl Iterator<Item = &Findings> {
        self.note.iter().chain(&self.generalised_note)
    }

    /// Somebody who speaks for the agency has to look at it, and nothing is worse.
    pub(crate) fn wants_review(&self) -> bool {
        self.findings().any(Findings::wants_review) && !self.findings().any(Findings::is_rejected)
    }

    fn status(&self) -> StatusCode {
        match &self.refusal {
            Some(refusal) => refusal.status(),
            None if self.is_none() => StatusCode::OK,
            None => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// A field of what was sent, as a field of the form: rows of figures that are not used were not sent.
fn placed(it: &FieldViolation, draft: &Draft) -> Wrong {
    let sent = it.field.strip_prefix("situation.readings[");
    let index = sent.and_then(|rest| rest.split_once(']'));
    let row = index.and_then(|(index, rest)| Some((draft.row_of_sent(index.parse().ok()?)?, rest)));
    let field = match row {
        Some((row, rest)) => format!("situation.readings[{row}]{rest}"),
        None => it.field.clone(),
    };
    Wrong::new(field, it.reason.clone())
}

#[derive(Template)]
#[template(path = "update_form.html")]
struct FormPage {
    frame: Frame,
    shape: Shape,
    draft: Draft,
    aim: Aim,
    request: String,
    /// The version that is corrected.
    etag: String,
    /// All that is wrong, in the order of the form.
    problems: Vec<Problem>,
    attempt: Attempt,
    /// What it corrects is no longer as it was when the form was shown.
    is_stale: bool,
    /// Police or prosecutor get what the own agency tells only in its generalised form.
    is_protected: bool,
}

/// A row of the figures as it is shown.
struct FigureRow<'a> {
    number: usize,
    row: &'a Row,
    choices: &'a [Choice],
    problem: Option<&'a Problem>,
}

impl FormPage {
    /// What is wrong with a field.
    fn problem_of(&self, anchor: &str) -> Option<&Problem> {
        self.problems.iter().find(|it| it.anchor == anchor)
    }

    /// The update that is corrected, as it is now.
    fn correction(&self) -> Option<&Situation> {
        match &self.aim {
            Aim::New => None,
            Aim::Correction(it) => Some(it),
        }
    }

    fn may_add_row(&self) -> bool {
        self.draft.readings.len() < READINGS_MAX
    }

    fn has_readings(&self) -> bool {
        let is_used = self.draft.readings.iter().any(|it| !it.is_unused());
        is_used
            || self.draft.readings.len() > 1
            || self.problems.iter().any(|it| it.anchor.contains("reading"))
    }

    /// Something of what is folded away by default has to be looked at.
    fn has_problem_in_details(&self) -> bool {
        let folded = [
            "f-source",
            "measure",
            "f-handling",
            "f-to",
            "generalised-note",
        ];
        self.problems
            .iter()
            .any(|it| folded.contains(&it.anchor.as_str()))
            || self.attempt.generalised_note.is_some()
    }

    /// What the node said as a whole, unless its fields say it.
    fn refused(&self) -> Option<Cow<'static, str>> {
        let refusal = self
            .attempt
            .refusal
            .as_deref()
            .filter(|_| self.problems.is_empty())?;
        Some(self.frame.t(&format!("refusal-{}", refusal.word())))
    }

    fn figure_rows(&self) -> Vec<FigureRow<'_>> {
        let rows = self.draft.readings.iter().zip(&self.shape.figures);
        let numbered = rows.enumerate();
        numbered
            .map(|(number, (row, choices))| {
                let anchor = format!("reading-{number}");
                FigureRow {
                    number,
                    row,
                    choices,
                    problem: self.problem_of(&anchor),
                }
            })
            .collect()
    }
}

/// The form.
pub(crate) struct Form<'a> {
    pub(crate) concept: &'a Concept,
    pub(crate) habits: &'a Habits,
    pub(crate) draft: Draft,
    pub(crate) aim: Aim,
    /// The request under which it will be sent, however often somebody presses.
    pub(crate) request: String,
    /// The version that somebody read and corrects; empty for a new update.
    pub(crate) etag: String,
    pub(crate) attempt: Attempt,
}

impl Form<'_> {
    /// The page. What was typed stands in it as it was.
    pub(crate) fn show(self, frame: Frame) -> Result<Response, Failure> {
        let Self {
            concept,
            habits,
            draft,
            aim,
            request,
            etag,
            attempt,
        } = self;
        let status = attempt.status();
        let is_correction = matches!(aim, Aim::Correction(_));
        let is_stale = attempt
            .refusal
            .as_ref()
            .is_some_and(|it| it.code == Some(ErrorCode::StaleEtag));
        let page = FormPage {
            // Whoever is shown that it changed corrects the changed one with the next attempt, and no other.
            etag: match &aim {
                Aim::Correction(latest) if is_stale => latest.etag.clone(),
                _ => etag,
            },
            shape: Shape::new(&frame, concept, habits, &draft, is_correction),
            problems: problems(&frame, &attempt.wrong),
            is_protected: concept.agency(&frame.own).is_some_and(|it| it.protected),
            frame,
            draft,
            aim,
            request,
            attempt,
            is_stale,
        };
        let mut response = html(&page)?;
        *response.status_mut() = status;
        Ok(response)
    }
}

/// Each field's first problem, in the order of the form.
fn problems(frame: &Frame, wrong: &[Wrong]) -> Vec<Problem> {
    let mut problems: Vec<(usize, Problem)> = Vec::new();
    for it in wrong {
        let path = it.field.strip_prefix("situation.").unwrap_or(&it.field);
        let end = path.find(['[', '.']).unwrap_or(path.len());
        let (field, rest) = path.split_at(end);
        let known = FIELDS.iter().position(|(name, ..)| *name == field);
        let Some(place) = known else {
            continue;
        };
        let (_, anchor, name) = FIELDS[place];
        let row = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let anchor = match row {
            Some((row, _)) if field == "readings" => format!("reading-{row}"),
            _ => anchor.to_owned(),
        };
        if problems.iter().any(|(_, problem)| problem.anchor == anchor) {
            continue;
        }
        let problem = Problem {
            anchor,
            name: frame.t(name),
            text: frame.violation(&it.reason),
        };
        problems.push((place, problem));
    }
    problems.sort_by_key(|(place, _)| *place);
    problems.into_iter().map(|(_, problem)| problem).collect()
}

/// An update that may be corrected: an own one that holds.
pub(crate) fn correctable(frame: &Frame, situation: Situation) -> Result<Aim, Failure> {
    if situation.agency == frame.own && situation.state() == SituationState::Current {
        Ok(Aim::Correction(Box::new(situation)))
    } else {
        Err(Failure::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use crate::page::testing;

    #[test]
    fn each_problem_leads_to_its_field_in_the_order_of_the_form() {
        let wrong = [
            Wrong::new("situation.note", "NOTE_TOO_LONG"),
            Wrong::new("situation.readings[1].value", "ZERO_NOT_TOLD"),
            Wrong::new("situation.readings[1].period", "PERIOD_NOT_ALLOWED"),
            Wrong::new("situation.audience[0]", "UNKNOWN_AGENCY"),
            Wrong::new("situation.place", "MISSING_FIELD"),
        ];
        let problems = problems(&Frame::sample(Lang::De), &wrong);
        let anchors: Vec<_> = problems.iter().map(|it| it.anchor.as_str()).collect();
        assert_eq!(anchors, ["f-place", "f-to", "note", "reading-1"]);
        assert_eq!(problems[0].text, "Diese Angabe fehlt.");
    }

    #[test]
    fn a_figure_is_told_at_the_row_in_which_it_was_typed() {
        let used = Row {
            what: "spritzenfunde/tag".to_owned(),
            value: "3".to_owned(),
            base: String::new(),
        };
        let draft = Draft {
            readings: vec![Row::default(), used],
            ..Draft::default()
        };
        let told = FieldViolation {
            field: "situation.readings[0].indicator".to_owned(),
            reason: "UNKNOWN_INDICATOR".to_owned(),
            description: String::new(),
        };
        assert_eq!(
            placed(&told, &draft).field,
            "situation.readings[1].indicator"
        );
    }

    #[test]
    fn what_was_typed_stays_text() {
        let evil = testing::HOSTILE;
        let draft = Draft {
            note: evil.to_owned(),
            generalised_note: evil.to_owned(),
            day: evil.to_owned(),
            place: evil.to_owned(),
            readings: vec![Row {
                what: evil.to_owned(),
                value: evil.to_owned(),
                base: evil.to_owned(),
            }],
            ..Draft::default()
        };
        let wrong =
            FIELDS.map(|(field, ..)| Wrong::new(format!("situation.{field}"), "MISSING_FIELD"));
        for lang in Lang::ALL {
            let frame = testing::frame(lang);
            let concept = frame.concept.clone().unwrap();
            let page = FormPage {
                shape: Shape::new(&frame, &concept, &Habits::default(), &draft, false),
                problems: problems(&frame, &wrong),
                frame,
                draft: draft.clone(),
                aim: Aim::New,
                request: evil.to_owned(),
                etag: evil.to_owned(),
                attempt: Attempt::default(),
                is_stale: false,
                is_protected: true,
            };
            testing::check(&page.render().unwrap());
        }
    }
}
