//! Meetings and due tasks as calendar files, and a secret address at which a calendar program reads them by itself.
//!
//! **Promise.** An address reads the own agency's calendar and nothing else, until its person takes it back, may not sign in any
//! more, or does not read any more. Its token is shown once; only its hash is kept, and nothing of when it is used.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::header;
use verbund_wire::agency::{ExportCalendarRequest, ExportedFile, FileLanguage, SubjectKey};

use super::download::download;
use super::{done, html};
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::lang::Lang;
use crate::node::Acting;
use crate::role::{Role, Roles};
use crate::security::token::Token;
use crate::session::Visitor;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/besprechung/kalender", get(show).post(give))
        .route("/besprechung/kalender/zurueck", post(take_back))
        .route("/besprechung/kalender.ics", get(all))
        .route("/besprechung/{owner}/{subject}/termin.ics", get(one))
        .route("/kalender/{file}", get(subscribed))
}

#[derive(Template)]
#[template(path = "calendar.html")]
struct CalendarPage {
    frame: Frame,
    /// The visitor has an address.
    has_address: bool,
    /// The address that was just made: shown this once.
    address: Option<String>,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    visitor.reading(&app)?;
    let person = visitor.person()?;
    html(&CalendarPage {
        has_address: app.store().has_calendar(person.id).await?,
        frame: Frame::new(&app, &visitor, Nav::Meetings),
        address: None,
    })
}

/// Gives the visitor an address. It is answered with the page itself, since nothing that leads on could carry the secret.
async fn give(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    visitor.reading(&app)?;
    let person = visitor.person()?;
    let token = app
        .store()
        .put_calendar(person.id, visitor.lang().tag())
        .await?;
    let address = format!(
        "{}/kalender/{}.ics",
        app.config().public_url,
        token.reveal()
    );
    html(&CalendarPage {
        frame: Frame::new(&app, &visitor, Nav::Meetings),
        has_address: true,
        address: Some(address),
    })
}

async fn take_back(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    visitor.reading(&app)?;
    app.store().drop_calendar(visitor.person()?.id).await?;
    Ok(done("/besprechung/kalender", "calendar-taken-back"))
}

async fn all(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    Ok(download(export(&node, None, visitor.lang()).await?))
}

async fn one(
    State(app): State<App>,
    visitor: Visitor,
    Path((owner, subject)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let meeting = SubjectKey { subject, owner };
    Ok(download(
        export(&node, Some(meeting), visitor.lang()).await?,
    ))
}

/// What a calendar program reads. It knows nobody's password, so that the address alone lets it in.
async fn subscribed(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Failure> {
    let token = file.strip_suffix(".ics").and_then(Token::parse);
    let token = token.ok_or(Failure::NotFound)?;
    let found = app.store().calendar(&token.hash()).await?;
    let (person, language) = found.ok_or(Failure::NotFound)?;
    if !person.roles.reads() {
        return Err(Failure::NotFound);
    }
    let reader: Roles = [Role::Reader].into_iter().collect();
    let node = app.node().acting(&person.actor, reader);
    let lang = Lang::of_tag(&language).unwrap_or_default();
    let file = export(&node, None, lang).await?;
    let headers = [(header::CONTENT_TYPE, "text/calendar; charset=utf-8")];
    Ok((headers, file.content).into_response())
}

async fn export(
    node: &Acting,
    meeting: Option<SubjectKey>,
    lang: Lang,
) -> Result<ExportedFile, Failure> {
    let language = match lang {
        Lang::De => FileLanguage::German,
        Lang::En => FileLanguage::English,
    };
    let request = ExportCalendarRequest {
        meeting,
        language: language.into(),
    };
    let answer = node.meetings().export_calendar(request).await?.into_inner();
    answer.file.ok_or(Failure::Internal)
}
