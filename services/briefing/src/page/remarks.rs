//! Questions and answers on an update, a task or a protocol, so that nobody goes back to mail.

use verbund_wire::agency::{
    AddRemarkRequest, ListRemarksRequest, Remark, RemarkSubject, RetractRemarkRequest, SubjectKey,
};
use verbund_wire::federation::SubjectKind;

use super::trouble::{Field, Trouble, one_line};
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::Frame;
use crate::node::{Acting, request_id};
use crate::refusal::Refusal;

/// A conversation as it is shown, with the form to go on with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    /// Questions, each followed by its answers.
    pub(crate) said: Vec<Said>,
    /// Whether the visitor may say something.
    pub(crate) may_speak: bool,
    /// What was typed and could not be sent.
    pub(crate) typed: Typed,
    /// The request of each form that was not sent yet.
    pub(crate) request: String,
    /// The subject's page.
    pub(crate) path: String,
}

/// What was typed and could not be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    /// The text.
    pub(crate) text: String,
    /// The question that it answers; empty for a question.
    pub(crate) answers: String,
    /// Why not.
    pub(crate) trouble: Trouble,
}

/// A question or an answer as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Names it.
    pub(crate) step: String,
    /// Whose it is.
    pub(crate) agency: String,
    /// What it says.
    pub(crate) text: String,
    /// When, by its agency's clock.
    pub(crate) at: String,
    /// It answers the question before.
    pub(crate) is_answer: bool,
    /// It was taken back, and its text is gone.
    pub(crate) is_retracted: bool,
    /// The own agency may take it back.
    pub(crate) may_retract: bool,
}

impl Conversation {
    /// The conversation on a subject, with what was typed to it.
    ///
    /// # Errors
    /// What the node answers.
    pub(crate) async fn load(
        node: &Acting,
        frame: &Frame,
        on: RemarkSubject,
        path: String,
        typed: Typed,
    ) -> Result<Self, Failure> {
        let request = ListRemarksRequest { on: Some(on) };
        let answer = node.remarks().list_remarks(request).await?.into_inner();
        Ok(Self {
            said: answer
                .remarks
                .into_iter()
                .map(|it| Said::new(frame, it))
                .collect(),
            may_speak: frame.roles.coordinates(),
            typed,
            request: request_id(),
            path,
        })
    }
}

impl Conversation {
    /// What stands in a form: what was typed in it, or nothing.
    pub(crate) fn typed_at(&self, is_typed: &bool) -> &str {
        if *is_typed { &self.typed.text } else { "" }
    }
}

impl Said {
    fn new(frame: &Frame, it: Remark) -> Self {
        Self {
            may_retract: frame.roles.coordinates() && it.agency == frame.own && !it.retracted,
            at: frame.moment(it.created_at_ms),
            is_answer: !it.answers.is_empty(),
            is_retracted: it.retracted,
            step: it.step,
            agency: it.agency,
            text: it.text,
        }
    }
}

/// Names what a remark is on.
pub(crate) fn on(kind: SubjectKind, key: &SubjectKey) -> RemarkSubject {
    RemarkSubject {
        kind: kind as i32,
        key: Some(key.clone()),
    }
}

/// Asks something, or answers. What the node does not take comes back with why not.
///
/// # Errors
/// What no form can mend.
pub(crate) async fn add(
    node: &Acting,
    frame: &Frame,
    on: RemarkSubject,
    fields: &Fields,
) -> Result<Result<(), Typed>, Failure> {
    let text = one_line(fields.one("text"));
    let answers = fields.one("answers").to_owned();
    let request = AddRemarkRequest {
        request_id: fields.one("request").to_owned(),
        on: Some(on),
        answers: answers.clone(),
        text: text.clone(),
        confirm_review: fields.has("confirm"),
    };
    let Err(status) = node.remarks().add_remark(request).await else {
        return Ok(Ok(()));
    };
    let refusal = Refusal::of(&status);
    if refusal.is_not_found() {
        return Err(Failure::NotFound);
    }
    let name = if answers.is_empty() {
        "question".to_owned()
    } else {
        format!("answer-{answers}")
    };
    let field = |path: &str| Field {
        path: path.to_owned(),
        name: name.clone(),
        label: frame.t("talk-text"),
        text: text.clone(),
    };
    let fields = [field("text"), field("note")];
    let trouble = Trouble::of(node, frame, &refusal, &fields).await?;
    Ok(Err(Typed {
        text,
        answers,
        trouble,
    }))
}

/// Takes an own remark back because it held something about a person.
///
/// # Errors
/// What the node answers.
pub(crate) async fn retract(
    node: &Acting,
    on: RemarkSubject,
    remark: String,
    fields: &Fields,
) -> Result<(), Failure> {
    let request = RetractRemarkRequest {
        request_id: fields.one("request").to_owned(),
        on: Some(on),
        remark,
    };
    node.remarks().retract_remark(request).await?;
    Ok(())
}
