//! Signing in and out.

use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{html, own_path};
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::security::token::Token;
use crate::session::{Visitor, set_cookie};
use crate::store::Person;

/// How long after signing in nothing needs to be proven again.
const PROVEN: SignedDuration = SignedDuration::from_mins(10);

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/anmelden", get(show))
        .route("/anmelden/link/{token}", get(show_link).post(use_link))
        .route("/abmelden", post(sign_out))
}

#[derive(Debug, Default, Deserialize)]
struct Way {
    /// Where somebody was on the way to.
    #[serde(default)]
    then: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    then: String,
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(way): Query<Way>,
) -> Result<Response, Failure> {
    let then = own_path(&way.then);
    if visitor.session().is_some() {
        return Ok(Redirect::to(then).into_response());
    }
    html(&SignInPage {
        frame: Frame::new(&app, &visitor, Nav::None),
        then: then.to_owned(),
    })
}

#[derive(Template)]
#[template(path = "sign_in_link.html")]
struct LinkPage {
    frame: Frame,
    token: String,
}

/// Asks before it signs in: programs that look at links in mails would use it up.
async fn show_link(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    Token::parse(&token).ok_or(Failure::NotFound)?;
    html(&LinkPage {
        frame: Frame::new(&app, &visitor, Nav::None),
        token,
    })
}

async fn use_link(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
    Form(way): Form<Way>,
) -> Result<Response, Failure> {
    let token = Token::parse(&token).ok_or(Failure::NotFound)?;
    let person = app
        .store()
        .take_link(&token.hash(), Timestamp::now())
        .await?;
    let person = person.ok_or(Failure::NotFound)?;
    let _ = visitor;
    begin(&app, &person, "", own_path(&way.then)).await
}

/// Begins a session of somebody who has proven who they are.
pub(crate) async fn begin(
    app: &App,
    person: &Person,
    label: &str,
    then: &str,
) -> Result<Response, Failure> {
    let hours = i64::from(app.config().sign_in.session_hours);
    let now = Timestamp::now();
    let ends_at = now + SignedDuration::from_hours(hours);
    let token = app
        .store()
        .begin_session(person.id, label, ends_at, now + PROVEN)
        .await?;
    let mut response = Redirect::to(then).into_response();
    let age = Duration::from_secs(hours.unsigned_abs() * 3_600);
    let cookie = app.cookie(&app.cookies().session, &token.reveal(), Some(age));
    set_cookie(&mut response, &cookie);
    Ok(response)
}

async fn sign_out(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    if let Some(session) = visitor.session() {
        app.store()
            .end_session(session.person.id, session.id)
            .await?;
    }
    let mut response = Redirect::to("/anmelden").into_response();
    let gone = app.cookie(&app.cookies().session, "", Some(Duration::ZERO));
    set_cookie(&mut response, &gone);
    Ok(response)
}
