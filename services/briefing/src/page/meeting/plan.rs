//! Planning a meeting or a series, and changing what was planned.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use verbund_model::MeetingMove;
use verbund_wire::agency::take_meeting_step_request::Step;
use verbund_wire::agency::{
    GetMeetingRequest, ListProtocolsRequest, Meeting, PlanMeetingRequest, Protocol, ProtocolFilter,
    ProtocolStatus, Rhythm, SubjectKey, TakeMeetingStepRequest,
};
use verbund_wire::error::ErrorCode;
use verbund_wire::words;

use super::draft::{Draft, TITLE_MAX, in_words_of_the_field, named};
use super::may::May;
use super::{key, path};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::trouble::Trouble;
use crate::page::{done, html};
use crate::refusal::Refusal;
use crate::session::Visitor;

/// Protocols that may be put on an agenda for approval; more than wait at a time.
const PROTOCOLS_MAX: i32 = 50;

#[derive(Template)]
#[template(path = "meeting/plan.html")]
struct PlanPage {
    frame: Frame,
    draft: Draft,
    /// The meeting that is changed; none where one is planned.
    meeting: Option<Meeting>,
    /// Protocols that could be approved.
    protocols: Vec<Protocol>,
    trouble: Trouble,
    /// How the page is answered.
    status: StatusCode,
    request: String,
    etag: String,
}

impl PlanPage {
    fn action(&self) -> String {
        match &self.meeting {
            Some(meeting) => format!("{}/aendern", path(meeting.key.as_ref())),
            None => "/besprechung/neu".to_owned(),
        }
    }

    /// How often a series may meet: the contract's words, and their numbers.
    fn rhythms(&self) -> Vec<(String, i32)> {
        let word = |word: String| {
            let number = words::number::<Rhythm>(&word)?;
            Some((word, number))
        };
        words::all::<Rhythm>()
            .into_iter()
            .filter_map(word)
            .collect()
    }

    /// A protocol as the form names it.
    fn name(&self, key: &SubjectKey) -> String {
        named(key)
    }

    /// A protocol is among those that could be approved.
    fn is_approvable(&self, name: &str) -> bool {
        let mut keys = self.protocols.iter().filter_map(|it| it.key.as_ref());
        keys.any(|key| named(key) == name)
    }
}

pub(super) async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    let draft = Draft::blank(&frame);
    let page = page(&node, frame, draft, None, &Fields::default()).await?;
    html(&page)
}

pub(super) async fn send(
    State(app): State<App>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    let mut draft = Draft::read(&fields);
    if fields.has("edit") {
        draft.edit(fields.one("edit"));
        return html(&page(&node, frame, draft, None, &fields).await?);
    }
    draft.tidy(&frame.t("meeting-approval-item"));
    let page = page(&node, frame, draft, None, &fields).await?;
    if page.is_incomplete() {
        return page.answer();
    }
    let request = PlanMeetingRequest {
        request_id: fields.one("request").to_owned(),
        meeting: Some(page.draft.to_wire(false)),
        rhythm: page.draft.rhythm,
        count: page.draft.meetings(),
        confirm_review: fields.has("confirm"),
    };
    match node.meetings().plan_meeting(request).await {
        Ok(answer) => {
            let receipts = answer.into_inner().receipts;
            let first = receipts.first().and_then(|it| it.subject.as_ref());
            let notice = if receipts.len() > 1 {
                "meeting-series"
            } else {
                "meeting-planned"
            };
            Ok(done(&path(first), notice))
        }
        Err(status) => page.refused(&node, Refusal::of(&status)).await?.answer(),
    }
}

pub(super) async fn show_amend(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    let meeting = planned(&node, key(owner, subject)).await?;
    may_amend(&meeting, &frame)?;
    let draft = Draft::of(&meeting);
    let page = page(&node, frame, draft, Some(meeting), &Fields::default()).await?;
    html(&page)
}

pub(super) async fn send_amend(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    let key = key(owner, subject);
    let meeting = planned(&node, key.clone()).await?;
    may_amend(&meeting, &frame)?;
    let mut draft = Draft {
        // What is fixed is not in the form.
        meeting_type: meeting.meeting_type.clone(),
        deputy: meeting.deputy.clone(),
        invited: meeting.invited.iter().map(|it| it.agency.clone()).collect(),
        ..Draft::read(&fields)
    };
    if fields.has("edit") {
        draft.edit(fields.one("edit"));
        return html(&page(&node, frame, draft, Some(meeting), &fields).await?);
    }
    draft.tidy(&frame.t("meeting-approval-item"));
    let page = page(&node, frame, draft, Some(meeting), &fields).await?;
    if page.is_incomplete() {
        return page.answer();
    }
    let request = TakeMeetingStepRequest {
        request_id: fields.one("request").to_owned(),
        meeting: Some(key.clone()),
        etag: fields.one("etag").to_owned(),
        step: Some(Step::Amend(page.draft.to_wire(true))),
        confirm_review: fields.has("confirm"),
    };
    match node.meetings().take_meeting_step(request).await {
        Ok(_) => Ok(done(&path(Some(&key)), "meeting-amended")),
        Err(status) => page.refused(&node, Refusal::of(&status)).await?.answer(),
    }
}

impl PlanPage {
    /// Something is missing: then the node is not asked.
    fn is_incomplete(&self) -> bool {
        self.trouble.is_any()
    }

    /// With what the node said against it.
    async fn refused(mut self, node: &Acting, refusal: Refusal) -> Result<Self, Failure> {
        let fields = self.draft.fields(&self.frame);
        self.trouble = Trouble::of(node, &self.frame, &refusal, &fields).await?;
        let reason = refusal.fields.first().map_or("", |it| &it.reason);
        for problem in &mut self.trouble.problems {
            in_words_of_the_field(&self.frame, problem, reason);
        }
        if refusal.code == Some(ErrorCode::StaleEtag) {
            // Who sends again after this has been told that it changed.
            self.etag = self
                .meeting
                .as_ref()
                .map_or_else(String::new, |it| it.etag.clone());
        }
        self.status = refusal.status();
        Ok(self)
    }

    fn answer(&self) -> Result<Response, Failure> {
        Ok((self.status, html(self)?).into_response())
    }
}

async fn page(
    node: &Acting,
    frame: Frame,
    draft: Draft,
    meeting: Option<Meeting>,
    fields: &Fields,
) -> Result<PlanPage, Failure> {
    let typed = |name: &str| Some(fields.one(name).to_owned()).filter(|it| !it.is_empty());
    let etag = meeting
        .as_ref()
        .map_or_else(String::new, |it| it.etag.clone());
    let missing = match fields.has("send") {
        true => draft.missing(&frame),
        false => Vec::new(),
    };
    let (text, status) = match missing.is_empty() {
        true => ("".into(), StatusCode::OK),
        false => (
            frame.t("refusal-validation-failed"),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    };
    Ok(PlanPage {
        trouble: Trouble {
            text,
            problems: missing,
            ..Trouble::default()
        },
        status,
        protocols: approvable(node).await?,
        request: typed("request").unwrap_or_else(request_id),
        etag: typed("etag").unwrap_or(etag),
        frame,
        draft,
        meeting,
    })
}

async fn planned(node: &Acting, key: SubjectKey) -> Result<Meeting, Failure> {
    let request = GetMeetingRequest { meeting: Some(key) };
    let answer = node.meetings().get_meeting(request).await?.into_inner();
    answer.meeting.ok_or(Failure::NotFound)
}

fn may_amend(meeting: &Meeting, frame: &Frame) -> Result<(), Failure> {
    let may = May::of(meeting, &frame.own, frame.roles.coordinates());
    if may.has(MeetingMove::Amend) {
        Ok(())
    } else {
        // Nobody is led here who may not: it began, or was called off, in the meantime.
        Err(Failure::NotFound)
    }
}

/// Protocols that wait for a meeting's approval.
async fn approvable(node: &Acting) -> Result<Vec<Protocol>, Failure> {
    let statuses = [ProtocolStatus::Released, ProtocolStatus::Reserved];
    let request = ListProtocolsRequest {
        filter: Some(ProtocolFilter {
            statuses: statuses.map(Into::into).to_vec(),
            ..ProtocolFilter::default()
        }),
        page_size: PROTOCOLS_MAX,
        page_token: String::new(),
    };
    let answer = node.protocols().list_protocols(request).await?.into_inner();
    Ok(answer.protocols)
}
