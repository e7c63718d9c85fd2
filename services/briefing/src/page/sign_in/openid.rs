//! To the identity provider and back. Both ways are addresses and not forms: the policy lets no form leave this application.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;

use super::super::{html, own_path};
use super::SignInPage;
use crate::app::App;
use crate::entry::{self, PROVEN};
use crate::error::Failure;
use crate::openid::{OpenId, Problem, proven_until};
use crate::security::token::Token;
use crate::session::{Visitor, cookie, set_cookie};

/// How long somebody may take at the provider.
const WAY_MAX: Duration = Duration::from_secs(900);
/// The longest address that is remembered for after it; a cookie holds 4 KiB.
const THEN_BYTES_MAX: usize = 1_024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/anmelden/oidc", get(begin))
        .route("/anmelden/oidc/antwort", get(finish))
}

/// What a browser remembers on its way to the provider and back.
struct Ticket {
    token: Token,
    /// Somebody who is signed in shows again who they are.
    anew: bool,
    /// Where they go on to.
    then: String,
}

impl Ticket {
    fn new(anew: bool, then: &str) -> Self {
        let then = own_path(then);
        let then = if then.len() > THEN_BYTES_MAX {
            "/"
        } else {
            then
        };
        Self {
            token: Token::random(),
            anew,
            then: then.to_owned(),
        }
    }

    fn write(&self) -> String {
        let then = URL_SAFE_NO_PAD.encode(&self.then);
        format!("{}.{}.{then}", self.token.reveal(), u8::from(self.anew))
    }

    fn read(cookie: &str) -> Option<Self> {
        let mut parts = cookie.split('.');
        let token = Token::parse(parts.next()?)?;
        let anew = parts.next()? == "1";
        let then = String::from_utf8(URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok()?;
        Some(Self {
            token,
            anew,
            then: own_path(&then).to_owned(),
        })
    }
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    then: String,
    /// Given where somebody shows again who they are.
    nachweis: Option<String>,
}

async fn begin(
    State(app): State<App>,
    visitor: Visitor,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Failure> {
    let openid = app.openid().ok_or(Failure::NotFound)?;
    let ticket = Ticket::new(wanted.nachweis.is_some(), &wanted.then);
    match openid.begin(&ticket.token, ticket.anew).await {
        Ok(address) => {
            let mut response = Redirect::to(&address).into_response();
            let cookie = app.cookie(&app.cookies().way, &ticket.write(), Some(WAY_MAX));
            set_cookie(&mut response, &cookie);
            Ok(response)
        }
        Err(problem) => failed(&app, &visitor, problem, &ticket.then),
    }
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    iss: String,
    error: Option<String>,
}

async fn finish(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Failure> {
    let openid = app.openid().ok_or(Failure::NotFound)?;
    let ticket = cookie(&headers, &app.cookies().way).and_then(Ticket::read);
    let (then, done) = match &ticket {
        Some(ticket) => (
            &*ticket.then,
            vouched(&app, &visitor, openid, ticket, answer).await?,
        ),
        None => ("/", Err(Problem::Lost)),
    };
    let mut response = match done {
        Ok(response) => response,
        Err(problem) => failed(&app, &visitor, problem, then)?,
    };
    // A ticket is for one way.
    let gone = app.cookie(&app.cookies().way, "", Some(Duration::ZERO));
    set_cookie(&mut response, &gone);
    Ok(response)
}

async fn vouched(
    app: &App,
    visitor: &Visitor,
    openid: &OpenId,
    ticket: &Ticket,
    answer: Answer,
) -> Result<Result<Response, Problem>, Failure> {
    if !openid.is_answer_to(&ticket.token, &answer.state, &answer.iss) {
        return Ok(Err(Problem::Lost));
    }
    if answer.error.is_some() || answer.code.is_empty() {
        return Ok(Err(Problem::Denied));
    }
    // Each code is a question to the provider: nobody makes us ask without end.
    let begun = app.throttle().ask(visitor.network(), Instant::now());
    begun.map_err(|wait| Failure::TooMany { wait })?;
    let vouched = match openid.finish(&ticket.token, answer.code).await {
        Ok(vouched) => vouched,
        Err(problem) => return Ok(Err(problem)),
    };
    app.throttle().answered(visitor.network());
    let now = Timestamp::now();
    let proven = proven_until(vouched.shown_at, now, PROVEN);
    let person = app
        .store()
        .vouched(&vouched.openid, &vouched.name, vouched.roles)
        .await?;
    let person = match person {
        None => return Ok(Err(Problem::NoRole)),
        Some(person) if person.is_disabled => return Ok(Err(Problem::Disabled)),
        Some(person) => person,
    };
    if ticket.anew {
        let Some(session) = visitor.session() else {
            return Ok(Err(Problem::Lost));
        };
        if session.person.id != person.id {
            return Ok(Err(Problem::Other));
        }
        if proven <= now {
            return Ok(Err(Problem::NotFresh));
        }
        app.store().prove_session(session.id, proven).await?;
        return Ok(Ok(Redirect::to(&ticket.then).into_response()));
    }
    Ok(Ok(entry::begin(
        app,
        visitor,
        &person,
        proven,
        &ticket.then,
    )
    .await?))
}

/// Explains what went wrong, with the ways in below.
fn failed(app: &App, visitor: &Visitor, problem: Problem, then: &str) -> Result<Response, Failure> {
    let status = match problem {
        Problem::Away => StatusCode::SERVICE_UNAVAILABLE,
        Problem::Lost | Problem::Untrue => StatusCode::BAD_REQUEST,
        _ => StatusCode::FORBIDDEN,
    };
    let page = SignInPage {
        problem: Some(problem.key()),
        ..SignInPage::new(app, visitor, then)
    };
    Ok((status, html(&page)?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_comes_back_as_it_went_and_leads_nowhere_else() {
        let ticket = Ticket::new(true, "/protokolle/1?a=b");
        let read = Ticket::read(&ticket.write()).unwrap();
        assert_eq!(read.token.hash(), ticket.token.hash());
        assert!(read.anew && read.then == "/protokolle/1?a=b");
        assert_eq!(Ticket::new(false, "https://evil.example").then, "/");
        assert_eq!(
            Ticket::new(false, &format!("/{}", "a".repeat(5_000))).then,
            "/"
        );
        let forged = format!(
            "{}.0.{}",
            Token::random().reveal(),
            URL_SAFE_NO_PAD.encode("//evil")
        );
        assert_eq!(Ticket::read(&forged).unwrap().then, "/");
        assert!(Ticket::read("").is_none() && Ticket::read("a.b.c").is_none());
    }
}
