//! What a visitor sees when something is not done: what happened, what to do, and the way on.

use std::borrow::Cow;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};

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
        text: match refusal {
            Some(refusal) => frame.lang.text(&format!("refusal-{}", refusal.word())),
            None => frame.lang.text(&format!("failure-{word}-text")),
        },
        frame,
        refusal,
    };
    match page.render() {
        Ok(text) => (failure.status(), Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the page of a failure could not be rendered");
            failure.status().into_response()
        }
    }
}
