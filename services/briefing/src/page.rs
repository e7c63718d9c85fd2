//! The pages, one module for each, and what they have in common.
//!
//! A page's module has its routes, what it reads from the address or a form, what it asks of the node, and the view that its
//! template shows. Addresses are the pages' German names, in both languages: an address that somebody passes on says where it
//! leads.

#[cfg(test)]
pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod assets;
pub(crate) mod calendar;
pub(crate) mod choices;
pub(crate) mod concept;
pub(crate) mod download;
pub(crate) mod failure;
pub(crate) mod feed;
pub(crate) mod figure;
pub(crate) mod guard;
pub(crate) mod history;
pub(crate) mod kept;
pub(crate) mod meeting;
pub(crate) mod notify;
pub(crate) mod operations;
pub(crate) mod partner;
pub(crate) mod picture;
pub(crate) mod protocol;
pub(crate) mod prove;
pub(crate) mod remarks;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod span;
pub(crate) mod start;
pub(crate) mod task;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod trouble;
pub(crate) mod update;

use askama::Template;
use axum::Router;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::app::App;
use crate::error::Failure;
use crate::live;

/// All pages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .merge(account::routes())
        .merge(accounts::routes())
        .merge(concept::routes())
        .merge(calendar::routes())
        .merge(feed::routes())
        .merge(meeting::routes())
        .merge(guard::routes())
        .merge(notify::routes())
        .merge(operations::routes())
        .merge(picture::routes())
        .merge(protocol::routes())
        .merge(prove::routes())
        .merge(report::routes())
        .merge(review::routes())
        .merge(settings::routes())
        .merge(sign_in::routes())
        .merge(start::routes())
        .merge(task::routes())
        .merge(update::routes())
        .route("/live", get(live::stream::show))
        .fallback(async || Failure::NotFound)
}

/// A template as an answer.
pub(crate) fn html(template: &impl Template) -> Result<Response, Failure> {
    match template.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(error) => {
            tracing::error!(%error, "a template could not be rendered");
            Err(Failure::Internal)
        }
    }
}

/// After something was done: on to a page, which says once what was done (`notice-<word>` of the catalogue).
pub(crate) fn done(path: &str, notice: &str) -> Response {
    let sign = if path.contains('?') { '&' } else { '?' };
    // The part after # stays at the end.
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    let fragment = if fragment.is_empty() {
        String::new()
    } else {
        format!("#{fragment}")
    };
    Redirect::to(&format!("{path}{sign}notice={notice}{fragment}")).into_response()
}

/// An address of this application that somebody was on the way to; the start page where it leads elsewhere.
pub(crate) fn own_path(path: &str) -> &str {
    let is_own =
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if is_own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(own_path("/feed?a=b"), "/feed?a=b");
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "feed",
        ] {
            assert_eq!(own_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
