//! Asking another agency for something, and changing what is asked.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use verbund_wire::agency::{
    CreateTaskRequest, GetTaskRequest, SubjectKey, SuggestAssigneeRequest, TakeTaskStepRequest,
    Task, TaskMove,
};
use verbund_wire::federation::Handling;

use super::moves::of_word;
use super::show::{Source, source};
use super::terms::{Asked, DESCRIPTION_MAX, Origin, Shape, TITLE_MAX};
use super::{Address, path};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::choices::{self, Choice};
use crate::page::trouble::{Field, Trouble};
use crate::page::{done, html};
use crate::refusal::Refusal;
use crate::session::Visitor;

/// What a form is for.
enum Aim {
    /// To ask for something new.
    New,
    /// To change what is asked, by this move.
    Change(Box<Task>, TaskMove),
}

#[derive(Template)]
#[template(path = "task/write.html")]
struct WritePage {
    frame: Frame,
    aim: Aim,
    asked: Asked,
    shape: Shape,
    source: Option<Source>,
    /// Who is asked first for matters of the category, by the charter.
    first: Vec<String>,
    audience: Vec<Choice>,
    handlings: Vec<Choice>,
    etag: String,
    request: String,
    trouble: Trouble,
}

impl WritePage {
    fn action(&self) -> String {
        match &self.aim {
            Aim::New => "/aufgaben/neu".to_owned(),
            Aim::Change(task, _) => format!("{}/aendern", task_path(task)),
        }
    }

    fn is_new(&self) -> bool {
        matches!(self.aim, Aim::New)
    }

    /// What has been proposed is asked by this.
    fn is_assignment(&self) -> bool {
        matches!(&self.aim, Aim::Change(_, TaskMove::Assign))
    }

    fn is_for_some(&self) -> bool {
        self.audience.iter().any(|it| it.is_chosen)
    }

    fn back(&self) -> String {
        match &self.aim {
            Aim::New => "/aufgaben".to_owned(),
            Aim::Change(task, _) => task_path(task),
        }
    }
}

fn task_path(task: &Task) -> String {
    task.key
        .as_ref()
        .map_or_else(|| "/aufgaben".to_owned(), path)
}

/// What stands in the form beside the terms.
#[derive(Default)]
struct Beside {
    audience: Vec<String>,
    handling: String,
    etag: String,
    request: String,
    trouble: Trouble,
}

impl Beside {
    fn read(fields: &Fields) -> Self {
        Self {
            audience: fields.all("audience").map(str::to_owned).collect(),
            handling: fields.one("handling").to_owned(),
            etag: fields.one("etag").to_owned(),
            request: fields.one("request").to_owned(),
            trouble: Trouble::default(),
        }
    }
}

async fn page(
    node: &Acting,
    frame: Frame,
    aim: Aim,
    asked: Asked,
    beside: Beside,
) -> Result<WritePage, Failure> {
    let (first, source) = tokio::join!(
        first_asked(node, &asked.category),
        source(node, &frame, &asked.origin)
    );
    let handling = |it: i32| frame.handling(it).into_owned();
    // CLEAR takes a second coordinator: the node takes it for updates only.
    let mut handlings = choices::words::<Handling>(handling, &beside.handling);
    handlings.retain(|it| it.value != "clear");
    let mut audience = choices::agencies(&frame, "");
    audience.retain(|it| it.value != frame.own);
    for choice in &mut audience {
        choice.is_chosen = beside.audience.contains(&choice.value);
    }
    Ok(WritePage {
        shape: Shape::new(&frame, &asked),
        first: first?,
        source,
        audience,
        handlings,
        etag: beside.etag,
        request: if beside.request.is_empty() {
            request_id()
        } else {
            beside.request
        },
        trouble: beside.trouble,
        asked,
        aim,
        frame,
    })
}

async fn first_asked(node: &Acting, category: &str) -> Result<Vec<String>, Failure> {
    if category.is_empty() {
        return Ok(Vec::new());
    }
    let request = SuggestAssigneeRequest {
        category: category.to_owned(),
    };
    let answer = node.tasks().suggest_assignee(request).await?;
    Ok(answer.into_inner().agencies)
}

/// An empty form, or one that begins with what an update or a decision says: `?from=<agency>/<id>` or
/// `?from=<agency>/<id>/<step>`.
pub(super) async fn show_new(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.contributing(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Tasks);
    let given = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut asked = Asked::read(&given);
    if let Some(source) = source(&node, &frame, &asked.origin).await {
        source.fill(&mut asked);
    }
    if asked.assignee.is_empty() {
        let first = first_asked(&node, &asked.category).await?;
        asked.assignee = first.into_iter().next().unwrap_or_default();
    }
    let beside = Beside {
        handling: "amber".to_owned(),
        ..Beside::default()
    };
    html(&page(&node, frame, Aim::New, asked, beside).await?)
}

#[derive(Template)]
#[template(path = "task/first.html")]
struct FirstPiece {
    frame: Frame,
    first: Vec<String>,
}

/// Who is asked first for a category, as a piece of a page: `?category=<id>`.
pub(super) async fn show_first(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let given = Fields::parse(query.unwrap_or_default().as_bytes());
    html(&FirstPiece {
        first: first_asked(&node, given.one("category")).await?,
        frame: Frame::new(&app, &visitor, Nav::None),
    })
}

pub(super) async fn send_new(
    State(app): State<App>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.contributing(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Tasks);
    let mut asked = Asked::read(&fields);
    let mut beside = Beside::read(&fields);
    if fields.has("suggest") {
        asked.assignee = first_asked(&node, &asked.category)
            .await?
            .into_iter()
            .next()
            .unwrap_or(asked.assignee);
        return html(&page(&node, frame, Aim::New, asked, beside).await?);
    }
    let request = CreateTaskRequest {
        request_id: beside.request.clone(),
        terms: Some(asked.draft()),
        propose: fields.has("propose"),
        audience: if fields.one("circle") == "some" {
            beside.audience.clone()
        } else {
            Vec::new()
        },
        handling: fields.word::<Handling>("handling"),
        confirm_review: fields.has("confirm"),
    };
    let proposed = request.propose;
    let status = match node.tasks().create_task(request).await {
        Ok(answer) => {
            let receipt = answer.into_inner().receipt.unwrap_or_default();
            let notice = if proposed {
                "task-proposed"
            } else {
                "task-assigned"
            };
            return Ok(done(&path(&receipt.subject.unwrap_or_default()), notice));
        }
        Err(status) => status,
    };
    let refusal = Refusal::of(&status);
    let mut all = asked.fields(&frame);
    all.push(Field::new("audience", frame.t("task-audience"), ""));
    all.push(Field::new("handling", frame.t("task-handling"), ""));
    beside.trouble = Trouble::of(&node, &frame, &refusal, &all).await?;
    let page = page(&node, frame, Aim::New, asked, beside).await?;
    Ok((refusal.status(), html(&page)?).into_response())
}

async fn read(node: &Acting, owner: String, subject: String) -> Result<Task, Failure> {
    let request = GetTaskRequest {
        task: Some(SubjectKey { subject, owner }),
    };
    let answer = node.tasks().get_task(request).await?.into_inner();
    answer.task.ok_or(Failure::NotFound)
}

/// What a change is by now: a new question, or a change of one that was asked.
fn change_of(task: &Task) -> TaskMove {
    if task.next().any(|it| it == TaskMove::Assign) {
        TaskMove::Assign
    } else {
        TaskMove::Amend
    }
}

pub(super) async fn show_change(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Tasks);
    let task = read(&node, owner, subject).await?;
    let asked = Asked::of(&task.terms.clone().unwrap_or_default());
    let beside = Beside {
        etag: task.etag.clone(),
        ..Beside::default()
    };
    let makes = change_of(&task);
    html(
        &page(
            &node,
            frame,
            Aim::Change(Box::new(task), makes),
            asked,
            beside,
        )
        .await?,
    )
}

pub(super) async fn send_change(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Tasks);
    let makes = of_word(fields.one("move")).ok_or(Failure::Malformed)?;
    let mut beside = Beside::read(&fields);
    let mut asked = Asked::read(&fields);
    let task = read(&node, owner, subject).await?;
    // Whom it is asked of is fixed, and so is what it comes from.
    if let Some(terms) = &task.terms {
        asked.assignee.clone_from(&terms.assignee);
        asked.origin = Origin::of(terms.origin.as_ref());
    }
    let request = TakeTaskStepRequest {
        request_id: beside.request.clone(),
        task: task.key.clone(),
        etag: beside.etag.clone(),
        r#move: makes.into(),
        terms: Some(asked.draft()),
        confirm_review: fields.has("confirm"),
        ..TakeTaskStepRequest::default()
    };
    let status = match node.tasks().take_task_step(request).await {
        Ok(_) => return Ok(done(&task_path(&task), super::step::notice(makes))),
        Err(status) => status,
    };
    let refusal = Refusal::of(&status);
    if refusal.is_not_found() {
        return Err(Failure::NotFound);
    }
    beside.trouble = Trouble::of(&node, &frame, &refusal, &asked.fields(&frame)).await?;
    if refusal.status() == StatusCode::CONFLICT {
        // What is there by now is shown beside what was typed; sending again is a decision on that.
        beside.etag.clone_from(&task.etag);
        beside.request.clear();
    }
    let page = page(
        &node,
        frame,
        Aim::Change(Box::new(task), makes),
        asked,
        beside,
    )
    .await?;
    Ok((refusal.status(), html(&page)?).into_response())
}
