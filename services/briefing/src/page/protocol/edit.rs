//! Writing a protocol. What was typed is never lost: a revision that another has written meanwhile is shown beside it.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use verbund_wire::agency::take_protocol_step_request::Step as Makes;
use verbund_wire::agency::{
    CirculateProtocol, Protocol, SubjectKey, TakeProtocolStepRequest, Task, terms,
};
use verbund_wire::error::ErrorCode;

use super::compare::{Change, changes};
use super::draft::{AFFAIRS_MAX, Draft, ITEM_MAX, Item, TEXT_MAX, TITLE_MAX, key_text};
use super::may::{May, attending};
use super::show::tasks;
use super::{Address, path, read};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::choices::{self, Choice};
use crate::page::trouble::Trouble;
use crate::page::{done, html};
use crate::refusal::Refusal;
use crate::session::Visitor;

/// How often a revision is sent again because others said something meanwhile that is no revision.
const TRIES: usize = 4;

/// One assessment or decision of the form; the last one is empty.
struct Place {
    id: String,
    text: String,
    step: String,
    agencies: Vec<Choice>,
}

/// A task that may have come of an item.
struct Came {
    value: String,
    title: String,
    is_chosen: bool,
}

/// One item of the form.
struct Row {
    id: String,
    number: u32,
    title: String,
    affairs: String,
    updates: Vec<String>,
    measures: Vec<Choice>,
    assessments: Vec<Place>,
    decisions: Vec<Place>,
    tasks: Vec<Came>,
    is_first: bool,
    is_last: bool,
}

impl Place {
    fn agencies(&self) -> &[Choice] {
        &self.agencies
    }

    fn name(&self, part: &str) -> String {
        format!("{}-{part}", self.id)
    }
}

impl Row {
    fn measures(&self) -> &[Choice] {
        &self.measures
    }

    fn name(&self, part: &str) -> String {
        format!("{}-{part}", self.id)
    }
}

#[derive(Template)]
#[template(path = "protocol/edit.html")]
struct EditPage {
    frame: Frame,
    path: String,
    protocol: Protocol,
    draft: Draft,
    rows: Vec<Row>,
    /// It circulates: to change it is to ask all for their word anew.
    is_anew: bool,
    /// What another has written meanwhile, against what was typed.
    changes: Vec<Change>,
    seen: String,
    request: String,
    trouble: Trouble,
}

impl EditPage {
    fn is_stale(&self) -> bool {
        !self.changes.is_empty()
    }
}

/// What stands in the form beside the draft.
#[derive(Default)]
struct Beside {
    seen: String,
    request: String,
    changes: Vec<Change>,
    trouble: Trouble,
}

async fn page(
    node: &Acting,
    frame: Frame,
    protocol: Protocol,
    draft: Draft,
    beside: Beside,
) -> EditPage {
    let tasks = tasks(node).await;
    let count = draft.items.len();
    let rows = draft.items.iter().enumerate();
    let rows = rows.map(|(at, it)| row(&frame, &protocol, &tasks, it, at, count));
    EditPage {
        rows: rows.collect(),
        path: path(&protocol.key.clone().unwrap_or_default()),
        is_anew: !May::new(&frame, &protocol).has("revise"),
        seen: beside.seen,
        request: if beside.request.is_empty() {
            request_id()
        } else {
            beside.request
        },
        changes: beside.changes,
        trouble: beside.trouble,
        draft,
        protocol,
        frame,
    }
}

fn row(
    frame: &Frame,
    protocol: &Protocol,
    tasks: &[Task],
    it: &Item,
    at: usize,
    count: usize,
) -> Row {
    let id = format!("item-{at}");
    let invited = |chosen: &str| {
        let mut agencies = choices::agencies(frame, chosen);
        agencies.retain(|it| {
            protocol
                .attendance
                .iter()
                .any(|other| other.agency == it.value)
        });
        agencies
    };
    let attended = |dissent: &[String]| {
        let mut agencies = choices::agencies(frame, "");
        agencies.retain(|it| attending(protocol).any(|other| other.agency == it.value));
        for agency in &mut agencies {
            agency.is_chosen = dissent.contains(&agency.value);
        }
        agencies
    };
    let place = |kind: &str, k: usize, text: &str, step: &str, agencies: Vec<Choice>| Place {
        id: format!("{id}-{kind}-{k}"),
        text: text.to_owned(),
        step: step.to_owned(),
        agencies,
    };
    let mut assessments: Vec<Place> = it
        .assessments
        .iter()
        .enumerate()
        .map(|(k, it)| place("assessment", k, &it.text, "", invited(&it.agency)))
        .collect();
    assessments.push(place(
        "assessment",
        it.assessments.len(),
        "",
        "",
        invited(&frame.own),
    ));
    let mut decisions: Vec<Place> = it
        .decisions
        .iter()
        .enumerate()
        .map(|(k, it)| place("decision", k, &it.text, &it.step, attended(&it.dissent)))
        .collect();
    decisions.push(place("decision", it.decisions.len(), "", "", attended(&[])));
    let mut measures = choices::measures(frame, &it.measure);
    measures.insert(0, choices::none(frame.t("none").into_owned(), &it.measure));
    Row {
        number: it.number,
        title: it.title.clone(),
        affairs: it.affairs.clone(),
        updates: it.updates.iter().map(key_text).collect(),
        tasks: came(frame, protocol, tasks, it),
        is_first: at == 0,
        is_last: at + 1 == count,
        id,
        measures,
        assessments,
        decisions,
    }
}

/// Tasks that came of the meeting's decisions, and those that the item names already.
fn came(frame: &Frame, protocol: &Protocol, tasks: &[Task], item: &Item) -> Vec<Came> {
    let is_of_meeting = |task: &&Task| match task.terms.as_ref().and_then(|it| it.origin.as_ref()) {
        Some(terms::Origin::Decision(it)) => it.meeting.is_some() && it.meeting == protocol.meeting,
        _ => false,
    };
    let mut came: Vec<Came> = tasks
        .iter()
        .filter(|it| {
            is_of_meeting(it) || it.key.as_ref().is_some_and(|key| item.tasks.contains(key))
        })
        .map(|it| {
            let key = it.key.clone().unwrap_or_default();
            Came {
                is_chosen: item.tasks.contains(&key),
                value: key_text(&key),
                title: it
                    .terms
                    .as_ref()
                    .map_or_else(String::new, |it| it.title.clone()),
            }
        })
        .collect();
    // What is not here any more stays in the protocol all the same.
    for key in &item.tasks {
        let value = key_text(key);
        if !came.iter().any(|it| it.value == value) {
            came.push(Came {
                title: frame.t("protocol-a-task").into_owned(),
                is_chosen: true,
                value,
            });
        }
    }
    came
}

/// The form with what is in force; `?vorschlag=<step>` puts a proposed text in.
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Protocols);
    let key = SubjectKey { subject, owner };
    let (protocol, _) = read(&node, &key, "").await?;
    if !May::new(&frame, &protocol).write() {
        return Ok(Redirect::to(&path(&key)).into_response());
    }
    let mut draft = Draft::of(&protocol);
    let given = Fields::parse(query.unwrap_or_default().as_bytes());
    let wanted = protocol
        .proposals
        .iter()
        .find(|it| it.step == given.one("vorschlag"));
    if let Some(proposal) = wanted {
        draft.take_over(proposal);
    }
    let beside = Beside {
        seen: protocol.revision.clone(),
        ..Beside::default()
    };
    html(&page(&node, frame, protocol, draft, beside).await)
}

pub(super) async fn send(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Protocols);
    let key = SubjectKey { subject, owner };
    let mut draft = Draft::read(&fields);
    let mut beside = Beside {
        seen: fields.one("seen").to_owned(),
        request: fields.one("request").to_owned(),
        ..Beside::default()
    };
    let (mut protocol, _) = read(&node, &key, "").await?;
    if draft.edit(fields.one("edit")) {
        return html(&page(&node, frame, protocol, draft, beside).await);
    }
    for _ in 0..TRIES {
        if protocol.revision != beside.seen {
            let changes = changes(&frame, &protocol, &draft.as_protocol());
            beside.trouble = Trouble {
                text: frame.t("protocol-stale"),
                ..Trouble::default()
            };
            // Sending again is a decision on what is in force by now.
            beside.seen.clone_from(&protocol.revision);
            beside.request.clear();
            beside.changes = changes;
            let page = page(&node, frame, protocol, draft, beside).await;
            return Ok((StatusCode::CONFLICT, html(&page)?).into_response());
        }
        let anew = !May::new(&frame, &protocol).has("revise");
        let step = if anew {
            Makes::Circulate(CirculateProtocol {
                protocol: Some(draft.draft()),
            })
        } else {
            Makes::Revise(draft.draft())
        };
        let request = TakeProtocolStepRequest {
            request_id: beside.request.clone(),
            protocol: Some(key.clone()),
            etag: protocol.etag.clone(),
            step: Some(step),
            confirm_review: fields.has("confirm"),
        };
        let status = match node.protocols().take_protocol_step(request).await {
            Ok(_) => {
                let notice = if anew {
                    "protocol-circulated"
                } else {
                    "protocol-revised"
                };
                return Ok(done(&path(&key), notice));
            }
            Err(status) => status,
        };
        let refusal = Refusal::of(&status);
        if refusal.is_not_found() {
            return Err(Failure::NotFound);
        }
        if refusal.code != Some(ErrorCode::StaleEtag) {
            beside.trouble = Trouble::of(&node, &frame, &refusal, &draft.fields(&frame)).await?;
            let page = page(&node, frame, protocol, draft, beside).await;
            return Ok((refusal.status(), html(&page)?).into_response());
        }
        // Somebody said something: only another revision concerns what was typed.
        (protocol, _) = read(&node, &key, "").await?;
    }
    beside.trouble = Trouble {
        text: frame.t("refusal-overloaded"),
        ..Trouble::default()
    };
    let page = page(&node, frame, protocol, draft, beside).await;
    Ok((StatusCode::CONFLICT, html(&page)?).into_response())
}
