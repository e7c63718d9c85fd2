//! The feed: what the agencies tell each other, the last changed first, with what became of each update at every agency.
//!
//! What is looked at is in the address (`/feed?place=ostwall&urgency=soon`), so that a view can be passed on and works without script.

mod filter;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use verbund_wire::agency::{GetStatusRequest, ListSituationsRequest, ListSituationsResponse};

use self::filter::Filter;
use super::html;
use super::partner::Standing;
use super::update::card::{self, Card};
use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::{Frame, Nav};
use crate::node::Acting;
use crate::session::Visitor;

/// Updates on a page: what a person reads at a time.
const PAGE: i32 = 30;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/feed", get(show))
}

#[derive(Template)]
#[template(path = "feed.html")]
struct FeedPage {
    frame: Frame,
    filter: Filter,
    cards: Vec<Card>,
    /// How it stands with each partner; what it has told is as old as this says.
    partners: Vec<Standing>,
    /// The address of older updates; empty where there are none.
    older: String,
}

impl FeedPage {
    /// A partner of which what is seen here may be old.
    fn is_any_away(&self) -> bool {
        self.partners.iter().any(|it| !it.is_good())
    }
}

async fn show(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let node = visitor.reading(&app)?;
    let frame = Frame::new(&app, &visitor, Nav::Feed);
    let filter = Filter::of(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let (listed, partners) = tokio::join!(list(&node, &filter), partners(&node, &frame));
    let listed = listed?;
    if frame.roles.coordinates() {
        app.shown().tell(&node, &listed.situations);
    }
    let older = match listed.next_page_token.as_str() {
        "" => String::new(),
        token => filter.address(token),
    };
    let cards = card::cards(&node, &frame, listed.situations, 2).await?;
    html(&FeedPage {
        filter,
        cards,
        partners,
        older,
        frame,
    })
}

async fn list(node: &Acting, filter: &Filter) -> Result<ListSituationsResponse, Failure> {
    let request = ListSituationsRequest {
        filter: Some(filter.to_wire()),
        page_size: PAGE,
        page_token: filter.page_token.clone(),
    };
    Ok(node
        .situations()
        .list_situations(request)
        .await?
        .into_inner())
}

/// How it stands with the partners. The feed is worth reading without it.
async fn partners(node: &Acting, frame: &Frame) -> Vec<Standing> {
    match node.node().get_status(GetStatusRequest {}).await {
        Ok(status) => Standing::all(frame, &status.into_inner().partners),
        Err(status) => {
            tracing::debug!(%status, "the node's status can't be asked for");
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::{Link, Partner, Situation, SituationState};
    use verbund_wire::federation::Observation;

    use super::*;
    use crate::lang::Lang;
    use crate::page::testing::{self, HOSTILE};

    #[test]
    fn whatever_is_told_or_stands_in_the_address_stays_text() {
        for lang in Lang::ALL {
            let frame = testing::frame(lang);
            let update = Situation {
                subject: "1".to_owned(),
                agency: "dhz".to_owned(),
                state: SituationState::Current as i32,
                note: HOSTILE.to_owned(),
                observation: Some(Observation {
                    place: "neumarkt".to_owned(),
                    exercise: true,
                    ..Observation::default()
                }),
                ..Situation::default()
            };
            let erased = Situation {
                subject: "2".to_owned(),
                state: SituationState::Erased as i32,
                ..Situation::default()
            };
            let typed: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
            let partner = Partner {
                agency: HOSTILE.to_owned(),
                link: Link::Away as i32,
                ..Partner::default()
            };
            let page = FeedPage {
                filter: Filter::of(&Fields::parse(
                    format!("from={typed}&place={typed}&page=x").as_bytes(),
                )),
                cards: [update, erased]
                    .map(|it| Card::new(it, 2).with_delivery(&frame, None))
                    .to_vec(),
                partners: vec![Standing::new(&frame, &partner)],
                older: format!("/feed?page={typed}"),
                frame,
            };
            let page = page.render().unwrap();
            testing::check(&page);
            assert!(
                page.contains(lang.text("exercise").as_ref()),
                "drills are marked wherever they are shown"
            );
        }
    }
}
