//! Signing in with a password or at the identity provider, and signing out.

mod link;
mod openid;
#[cfg(test)]
mod tests;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use std::time::Duration;

use super::{html, own_path};
use crate::app::App;
use crate::entry::{self, PROVEN};
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::security::password::Secret;
use crate::session::{Visitor, set_cookie};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/anmelden", get(show).post(sign_in))
        .route("/abmelden", post(sign_out))
        .route("/abgemeldet", get(signed_out))
        .merge(link::routes())
        .merge(openid::routes())
}

/// Where somebody was on the way to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Way {
    #[serde(default)]
    pub(super) then: String,
}

#[derive(Template)]
#[template(path = "sign_in/page.html")]
struct SignInPage {
    frame: Frame,
    then: String,
    /// What was typed as the name.
    name: String,
    /// Accounts with passwords are signed in to here.
    is_local: bool,
    /// What the identity provider is called, where there is one.
    provider: Option<String>,
    /// The key of what went wrong, and whether it is about name and password.
    problem: Option<&'static str>,
    is_wrong: bool,
}

impl SignInPage {
    fn new(app: &App, visitor: &Visitor, then: &str) -> Self {
        Self {
            frame: Frame::new(app, visitor, Nav::None),
            then: own_path(then).to_owned(),
            name: String::new(),
            is_local: app.config().sign_in.local,
            provider: app.openid().map(|it| it.name().to_owned()),
            problem: None,
            is_wrong: false,
        }
    }
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(way): Query<Way>,
) -> Result<Response, Failure> {
    if visitor.session().is_some() {
        return Ok(Redirect::to(own_path(&way.then)).into_response());
    }
    html(&SignInPage::new(&app, &visitor, &way.then))
}

#[derive(Debug, Deserialize)]
struct Given {
    name: String,
    password: Secret,
    #[serde(default)]
    then: String,
}

async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    Form(given): Form<Given>,
) -> Result<Response, Failure> {
    if !app.config().sign_in.local {
        return Err(Failure::NotFound);
    }
    let found = app.store().person_named(&given.name).await?;
    let found = found.filter(|person| !person.is_disabled);
    let is_right =
        entry::is_right(&app, &visitor, &given.name, found.as_ref(), &given.password).await?;
    match found {
        Some(person) if is_right => {
            let proven_until = Timestamp::now() + PROVEN;
            let then = own_path(&given.then);
            let mut response = entry::begin(&app, &visitor, &person, proven_until, then).await?;
            entry::know_browser(&app, &visitor, &person, &mut response).await?;
            Ok(response)
        }
        _ => {
            let page = SignInPage {
                name: given.name,
                problem: Some("sign-in-wrong"),
                is_wrong: true,
                ..SignInPage::new(&app, &visitor, &given.then)
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
        }
    }
}

async fn sign_out(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let mut page = "/abgemeldet";
    if let Some(session) = visitor.session() {
        app.store()
            .end_session(session.person.id, session.id)
            .await?;
        if session.person.openid.is_some() {
            page = "/abgemeldet?auch";
        }
    }
    let mut response = Redirect::to(page).into_response();
    let gone = app.cookie(&app.cookies().session, "", Some(Duration::ZERO));
    set_cookie(&mut response, &gone);
    Ok(response)
}

#[derive(Template)]
#[template(path = "sign_in/out.html")]
struct SignedOutPage {
    frame: Frame,
    /// What the identity provider is called, and where somebody signs out there.
    provider: Option<(String, String)>,
}

#[derive(Debug, Deserialize)]
struct Also {
    auch: Option<String>,
}

/// Whoever signed in at the provider may still be signed in there. A link leads on, not a form: the policy lets no form leave
/// this application.
async fn signed_out(
    State(app): State<App>,
    visitor: Visitor,
    Query(also): Query<Also>,
) -> Result<Response, Failure> {
    let mut provider = None;
    if let (Some(_), Some(openid)) = (also.auch, app.openid()) {
        let address = openid.sign_out_address(&app.config().public_url).await;
        provider = address.map(|address| (openid.name().to_owned(), address));
    }
    html(&SignedOutPage {
        frame: Frame::new(&app, &visitor, Nav::None),
        provider,
    })
}
