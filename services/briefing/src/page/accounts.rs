//! All accounts, for operators: who may sign in, with which roles, and one-time links.
//!
//! What a colleague does with an account is not shown: not when they signed in, nor whether they are.

use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::{done, html};
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::role::{Role, Roles};
use crate::session::{Visitor, proven};
use crate::store::{NAME_CHARS_MAX, NewPerson, Person, StoreError};

const PAGE: &str = "/konten";
/// How long a one-time link works that is made here.
const LINK_HOURS: i64 = 24;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/konten", get(show).post(add))
        .route("/konten/{id}", get(show_one).post(change))
}

/// Whoever looks after the accounts. What is changed takes a fresh proof: it gives others their roles.
fn operator(visitor: &Visitor) -> Result<&Person, Failure> {
    let person = visitor.person()?;
    if person.roles.operates() {
        Ok(person)
    } else {
        Err(Failure::Forbidden)
    }
}

/// A role as a choice.
#[derive(Debug)]
struct Choice {
    role: Role,
    is_chosen: bool,
}

fn choices(chosen: Roles) -> Vec<Choice> {
    let choice = |role| Choice {
        role,
        is_chosen: chosen.has(role),
    };
    Role::ALL.into_iter().map(choice).collect()
}

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct ListPage {
    frame: Frame,
    people: Vec<Person>,
    /// What was typed, where it was not taken.
    name: String,
    choices: Vec<Choice>,
    /// The key of what is wrong with the name.
    wrong_name: Option<&'static str>,
}

impl ListPage {
    async fn new(app: &App, visitor: &Visitor) -> Result<Self, Failure> {
        Ok(Self {
            frame: Frame::new(app, visitor, Nav::Accounts),
            people: app.store().people().await?,
            name: String::new(),
            choices: choices([Role::Reader].into_iter().collect()),
            wrong_name: None,
        })
    }
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    operator(&visitor)?;
    html(&ListPage::new(&app, &visitor).await?)
}

/// The roles among a form's fields, which have a role's word as their name.
#[derive(Debug, Default, Deserialize)]
struct Ticked {
    reader: Option<String>,
    contributor: Option<String>,
    coordinator: Option<String>,
    operator: Option<String>,
}

impl Ticked {
    fn roles(&self) -> Roles {
        let ticked = |role: &Role| match role {
            Role::Reader => self.reader.is_some(),
            Role::Contributor => self.contributor.is_some(),
            Role::Coordinator => self.coordinator.is_some(),
            Role::Operator => self.operator.is_some(),
        };
        Role::ALL.into_iter().filter(ticked).collect()
    }
}

#[derive(Debug, Deserialize)]
struct New {
    name: String,
    #[serde(flatten)]
    ticked: Ticked,
}

async fn add(
    State(app): State<App>,
    visitor: Visitor,
    Form(new): Form<New>,
) -> Result<Response, Failure> {
    operator(&visitor)?;
    proven(&visitor, PAGE)?;
    let name = new.name.trim();
    let length = name.chars().count();
    let is_name = (1..=NAME_CHARS_MAX).contains(&length) && !name.contains(char::is_control);
    let added = if is_name {
        let person = NewPerson {
            name: name.to_owned(),
            roles: new.ticked.roles(),
            openid: None,
        };
        app.store().add_person(person).await.map_err(Some)
    } else {
        Err(None)
    };
    let wrong_name = match added {
        Ok(person) => return show_link(&app, &visitor, person).await,
        Err(None) => "accounts-name-wrong",
        Err(Some(StoreError::NameTaken)) => "accounts-name-taken",
        Err(Some(error)) => return Err(error.into()),
    };
    let page = ListPage {
        choices: choices(new.ticked.roles()),
        wrong_name: Some(wrong_name),
        name: new.name,
        ..ListPage::new(&app, &visitor).await?
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
}

#[derive(Template)]
#[template(path = "accounts/link.html")]
struct LinkPage {
    frame: Frame,
    person: Person,
    link: String,
    hours: i64,
}

/// A new link of a person. It is shown in this answer and never again.
async fn show_link(app: &App, visitor: &Visitor, person: Person) -> Result<Response, Failure> {
    let ends_at = Timestamp::now() + SignedDuration::from_hours(LINK_HOURS);
    let token = app.store().add_link(person.id, ends_at).await?;
    let url = &app.config().public_url;
    html(&LinkPage {
        frame: Frame::new(app, visitor, Nav::Accounts),
        link: format!("{url}/anmelden/link/{}", token.reveal()),
        person,
        hours: LINK_HOURS,
    })
}

#[derive(Template)]
#[template(path = "accounts/one.html")]
struct OnePage {
    frame: Frame,
    person: Person,
    choices: Vec<Choice>,
    /// It is the operator's own.
    is_own: bool,
    /// The key of why nothing was changed.
    problem: Option<&'static str>,
}

fn one(app: &App, visitor: &Visitor, person: Person) -> Result<OnePage, Failure> {
    Ok(OnePage {
        frame: Frame::new(app, visitor, Nav::Accounts),
        choices: choices(person.roles),
        is_own: visitor.person()?.id == person.id,
        person,
        problem: None,
    })
}

async fn show_one(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<Uuid>,
) -> Result<Response, Failure> {
    operator(&visitor)?;
    let person = app.store().person(id).await?.ok_or(Failure::NotFound)?;
    html(&one(&app, &visitor, person)?)
}

/// What is done with an account.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    Roles,
    Link,
    EndSessions,
    Disable,
    Enable,
    Remove,
}

#[derive(Debug, Deserialize)]
struct Change {
    deed: Deed,
    #[serde(flatten)]
    ticked: Ticked,
}

async fn change(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<Uuid>,
    Form(change): Form<Change>,
) -> Result<Response, Failure> {
    operator(&visitor)?;
    let page = format!("{PAGE}/{id}");
    proven(&visitor, &page)?;
    let person = app.store().person(id).await?.ok_or(Failure::NotFound)?;
    let store = app.store();
    let (changed, to, notice) = match change.deed {
        Deed::Roles => {
            let changed = store.set_roles(id, change.ticked.roles()).await;
            (changed, &*page, "roles-changed")
        }
        Deed::Link if person.openid.is_some() => (Err(StoreError::Provider), &*page, ""),
        Deed::Link => return show_link(&app, &visitor, person).await,
        Deed::EndSessions => {
            let changed = store.end_sessions(id, None).await.map(|_| ());
            (changed, &*page, "account-signed-out")
        }
        Deed::Disable => (
            store.set_disabled(id, true).await,
            &*page,
            "account-disabled",
        ),
        Deed::Enable => (
            store.set_disabled(id, false).await,
            &*page,
            "account-enabled",
        ),
        Deed::Remove => (store.remove_person(id).await, PAGE, "account-removed"),
    };
    let problem = match changed {
        Ok(()) => return Ok(done(to, notice)),
        Err(StoreError::LastOperator) => "accounts-last-operator",
        Err(StoreError::Provider) => "accounts-provider",
        Err(StoreError::Gone) => return Err(Failure::NotFound),
        Err(error) => return Err(error.into()),
    };
    let page = OnePage {
        problem: Some(problem),
        ..one(&app, &visitor, person)?
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
}
