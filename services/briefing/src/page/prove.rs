//! Showing once more who one is, before something is signed off: with the password, or at the identity provider.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

use super::{html, own_path};
use crate::app::App;
use crate::entry::{self, PROVEN};
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::security::password::Secret;
use crate::session::Visitor;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/nachweis", get(show).post(prove))
}

#[derive(Debug, Deserialize)]
struct Way {
    #[serde(default)]
    then: String,
}

#[derive(Template)]
#[template(path = "prove.html")]
struct ProvePage {
    frame: Frame,
    then: String,
    /// There is a password to ask for.
    has_password: bool,
    /// What the provider is called that vouches for this person.
    provider: Option<String>,
    is_wrong: bool,
}

fn page(app: &App, visitor: &Visitor, then: &str) -> Result<ProvePage, Failure> {
    let person = visitor.person()?;
    let provider = app.openid().filter(|_| person.openid.is_some());
    Ok(ProvePage {
        frame: Frame::new(app, visitor, Nav::None),
        then: own_path(then).to_owned(),
        has_password: person.password.is_some() && app.config().sign_in.local,
        provider: provider.map(|it| it.name().to_owned()),
        is_wrong: false,
    })
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(way): Query<Way>,
) -> Result<Response, Failure> {
    html(&page(&app, &visitor, &way.then)?)
}

#[derive(Debug, Deserialize)]
struct Given {
    password: Secret,
    #[serde(default)]
    then: String,
}

async fn prove(
    State(app): State<App>,
    visitor: Visitor,
    Form(given): Form<Given>,
) -> Result<Response, Failure> {
    let person = visitor.person()?;
    let page = page(&app, &visitor, &given.then)?;
    let is_right = page.has_password
        && entry::is_right(&app, &visitor, &person.name, Some(person), &given.password).await?;
    if !is_right {
        let page = ProvePage {
            is_wrong: true,
            ..page
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
    }
    if let Some(session) = visitor.session() {
        let until = Timestamp::now() + PROVEN;
        app.store().prove_session(session.id, until).await?;
    }
    Ok(Redirect::to(&page.then).into_response())
}
