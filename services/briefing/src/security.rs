//! What holds for every request, whatever page answers it: headers, the size of bodies, and that a form is ours.
//!
//! **Promise.** Nothing that changes anything is done for a request that another site made a browser send: each such request
//! carries a token that only our own page could give to this browser, and comes from our own address. No page can be framed,
//! and none runs a script, loads a style or an image, or connects to anything that this application did not serve.

pub(crate) mod browser;
pub(crate) mod client;
pub(crate) mod password;
pub(crate) mod throttle;
pub(crate) mod token;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method};

use crate::app::App;
use crate::config::MapSection;
use crate::error::Failure;
use crate::session::Visitor;

/// The longest body that is taken: a protocol with all its items is some 60 KiB as a form.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;
/// Where a script puts the token.
const TOKEN_HEADER: &str = "x-form-token";
/// Where a form puts it.
const TOKEN_FIELD: &str = "form-token";
/// Pages whose forms hold passwords or accounts: what was written there is never shown again.
const SECRET_FORMS: [&str; 4] = ["/anmelden", "/konto", "/konten", "/nachweis"];
/// Bytes of a form's secret.
pub(crate) const SECRET_BYTES: usize = 32;

/// All that a page may load, and by whom it may be shown.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of each answer, besides the policy.
const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Where somebody was before is nobody's business, not even a subject's id in an address.
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The policy: where a map's pictures come from a server that the configuration names, that one alone besides ourselves.
fn content_policy(tiles: Option<&str>) -> HeaderValue {
    let Some(origin) = tiles else {
        return HeaderValue::from_static(CONTENT_POLICY);
    };
    let policy = CONTENT_POLICY.replace("img-src 'self'", &format!("img-src 'self' {origin}"));
    HeaderValue::from_str(&policy).expect("an address that was checked is plain characters")
}

/// Puts the headers on.
pub(crate) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let tiles = app.config().map.as_ref().and_then(MapSection::origin);
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        content_policy(tiles.as_deref()),
    );
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    // A page is for one person at one moment; assets say otherwise themselves.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if app.config().is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000"),
        );
    }
    response
}

/// Lets what changes something through only with a token of ours, and from our own address.
pub(crate) async fn forms(
    State(app): State<App>,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    if !is_own_address(request.headers(), &app.config().public_url) {
        let written = Vec::new();
        return Failure::ForeignForm { written }.into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return Failure::TooLarge.into_response();
    };
    let given = match parts.headers.get(TOKEN_HEADER) {
        Some(value) => value.to_str().unwrap_or_default().to_owned(),
        None => field(&body),
    };
    if !is_token_of(&given, visitor.form_secret()) {
        let holds_secrets = SECRET_FORMS
            .iter()
            .any(|it| parts.uri.path().starts_with(it));
        if holds_secrets {
            let written = Vec::new();
            return Failure::ForeignForm { written }.into_response();
        }
        let written = written(&body);
        return match visitor.session() {
            Some(_) => Failure::ForeignForm { written }.into_response(),
            None => Failure::SessionEnded { written }.into_response(),
        };
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// What a person has written in a form, beside what they chose: ids, days and words of the contract are in small letters.
fn written(body: &Bytes) -> Vec<String> {
    let is_small =
        |it: char| matches!(it, 'a'..='z' | '0'..='9' | '.' | ':' | '/' | '_' | '-' | '+');
    form_urlencoded::parse(body)
        .filter(|(name, _)| name != TOKEN_FIELD)
        .map(|(_, value)| value.trim().to_owned())
        .filter(|it| !it.chars().all(is_small))
        .collect()
}

/// Browsers say where a request comes from. Who says nothing is no browser, and has the token to show.
fn is_own_address(headers: &HeaderMap, own: &str) -> bool {
    let said = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    said("origin").is_none_or(|origin| origin == own.as_bytes())
        && said("sec-fetch-site").is_none_or(|site| site == b"same-origin" || site == b"none")
}

fn field(body: &Bytes) -> String {
    form_urlencoded::parse(body)
        .find(|(name, _)| name == TOKEN_FIELD)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The token of a form: its secret under a pad that is another one each time, so that what a compressed page gives away by its
/// length does not add up.
pub(crate) fn form_token(secret: &[u8; SECRET_BYTES]) -> String {
    let mut bytes = [0; 2 * SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut bytes[..SECRET_BYTES]).expect("the system gives randomness");
    for at in 0..SECRET_BYTES {
        bytes[SECRET_BYTES + at] = bytes[at] ^ secret[at];
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn is_token_of(token: &str, secret: &[u8; SECRET_BYTES]) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else {
        return false;
    };
    let Some((pad, masked)) = bytes
        .split_at_checked(SECRET_BYTES)
        .filter(|(_, masked)| masked.len() == SECRET_BYTES)
    else {
        return false;
    };
    let found: Vec<u8> = pad.iter().zip(masked).map(|(a, b)| a ^ b).collect();
    aws_lc_rs::constant_time::verify_slices_are_equal(&found, secret).is_ok()
}

#[cfg(test)]
mod tests;
