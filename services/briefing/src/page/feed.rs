//! The feed: what the agencies tell each other, the last changed first.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use verbund_wire::agency::{ListSituationsRequest, Situation};

use super::html;
use crate::app::App;
use crate::error::Failure;
use crate::frame::{Frame, Nav};
use crate::session::Visitor;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/feed", get(show))
}

#[derive(Template)]
#[template(path = "feed.html")]
struct FeedPage {
    frame: Frame,
    updates: Vec<Situation>,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Feed);
    let request = ListSituationsRequest {
        page_size: 50,
        ..ListSituationsRequest::default()
    };
    let answer = node.situations().list_situations(request).await?;
    html(&FeedPage {
        frame,
        updates: answer.into_inner().situations,
    })
}
