//! One task: what is asked of whom, where it stands, what may be done with it now, where it comes from, what was done and what was
//! asked about it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use verbund_wire::agency::{
    GetMeetingRequest, GetSituationRequest, GetTaskRequest, GetTaskResponse, SubjectKey, Task,
    TaskStatus, Terms,
};
use verbund_wire::federation::{DeclineReason, SubjectKind};

use super::moves::{Move, moves, sends};
use super::terms::{Asked, Origin};
use super::{Address, path};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::history::Step;
use crate::page::remarks::{self, Conversation, Typed};
use crate::page::{done, html};
use crate::session::Visitor;

/// What a task comes from, as far as it is here.
pub(super) struct Source {
    /// Its page.
    pub(super) href: String,
    /// What it is.
    pub(super) title: String,
    /// What it says.
    pub(super) text: String,
    /// What a task that comes of it begins with.
    begin: Asked,
}

impl Source {
    /// Puts what it says where nothing was said yet.
    pub(super) fn fill(&self, asked: &mut Asked) {
        let begin = &self.begin;
        for (to, from) in [
            (&mut asked.category, &begin.category),
            (&mut asked.place, &begin.place),
            (&mut asked.measure, &begin.measure),
            (&mut asked.title, &begin.title),
        ] {
            if to.is_empty() {
                to.clone_from(from);
            }
        }
    }
}

/// Looks up what a task comes from. What is not here, or not here any more, is not told of.
pub(super) async fn source(node: &Acting, frame: &Frame, origin: &Origin) -> Option<Source> {
    match origin {
        Origin::None => None,
        Origin::Update(key) => update(node, frame, key).await,
        Origin::Decision(meeting, step) => decision(node, frame, meeting, step).await,
    }
}

async fn update(node: &Acting, frame: &Frame, key: &SubjectKey) -> Option<Source> {
    let request = GetSituationRequest {
        subject: key.subject.clone(),
        origin: key.owner.clone(),
    };
    let answer = node.situations().get_situation(request).await.ok()?;
    let situation = answer.into_inner().situation?;
    let told = situation.observation.unwrap_or_default();
    let place = frame.place(&told.place);
    let title = format!("{place} · {}", frame.category(&told.category));
    Some(Source {
        href: format!("/meldung/{}/{}", key.owner, key.subject),
        title: format!(
            "{title}, {}, {}",
            frame.day(&told.day),
            frame.agency(&situation.agency)
        ),
        text: situation.note,
        begin: Asked {
            category: told.category,
            place: told.place,
            measure: told.measure,
            title,
            ..Asked::default()
        },
    })
}

async fn decision(node: &Acting, frame: &Frame, key: &SubjectKey, step: &str) -> Option<Source> {
    let request = GetMeetingRequest {
        meeting: Some(key.clone()),
    };
    let answer = node.meetings().get_meeting(request).await.ok()?;
    let meeting = answer.into_inner().meeting?;
    let found = meeting.agenda.iter().find_map(|item| {
        let decided = item.decisions.iter().find(|it| it.step == step)?;
        Some((item, decided.text.clone()))
    });
    let (item, text) = found?;
    Some(Source {
        href: format!(
            "/besprechung/{}/{}?item={number}#item-{number}",
            key.owner,
            key.subject,
            number = item.number
        ),
        title: format!("{}, {}", meeting.title, frame.day(&meeting.day)),
        text,
        begin: Asked {
            measure: item.measure.clone(),
            ..Asked::default()
        },
    })
}

#[derive(Template)]
#[template(path = "task/show.html")]
struct ShowPage {
    frame: Frame,
    key: SubjectKey,
    task: Task,
    terms: Terms,
    moves: Vec<Move>,
    source: Option<Source>,
    history: Vec<Step>,
    remarks: Conversation,
    request: String,
    path: String,
}

impl ShowPage {
    fn is_declined(&self) -> bool {
        self.task.status() == TaskStatus::Declined
            && self.task.decline_reason() != DeclineReason::Unspecified
    }

    /// One of the moves is a button that sends something.
    fn sends(&self) -> bool {
        sends(&self.moves)
    }

    /// Whom the next word is expected of; empty where nobody is waited for.
    fn waits_for(&self) -> &str {
        match self.task.status() {
            TaskStatus::Assigned | TaskStatus::Accepted | TaskStatus::InProgress => {
                &self.terms.assignee
            }
            TaskStatus::Proposed | TaskStatus::Declined | TaskStatus::Done => &self.key.owner,
            TaskStatus::Verified | TaskStatus::Withdrawn | TaskStatus::Unspecified => "",
        }
    }

    fn audience(&self) -> String {
        let circle = self.task.circle.as_ref();
        let audience = circle.map_or(&[][..], |it| &it.audience);
        let all = self
            .frame
            .concept
            .as_ref()
            .map_or(0, |it| it.agency_ids().count());
        if audience.len() == all {
            self.frame.t("task-audience-all").into_owned()
        } else {
            self.frame.agencies(audience)
        }
    }

    fn handling(&self) -> i32 {
        self.task.circle.as_ref().map_or(0, |it| it.handling)
    }
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
) -> Result<Response, Failure> {
    let key = SubjectKey { subject, owner };
    page(&app, &visitor, key, Typed::default()).await
}

async fn page(
    app: &App,
    visitor: &Visitor,
    key: SubjectKey,
    typed: Typed,
) -> Result<Response, Failure> {
    let node = visitor.reading(app)?;
    let frame = Frame::new(app, visitor, Nav::Tasks);
    let status = if typed.trouble.is_any() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let request = GetTaskRequest {
        task: Some(key.clone()),
    };
    let on = remarks::on(SubjectKind::Task, &key);
    let mut tasks = node.tasks();
    let (told, remarks) = tokio::join!(
        tasks.get_task(request),
        Conversation::load(&node, &frame, on, path(&key), typed)
    );
    let GetTaskResponse { task, steps } = told?.into_inner();
    let task = task.ok_or(Failure::NotFound)?;
    let terms = task.terms.clone().unwrap_or_default();
    let source = source(&node, &frame, &Origin::of(terms.origin.as_ref())).await;
    let page = ShowPage {
        moves: moves(&frame, &task),
        history: Step::all(&frame, &steps),
        remarks: remarks?,
        request: request_id(),
        path: path(&key),
        source,
        terms,
        task,
        key,
        frame,
    };
    Ok((status, html(&page)?).into_response())
}

/// Asks something about it, or answers.
pub(super) async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Tasks);
    let key = SubjectKey { subject, owner };
    let on = remarks::on(SubjectKind::Task, &key);
    match remarks::add(&node, &frame, on, &fields).await? {
        Ok(()) => Ok(done(&format!("{}#fragen", path(&key)), "talk-added")),
        Err(typed) => page(&app, &visitor, key, typed).await,
    }
}

/// Takes an own remark back.
pub(super) async fn retract(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject, remark)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let key = SubjectKey { subject, owner };
    let on = remarks::on(SubjectKind::Task, &key);
    remarks::retract(&node, on, remark, &fields).await?;
    Ok(done(&format!("{}#fragen", path(&key)), "talk-retracted"))
}
