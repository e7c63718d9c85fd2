//! The briefing on the projector: large type, nothing to press, one item in focus and the others small.
//!
//! Guests may sit in the room: what the handling table does not allow there is named and not shown.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use verbund_wire::agency::{Meeting, MeetingStatus};

use super::key;
use super::show;
use super::situation::on_the_table;
use super::view::{Item, is_for_projector, items, spoken_on};
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::page::html;
use crate::session::Visitor;

/// Findings that are shown of one item, the latest; nobody reads more than that from the back of a room.
const FINDINGS_MAX: usize = 6;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The place in the agenda of the item in focus; the one that was spoken on last where none is given.
    #[serde(default)]
    item: String,
}

#[derive(Template)]
#[template(path = "meeting/screen.html")]
struct ScreenPage {
    frame: Frame,
    meeting: Meeting,
    items: Vec<Item>,
    /// The place in the agenda of the item in focus.
    focus: usize,
    /// The meeting itself may be on a screen.
    is_allowed: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Meetings);
    let (meeting, steps) = show::meeting(&node, key(owner, subject)).await?;
    let cards = on_the_table(&node, &meeting).await?;
    let items = items(&meeting, &cards);
    let wanted = asked.item.parse::<usize>().ok();
    let focus = wanted
        .filter(|place| (1..=items.len()).contains(place))
        .unwrap_or_else(|| spoken_on(&items, &steps));
    let handling = meeting.circle.as_ref().map_or(0, |it| it.handling);
    html(&ScreenPage {
        is_allowed: is_for_projector(handling),
        frame,
        meeting,
        items,
        focus,
    })
}

impl ScreenPage {
    fn is_running(&self) -> bool {
        self.meeting.status() == MeetingStatus::Running
    }

    fn in_focus(&self) -> Option<&Item> {
        self.items.get(self.focus.wrapping_sub(1))
    }

    /// Something is proposed that is not decided yet.
    fn has_open_proposal(&self, item: &Item) -> bool {
        let mut proposals = item.entry.proposed_decisions.iter();
        proposals.any(|it| !item.is_decided(&it.step))
    }

    /// How many findings of an item are not shown.
    fn left_out(&self, item: &Item) -> usize {
        item.entry.findings.len().saturating_sub(FINDINGS_MAX)
    }
}
