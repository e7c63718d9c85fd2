//! Protocols: what meetings came to, written by one agency, signed off by each that attended.
//!
//! `/protokolle` lists them. `/protokolle/<owner>/<id>` is a protocol as people read it; below it are its form ([`edit`]), the
//! comparison of two revisions ([`compare`]), the pages of its steps ([`step`]) and its files ([`show::file`]). What the own agency
//! may do is in one place ([`may`]).

mod compare;
mod draft;
mod edit;
mod list;
mod may;
mod show;
mod step;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use verbund_wire::agency::{
    GetProtocolRequest, GetProtocolResponse, Protocol, StepRecord, SubjectKey,
};

use crate::app::App;
use crate::error::Failure;
use crate::node::Acting;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/protokolle", get(list::show))
        .route("/protokolle/{owner}/{subject}", get(show::show))
        .route(
            "/protokolle/{owner}/{subject}/vergleich",
            get(compare::show),
        )
        .route(
            "/protokolle/{owner}/{subject}/bearbeiten",
            get(edit::show).post(edit::send),
        )
        .route(
            "/protokolle/{owner}/{subject}/schritt/{step}",
            get(step::show).post(step::take),
        )
        .route(
            "/protokolle/{owner}/{subject}/datei/{format}",
            get(show::file),
        )
        .route(
            "/protokolle/{owner}/{subject}/kenntnis",
            post(show::acknowledge),
        )
        .route("/protokolle/{owner}/{subject}/fragen", post(show::ask))
        .route(
            "/protokolle/{owner}/{subject}/fragen/{remark}/zurueck",
            post(show::retract),
        )
}

/// Owner and id of an address.
type Address = Path<(String, String)>;

/// A protocol's address.
pub(crate) fn path(key: &SubjectKey) -> String {
    format!("/protokolle/{}/{}", key.owner, key.subject)
}

/// A protocol with all its steps, in the revision in force or in an earlier one.
async fn read(
    node: &Acting,
    key: &SubjectKey,
    revision: &str,
) -> Result<(Protocol, Vec<StepRecord>), Failure> {
    let request = GetProtocolRequest {
        protocol: Some(key.clone()),
        revision: revision.to_owned(),
    };
    let answer = node.protocols().get_protocol(request).await?;
    let GetProtocolResponse { protocol, steps } = answer.into_inner();
    Ok((protocol.ok_or(Failure::NotFound)?, steps))
}

/// What a hash begins with: enough to tell one revision from the others.
fn short_hash(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
