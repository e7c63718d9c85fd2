//! One-time links: how somebody comes in the first time, and when they forgot their password.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

use super::super::html;
use crate::app::App;
use crate::entry::{self, PROVEN};
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::security::password::{CHARS_MIN, Secret, Weakness};
use crate::security::token::Token;
use crate::session::Visitor;
use crate::store::Person;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/anmelden/link/{token}", get(show).post(follow))
}

#[derive(Template)]
#[template(path = "sign_in/link.html")]
struct LinkPage {
    frame: Frame,
    token: String,
    /// Whose link it is.
    name: String,
    /// A password can be chosen here.
    is_local: bool,
    /// There is one already, which stays where no other is chosen.
    has_password: bool,
    chars_min: usize,
    weakness: Option<Weakness>,
}

#[derive(Template)]
#[template(path = "sign_in/spent.html")]
struct SpentPage {
    frame: Frame,
}

/// A link that was used, is too old, or never was.
fn spent(app: &App, visitor: &Visitor) -> Result<Response, Failure> {
    let page = SpentPage {
        frame: Frame::new(app, visitor, Nav::None),
    };
    Ok((StatusCode::NOT_FOUND, html(&page)?).into_response())
}

fn page(app: &App, visitor: &Visitor, token: &Token, person: &Person) -> LinkPage {
    LinkPage {
        frame: Frame::new(app, visitor, Nav::None),
        token: token.reveal(),
        name: person.name.clone(),
        is_local: app.config().sign_in.local && person.openid.is_none(),
        has_password: person.password.is_some(),
        chars_min: CHARS_MIN,
        weakness: None,
    }
}

/// Asks before it signs in: programs that look at links in mails would use it up.
async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let Some(token) = Token::parse(&token) else {
        return spent(&app, &visitor);
    };
    match app.store().linked(&token.hash(), Timestamp::now()).await? {
        Some(person) => html(&page(&app, &visitor, &token, &person)),
        None => spent(&app, &visitor),
    }
}

#[derive(Debug, Deserialize)]
struct Chosen {
    #[serde(default)]
    password: Secret,
    #[serde(default)]
    repeated: Secret,
}

async fn follow(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Failure> {
    let Some(token) = Token::parse(&token) else {
        return spent(&app, &visitor);
    };
    let now = Timestamp::now();
    let Some(person) = app.store().linked(&token.hash(), now).await? else {
        return spent(&app, &visitor);
    };
    let chooses = app.config().sign_in.local
        && person.openid.is_none()
        && !(chosen.password.is_empty() && chosen.repeated.is_empty());
    // A password that will not do leaves the link as it is.
    if chooses && let Err(weakness) = chosen.password.check_new(&chosen.repeated, &person.name) {
        let page = LinkPage {
            weakness: Some(weakness),
            ..page(&app, &visitor, &token, &person)
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
    }
    let hash = match chooses {
        true => Some(app.passwords().hash(&chosen.password).await?),
        false => None,
    };
    let Some(person) = app.store().take_link(&token.hash(), now).await? else {
        return spent(&app, &visitor);
    };
    if let Some(hash) = hash {
        app.store().set_password(person.id, &hash, None).await?;
    }
    let mut response = entry::begin(&app, &visitor, &person, now + PROVEN, "/").await?;
    entry::know_browser(&app, &visitor, &person, &mut response).await?;
    Ok(response)
}
