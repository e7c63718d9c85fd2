//! What a visitor sees when something is not done: what happened, what to do, and the way on.

use std::borrow::Cow;
use std::time::Duration;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::header::{self, HeaderValue};

use crate::error::Failure;
use crate::frame::Frame;
use crate::refusal::Refusal;

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    frame: Frame,
    title: Cow<'static, str>,
    text: Cow<'static, str>,
    refusal: Option<&'a Refusal>,
    /// Where to try again.
    again: Option<String>,
    /// What was written in a form that could not be taken.
    written: &'a [String],
    /// Nobody is signed in any more.
    is_signed_out: bool,
}

/// The page for a failure. Whoever only looked may look again by a link; what was sent is sent again from its form.
pub(crate) fn page(frame: Frame, failure: &Failure, is_look: bool) -> Response {
    let word = failure.word();
    let refusal = match failure {
        Failure::Refused(refusal) => Some(&**refusal),
        _ => None,
    };
    let page = FailurePage {
        title: match refusal {
            Some(refusal) if refusal.is_away() => frame.lang.text("failure-away-title"),
            _ => frame.lang.text(&format!("failure-{word}-title")),
        },
        again: refusal
            .filter(|it| is_look && it.may_pass())
            .map(|_| frame.asked.clone()),
        text: match failure {
            Failure::Refused(refusal) => frame.lang.text(&format!("refusal-{}", refusal.word())),
            Failure::TooMany { wait } => {
                let wait = frame.lang.duration(seconds(*wait));
                frame
                    .lang
                    .text_with("failure-too-many-text", [("wait", wait)])
            }
            _ => frame.lang.text(&format!("failure-{word}-text")),
        },
        frame,
        refusal,
        written: match failure {
            Failure::ForeignForm { written } | Failure::SessionEnded { written } => written,
            _ => &[],
        },
        is_signed_out: matches!(failure, Failure::SessionEnded { .. }),
    };
    match page.render() {
        Ok(text) => {
            let mut response = (failure.status(), Html(text)).into_response();
            if let Failure::TooMany { wait } = failure {
                let headers = response.headers_mut();
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds(*wait)));
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "the page of a failure could not be rendered");
            failure.status().into_response()
        }
    }
}

/// Whole seconds, the last one begun too: who comes back then is let in.
fn seconds(wait: Duration) -> u64 {
    wait.as_millis()
        .div_ceil(1_000)
        .try_into()
        .unwrap_or(u64::MAX)
}
