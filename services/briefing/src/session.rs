//! Who asks: the visitor of each request, signed in or not, and what they may do.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use jiff::Timestamp;

use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav, Theme};
use crate::lang::Lang;
use crate::node::Acting;
use crate::page::failure;
use crate::role::Roles;
use crate::security::SECRET_BYTES;
use crate::security::browser;
use crate::security::client::{self, Network, PeerAddress};
use crate::security::token::Token;
use crate::store::{Person, Session};

/// The cookie of the language.
pub(crate) const LANG_COOKIE: &str = "verbund-lang";
/// The cookie of the theme.
pub(crate) const THEME_COOKIE: &str = "verbund-theme";
/// What a form's secret is derived for.
const FORM_PURPOSE: &str = "verbund form";

/// Who asks. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Visitor(Arc<Facts>);

#[derive(Debug)]
struct Facts {
    session: Option<Session>,
    form_secret: [u8; SECRET_BYTES],
    lang: Lang,
    theme: Theme,
    network: Network,
    device: Option<Token>,
    browser: String,
    /// Path and query that were asked for.
    asked: String,
}

impl Visitor {
    /// The session, where somebody is signed in.
    pub(crate) fn session(&self) -> Option<&Session> {
        self.0.session.as_ref()
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// [`Failure::SignIn`] where nobody is.
    pub(crate) fn person(&self) -> Result<&Person, Failure> {
        let session = self.session().ok_or_else(|| Failure::SignIn {
            then: self.0.asked.clone(),
        })?;
        Ok(&session.person)
    }

    /// What the visitor may do.
    pub(crate) fn roles(&self) -> Roles {
        self.session()
            .map_or_else(Roles::default, |session| session.person.roles)
    }

    /// The node, for whoever reads what the agencies tell each other.
    ///
    /// # Errors
    /// Where they may not.
    pub(crate) fn reading(&self, app: &App) -> Result<Acting, Failure> {
        self.acting(app, Roles::reads)
    }

    /// The node, for whoever sends updates.
    ///
    /// # Errors
    /// Where they may not.
    pub(crate) fn contributing(&self, app: &App) -> Result<Acting, Failure> {
        self.acting(app, Roles::contributes)
    }

    /// The node, for whoever speaks for the agency.
    ///
    /// # Errors
    /// Where they may not.
    pub(crate) fn coordinating(&self, app: &App) -> Result<Acting, Failure> {
        self.acting(app, Roles::coordinates)
    }

    /// The node, for whoever looks after it.
    ///
    /// # Errors
    /// Where they may not.
    pub(crate) fn operating(&self, app: &App) -> Result<Acting, Failure> {
        self.acting(app, Roles::operates)
    }

    fn acting(&self, app: &App, may: impl Fn(Roles) -> bool) -> Result<Acting, Failure> {
        let person = self.person()?;
        if may(person.roles) {
            Ok(app.node().acting(&person.actor, person.roles))
        } else {
            Err(Failure::Forbidden)
        }
    }

    /// The secret of the forms that this browser gets.
    pub(crate) fn form_secret(&self) -> &[u8; SECRET_BYTES] {
        &self.0.form_secret
    }

    /// The network that the request comes from.
    pub(crate) fn network(&self) -> Network {
        self.0.network
    }

    /// What a browser shows that signed in before.
    pub(crate) fn device(&self) -> Option<&Token> {
        self.0.device.as_ref()
    }

    /// The browser's family and system, as a session is called.
    pub(crate) fn browser(&self) -> &str {
        &self.0.browser
    }

    /// The language to answer in.
    pub(crate) fn lang(&self) -> Lang {
        self.0.lang
    }

    /// The theme to show.
    pub(crate) fn theme(&self) -> Theme {
        self.0.theme
    }

    /// Path and query that were asked for.
    pub(crate) fn asked(&self) -> &str {
        &self.0.asked
    }
}

/// Lets a step that binds the agency through only for somebody who has proven within the last minutes who they are, by
/// signing in or once more: a screen that was left alone signs nothing off.
///
/// Called before anything is done. After the proof the visitor is at `then`, the page with the form; what the form held is
/// not kept, so that the step is a click that was meant.
///
/// # Errors
/// [`Failure::Prove`] where it is too long ago, [`Failure::SignIn`] where nobody is signed in.
pub(crate) fn proven(visitor: &Visitor, then: &str) -> Result<(), Failure> {
    visitor.person()?;
    let is_proven = visitor
        .session()
        .is_some_and(|session| session.proven_until > Timestamp::now());
    if is_proven {
        Ok(())
    } else {
        Err(Failure::Prove {
            then: then.to_owned(),
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<Self>().cloned();
        Ok(found.expect("every route is behind `identify`"))
    }
}

/// Finds out who asks, before anything else looks at the request, and turns a failure into a page for them.
pub(crate) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let names = app.cookies();
    let token = session_token(&app, headers);
    let session = match &token {
        Some(token) => match app.store().session(&token.hash(), Timestamp::now()).await {
            Ok(session) => session,
            Err(error) => return Failure::from(error).into_response(),
        },
        None => None,
    };
    // Somebody who isn't signed in gets forms, too: a token of their own, in a cookie that says nothing else.
    let (guest, is_new) = match cookie(headers, &names.guest).and_then(Token::parse) {
        Some(guest) => (guest, false),
        None => (Token::random(), session.is_none()),
    };
    let secret_of = match (&session, &token) {
        (Some(_), Some(token)) => token,
        _ => &guest,
    };
    let PeerAddress(peer) = *request
        .extensions()
        .get()
        .expect("whoever takes connections says who is at the other end");
    let address = client::address(peer, headers, &app.config().trusted_proxies);
    let asked = request
        .uri()
        .path_and_query()
        .map_or("/", |it| it.as_str())
        .to_owned();
    let visitor = Visitor(Arc::new(Facts {
        form_secret: secret_of.derive(FORM_PURPOSE),
        session,
        lang: cookie(headers, LANG_COOKIE)
            .and_then(Lang::of_tag)
            .unwrap_or_else(|| {
                let wanted = headers.get(header::ACCEPT_LANGUAGE);
                Lang::of_header(wanted.and_then(|it| it.to_str().ok()).unwrap_or_default())
            }),
        theme: cookie(headers, THEME_COOKIE)
            .and_then(Theme::of_word)
            .unwrap_or_default(),
        network: Network::around(address),
        device: cookie(headers, &names.device).and_then(Token::parse),
        browser: headers
            .get(header::USER_AGENT)
            .and_then(|it| it.to_str().ok())
            .map(browser::label)
            .unwrap_or_default(),
        asked,
    }));
    request.extensions_mut().insert(visitor.clone());
    let is_look = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    if let Some(failure) = failure_of(&mut response) {
        let frame = Frame::new(&app, &visitor, Nav::None);
        response = failure::page(frame, &failure, is_look);
    }
    if is_new {
        set_cookie(
            &mut response,
            &app.cookie(&names.guest, &guest.reveal(), None),
        );
    }
    response
}

/// Why an answer is none. What is refused before a page's own code is asked (a form that lacks a field, a method that a page
/// does not have) comes as a line of plain text, or as nothing.
fn failure_of(response: &mut Response) -> Option<Failure> {
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        return Some(failure);
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_plain = kind.is_some_and(|it| it.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Some(Failure::NotFound),
        status if status.is_client_error() && is_plain => Some(Failure::Malformed),
        _ => None,
    }
}

/// The token of the session that a browser says it has.
pub(crate) fn session_token(app: &App, headers: &HeaderMap) -> Option<Token> {
    cookie(headers, &app.cookies().session).and_then(Token::parse)
}

/// A cookie's value.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Adds a cookie to an answer.
pub(crate) fn set_cookie(response: &mut Response, cookie: &str) {
    let value = HeaderValue::from_str(cookie).expect("cookies are made of plain characters");
    response.headers_mut().append(header::SET_COOKIE, value);
}
