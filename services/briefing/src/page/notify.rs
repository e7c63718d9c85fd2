//! What somebody wants to be told, by which ways, and when: `/konto/mitteilungen`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::{done, html};
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::lang::Lang;
use crate::notify::matter::{Matter, Urgencies, Urgency};
use crate::notify::message::{Message, SETTINGS_PATH};
use crate::notify::rules::{Choice, Quiet};
use crate::notify::{Outcome, mail, push};
use crate::role::Roles;
use crate::security::token::Token;
use crate::session::Visitor;
use crate::store::{Route, Target};

/// How long an e-mail address may be confirmed.
const CONFIRM_WITHIN: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/konto/mitteilungen", get(show).post(choose))
        .route("/konto/mitteilungen/adresse", post(set_address))
        .route(
            "/konto/mitteilungen/adresse/{token}",
            get(show_address).post(confirm_address),
        )
        .route("/konto/mitteilungen/geraet", post(add_browser))
        .route("/konto/mitteilungen/weg/{id}/probe", post(probe))
        .route("/konto/mitteilungen/weg/{id}/entfernen", post(remove))
}

#[derive(Template)]
#[template(path = "notify.html")]
struct NotifyPage {
    frame: Frame,
    /// What went wrong, with the field that it is about; the page's beginning where it is about none.
    error: Option<(&'static str, Cow<'static, str>)>,
    has_mail: bool,
    /// The public key that browsers ask for; none where pushes are not set up.
    push_key: Option<String>,
    mail: Option<Way>,
    browsers: Vec<Way>,
    address: String,
    rows: Vec<Row>,
    quiet_on: bool,
    quiet_from: String,
    quiet_to: String,
    is_woken: bool,
    lang: Lang,
    zone: String,
}

/// A way to the person as it is shown.
struct Way {
    id: Uuid,
    name: String,
    /// The chip's class and text.
    state: (&'static str, Cow<'static, str>),
    is_confirmed: bool,
}

/// One urgency as it is shown.
struct Row {
    word: &'static str,
    name: Cow<'static, str>,
    when: Cow<'static, str>,
    what: String,
    mail: bool,
    push: bool,
}

/// What somebody typed, when it is shown again.
#[derive(Default)]
struct Typed<'a> {
    error: Option<(&'static str, Cow<'static, str>)>,
    address: &'a str,
    choice: Option<Choice>,
    quiet: Option<(&'a str, &'a str)>,
}

impl NotifyPage {
    async fn new(app: &App, visitor: &Visitor, typed: Typed<'_>) -> Result<Self, Failure> {
        let person = visitor.person()?;
        let frame = Frame::new(app, visitor, Nav::Account);
        let choice = match typed.choice {
            Some(choice) => choice,
            None => app.store().notify_choice(person.id).await?,
        };
        let routes = app.store().notify_routes(person.id).await?;
        let (mail, browsers): (Vec<_>, Vec<_>) = routes
            .iter()
            .partition(|it| matches!(it.target, Target::Mail(_)));
        let clock = |time: Time| time.strftime("%H:%M").to_string();
        // Proposed to who turns quiet hours on.
        let usual = Choice::default().quiet;
        let quiet = choice
            .quiet
            .or(usual)
            .map(|it| (clock(it.from), clock(it.to)));
        let (from, to) = match typed.quiet {
            Some((from, to)) => (from.to_owned(), to.to_owned()),
            None => quiet.unwrap_or_default(),
        };
        Ok(Self {
            error: typed.error,
            has_mail: app.notify().has_mail(),
            push_key: app.notify().pusher().map(|it| it.public_key()),
            mail: mail.first().map(|it| way(it, &frame)),
            browsers: browsers.into_iter().map(|it| way(it, &frame)).collect(),
            address: typed.address.to_owned(),
            rows: rows(&choice, person.roles, frame.lang),
            quiet_on: typed.quiet.is_some() || choice.quiet.is_some(),
            quiet_from: from,
            quiet_to: to,
            is_woken: choice.is_woken,
            lang: choice.lang,
            zone: frame
                .concept
                .as_ref()
                .map_or_else(String::new, |it| it.told.time_zone.clone()),
            frame,
        })
    }

    fn error_at(&self, field: &str) -> Option<&str> {
        let (_, text) = self.error.as_ref().filter(|(at, _)| *at == field)?;
        Some(text)
    }
}

fn way(route: &Route, frame: &Frame) -> Way {
    let name = match &route.target {
        Target::Mail(address) => address.clone(),
        Target::Push { label, .. } if label.is_empty() => {
            frame.t("notify-browser-other").into_owned()
        }
        Target::Push { label, .. } => label.clone(),
    };
    let state = match route.failing_since {
        _ if !route.is_confirmed => ("warn", frame.t("notify-state-unconfirmed")),
        Some(since) => {
            let since = frame.moment(since.as_millisecond());
            ("bad", frame.t1("notify-state-failing", "since", since))
        }
        None => ("good", frame.t("notify-state-works")),
    };
    Way {
        id: route.id,
        name,
        state,
        is_confirmed: route.is_confirmed,
    }
}

/// The urgencies, the most urgent first, each with what the person would be told of; without those of which it is nothing.
fn rows(choice: &Choice, roles: Roles, lang: Lang) -> Vec<Row> {
    let row = |urgency: Urgency| {
        let matters = Matter::ALL
            .into_iter()
            .filter(|it| it.urgency() == urgency && it.concerns(roles));
        let what: Vec<_> = matters
            .map(|it| lang.text(&format!("notify-kind-{}", it.word())))
            .collect();
        let word = urgency.word();
        (!what.is_empty()).then(|| Row {
            word,
            name: lang.text(&format!("notify-urgency-{word}")),
            when: lang.text(&format!("notify-urgency-{word}-when")),
            what: what.join(", "),
            mail: choice.mail.has(urgency),
            push: choice.push.has(urgency),
        })
    };
    Urgency::ALL.into_iter().rev().filter_map(row).collect()
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    html(&NotifyPage::new(&app, &visitor, Typed::default()).await?)
}

/// Shows the page again, with all that was typed and what is wrong with it.
async fn again(app: &App, visitor: &Visitor, typed: Typed<'_>) -> Result<Response, Failure> {
    let page = NotifyPage::new(app, visitor, typed).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(&page)?).into_response())
}

fn wrong(
    visitor: &Visitor,
    field: &'static str,
    key: &str,
) -> Option<(&'static str, Cow<'static, str>)> {
    Some((field, visitor.lang().text(key)))
}

async fn choose(
    State(app): State<App>,
    visitor: Visitor,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Result<Response, Failure> {
    let person = visitor.person()?;
    let said = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let chosen = |channel: &str| -> Urgencies {
        let is_chosen = |it: &Urgency| fields.contains_key(&format!("{channel}-{}", it.word()));
        Urgency::ALL.into_iter().filter(is_chosen).collect()
    };
    let mut choice = Choice {
        lang: Lang::of_tag(said("lang")).ok_or(Failure::Malformed)?,
        mail: chosen("mail"),
        push: chosen("push"),
        quiet: None,
        is_woken: fields.contains_key("woken"),
    };
    if fields.contains_key("quiet") {
        let (from, to) = (said("quiet-from"), said("quiet-to"));
        choice.quiet = quiet(from, to);
        if choice.quiet.is_none() {
            let typed = Typed {
                error: wrong(&visitor, "quiet-from", "notify-error-quiet"),
                choice: Some(choice),
                quiet: Some((from, to)),
                ..Typed::default()
            };
            return again(&app, &visitor, typed).await;
        }
    }
    app.store().set_notify_choice(person.id, &choice).await?;
    Ok(done(SETTINGS_PATH, "notify-saved"))
}

fn quiet(from: &str, to: &str) -> Option<Quiet> {
    let time = |text: &str| Time::strptime("%H:%M", text).ok();
    let (from, to) = (time(from)?, time(to)?);
    (from != to).then_some(Quiet { from, to })
}

#[derive(Debug, Deserialize)]
struct NewAddress {
    address: String,
}

/// Asks at an address whether it is this person's. Only the question is sent there until it is answered.
async fn set_address(
    State(app): State<App>,
    visitor: Visitor,
    Form(new): Form<NewAddress>,
) -> Result<Response, Failure> {
    let person = visitor.person()?;
    let refused = async |key: &str| {
        let typed = Typed {
            error: wrong(&visitor, "address", key),
            address: &new.address,
            ..Typed::default()
        };
        again(&app, &visitor, typed).await
    };
    if !app.notify().has_mail() {
        return Err(Failure::NotFound);
    }
    let Some(address) = mail::address(&new.address) else {
        return refused("notify-error-address").await;
    };
    if !app.notify().may_ask(person.id) {
        return refused("notify-error-asked-often").await;
    }
    let token = Token::random();
    let link = format!(
        "{}{SETTINGS_PATH}/adresse/{}",
        app.config().public_url,
        token.reveal()
    );
    let message = Message::confirmation(visitor.lang(), &link);
    let route = app
        .store()
        .set_mail_address(
            person.id,
            address.as_ref(),
            &token.hash(),
            Timestamp::now() + CONFIRM_WITHIN,
        )
        .await?;
    let key = match app
        .notify()
        .send(&message, &route, &["confirm".to_owned()])
        .await
    {
        Outcome::Sent => return Ok(done(SETTINGS_PATH, "notify-asked")),
        Outcome::Refused | Outcome::Gone => "notify-error-mail-refused",
        Outcome::Later(_) => "notify-error-mail-later",
    };
    app.store().forget_route(person.id, route.id).await?;
    refused(key).await
}

#[derive(Template)]
#[template(path = "notify_address.html")]
struct AddressPage {
    frame: Frame,
    /// `title`, `done` or `late`: what is asked or told.
    title: Cow<'static, str>,
    text: Cow<'static, str>,
    token: Option<String>,
}

/// Asks before it confirms: programs that look at links in mails would do it for somebody. Whoever has the link need not be signed
/// in: it shows that they read what comes to the address, which is the question.
async fn show_address(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    Token::parse(&token).ok_or(Failure::NotFound)?;
    let frame = Frame::new(&app, &visitor, Nav::Account);
    html(&AddressPage {
        title: frame.t("notify-address-title"),
        text: frame.t("notify-address-text"),
        token: Some(token),
        frame,
    })
}

async fn confirm_address(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let token = Token::parse(&token).ok_or(Failure::NotFound)?;
    let is_done = app
        .store()
        .confirm_mail_address(&token.hash(), Timestamp::now())
        .await?;
    let frame = Frame::new(&app, &visitor, Nav::Account);
    let (title, text) = if is_done {
        ("notify-address-done-title", "notify-address-done-text")
    } else {
        ("notify-address-late-title", "notify-address-late-text")
    };
    let page = html(&AddressPage {
        title: frame.t(title),
        text: frame.t(text),
        token: None,
        frame,
    })?;
    let status = if is_done {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    Ok((status, page).into_response())
}

/// What a browser gives who wants to send it pushes (`PushSubscription`).
#[derive(Debug, Deserialize)]
struct NewBrowser {
    endpoint: String,
    p256dh: String,
    auth: String,
}

/// Adds this browser. Called by script; the page is then loaded anew.
async fn add_browser(
    State(app): State<App>,
    visitor: Visitor,
    Form(new): Form<NewBrowser>,
) -> Result<Response, Failure> {
    let person = visitor.person()?;
    let pusher = app.notify().pusher().ok_or(Failure::NotFound)?;
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Failure::Malformed);
    let (key, secret) = (decoded(&new.p256dh)?, decoded(&new.auth)?);
    if !pusher.takes(&new.endpoint) || !push::is_usable(&key, &secret) {
        return Err(Failure::Malformed);
    }
    let is_added = app
        .store()
        .add_browser(person.id, &new.endpoint, &key, &secret, visitor.browser())
        .await?;
    let status = if is_added {
        StatusCode::CREATED
    } else {
        StatusCode::CONFLICT
    };
    Ok(status.into_response())
}

/// A way of this person.
async fn own_route(app: &App, visitor: &Visitor, id: &str) -> Result<Route, Failure> {
    let person = visitor.person()?;
    let id = Uuid::parse_str(id).map_err(|_| Failure::NotFound)?;
    let route = app.store().notify_route(id).await?;
    route
        .filter(|it| it.person == person.id)
        .ok_or(Failure::NotFound)
}

async fn probe(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let route = own_route(&app, &visitor, &id).await?;
    // Before it is confirmed, nothing but the question goes there.
    if !route.is_confirmed {
        return Err(Failure::NotFound);
    }
    let refused = async |key: &str| {
        let typed = Typed {
            error: wrong(&visitor, "", key),
            ..Typed::default()
        };
        again(&app, &visitor, typed).await
    };
    if !app.notify().may_ask(route.person) {
        return refused("notify-error-asked-often").await;
    }
    let message = Message::probe(visitor.lang(), &app.config().public_url);
    let moment = Timestamp::now().to_string();
    match app.notify().send(&message, &route, &[moment]).await {
        Outcome::Sent => {
            app.store().route_works(route.id).await?;
            Ok(done(SETTINGS_PATH, "notify-probed"))
        }
        Outcome::Gone => {
            app.store().forget_route(route.person, route.id).await?;
            refused("notify-error-probe-gone").await
        }
        Outcome::Refused | Outcome::Later(_) => refused("notify-error-probe").await,
    }
}

async fn remove(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let route = own_route(&app, &visitor, &id).await?;
    app.store().forget_route(route.person, route.id).await?;
    Ok(done(SETTINGS_PATH, "notify-removed"))
}

#[cfg(test)]
mod tests;
