//! The page of one meeting; while it runs, the joint briefing: the same for all agencies, and live.
//!
//! What changes is in regions of their own, and what somebody types in is outside of them, so that nothing that is typed is lost
//! when others contribute. One item is in focus, by the address: to it the forms belong.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use verbund_model::MeetingMove;
use verbund_wire::agency::{
    GetMeetingRequest, GetMeetingResponse, Invitation, ListProtocolsRequest, Meeting,
    MeetingStatus, ProtocolFilter, StepRecord, SubjectKey,
};
use verbund_wire::federation::MeetingAnswer;

use super::draft::{TEXT_MAX, TITLE_MAX};
use super::may::{self, May};
use super::situation::{Choice, Panel, on_the_table, panel};
use super::step::Typed;
use super::view::{Item, items};
use super::{key, path};
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::page::history::Step;
use crate::page::html;
use crate::page::trouble::Trouble;
use crate::session::Visitor;

/// Protocols among which a meeting's is looked for; those that were changed last come first.
const PROTOCOLS_MAX: i32 = 500;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The item in focus.
    #[serde(default)]
    item: String,
    /// The panel's place.
    #[serde(default)]
    place: String,
    /// The panel's category.
    #[serde(default)]
    category: String,
    /// The panel's first day.
    #[serde(default)]
    from: String,
}

#[derive(Template)]
#[template(path = "meeting/show.html")]
pub(super) struct ShowPage {
    pub(super) frame: Frame,
    meeting: Meeting,
    href: String,
    may: May,
    items: Vec<Item>,
    /// The number of the item in focus.
    focus: u32,
    panel: Option<Panel>,
    protocol: Option<SubjectKey>,
    history: Vec<Step>,
    /// What somebody sent that the node did not take.
    typed: Option<Typed>,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    html(&page(&node, frame, key(owner, subject), asked, None).await?)
}

/// The meeting with all its steps.
pub(super) async fn meeting(
    node: &Acting,
    key: SubjectKey,
) -> Result<(Meeting, Vec<StepRecord>), Failure> {
    let request = GetMeetingRequest { meeting: Some(key) };
    let GetMeetingResponse { meeting, steps } =
        node.meetings().get_meeting(request).await?.into_inner();
    Ok((meeting.ok_or(Failure::NotFound)?, steps))
}

/// The page, with what somebody typed that the node did not take.
pub(super) async fn page(
    node: &Acting,
    frame: Frame,
    key: SubjectKey,
    asked: Asked,
    typed: Option<Typed>,
) -> Result<ShowPage, Failure> {
    let (meeting, steps) = meeting(node, key).await?;
    let choice = Choice {
        place: asked.place,
        category: asked.category,
        from: asked.from,
    };
    let running = meeting.status() == MeetingStatus::Running;
    let closed = meeting.status() == MeetingStatus::Closed;
    let (cards, panel, protocol) = tokio::try_join!(
        on_the_table(node, &meeting),
        async {
            match running {
                true => panel(node, &frame, &meeting, choice).await.map(Some),
                false => Ok(None),
            }
        },
        async {
            match closed {
                true => protocol_of(node, &meeting).await,
                false => Ok(None),
            }
        },
    )?;
    let items = items(&meeting, &cards);
    let wanted = typed.as_ref().map_or(asked.item.as_str(), Typed::item);
    let focus = wanted.parse().ok();
    let on_agenda = |number: &u32| items.iter().any(|it| it.entry.number == *number);
    let first = || items.first().map_or(0, |it| it.entry.number);
    Ok(ShowPage {
        may: May::of(&meeting, &frame.own, frame.roles.coordinates()),
        href: path(meeting.key.as_ref()),
        focus: focus.filter(on_agenda).unwrap_or_else(first),
        history: Step::all(&frame, &steps),
        frame,
        meeting,
        items,
        panel,
        protocol,
        typed,
    })
}

impl Asked {
    /// The page with the focus on an item.
    pub(super) fn item(item: &str) -> Self {
        Self {
            item: item.to_owned(),
            ..Self::default()
        }
    }
}

impl ShowPage {
    fn is_running(&self) -> bool {
        self.meeting.status() == MeetingStatus::Running
    }

    fn is_planned(&self) -> bool {
        self.meeting.status() == MeetingStatus::Planned
    }

    /// Tells pages with other parts apart: an open one is loaded anew when its parts are others.
    fn shape(&self) -> String {
        let may = [MeetingMove::Find, MeetingMove::Decide].map(|it| u8::from(self.may.has(it)));
        let items = self.items.iter().map(|it| it.entry.number.to_string());
        let items: Vec<String> = items.collect();
        format!(
            "{}-{}-{}-{}",
            self.meeting.status,
            may[0],
            may[1],
            items.join(".")
        )
    }

    /// The own agency may contribute now.
    fn contributes(&self) -> bool {
        self.may.has(MeetingMove::Find)
    }

    /// The own answer, as a number of the contract; 0 where none was given.
    fn own_answer(&self) -> i32 {
        may::invitation(&self.meeting, &self.frame.own).map_or(0, |it| it.answer)
    }

    /// What was typed in a form that the node did not take.
    fn typed_in(&self, form: &str) -> Option<&Typed> {
        self.typed.as_ref().filter(|it| it.form() == form)
    }

    /// What stands in a field.
    fn value(&self, form: &str, field: &str) -> &str {
        self.typed_in(form).map_or("", |it| it.value(field))
    }

    /// A form's request id: that of what was typed, so that sending it twice does it once.
    fn request(&self, form: &str) -> String {
        match self.typed_in(form).map(|it| it.value("request")) {
            Some(request) if !request.is_empty() => request.to_owned(),
            _ => request_id(),
        }
    }

    /// Why a form was not taken; nothing of one that was not sent.
    fn trouble(&self, form: &str) -> Trouble {
        self.typed_in(form)
            .map_or_else(Trouble::default, |it| it.trouble.clone())
    }

    fn is_closed(&self) -> bool {
        self.meeting.status() == MeetingStatus::Closed
    }

    /// It was opened at some time, so that decisions may have come of it.
    fn was_held(&self) -> bool {
        self.is_running() || self.is_closed()
    }

    /// An agency is thought to be there when the briefing begins: it said so, or whoever opens it did.
    fn is_expected(&self, invited: &Invitation) -> bool {
        match self.typed_in("open") {
            Some(typed) => typed.has("participant", &invited.agency),
            None => invited.answer() == MeetingAnswer::Coming,
        }
    }

    /// The form of a task that comes from a decision.
    fn task_href(&self, decision: &str) -> String {
        let key = self.meeting.key.clone().unwrap_or_default();
        format!(
            "/aufgaben/neu?from={}/{}/{decision}",
            key.owner, key.subject
        )
    }

    /// Who is asked first for a category, by name.
    fn asked_first(&self, category: &str) -> Option<String> {
        let told = &self.frame.concept.as_ref()?.told;
        let mut all = told.responsibilities.iter();
        let first = all.find(|it| it.category == category)?;
        Some(self.frame.agency(&first.agency))
    }

    /// The measure of a proposed task: that of its item, unless another one was chosen.
    fn task_measure<'a>(&'a self, item: &'a Item) -> &'a str {
        self.typed_in("task")
            .map_or(&*item.entry.measure, |it| it.value("measure"))
    }

    /// Places in the agenda, as people say them in a row.
    fn places(&self, places: &[usize]) -> String {
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        places.join(", ")
    }

    /// The place in the agenda of the item in focus.
    fn focus_place(&self) -> usize {
        let found = self.items.iter().find(|it| it.entry.number == self.focus);
        found.map_or(1, |it| it.place)
    }
}

/// The protocol that was made of a meeting; none where it is not here.
async fn protocol_of(node: &Acting, meeting: &Meeting) -> Result<Option<SubjectKey>, Failure> {
    let request = ListProtocolsRequest {
        filter: Some(ProtocolFilter {
            meeting_types: vec![meeting.meeting_type.clone()],
            ..ProtocolFilter::default()
        }),
        page_size: PROTOCOLS_MAX,
        page_token: String::new(),
    };
    let listed = node.protocols().list_protocols(request).await?.into_inner();
    let found = listed
        .protocols
        .into_iter()
        .find(|it| it.meeting == meeting.key);
    Ok(found.and_then(|it| it.key))
}
