//! One update: what it tells, its history, what became of it at each agency, what was asked about it, and what may be done with it.
//!
//! An update's address is `/meldung/<agency>/<id>`. What is done with it hangs below: taking note, asking, correcting, taking back.

pub(crate) mod card;
pub(crate) mod delivery;
mod draft;
mod form;
mod history;
mod remark;
mod shape;
mod withdraw;
mod write;

use std::borrow::{Borrow, Cow};

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::StatusCode;
use verbund_wire::agency::{
    AcknowledgeRequest, GetDeliveryRequest, GetSituationRequest, GetSituationResponse,
    ListMeetingsRequest, Meeting, MeetingFilter, MeetingStatus, Situation, SituationState,
    SubjectKey, VersionDelivery,
};
use verbund_wire::federation::{SubjectKind, Trend};

use self::card::Card;
use self::history::Version;
use super::remarks::{Conversation, Typed};
use super::{done, html, own_path};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::{Acting, request_id};
use crate::session::Visitor;

/// Running briefings that an update can be laid before: more at once is no situation that anybody is in.
const BRIEFINGS_MAX: i32 = 8;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/meldung/neu", get(write::show_new).post(write::send_new))
        .route("/meldung/{origin}/{subject}", get(show))
        .route("/meldung/{origin}/{subject}/kenntnis", post(acknowledge))
        .route("/meldung/{origin}/{subject}/fragen", post(remark::ask))
        .route(
            "/meldung/{origin}/{subject}/fragen/{remark}/zurueck",
            post(remark::retract),
        )
        .route(
            "/meldung/{origin}/{subject}/berichtigen",
            get(write::show_correction).post(write::send_correction),
        )
        .route(
            "/meldung/{origin}/{subject}/zurueckziehen",
            get(withdraw::show).post(withdraw::send),
        )
}

/// An update's address.
pub(crate) fn path(origin: &str, subject: &str) -> String {
    format!("/meldung/{origin}/{subject}")
}

/// An arrow for a trend: beside its word, never instead of it.
pub(crate) fn trend_sign(trend: impl Borrow<i32>) -> &'static str {
    match Trend::try_from(*trend.borrow()) {
        Ok(Trend::Falling) => "↘",
        Ok(Trend::Steady) => "→",
        Ok(Trend::Rising) => "↗",
        _ => "?",
    }
}

/// The two parts of an update's address.
pub(crate) type Address = Path<(String, String)>;

/// What the node tells of an update: also of an own one that is queued and was sent to nobody yet.
async fn look(node: &Acting, origin: &str, subject: &str) -> Result<GetSituationResponse, Failure> {
    let request = GetSituationRequest {
        subject: subject.to_owned(),
        origin: origin.to_owned(),
    };
    Ok(node.situations().get_situation(request).await?.into_inner())
}

/// An update with its history.
pub(crate) async fn find(
    node: &Acting,
    origin: &str,
    subject: &str,
) -> Result<(Situation, Vec<Situation>), Failure> {
    match look(node, origin, subject).await? {
        GetSituationResponse { queued: true, .. } => Err(Failure::NotFound),
        it => Ok((it.situation.ok_or(Failure::Internal)?, it.history)),
    }
}

/// A running briefing that an update can be laid before.
struct Briefing {
    /// Where the request goes.
    action: String,
    title: String,
    /// Number and title of each item.
    items: Vec<(u32, String)>,
    request: String,
}

impl Briefing {
    fn of(meeting: Meeting, own: &str) -> Option<Self> {
        let takes_part = meeting
            .invited
            .iter()
            .any(|it| it.agency == own && it.participates);
        let key = meeting.key.filter(|_| takes_part)?;
        Some(Self {
            action: format!("/besprechung/{}/{}/vorlegen", key.owner, key.subject),
            title: meeting.title,
            items: meeting
                .agenda
                .into_iter()
                .map(|it| (it.number, it.title))
                .collect(),
            request: request_id(),
        })
    }
}

/// Who gets what was just sent.
struct Sent {
    /// In full.
    to: String,
    /// Only generalised, the day after; empty for nobody.
    generalised_to: String,
}

#[derive(Template)]
#[template(path = "update.html")]
struct UpdatePage {
    frame: Frame,
    card: Card,
    /// The latest version first.
    versions: Vec<Version>,
    deliveries: Vec<delivery::Row>,
    remarks: Conversation,
    briefings: Vec<Briefing>,
    sent: Option<Sent>,
    may_change: bool,
    audience: String,
}

/// An own update that was taken while the node signs nothing.
#[derive(Template)]
#[template(path = "update_queued.html")]
struct QueuedPage {
    frame: Frame,
    card: Card,
    may_change: bool,
    audience: String,
}

impl QueuedPage {
    fn new(frame: Frame, situation: Situation) -> Self {
        Self {
            may_change: frame.roles.contributes(),
            audience: frame.agencies(&situation.audience),
            card: Card::unlinked(situation, 2),
            frame,
        }
    }
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject)): Address,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let key = SubjectKey {
        subject,
        owner: origin,
    };
    page(&app, &visitor, key, &query, Typed::default()).await
}

/// The page; with a question that was typed and could not be sent, if there is one.
async fn page(
    app: &App,
    visitor: &Visitor,
    key: SubjectKey,
    query: &Fields,
    typed: Typed,
) -> Result<Response, Failure> {
    let node = visitor.reading(app)?;
    let frame = Frame::new(app, visitor, Nav::Feed);
    let status = match typed.trouble.is_any() {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    let (found, versions, remarks, briefings) = tokio::join!(
        look(&node, &key.owner, &key.subject),
        delivered(&node, &key),
        remark::conversation(&node, &frame, &key, typed),
        briefings(&node, &frame),
    );
    let GetSituationResponse {
        situation,
        history,
        queued,
    } = found?;
    let situation = situation.ok_or(Failure::Internal)?;
    if queued {
        return Ok(html(&QueuedPage::new(frame, situation))?.into_response());
    }
    let versions = versions?;
    if frame.roles.coordinates() {
        app.shown().tell(&node, std::slice::from_ref(&situation));
    }
    let is_own = situation.agency == frame.own;
    let is_current = situation.state() == SituationState::Current;
    let page = UpdatePage {
        sent: (is_own && query.has("gesendet")).then(|| Sent::of(&frame, &situation, query)),
        versions: history::versions(&frame, &history),
        deliveries: delivery::rows(&frame, &versions),
        remarks: remarks?,
        briefings: if is_current { briefings } else { Vec::new() },
        may_change: is_own && is_current && frame.roles.contributes(),
        audience: frame.agencies(&situation.audience),
        card: Card::unlinked(situation, 1).with_delivery(&frame, versions.last()),
        frame,
    };
    Ok((status, html(&page)?).into_response())
}

impl Sent {
    /// The node tells who gets the generalised form once, with its answer to the publish; the address carries it from there.
    fn of(frame: &Frame, situation: &Situation, sent: &Fields) -> Self {
        let others = situation.audience.iter().filter(|id| **id != frame.own);
        let to: Vec<String> = others.cloned().collect();
        let is_member = |id: &&str| {
            frame
                .concept
                .as_ref()
                .is_some_and(|it| it.agency(id).is_some())
        };
        let generalised: Vec<String> = sent
            .all("verallgemeinert")
            .filter(is_member)
            .map(str::to_owned)
            .collect();
        Self {
            to: frame.agencies(&to),
            generalised_to: frame.agencies(&generalised),
        }
    }
}

async fn delivered(node: &Acting, key: &SubjectKey) -> Result<Vec<VersionDelivery>, Failure> {
    let request = GetDeliveryRequest {
        subject: key.subject.clone(),
        origin: key.owner.clone(),
        kind: SubjectKind::Update as i32,
    };
    Ok(node
        .feed()
        .get_delivery(request)
        .await?
        .into_inner()
        .versions)
}

/// Running briefings in which the own agency takes part. A page is no less true without them.
async fn briefings(node: &Acting, frame: &Frame) -> Vec<Briefing> {
    if !frame.roles.coordinates() {
        return Vec::new();
    }
    let request = ListMeetingsRequest {
        filter: Some(MeetingFilter {
            statuses: vec![MeetingStatus::Running as i32],
            ..MeetingFilter::default()
        }),
        page_size: BRIEFINGS_MAX,
        page_token: String::new(),
    };
    let meetings = match node.meetings().list_meetings(request).await {
        Ok(answer) => answer.into_inner().meetings,
        Err(status) => {
            tracing::debug!(%status, "running briefings can't be listed");
            Vec::new()
        }
    };
    meetings
        .into_iter()
        .filter_map(|meeting| Briefing::of(meeting, &frame.own))
        .collect()
}

async fn acknowledge(
    State(app): State<App>,
    visitor: Visitor,
    Path((origin, subject)): Address,
    fields: Fields,
) -> Result<Response, Failure> {
    let node = visitor.coordinating(&app)?;
    let here = path(&origin, &subject);
    let request = AcknowledgeRequest {
        request_id: fields.one("request").to_owned(),
        kind: SubjectKind::Update as i32,
        key: Some(SubjectKey {
            subject,
            owner: origin,
        }),
        version: fields.one("version").to_owned(),
    };
    node.feed().acknowledge(request).await?;
    let then = match fields.one("then") {
        "" => Cow::Owned(here),
        then => Cow::Borrowed(own_path(then)),
    };
    Ok(done(&then, "acknowledged"))
}

#[cfg(test)]
mod tests;
