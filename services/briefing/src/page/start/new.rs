//! What came since somebody last looked.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use verbund_wire::agency::{
    ListFeedRequest, ListFeedResponse, ListSituationsRequest, Situation, SituationState,
};
use verbund_wire::federation::{Observation, Urgency};

use crate::app::App;
use crate::error::Failure;
use crate::form::Fields;
use crate::frame::Frame;
use crate::node::Acting;
use crate::page::done;
use crate::page::update::card::Card;
use crate::session::{Visitor, cookie, set_cookie};

/// Events that are counted; beyond, it says "more than".
const COUNTED_MAX: i32 = 500;
/// Updates that are shown.
const NEWEST: i32 = 3;
/// The longest place that a browser keeps: cookies end at 4 KiB with their names. That is some 140 lanes.
const PLACE_BYTES_MAX: usize = 3_500;
/// How long a browser remembers it.
const REMEMBERED: Duration = Duration::from_secs(90 * 86_400);

/// What came since somebody last looked.
#[derive(Debug)]
pub(crate) struct News {
    /// How many updates of others came or changed, by urgency, the most urgent first; none where nobody has looked before.
    pub(crate) counts: Option<Counts>,
    /// The newest.
    pub(crate) newest: Vec<Card>,
    /// Where the feed stands; empty where that is not known yet, or too long to be kept.
    pub(crate) place: String,
}

/// How many updates came or changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) immediate: usize,
    pub(crate) soon: usize,
    pub(crate) routine: usize,
    /// There are more than were counted.
    pub(crate) more: bool,
}

impl Counts {
    /// Updates of others, each once, however often it changed.
    fn of(feed: ListFeedResponse, own: &str) -> Self {
        let others = feed
            .events
            .into_iter()
            .filter_map(|it| it.situation)
            .filter(|it| it.agency != own);
        // The last event of an update says how it stands.
        let latest: HashMap<_, _> = others
            .map(|it| ((it.agency.clone(), it.subject.clone()), it))
            .collect();
        let mut counts = Self {
            more: feed.more,
            ..Self::default()
        };
        for update in latest.values() {
            let told = update.observation.as_ref().map(Observation::urgency);
            // What was taken back is new, and nothing to hurry for.
            match told.filter(|_| update.state() == SituationState::Current) {
                Some(Urgency::Immediate) => counts.immediate += 1,
                Some(Urgency::Soon) => counts.soon += 1,
                _ => counts.routine += 1,
            }
        }
        counts
    }

    /// All of them.
    pub(crate) fn all(&self) -> usize {
        self.immediate + self.soon + self.routine
    }
}

impl News {
    /// Asks the node. `now` is where the feed stood before anything was asked, so that nothing is passed over that comes in between.
    pub(crate) async fn find(
        node: &Acting,
        frame: &Frame,
        looked: Option<&str>,
        now: String,
    ) -> Result<Self, Failure> {
        let counts = async {
            match looked {
                Some(place) => count(node, &frame.own, place).await,
                None => Ok(None),
            }
        };
        let newest = async {
            let request = ListSituationsRequest {
                page_size: NEWEST,
                ..ListSituationsRequest::default()
            };
            let listed = node.situations().list_situations(request).await?;
            let newest = listed.into_inner().situations.into_iter();
            Ok::<_, Failure>(newest.map(|it| Card::new(it, 3)).collect())
        };
        let (counts, newest) = tokio::join!(counts, newest);
        Ok(Self {
            counts: counts?,
            newest: newest?,
            place: Some(now)
                .filter(|it| it.len() <= PLACE_BYTES_MAX)
                .unwrap_or_default(),
        })
    }

    /// The updates that are on the page.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Situation> {
        self.newest.iter().map(|it| &it.situation)
    }

    /// There is something to have seen, or nobody has begun to count.
    pub(crate) fn may_be_seen(&self) -> bool {
        !self.place.is_empty() && self.counts.is_none_or(|it| it.all() > 0)
    }
}

/// What came after a place; none where the node does not know the place (any more).
async fn count(node: &Acting, own: &str, place: &str) -> Result<Option<Counts>, Failure> {
    let request = ListFeedRequest {
        filter: None,
        cursor: place.to_owned(),
        page_size: COUNTED_MAX,
    };
    match node.feed().list_feed(request).await {
        Ok(feed) => Ok(Some(Counts::of(feed.into_inner(), own))),
        Err(status) if status.code() == tonic::Code::InvalidArgument => Ok(None),
        Err(status) => Err(status.into()),
    }
}

/// How far a browser has looked.
pub(crate) fn place<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie(headers, &cookie_name(app)).filter(|it| !it.is_empty())
}

/// Several agencies' applications may share a host, and each has a feed of its own.
fn cookie_name(app: &App) -> String {
    format!("verbund-{}-seen", app.node().agency())
}

/// From now on it counts anew.
pub(crate) async fn seen(
    State(app): State<App>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Failure> {
    visitor.reading(&app)?;
    let place = fields.one("place");
    if !is_place(place) {
        return Err(Failure::Malformed);
    }
    let mut response = done("/", "seen");
    set_cookie(
        &mut response,
        &app.cookie(&cookie_name(&app), place, Some(REMEMBERED)),
    );
    Ok(response)
}

/// Plain letters, as the node writes cursors; nothing that could be more than a cookie's value.
fn is_place(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'=' | b'.');
    text.len() <= PLACE_BYTES_MAX && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use verbund_wire::agency::FeedEvent;

    use super::*;

    fn event(agency: &str, subject: &str, urgency: Urgency) -> FeedEvent {
        FeedEvent {
            situation: Some(Situation {
                agency: agency.to_owned(),
                subject: subject.to_owned(),
                state: SituationState::Current as i32,
                observation: Some(Observation {
                    urgency: urgency as i32,
                    ..Observation::default()
                }),
                ..Situation::default()
            }),
            ..FeedEvent::default()
        }
    }

    #[test]
    fn each_update_of_the_others_counts_once_as_it_stands_now() {
        let feed = ListFeedResponse {
            events: vec![
                event("dhz", "a", Urgency::Immediate),
                event("kod", "b", Urgency::Immediate),
                event("dhz", "a", Urgency::Soon),
                event("polizei", "a", Urgency::Routine),
            ],
            ..ListFeedResponse::default()
        };
        let counts = Counts::of(feed, "kod");
        assert_eq!((counts.immediate, counts.soon, counts.routine), (0, 1, 1));
    }

    #[test]
    fn nothing_but_a_place_gets_into_the_cookie() {
        assert!(is_place("AQ-_z09") && is_place(""));
        for other in [
            "a b",
            "a;Path=/x",
            "a\r\nSet-Cookie: b=c",
            "ä",
            &"a".repeat(PLACE_BYTES_MAX + 1),
        ] {
            assert!(!is_place(other), "{other}");
        }
    }
}
