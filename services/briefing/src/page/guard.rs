//! The guard beside the text: what it finds, where, and what to write instead, in the reader's language.
//!
//! `POST /pruefen` takes `text` and answers a piece of a page, which `assets/guard.js` puts beside the field while somebody types.
//! The text goes to the own node and is neither stored nor logged there or here.

use std::borrow::Cow;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use verbund_wire::agency::{CheckTextRequest, Finding, Verdict};

use super::html;
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::lang::Lang;
use crate::node::Acting;
use crate::session::Visitor;

/// How much of the text is shown around what was found.
const AROUND_CHARS: usize = 24;
/// Classes of the case-free policy that have a name; one of a newer guard goes by a general one.
const CLASSES: usize = 12;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/pruefen", post(check_text))
}

#[derive(Template)]
#[template(path = "findings.html")]
struct FindingsPiece {
    frame: Frame,
    findings: Findings,
}

async fn check_text(
    State(app): State<App>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let findings = check(&node, visitor.lang(), fields.one("text")).await?;
    html(&FindingsPiece {
        frame: Frame::new(&app, &visitor, Nav::None),
        findings,
    })
}

/// What the guard says of a text as a whole, and what it found in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    verdict: Verdict,
    /// In the order of the text.
    pub(crate) found: Vec<Found>,
}

/// One thing that the guard found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// No confirmation can lift it.
    pub(crate) is_rejected: bool,
    /// What kind of thing it is.
    pub(crate) title: Cow<'static, str>,
    /// The text before it.
    pub(crate) before: String,
    /// What it is about.
    pub(crate) passage: String,
    /// The text after it.
    pub(crate) after: String,
    /// What to write instead.
    pub(crate) advice: String,
}

impl Findings {
    /// What was found in a text.
    pub(crate) fn new<'a>(
        lang: Lang,
        text: &str,
        verdict: Verdict,
        found: impl IntoIterator<Item = &'a Finding>,
    ) -> Self {
        let found = found
            .into_iter()
            .map(|it| Found::new(lang, text, it))
            .collect();
        Self { verdict, found }
    }

    /// Nothing to say.
    pub(crate) fn is_clear(&self) -> bool {
        self.found.is_empty()
    }

    /// The text can't go as it is.
    pub(crate) fn is_rejected(&self) -> bool {
        self.verdict == Verdict::Reject
    }

    /// Somebody who speaks for the agency has to look at it first.
    pub(crate) fn wants_review(&self) -> bool {
        self.verdict == Verdict::Review
    }
}

impl Found {
    fn new(lang: Lang, text: &str, it: &Finding) -> Self {
        let (start, end) = (it.start as usize, it.end as usize);
        // Places are counted in the text as it was given; should a node mean another, none of it is marked.
        let parts = match (text.get(..start), text.get(start..end), text.get(end..)) {
            (Some(before), Some(passage), Some(after)) => (before, passage, after),
            _ => ("", "", ""),
        };
        let advice = match lang {
            Lang::De => &it.advice_de,
            Lang::En => &it.advice_en,
        };
        let number = it.policy_class.trim_start_matches('P').parse::<usize>();
        let title = match number {
            Ok(number @ 1..=CLASSES) => lang.text(&format!("guard-class-{number}")),
            _ => lang.text("guard-class-other"),
        };
        Self {
            is_rejected: it.severity == Verdict::Reject as i32,
            title,
            before: last_chars(parts.0),
            passage: parts.1.to_owned(),
            after: first_chars(parts.2),
            advice: advice.clone(),
        }
    }
}

fn first_chars(text: &str) -> String {
    match text.char_indices().nth(AROUND_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn last_chars(text: &str) -> String {
    match text.char_indices().rev().nth(AROUND_CHARS - 1) {
        Some((start, _)) if start > 0 => format!("…{}", &text[start..]),
        _ => text.to_owned(),
    }
}

/// Asks the own node's guard.
pub(crate) async fn check(node: &Acting, lang: Lang, text: &str) -> Result<Findings, Failure> {
    if text.is_empty() {
        return Ok(Findings::default());
    }
    let request = CheckTextRequest {
        text: text.to_owned(),
    };
    let answer = node.guard().check_text(request).await?.into_inner();
    Ok(Findings::new(
        lang,
        text,
        answer.verdict(),
        &answer.findings,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(start: u32, end: u32) -> Finding {
        Finding {
            policy_class: "P1".to_owned(),
            rule: "unknown-word".to_owned(),
            severity: Verdict::Reject as i32,
            start,
            end,
            advice_de: "ohne Namen".to_owned(),
            advice_en: "without names".to_owned(),
            field: String::new(),
        }
    }

    #[test]
    fn the_passage_is_cut_where_the_guard_says_also_between_letters_of_two_bytes() {
        let text = "Übergabe an Müller am Ostwall";
        let found = Found::new(Lang::De, text, &finding(13, 20));
        assert_eq!(
            (
                found.before.as_str(),
                found.passage.as_str(),
                found.after.as_str()
            ),
            ("Übergabe an ", "Müller", " am Ostwall")
        );
        assert_eq!(found.advice, "ohne Namen");
        assert!(found.is_rejected);
    }

    #[test]
    fn a_place_that_is_none_marks_nothing() {
        for (start, end) in [(1, 3), (5, 2), (0, 99)] {
            assert_eq!(
                Found::new(Lang::En, "Über", &finding(start, end)).passage,
                ""
            );
        }
    }

    #[test]
    fn little_of_a_long_text_is_shown_around_it() {
        let text = format!("{}X{}", "ä".repeat(40), "ö".repeat(40));
        let found = Found::new(Lang::De, &text, &finding(80, 81));
        assert_eq!(found.passage, "X");
        assert_eq!(found.before, format!("…{}", "ä".repeat(24)));
        assert_eq!(found.after, format!("{}…", "ö".repeat(24)));
    }

    #[test]
    fn what_was_found_stays_text() {
        let text = "<script>alert(1)</script>";
        let findings = Findings::new(Lang::De, text, Verdict::Review, &[finding(0, 8)]);
        let frame = Frame::sample(Lang::De);
        let piece = FindingsPiece { frame, findings }.render().unwrap();
        assert!(!piece.contains("<script>"), "{piece}");
        assert!(piece.contains("&#60;script&#62;"), "{piece}");
    }
}
