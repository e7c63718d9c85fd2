//! Questions and answers on an update, so that nobody goes back to mail.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use verbund_wire::agency::{
    AddRemarkRequest, Remark, RemarkSubject, RetractRemarkRequest, Situation, SituationState,
    SubjectKey,
};
use verbund_wire::error::ErrorCode;
use verbund_wire::federation::SubjectKind;

use super::{Address, page, path};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::Frame;
use crate::node::request_id;
use crate::page::done;
use crate::page::guard::{self, Findings};
use crate::session::Visitor;

/// A conversation on an update as it is shown, with the form to go on with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    /// Questions, each followed by its answers.
    pub(crate) remarks: Vec<Said>,
    /// Whether the visitor may say something.
    pub(crate) may_speak: bool,
    /// The request of the form.
    pub(crate) request: String,
    /// What was typed and could not be sent.
    pub(crate) text: String,
    /// The question that it answers; empty for a question.
    pub(crate) answers: String,
    /// Why it could not be sent, in words.
    pub(crate) problem: Option<String>,
    /// What the guard found in it.
    pub(crate) findings: Option<Findings>,
}

/// A question or an answer as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) step: String,
    pub(crate) agency: String,
    pub(crate) text: String,
    pub(crate) at: String,
    pub(crate) is_answer: bool,
    pub(crate) is_retracted: bool,
    /// The request with which the own agency may take it back.
    pub(crate) retract: Option<String>,
}

impl Conversation {
    /// What was said, and the form as it was left.
    pub(crate) fn with(self, frame: &Frame, remarks: Vec<Remark>, on: &Situation) -> Self {
        let said = remarks.into_iter().map(|it| Said {
            retract: (frame.roles.coordinates() && it.agency == frame.own && !it.retracted)
                .then(request_id),
            at: frame.moment(it.created_at_ms),
            is_answer: !it.answers.is_empty(),
            is_retracted: it.retracted,
            step: it.step,
            agency: it.agency,
            text: it.text,
        });
        Self {
            remarks: said.collect(),
            may_speak: frame.roles.coordinates() && on.state() != SituationState::Erased,
            request: if self.request.is_empty() {
                request_id()
            } else {
                self.request
            },
            ..self
        }
    }

    /// The status of the page that shows it.
    pub(crate) fn status(&self) -> StatusCode {
        if self.problem.is_some() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        }
    }

    /// The guard wants the text confirmed, and the visitor may do that.
    pub(crate) fn may_confirm(&self) -> bool {
        self.findings.as_ref().is_some_and(Findings::wants_review)
    }
}

/// Names an update for remarks.
pub(crate) fn on(key: SubjectKey) -> RemarkSubject {
    RemarkSubject {
        kind: SubjectKind::Update as i32,
        key: Some(key),
    }
}

fn on_update(origin: &str, subject: &str) -> RemarkSubject {
    on(SubjectKey {
        subject: subject.to_owned(),
        owner: origin.to_owned(),
    })
}

/// Asks something, or answers.
pub(crate) async fn add(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let text = one_line(fields.one("text"));
    let request = AddRemarkRequest {
        request_id: fields.one("request").to_owned(),
        on: Some(on_update(&origin, &subject)),
        answers: fields.one("answers").to_owned(),
        text: text.clone(),
        confirm_review: fields.has("confirm"),
    };
    let status = match node.remarks().add_remark(request).await {
        Ok(_) => {
            return Ok(done(
                &format!("{}#fragen", path(&origin, &subject)),
                "remark-added",
            ));
        }
        Err(status) => status,
    };
    let Failure::Refused(refusal) = Failure::from(status) else {
        return Err(Failure::NotFound);
    };
    let lang = visitor.lang();
    let guarded = matches!(
        refusal.code,
        Some(ErrorCode::GuardRejected | ErrorCode::GuardReview)
    );
    let findings = match guarded {
        true => Some(guard::check(&node, lang, &text).await?),
        false => None,
    };
    let frame = Frame::new(&app, &visitor, crate::frame::Nav::Feed);
    let problem = match refusal.fields.first() {
        Some(field) if !guarded => frame.violation(&field.reason),
        _ => lang.text(&format!("refusal-{}", refusal.word())),
    };
    let typed = Conversation {
        request: fields.one("request").to_owned(),
        text,
        answers: fields.one("answers").to_owned(),
        problem: Some(problem.into_owned()),
        findings,
        ..Conversation::default()
    };
    page(&app, &visitor, &origin, &subject, "", typed).await
}

/// Takes an own remark back because it held something about a person.
pub(crate) async fn retract(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject, remark)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let request = RetractRemarkRequest {
        request_id: fields.one("request").to_owned(),
        on: Some(on_update(&origin, &subject)),
        remark,
    };
    node.remarks().retract_remark(request).await?;
    Ok(done(
        &format!("{}#fragen", path(&origin, &subject)),
        "remark-retracted",
    ))
}

/// A text as the contract wants it: one line. What was typed on several lines is still one thought.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
