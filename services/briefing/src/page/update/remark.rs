//! Questions and answers on an update.

use axum::extract::{Path, State};
use axum::response::Response;
use verbund_wire::agency::{RemarkSubject, SubjectKey};
use verbund_wire::federation::SubjectKind;

use super::{Address, page, path};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::Acting;
use crate::page::done;
use crate::page::remarks::{self, Conversation, Typed};
use crate::session::Visitor;

/// The conversation on an update. Of one that is erased nothing is left to talk about, which is no failure.
pub(crate) async fn conversation(
    node: &Acting,
    frame: &Frame,
    key: &SubjectKey,
    typed: Typed,
) -> Result<Conversation, Failure> {
    let here = path(&key.owner, &key.subject);
    match Conversation::load(node, frame, on(key), here, typed).await {
        Err(Failure::NotFound) => Ok(Conversation::default()),
        told => told,
    }
}

/// Asks something, or answers.
pub(crate) async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Feed);
    let key = SubjectKey {
        subject,
        owner: origin,
    };
    match remarks::add(&node, &frame, on(&key), &fields).await? {
        Ok(()) => Ok(done(&here(&key), "talk-added")),
        Err(typed) => page(&app, &visitor, key, &Fields::default(), typed).await,
    }
}

/// Takes an own remark back because it held something about a person.
pub(crate) async fn retract(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject, remark)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let key = SubjectKey {
        subject,
        owner: origin,
    };
    remarks::retract(&node, on(&key), remark, &fields).await?;
    Ok(done(&here(&key), "talk-retracted"))
}

fn on(key: &SubjectKey) -> RemarkSubject {
    remarks::on(SubjectKind::Update, key)
}

/// Where the conversation is.
fn here(key: &SubjectKey) -> String {
    format!("{}#fragen", path(&key.owner, &key.subject))
}
