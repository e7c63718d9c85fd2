//! Meetings, and the joint briefing that a meeting is while it runs.
//!
//! `/besprechung` lists them, `/besprechung/neu` plans one. `/besprechung/{owner}/{subject}` is the page of one, the same for all
//! agencies; below it are its steps, its file for calendars, and the page for the projector.

mod draft;
mod list;
mod may;
mod plan;
mod screen;
mod show;
mod situation;
mod step;
mod view;

use axum::Router;
use axum::routing::get;
use verbund_wire::agency::SubjectKey;

use crate::app::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/besprechung", get(list::show))
        .route("/besprechung/neu", get(plan::show).post(plan::send))
        .route("/besprechung/{owner}/{subject}", get(show::show))
        .route(
            "/besprechung/{owner}/{subject}/aendern",
            get(plan::show_amend).post(plan::send_amend),
        )
        .route("/besprechung/{owner}/{subject}/leinwand", get(screen::show))
        .route(
            "/besprechung/{owner}/{subject}/schritt/{step}",
            get(step::back).post(step::take),
        )
        .route(
            "/besprechung/{owner}/{subject}/vorlegen",
            get(step::back).post(step::pin),
        )
}

/// The page of a meeting.
pub(crate) fn path(key: Option<&SubjectKey>) -> String {
    match key {
        Some(key) => format!("/besprechung/{}/{}", key.owner, key.subject),
        None => "/besprechung".to_owned(),
    }
}

/// The meeting of an address.
fn key(owner: String, subject: String) -> SubjectKey {
    SubjectKey { subject, owner }
}
