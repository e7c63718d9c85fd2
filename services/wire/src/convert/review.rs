//! Drafts that wait for review, as the coordinators who decide on them see them.

use verbund_guard::gate::{Findings, Unguarded};
use verbund_ledger::FrameHash;
use verbund_model::{Audience, Handling, Observation, ReviewId, SubjectId, UnixMillis};

use super::vocabulary::Word;
use super::{etag, finding, observation};
use crate::agency;
use crate::error::Error;

/// All that is shown of a draft. Its texts have not passed: they are shown to whoever decides, and to nobody else.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Its id in the list.
    pub review: ReviewId,
    /// The update that it will be, or that it corrects.
    pub subject: SubjectId,
    /// The version that it corrects.
    pub corrects: Option<FrameHash>,
    /// When it was held.
    pub held_at: UnixMillis,
    /// The last day on which it can be confirmed.
    pub until: verbund_model::Day,
    /// What the guard in force finds now.
    pub findings: &'a Findings,
    /// Version of that guard.
    pub guard_version: &'a str,
    /// What it tells.
    pub observation: &'a Observation,
    /// Its note.
    pub note: &'a Unguarded,
    /// How far it may travel.
    pub handling: Handling,
    /// The agencies that would get it.
    pub audience: &'a Audience,
    /// Who would get its generalised form, and with which note.
    pub generalised: Option<(&'a Audience, &'a Unguarded)>,
}

impl From<View<'_>> for agency::Review {
    fn from(it: View<'_>) -> Self {
        let names = |audience: &Audience| audience.iter().map(ToString::to_string).collect();
        let (generalised_audience, generalised_note) = match it.generalised {
            Some((audience, note)) => (names(audience), note.read().to_owned()),
            None => (Vec::new(), String::new()),
        };
        let held = agency::HeldSituation {
            observation: Some(observation::to_wire(it.observation)),
            note: it.note.read().to_owned(),
            handling: it.handling.to_wire(),
            audience: names(it.audience),
            generalised_audience,
            generalised_note,
        };
        Self {
            review: it.review.to_string(),
            subject: it.subject.to_string(),
            corrects_etag: it.corrects.as_ref().map(etag::to_wire).unwrap_or_default(),
            held_at_ms: it.held_at.0,
            until: it.until.to_string(),
            verdict: finding::outcome(it.findings.outcome) as i32,
            findings: finding::told(it.findings),
            guard_version: it.guard_version.to_owned(),
            needs_second_coordinator: it.handling.needs_second_coordinator(),
            content: Some(agency::review::Content::Situation(held)),
        }
    }
}

/// The id of a draft in the list.
///
/// # Errors
/// [`crate::error::ErrorCode::ValidationFailed`].
pub fn id(text: &str) -> Result<ReviewId, Error> {
    ReviewId::parse(text).map_err(|error| {
        let reason = match error {
            verbund_model::IdError::Empty => verbund_model::Reason::MissingField,
            _ => verbund_model::Reason::InvalidId,
        };
        Error::field("review", reason.as_str(), error.to_string())
    })
}
