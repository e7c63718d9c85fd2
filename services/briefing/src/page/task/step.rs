//! A step on a task: the page that says what it does and asks for what it needs, and the step itself. Buttons of the board take
//! it at once; what the node does not take comes back on this page, with the task as it stands now.

use std::borrow::Cow;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use verbund_wire::agency::{
    GetTaskRequest, GetTaskResponse, SubjectKey, TakeTaskStepRequest, Task, TaskMove, Terms,
};
use verbund_wire::error::ErrorCode;
use verbund_wire::federation::DeclineReason;
use verbund_wire::words::short;

use super::moves::of_word;
use super::path;
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::choices::{self, Choice};
use crate::page::history::Step;
use crate::page::trouble::{Field, Trouble, one_line};
use crate::page::{done, html, own_path};
use crate::refusal::Refusal;
use crate::session::Visitor;

/// The most characters of a note.
const NOTE_MAX: usize = verbund_model::NOTE_CHARS;

#[derive(Template)]
#[template(path = "task/step.html")]
struct StepPage {
    frame: Frame,
    task: Task,
    terms: Terms,
    makes: TaskMove,
    word: String,
    path: String,
    /// Steps that the visitor had not seen when they chose this one.
    news: Vec<Step>,
    /// The task allows it, as it stands now.
    is_offered: bool,
    reasons: Vec<Choice>,
    typed: Typed,
    request: String,
    trouble: Trouble,
}

/// What stands in the form.
#[derive(Clone, Debug, Default)]
struct Typed {
    note: String,
    reason: String,
    then: String,
    /// When the state that the visitor decided on was made, by its agency's clock.
    seen_at_ms: i64,
}

impl StepPage {
    /// What it is called: `Annehmen`.
    fn title(&self) -> Cow<'static, str> {
        self.frame.task_move(self.makes as i32)
    }

    /// What happens then.
    fn lead(&self) -> Cow<'static, str> {
        self.frame.t(&format!("task-step-{}", self.word))
    }

    /// Terms come with it, and no note.
    fn has_note(&self) -> bool {
        self.makes != TaskMove::Assign
    }

    fn is_final(&self) -> bool {
        matches!(self.makes, TaskMove::Verify | TaskMove::Withdraw)
    }
}

type Address = Path<(String, String, String)>;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject, word)): Address,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Tasks);
    let makes = of_word(&word).ok_or(Failure::NotFound)?;
    let key = SubjectKey { subject, owner };
    if makes == TaskMove::Amend {
        return Ok(Redirect::to(&format!("{}/aendern", path(&key))).into_response());
    }
    let typed = Typed {
        seen_at_ms: i64::MAX,
        ..Typed::default()
    };
    html(&page(&node, frame, key, makes, typed, Trouble::default()).await?)
}

async fn page(
    node: &Acting,
    frame: Frame,
    key: SubjectKey,
    makes: TaskMove,
    typed: Typed,
    trouble: Trouble,
) -> Result<StepPage, Failure> {
    let path = path(&key);
    let request = GetTaskRequest { task: Some(key) };
    let GetTaskResponse { task, steps } = node.tasks().get_task(request).await?.into_inner();
    let task = task.ok_or(Failure::NotFound)?;
    let news = steps
        .iter()
        .filter(|it| it.created_at_ms > typed.seen_at_ms);
    let reason = |it: i32| frame.decline(it).into_owned();
    Ok(StepPage {
        news: news.map(|it| Step::new(&frame, it)).collect(),
        is_offered: task.next().any(|it| it == makes),
        reasons: choices::words::<DeclineReason>(reason, &typed.reason),
        terms: task.terms.clone().unwrap_or_default(),
        word: short::<TaskMove>(makes.into()).unwrap_or_default(),
        request: request_id(),
        path,
        makes,
        task,
        typed,
        trouble,
        frame,
    })
}

pub(super) async fn take(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject, word)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Tasks);
    // New terms come with their own form.
    let makes = of_word(&word)
        .filter(|it| *it != TaskMove::Amend)
        .ok_or(Failure::NotFound)?;
    let key = SubjectKey { subject, owner };
    let typed = Typed {
        note: one_line(fields.one("note")),
        reason: fields.one("reason").to_owned(),
        then: fields.one("then").to_owned(),
        seen_at_ms: fields.one("seen").parse().unwrap_or(i64::MAX),
    };
    let request = TakeTaskStepRequest {
        request_id: fields.one("request").to_owned(),
        task: Some(key.clone()),
        etag: fields.one("etag").to_owned(),
        r#move: makes.into(),
        decline_reason: fields.word::<DeclineReason>("reason"),
        note: typed.note.clone(),
        confirm_review: fields.has("confirm"),
        terms: None,
    };
    let status = match node.tasks().take_task_step(request).await {
        Ok(_) if typed.then.is_empty() => return Ok(done(&path(&key), notice(makes))),
        Ok(_) => return Ok(done(own_path(&typed.then), notice(makes))),
        Err(status) => status,
    };
    let refusal = Refusal::of(&status);
    if refusal.is_not_found() {
        return Err(Failure::NotFound);
    }
    let all = [
        Field::new("note", frame.t("task-note"), &typed.note),
        Field {
            path: "decline_reason".to_owned(),
            ..Field::new("reason", frame.t("task-reason"), "")
        },
    ];
    let mut trouble = Trouble::of(&node, &frame, &refusal, &all).await?;
    if refusal.code == Some(ErrorCode::StaleEtag) {
        trouble.text = frame.t("task-stale");
    }
    let page = page(&node, frame, key, makes, typed, trouble).await?;
    Ok((refusal.status(), html(&page)?).into_response())
}

/// What is said when it is done: `notice-<word>`.
pub(super) fn notice(makes: TaskMove) -> &'static str {
    match makes {
        TaskMove::Propose => "task-proposed",
        TaskMove::Assign => "task-assigned",
        TaskMove::Amend => "task-amended",
        TaskMove::Return => "task-returned",
        TaskMove::Verify => "task-verified",
        TaskMove::Withdraw => "task-withdrawn",
        TaskMove::Accept => "task-accepted",
        TaskMove::Decline => "task-declined",
        TaskMove::Progress => "task-progressed",
        TaskMove::Finish | TaskMove::Unspecified => "task-finished",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn each_step_says_what_it_does_and_what_was_done() {
        for word in verbund_wire::words::all::<TaskMove>() {
            let Some(makes) = of_word(&word) else {
                continue;
            };
            let mut keys = vec![format!("notice-{}", notice(makes))];
            if makes != TaskMove::Amend {
                keys.push(format!("task-step-{word}"));
            }
            for key in keys {
                assert!(Lang::ALL.into_iter().all(|it| it.has(&key)), "no {key}");
            }
        }
        assert!(Lang::De.has("notice-task-proposed"));
    }
}
