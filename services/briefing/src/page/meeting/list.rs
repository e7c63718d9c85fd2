//! All meetings: the running one first, then what comes, then what was.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use verbund_model::MeetingMove;
use verbund_wire::agency::{ListMeetingsRequest, Meeting, MeetingFilter, MeetingStatus};

use super::may::{self, May};
use super::path;
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::html;
use crate::session::Visitor;

/// The most that a list shows of what is yet to be: two years of weekly meetings of several types.
const COMING_MAX: i32 = 500;
/// Meetings of the past on one page.
const PAST_PAGE: i32 = 30;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The first day.
    #[serde(default)]
    from: String,
    /// The last day.
    #[serde(default)]
    to: String,
    /// One series.
    #[serde(default)]
    series: String,
    /// The place in what was.
    #[serde(default)]
    page: String,
}

/// One meeting in the list.
#[derive(Debug)]
struct Row {
    meeting: Meeting,
    href: String,
    /// Names it on the page.
    id: String,
    /// The own answer, as a number of the contract; 0 where none was given.
    answer: i32,
    /// How many of the invited come.
    coming: usize,
    may_answer: bool,
    is_late: bool,
}

impl Row {
    /// It is called otherwise than its type.
    fn has_title(&self, frame: &Frame) -> bool {
        frame.meeting_type(&self.meeting.meeting_type) != self.meeting.title
    }
}

#[derive(Template)]
#[template(path = "meeting/list.html")]
struct ListPage {
    frame: Frame,
    asked: Asked,
    running: Vec<Row>,
    coming: Vec<Row>,
    past: Vec<Row>,
    older: Option<String>,
    request: String,
}

impl ListPage {
    /// The own agency may still be asked for its answer.
    fn unanswered(&self) -> usize {
        let waiting = self
            .coming
            .iter()
            .filter(|it| it.may_answer && it.answer == 0);
        waiting.count()
    }
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    let list = |statuses: &[MeetingStatus], size: i32, page: &str| {
        let request = ListMeetingsRequest {
            filter: Some(MeetingFilter {
                statuses: statuses.iter().map(|it| (*it).into()).collect(),
                from_day: asked.from.clone(),
                to_day: asked.to.clone(),
                series: asked.series.clone(),
            }),
            page_size: size,
            page_token: page.to_owned(),
        };
        listed(&node, request)
    };
    let (running, coming, past) = tokio::try_join!(
        list(&[MeetingStatus::Running], COMING_MAX, ""),
        list(&[MeetingStatus::Planned], COMING_MAX, ""),
        list(
            &[MeetingStatus::Closed, MeetingStatus::Cancelled],
            PAST_PAGE,
            &asked.page
        ),
    )?;
    let today = frame.today().to_string();
    let rows = |meetings: Vec<Meeting>| -> Vec<Row> {
        let row = |it| row(it, &frame, &today);
        let mut rows: Vec<Row> = meetings.into_iter().map(row).collect();
        rows.sort_by(|a, b| when(&a.meeting).cmp(&when(&b.meeting)));
        rows
    };
    let running = rows(running.0);
    let coming = rows(coming.0);
    let (past, next) = past;
    let mut past = rows(past);
    past.reverse();
    html(&ListPage {
        older: (!next.is_empty()).then(|| asked.page_address(&next)),
        running,
        coming,
        past,
        asked,
        frame,
        request: request_id(),
    })
}

impl Asked {
    /// The address of a further page of what was.
    fn page_address(&self, token: &str) -> String {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("from", &self.from)
            .append_pair("to", &self.to)
            .append_pair("series", &self.series)
            .append_pair("page", token)
            .finish();
        format!("/besprechung?{query}#past")
    }

    /// Something narrower than all is shown.
    fn is_narrow(&self) -> bool {
        !(self.from.is_empty() && self.to.is_empty() && self.series.is_empty())
    }
}

async fn listed(
    node: &Acting,
    request: ListMeetingsRequest,
) -> Result<(Vec<Meeting>, String), Failure> {
    let answer = node.meetings().list_meetings(request).await?.into_inner();
    Ok((answer.meetings, answer.next_page_token))
}

fn when(meeting: &Meeting) -> (&str, &str) {
    (&meeting.day, &meeting.start)
}

fn row(meeting: Meeting, frame: &Frame, today: &str) -> Row {
    let own = may::invitation(&meeting, &frame.own);
    let coming = verbund_wire::federation::MeetingAnswer::Coming;
    let may = May::of(&meeting, &frame.own, frame.roles.coordinates());
    Row {
        href: path(meeting.key.as_ref()),
        id: meeting
            .key
            .as_ref()
            .map_or_else(String::new, |it| format!("{}-{}", it.owner, it.subject)),
        answer: own.map_or(0, |it| it.answer),
        coming: meeting
            .invited
            .iter()
            .filter(|it| it.answer() == coming)
            .count(),
        // Who invites is not asked whether it comes.
        may_answer: may.has(MeetingMove::Answer) && meeting.chair != frame.own,
        is_late: meeting.status() == MeetingStatus::Planned && *meeting.day < *today,
        meeting,
    }
}
