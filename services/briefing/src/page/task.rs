//! Tasks: what agencies ask of each other, as a board and as a list, each one with its history, and the steps on it.
//!
//! `/aufgaben` shows them, `/aufgaben/neu` asks for something new. A task is at `/aufgaben/<assigner>/<id>`; below it are the pages
//! of its steps. Which steps there are says the node ([`moves`]).

mod list;
mod moves;
mod show;
mod step;
mod terms;
mod write;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use verbund_wire::agency::SubjectKey;

use crate::app::App;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/aufgaben", get(list::show))
        .route("/aufgaben/neu", get(write::show_new).post(write::send_new))
        .route("/aufgaben/zuerst", get(write::show_first))
        .route("/aufgaben/{owner}/{subject}", get(show::show))
        .route(
            "/aufgaben/{owner}/{subject}/aendern",
            get(write::show_change).post(write::send_change),
        )
        .route(
            "/aufgaben/{owner}/{subject}/schritt/{makes}",
            get(step::show).post(step::take),
        )
        .route("/aufgaben/{owner}/{subject}/fragen", post(show::ask))
        .route(
            "/aufgaben/{owner}/{subject}/fragen/{remark}/zurueck",
            post(show::retract),
        )
}

/// Owner and id of an address.
type Address = Path<(String, String)>;

/// A task's address.
pub(crate) fn path(key: &SubjectKey) -> String {
    format!("/aufgaben/{}/{}", key.owner, key.subject)
}
