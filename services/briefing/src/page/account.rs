//! The own account: roles, where one is signed in, the password.

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{done, html};
use crate::app::App;
use crate::entry;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::role::Role;
use crate::security::password::{CHARS_MIN, Secret, Weakness};
use crate::session::{Visitor, proven};
use crate::store::{Person, SessionRow};

const PAGE: &str = "/konto";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/konto", get(show))
        .route("/konto/kennwort", post(change_password))
        .route("/konto/sitzungen/beenden", post(end_session))
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    roles: Vec<Role>,
    sessions: Vec<SessionRow>,
    /// The session of this browser.
    current: Uuid,
    /// What the provider is called that vouches for this person, where one does.
    provider: Option<String>,
    /// A password can be changed here.
    is_local: bool,
    has_password: bool,
    chars_min: usize,
    /// What is wrong with what was typed.
    is_wrong: bool,
    weakness: Option<Weakness>,
}

impl AccountPage {
    async fn new(app: &App, visitor: &Visitor) -> Result<Self, Failure> {
        let person = visitor.person()?;
        let provider = app.openid().filter(|_| person.openid.is_some());
        Ok(Self {
            frame: Frame::new(app, visitor, Nav::Account),
            roles: person.roles.iter().collect(),
            sessions: app.store().sessions(person.id, Timestamp::now()).await?,
            current: visitor.session().map_or(Uuid::nil(), |session| session.id),
            provider: provider.map(|it| it.name().to_owned()),
            is_local: has_local_password(app, person),
            has_password: person.password.is_some(),
            chars_min: CHARS_MIN,
            is_wrong: false,
            weakness: None,
        })
    }

    fn is_current(&self, session: &SessionRow) -> bool {
        session.id == self.current
    }
}

fn has_local_password(app: &App, person: &Person) -> bool {
    app.config().sign_in.local && person.openid.is_none()
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    html(&AccountPage::new(&app, &visitor).await?)
}

#[derive(Debug, Deserialize)]
struct Passwords {
    #[serde(default)]
    current: Secret,
    password: Secret,
    repeated: Secret,
}

/// Whoever has a password shows it; whoever has none chooses the first one while the sign-in is fresh.
async fn change_password(
    State(app): State<App>,
    visitor: Visitor,
    Form(given): Form<Passwords>,
) -> Result<Response, Failure> {
    let person = visitor.person()?;
    if !has_local_password(&app, person) {
        return Err(Failure::NotFound);
    }
    if person.password.is_none() {
        proven(&visitor, PAGE)?;
    }
    let weakness = given
        .password
        .check_new(&given.repeated, &person.name)
        .err();
    // What can't be taken anyway costs no try.
    let is_wrong = weakness.is_none()
        && person.password.is_some()
        && !entry::is_right(&app, &visitor, &person.name, Some(person), &given.current).await?;
    if is_wrong || weakness.is_some() {
        let page = AccountPage {
            is_wrong,
            weakness,
            ..AccountPage::new(&app, &visitor).await?
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response());
    }
    let hash = app.passwords().hash(&given.password).await?;
    let kept = visitor.session().map(|session| session.id);
    app.store().set_password(person.id, &hash, kept).await?;
    let mut response = done(PAGE, "password-changed");
    entry::know_browser(&app, &visitor, person, &mut response).await?;
    Ok(response)
}

#[derive(Debug, Deserialize)]
struct Ended {
    /// Which one; all but this browser's where none is named.
    session: Option<Uuid>,
}

async fn end_session(
    State(app): State<App>,
    visitor: Visitor,
    Form(ended): Form<Ended>,
) -> Result<Response, Failure> {
    let person = visitor.person()?;
    match ended.session {
        Some(session) => {
            // One that is over already is what was wanted.
            app.store().end_session(person.id, session).await?;
            Ok(done(PAGE, "session-ended"))
        }
        None => {
            let kept = visitor.session().map(|session| session.id);
            app.store().end_sessions(person.id, kept).await?;
            Ok(done(PAGE, "sessions-ended"))
        }
    }
}
