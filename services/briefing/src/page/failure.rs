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
}

/// The page for a failure.
pub(crate) fn page(frame: Frame, failure: &Failure) -> Response {
    let word = failure.word();
    let refusal = match failure {
        Failure::Refused(refusal) => Some(&**refusal),
        _ => None,
    };
    let page = FailurePage {
        title: frame.lang.text(&format!("failure-{word}-title")),
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
